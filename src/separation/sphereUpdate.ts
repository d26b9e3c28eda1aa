import type { Matrix } from "../core/matrix.ts";
import type { KernelExports } from "../numeric/kernels.ts";
import { guideEigenvalueBound } from "./guide.ts";
import type { KlModel } from "./klModel.ts";

/** The contrast of a factorisation in kernel memory and the two updates of its activations. */
export interface Contrast {
  /** `|H_a S'|_F^2 - |H_u S'|_F^2` at the factors as they are. */
  value(): number;
  /**
   * The monotone update: minimises, row by row on the unit sphere, a majorizer of the cost (docs/methods/contrastive-nmf.md).
   * Rows of H stay at unit norm, W is not touched.
   */
  sphereStep(numerator: Float32Array): void;
  /** The paper's rule (Cantisani, Essid & Richard 2021): one multiplicative step, no normalisation. */
  multiplicativeStep(numerator: Float32Array): void;
}

/** Weights and sizes of {@link createContrast}. */
export interface ContrastWeights {
  /** The first rows of H that are attended. */
  attendedComponents: number;
  /** Weight of the contrast, absolute. */
  delta: number;
  /** Weight of the L1 norm of H. */
  sparsity: number;
}

/** Kernel memory that {@link createContrast} takes from the model's arena. */
export function contrastBytes(guideRows: number, frames: number): number {
  return 4 * (guideRows * (frames + 1) + 3 * frames) + 8 + 6 * 16;
}

/** The free minimiser of a row must be this much longer than 1 for the sphere to be met at a multiplier clear of 0. */
const freeNorm = 1.001;
/** The squared norm is met to this; what is left is scaled away. Its effect on the cost is of second order. */
const normTolerance = 1e-5;

/**
 * Puts the guide beside a model.
 *
 * @param model its arena needs {@link contrastBytes} of room; rows of its activations have unit norm
 * @param guide S, [guide components, frames], entries >= 0, rows of unit norm
 */
export function createContrast(model: KlModel, guide: Matrix, weights: ContrastWeights): Contrast {
  const { arena, frames, components } = model;
  const { kernels } = arena;
  const { attendedComponents, delta, sparsity } = weights;
  const s = arena.float32(guide.rows * frames);
  s.array.set(guide.data);
  const projection = arena.float32(guide.rows).address;
  const a = arena.float32(frames).address;
  const c = arena.float32(frames).address;
  const out = arena.float32(frames).address;
  const slope = arena.float64(1);
  // l of the majorizer of the unattended rows' part, which is convex without it; the attended rows' part is concave as it is
  const unattendedShift = delta * guideEigenvalueBound(guide);
  // multiplier of each row in the last iteration, where the search starts
  const multipliers = new Float64Array(components).fill(Number.NaN);
  const addressOf = (matrix: Float32Array, k: number) => matrix.byteOffset + 4 * k * frames;
  const project = (h: number) => kernels.guideProject(s.address, guide.rows, frames, h, projection);

  const sphereRow = (k: number, h: number, g: number, slopeOf: number) => {
    const attended = k < attendedComponents;
    const base = slopeOf + sparsity;
    const pull = attended ? 2 * delta : -2 * delta;
    const shift = attended ? 0 : 2 * unattendedShift;
    const largest = Math.max(base, 2 * delta, shift);
    // nothing that depends on the row: a dead component without contrast or sparsity
    if (!(largest > 0)) return;
    // the row problem is the same at any scale; near 1 nothing overflows
    const unit = 1 / largest;
    project(h);
    let free = kernels.sphereTerms(
      h,
      g,
      s.address,
      projection,
      guide.rows,
      frames,
      unit,
      base * unit,
      pull * unit,
      shift * unit,
      a,
      c,
    );
    // the shift may be raised at will, at the price of smaller steps: until there is a multiplier above 0
    let raised = 0;
    while (!(free > freeNorm)) {
      // only a row of zeros, which has no direction on the sphere, gets here: it stays as it is
      if (raised > 1e30) return;
      const extra = raised === 0 ? (base > 0 ? base * unit : 1) : raised;
      free = kernels.sphereShift(a, c, h, frames, 2 * extra);
      raised += extra;
    }
    const start = multipliers[k]! * unit;
    const found = findMultiplier(kernels, { a, c, frames, out, slope, start });
    multipliers[k] = found.multiplier / unit;
    if (found.squares > 0 && found.squares < Infinity) {
      kernels.scaleRow(out, frames, 1 / Math.sqrt(found.squares), h);
    }
  };

  return {
    value: () => {
      let sum = 0;
      for (let k = 0; k < components; k++) {
        const squares = project(addressOf(model.activations, k));
        sum += k < attendedComponents ? squares : -squares;
      }
      return sum;
    },
    sphereStep: (numerator) => {
      const sums = model.dictionarySums();
      for (let k = 0; k < components; k++) {
        sphereRow(k, addressOf(model.activations, k), addressOf(numerator, k), sums[k]!);
      }
    },
    multiplicativeStep: (numerator) => {
      const sums = model.dictionarySums();
      for (let k = 0; k < components; k++) {
        const h = addressOf(model.activations, k);
        const pull = k < attendedComponents ? 2 * delta : 0;
        const push = k < attendedComponents ? 0 : 2 * delta;
        project(h);
        kernels.contrastStep(
          h,
          addressOf(numerator, k),
          s.address,
          projection,
          guide.rows,
          frames,
          sums[k]! + sparsity,
          pull,
          push,
          h,
        );
      }
    },
  };
}

/**
 * Scales rows of the activations to unit norm, their norms into the dictionary. A row below 1e-30 counts as zero, and a row
 * that is zero stays so.
 *
 * @param model changed in place
 */
export function normalizeRows(model: KlModel): void {
  const { frames, bins, components, activations, dictionary, arena } = model;
  const { kernels } = arena;
  for (let k = 0; k < components; k++) {
    const h = activations.byteOffset + 4 * k * frames;
    const w = dictionary.byteOffset + 4 * k * bins;
    const norm = Math.sqrt(kernels.dot(h, h, frames));
    if (norm > 1e-30) kernels.scaleRow(w, bins, norm, w);
    kernels.scaleRow(h, frames, norm > 1e-30 ? 1 / norm : 0, h);
  }
}

interface RowProblem {
  a: number;
  c: number;
  frames: number;
  out: number;
  slope: { address: number; array: Float64Array };
  /** Where the search starts; anything that is not above 0 means: no idea. */
  start: number;
}

/**
 * Finds the multiplier at which the row has unit norm, leaving the row in `out`.
 *
 * The norm falls with the multiplier, as nu^-1/2 where the data decide and as 1/nu where the contrast does, so Newton's
 * method runs on the logarithms of both, inside a bracket.
 */
function findMultiplier(kernels: KernelExports, problem: RowProblem): { multiplier: number; squares: number } {
  const { a, c, frames, out, slope, start } = problem;
  let low = 0;
  let high = Infinity;
  let multiplier = Math.fround(start > 1e-30 && start < 1e30 ? start : 1);
  let squares = 0;
  for (let evaluation = 0; evaluation < 100; evaluation++) {
    squares = kernels.sphereRoot(a, c, frames, multiplier, out, slope.address);
    if (Math.abs(squares - 1) <= normTolerance) break;
    if (squares > 1) low = multiplier;
    else high = multiplier;
    const steepness = (4 * multiplier * slope.array[0]!) / squares;
    let next = Math.fround(multiplier * Math.exp(Math.min(40, Math.max(-40, Math.log(squares) / steepness))));
    if (!(next > low && next < high)) {
      if (low === 0) next = Math.fround(multiplier / 64);
      else if (high === Infinity) next = Math.fround(multiplier * 64);
      else next = Math.fround(Math.sqrt(low) * Math.sqrt(high));
    }
    if (next === low || next === high || next === 0 || next === Infinity) break;
    multiplier = next;
  }
  return { multiplier, squares };
}
