import { ToolkitError } from "../../core/error.ts";
import { averageTrf } from "./averageTrf.ts";
import {
  checkFolds,
  checkGrid,
  crossValidateSums,
  modelOptions,
  type TrfCrossValidation,
  type TrfCrossValidationOptions,
} from "./crossValidateTrf.ts";
import { sumLagCovariances } from "./lagCovariance.ts";
import { scoreTrf, type TrfScore } from "./predictTrf.ts";
import { checkVariation, type TrfTrial, trialCovariances } from "./trfCovariance.ts";
import type { TrfLambda } from "./trfOptions.ts";
import { solveTrf, type TrfModel } from "./trfPath.ts";

/** One outer fold of {@link nestedTrf}. */
export interface NestedTrfFold {
  /** Numbers of the trials left out. */
  readonly trials: readonly number[];
  /** The lambda chosen within the other trials. */
  readonly lambda: TrfLambda;
  /** The model of all other trials with it. */
  readonly model: TrfModel;
  /** How well it predicts each trial left out. */
  readonly scores: readonly TrfScore[];
  /** The search for lambda. */
  readonly search: TrfCrossValidation;
}

/**
 * Nested cross-validation: leaves out trials, chooses lambda by {@link crossValidateTrf} within the others, trains on all of
 * them and tests on those left out, so that no accuracy rests on a lambda chosen with its trial. The model of a fold is that of
 * `trainTrf` with the other trials and the chosen lambda; with `averaged` the mean of their models.
 *
 * @param trials at least three
 * @param lambdas the grid
 * @param options the inner folds are the outer ones but for the one left out
 * @throws ToolkitError as {@link crossValidateTrf}
 */
export function nestedTrf(
  trials: readonly TrfTrial[],
  lambdas: readonly TrfLambda[],
  options: TrfCrossValidationOptions,
): NestedTrfFold[] {
  const who = "nestedTrf";
  checkGrid(who, lambdas, options);
  const folds = checkFolds(who, trials.length, options.folds);
  const always = trials.length - folds.flat().length;
  if (folds.length + Math.min(1, always) < 3) {
    throw new ToolkitError("bad-shape", `${who}: ${trials.length} trials in ${folds.length} folds; 3 are needed`);
  }
  const sums = trialCovariances(who, trials, options);
  const { direction } = options;
  return folds.map((left, fold) => {
    const training = trials.flatMap((_, t) => (left.includes(t) ? [] : [t]));
    const inner = folds.filter((other) => other !== left).map((other) => other.map((t) => training.indexOf(t)));
    const [otherTrials, otherSums] = [training.map((t) => trials[t]!), training.map((t) => sums[t]!)];
    const search = crossValidateSums(who, { trials: otherTrials, sums: otherSums }, lambdas, {
      ...options,
      folds: inner,
    });
    const lambda = lambdas[search.best]!;
    const chosen = { ...modelOptions(options), lambda };
    checkVariation(who, otherTrials, direction, `the training trials of fold ${fold}`);
    const model =
      options.foldModel === "averaged"
        ? averageTrf(otherSums.map((part) => solveTrf(part, chosen)))
        : solveTrf(sumLagCovariances(otherSums), chosen);
    return { trials: left, lambda, model, scores: left.map((t) => scoreTrf(model, trials[t]!)), search };
  });
}
