import { compareMethods, type MethodComparison, type MethodComparisons } from "../../metrics/compareMethods.ts";
import type { StudyResults } from "../results.ts";
import { countText } from "./numbers.ts";

/** Metrics that methods are compared by. */
export const comparedMetrics = [
  { key: "sdr", id: "sdr", label: "SDR" },
  { key: "siSdr", id: "si-sdr", label: "SI-SDR" },
] as const;

/** A metric that methods are compared by. */
export type ComparedMetric = (typeof comparedMetrics)[number];

/** Comparisons by one metric. */
export interface MetricComparisons {
  readonly metric: ComparedMetric;
  readonly comparisons: MethodComparisons;
}

/**
 * The comparisons of a study by each metric: by SDR those of the results, by SI-SDR made here with the same baseline, test, correction and
 * seed. None where the results have none.
 */
export function metricComparisons({ comparisons, scores }: StudyResults): MetricComparisons[] {
  if (comparisons === undefined) return [];
  const { options } = comparisons;
  return comparedMetrics.flatMap((metric): MetricComparisons[] => {
    if (metric.key === "sdr") return [{ metric, comparisons }];
    if (!scores.some(({ method }) => method === options.baseline)) return [];
    const known = new Set([options.baseline, ...comparisons.comparisons.map(({ method }) => method)]);
    const rows = scores
      .filter(({ method }) => known.has(method))
      .map(({ method, subject, trial, [metric.key]: value }) => ({ method, subject, trial, value }));
    return [{ metric, comparisons: compareMethods(rows, options) }];
  });
}

/** One trial (or the mean of a subject's) by a method and by the baseline. */
export interface ScorePair {
  readonly method: string;
  readonly subject: string;
  /** Missing for the mean of a subject's trials. */
  readonly trial?: string;
  readonly baseline: number;
  readonly value: number;
}

/** Pairs every score with that of the baseline in the same trial. */
export function scorePairs({ scores }: StudyResults, baseline: string, key: ComparedMetric["key"]): ScorePair[] {
  const keyOf = ({ subject, trial }: { subject: string; trial: string }) => JSON.stringify([subject, trial]);
  const base = new Map(scores.filter(({ method }) => method === baseline).map((row) => [keyOf(row), row[key]]));
  return scores.flatMap((row) => {
    const other = base.get(keyOf(row));
    if (row.method === baseline || other === undefined) return [];
    return [{ method: row.method, subject: row.subject, trial: row.trial, baseline: other, value: row[key] }];
  });
}

/** What methods are compared with: the comparisons' baseline, or else the first baseline of the study. */
export function baselineOf({ comparisons, methods }: StudyResults): string | undefined {
  return comparisons?.options.baseline ?? methods.find(({ role }) => role === "baseline")?.id;
}

/** Differences, and the pairs they are from. */
export function comparisonCount({ n, unit, leftOut }: MethodComparison): string {
  const pairs = `${countText(n.pairs, "pair")} of ${countText(n.subjects, "subject")}`;
  const left = leftOut.length === 0 ? "" : `, ${countText(leftOut.length, "pair")} left out`;
  return `${countText(n.units, unit === "subjects" ? "subject mean" : "trial")} from ${pairs}${left}`;
}

/** The test of a comparison in words. */
export function testText({ test }: Pick<MethodComparison, "test">): string {
  const name = test.name === "wilcoxon" ? "Wilcoxon signed-rank" : "sign flips";
  return `${name}, ${{ exact: "exact", normal: "normal approximation", draws: "random draws" }[test.method]}`;
}

/** A correction of p-values in words. */
export function correctionText(correction: "holm" | "bh" | "none"): string {
  return { holm: "Holm’s correction", bh: "Benjamini and Hochberg’s correction", none: "not corrected" }[correction];
}
