import { checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import type { Matrix } from "../core/matrix.ts";
import { type GuideEvidenceOptions, guideEvidence } from "./guideEvidence.ts";

/** Options of {@link groupByGuide}. */
export interface GroupingOptions extends GuideEvidenceOptions {
  /** How many components are taken as the attended source, from 0 to all. */
  attendedComponents: number;
}

/** Defaults of {@link groupByGuide}. */
export const groupingDefaults = { pooling: "mean" } as const satisfies Omit<
  Required<GroupingOptions>,
  "attendedComponents" | "guideWeights"
>;

/** Two groups of components; together `attended` and `rest` are what `componentMasks` takes. */
export interface ComponentGroups {
  /** Components of the attended source, ascending. */
  readonly attended: number[];
  /** All others, ascending. */
  readonly rest: number[];
}

/** Which components belong to the attended source. */
export interface Grouping extends ComponentGroups {
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
 * @throws ToolkitError `bad-shape` if frames or weights do not fit, `bad-value` if an entry is not finite, `bad-option`
 */
export function groupByGuide(activations: Matrix, guide: Matrix, options: GroupingOptions): Grouping {
  const resolved = { ...groupingDefaults, ...options };
  const correlations = guideEvidence(activations, guide, { ...resolved, who: "groupByGuide" });
  checkWhole("groupByGuide", "attendedComponents", resolved.attendedComponents, 0, activations.rows);
  const order = Array.from(correlations.keys()).sort((a, b) => correlations[b]! - correlations[a]! || a - b);
  const attended = new Set(order.slice(0, resolved.attendedComponents));
  return { ...split(Array.from(correlations, (_, k) => attended.has(k))), correlations };
}

/**
 * Groups components that were labelled by hand or by a model that knows its sources.
 *
 * @param labels the source of each component, [components]
 * @param attended label of the attended source
 * @throws ToolkitError `not-found` if no component bears the label
 */
export function groupByLabels<T extends string | number>(labels: ArrayLike<T>, attended: T): ComponentGroups {
  const list = Array.from(labels);
  if (!list.includes(attended)) {
    const known = [...new Set(list)].map((label) => `"${label}"`).join(", ") || "none";
    throw new ToolkitError(
      "not-found",
      `groupByLabels: none of ${list.length} components is labelled "${attended}"; the labels are ${known}`,
    );
  }
  return split(list.map((label) => label === attended));
}

/**
 * Splits components by whether they are attended.
 *
 * @param isAttended [components]
 */
export function split(isAttended: readonly boolean[]): ComponentGroups {
  const attended: number[] = [];
  const rest: number[] = [];
  for (const [k, is] of isAttended.entries()) (is ? attended : rest).push(k);
  return { attended, rest };
}

/**
 * Which scores lie in the upper part of their range: score - least >= share * (greatest - least). Where all are equal there
 * is nothing to choose by, and all are taken.
 *
 * @param scores at least one
 * @param share from 0 (all) to 1 (the highest only)
 */
export function upperPart(scores: ArrayLike<number>, share: number): boolean[] {
  const values = Array.from(scores);
  const least = Math.min(...values);
  const range = Math.max(...values) - least;
  return values.map((value) => value - least >= share * range);
}
