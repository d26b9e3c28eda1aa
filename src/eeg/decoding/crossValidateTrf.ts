import { crossValidationSteps } from "./crossValidationSteps.ts";
import { prepareTrials } from "./preparedTrials.ts";
import { runSteps, runStepsWithPauses, type StepOptions, type StepPlan } from "./steps.ts";
import type { TrfTrial } from "./trfCovariance.ts";
import { checkFolds, type TrfFolds } from "./trfFolds.ts";
import { checkGrid } from "./trfGrid.ts";
import type { TrfLambda, TrfOptions } from "./trfOptions.ts";

/** Options of {@link crossValidateTrf}: those of a model but for lambda, and how it is tested. */
export interface TrfCrossValidationOptions extends Omit<TrfOptions, "lambda">, StepOptions {
  /** Numbers of the trials left out together, for each fold; default every trial by itself. Trials in none are always trained on. */
  folds?: TrfFolds;
  /**
   * `pooled` (default): one model of all training trials. `averaged`: the mean of a model of each, as version 1 of the
   * mTRF-Toolbox does.
   */
  foldModel?: "pooled" | "averaged";
  /** What the best lambda has: the greatest mean `correlation` (default) or the least mean squared `error`. */
  criterion?: "correlation" | "error";
  /**
   * Weight of each trial in training, above 0, default 1; see `trainTrf`. Trials count alike in accuracies whatever their weight.
   */
  weights?: readonly number[];
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
 * `scoreTrf` compares.
 *
 * The accuracy at the best lambda is optimistic, as the lambda was chosen on it; see `nestedTrf`.
 *
 * @param trials at least two
 * @param lambdas at least one; lists with `banded`
 * @throws ToolkitError `bad-shape` for too few trials, `bad-option` for folds that overlap or name no trial and for weights that
 *   are not one a trial, `aborted` by `signal`, else as `trainTrf`
 */
export function crossValidateTrf(
  trials: readonly TrfTrial[],
  lambdas: readonly TrfLambda[],
  options: TrfCrossValidationOptions,
): TrfCrossValidation {
  return runSteps(who, plan(trials, lambdas, options), options);
}

/**
 * {@link crossValidateTrf} with pauses in which the signal of its options can be aborted by something else, such as the user.
 *
 * @throws ToolkitError as {@link crossValidateTrf}
 */
export async function crossValidateTrfAsync(
  trials: readonly TrfTrial[],
  lambdas: readonly TrfLambda[],
  options: TrfCrossValidationOptions,
): Promise<TrfCrossValidation> {
  return runStepsWithPauses(who, plan(trials, lambdas, options), options);
}

const who = "crossValidateTrf";

function plan(
  trials: readonly TrfTrial[],
  lambdas: readonly TrfLambda[],
  options: TrfCrossValidationOptions,
): StepPlan<TrfCrossValidation> {
  checkGrid(who, lambdas, options);
  const folds = checkFolds(who, trials.length, options.folds);
  const resolved = { ...crossValidateTrfDefaults, ...options, folds };
  return { total: trials.length + folds.length, steps: steps() };

  function* steps() {
    const prepared = yield* prepareTrials(who, trials, resolved);
    return yield* crossValidationSteps(who, prepared, { ...resolved, lambdas });
  }
}
