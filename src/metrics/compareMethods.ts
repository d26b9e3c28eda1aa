import { checkChoice, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import {
  type BootstrapInterval,
  type BootstrapStatisticOptions,
  bootstrapDefaults,
  bootstrapStatistic,
} from "../numeric/bootstrap.ts";
import { type EffectSize, effectSize } from "../numeric/effectSize.ts";
import { adjustPValues, type Correction } from "../numeric/multipleComparisons.ts";
import { signFlip } from "../numeric/signFlip.ts";
import { type Alternative, checkAlternative, wilcoxon } from "../numeric/wilcoxon.ts";
import { type AggregateRule, combineScores, fewSubjects, groupBy } from "./aggregate.ts";

/** One score of a method in a trial. */
export interface MethodScore {
  /** The method. */
  readonly method: string;
  /** Subject (listener); 1 and "1" are the same. */
  readonly subject: string | number;
  /** Trial of the subject. */
  readonly trial: string | number;
  /** The score, greater is better; NaN is counted and left out. */
  readonly value: number;
}

/** Options of {@link compareMethods}. */
export interface CompareMethodsOptions extends Omit<BootstrapStatisticOptions, "clusters" | "within"> {
  /** The method that all others are compared with. */
  baseline: string;
  /** How p-values are adjusted for the number of methods, default `holm`. */
  correction?: Correction;
  /** Which test, default `wilcoxon`, whose effect size is the rank-biserial correlation; that of `sign-flip` is d_z. */
  test?: "wilcoxon" | "sign-flip";
  /** Default `two-sided`; `greater` means that the method scores above the baseline. */
  alternative?: Alternative;
  /** What is reported of the differences, default `mean`. */
  statistic?: AggregateRule;
  /** From so many subjects on a subject is one difference, default 6: five can give no two-sided p-value below 0.0625. */
  minimumSubjects?: number;
}

/** Default options of {@link compareMethods}. */
export const compareMethodsDefaults = {
  correction: "holm",
  test: "wilcoxon",
  alternative: "two-sided",
  statistic: "mean",
  minimumSubjects: 6,
  confidence: bootstrapDefaults.confidence,
  resamples: bootstrapDefaults.resamples,
  seed: bootstrapDefaults.seed,
  method: bootstrapDefaults.method,
} as const satisfies Required<Omit<CompareMethodsOptions, "baseline">>;

/**
 * Why a pair is left out: no row of the baseline or of the method, a score that is NaN, both scores the same infinity, or a
 * subject with infinite differences of both signs, whose mean is undefined.
 */
export type LeftOutReason =
  | "no-baseline"
  | "no-method"
  | "nan-baseline"
  | "nan-method"
  | "same-infinity"
  | "opposite-infinities";

/** A pair that is left out. */
export interface LeftOutPair {
  /** Subject. */
  readonly subject: string;
  /** Trial of the subject. */
  readonly trial: string;
  /** Why. */
  readonly reason: LeftOutReason;
}

/** One method against the baseline, from {@link compareMethods}. */
export interface MethodComparison {
  /** The method. */
  readonly method: string;
  /** Method less baseline and its bootstrap interval by subject; NaN without pairs. */
  readonly difference: BootstrapInterval;
  /** What one difference is. */
  readonly unit: "subjects" | "trials";
  /** The test's statistic and how its p-value was found. */
  readonly test: {
    readonly name: "wilcoxon" | "sign-flip";
    readonly statistic: number;
    readonly method: "exact" | "normal" | "draws";
  };
  /** Probability under the null; NaN without pairs. */
  readonly pValue: number;
  /** The same, adjusted for the methods compared. */
  readonly adjustedPValue: number;
  /** Effect size with its interval. */
  readonly effect: EffectSize;
  /** Differences tested, and the subjects and pairs they are from. */
  readonly n: { readonly units: number; readonly subjects: number; readonly pairs: number };
  /** Pairs left out, each with the reason. */
  readonly leftOut: readonly LeftOutPair[];
  /** What limits the figures. */
  readonly warnings: readonly string[];
}

/** Outcome of {@link compareMethods}. */
export interface MethodComparisons {
  /** One row a method other than the baseline, in the order they appear. */
  readonly comparisons: readonly MethodComparison[];
  /** The options, resolved. */
  readonly options: Required<CompareMethodsOptions>;
}

/**
 * Compares methods with a baseline on the same trials: pairs scores by subject and trial, takes the mean of a subject's
 * differences where there are enough subjects (each trial by itself with a warning otherwise), and reports the difference with a
 * bootstrap interval by subject, a paired test, p-values adjusted for the number of methods, and an effect size. Wilcoxon's test
 * counts exactly up to 50 differences, ties and zeros included.
 *
 * Scores that are NaN are left out with their pair and counted. Infinite scores stay: a difference may be infinite, and so
 * may the mean; only where both scores are the same infinity the pair has no difference.
 *
 * @param rows one score for each method, subject and trial, in any order
 * @throws ToolkitError `bad-option`, also for a baseline that has no rows; `bad-value` for two scores of one trial
 */
export function compareMethods(rows: readonly MethodScore[], options: CompareMethodsOptions): MethodComparisons {
  const who = "compareMethods";
  const resolved = { ...compareMethodsDefaults, ...options };
  checkChoice(who, "correction", resolved.correction, ["holm", "bh", "none"]);
  checkChoice(who, "test", resolved.test, ["wilcoxon", "sign-flip"]);
  checkChoice(who, "statistic", resolved.statistic, ["mean", "median"]);
  checkAlternative(who, resolved.alternative);
  checkWhole(who, "minimumSubjects", resolved.minimumSubjects, 1);
  const methods = [...groupBy(rows, ({ method }) => method)];
  const baseline = methods.find(([method]) => method === resolved.baseline)?.[1];
  if (baseline === undefined) {
    const names = methods.map(([method]) => method).join(", ") || "none";
    throw new ToolkitError("bad-option", `${who}: baseline "${resolved.baseline}" has no rows; there are ${names}`);
  }
  const compared = methods
    .filter(([method]) => method !== resolved.baseline)
    .map(([method, scores]) => compare(method, { who, scores, baseline, options: resolved }));
  const adjusted = adjustPValues(
    compared.map(({ pValue }) => pValue),
    resolved.correction,
  );
  return {
    comparisons: compared.map((comparison, i) => ({ ...comparison, adjustedPValue: adjusted[i]! })),
    options: resolved,
  };
}

function compare(
  method: string,
  parts: {
    who: string;
    scores: readonly MethodScore[];
    baseline: readonly MethodScore[];
    options: Required<CompareMethodsOptions>;
  },
): Omit<MethodComparison, "adjustedPValue"> {
  const { who, scores, baseline, options } = parts;
  const { confidence, resamples, alternative } = options;
  const paired = pairScores(who, { scores, baseline });
  const { unit, units, pairs, leftOut } = chooseUnits(paired, options.minimumSubjects);
  const values = units.map(({ value }) => value);
  const clusters = units.map(({ subject }) => subject);
  const subjects = new Set(clusters).size;
  const seed = (what: string): string => `${options.seed}/${method}/${what}`;
  const resampling = { confidence, resamples, method: options.method, clusters };
  const difference =
    values.length === 0
      ? { estimate: Number.NaN, low: Number.NaN, high: Number.NaN }
      : bootstrapStatistic(
          values.length,
          (drawn) =>
            combineScores(
              Array.from(drawn, (i) => values[i]!),
              options.statistic,
            ),
          { ...resampling, within: false, seed: seed("difference") },
        );
  const tested =
    options.test === "wilcoxon"
      ? wilcoxon(values, { alternative, method: values.length <= exactDifferences ? "exact" : "normal" })
      : signFlip(values, { alternative, seed: seed("test") });
  const measure = options.test === "wilcoxon" ? "rank-biserial" : "cohen-dz";
  const least = smallestPValue(values, alternative);
  const name = `${who}: ${method} against ${options.baseline}`;
  return {
    method,
    difference: { estimate: difference.estimate, low: difference.low, high: difference.high },
    unit,
    test: { name: options.test, statistic: tested.statistic, method: tested.method },
    pValue: tested.pValue,
    effect: effectSize(values, { ...resampling, measure, seed: seed("effect") }),
    n: { units: values.length, subjects, pairs },
    leftOut,
    warnings: [
      ...(values.length === 0 ? [`${name} has no pairs`] : []),
      ...(unit === "trials"
        ? [`${name} has ${subjects} subjects; trials of one subject are not independent, and p may be far too small`]
        : []),
      ...(values.length > 0 && subjects < fewSubjects
        ? [`${name} has ${subjects} subjects; below ${fewSubjects} the interval is too narrow`]
        : []),
      ...(values.length > 0 && least > 1 - confidence
        ? [`${name} has ${values.length} differences; no p-value below ${least} is possible`]
        : []),
    ],
  };
}

/** Up to so many differences Wilcoxon's test is exact, as in SciPy. */
const exactDifferences = 50;

/** Means of subjects where there are enough of them or each has one pair, else the pairs themselves. */
function chooseUnits(
  { pairs, leftOut }: { pairs: readonly PairedScore[]; leftOut: readonly LeftOutPair[] },
  minimumSubjects: number,
): {
  unit: "subjects" | "trials";
  units: readonly { subject: string; value: number }[];
  pairs: number;
  leftOut: readonly LeftOutPair[];
} {
  const bySubject = [...groupBy(pairs, ({ subject }) => subject)].map(([subject, ofSubject]) => ({
    subject,
    ofSubject,
    value: combineScores(
      ofSubject.map(({ value }) => value),
      "mean",
    ),
  }));
  const known = bySubject.filter(({ value }) => !Number.isNaN(value));
  if (known.length < minimumSubjects && pairs.length > bySubject.length) {
    return { unit: "trials", units: pairs, pairs: pairs.length, leftOut };
  }
  const undefinedPairs = bySubject
    .filter(({ value }) => Number.isNaN(value))
    .flatMap(({ ofSubject }) => ofSubject.map(({ subject, trial }) => ({ subject, trial })));
  return {
    unit: "subjects",
    units: known,
    pairs: pairs.length - undefinedPairs.length,
    leftOut: [...leftOut, ...undefinedPairs.map((pair) => ({ ...pair, reason: "opposite-infinities" as const }))],
  };
}

function smallestPValue(differences: readonly number[], alternative: Alternative): number {
  const signs = differences.filter((value) => value !== 0).length;
  return Math.min(1, (alternative === "two-sided" ? 2 : 1) / 2 ** signs);
}

/** Difference of two methods in a trial. */
interface PairedScore {
  readonly subject: string;
  readonly trial: string;
  readonly value: number;
}

/** Pairs scores of a method with those of the baseline by subject and trial. */
function pairScores(
  who: string,
  rows: { scores: readonly MethodScore[]; baseline: readonly MethodScore[] },
): { pairs: readonly PairedScore[]; leftOut: readonly LeftOutPair[] } {
  const scores = indexScores(who, rows.scores);
  const baseline = indexScores(who, rows.baseline);
  const pairs: PairedScore[] = [];
  const leftOut: LeftOutPair[] = [];
  for (const [key, row] of scores) {
    const place = { subject: String(row.subject), trial: String(row.trial) };
    const value = row.value - (baseline.get(key)?.value ?? Number.NaN);
    const reason = reasonToLeaveOut(row, baseline.get(key));
    if (reason === null) pairs.push({ ...place, value });
    else leftOut.push({ ...place, reason });
  }
  for (const [key, { subject, trial }] of baseline) {
    if (!scores.has(key)) leftOut.push({ subject: String(subject), trial: String(trial), reason: "no-method" });
  }
  return { pairs, leftOut };
}

function reasonToLeaveOut(row: MethodScore, other: MethodScore | undefined): LeftOutReason | null {
  if (other === undefined) return "no-baseline";
  if (Number.isNaN(other.value)) return "nan-baseline";
  if (Number.isNaN(row.value)) return "nan-method";
  return Number.isNaN(row.value - other.value) ? "same-infinity" : null;
}

function indexScores(who: string, rows: readonly MethodScore[]): Map<string, MethodScore> {
  const index = new Map<string, MethodScore>();
  for (const row of rows) {
    const key = JSON.stringify([String(row.subject), String(row.trial)]);
    if (index.has(key)) {
      throw new ToolkitError(
        "bad-value",
        `${who}: ${row.method}, subject ${row.subject}, trial ${row.trial} has two scores; one is needed`,
      );
    }
    index.set(key, row);
  }
  return index;
}
