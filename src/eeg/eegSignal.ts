import { ToolkitError } from "../core/error.ts";
import type { Signal } from "../core/signal.ts";
import { checkBlock } from "../signal/checkSignal.ts";

/** EEG with its channels' names, [channels, samples], in whatever unit the file has (`uV` as a rule). */
export interface EegSignal extends Signal {
  /** [channels], no two alike. */
  readonly names: readonly string[];
}

/** A stretch of time, `startSeconds` included and `endSeconds` not, from the signal's first sample. */
export interface TimeSpan {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/**
 * Refuses EEG without channels or samples, with names that do not fit or are there twice, or samples that are not finite.
 *
 * @param who the function that checks
 * @returns number of samples
 * @throws ToolkitError `bad-shape`, `bad-value`
 */
export function checkEegSignal(who: string, signal: EegSignal): number {
  const { names, channels, rateHz } = signal;
  checkNames(who, names);
  const samples = checkBlock(who, channels, names.length);
  if (samples === 0) throw new ToolkitError("bad-shape", `${who}: the signal has no samples; pass at least 1`);
  if (!(rateHz > 0 && rateHz < Infinity)) {
    throw new ToolkitError("bad-value", `${who}: rateHz is ${rateHz}; it must be above 0`);
  }
  return samples;
}

/**
 * Refuses a list of channel names that is empty or has one twice.
 *
 * @throws ToolkitError `bad-shape`, `bad-value`
 */
export function checkNames(who: string, names: readonly string[]): void {
  if (names.length === 0) throw new ToolkitError("bad-shape", `${who}: the signal has no channels; pass at least 1`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new ToolkitError("bad-value", `${who}: two channels are called "${twice}"; names must differ`);
  }
}

/**
 * Places of channels among names.
 *
 * @param who the function that asks
 * @param names all channels
 * @param wanted channels to find, each once
 * @throws ToolkitError `not-found` for a name that is not there, `bad-option` for one asked for twice
 */
export function channelIndices(who: string, names: readonly string[], wanted: readonly string[]): number[] {
  return wanted.map((name, place) => {
    const index = names.indexOf(name);
    if (index < 0) {
      const like = names.find((other) => other.toLowerCase() === name.toLowerCase());
      const hint = like === undefined ? `there are ${names.join(" ")}` : `did you mean "${like}"?`;
      throw new ToolkitError("not-found", `${who}: no channel is called "${name}"; ${hint}`);
    }
    if (wanted.indexOf(name) !== place) {
      throw new ToolkitError("bad-option", `${who}: channel "${name}" is named twice; name it once`);
    }
    return index;
  });
}

/**
 * The samples inside a span, whole samples, cut to the signal.
 *
 * @returns first sample and the one after the last
 */
export function spanSamples(span: TimeSpan, rateHz: number, samples: number): [number, number] {
  // A span's ends are sample times as a rule: half a sample of slack against rounding
  const start = Math.min(samples, Math.max(0, Math.round(span.startSeconds * rateHz)));
  return [start, Math.max(start, Math.min(samples, Math.round(span.endSeconds * rateHz)))];
}

/**
 * One flag a sample, 1 inside any of the spans.
 *
 * @returns [samples]
 */
export function spanFlags(spans: readonly TimeSpan[], rateHz: number, samples: number): Uint8Array {
  const flags = new Uint8Array(samples);
  for (const span of spans) flags.fill(1, ...spanSamples(span, rateHz, samples));
  return flags;
}
