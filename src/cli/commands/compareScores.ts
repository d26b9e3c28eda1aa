import { join } from "node:path";
import { ToolkitError } from "../../core/error.ts";
import { pathKind, readText } from "../../formats/file.ts";
import { notAvailable, type TsvRow } from "../../formats/tsv.ts";
import { readTable } from "../../study/bidsTable.ts";
import { resultsFileName } from "../../study/writeResults.ts";
import { isEvaluation, readEvaluations } from "./compareEvaluations.ts";
import { field, listOf, noScores, numbersOf, parsed, type ScoresOfTrial } from "./compareRows.ts";
import { ledgerName } from "./studyFinish.ts";

/** Scores that can be compared. */
export interface LoadedScores {
  readonly rows: readonly ScoresOfTrial[];
  /** What is missing of a study that is not whole. */
  readonly missing?: string;
}

/**
 * Reads scores: a results folder, its `results.json`, a table with columns subject, trial and method, or files of
 * `evaluate --json`, one a method.
 *
 * @param paths as on the command line; `METHOD=FILE` names the method of an evaluation
 * @throws ToolkitError `not-found`, `bad-format` for anything else, `usage` for several paths that are no evaluations
 */
export async function loadScores(paths: readonly string[]): Promise<LoadedScores> {
  const path = paths[0]!;
  if (paths.length > 1) return { rows: await readEvaluations(paths) };
  if ((await pathKind(path)) === "folder") return readResults(join(path, await scoresIn(path)));
  return readResults(path);
}

async function scoresIn(folder: string): Promise<string> {
  for (const name of [resultsFileName, "scores.tsv"]) if (await pathKind(join(folder, name))) return name;
  const isUnfinished = (await pathKind(join(folder, ledgerName))) === "folder";
  throw new ToolkitError(
    "not-found",
    isUnfinished
      ? `compare: ${folder} holds a run that has not come to its results; go on with neurosteer run --resume`
      : `compare: ${folder} has neither ${resultsFileName} nor scores.tsv; name a results folder of neurosteer run`,
  );
}

async function readResults(path: string): Promise<LoadedScores> {
  const text = await readText(path);
  if (!/^\s*[[{]/.test(text)) return readScoreTable(path);
  const results = parsed(path, text);
  if (isEvaluation(results)) {
    throw new ToolkitError(
      "bad-option",
      `compare: ${path} holds the scores of one method; name the files of two methods or more`,
    );
  }
  const scores = listOf(results, "scores");
  if (scores === undefined || scores.length === 0) {
    throw new ToolkitError(
      "bad-format",
      `${path}: has no scores; name results of neurosteer run that separated something`,
    );
  }
  const rows = scores.map((row, i): ScoresOfTrial => {
    const [method, subject, trial] = ["method", "subject", "trial"].map((name) => field(row, name));
    if (method === undefined || subject === undefined || trial === undefined) {
      throw new ToolkitError(
        "bad-format",
        `${path}: score ${i} lacks method, subject or trial; name results of neurosteer run`,
      );
    }
    return { method: String(method), subject: String(subject), trial: String(trial), values: numbersOf(row) };
  });
  const missing = missingOf(results, rows);
  return { rows, ...(missing !== undefined && { missing }) };
}

/** What a study lacks, from its counts and failures. */
function missingOf(results: unknown, rows: readonly ScoresOfTrial[]): string | undefined {
  const done = new Set(rows.map(({ subject, trial }) => JSON.stringify([subject, trial]))).size;
  const planned = Number(field(field(results, "partial"), "planned") ?? field(results, "plannedTrials") ?? done);
  if (field(results, "partial") === undefined && done >= planned) return undefined;
  const failures = listOf(results, "failures") ?? [];
  const named = failures.slice(0, 3).map((failure) => {
    const trial = String(field(failure, "trial") ?? "");
    return `subject ${field(failure, "subject")}${trial === "" ? "" : `, trial ${trial}`} (${field(failure, "message")})`;
  });
  const more = failures.length > 3 ? `; and ${failures.length - 3} more` : "";
  return `${done} of ${planned} trials have scores${named.length > 0 ? `; missing: ${named.join("; ")}${more}` : ""}`;
}

async function readScoreTable(path: string): Promise<LoadedScores> {
  const table = await readTable(path, ["subject", "trial", "method"]);
  const isLong = "metric" in table[0]! && "value" in table[0]!;
  const rows = isLong ? longRows(path, table) : table.map((row) => ({ ...namesOf(row), values: cellsOf(row) }));
  const missing = table[0]!.partial;
  return { rows, ...(missing !== undefined && missing !== notAvailable && { missing: `${missing} have scores` }) };
}

/** A table with a row for each metric. */
function longRows(path: string, table: readonly TsvRow[]): ScoresOfTrial[] {
  const found = new Map<string, ReturnType<typeof namesOf> & { values: Record<string, number> }>();
  for (const [i, row] of table.entries()) {
    const names = namesOf(row);
    const key = JSON.stringify([names.method, names.subject, names.trial]);
    const trial = found.get(key) ?? { ...names, values: {} };
    const value = numberOf(row.value!);
    if (value === undefined || row.metric! in trial.values) {
      const what = value === undefined ? `value is "${row.value}"` : `a second ${row.metric} of this trial`;
      throw new ToolkitError("bad-format", `${path}: row ${i + 2}: ${what}; one number is needed`);
    }
    trial.values[row.metric!] = value;
    found.set(key, trial);
  }
  return [...found.values()];
}

function namesOf({ method, subject, trial }: TsvRow): { method: string; subject: string; trial: string } {
  return { method: method!, subject: subject!, trial: trial! };
}

/** The cells that are numbers; a column of words is no metric. */
function cellsOf(row: TsvRow): Record<string, number> {
  return Object.fromEntries(
    Object.entries(row).flatMap(([name, text]) => {
      const value = numberOf(text);
      return value === undefined || noScores.has(name) ? [] : [[name, value]];
    }),
  );
}

function numberOf(text: string): number | undefined {
  const cell = text.trim();
  if (cell === notAvailable || /^nan$/i.test(cell)) return Number.NaN;
  if (/^[+-]?inf(inity)?$/i.test(cell)) return cell.startsWith("-") ? -Infinity : Infinity;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell) ? Number(cell) : undefined;
}
