import type { FloatArray, Matrix } from "../core/matrix.ts";
import type { FactorArena, Precision } from "../numeric/kernels.ts";
import { sum } from "./scaling.ts";

/** The two sums of a multiplicative step of one factor; both arrays are live and have the factor's shape. */
export interface UpdateTerms {
  /** For the activations W'(X o V^(beta-2)), for the dictionary (X o V^(beta-2))H'. */
  readonly numerator: FloatArray;
  /** For the activations W' V^(beta-1), for the dictionary V^(beta-1) H'. */
  readonly denominator: FloatArray;
}

/**
 * A non-negative model X ~ V = WH with the sums that every update is made of, for the beta-divergence (Fagot et al. 2019,
 * section 2; beta 0 Itakura-Saito, 1 Kullback-Leibler, 2 half the squared distance).
 *
 * Factors are live: what is written into them counts from the next call on. All arrays have the model's precision; sums over
 * the spectrogram are accumulated in double. Arrays are the same ones at every call.
 */
export interface FactorModel {
  /** Where the arrays lie, with the kernels for them. The byte address of an array is its `byteOffset`. */
  readonly arena: FactorArena;
  /** What computes the products, for results and reports. */
  readonly accelerator: string;
  readonly frames: number;
  readonly bins: number;
  /** Rows of W and of H. */
  readonly components: number;
  readonly beta: number;
  /** W, [components, bins]. */
  readonly dictionary: FloatArray;
  /** H, [components, frames]. */
  readonly activations: FloatArray;
  /** [components, frames], as `computeActivationTerms` or `computeJointTerms` left them. */
  readonly activationTerms: UpdateTerms;
  /** [components, bins], as `computeDictionaryTerms` or `computeJointTerms` left them. */
  readonly dictionaryTerms: UpdateTerms;
  /** @returns the divergence of the factors as they are if asked for, else NaN */
  computeActivationTerms(withDivergence: boolean): number;
  /** @returns the divergence of the factors as they are if asked for, else NaN */
  computeDictionaryTerms(withDivergence: boolean): number;
  /** Both numerators from one V; denominators as in the other two. Beta 1 only. */
  computeJointTerms(withDivergence: boolean): number;
  /** D(X | V), the beta-divergence summed over all entries. */
  divergence(): number;
}

/**
 * What is added to every entry of V, times the mean of X: 0 / 0 cannot arise, and a cell with x > 0 that no component reaches
 * costs a large number instead of infinity. To the updates it is one more component that never changes, so they stay
 * monotone. Below beta = 1 it is as much larger as `v^(beta-2)` needs to stay within single precision.
 *
 * @param spectrogram X, not all zero
 * @param beta the divergence
 * @param precision of the model
 */
export function modelFloor(spectrogram: Matrix, beta: number, precision: Precision): number {
  const mean = sum(spectrogram.data) / spectrogram.data.length;
  const relative = precision === "float32" && beta < 1 ? Math.max(1e-20, 10 ** (-30 / (2 - beta))) : 1e-20;
  return Math.max(relative * mean, 1e-37);
}
