import { ToolkitError } from "../core/error.ts";
import { channelIndices, checkEegSignal, checkNames, type EegSignal } from "./eegSignal.ts";

/** What potentials are measured against. */
export interface ReferenceOptions {
  /** `average` of all channels that are not left out, the mean of named channels, or `none`: as recorded. */
  reference: "average" | "none" | readonly string[];
  /** Channels that are not EEG (EOG, ECG, status): no part of the average, and not re-referenced. Default none. */
  exclude?: readonly string[];
  /** Bad channels: no part of the average, but re-referenced. Default none. */
  bad?: readonly string[];
}

/** Which channels do what in a re-referencing, see {@link planReference}. */
export interface ReferencePlan {
  /** Channels whose mean is subtracted. */
  readonly from: readonly string[];
  /** Channels it is subtracted from. */
  readonly to: readonly string[];
}

/** Re-referenced EEG. */
export interface Rereferenced extends ReferencePlan {
  readonly signal: EegSignal;
}

/**
 * Subtracts the mean of the reference channels from every EEG channel, sample by sample. Named references are kept as
 * channels (one alone becomes 0); a bad channel may be a named reference only if it is not listed as bad.
 *
 * @param signal [channels, samples]
 * @throws ToolkitError `not-found` for a name that is not there, `bad-option` if no channel is left for the reference or
 *   a bad one is named, `bad-shape`, `bad-value`
 */
export function rereference(signal: EegSignal, options: ReferenceOptions): Rereferenced {
  checkEegSignal("rereference", signal);
  const plan = planReference(signal.names, options);
  return { signal: { ...signal, channels: applyReference(signal.names, signal.channels, plan) }, ...plan };
}

/**
 * Finds the channels of a re-referencing.
 *
 * @param names all channels
 * @throws ToolkitError as `rereference`
 */
export function planReference(names: readonly string[], options: ReferenceOptions): ReferencePlan {
  const { reference, exclude = [], bad = [] } = options;
  checkNames("rereference", names);
  channelIndices("rereference", names, exclude);
  channelIndices("rereference", names, bad);
  if (reference === "none") return { from: [], to: [] };
  const to = names.filter((name) => !exclude.includes(name));
  if (reference === "average") {
    const from = to.filter((name) => !bad.includes(name));
    if (from.length < 2) {
      throw new ToolkitError(
        "bad-option",
        `rereference: ${from.length} of ${names.length} channels are left for the average; at least 2 are needed`,
      );
    }
    return { from, to };
  }
  if (!Array.isArray(reference) || reference.length === 0) {
    throw new ToolkitError(
      "bad-option",
      `rereference: reference is "${String(reference)}"; it must be average, none or a list of channels`,
    );
  }
  const named: readonly string[] = reference;
  channelIndices("rereference", names, named);
  const badOne = named.find((name) => bad.includes(name));
  if (badOne !== undefined) {
    throw new ToolkitError("bad-option", `rereference: reference channel "${badOne}" is bad; name another`);
  }
  return { from: named, to };
}

/**
 * Subtracts the reference from samples, each by itself: the same bytes however the signal is cut.
 *
 * @param names [channels]
 * @param channels [channels, samples]
 * @returns new arrays, [channels, samples]
 */
export function applyReference(
  names: readonly string[],
  channels: readonly Float64Array[],
  plan: ReferencePlan,
): Float64Array[] {
  const from = channelIndices("rereference", names, plan.from).map((index) => channels[index]!);
  const mean = new Float64Array(channels[0]?.length ?? 0);
  for (const channel of from) for (let i = 0; i < mean.length; i++) mean[i]! += channel[i]!;
  if (from.length > 0) for (let i = 0; i < mean.length; i++) mean[i]! /= from.length;
  return channels.map((channel, c) =>
    plan.to.includes(names[c]!) ? channel.map((value, i) => value - mean[i]!) : channel.slice(),
  );
}
