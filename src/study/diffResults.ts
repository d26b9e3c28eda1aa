import { join } from "node:path";
import { ToolkitError } from "../core/error.ts";
import { fromJson } from "../core/json.ts";
import { pathKind, readText } from "../formats/file.ts";
import { adjustPValues } from "../numeric/multipleComparisons.ts";
import { median } from "../numeric/statistics.ts";
import { wilcoxon } from "../numeric/wilcoxon.ts";
import type { DecisionRow, FailureRow, StudyResults } from "./results.ts";
import { type ValueDifference, valueDifferences } from "./valueDifferences.ts";
import { resultsFileName } from "./writeResults.ts";

/** What a results folder holds besides pictures and sound. */
export type ResultNumbers = Pick<
  StudyResults,
  "methods" | "scores" | "decisions" | "failures" | "options" | "provenance"
>;

/** Names a trial. */
export interface TrialName {
  readonly subject: string;
  readonly trial: string;
}

/** SDR of one method in both results, over the trials that both have. */
export interface MethodDifference {
  /** `MethodInfo.id`. */
  readonly method: string;
  /** Trials that both have. */
  readonly trials: number;
  /** Median of b less a in dB, over those trials in which neither is NaN. */
  readonly medianDifference: number;
  /** Trials whose scores are not the same. */
  readonly changed: number;
  /** Of Wilcoxon's signed-rank test, two-sided; NaN without a trial, 1 if no trial differs. */
  readonly pValue: number;
  /** The same after Holm's correction for the number of methods. */
  readonly adjustedPValue: number;
}

/** A decision that is another one. */
export interface DecisionDifference extends TrialName {
  readonly feature: string;
  /** Name of the source that was decided for. */
  readonly a: string;
  readonly b: string;
  readonly wasCorrect: boolean;
  readonly isCorrect: boolean;
}

/** What differs between the results `a` and `b`. */
export interface ResultsDifference {
  /** Whether nothing differs; who computed it and with which version does not count. */
  readonly equal: boolean;
  readonly options: readonly ValueDifference[];
  /** Version, accelerator and the like. */
  readonly provenance: readonly ValueDifference[];
  readonly methodsOnlyInA: readonly string[];
  readonly methodsOnlyInB: readonly string[];
  /** Trials with scores or decisions. */
  readonly trialsOnlyInA: readonly TrialName[];
  readonly trialsOnlyInB: readonly TrialName[];
  readonly methods: readonly MethodDifference[];
  readonly decisions: readonly DecisionDifference[];
  /** Failures of b that a has not. */
  readonly failuresAppeared: readonly FailureRow[];
  /** Failures of a that b has not. */
  readonly failuresGone: readonly FailureRow[];
  /** Rows that are in one only, or in which anything differs. */
  readonly changedScores: number;
  /** The same of decisions. */
  readonly changedDecisions: number;
}

/**
 * Reads the numbers of a results folder.
 *
 * @throws ToolkitError `not-found` if it holds none, `bad-format`
 */
export async function readResultNumbers(folder: string): Promise<ResultNumbers> {
  const path = join(folder, resultsFileName);
  if ((await pathKind(path)) !== "file") {
    throw new ToolkitError("not-found", `${folder}: has no ${resultsFileName}; name a folder with results of a study`);
  }
  const content = parsed(await readText(path));
  if (content !== undefined) return content;
  throw new ToolkitError("bad-format", `${path}: is not what neurosteer run writes; run the study again`);
}

/**
 * Compares two results: options, trials, scores, decisions, failures. Scores are compared by their SDR on the trials that both have, with
 * Wilcoxon's signed-rank test over trials. Trials of one subject count as independent, which makes p-values too small where subjects
 * differ.
 */
export function diffResults(a: ResultNumbers, b: ResultNumbers): ResultsDifference {
  const trialsOnlyInA = trialsMissing(a, b);
  const trialsOnlyInB = trialsMissing(b, a);
  const [ofA, ofB] = [a, b].map(({ methods }) => methods.map(({ id }) => id)) as [string[], string[]];
  const failuresAppeared = failuresMissing(b, a);
  const failuresGone = failuresMissing(a, b);
  const options = valueDifferences(a.options, b.options);
  const changedScores = changedRows(a.scores, b.scores, ({ subject, trial, method }) => [subject, trial, method]);
  const changedDecisions = changedRows(a.decisions, b.decisions, decisionKey);
  const differences = [trialsOnlyInA, trialsOnlyInB, failuresAppeared, failuresGone, options];
  const sameMethods = JSON.stringify([...ofA].sort()) === JSON.stringify([...ofB].sort());
  return {
    equal: sameMethods && differences.every(({ length }) => length === 0) && changedScores + changedDecisions === 0,
    options,
    provenance: valueDifferences(a.provenance, b.provenance),
    methodsOnlyInA: ofA.filter((id) => !ofB.includes(id)),
    methodsOnlyInB: ofB.filter((id) => !ofA.includes(id)),
    trialsOnlyInA,
    trialsOnlyInB,
    methods: methodDifferences(a, b),
    decisions: decisionDifferences(a, b),
    failuresAppeared,
    failuresGone,
    changedScores,
    changedDecisions,
  };
}

function methodDifferences(a: ResultNumbers, b: ResultNumbers): MethodDifference[] {
  const rows = a.methods.flatMap(({ id: method }) => {
    if (!b.methods.some(({ id }) => id === method)) return [];
    const before = new Map(
      a.scores.filter((row) => row.method === method).map((row) => [keyText([row.subject, row.trial]), row.sdr]),
    );
    const pairs = b.scores.flatMap((row) => {
      const sdr = row.method === method ? before.get(keyText([row.subject, row.trial])) : undefined;
      return sdr === undefined ? [] : [{ a: sdr, b: row.sdr }];
    });
    // equal infinities differ by nothing
    const differences = pairs.map((pair) => (Object.is(pair.a, pair.b) ? 0 : pair.b - pair.a));
    const known = differences.filter((value) => !Number.isNaN(value));
    return [
      {
        method,
        trials: pairs.length,
        medianDifference: known.length > 0 ? median(known) : Number.NaN,
        changed: pairs.filter((pair) => !Object.is(pair.a, pair.b)).length,
        pValue: wilcoxon(differences).pValue,
      },
    ];
  });
  const adjusted = adjustPValues(
    rows.map(({ pValue }) => pValue),
    "holm",
  );
  return rows.map((row, i) => ({ ...row, adjustedPValue: adjusted[i]! }));
}

function decisionDifferences(a: ResultNumbers, b: ResultNumbers): DecisionDifference[] {
  const before = new Map(a.decisions.map((row) => [keyText(decisionKey(row)), row]));
  return b.decisions.flatMap((row) => {
    const was = before.get(keyText(decisionKey(row)));
    if (was === undefined || (was.decided === row.decided && was.correct === row.correct)) return [];
    const { subject, trial, feature } = row;
    return [
      { subject, trial, feature, a: was.decided, b: row.decided, wasCorrect: was.correct, isCorrect: row.correct },
    ];
  });
}

function decisionKey({ subject, trial, feature }: DecisionRow): string[] {
  return [subject, trial, feature];
}

/** Trials of `a` that `b` has not. */
function trialsMissing(a: ResultNumbers, b: ResultNumbers): TrialName[] {
  const there = new Set([...b.scores, ...b.decisions].map(({ subject, trial }) => keyText([subject, trial])));
  const missing = new Map<string, TrialName>();
  for (const { subject, trial } of [...a.scores, ...a.decisions]) {
    const key = keyText([subject, trial]);
    if (!there.has(key)) missing.set(key, { subject, trial });
  }
  return [...missing.values()];
}

/** Failures of `a` that `b` has not. */
function failuresMissing(a: ResultNumbers, b: ResultNumbers): FailureRow[] {
  const keyOf = ({ subject, trial, code, message }: FailureRow) => keyText([subject, trial, code, message]);
  const there = new Set(b.failures.map(keyOf));
  return a.failures.filter((row) => !there.has(keyOf(row)));
}

/** Number of rows that are not the same in both, or in one only. */
function changedRows<Row>(a: readonly Row[], b: readonly Row[], keyOf: (row: Row) => readonly string[]): number {
  const before = new Map(a.map((row) => [keyText(keyOf(row)), row]));
  let changed = 0;
  for (const row of b) {
    const was = before.get(keyText(keyOf(row)));
    if (was === undefined || valueDifferences(was, row).length > 0) changed++;
    before.delete(keyText(keyOf(row)));
  }
  return changed + before.size;
}

function keyText(key: readonly string[]): string {
  return JSON.stringify(key);
}

function parsed(text: string): ResultNumbers | undefined {
  try {
    const content = fromJson(text) as Partial<ResultNumbers> | null;
    const { methods, scores, decisions, failures } = content ?? {};
    return [methods, scores, decisions, failures].every(Array.isArray) ? (content as ResultNumbers) : undefined;
  } catch {
    return undefined;
  }
}
