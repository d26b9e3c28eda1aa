import type { FloatArray } from "../core/matrix.ts";

/** Numbers side by side in a strip of X: two vectors of four. */
export const stripLength = 8;

/** Steps of a strip, and strips, that the kernel works on before it goes on to the next; as in `assembly/kl.ts`. */
export const block = { steps: 64, strips: 64 } as const;

/** One way to walk through a matrix: `lanes` of it go into strips, each strip walks along `steps`. */
export interface Walk {
  /** How many lanes there are. */
  lanes: number;
  /** Distance in `data` from one lane to the next. */
  laneStride: number;
  /** How many steps there are. */
  steps: number;
  /** Distance in `data` from one step to the next. */
  stepStride: number;
}

/** Numbers that `packData` writes. */
export function packedLength({ lanes, steps }: Walk): number {
  return stripLength * Math.ceil(lanes / stripLength) * paddedSteps(steps);
}

/** The number of steps in kernel memory: a multiple of four, the added ones zero. */
export function paddedSteps(steps: number): number {
  return 4 * Math.ceil(steps / 4);
}

/**
 * Writes a matrix in the order in which the kernel reads it (see `assembly/kl.ts`); lanes and steps that are not there are
 * zeros.
 *
 * @param data the matrix
 * @param walk which of its directions is which
 * @param out zeros, `packedLength` of them
 */
export function packDataInto(data: FloatArray, walk: Walk, out: Float32Array): void {
  const { lanes, laneStride, steps, stepStride } = walk;
  const strips = Math.ceil(lanes / stripLength);
  const padded = paddedSteps(steps);
  let to = 0;
  for (let firstStrip = 0; firstStrip < strips; firstStrip += block.strips) {
    const endStrip = Math.min(firstStrip + block.strips, strips);
    for (let firstStep = 0; firstStep < padded; firstStep += block.steps) {
      const endStep = Math.min(firstStep + block.steps, padded);
      for (let strip = firstStrip; strip < endStrip; strip++) {
        const lane = strip * stripLength;
        const width = Math.min(stripLength, lanes - lane);
        for (let step = firstStep; step < endStep; step++, to += stripLength) {
          if (step >= steps) continue;
          let from = lane * laneStride + step * stepStride;
          for (let j = 0; j < width; j++, from += laneStride) out[to + j] = data[from]!;
        }
      }
    }
  }
}
