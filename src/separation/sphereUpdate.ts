import type { FloatArray, Matrix } from "../core/matrix.ts";
import type { FactorKernels } from "../numeric/factorKernels.ts";
import type { Precision } from "../numeric/kernels.ts";
import { guideEigenvalueBound } from "./guide.ts";
import type { TemplateModel } from "./templateModel.ts";

/** The contrast of a factorisation in kernel memory and the updates of its activations. */
export interface Contrast {
  /** `|H_a S'|_F^2 - |H_u S'|_F^2` at the factors as they are, rows beyond the contrast left out. */
  value(): number;
  /**
   * The monotone update at beta 1: minimises, row by row on the unit sphere, a majorizer of the cost
   * (docs/methods/contrastive-nmf.md). Rows of H stay at unit norm, W is not touched. The model's activation terms must be those
   * of the factors as they are.
   */
  sphereStep(): void;
  /** The paper's rule (Cantisani, Essid & Richard 2021): one multiplicative step, no normalisation. */
  multiplicativeStep(): void;
  /** `S'S h` of the row that starts at an address, into the array that is returned; the same array at every call. */
  pullOf(h: number): FloatArray;
  /** The sphere update's multiplier of each row, where the next search starts. */
  readonly multipliers: Float64Array;
}

/** Weights and sizes of {@link createContrast}. */
export interface ContrastWeights {
  /** The first rows of H that are attended. */
  attendedComponents: number;
  /** The last rows of H that take no part in the contrast. */
  backgroundComponents: number;
  /** Weight of the contrast, absolute. */
  delta: number;
  /** Weight of the L1 norm of H. */
  sparsity: number;
}

/** Kernel memory that {@link createContrast} takes from the model's arena. */
export function contrastBytes(guideRows: number, frames: number, precision: Precision): number {
  return (precision === "float32" ? 4 : 8) * (guideRows * (frames + 1) + 4 * frames) + 8 + 7 * 64;
}

/** The free minimiser of a row must be this much longer than 1 for the sphere to be met at a multiplier clear of 0. */
const freeNorm = 1.001;
/** The squared norm is met to this; what is left is scaled away. Its effect on the cost is of second order. */
const normTolerance = { float32: 1e-5, float64: 1e-12 } as const;

/**
 * Puts the guide beside a model.
 *
 * @param template its arena needs {@link contrastBytes} of room; rows of its activations have unit norm
 * @param guide S, [guide components, frames], entries >= 0, rows of unit norm
 * @param weights see {@link ContrastWeights}
 */
export function createContrast(template: TemplateModel, guide: Matrix, weights: ContrastWeights): Contrast {
  const { model, components } = template;
  const { arena, frames } = model;
  const { kernels, precision } = arena;
  const { attendedComponents, backgroundComponents, delta, sparsity } = weights;
  const numberBytes = precision === "float32" ? 4 : 8;
  const s = arena.array(guide.rows * frames);
  s.array.set(guide.data);
  const projection = arena.array(guide.rows).address;
  const a = arena.array(frames).address;
  const c = arena.array(frames).address;
  const out = arena.array(frames).address;
  const pulled = arena.array(frames);
  const slope = arena.float64(1);
  // l of the majorizer of the unattended rows' part, which is convex without it; the attended rows' part is concave as it is
  const unattendedShift = delta * guideEigenvalueBound(guide);
  const multipliers = new Float64Array(components).fill(Number.NaN);
  const addressOf = (array: FloatArray, k: number) => array.byteOffset + numberBytes * k * frames;
  const project = (h: number) => kernels.guideProject(s.address, guide.rows, frames, h, projection);
  /** 1 for attended rows, -1 for the others, 0 beyond the contrast. */
  const signOf = (k: number) => {
    if (k < attendedComponents) return 1;
    return k < components - backgroundComponents ? -1 : 0;
  };

  const sphereRow = (k: number) => {
    const { numerator, denominator } = template.activationTerms;
    const h = addressOf(template.activations, k);
    const g = addressOf(numerator, k);
    const base = addressOf(denominator, k);
    const sign = signOf(k);
    const pull = 2 * delta * sign;
    const shift = sign < 0 ? 2 * unattendedShift : 0;
    // the first frame has the largest denominator: the patch fits whole
    const ownBase = denominator[k * frames]! + sparsity;
    const largest = Math.max(ownBase, Math.abs(pull), shift);
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
      base,
      sparsity,
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
      const extra = raised === 0 ? (ownBase > 0 ? ownBase * unit : 1) : raised;
      free = kernels.sphereShift(a, c, h, frames, 2 * extra);
      raised += extra;
    }
    const start = multipliers[k]! * unit;
    const found = findMultiplier(kernels, { a, c, frames, out, slope, start, precision });
    multipliers[k] = found.multiplier / unit;
    if (found.squares > 0 && found.squares < Infinity) {
      kernels.scaleRow(out, frames, 1 / Math.sqrt(found.squares), h);
    }
  };

  return {
    value: () => {
      let sum = 0;
      for (let k = 0; k < components - backgroundComponents; k++) {
        sum += signOf(k) * project(addressOf(template.activations, k));
      }
      return sum;
    },
    sphereStep: () => {
      for (let k = 0; k < components; k++) sphereRow(k);
    },
    multiplicativeStep: () => {
      const { numerator, denominator } = template.activationTerms;
      for (let k = 0; k < components; k++) {
        const h = addressOf(template.activations, k);
        const sign = signOf(k);
        project(h);
        kernels.contrastStep(
          h,
          addressOf(numerator, k),
          s.address,
          projection,
          guide.rows,
          frames,
          addressOf(denominator, k),
          sparsity,
          sign > 0 ? 2 * delta : 0,
          sign < 0 ? 2 * delta : 0,
          h,
        );
      }
    },
    pullOf: (h) => {
      project(h);
      kernels.guidePull(s.address, projection, guide.rows, frames, pulled.address);
      return pulled.array;
    },
    multipliers,
  };
}

/**
 * Scales rows of the activations to unit norm, their norms into the patches. A row below 1e-30 counts as zero, and a row
 * that is zero stays so.
 *
 * @param template changed in place
 */
export function normalizeRows(template: TemplateModel): void {
  const { model, components, templateFrames, activations, dictionary } = template;
  const { frames, bins } = model;
  const { kernels } = model.arena;
  const numberBytes = activations.BYTES_PER_ELEMENT;
  const patchCells = templateFrames * bins;
  for (let k = 0; k < components; k++) {
    const h = activations.byteOffset + numberBytes * k * frames;
    const w = dictionary.byteOffset + numberBytes * k * patchCells;
    const norm = Math.sqrt(kernels.dot(h, h, frames));
    if (norm > 1e-30) kernels.scaleRow(w, patchCells, norm, w);
    kernels.scaleRow(h, frames, norm > 1e-30 ? 1 / norm : 0, h);
  }
  template.shift();
}

interface RowProblem {
  a: number;
  c: number;
  frames: number;
  out: number;
  slope: { address: number; array: Float64Array };
  /** Where the search starts; anything that is not above 0 means: no idea. */
  start: number;
  precision: Precision;
}

/**
 * Finds the multiplier at which the row has unit norm, leaving the row in `out`.
 *
 * The norm falls with the multiplier, as nu^-1/2 where the data decide and as 1/nu where the contrast does, so Newton's
 * method runs on the logarithms of both, inside a bracket.
 */
function findMultiplier(kernels: FactorKernels, problem: RowProblem): { multiplier: number; squares: number } {
  const { a, c, frames, out, slope, start, precision } = problem;
  const tolerance = normTolerance[precision];
  const round = precision === "float32" ? Math.fround : (value: number) => value;
  let low = 0;
  let high = Infinity;
  let multiplier = round(start > 1e-30 && start < 1e30 ? start : 1);
  let squares = 0;
  for (let evaluation = 0; evaluation < 100; evaluation++) {
    squares = kernels.sphereRoot(a, c, frames, multiplier, out, slope.address);
    if (Math.abs(squares - 1) <= tolerance) break;
    if (squares > 1) low = multiplier;
    else high = multiplier;
    const steepness = (4 * multiplier * slope.array[0]!) / squares;
    let next = round(multiplier * Math.exp(Math.min(40, Math.max(-40, Math.log(squares) / steepness))));
    if (!(next > low && next < high)) {
      if (low === 0) next = round(multiplier / 64);
      else if (high === Infinity) next = round(multiplier * 64);
      else next = round(Math.sqrt(low) * Math.sqrt(high));
    }
    if (next === low || next === high || next === 0 || next === Infinity) break;
    multiplier = next;
  }
  return { multiplier, squares };
}
