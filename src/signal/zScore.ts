import { ToolkitError } from "../core/error.ts";
import { checkSamples } from "./checkSignal.ts";

/** Mean and standard deviation of each channel, taken from some trials to be applied to any. */
export interface ZScore {
  /** [channels] */
  readonly mean: Float64Array;
  /** [channels], above 0 */
  readonly standardDeviation: Float64Array;
}

/** How a scaler treats channels that never change. */
export interface ZScoreOptions {
  /** `error` refuses them; `one` gives them the standard deviation 1, so that they become 0. Default `error`. */
  constant?: "error" | "one";
}

/** Options of `fitZScore` where none are given. */
export const zScoreDefaults = { constant: "error" } as const satisfies Required<ZScoreOptions>;

/**
 * Mean and population standard deviation of each channel over all samples of all trials. Fit on training trials only and
 * apply to both: statistics of a test trial are knowledge of the test.
 *
 * A channel counts as constant where its deviation is within rounding of its mean (1e-13 times the largest magnitude).
 *
 * @param trials [trials][channels, samples]; trials may differ in length
 * @throws ToolkitError `bad-shape` if there are no trials or samples or the channels do not match, `bad-value` if samples
 *   are not finite or a channel is constant
 */
export function fitZScore(trials: readonly (readonly Float64Array[])[], options: ZScoreOptions = {}): ZScore {
  const { constant } = { ...zScoreDefaults, ...options };
  if (constant !== "error" && constant !== "one") {
    throw new ToolkitError("bad-option", `fitZScore: constant is "${String(constant)}"; it must be error or one`);
  }
  const count = trials[0]?.length ?? 0;
  if (count === 0)
    throw new ToolkitError("bad-shape", "fitZScore: there are no trials or no channels; pass at least one");
  for (const [t, trial] of trials.entries()) {
    if (trial.length !== count) {
      throw new ToolkitError("bad-shape", `fitZScore: trial ${t} has ${trial.length} channels, trial 0 ${count}`);
    }
    for (const [c, channel] of trial.entries()) checkSamples("fitZScore", `trial ${t}, channel ${c}`, channel);
  }
  const mean = new Float64Array(count);
  const standardDeviation = new Float64Array(count);
  for (let c = 0; c < count; c++) {
    let samples = 0;
    let sum = 0;
    let largest = 0;
    for (const trial of trials) {
      const channel = trial[c]!;
      samples += channel.length;
      for (let i = 0; i < channel.length; i++) {
        sum += channel[i]!;
        largest = Math.max(largest, Math.abs(channel[i]!));
      }
    }
    if (samples === 0) throw new ToolkitError("bad-shape", `fitZScore: channel ${c} has no samples in any trial`);
    const middle = sum / samples;
    let squares = 0;
    for (const trial of trials) for (const value of trial[c]!) squares += (value - middle) ** 2;
    const deviation = Math.sqrt(squares / samples);
    const isConstant = deviation <= 1e-13 * largest;
    if (isConstant && constant === "error") {
      throw new ToolkitError(
        "bad-value",
        `fitZScore: channel ${c} has the constant value ${trials.find((trial) => trial[c]!.length > 0)![c]![0]} in all ${trials.length} trials; drop it, or pass constant: "one"`,
      );
    }
    mean[c] = middle;
    standardDeviation[c] = isConstant ? 1 : deviation;
  }
  return { mean, standardDeviation };
}

/**
 * Subtracts the mean of each channel and divides by its standard deviation.
 *
 * @param scaler from `fitZScore`
 * @param channels [channels, samples]
 * @returns new arrays, [channels, samples]
 * @throws ToolkitError `bad-shape` for another number of channels, `bad-value` for samples that are not finite
 */
export function applyZScore(scaler: ZScore, channels: readonly Float64Array[]): Float64Array[] {
  const { mean, standardDeviation } = scaler;
  if (channels.length !== mean.length || standardDeviation.length !== mean.length) {
    throw new ToolkitError(
      "bad-shape",
      `applyZScore: ${channels.length} channels; the scaler has ${mean.length} means and ${standardDeviation.length} deviations`,
    );
  }
  return channels.map((channel, c) => {
    checkSamples("applyZScore", `channel ${c}`, channel);
    const [middle, deviation] = [mean[c]!, standardDeviation[c]!];
    return channel.map((value) => (value - middle) / deviation);
  });
}
