import { ToolkitError } from "../../core/error.ts";
import { averageTrf } from "./averageTrf.ts";
import { type LagCovariance, sumLagCovariances } from "./lagCovariance.ts";
import { leaveOutSums } from "./leaveOutSums.ts";
import { scoreTrf } from "./predictTrf.ts";
import { checkVariation, type TrfTrial, trialCovariances } from "./trfCovariance.ts";
import { resolveTrfOptions, type TrfLambda, type TrfOptions } from "./trfOptions.ts";
import { solveTrfs, type TrfModel } from "./trfPath.ts";

/** Options of {@link crossValidateTrf}: those of a model but for lambda, and how it is tested. */
export interface TrfCrossValidationOptions extends Omit<TrfOptions, "lambda"> {
  /** Numbers of the trials left out together, for each fold; default every trial by itself. Trials in none are always trained on. */
  folds?: readonly (readonly number[])[];
  /**
   * `pooled` (default): one model of all training trials. `averaged`: the mean of a model of each, as version 1 of the
   * mTRF-Toolbox does.
   */
  foldModel?: "pooled" | "averaged";
  /** What the best lambda has: the greatest mean `correlation` (default) or the least mean squared `error`. */
  criterion?: "correlation" | "error";
}

/** Default options of {@link crossValidateTrf} beside those of a model. */
export const crossValidateTrfDefaults = { foldModel: "pooled", criterion: "correlation" } as const satisfies Pick<
  Required<TrfCrossValidationOptions>,
  "foldModel" | "criterion"
>;

/** How well models of a grid of lambdas predict trials they were not trained on. */
export interface TrfCrossValidation {
  /** The grid. */
  readonly lambdas: readonly TrfLambda[];
  /** Number of the trial of each row below: fold after fold. */
  readonly trials: readonly number[];
  /** Number of outputs. */
  readonly outputs: number;
  /** Pearson's correlations, [trials, lambdas, outputs]; NaN where prediction or output is constant. */
  readonly correlations: Float64Array;
  /** Mean squared errors, [trials, lambdas, outputs]. */
  readonly meanSquaredErrors: Float64Array;
  /** Correlations averaged over trials and outputs, NaN counted as 0, [lambdas]. */
  readonly meanCorrelations: Float64Array;
  /** Mean squared errors averaged over trials and outputs, [lambdas]. */
  readonly meanErrors: Float64Array;
  /** Number of the best lambda in the grid; the first of equal ones. */
  readonly best: number;
  /** The best lambda at an end of its grid, correlations that are undefined, few samples. */
  readonly warnings: readonly string[];
}

/**
 * Leaves out trials and tests models of the others on them, for every lambda of a grid. The sums of products of each trial are
 * made once; see `trfPath` for the grid and `leaveOutSums` for the folds. Correlations and errors are those of the samples
 * {@link scoreTrf} compares.
 *
 * The accuracy at the best lambda is optimistic, as the lambda was chosen on it; see {@link nestedTrf}.
 *
 * @param trials at least two
 * @param lambdas at least one; lists with `banded`
 * @throws ToolkitError `bad-shape` for too few trials, `bad-option` for folds that overlap or name no trial, else as `trainTrf`
 */
export function crossValidateTrf(
  trials: readonly TrfTrial[],
  lambdas: readonly TrfLambda[],
  options: TrfCrossValidationOptions,
): TrfCrossValidation {
  const who = "crossValidateTrf";
  checkGrid(who, lambdas, options);
  const folds = checkFolds(who, trials.length, options.folds);
  return crossValidateSums(who, { trials, sums: trialCovariances(who, trials, options) }, lambdas, {
    ...options,
    folds,
  });
}

/** Refuses options and lambdas before anything is computed. */
export function checkGrid(who: string, lambdas: readonly TrfLambda[], options: TrfCrossValidationOptions): void {
  if (lambdas.length === 0) throw new ToolkitError("bad-option", `${who}: no lambdas; at least one is needed`);
  for (const lambda of lambdas) resolveTrfOptions(who, { ...modelOptions(options), lambda });
}

/** Folds as given or one a trial, checked: at least two, or one and trials outside it; none twice. */
export function checkFolds(
  who: string,
  trials: number,
  folds: readonly (readonly number[])[] = Array.from({ length: trials }, (_, t) => [t]),
): readonly (readonly number[])[] {
  const seen = new Set<number>();
  for (const [f, fold] of folds.entries()) {
    if (fold.length === 0) throw new ToolkitError("bad-option", `${who}: fold ${f} is empty`);
    for (const trial of fold) {
      if (Number.isInteger(trial) && trial >= 0 && trial < trials && !seen.has(trial)) {
        seen.add(trial);
        continue;
      }
      const reason = seen.has(trial) ? "is in an earlier fold or twice in it" : `is none of the ${trials} trials`;
      throw new ToolkitError("bad-option", `${who}: trial ${trial} of fold ${f} ${reason}`);
    }
  }
  if (folds.length === 0 || (folds.length === 1 && seen.size === trials)) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: ${trials} trials in ${folds.length} folds leave none to train on; 2 are needed`,
    );
  }
  return folds;
}

/** The options of the model alone. */
export function modelOptions<Options extends TrfCrossValidationOptions>(
  options: Options,
): Omit<Options, "folds" | "foldModel" | "criterion"> {
  const { folds, foldModel, criterion, ...rest } = options;
  return rest;
}

/** {@link crossValidateTrf} with the sums of each trial at hand. */
export function crossValidateSums(
  who: string,
  { trials, sums }: { trials: readonly TrfTrial[]; sums: readonly LagCovariance[] },
  lambdas: readonly TrfLambda[],
  options: TrfCrossValidationOptions & { folds: readonly (readonly number[])[] },
): TrfCrossValidation {
  const { folds, foldModel, criterion } = { ...crossValidateTrfDefaults, ...options };
  const grid = lambdas.map((lambda) => resolveTrfOptions(who, { ...modelOptions(options), lambda }));
  const tested = folds.flat();
  const outputs = sums[0]!.features;
  const size = tested.length * lambdas.length * outputs;
  const correlations = new Float64Array(size);
  const meanSquaredErrors = new Float64Array(size);
  const warnings = new Set<string>();
  let row = 0;
  testFolds((fold, models) => {
    for (const trial of folds[fold]!) {
      for (const [i, each] of models.entries()) {
        const score = scoreTrf(each, trials[trial]!);
        const at = (row * lambdas.length + i) * outputs;
        correlations.set(score.correlations, at);
        meanSquaredErrors.set(score.meanSquaredErrors, at);
        for (const warning of each.warnings) warnings.add(`${who}: ${warning}`);
      }
      row++;
    }
  });
  const meanCorrelations = meanByLambda(correlations, lambdas.length, outputs);
  const meanErrors = meanByLambda(meanSquaredErrors, lambdas.length, outputs);
  const best =
    criterion === "correlation"
      ? meanCorrelations.indexOf(Math.max(...meanCorrelations))
      : meanErrors.indexOf(Math.min(...meanErrors));
  const undefinedAt = correlations.findIndex(Number.isNaN);
  if (undefinedAt >= 0) {
    const count = correlations.filter(Number.isNaN).length;
    const trial = tested[Math.floor(undefinedAt / (lambdas.length * outputs))];
    warnings.add(
      `${who}: ${count} of ${size} correlations are undefined, as a prediction or output is constant, the first of output ${undefinedAt % outputs} in trial ${trial}; they count as 0`,
    );
  }
  for (const warning of edgeWarnings(who, lambdas, best, options.method)) warnings.add(warning);
  const figures = { correlations, meanSquaredErrors, meanCorrelations, meanErrors };
  return { lambdas, trials: tested, outputs, ...figures, best, warnings: [...warnings] };

  /** Calls back with the models of each fold, one a lambda. */
  function testFolds(use: (fold: number, models: readonly TrfModel[]) => void): void {
    const trainingOf = (fold: number) => trials.flatMap((_, t) => (folds[fold]!.includes(t) ? [] : [t]));
    if (foldModel === "averaged") {
      const each = sums.map((part, t) => {
        checkVariation(who, [trials[t]!], options.direction, `trial ${t}`);
        return solveTrfs(who, part, grid);
      });
      for (const fold of folds.keys()) {
        const training = trainingOf(fold);
        use(
          fold,
          lambdas.map((_, i) => averageTrf(training.map((t) => each[t]![i]!))),
        );
      }
      return;
    }
    const left = folds.map((fold) =>
      fold.length === 1 ? sums[fold[0]!]! : sumLagCovariances(fold.map((t) => sums[t]!)),
    );
    const always = sums.filter((_, t) => !tested.includes(t));
    leaveOutSums(left, always, (fold, others) => {
      const training = trainingOf(fold).map((t) => trials[t]!);
      checkVariation(who, training, options.direction, `the training trials of fold ${fold}`);
      use(fold, solveTrfs(who, others, grid));
    });
  }
}

/** Means over rows and outputs, NaN as 0. */
function meanByLambda(values: Float64Array, lambdas: number, outputs: number): Float64Array {
  const sums = new Float64Array(lambdas);
  for (const [i, value] of values.entries())
    sums[Math.floor(i / outputs) % lambdas]! += Number.isNaN(value) ? 0 : value;
  return sums.map((sum) => (sum * lambdas) / values.length);
}

/** Says where the best lambda is the least or greatest of its grid and the grid could go on. */
function edgeWarnings(
  who: string,
  lambdas: readonly TrfLambda[],
  best: number,
  method: TrfOptions["method"],
): string[] {
  const bands = Math.max(...lambdas.map((lambda) => (typeof lambda === "number" ? 1 : lambda.length)));
  return Array.from({ length: bands }, (_, b) => {
    const grid = lambdas.map((lambda) => (typeof lambda === "number" ? lambda : lambda[b]!));
    const chosen = grid[best]!;
    const [least, greatest] = [Math.min(...grid), Math.max(...grid)];
    const ofBand = bands > 1 ? ` of band ${b}` : "";
    if (least === greatest) return [];
    if (chosen === least && least > 0) {
      return [`${who}: the best lambda${ofBand}, ${chosen}, is the least of its grid; try smaller ones`];
    }
    if (chosen === greatest && !(method === "shrinkage" && greatest === 1)) {
      return [`${who}: the best lambda${ofBand}, ${chosen}, is the greatest of its grid; try greater ones`];
    }
    return [];
  }).flat();
}
