import { ToolkitError } from "../core/error.ts";
import { type Matrix, zeros } from "../core/matrix.ts";
import { factorCholesky } from "../numeric/cholesky.ts";
import { innerProduct } from "../numeric/innerProduct.ts";
import { pearson } from "../numeric/statistics.ts";
import { channelIndices, checkEegSignal, type EegSignal, spanFlags, type TimeSpan } from "./eegSignal.ts";

/** How much of each eye channel each EEG channel has. */
export interface OcularModel {
  /** Eye channels, [references]. */
  readonly eog: readonly string[];
  /** EEG channels to be cleaned, [channels]. */
  readonly channels: readonly string[];
  /** Subtracted times the eye channel, [channels, references]. */
  readonly coefficients: Matrix<Float64Array>;
  /** Means of the eye channels in training, [references]. */
  readonly eogMean: Float64Array;
  /** Samples fitted on. */
  readonly trainingSamples: number;
}

/** What an ocular regression is fitted on. */
export interface OcularOptions {
  /** Eye channels (or other references, such as ECG), at least one. */
  eog: readonly string[];
  /** Other channels that are not EEG and are left as they are. Default none. */
  exclude?: readonly string[];
  /** For each training signal, spans that do not count. Default none. */
  excludeSpans?: readonly (readonly TimeSpan[])[];
}

/**
 * Fits, for every EEG channel, the multiple regression on the eye channels by least squares with an offset for each
 * training signal (Gratton, Coles & Donchin 1983, without their averaging; Croft & Barry 2000). Fit on training signals only;
 * applied to others with {@link removeOcular}.
 *
 * @param training signals with the same channels in the same order, outside the spans of which the model is fitted
 * @throws ToolkitError `bad-shape` if there are fewer than 10 samples a reference or channels do not match, `bad-value` if an eye
 *   channel is constant or a sum of others, `not-found` for an unknown channel
 */
export function fitOcular(training: readonly EegSignal[], options: OcularOptions): OcularModel {
  const { eog, exclude = [], excludeSpans = [] } = options;
  const first = training[0];
  if (!first || eog.length === 0) {
    throw new ToolkitError("bad-shape", "fitOcular: no training signals or no eye channels; at least one of each");
  }
  const references = channelIndices("fitOcular", first.names, eog);
  channelIndices("fitOcular", first.names, exclude);
  const names = first.names.filter((name) => !eog.includes(name) && !exclude.includes(name));
  const targets = channelIndices("fitOcular", first.names, names);
  const covariance = zeros(eog.length, eog.length);
  const crossed = names.map(() => new Float64Array(eog.length));
  const eogMean = new Float64Array(eog.length);
  let used = 0;
  for (const [t, signal] of training.entries()) {
    const samples = checkEegSignal("fitOcular", signal);
    if (signal.names.join("\n") !== first.names.join("\n")) {
      throw new ToolkitError(
        "bad-shape",
        `fitOcular: signal ${t} has other channels than signal 0; they must be alike`,
      );
    }
    const flags = spanFlags(excludeSpans[t] ?? [], signal.rateHz, samples);
    const centre = (index: number): [Float64Array, number] => {
      const kept = signal.channels[index]!.filter((_, i) => flags[i] === 0);
      const mean = kept.reduce((sum, value) => sum + value, 0) / Math.max(1, kept.length);
      return [kept.map((value) => value - mean), mean];
    };
    const eyes = references.map(centre);
    const count = eyes[0]![0].length;
    used += count;
    for (const [r, [eye, mean]] of eyes.entries()) {
      eogMean[r]! += mean * count;
      for (const [q, [other]] of eyes.entries()) covariance.data[r * eog.length + q]! += innerProduct(eye, other);
    }
    for (const [c, target] of targets.entries()) {
      const [centred] = centre(target);
      for (const [r, [eye]] of eyes.entries()) crossed[c]![r]! += innerProduct(centred, eye);
    }
  }
  if (used < 10 * eog.length) {
    throw new ToolkitError(
      "bad-shape",
      `fitOcular: ${used} samples for ${eog.length} eye channels; 10 for each needed`,
    );
  }
  const factor = factorCholesky(covariance, { who: "fitOcular", nameRow: (r) => `eye channel "${eog[r]}"` });
  const coefficients = zeros(names.length, eog.length);
  for (const [c, right] of crossed.entries()) coefficients.data.set(factor.solve(right), c * eog.length);
  return { eog, channels: names, coefficients, eogMean: eogMean.map((sum) => sum / used), trainingSamples: used };
}

/** How much a channel had, and has, in common with an eye channel. */
export interface OcularControl {
  readonly channel: string;
  readonly eog: string;
  /** Pearson's correlation before the regression. */
  readonly before: number;
  /** And after it. NaN where a channel is constant. */
  readonly after: number;
}

/** Cleaned EEG and what to judge it by. */
export interface OcularRemoved {
  readonly signal: EegSignal;
  /** Every EEG channel with every eye channel. */
  readonly control: readonly OcularControl[];
}

/**
 * Subtracts the eye channels, times the model's coefficients, from the EEG channels; all other channels stay. On signals
 * that were not fitted on, the correlation left over is small but not 0.
 *
 * @param signal [channels, samples] with the model's channels
 * @throws ToolkitError `not-found` for a channel of the model that is not there, `bad-shape`, `bad-value`
 */
export function removeOcular(signal: EegSignal, model: OcularModel): OcularRemoved {
  checkEegSignal("removeOcular", signal);
  const cleaned = { ...signal, channels: subtractOcular(signal.names, signal.channels, model) };
  const of = ({ names, channels }: EegSignal, name: string) => channels[names.indexOf(name)]!;
  const control = model.channels.flatMap((channel) =>
    model.eog.map((eog) => ({
      channel,
      eog,
      before: signal.channels[0]!.length < 2 ? Number.NaN : pearson(of(signal, channel), of(signal, eog)),
      after: signal.channels[0]!.length < 2 ? Number.NaN : pearson(of(cleaned, channel), of(signal, eog)),
    })),
  );
  return { signal: cleaned, control };
}

/**
 * The subtraction alone, sample by sample: the same bytes however the signal is cut.
 *
 * @param names [channels]
 * @param channels [channels, samples]
 * @returns new arrays, [channels, samples]
 */
export function subtractOcular(
  names: readonly string[],
  channels: readonly Float64Array[],
  model: OcularModel,
): Float64Array[] {
  const eyes = channelIndices("removeOcular", names, model.eog);
  const out = channels.map((channel) => channel.slice());
  for (const [c, target] of channelIndices("removeOcular", names, model.channels).entries()) {
    for (const [r, eye] of eyes.entries()) {
      const weight = model.coefficients.data[c * eyes.length + r]!;
      for (let i = 0; i < out[target]!.length; i++)
        out[target]![i]! -= weight * (channels[eye]![i]! - model.eogMean[r]!);
    }
  }
  return out;
}
