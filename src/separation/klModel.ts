import type { Matrix } from "../core/matrix.ts";
import { createArena, type KernelArena } from "../numeric/kernels.ts";
import { block, packDataInto, packedLength, paddedSteps, stripLength, type Walk } from "./klLayout.ts";

/**
 * V is WH plus this times the mean of X: 0 / 0 cannot arise, and a cell with x > 0 that no component reaches costs a
 * large number instead of infinity. To the updates it is one more component that never changes, so they stay monotone;
 * single precision does not see it where WH is above 1e-12 times the mean of X.
 */
export const relativeFloor = 1e-20;

/** Options of `createKlModel`. */
export interface KlModelOptions {
  /** Room to leave in the arena for arrays of the caller's own. Default 0 bytes. */
  extraBytes?: number;
}

/** Weights of an update. */
export interface KlUpdateOptions {
  /** Weight of the L1 norm of the factor that is updated. Default 0. */
  sparsity?: number;
}

/**
 * A non-negative model X ~ WH in kernel memory, single precision, for the Kullback-Leibler divergence.
 *
 * Factors are live: what is written into `dictionary` and `activations` counts from the next call on. The byte address
 * of an array, which kernels want, is its `byteOffset`.
 */
export interface KlModel {
  readonly arena: KernelArena;
  readonly frames: number;
  readonly bins: number;
  readonly components: number;
  /** W, [components, bins], live. */
  readonly dictionary: Float32Array;
  /** H, [components, frames], live. */
  readonly activations: Float32Array;
  /** Sum of X. */
  readonly total: number;
  /** W'(X / WH), [components, frames]. The same array at every call. */
  activationNumerator(): Float32Array;
  /** The same together with the divergence of the factors as they are now, which costs little in the same pass. */
  activationNumeratorAndDivergence(): { numerator: Float32Array; divergence: number };
  /** (X / WH)H', [components, bins]. The same array at every call. */
  dictionaryNumerator(): Float32Array;
  /** Sum of each component's spectrum, W'1. */
  dictionarySums(): Float64Array;
  /** Sum of each component's activations, 1H'. */
  activationSums(): Float64Array;
  /** H <- H o numerator / (W'1 + sparsity) with the numerator as the last call left it. */
  applyActivationNumerator(options?: KlUpdateOptions): void;
  /**
   * H <- H o W'(X / WH) / (W'1 + sparsity): Lee & Seung 2001, eq. 5. Never raises the cost.
   *
   * @returns with `withDivergence` that of the factors before the update, else NaN
   */
  updateActivations(options?: KlUpdateOptions & { withDivergence?: boolean }): number;
  /** W <- W o (X / WH)H' / (1H' + sparsity). Never raises the cost. */
  updateDictionary(options?: KlUpdateOptions): void;
  /** D(X | WH) = sum x log(x / v) - x + v, 0 log 0 = 0. Terms in single precision, sums in double. */
  divergence(): number;
}

const ratioCells = block.steps * stripLength;

/**
 * Copies X, W and H into an arena of their own. Shapes and values are checked by the callers.
 *
 * @param spectrogram X, [frames, bins], finite, no entry negative, not all zero
 * @param dictionary W, [components, bins]
 * @param activations H, [components, frames]
 * @param options see `KlModelOptions`
 */
export function createKlModel(
  spectrogram: Matrix,
  dictionary: Matrix,
  activations: Matrix,
  options: KlModelOptions = {},
): KlModel {
  const { rows: frames, columns: bins } = spectrogram;
  const components = dictionary.rows;
  const alongFrames: Walk = { lanes: frames, laneStride: bins, steps: bins, stepStride: 1 };
  const alongBins: Walk = { lanes: bins, laneStride: 1, steps: frames, stepStride: bins };
  const paddedFrames = paddedSteps(frames);
  const paddedBins = paddedSteps(bins);
  const paddedComponents = 4 * Math.ceil(components / 4);
  const frameStrips = Math.ceil(frames / stripLength);
  const binStrips = Math.ceil(bins / stripLength);
  const longest = stripLength * Math.max(frameStrips, binStrips);

  const cells = packedLength(alongFrames) + packedLength(alongBins) + ratioCells;
  const factors = 2 * components * (frames + bins) + 4 * paddedComponents * longest;
  const arena = createArena(4 * (cells + factors) + 16 * 16 + (options.extraBytes ?? 0));
  const { kernels } = arena;

  const byFrames = arena.float32(packedLength(alongFrames));
  const byBins = arena.float32(packedLength(alongBins));
  packDataInto(spectrogram.data, alongFrames, byFrames.array);
  packDataInto(spectrogram.data, alongBins, byBins.array);
  const w = arena.float32(components * bins);
  const h = arena.float32(components * frames);
  w.array.set(dictionary.data);
  h.array.set(activations.data);
  const hNumerator = arena.float32(components * frames);
  const wNumerator = arena.float32(components * bins);
  const ratio = arena.float32(ratioCells);
  const steps = arena.float32(paddedComponents * longest).address;
  const rows = arena.float32(paddedComponents * longest).address;
  const strips = arena.float32(paddedComponents * longest).address;
  const out = arena.float32(paddedComponents * longest).address;

  const total = kernels.sum(byFrames.address, byFrames.array.length);
  // single precision has nothing between 0 and 1e-38
  const floor = total > 0 ? Math.max((relativeFloor * total) / (frames * bins), 1e-37) : 1;

  /** Sums of the rows of a factor. */
  const rowSums = (factor: Float32Array, columns: number): Float64Array =>
    Float64Array.from({ length: components }, (_, k) => kernels.sum(factor.byteOffset + 4 * k * columns, columns));
  const dictionarySums = () => rowSums(w.array, bins);
  const activationSums = () => rowSums(h.array, frames);

  const packForActivations = () => {
    kernels.packStrips(w.address, components, bins, 4, steps);
    kernels.packStrips(h.address, components, frames, 8, strips);
  };
  const divergenceFrom = (logSum: number): number => {
    const ofW = dictionarySums();
    const ofH = activationSums();
    let modelTotal = 0;
    for (let k = 0; k < components; k++) modelTotal += ofW[k]! * ofH[k]!;
    return logSum - total + modelTotal;
  };
  const numerator = (withDivergence: boolean): number => {
    packForActivations();
    kernels.packInterleaved(w.address, components, bins, paddedBins, rows);
    const logSum = kernels.klNumerator(
      byFrames.address,
      steps,
      rows,
      strips,
      ratio.address,
      out,
      components,
      paddedBins,
      frameStrips,
      floor,
      withDivergence,
    );
    kernels.unpackStrips(out, paddedComponents, hNumerator.address, components, frames);
    return withDivergence ? divergenceFrom(logSum) : Number.NaN;
  };
  const dictionaryNumerator = () => {
    kernels.packStrips(h.address, components, frames, 4, steps);
    kernels.packInterleaved(h.address, components, frames, paddedFrames, rows);
    kernels.packStrips(w.address, components, bins, 8, strips);
    kernels.klNumerator(
      byBins.address,
      steps,
      rows,
      strips,
      ratio.address,
      out,
      components,
      paddedFrames,
      binStrips,
      floor,
      false,
    );
    kernels.unpackStrips(out, paddedComponents, wNumerator.address, components, bins);
    return wNumerator.array;
  };
  /** Each row of the factor times its numerator over (sum of the other factor's row + sparsity). */
  const multiply = (factor: number, top: number, sums: Float64Array, sparsity: number, columns: number) => {
    for (let k = 0; k < components; k++) {
      const bottom = sums[k]! + sparsity;
      const at = 4 * k * columns;
      // a component whose other half is silent contributes nothing: it is put out
      kernels.multiplyInto(factor + at, top + at, bottom > 1e-30 ? 1 / bottom : 0, columns);
    }
  };

  return {
    arena,
    frames,
    bins,
    components,
    dictionary: w.array,
    activations: h.array,
    total,
    activationNumerator: () => {
      numerator(false);
      return hNumerator.array;
    },
    activationNumeratorAndDivergence: () => ({ divergence: numerator(true), numerator: hNumerator.array }),
    dictionaryNumerator,
    dictionarySums,
    activationSums,
    applyActivationNumerator: ({ sparsity = 0 } = {}) =>
      multiply(h.address, hNumerator.address, dictionarySums(), sparsity, frames),
    updateActivations: ({ sparsity = 0, withDivergence = false } = {}) => {
      const divergence = numerator(withDivergence);
      multiply(h.address, hNumerator.address, dictionarySums(), sparsity, frames);
      return divergence;
    },
    updateDictionary: ({ sparsity = 0 } = {}) => {
      dictionaryNumerator();
      multiply(w.address, wNumerator.address, activationSums(), sparsity, bins);
    },
    divergence: () => {
      packForActivations();
      return divergenceFrom(
        kernels.klLog(byFrames.address, steps, strips, ratio.address, components, paddedBins, frameStrips, floor),
      );
    },
  };
}
