import type { Matrix } from "../core/matrix.ts";
import { createKlModel } from "./klModel.ts";

/**
 * A convolutive model in kernel memory: v_n = sum over t of W(t) h_{n-t}, Kullback-Leibler divergence.
 *
 * It is a plain model of K * T components whose activations are the K rows of H, each shifted by 0 .. T - 1 frames: V, the
 * numerator of the activations and that of the patches are one dense product each.
 */
export interface ConvolutiveModel {
  /** The patches, [components * templateFrames, bins], live. */
  readonly dictionary: Float32Array;
  /** H, [components, frames], live. */
  readonly activations: Float32Array;
  /** Computes the activations' numerator; the divergence of the factors as they are if asked for, else NaN. */
  prepareActivations(withDivergence: boolean): number;
  /** Fagot et al. 2019, eq. 12 at beta = 1, for all frames at once, with the numerator prepared. */
  applyActivations(): void;
  /** Fagot et al. 2019, eq. 6 at beta = 1. */
  updateDictionary(): void;
  /** D(X | V). */
  divergence(): number;
  /** Scales each patch to sum 1, the scale moving into H. A patch of zeros stays. */
  normalizePatches(): void;
}

/**
 * Copies data and factors into kernel memory. Shapes and values are checked by the callers.
 *
 * @param spectrogram X, [frames, bins]
 * @param dictionary the patches, [components * templateFrames, bins], row k * templateFrames + t
 * @param activations H, [components, frames]
 */
export function createConvolutiveModel(spectrogram: Matrix, dictionary: Matrix, activations: Matrix): ConvolutiveModel {
  const { rows: components, columns: frames } = activations;
  const templateFrames = dictionary.rows / components;
  const bins = dictionary.columns;
  const shifted = { rows: dictionary.rows, columns: frames, data: new Float32Array(dictionary.rows * frames) };
  const model = createKlModel(spectrogram, dictionary, shifted, {
    extraBytes: 4 * (components * frames + frames) + 32,
  });
  const { kernels } = model.arena;
  const h = model.arena.float32(components * frames).array;
  const numerator = model.arena.float32(frames);
  h.set(activations.data);

  const rowOf = (k: number) => h.subarray(k * frames, (k + 1) * frames);
  // entries before frame t of a row shifted by t are zero from the start and are never written
  const shift = () => {
    for (let k = 0; k < components; k++) {
      for (let t = 0; t < templateFrames; t++) {
        const from = k * frames;
        model.activations.set(h.subarray(from, from + frames - t), (k * templateFrames + t) * frames + t);
      }
    }
  };
  shift();

  let stacked = model.activations;
  const updateRow = (k: number, sums: Float64Array) => {
    const first = k * templateFrames;
    numerator.array.set(stacked.subarray(first * frames, (first + 1) * frames));
    for (let t = 1; t < templateFrames; t++) {
      const at = stacked.byteOffset + 4 * ((first + t) * frames + t);
      kernels.addInto(numerator.address, at, frames - t);
    }
    // the first frames whose patch fits share one denominator; towards the end a patch is cut off
    let bottom = 0;
    for (let t = 0; t < templateFrames; t++) bottom += sums[first + t]!;
    const whole = frames - templateFrames + 1;
    const address = h.byteOffset + 4 * k * frames;
    kernels.multiplyInto(address, numerator.address, inverse(bottom), whole);
    bottom = 0;
    for (let n = frames - 1; n >= whole; n--) {
      bottom += sums[first + frames - 1 - n]!;
      kernels.multiplyInto(address + 4 * n, numerator.address + 4 * n, inverse(bottom), 1);
    }
  };

  return {
    dictionary: model.dictionary,
    activations: h,
    prepareActivations: (withDivergence) => {
      if (!withDivergence) {
        stacked = model.activationNumerator();
        return Number.NaN;
      }
      const { numerator: values, divergence } = model.activationNumeratorAndDivergence();
      stacked = values;
      return divergence;
    },
    applyActivations: () => {
      const sums = model.dictionarySums();
      for (let k = 0; k < components; k++) updateRow(k, sums);
      shift();
    },
    updateDictionary: () => model.updateDictionary(),
    divergence: () => model.divergence(),
    normalizePatches: () => {
      const sums = model.dictionarySums();
      const patchCells = templateFrames * bins;
      for (let k = 0; k < components; k++) {
        let sum = 0;
        for (let t = 0; t < templateFrames; t++) sum += sums[k * templateFrames + t]!;
        if (!(sum > 0)) continue;
        const patch = model.dictionary.subarray(k * patchCells, (k + 1) * patchCells);
        for (let i = 0; i < patch.length; i++) patch[i]! /= sum;
        const gains = rowOf(k);
        for (let i = 0; i < gains.length; i++) gains[i]! *= sum;
      }
      shift();
    },
  };
}

/** 1 / value; 0 where the value is too small to divide by, which puts the component out. */
function inverse(value: number): number {
  return value > 1e-30 ? 1 / value : 0;
}
