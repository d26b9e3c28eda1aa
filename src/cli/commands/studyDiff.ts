import { plainText } from "../../core/plainText.ts";
import { diffResults, type ResultsDifference, readResultNumbers, type TrialName } from "../../study/diffResults.ts";
import type { FailureRow } from "../../study/results.ts";
import { differenceText } from "../../study/valueDifferences.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";

/** Options of `neurosteer study diff`. */
export interface DiffOptions {
  /** End with 1 if anything differs. */
  exitCode?: boolean;
  json?: boolean;
}

/**
 * `neurosteer study diff A B`: compares two results folders.
 *
 * @returns 0; with `exitCode` 1 if they differ
 */
export async function studyDiff(a: string, b: string, options: DiffOptions, io: CommandIo): Promise<number> {
  const difference = diffResults(await readResultNumbers(a), await readResultNumbers(b));
  if (options.json) outJson(io, { a, b, ...difference });
  else for (const line of differenceLines(difference)) outLine(io, plainText(line));
  return options.exitCode && !difference.equal ? exitCodes.defectiveInput : exitCodes.done;
}

function differenceLines(difference: ResultsDifference): string[] {
  const { equal, options, provenance, methods, decisions, failuresAppeared, failuresGone } = difference;
  const lines = [
    ...provenance.map((each) => `provenance ${differenceText(each)}`),
    ...options.map((each) => `option ${differenceText(each)}`),
    ...difference.methodsOnlyInA.map((id) => `method only in A: ${id}`),
    ...difference.methodsOnlyInB.map((id) => `method only in B: ${id}`),
    ...difference.trialsOnlyInA.map((trial) => `trial only in A: ${trialText(trial)}`),
    ...difference.trialsOnlyInB.map((trial) => `trial only in B: ${trialText(trial)}`),
  ];
  if (methods.length > 0) {
    const width = Math.max("SDR, B less A".length, ...methods.map(({ method }) => method.length));
    lines.push(`${"SDR, B less A".padEnd(width)}  trials  changed  median dB          p     p (Holm)`);
    for (const { method, trials, changed, medianDifference, pValue, adjustedPValue } of methods) {
      lines.push(
        `${method.padEnd(width)}  ${String(trials).padStart(6)}  ${String(changed).padStart(7)}  ${signed(medianDifference).padStart(9)}  ${probability(pValue).padStart(9)}  ${probability(adjustedPValue).padStart(11)}`,
      );
    }
  }
  for (const { subject, trial, feature, a, b, wasCorrect, isCorrect } of decisions) {
    lines.push(
      `decision: subject ${subject}, trial ${trial}, ${feature}: ${a} (${rightness(wasCorrect)}) -> ${b} (${rightness(isCorrect)})`,
    );
  }
  lines.push(...failuresAppeared.map((row) => `failure appeared: ${failureText(row)}`));
  lines.push(...failuresGone.map((row) => `failure went: ${failureText(row)}`));
  lines.push(
    equal
      ? "equal: options, trials, scores, decisions and failures"
      : `different: ${difference.changedScores} score rows, ${difference.changedDecisions} decision rows (${decisions.length} decided otherwise), ${options.length} options`,
  );
  return lines;
}

function trialText({ subject, trial }: TrialName): string {
  return trial === "" ? `subject ${subject}` : `subject ${subject}, trial ${trial}`;
}

function failureText(row: FailureRow): string {
  return `${trialText(row)}: ${row.message}`;
}

function rightness(correct: boolean): string {
  return correct ? "right" : "wrong";
}

function signed(decibels: number): string {
  return Number.isNaN(decibels) ? "n/a" : `${decibels > 0 ? "+" : ""}${decibels.toFixed(3)}`;
}

function probability(p: number): string {
  return Number.isNaN(p) ? "n/a" : p.toPrecision(3);
}
