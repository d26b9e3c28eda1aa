import { checkWeights, sumLagCovariances } from "./lagCovariance.ts";
import { lagRange } from "./lagRange.ts";
import { checkVariation, type TrfTrial, trialCovariances } from "./trfCovariance.ts";
import { resolveTrfOptions, type TrfOptions } from "./trfOptions.ts";
import { solveTrf, type TrfModel } from "./trfPath.ts";

/** Options of {@link trainTrf}. */
export interface TrfTrainingOptions extends TrfOptions {
  /**
   * Weight of each trial, above 0, default 1: what its squared errors are multiplied with. A trial of weight 2 counts as if it
   * were there twice, in the sums, means and numbers of samples and trials alike. For models that lean on trials of other
   * listeners and adapt to the own ones.
   */
  weights?: readonly number[];
}

/**
 * Trains a temporal response function: linear regression between a stimulus and the EEG that follows it, all outputs at
 * once. With s the stimulus, x the EEG and l the lags from `minLagSeconds` to `maxLagSeconds`,
 *
 *     backward   s(t) = bias + sum over l and channels of w(l, channel) x(t + l, channel)
 *     forward    x(t) = bias + sum over l and features of w(l, feature) s(t - l, feature)
 *
 * so that a lag of 100 ms means EEG 100 ms after the stimulus in both. The weights minimise the squared error plus a penalty, see
 * `TrfMethod`; the bias is not penalised. Sources: Crosse et al., "The multivariate temporal response function toolbox",
 * Front. Hum. Neurosci. 2016; Wong et al., "A comparison of regularization methods in forward and backward models for auditory
 * attention decoding", Front. Neurosci. 2018.
 *
 * @param trials training trials; fewer samples than unknowns is a warning of the model, and refused without regularization
 * @throws ToolkitError `bad-shape` if trials do not fit together or are too short, `bad-value` if something is not finite or at
 *   another rate, an input or output is constant, or the equations are singular (raise lambda), `bad-option`
 */
export function trainTrf(trials: readonly TrfTrial[], options: TrfTrainingOptions): TrfModel {
  const who = "trainTrf";
  const { weights, ...model } = options;
  resolveTrfOptions(who, model);
  if (weights !== undefined) checkWeights(who, weights, trials.length);
  const parts = trialCovariances(who, trials, model);
  checkVariation(who, trials, model);
  return solveTrf(sumLagCovariances(parts, weights), model);
}

/**
 * The options of single-lag models: one set for each lag of the range, which is its only one. They go to
 * {@link trainTrf} or {@link crossValidateTrf}, whose accuracies by lag show when the brain follows the stimulus.
 *
 * @throws ToolkitError `bad-option`
 */
export function singleLags<Options extends TrfOptions | Omit<TrfOptions, "lambda">>(options: Options): Options[] {
  const { firstLag, lastLag } = lagRange(options, "singleLags");
  return Array.from({ length: lastLag - firstLag + 1 }, (_, i) => {
    const seconds = (firstLag + i) / options.rateHz;
    return { ...options, minLagSeconds: seconds, maxLagSeconds: seconds };
  });
}

/**
 * Trains a model for each lag by itself.
 *
 * @param trials training trials
 * @returns models of one lag, in order
 * @throws ToolkitError as {@link trainTrf}
 */
export function trainSingleLagTrfs(trials: readonly TrfTrial[], options: TrfTrainingOptions): TrfModel[] {
  return singleLags(options).map((each) => trainTrf(trials, each));
}
