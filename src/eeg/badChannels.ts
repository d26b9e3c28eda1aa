import { checkNumber } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { sortedQuantile } from "../numeric/statistics.ts";
import { channelIndices, checkEegSignal, type EegSignal, spanFlags, type TimeSpan } from "./eegSignal.ts";

/** When a channel is bad. */
export interface BadChannelOptions {
  /** Channels that are not EEG: not judged and not compared with. Default none. */
  exclude?: readonly string[];
  /** Spans of time that do not count. Default none. */
  excludeSpans?: readonly TimeSpan[];
  /** Robust z of the logarithm of the variance, in either direction. Default 5, as PREP's of the amplitude. */
  maxRobustZ?: number;
  /** Least magnitude of correlation with the most similar other channel, in a window. Default 0.4. */
  minCorrelation?: number;
  /** Part of the windows that may be below `minCorrelation`. Default 0.5: a disturbance for a while costs no channel. */
  maxLowFraction?: number;
  /** Length of a window. Default 1. */
  windowSeconds?: number;
  /** A standard deviation at or below this is flat, in the signal's unit. Default 0: constant but for rounding. */
  flatDeviation?: number;
}

/** Options of `findBadChannels` where none are given. */
export const badChannelDefaults = {
  exclude: [],
  excludeSpans: [],
  maxRobustZ: 5,
  minCorrelation: 0.4,
  maxLowFraction: 0.5,
  windowSeconds: 1,
  flatDeviation: 0,
} as const satisfies Required<BadChannelOptions>;

/** Why a channel is bad. */
export type BadChannelReason = "flat" | "high-variance" | "low-variance" | "low-correlation";

/** The numbers of one channel. */
export interface ChannelQuality {
  readonly name: string;
  /** Standard deviation, in the signal's unit. */
  readonly deviation: number;
  /** (log variance - median) / (1.4826 MAD) over the channels that are not flat; NaN for flat ones and below 4 channels. */
  readonly robustZ: number;
  /** Median over windows of the largest magnitude of correlation with another channel; NaN for flat channels. */
  readonly maximalCorrelation: number;
  /** Part of the windows in which that is below `minCorrelation`. */
  readonly lowCorrelationFraction: number;
  /** None for a good channel. */
  readonly reasons: readonly BadChannelReason[];
}

/** All channels' numbers. */
export interface BadChannels {
  readonly channels: readonly ChannelQuality[];
  /** Names of the bad ones. */
  readonly bad: readonly string[];
  readonly options: Required<BadChannelOptions>;
}

/**
 * Finds channels that measure something else than the head: flat ones, ones far louder or quieter than the rest, and ones
 * unlike all others. After PREP (Bigdely-Shamlo et al., "The PREP pipeline", Frontiers in Neuroinformatics 9, 2015) and
 * NoiseTools (`nt_find_bad_channels`; de Cheveigne 2018), with the logarithm of the variance in place of a robust
 * deviation, and half the windows in place of PREP's 1 %. Give it high-passed EEG: drifts hide everything else.
 *
 * @param signal [channels, samples]
 * @throws ToolkitError `bad-shape`, `bad-value`, `bad-option`
 */
export function findBadChannels(signal: EegSignal, options: BadChannelOptions = {}): BadChannels {
  const resolved = { ...badChannelDefaults, ...options };
  const samples = checkEegSignal("findBadChannels", signal);
  checkNumber("findBadChannels", "maxRobustZ", resolved.maxRobustZ, { above: 0 });
  checkNumber("findBadChannels", "minCorrelation", resolved.minCorrelation, { from: 0, to: 1 });
  checkNumber("findBadChannels", "maxLowFraction", resolved.maxLowFraction, { from: 0, to: 1 });
  checkNumber("findBadChannels", "flatDeviation", resolved.flatDeviation, { from: 0 });
  checkNumber("findBadChannels", "windowSeconds", resolved.windowSeconds, { above: 0 });
  channelIndices("findBadChannels", signal.names, resolved.exclude);
  const judged = signal.names.flatMap((name, c) => (resolved.exclude.includes(name) ? [] : [c]));
  if (judged.length === 0) throw new ToolkitError("bad-shape", "findBadChannels: all channels are excluded");
  const flags = spanFlags(resolved.excludeSpans, signal.rateHz, samples);
  const used = judged.map((c) => signal.channels[c]!.filter((_, i) => flags[i] === 0));
  const count = used[0]!.length;
  if (count < 2) {
    throw new ToolkitError("bad-shape", `findBadChannels: ${count} of ${samples} samples are left; 2 are needed`);
  }
  const deviations = used.map(deviation);
  const flat = used.map((channel, c) => {
    const rounding = 1e-13 * channel.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    return deviations[c]! <= Math.max(resolved.flatDeviation, rounding);
  });
  const robustZ = robustScores(deviations, flat);
  const window = Math.min(count, Math.max(2, Math.round(resolved.windowSeconds * signal.rateHz)));
  const correlations = windowCorrelations(used, flat, window);

  const channels = judged.map((index, c): ChannelQuality => {
    const best = correlations[c]!;
    const low = best.filter((value) => value < resolved.minCorrelation).length;
    const lowCorrelationFraction = best.length === 0 ? Number.NaN : low / best.length;
    const reasons: BadChannelReason[] = [];
    if (flat[c]) reasons.push("flat");
    if (robustZ[c]! > resolved.maxRobustZ) reasons.push("high-variance");
    if (robustZ[c]! < -resolved.maxRobustZ) reasons.push("low-variance");
    if (lowCorrelationFraction > resolved.maxLowFraction) reasons.push("low-correlation");
    return {
      name: signal.names[index]!,
      deviation: deviations[c]!,
      robustZ: robustZ[c]!,
      maximalCorrelation: best.length === 0 ? Number.NaN : sortedQuantile(best.slice().sort(), 0.5),
      lowCorrelationFraction,
      reasons,
    };
  });
  const bad = channels.filter(({ reasons }) => reasons.length > 0).map(({ name }) => name);
  return { channels, bad, options: resolved };
}

function deviation(channel: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < channel.length; i++) sum += channel[i]!;
  const mean = sum / channel.length;
  let squares = 0;
  for (let i = 0; i < channel.length; i++) squares += (channel[i]! - mean) ** 2;
  return Math.sqrt(squares / channel.length);
}

function robustScores(deviations: readonly number[], flat: readonly boolean[]): number[] {
  const logs = deviations.map((value) => 2 * Math.log(value));
  const known = Float64Array.from(logs.filter((_, c) => !flat[c])).sort();
  if (known.length < 4) return logs.map(() => Number.NaN);
  const middle = sortedQuantile(known, 0.5);
  const spread = sortedQuantile(known.map((value) => Math.abs(value - middle)).sort(), 0.5);
  // Channels that are equal but for rounding have no spread to speak of
  const scale = Math.max(1.4826 * spread, 1e-9);
  return logs.map((value, c) => (flat[c] ? Number.NaN : (value - middle) / scale));
}

/** For each channel and window, the largest magnitude of correlation with another channel; none for flat channels. */
function windowCorrelations(
  channels: readonly Float64Array[],
  flat: readonly boolean[],
  window: number,
): Float64Array[] {
  const windows = Math.floor(channels[0]!.length / window);
  const live = channels.flatMap((_, c) => (flat[c] ? [] : [c]));
  const best = channels.map((_, c) => new Float64Array(flat[c] || live.length < 2 ? 0 : windows));
  if (live.length < 2) return best;
  const unit = live.map(() => new Float64Array(window));
  for (let w = 0; w < windows; w++) {
    for (const [l, c] of live.entries()) {
      const piece = channels[c]!.subarray(w * window, (w + 1) * window);
      const scale = deviation(piece) * Math.sqrt(window);
      const mean = piece.reduce((sum, value) => sum + value, 0) / window;
      // A channel that stands still in a window is like no other there
      for (let i = 0; i < window; i++) unit[l]![i] = scale > 0 ? (piece[i]! - mean) / scale : 0;
    }
    for (let l = 0; l < live.length; l++) {
      for (let other = 0; other < l; other++) {
        let sum = 0;
        for (let i = 0; i < window; i++) sum += unit[l]![i]! * unit[other]![i]!;
        const size = Math.abs(sum);
        for (const c of [live[l]!, live[other]!]) if (size > best[c]![w]!) best[c]![w] = size;
      }
    }
  }
  return best;
}
