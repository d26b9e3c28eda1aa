import { ToolkitError } from "../../core/error.ts";
import {
  crossValidateTrfDefaults,
  type TrfCrossValidation,
  type TrfCrossValidationOptions,
} from "./crossValidateTrf.ts";
import { crossValidationSteps, type FoldOptions } from "./crossValidationSteps.ts";
import { type GridEdge, gridEdges } from "./gridEdge.ts";
import { modelOfTrials, type PreparedTrials, prepareTrials } from "./preparedTrials.ts";
import { runSteps, runStepsWithPauses, type StepPlan, type Steps } from "./steps.ts";
import { checkVariation, type TrfTrial } from "./trfCovariance.ts";
import { checkFoldLists, mergeFolds, type TrfFolds } from "./trfFolds.ts";
import { checkGrid, modelOptions } from "./trfGrid.ts";
import type { TrfLambda } from "./trfOptions.ts";
import type { TrfModel } from "./trfPath.ts";

/** Options of {@link tuneTrf}. */
export interface TuneTrfOptions extends TrfCrossValidationOptions {
  /**
   * Number of folds at most, from 2, default 5. More are merged: each goes, in order, to the one with fewest trials so far.
   */
  innerFolds?: number;
}

/** Default options of {@link tuneTrf} beside those of a model. */
export const tuneTrfDefaults = { ...crossValidateTrfDefaults, innerFolds: 5 } as const satisfies Pick<
  Required<TuneTrfOptions>,
  "foldModel" | "criterion" | "innerFolds"
>;

/** A model whose lambda was chosen within its training trials. */
export interface TunedTrf {
  /** The model of all trials with the lambda chosen. */
  readonly model: TrfModel;
  /** The lambda chosen. */
  readonly lambda: TrfLambda;
  /** How it was chosen; undefined where the grid has one lambda. */
  readonly search: TrfCrossValidation | undefined;
  /**
   * The end of the grid that the lambda is at, undefined for none and where the grid cannot go on (0, full shrinkage). With
   * several bands that of the first one at an end.
   */
  readonly atEdge: GridEdge["edge"] | undefined;
  /** Those of the search and of the model. */
  readonly warnings: readonly string[];
}

/**
 * Chooses lambda by cross-validation among the trials, and trains on all of them with it. The trials are training trials: nothing
 * that is tested later may be among them. Only trials named in `folds` are tested; others, such as those of other listeners, are
 * trained on in every fold. With one lambda there is nothing to choose and no folds are needed.
 *
 * @param trials at least two, in two folds or one and outside it; with one lambda at least one
 * @param lambdas the grid; lists with `banded`
 * @throws ToolkitError `bad-shape` for too few trials or folds to choose with, else as `crossValidateTrf`
 */
export function tuneTrf(trials: readonly TrfTrial[], lambdas: readonly TrfLambda[], options: TuneTrfOptions): TunedTrf {
  return runSteps(who, plan(trials, lambdas, options), options);
}

/**
 * {@link tuneTrf} with pauses in which the signal of its options can be aborted by something else, such as the user.
 *
 * @throws ToolkitError as {@link tuneTrf}
 */
export async function tuneTrfAsync(
  trials: readonly TrfTrial[],
  lambdas: readonly TrfLambda[],
  options: TuneTrfOptions,
): Promise<TunedTrf> {
  return runStepsWithPauses(who, plan(trials, lambdas, options), options);
}

/**
 * The search and the training on prepared trials: a step for each fold and one for the model.
 *
 * @param who asks, for messages
 * @param options `which` names the trials in messages; without `search` the first lambda is taken
 */
export function* tuneSteps(
  who: string,
  prepared: PreparedTrials,
  options: FoldOptions & { which?: string; search: boolean },
): Steps<TunedTrf> {
  const { which, search: searching, ...folding } = options;
  const { lambdas, method, foldModel, direction, rateHz } = folding;
  const search = searching ? yield* crossValidationSteps(who, prepared, folding) : undefined;
  const best = search?.best ?? 0;
  const lambda = lambdas[best]!;
  checkVariation(who, prepared.trials, { direction, rateHz }, which);
  const model = modelOfTrials(prepared, { ...modelOptions(folding), lambda, foldModel });
  yield "model of all training trials";
  const own = model.warnings.map((warning) => `${who}: ${warning}`);
  return {
    model,
    lambda,
    search,
    atEdge: gridEdges(lambdas, best, method)[0]?.edge,
    warnings: [...new Set([...(search?.warnings ?? []), ...own])],
  };
}

const who = "tuneTrf";

function plan(trials: readonly TrfTrial[], lambdas: readonly TrfLambda[], options: TuneTrfOptions): StepPlan<TunedTrf> {
  checkGrid(who, lambdas, options);
  const { innerFolds, ...resolved } = { ...tuneTrfDefaults, ...options };
  const search = lambdas.length > 1;
  const folds = mergeFolds(who, checkFoldLists(who, trials.length, options.folds), innerFolds);
  if (search) checkChoice(trials.length, folds, lambdas.length);
  return { total: trials.length + (search ? folds.length : 0) + 1, steps: steps() };

  function* steps() {
    const prepared = yield* prepareTrials(who, trials, resolved);
    return yield* tuneSteps(who, prepared, { ...resolved, lambdas, folds, search });
  }
}

/** Refuses folds that leave nothing to train on. */
function checkChoice(trials: number, folds: TrfFolds, lambdas: number): void {
  if (folds.length >= 2 || (folds.length === 1 && folds[0]!.length < trials)) return;
  throw new ToolkitError(
    "bad-shape",
    `${who}: ${trials} trials in ${folds.length} folds; choosing among ${lambdas} lambdas needs 2, or give one lambda`,
  );
}
