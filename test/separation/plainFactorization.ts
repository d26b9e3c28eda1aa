import { type Matrix, zeros } from "../../src/core/matrix.ts";

/** Factors of a model v_n = sum over t of W(t) h_{n-t}; `templateFrames` 1 is plain NMF. */
export interface PlainFactors {
  /** [components * templateFrames, bins]: row k * templateFrames + t is w_k(t). */
  dictionary: Matrix;
  /** [components, frames] */
  activations: Matrix;
  /** T. Default 1. */
  templateFrames?: number;
}

/** Numerator and denominator of a multiplicative update of one factor, each with that factor's shape. */
export interface PlainTerms {
  numerator: Matrix<Float64Array>;
  denominator: Matrix<Float64Array>;
}

/** The beta-divergence summed over all entries; zeros in `x` cost what the limit says, infinity for beta <= 0. */
export function betaDivergence(x: ArrayLike<number>, v: ArrayLike<number>, beta: number): number {
  let total = 0;
  for (let i = 0; i < x.length; i++) total += divergenceOf(x[i]!, v[i]!, beta);
  return total;
}

/** The exponent with which multiplicative updates never raise the beta-divergence. */
export function exponentOf(beta: number): number {
  if (beta < 1) return 1 / (2 - beta);
  return beta <= 2 ? 1 : 1 / (beta - 1);
}

/** V, [frames, bins]: the sum over k and t of w_k(t) times row k of H moved t frames later. */
export function plainProduct({ dictionary, activations, templateFrames = 1 }: PlainFactors): Matrix<Float64Array> {
  const { columns: bins } = dictionary;
  const { rows: components, columns: frames } = activations;
  const v = zeros(frames, bins);
  for (let n = 0; n < frames; n++) {
    for (let m = 0; m < bins; m++) {
      for (let k = 0; k < components; k++) {
        for (let t = 0; t < templateFrames && t <= n; t++) {
          v.data[n * bins + m]! +=
            dictionary.data[(k * templateFrames + t) * bins + m]! * activations.data[k * frames + n - t]!;
        }
      }
    }
  }
  return v;
}

/**
 * What multiplies an activation h_kn in eq. 12 of Fagot et al. 2019, before the exponent: over all t with n + t inside the
 * signal and all bins, sums of w_k(t) x v^(beta-2) and of w_k(t) v^(beta-1), both at frame n + t.
 *
 * @param x [frames, bins]
 * @param factors V is made of these unless `v` is given
 * @param options `v`, [frames, bins]
 */
export function plainActivationTerms(
  x: Matrix,
  factors: PlainFactors,
  { beta, v = plainProduct(factors) }: { beta: number; v?: Matrix },
): PlainTerms {
  const { dictionary, activations, templateFrames = 1 } = factors;
  const { rows: frames, columns: bins } = x;
  const numerator = zeros(activations.rows, frames);
  const denominator = zeros(activations.rows, frames);
  for (let k = 0; k < activations.rows; k++) {
    for (let n = 0; n < frames; n++) {
      for (let t = 0; t < templateFrames && n + t < frames; t++) {
        for (let m = 0; m < bins; m++) {
          const weight = dictionary.data[(k * templateFrames + t) * bins + m]!;
          const at = (n + t) * bins + m;
          addTerms(weight, x.data[at]!, v.data[at]!, beta, { numerator, denominator }, k * frames + n);
        }
      }
    }
  }
  return { numerator, denominator };
}

/**
 * What multiplies an entry of w_k(t) in eq. 6 of Fagot et al. 2019, before the exponent: over all frames, sums of h_{k,n-t}
 * x v^(beta-2) and of h_{k,n-t} v^(beta-1), both at frame n. All t are given one V.
 *
 * @param x [frames, bins]
 * @param factors V is made of these unless `v` is given
 * @param options `v`, [frames, bins]
 */
export function plainDictionaryTerms(
  x: Matrix,
  factors: PlainFactors,
  { beta, v = plainProduct(factors) }: { beta: number; v?: Matrix },
): PlainTerms {
  const { dictionary, activations, templateFrames = 1 } = factors;
  const { rows: frames, columns: bins } = x;
  const numerator = zeros(dictionary.rows, bins);
  const denominator = zeros(dictionary.rows, bins);
  for (let k = 0; k < activations.rows; k++) {
    for (let t = 0; t < templateFrames; t++) {
      for (let m = 0; m < bins; m++) {
        for (let n = t; n < frames; n++) {
          const weight = activations.data[k * frames + n - t]!;
          const at = n * bins + m;
          const to = (k * templateFrames + t) * bins + m;
          addTerms(weight, x.data[at]!, v.data[at]!, beta, { numerator, denominator }, to);
        }
      }
    }
  }
  return { numerator, denominator };
}

/** A factor times (numerator / (denominator + sparsity)) ^ exponent; entries that are 0 stay 0. */
export function plainUpdate(
  factor: Matrix,
  { numerator, denominator }: PlainTerms,
  { beta, sparsity = 0 }: { beta: number; sparsity?: number },
): Matrix<Float64Array> {
  const out = zeros(factor.rows, factor.columns);
  for (let i = 0; i < out.data.length; i++) {
    const value = factor.data[i]!;
    if (value > 0) {
      out.data[i] = value * (numerator.data[i]! / (denominator.data[i]! + sparsity)) ** exponentOf(beta);
    }
  }
  return out;
}

function divergenceOf(x: number, v: number, beta: number): number {
  if (beta === 0) return x / v - Math.log(x / v) - 1;
  if (beta === 1) return (x > 0 ? x * Math.log(x / v) : 0) - x + v;
  const cross = x > 0 ? beta * x * v ** (beta - 1) : 0;
  return (x ** beta + (beta - 1) * v ** beta - cross) / (beta * (beta - 1));
}

/** Where the weight or x is 0 its product is 0, even if the power of v is infinite. */
function addTerms(weight: number, x: number, v: number, beta: number, terms: PlainTerms, at: number): void {
  if (weight === 0) return;
  if (x > 0) terms.numerator.data[at]! += weight * x * v ** (beta - 2);
  terms.denominator.data[at]! += weight * v ** (beta - 1);
}
