import { checkNumber } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { median } from "../numeric/statistics.ts";
import { channelIndices, checkEegSignal, type EegSignal, spanSamples, type TimeSpan } from "./eegSignal.ts";

/** When a sample is an artefact. At least one of the limits must be given; the lower one counts. */
export interface ArtefactOptions {
  /** |x| above this, in the signal's unit. */
  threshold?: number;
  /** |x - median| above this many scaled MAD (1.4826 median |x - median|) of the channel. */
  mads?: number;
  /** Time added before and after each artefact. Default 0.05. */
  marginSeconds?: number;
  /** Channels that are not EEG: not looked at. Default none. */
  exclude?: readonly string[];
}

/** Options of `findArtefacts` where none are given. */
export const artefactDefaults = { marginSeconds: 0.05, exclude: [] } as const;

/** An artefact on one channel. */
export interface ArtefactSpan extends TimeSpan {
  readonly channel: string;
}

/** All artefacts of a signal. */
export interface Artefacts {
  /** Channel by channel in the signal's order, in time order; spans of one channel do not touch. */
  readonly spans: readonly ArtefactSpan[];
  /** The spans of all channels together: what to leave out if a sample must be good everywhere. */
  readonly excluded: readonly TimeSpan[];
  /** Part of the samples inside spans, one a channel of the signal. */
  readonly fractions: readonly number[];
}

/**
 * Finds samples of too large an amplitude.
 *
 * @param signal [channels, samples], high-passed or of known offset where `threshold` is used
 * @throws ToolkitError `bad-option` if neither limit is given or one is not above 0, `bad-shape`, `bad-value`
 */
export function findArtefacts(signal: EegSignal, options: ArtefactOptions): Artefacts {
  const { threshold, mads, marginSeconds, exclude } = { ...artefactDefaults, ...options };
  const samples = checkEegSignal("findArtefacts", signal);
  if (threshold === undefined && mads === undefined) {
    throw new ToolkitError("bad-option", "findArtefacts: no limit is given; pass threshold, mads or both");
  }
  if (threshold !== undefined) checkNumber("findArtefacts", "threshold", threshold, { above: 0 });
  if (mads !== undefined) checkNumber("findArtefacts", "mads", mads, { above: 0 });
  checkNumber("findArtefacts", "marginSeconds", marginSeconds, { from: 0 });
  channelIndices("findArtefacts", signal.names, exclude);
  const margin = Math.round(marginSeconds * signal.rateHz);
  const everywhere = new Uint8Array(samples);
  const spans: ArtefactSpan[] = [];
  const fractions = signal.channels.map((channel, c) => {
    const name = signal.names[c]!;
    if (exclude.includes(name)) return 0;
    let [middle, limit] = [0, Infinity];
    if (mads !== undefined) {
      middle = median(channel);
      limit = mads * 1.4826 * median(channel.map((value) => Math.abs(value - middle)));
    }
    const flags = new Uint8Array(samples);
    for (let i = 0; i < samples; i++) {
      if (Math.abs(channel[i]!) > (threshold ?? Infinity) || Math.abs(channel[i]! - middle) > limit) {
        flags.fill(1, Math.max(0, i - margin), i + margin + 1);
      }
    }
    let marked = 0;
    for (let i = 0; i < samples; i++) {
      marked += flags[i]!;
      everywhere[i]! |= flags[i]!;
    }
    for (const span of runs(flags, signal.rateHz)) spans.push({ channel: name, ...span });
    return marked / samples;
  });
  return { spans, excluded: runs(everywhere, signal.rateHz), fractions };
}

/**
 * Replaces artefacts by straight lines between the samples before and after each span; at an end of the signal the one
 * neighbour there is stands throughout. Lines add no overshoot and nothing in the band of interest but their slope; a
 * long span is better left out.
 *
 * @param signal [channels, samples]
 * @param spans from `findArtefacts`
 * @returns new arrays
 * @throws ToolkitError `bad-value` if a span covers a whole channel, `not-found` for an unknown channel
 */
export function interpolateArtefacts(signal: EegSignal, spans: readonly ArtefactSpan[]): EegSignal {
  const samples = checkEegSignal("interpolateArtefacts", signal);
  const channels = signal.channels.map((channel) => channel.slice());
  for (const span of spans) {
    const channel = channels[channelIndices("interpolateArtefacts", signal.names, [span.channel])[0]!]!;
    const [start, end] = spanSamples(span, signal.rateHz, samples);
    if (end <= start) continue;
    if (start === 0 && end === samples) {
      throw new ToolkitError(
        "bad-value",
        `interpolateArtefacts: all of channel "${span.channel}" is an artefact; treat it as a bad channel`,
      );
    }
    const before = start > 0 ? channel[start - 1]! : channel[end]!;
    const after = end < samples ? channel[end]! : before;
    const steps = end - start + 1;
    for (let i = start; i < end; i++) channel[i] = before + ((after - before) * (i - start + 1)) / steps;
  }
  return { ...signal, channels };
}

function runs(flags: Uint8Array, rateHz: number): TimeSpan[] {
  const spans: TimeSpan[] = [];
  for (let start = flags.indexOf(1); start >= 0; ) {
    const stop = flags.indexOf(0, start);
    const end = stop < 0 ? flags.length : stop;
    spans.push({ startSeconds: start / rateHz, endSeconds: end / rateHz });
    start = stop < 0 ? -1 : flags.indexOf(1, end);
  }
  return spans;
}
