import type { FloatArray } from "../core/matrix.ts";

/** Steps of a strip, and strips, that the kernel works on before it goes on to the next; as in `assembly/factor.ts`. */
export const block = { steps: 64, strips: 64 } as const;

/** One way to walk through a matrix: `lanes` of it go into strips, each strip walks along `steps`. */
export interface Walk {
  /** Numbers side by side in a strip: two vectors. */
  stripLength: number;
  /** How many lanes there are. */
  lanes: number;
  /** Distance in `data` from one lane to the next. */
  laneStride: number;
  /** How many steps there are. */
  steps: number;
  /** Distance in `data` from one step to the next. */
  stepStride: number;
}

/** Numbers that `packDataInto` writes. */
export function packedLength({ stripLength, lanes, steps }: Walk): number {
  return stripLength * Math.ceil(lanes / stripLength) * paddedSteps(steps);
}

/** The number of steps in kernel memory: a multiple of four. */
export function paddedSteps(steps: number): number {
  return 4 * Math.ceil(steps / 4);
}

/**
 * Writes a matrix in the order in which the kernel reads it (see `assembly/factor.ts`).
 *
 * @param data the matrix
 * @param walk which of its directions is which
 * @param padding what lanes and steps that are not there are
 * @param out room for `packedLength` numbers
 */
export function packDataInto(data: FloatArray, walk: Walk, padding: number, out: FloatArray): void {
  const { stripLength, lanes, laneStride, steps, stepStride } = walk;
  const strips = Math.ceil(lanes / stripLength);
  const padded = paddedSteps(steps);
  out.fill(padding);
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
