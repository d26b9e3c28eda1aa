import { ToolkitError } from "../../core/error.ts";
import { crossValidateTrfDefaults, type TrfCrossValidation } from "./crossValidateTrf.ts";
import { scoreTrf, type TrfScore } from "./predictTrf.ts";
import { pickTrials, prepareTrials } from "./preparedTrials.ts";
import { runSteps, runStepsWithPauses, type StepPlan } from "./steps.ts";
import type { TrfTrial } from "./trfCovariance.ts";
import { checkFolds, mergeFolds } from "./trfFolds.ts";
import { checkGrid } from "./trfGrid.ts";
import type { TrfLambda } from "./trfOptions.ts";
import type { TrfModel } from "./trfPath.ts";
import { type TuneTrfOptions, tuneSteps } from "./tuneTrf.ts";

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
  /** The search for lambda; numbers of trials are those among the others. */
  readonly search: TrfCrossValidation;
}

/**
 * Nested cross-validation: leaves out trials, chooses lambda by `crossValidateTrf` within the others, trains on all of
 * them and tests on those left out, so that no accuracy rests on a lambda chosen with its trial. The model of a fold is that of
 * `trainTrf` with the other trials and the chosen lambda; with `averaged` the mean of their models. It is `tuneTrf` for
 * each fold, but that one lambda is cross-validated too.
 *
 * @param trials at least three
 * @param lambdas the grid
 * @param options the inner folds are the outer ones but for the one left out, merged to `innerFolds` only where that is given
 * @throws ToolkitError as `crossValidateTrf`
 */
export function nestedTrf(
  trials: readonly TrfTrial[],
  lambdas: readonly TrfLambda[],
  options: TuneTrfOptions,
): NestedTrfFold[] {
  return runSteps(who, plan(trials, lambdas, options), options);
}

/**
 * {@link nestedTrf} with pauses in which the signal of its options can be aborted by something else, such as the user.
 *
 * @throws ToolkitError as {@link nestedTrf}
 */
export async function nestedTrfAsync(
  trials: readonly TrfTrial[],
  lambdas: readonly TrfLambda[],
  options: TuneTrfOptions,
): Promise<NestedTrfFold[]> {
  return runStepsWithPauses(who, plan(trials, lambdas, options), options);
}

const who = "nestedTrf";

function plan(
  trials: readonly TrfTrial[],
  lambdas: readonly TrfLambda[],
  options: TuneTrfOptions,
): StepPlan<NestedTrfFold[]> {
  checkGrid(who, lambdas, options);
  const { innerFolds, ...resolved } = { ...crossValidateTrfDefaults, ...options };
  const folds = checkFolds(who, trials.length, options.folds);
  const always = trials.length - folds.flat().length;
  if (folds.length + Math.min(1, always) < 3) {
    throw new ToolkitError("bad-shape", `${who}: ${trials.length} trials in ${folds.length} folds; 3 are needed`);
  }
  const searches = folds.map((left) => {
    const training = trials.flatMap((_, t) => (left.includes(t) ? [] : [t]));
    const inner = folds.filter((other) => other !== left).map((other) => other.map((t) => training.indexOf(t)));
    return { left, training, inner: mergeFolds(who, inner, innerFolds) };
  });
  const total = searches.reduce((sum, { inner }) => sum + inner.length + 1, trials.length);
  return { total, steps: steps() };

  function* steps() {
    const prepared = yield* prepareTrials(who, trials, resolved);
    const done: NestedTrfFold[] = [];
    for (const [fold, { left, training, inner }] of searches.entries()) {
      const which = `the training trials of fold ${fold}`;
      const { model, lambda, search } = yield* tuneSteps(who, pickTrials(prepared, training), {
        ...resolved,
        ...{ lambdas, folds: inner, which, search: true },
      });
      const scores = left.map((t) => scoreTrf(model, trials[t]!));
      done.push({ trials: left, lambda, model, scores, search: search! });
    }
    return done;
  }
}
