import { averageTrf } from "./averageTrf.ts";
import { checkWeights, type LagCovariance, sumLagCovariances } from "./lagCovariance.ts";
import type { Steps } from "./steps.ts";
import { eachTrialCovariance, type TrfCovarianceOptions, type TrfTrial } from "./trfCovariance.ts";
import type { TrfOptions } from "./trfOptions.ts";
import { solveTrf, type TrfModel } from "./trfPath.ts";

/** How models of several trials are made: of their sums, or as the mean of a model of each. */
export type FoldModel = "pooled" | "averaged";

/** Trials with their sums of products, made once for all models. */
export interface PreparedTrials {
  readonly trials: readonly TrfTrial[];
  /** Sums of each trial; for `pooled` models multiplied with its weight. */
  readonly sums: readonly LagCovariance[];
  /** Weight of each trial. */
  readonly weights: readonly number[];
}

/**
 * Makes the sums of each trial, one a step.
 *
 * @throws ToolkitError `bad-option` for weights that are not one a trial, above 0; as `trfCovariance`
 */
export function* prepareTrials(
  who: string,
  trials: readonly TrfTrial[],
  options: TrfCovarianceOptions & { weights?: readonly number[]; foldModel: FoldModel },
): Steps<PreparedTrials> {
  const weights = options.weights ?? trials.map(() => 1);
  checkWeights(who, weights, trials.length);
  const sums: LagCovariance[] = [];
  for (const own of eachTrialCovariance(who, trials, options)) {
    const weight = weights[sums.length]!;
    sums.push(weight === 1 || options.foldModel === "averaged" ? own : sumLagCovariances([own], [weight]));
    yield `sums of trial ${sums.length} of ${trials.length}`;
  }
  return { trials, sums, weights };
}

/** Some of the trials. */
export function pickTrials({ trials, sums, weights }: PreparedTrials, numbers: readonly number[]): PreparedTrials {
  return {
    trials: numbers.map((t) => trials[t]!),
    sums: numbers.map((t) => sums[t]!),
    weights: numbers.map((t) => weights[t]!),
  };
}

/** The model of all trials. */
export function modelOfTrials(
  { sums, weights }: PreparedTrials,
  options: TrfOptions & { foldModel: FoldModel },
): TrfModel {
  const { foldModel, ...model } = options;
  return foldModel === "averaged"
    ? averageTrf(
        sums.map((part) => solveTrf(part, model)),
        weights,
      )
    : solveTrf(sumLagCovariances(sums), model);
}
