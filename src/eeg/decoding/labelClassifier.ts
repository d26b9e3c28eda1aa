import { zeros } from "../../core/matrix.ts";
import { type CholeskyFactor, factorCholesky } from "../../numeric/cholesky.ts";

/** Windows of all trials, one after the other, at mean 0 and variance 1. */
export interface AuditWindows {
  /** Number of trials. */
  readonly trials: number;
  /** Trial of each window, [windows]. */
  readonly trialOf: Int32Array;
  /** Number of features. */
  readonly features: number;
  /** [windows, features]. */
  readonly values: Float64Array;
}

/** Tells how often a classifier trained on the other folds names the label of a window's trial. */
export type LabelScorer = (labels: Uint8Array) => number;

/**
 * Linear discriminants (Fisher 1936) of two labels that belong to trials, one for each fold of windows. Everything but the labels
 * is computed here, once: covariances are those of both labels together, which has the same discriminant as
 * the one within labels, and the threshold lies midway between the means, so that unequal numbers do not matter.
 *
 * @param windows of all trials
 * @param foldOf fold of each window, [windows]
 * @param lambda added to the diagonal of the covariance, times its mean
 * @returns share of all windows that are right when tested by the discriminant of the other folds; a window on the threshold,
 *   or with one label in training, is half right
 */
export function createLabelScorer(windows: AuditWindows, foldOf: Int32Array, lambda: number): LabelScorer {
  const { trials, trialOf, features, values } = windows;
  const folds = foldOf.reduce((most, fold) => Math.max(most, fold), 0) + 1;
  const parts = Array.from({ length: folds }, (_, fold) => trainFold(windows, foldOf, { fold, lambda }));
  return (labels) => {
    let right = 0;
    const weights: (Float64Array | null)[] = [];
    const thresholds = new Float64Array(folds);
    for (const [fold, { counts, sums, factor }] of parts.entries()) {
      const means = [new Float64Array(features), new Float64Array(features)] as const;
      const sizes = [0, 0];
      for (let t = 0; t < trials; t++) {
        const label = labels[t]! as 0 | 1;
        sizes[label]! += counts[t]!;
        for (let f = 0; f < features; f++) means[label][f]! += sums[t * features + f]!;
      }
      if (sizes[0] === 0 || sizes[1] === 0) {
        weights.push(null);
        continue;
      }
      const difference = new Float64Array(features);
      const middle = new Float64Array(features);
      for (let f = 0; f < features; f++) {
        const [zero, one] = [means[0][f]! / sizes[0]!, means[1][f]! / sizes[1]!];
        difference[f] = one - zero;
        middle[f] = (one + zero) / 2;
      }
      const own = factor.solve(difference);
      weights.push(own);
      for (let f = 0; f < features; f++) thresholds[fold]! += own[f]! * middle[f]!;
    }
    for (let w = 0; w < trialOf.length; w++) {
      const own = weights[foldOf[w]!];
      let score = own ? -thresholds[foldOf[w]!]! : 0;
      if (own) for (let f = 0; f < features; f++) score += own[f]! * values[w * features + f]!;
      if (score === 0) right += 0.5;
      else if (score > 0 === (labels[trialOf[w]!] === 1)) right++;
    }
    return right / trialOf.length;
  };
}

/** Of the windows outside a fold: how many each trial has, their sums, [trials, features], and the covariance of all. */
function trainFold(
  { trials, trialOf, features, values }: AuditWindows,
  foldOf: Int32Array,
  { fold, lambda }: { fold: number; lambda: number },
): { counts: Int32Array; sums: Float64Array; factor: CholeskyFactor } {
  const counts = new Int32Array(trials);
  const sums = new Float64Array(trials * features);
  const mean = new Float64Array(features);
  const covariance = zeros(features, features);
  let count = 0;
  for (let w = 0; w < trialOf.length; w++) {
    if (foldOf[w] === fold) continue;
    const trial = trialOf[w]!;
    counts[trial]!++;
    count++;
    for (let f = 0; f < features; f++) {
      const value = values[w * features + f]!;
      sums[trial * features + f]! += value;
      mean[f]! += value;
      for (let g = 0; g <= f; g++) covariance.data[f * features + g]! += value * values[w * features + g]!;
    }
  }
  let trace = 0;
  for (let f = 0; f < features; f++) {
    for (let g = 0; g <= f; g++) covariance.data[f * features + g]! -= (mean[f]! * mean[g]!) / count;
    trace += covariance.data[f * features + f]!;
  }
  // Features that are constant over the training windows would leave nothing to factor.
  const ridge = Math.max((lambda * trace) / features, count * 1e-9);
  return { counts, sums, factor: factorCholesky(covariance, { ridge }) };
}
