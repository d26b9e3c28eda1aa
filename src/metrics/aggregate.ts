import { checkChoice } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { type BootstrapStatisticOptions, bootstrapDefaults, bootstrapStatistic } from "../numeric/bootstrap.ts";
import { sortedQuantile } from "../numeric/statistics.ts";

/** How several scores become one. */
export type AggregateRule = "mean" | "median";

/** One score: of a frame, or of a whole trial. */
export interface ScoreOfFrame {
  /** What is scored: a method, a metric, or both in one name. */
  readonly condition: string;
  /** Subject (listener); 1 and "1" are the same. */
  readonly subject: string | number;
  /** Trial of the subject. */
  readonly trial: string | number;
  /** Frame of the trial, to be stated where a trial has several. */
  readonly frame?: string | number;
  /** The score; NaN is counted and left out, infinities count as such. */
  readonly value: number;
}

/** Options of {@link aggregateScores}. */
export interface AggregateOptions extends Omit<BootstrapStatisticOptions, "clusters" | "within"> {
  /** From frames to their trial, default `median`, so that single silent frames do not decide. */
  frames?: AggregateRule;
  /** From trials to their subject, default `mean`. */
  trials?: AggregateRule;
  /** From subjects to the condition, default `mean`. */
  subjects?: AggregateRule;
}

/** Default options of {@link aggregateScores}. */
export const aggregateDefaults = {
  frames: "median",
  trials: "mean",
  subjects: "mean",
  confidence: bootstrapDefaults.confidence,
  resamples: bootstrapDefaults.resamples,
  seed: bootstrapDefaults.seed,
  method: bootstrapDefaults.method,
} as const satisfies Required<AggregateOptions>;

/** Counts at each step of {@link aggregateScores}. */
export interface StepCounts {
  /** Subjects. */
  readonly subjects: number;
  /** Trials. */
  readonly trials: number;
  /** Frames, one for each row. */
  readonly frames: number;
}

/** One condition's score, from {@link aggregateScores}. */
export interface AggregatedScore {
  /** Which condition. */
  readonly condition: string;
  /** Its score; NaN if no subject has one, or if infinities of both signs met. */
  readonly value: number;
  /** Bootstrap interval and what was drawn: subjects, or trials where there is one subject. Ends NaN for `none`. */
  readonly interval: { readonly low: number; readonly high: number; readonly over: "subjects" | "trials" | "none" };
  /** Values that entered each step. */
  readonly n: StepCounts;
  /** Values that are NaN, left out of each step. */
  readonly nan: StepCounts;
  /** Values among `n` that are infinite. */
  readonly infinite: StepCounts;
  /** What limits the figures. */
  readonly warnings: readonly string[];
}

/**
 * Aggregates scores step by step: frames to their trial, trials to their subject, subjects to the condition, so that a subject
 * counts as one, however many trials or frames were recorded. The interval draws subjects with replacement, each with its own
 * value: it speaks about new subjects.
 *
 * NaN is left out of its step and counted there; a trial or subject of nothing but NaN is NaN itself. A median takes an
 * infinity as a very great number, a mean with an infinity is that infinity, and one with infinities of both signs NaN.
 *
 * @param rows in any order
 * @returns one row a condition, in the order they appear
 * @throws ToolkitError `bad-value` for two values of one frame, or several of one trial without frames; `bad-option`
 */
export function aggregateScores(rows: readonly ScoreOfFrame[], options: AggregateOptions = {}): AggregatedScore[] {
  const who = "aggregateScores";
  const { frames, trials, subjects, ...resampling } = { ...aggregateDefaults, ...options };
  for (const [name, rule] of Object.entries({ frames, trials, subjects })) {
    checkChoice(who, name, rule, ["mean", "median"]);
  }
  return [...groupBy(rows, ({ condition }) => condition)].map(([condition, scored]) => {
    const warnings: string[] = [];
    const frameValues = scored.map(({ value }) => value);
    const perSubject = [...groupBy(scored, ({ subject }) => subject).values()].map((ofSubject) =>
      [...groupBy(ofSubject, ({ trial }) => trial).values()].map((ofTrial) => {
        refuseTwins(who, ofTrial);
        return combineScores(
          ofTrial.map(({ value }) => value),
          frames,
        );
      }),
    );
    const subjectValues = perSubject.map((values) => combineScores(values, trials));
    const steps = { subjects: subjectValues, trials: perSubject.flat(), frames: frameValues };
    const known = knownScores(subjectValues);
    const over = known.length > 1 ? "subjects" : "trials";
    const units = over === "subjects" ? known : knownScores(perSubject.flat());
    const rule = over === "subjects" ? subjects : trials;
    const seed = `${resampling.seed}/${condition}`;
    const { low, high } =
      units.length < 2
        ? { low: Number.NaN, high: Number.NaN }
        : bootstrapStatistic(
            units.length,
            (drawn) =>
              combineScores(
                Array.from(drawn, (i) => units[i]!),
                rule,
              ),
            {
              ...resampling,
              seed,
            },
          );
    if (known.length === 1) {
      warnings.push(`${who}: ${condition} has one subject; the interval, over its trials, says nothing about others`);
    } else if (known.length > 1 && known.length < fewSubjects) {
      warnings.push(
        `${who}: ${condition} has ${known.length} subjects; below ${fewSubjects} the interval is too narrow`,
      );
    }
    return {
      condition,
      value: combineScores(subjectValues, subjects),
      interval: { low, high, over: units.length < 2 ? "none" : over },
      n: count(steps, (value) => !Number.isNaN(value)),
      nan: count(steps, Number.isNaN),
      infinite: count(steps, (value) => Math.abs(value) === Infinity),
      warnings,
    };
  });
}

/** With fewer subjects a bootstrap interval holds its probability too seldom. */
export const fewSubjects = 10;

/**
 * Mean or median of the values that are not NaN; infinities count.
 *
 * @param values in any order
 * @param rule which
 * @returns NaN without values, and where infinities of both signs meet
 */
export function combineScores(values: readonly number[], rule: AggregateRule): number {
  const known = knownScores(values);
  if (known.length === 0) return Number.NaN;
  if (rule === "median") return sortedQuantile(Float64Array.from(known).sort(), 0.5);
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** The values that are not NaN. */
export function knownScores(values: readonly number[]): number[] {
  return values.filter((value) => !Number.isNaN(value));
}

/** Groups in the order their names first appear; 1 and "1" are one name. */
export function groupBy<T>(rows: readonly T[], name: (row: T) => string | number): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = String(name(row));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

function refuseTwins(who: string, rows: readonly ScoreOfFrame[]): void {
  if (rows.length < 2) return;
  const seen = new Set<string>();
  for (const { condition, subject, trial, frame } of rows) {
    const where = `${condition}, subject ${subject}, trial ${trial}`;
    if (frame === undefined) {
      throw new ToolkitError("bad-value", `${who}: ${where} has ${rows.length} values; number their frames`);
    }
    if (seen.has(String(frame))) {
      throw new ToolkitError("bad-value", `${who}: ${where}, frame ${frame} has two values; one is needed`);
    }
    seen.add(String(frame));
  }
}

function count(
  { subjects, trials, frames }: Record<keyof StepCounts, readonly number[]>,
  test: (value: number) => boolean,
): StepCounts {
  return {
    subjects: subjects.filter(test).length,
    trials: trials.filter(test).length,
    frames: frames.filter(test).length,
  };
}
