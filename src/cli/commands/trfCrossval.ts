import { ToolkitError } from "../../core/error.ts";
import { toJson } from "../../core/json.ts";
import {
  crossValidateTrfAsync,
  crossValidateTrfDefaults,
  type TrfCrossValidation,
} from "../../eeg/decoding/crossValidateTrf.ts";
import { type NestedTrfFold, nestedTrfAsync } from "../../eeg/decoding/nestedTrf.ts";
import type { StepOptions, StepProgress } from "../../eeg/decoding/steps.ts";
import { checkGrid, modelOptions } from "../../eeg/decoding/trfGrid.ts";
import { resolveTrfOptions, type TrfLambda } from "../../eeg/decoding/trfOptions.ts";
import { encodeTsv } from "../../formats/tsv.ts";
import { mean } from "../../numeric/statistics.ts";
import { version } from "../../study/version.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";
import { createProgress } from "../progress.ts";
import { checkNotAborted } from "../untilAborted.ts";
import { lambdaText, type TrfCrossvalArguments, trfOptionsOf } from "./trfArguments.ts";
import { readTrfTrials } from "./trfArrays.ts";
import { checkTrfFolder, showWarnings, writeTrfFolder } from "./trfFolder.ts";

const resultFileName = "crossval.json";
const tableFileName = "crossval.tsv";

/** One row of crossval.tsv. */
type Row = { fold: number; lambda: string; output: number; r: number; mse: number };

/** What a cross-validation leaves, nested or not. */
interface Report {
  /** Goes into crossval.json and is said with `--json`. */
  readonly summary: object;
  /** Goes into crossval.json only. */
  readonly details: object;
  readonly rows: readonly Row[];
  /** For people. */
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * `neurosteer trf crossval --stimulus S1.npy S2.npy --response R1.npy R2.npy --rate HZ --direction NAME --lambda 0.01,1,100 --out DIR`:
 * leaves out a trial at a time and says how well models of the others predict it, for each lambda, or with `--nested` for one that
 * is chosen within the others.
 */
export async function trfCrossval(given: TrfCrossvalArguments, io: CommandIo): Promise<number> {
  const who = "trf crossval";
  const { stimulus, response, out, nested = false } = given;
  const options = trfOptionsOf(given);
  const lambdas = given.lambda ?? [resolveTrfOptions(who, modelOptions(options)).lambda];
  checkGrid(who, lambdas, options);
  const needed = nested ? 3 : 2;
  if (stimulus.length < needed) {
    const kind = nested ? "nested choice" : "leaving one out";
    throw new ToolkitError("usage", `${who}: trials: ${stimulus.length}; ${kind} needs at least ${needed}`);
  }
  await checkTrfFolder(given, resultFileName);
  const trials = await readTrfTrials(who, given, io.signal);
  const startedAt = performance.now();
  const { criterion } = { ...crossValidateTrfDefaults, ...options };
  const report = await watched(io, async (watch) =>
    nested
      ? reportNested(await nestedTrfAsync(trials, lambdas, { ...options, ...watch }))
      : reportGrid(await crossValidateTrfAsync(trials, lambdas, { ...options, ...watch }), criterion),
  );
  const seconds = (performance.now() - startedAt) / 1000;

  const { lambda: _, ...resolved } = resolveTrfOptions(who, { ...modelOptions(options), lambda: lambdas[0]! });
  const facts = {
    nested,
    trials: stimulus.map((path, t) => ({ stimulus: path, response: response[t]! })),
    lambdas,
    ...report.summary,
    warnings: report.warnings,
    options: { ...crossValidateTrfDefaults, ...options, ...resolved },
  };
  const record = { format: "neurosteer cross-validation", neurosteer: version, ...facts, ...report.details };
  await writeTrfFolder(given, {
    mark: resultFileName,
    files: { [resultFileName]: `${toJson(record, 0)}\n`, [tableFileName]: encodeTsv(report.rows) },
    io,
  });
  showWarnings(io, report.warnings);
  if (given.json) outJson(io, { out, files: [resultFileName, tableFileName], ...facts, seconds });
  else for (const line of [`${out}: ${resultFileName}, ${tableFileName}`, ...report.lines]) outLine(io, line);
  return exitCodes.done;
}

// Work that is done sooner shows no progress.
const quietMilliseconds = 2000;

/**
 * Shows the progress of longer work, and stops it between two steps when the user interrupts.
 *
 * @throws ToolkitError `aborted`
 */
async function watched<Result>(io: CommandIo, work: (watch: StepOptions) => Promise<Result>): Promise<Result> {
  const progress = createProgress(io, "cross-validation");
  const startedAt = performance.now();
  const onProgress = ({ done, total, label }: StepProgress) => {
    if (done < total && performance.now() - startedAt > quietMilliseconds) progress.update(done, total, label);
  };
  try {
    return await work({ signal: io.signal, onProgress });
  } catch (error) {
    checkNotAborted(io.signal);
    throw error;
  } finally {
    progress.stop();
  }
}

/** Every lambda of the grid, and the best. */
function reportGrid(result: TrfCrossValidation, criterion: "correlation" | "error"): Report {
  const { lambdas, trials, outputs, meanCorrelations, meanErrors, best, warnings } = result;
  const at = (row: number, l: number) => (row * lambdas.length + l) * outputs;
  const nest = (values: Float64Array) =>
    trials.map((_, row) => lambdas.map((_, l) => values.slice(at(row, l), at(row, l) + outputs)));
  const correlations = nest(result.correlations);
  const meanSquaredErrors = nest(result.meanSquaredErrors);
  const spreads = lambdas.map((_, l) => deviation(correlations.map((ofTrial) => meanOf(ofTrial[l]!))));
  const rows = trials.flatMap((fold, row) =>
    lambdas.flatMap((lambda, l) => rowsOf(fold, lambda, correlations[row]![l]!, meanSquaredErrors[row]![l]!)),
  );
  const how = criterion === "correlation" ? "greatest mean r" : "least mean mse";
  const lines = [
    ...table(
      ["lambda", "mean r", "sd over trials", "trials", "mean mse"],
      lambdas.map((lambda, l) => [
        `${lambdaText(lambda)}${l === best ? " *" : ""}`,
        ...[meanCorrelations[l]!.toFixed(4), spreads[l]!.toFixed(4), `${trials.length}`, meanErrors[l]!.toPrecision(4)],
      ]),
    ),
    `* best lambda: ${lambdaText(lambdas[best]!)} (${how})`,
  ];
  const summary = {
    outputs,
    best: {
      index: best,
      lambda: lambdas[best]!,
      meanCorrelation: meanCorrelations[best]!,
      meanError: meanErrors[best]!,
    },
    ...{ meanCorrelations, deviations: spreads, count: trials.length, meanErrors },
  };
  return { summary, details: { correlations, meanSquaredErrors }, rows, lines, warnings };
}

/** Every fold with the lambda chosen for it. */
function reportNested(folds: readonly NestedTrfFold[]): Report {
  const each = folds.map(({ trials, lambda, scores, search }, f) => {
    const trial = trials[0]!;
    const { samples, correlations, meanSquaredErrors } = scores[0]!;
    const inner = {
      // numbers of the inner trials among all
      trials: search.trials.map((t) => folds.filter((_, other) => other !== f)[t]!.trials[0]!),
      ...{ meanCorrelations: search.meanCorrelations, meanErrors: search.meanErrors, best: search.best },
    };
    return { trial, lambda, samples, correlations, meanSquaredErrors, search: inner };
  });
  const ofTrials = each.map(({ correlations }) => meanOf(correlations));
  const errors = each.map(({ meanSquaredErrors }) => mean(meanSquaredErrors));
  const [meanCorrelation, spread, meanError] = [mean(ofTrials), deviation(ofTrials), mean(errors)];
  const rows = each.flatMap(({ trial, lambda, correlations, meanSquaredErrors }) =>
    rowsOf(trial, lambda, correlations, meanSquaredErrors),
  );
  const lines = [
    ...table(
      ["trial left out", "lambda", "mean r", "mean mse"],
      each.map(({ trial, lambda }, f) => [
        ...[`${trial}`, lambdaText(lambda), ofTrials[f]!.toFixed(4), errors[f]!.toPrecision(4)],
      ]),
    ),
    `mean r ${meanCorrelation.toFixed(4)}, sd over trials ${spread.toFixed(4)}, ${each.length} trials, mean mse ${meanError.toPrecision(4)}`,
  ];
  const summary = {
    outputs: each[0]!.correlations.length,
    ...{ meanCorrelation, deviation: spread, count: each.length, meanError },
    folds: each,
  };
  return { summary, details: {}, rows, lines, warnings: nestedWarnings(folds) };
}

/** Warnings with the folds they are of, those of all folds without. */
function nestedWarnings(folds: readonly NestedTrfFold[]): string[] {
  const foldsOf = new Map<string, number[]>();
  for (const [f, { model, scores, search }] of folds.entries()) {
    const count = scores[0]!.correlations.filter(Number.isNaN).length;
    const own =
      count > 0 ? [`${count} correlations are undefined, as a prediction or output is constant; they count as 0`] : [];
    for (const warning of new Set([...search.warnings, ...model.warnings, ...own])) {
      foldsOf.set(warning, [...(foldsOf.get(warning) ?? []), f]);
    }
  }
  return [...foldsOf].map(([warning, of]) => `fold ${of.join(", ")}: ${warning}`);
}

function rowsOf(fold: number, lambda: TrfLambda, correlations: Float64Array, errors: Float64Array): Row[] {
  return Array.from(correlations, (r, output) => ({
    fold,
    lambda: lambdaText(lambda),
    output,
    r,
    mse: errors[output]!,
  }));
}

/** Mean over outputs; correlations that are undefined count as 0, as in the mean over trials. */
function meanOf(correlations: Float64Array): number {
  return mean(correlations.map((r) => (Number.isNaN(r) ? 0 : r)));
}

/** Standard deviation, by n - 1. */
function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

/** Lines of a table, columns lined up to the right. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((name, c) => Math.max(name.length, ...rows.map((row) => row[c]!.length)));
  return [header, ...rows].map((row) => row.map((cell, c) => cell.padStart(widths[c]!)).join("  "));
}
