import { checkNumber } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import { type DecodingTrial, type LagCovariance, lagCovariance, sumLagCovariances } from "./lagCovariance.ts";
import { lagEquations, solveLagEquations } from "./lagEquations.ts";
import { checkPredictors, laggedPrediction } from "./laggedPrediction.ts";
import { lagRange, lagRangeDefaults } from "./lagRange.ts";

/** Options of a backward model. */
export interface BackwardModelOptions {
  /** Common sampling rate of EEG and targets. */
  rateHz: number;
  /** First lag of the EEG after the stimulus, default 0. */
  minLagSeconds?: number;
  /** Last lag of the EEG after the stimulus, default 0.25. */
  maxLagSeconds?: number;
  /**
   * Ridge regularization, default 1 times the mean diagonal: the same as shrinking the covariance towards a multiple of the
   * unit matrix with weight lambda / (1 + lambda) (Wong et al. 2018), which does not depend on units or on the length of the
   * training.
   */
  lambda?: number;
  /** `relative`: lambda times the mean diagonal of the lagged covariance is added to it; `absolute`: lambda itself. */
  lambdaScale?: "relative" | "absolute";
  /** Samples used at the ends of training trials, see `LagOptions`; default `valid`. */
  edges?: "valid" | "zeropad";
  /** Scales every channel to unit variance over the training trials, default true: then lambda treats them alike. */
  standardize?: boolean;
}

/** Default options of {@link trainBackwardModel} and {@link leaveOneTrialOut}. */
export const backwardModelDefaults = {
  minLagSeconds: lagRangeDefaults.minLagSeconds,
  maxLagSeconds: lagRangeDefaults.maxLagSeconds,
  lambda: 1,
  lambdaScale: "relative",
  edges: lagRangeDefaults.edges,
  standardize: true,
} as const satisfies Required<Omit<BackwardModelOptions, "rateHz">>;

/** A trained backward (stimulus reconstruction) model. */
export interface BackwardModel {
  /** [features][lags * channels]: weight of channel c at lag i is entry `i * channels + c`, in target units per EEG unit. */
  readonly weights: readonly Float64Array[];
  /** Constant added to each reconstruction, [features]. */
  readonly bias: Float64Array;
  /** Lag of each row of the weights in seconds; positive is EEG after the stimulus. */
  readonly lagSeconds: Float64Array;
  /** The same in samples. */
  readonly lagSamples: Int32Array;
  /** Number of EEG channels. */
  readonly channels: number;
  /** Mean of each lagged channel over the training samples, [lags * channels]. */
  readonly columnMeans: Float64Array;
  /** What was added to the diagonal of the (standardized) lagged covariance, a sum over `trainingSamples`. */
  readonly ridge: number;
  /** Samples trained on. */
  readonly trainingSamples: number;
  /** Options as resolved. */
  readonly options: Required<BackwardModelOptions>;
}

/**
 * Trains a backward model: ridge regression from lagged EEG to the targets, all targets at once.
 *
 *     s(t) = bias + sum over lags and channels of w(lag, channel) x(t + lag, channel)
 *
 * minimises the squared error plus lambda times the squared weights; the bias is not penalised. Scaling and means are those
 * of the training trials. Source: Crosse et al., "The multivariate temporal response function toolbox", Front. Hum.
 * Neurosci. 2016.
 *
 * @param trials training trials
 * @throws ToolkitError `bad-shape` if trials do not fit together, `bad-value` if something is not finite, a channel is
 *   constant while `standardize` is on, or the covariance is singular (raise lambda), `bad-option`
 */
export function trainBackwardModel(trials: readonly DecodingTrial[], options: BackwardModelOptions): BackwardModel {
  const lags = lagRange(options);
  return solveBackwardModel(sumLagCovariances(trials.map((trial) => lagCovariance(trial, lags))), options);
}

/**
 * Trains a backward model from sums that are already there, for example with several lambdas.
 *
 * @param sums of the training trials, made with the lags of the same options
 * @throws ToolkitError as {@link trainBackwardModel}
 */
export function solveBackwardModel(sums: LagCovariance, options: BackwardModelOptions): BackwardModel {
  const who = "backwardModel";
  const resolved = { ...backwardModelDefaults, ...options };
  const { firstLag, lastLag } = lagRange(options);
  checkNumber(who, "lambda", resolved.lambda, { from: 0 });
  if (resolved.lambdaScale !== "relative" && resolved.lambdaScale !== "absolute") {
    throw new ToolkitError(
      "bad-option",
      `${who}: lambdaScale is "${String(resolved.lambdaScale)}"; it must be "relative" or "absolute"`,
    );
  }
  const { samples, channels, lags } = sums;
  if (lags !== lastLag - firstLag + 1) {
    throw new ToolkitError("bad-shape", `${who}: the sums have ${lags} lags, the options ${lastLag - firstLag + 1}`);
  }
  const equations = lagEquations(sums, {
    who,
    name: "EEG channel",
    standardize: resolved.standardize,
    nameColumn: (column) => `channel ${column % channels} at lag ${firstLag + Math.floor(column / channels)} samples`,
  });
  const ridge = resolved.lambda * (resolved.lambdaScale === "relative" ? equations.meanDiagonal : 1);
  const { weights, bias } = solveLagEquations(equations, { ridge });
  const lagSamples = Int32Array.from({ length: lags }, (_, i) => firstLag + i);
  return {
    weights,
    bias,
    lagSamples,
    lagSeconds: Float64Array.from(lagSamples, (lag) => lag / resolved.rateHz),
    channels,
    columnMeans: equations.columnMeans,
    ridge,
    trainingSamples: samples,
    options: resolved,
  };
}

/**
 * Reconstructs the targets from EEG. EEG beyond the ends of the trial counts as its mean in the training trials (`valid`)
 * or as 0 (`zeropad`), so every sample gets a value and the first and last ones rest on fewer lags.
 *
 * @param model trained model
 * @param eeg [channels][samples] at the model's rate, in the units of the training
 * @returns [features][samples]
 * @throws ToolkitError `bad-shape` if channels or lengths differ, `bad-value` if not finite
 */
export function predictBackward(model: BackwardModel, eeg: readonly Float64Array[]): Float64Array[] {
  const who = "predictBackward";
  checkPredictors(who, { kind: "EEG", name: "channel", count: model.channels }, eeg);
  return laggedPrediction({ ...model, shifts: model.lagSamples, edges: model.options.edges }, eeg);
}
