import { checkFinite, checkNumber } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import { factorCholesky } from "../../numeric/cholesky.ts";
import {
  type DecodingTrial,
  type LagCovariance,
  type LagOptions,
  lagCovariance,
  sumLagCovariances,
} from "./lagCovariance.ts";

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
  minLagSeconds: 0,
  maxLagSeconds: 0.25,
  lambda: 1,
  lambdaScale: "relative",
  edges: "valid",
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
 * The lags an option set stands for: all whole samples from `minLagSeconds` to `maxLagSeconds`.
 *
 * @throws ToolkitError `bad-option`
 */
export function lagRange(options: BackwardModelOptions): LagOptions {
  const who = "backwardModel";
  const { rateHz, minLagSeconds, maxLagSeconds, edges } = { ...backwardModelDefaults, ...options };
  checkNumber(who, "rateHz", rateHz, { above: 0 });
  checkNumber(who, "minLagSeconds", minLagSeconds);
  checkNumber(who, "maxLagSeconds", maxLagSeconds, { from: minLagSeconds });
  if (edges !== "valid" && edges !== "zeropad") {
    throw new ToolkitError("bad-option", `${who}: edges is "${String(edges)}"; it must be "valid" or "zeropad"`);
  }
  // A lag within a millionth of a sample of the limit is meant to be on it; + 0 turns -0 into 0.
  const firstLag = Math.ceil(minLagSeconds * rateHz - 1e-6) + 0;
  const lastLag = Math.floor(maxLagSeconds * rateHz + 1e-6) + 0;
  if (lastLag < firstLag) {
    throw new ToolkitError(
      "bad-option",
      `${who}: no whole sample lies between lags ${minLagSeconds} and ${maxLagSeconds} s at ${rateHz} Hz; widen the range`,
    );
  }
  return { firstLag, lastLag, edges };
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
  const { samples, channels, features, lags } = sums;
  if (lags !== lastLag - firstLag + 1) {
    throw new ToolkitError("bad-shape", `${who}: the sums have ${lags} lags, the options ${lastLag - firstLag + 1}`);
  }
  const columns = lags * channels;
  const columnMeans = sums.columnSums.map((sum) => sum / samples);
  const scale = channelScales(who, sums, columnMeans, resolved.standardize);

  const covariance = new Float64Array(columns * columns);
  let diagonal = 0;
  for (let p = 0; p < columns; p++) {
    const mean = samples * columnMeans[p]!;
    const scaleP = scale[p % channels]!;
    for (let q = 0; q <= p; q++) {
      const value = sums.gram[p * columns + q]! - mean * columnMeans[q]!;
      covariance[p * columns + q] = value / (scaleP * scale[q % channels]!);
    }
    diagonal += covariance[p * columns + p]!;
  }
  const ridge = resolved.lambda * (resolved.lambdaScale === "relative" ? diagonal / columns : 1);
  const factor = factorCholesky(
    { rows: columns, columns, data: covariance },
    {
      who,
      ridge,
      nameRow: (row) => `channel ${row % channels} at lag ${firstLag + Math.floor(row / channels)} samples`,
    },
  );

  const weights: Float64Array[] = [];
  const bias = new Float64Array(features);
  for (let f = 0; f < features; f++) {
    const targetMean = sums.targetSums[f]! / samples;
    const right = new Float64Array(columns);
    for (let p = 0; p < columns; p++) {
      right[p] = (sums.cross[f * columns + p]! - sums.targetSums[f]! * columnMeans[p]!) / scale[p % channels]!;
    }
    const solution = factor.solve(right);
    bias[f] = targetMean;
    for (let p = 0; p < columns; p++) {
      solution[p]! /= scale[p % channels]!;
      bias[f]! -= solution[p]! * columnMeans[p]!;
    }
    weights.push(solution);
  }
  const lagSamples = Int32Array.from({ length: lags }, (_, i) => firstLag + i);
  return {
    weights,
    bias,
    lagSamples,
    lagSeconds: Float64Array.from(lagSamples, (lag) => lag / resolved.rateHz),
    channels,
    columnMeans,
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
  const { channels, lagSamples, columnMeans } = model;
  if (eeg.length !== channels) {
    throw new ToolkitError("bad-shape", `${who}: EEG has ${eeg.length} channels; the model was trained on ${channels}`);
  }
  const samples = eeg[0]!.length;
  for (const [c, channel] of eeg.entries()) {
    if (channel.length !== samples) {
      throw new ToolkitError("bad-shape", `${who}: channel ${c} has ${channel.length} samples, channel 0 ${samples}`);
    }
    checkFinite(who, `channel ${c}`, channel);
  }
  return model.weights.map((weights, f) => {
    const out = new Float64Array(samples).fill(model.bias[f]!);
    for (const [i, lag] of lagSamples.entries()) {
      // Samples whose EEG at this lag is inside the trial.
      const from = Math.min(samples, Math.max(0, -lag));
      const to = Math.max(from, Math.min(samples, samples - lag));
      for (let c = 0; c < channels; c++) {
        const weight = weights[i * channels + c]!;
        const channel = eeg[c]!;
        for (let t = from; t < to; t++) out[t]! += weight * channel[t + lag]!;
        if (model.options.edges === "zeropad") continue;
        const outside = weight * columnMeans[i * channels + c]!;
        for (let t = 0; t < from; t++) out[t]! += outside;
        for (let t = to; t < samples; t++) out[t]! += outside;
      }
    }
    return out;
  });
}

/** Standard deviation of each channel over the training samples and lags; 1 where channels are left as they are. */
function channelScales(who: string, sums: LagCovariance, means: Float64Array, standardize: boolean): Float64Array {
  const { channels, lags, samples, gram } = sums;
  const columns = lags * channels;
  if (!standardize) return new Float64Array(channels).fill(1);
  return Float64Array.from({ length: channels }, (_, c) => {
    let variance = 0;
    let power = 0;
    for (let i = 0; i < lags; i++) {
      const p = i * channels + c;
      power += gram[p * columns + p]!;
      variance += gram[p * columns + p]! - samples * means[p]! ** 2;
    }
    if (!(variance > 1e-13 * power)) {
      throw new ToolkitError(
        "bad-value",
        `${who}: EEG channel ${c} is constant over the training trials; leave it out or turn standardize off`,
      );
    }
    return Math.sqrt(variance / (lags * samples));
  });
}
