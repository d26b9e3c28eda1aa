import { checkFinite } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { checkMatrix, type Matrix, row } from "../core/matrix.ts";
import { innerProduct } from "../numeric/innerProduct.ts";

/** How a component's correlations with the rows of the guide become one number. */
export interface GuideEvidenceOptions {
  /**
   * - `mean` the mean of the correlations: noise that rows share counts least, but a component that follows one row of
   *   many counts little, and rows it goes against count against it
   * - `best` the largest: right for a clean guide, where a component follows the row that stands for the same sounds;
   *   of noise it picks the most
   * - `positive` between the two: the root mean square of the correlations, negative ones taken as 0
   *
   * With weights w: sum w c / sum w, max w c / max w, and sqrt(sum w c^2 / sum w).
   */
  pooling?: "mean" | "best" | "positive";
  /**
   * How far each row of the guide can be trusted, [guide rows], such as the correlation a decoder reached for the row in
   * training. Negative weights count as 0; where none is above 0 they say nothing and all rows count alike.
   */
  guideWeights?: ArrayLike<number>;
}

/**
 * How much each component follows the guide: Pearson's correlation of its activations with every row, pooled.
 *
 * A constant row has correlation 0 with everything.
 *
 * @param activations [components, frames]
 * @param guide [guide rows, frames]; may be negative
 * @param options `pooling`; `guideWeights`; `who`, the function named in messages
 * @returns [components], from -1 to 1
 * @throws ToolkitError `bad-shape` if frames or weights do not fit, `bad-value` if an entry is not finite, `bad-option`
 */
export function guideEvidence(
  activations: Matrix,
  guide: Matrix,
  options: GuideEvidenceOptions & { pooling: "mean" | "best" | "positive"; who: string },
): Float64Array {
  const { who, pooling, guideWeights } = options;
  checkMatrix(who, "activations", activations);
  checkMatrix(who, "guide", guide);
  checkFinite(who, "activations", activations.data);
  checkFinite(who, "guide", guide.data);
  if (pooling !== "best" && pooling !== "mean" && pooling !== "positive") {
    throw new ToolkitError(
      "bad-option",
      `${who}: pooling is "${String(pooling)}"; it must be "mean", "best" or "positive"`,
    );
  }
  if (activations.columns !== guide.columns) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: activations have ${activations.columns} frames, guide ${guide.columns}; resample the guide to the activations' frames`,
    );
  }
  const weights = relativeWeights(who, guide.rows, guideWeights);
  const standardGuide = Array.from({ length: guide.rows }, (_, j) => standardized(row(guide, j)));
  const evidence = new Float64Array(activations.rows);
  for (let k = 0; k < activations.rows; k++) {
    const standard = standardized(row(activations, k));
    const correlations = standardGuide.map((other) => innerProduct(standard, other));
    evidence[k] = pool(correlations, weights, pooling);
  }
  return evidence;
}

/** Weights with a largest of 1. */
function relativeWeights(who: string, rows: number, given: ArrayLike<number> | undefined): Float64Array {
  if (given === undefined) return new Float64Array(rows).fill(1);
  if (given.length !== rows) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: guideWeights has ${given.length} weights, the guide ${rows} rows; one for each row is needed`,
    );
  }
  checkFinite(who, "guideWeights", given);
  const weights = Float64Array.from(given, (weight) => Math.max(0, weight));
  const largest = weights.reduce((most, weight) => Math.max(most, weight), 0);
  return largest > 0 ? weights.map((weight) => weight / largest) : weights.fill(1);
}

function pool(correlations: readonly number[], weights: Float64Array, pooling: "mean" | "best" | "positive"): number {
  if (pooling === "best") return Math.max(...correlations.map((value, j) => weights[j]! * value));
  let sum = 0;
  let total = 0;
  for (const [j, value] of correlations.entries()) {
    sum += weights[j]! * (pooling === "mean" ? value : Math.max(0, value) ** 2);
    total += weights[j]!;
  }
  return pooling === "mean" ? sum / total : Math.sqrt(sum / total);
}

/** Mean 0 and norm 1, so that an inner product is a correlation; zeros for a constant row. */
function standardized(values: ArrayLike<number>): Float64Array {
  const out = Float64Array.from(values);
  const first = out[0]!;
  if (out.every((value) => value === first)) return out.fill(0);
  const largest = out.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let n = 0; n < out.length; n++) out[n]! /= largest;
  const mean = out.reduce((sum, value) => sum + value, 0) / out.length;
  for (let n = 0; n < out.length; n++) out[n]! -= mean;
  const norm = Math.sqrt(innerProduct(out, out));
  return norm > 0 ? out.map((value) => value / norm) : out;
}
