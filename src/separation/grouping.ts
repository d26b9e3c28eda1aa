import { checkFinite, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { checkMatrix, type Matrix, row } from "../core/matrix.ts";

/** Options of {@link groupByGuide}. */
export interface GroupingOptions {
  /** How many components are taken as the attended source, from 0 to all. */
  attendedComponents: number;
  /**
   * How a component's correlations with the guide's rows become one number: the `mean` (default) or the largest (`best`). A
   * component of the attended source follows the one row that stands for the same sounds, so `best` is right for a clean
   * guide; rows decoded from EEG are mostly noise, of which the largest picks the most, and the mean the least.
   */
  pooling?: "best" | "mean";
}

/** Defaults of {@link groupByGuide}. */
export const groupingDefaults = { pooling: "mean" } as const satisfies Omit<
  Required<GroupingOptions>,
  "attendedComponents"
>;

/** Which components belong to the attended source. */
export interface Grouping {
  /** Components of the attended source, ascending. */
  readonly attended: number[];
  /** All others, ascending. */
  readonly rest: number[];
  /** Pooled correlation of each component with the guide, [components], from -1 to 1. */
  readonly correlations: Float64Array;
}

/**
 * Finds the attended source among the components of a blind factorisation: the components whose activations correlate
 * most with the guide.
 *
 * Pearson's correlation; a constant row has correlation 0 with everything; ties go to the lower index.
 *
 * @param activations [components, frames]
 * @param guide decoded activations of the attended source, [guide components, frames]; may be negative
 * @throws ToolkitError `bad-shape` if the frames differ, `bad-value` if an entry is not finite, `bad-option`
 */
export function groupByGuide(activations: Matrix, guide: Matrix, options: GroupingOptions): Grouping {
  const who = "groupByGuide";
  const { attendedComponents, pooling } = { ...groupingDefaults, ...options };
  checkMatrix(who, "activations", activations);
  checkMatrix(who, "guide", guide);
  checkFinite(who, "activations", activations.data);
  checkFinite(who, "guide", guide.data);
  checkWhole(who, "attendedComponents", attendedComponents, 0, activations.rows);
  if (pooling !== "best" && pooling !== "mean") {
    throw new ToolkitError("bad-option", `${who}: pooling is "${pooling}"; it must be "best" or "mean"`);
  }
  if (activations.columns !== guide.columns) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: activations have ${activations.columns} frames, guide ${guide.columns}; resample the guide to the activations' frames`,
    );
  }
  const standardGuide = Array.from({ length: guide.rows }, (_, j) => standardized(row(guide, j)));
  const correlations = new Float64Array(activations.rows);
  for (let k = 0; k < activations.rows; k++) {
    const standard = standardized(row(activations, k));
    const values = standardGuide.map((other) => innerProduct(standard, other));
    correlations[k] =
      pooling === "best" ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0) / values.length;
  }
  const order = Array.from(correlations.keys()).sort((a, b) => correlations[b]! - correlations[a]! || a - b);
  const ascending = (indices: number[]) => indices.sort((a, b) => a - b);
  return {
    attended: ascending(order.slice(0, attendedComponents)),
    rest: ascending(order.slice(attendedComponents)),
    correlations,
  };
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

function innerProduct(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let n = 0; n < a.length; n++) sum += a[n]! * b[n]!;
  return sum;
}
