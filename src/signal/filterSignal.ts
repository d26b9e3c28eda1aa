import { checkNumber } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import type { Signal } from "../core/signal.ts";
import type { FilterSections } from "./butterworth.ts";
import { type Filtering, type FilterPhase, zeroPhaseFiltering } from "./filtering.ts";
import { FirFilter, firZeroPhase } from "./firFilter.ts";
import { sosGroupDelay } from "./groupDelay.ts";
import { CausalFilter, zeroPhaseFilterChannels } from "./sosFilter.ts";

/** A designed filter: sections of `butterworth` or `notch`, or taps of `firDesign`. */
export type FilterDesign = { readonly sections: FilterSections } | { readonly taps: Float64Array };

/** How a signal is filtered causally. */
export interface CausalFilteringOptions {
  /** What stood before the first sample, silence or that sample for ever. Default `steady`. */
  start?: "zero" | "steady";
  /** Where the delay of sections is stated: a frequency of interest. Default 4, the middle of the band of envelopes. */
  delayAtHz?: number;
}

/** Options of causal filtering where none are given. */
export const causalFilteringDefaults = {
  start: "steady",
  delayAtHz: 4,
} as const satisfies Required<CausalFilteringOptions>;

/** How a signal is filtered. */
export interface FilterSignalOptions extends CausalFilteringOptions {
  /** No default: which one it is must be a choice. */
  phase: FilterPhase;
}

/** A filtered signal and what that did to its time. */
export interface FilteredSignal<S extends Signal = Signal> {
  readonly signal: S;
  readonly filtering: Filtering;
}

/**
 * Filters every channel, with zero phase (`zeroPhaseFilter`, `firZeroPhase`) or causally (`CausalFilter`, `FirFilter`).
 *
 * @param signal [channels, samples]
 * @param design a filter designed for the signal's rate
 * @returns the signal, everything but its samples as it was, and the record of the filtering
 * @throws ToolkitError `bad-shape`, `bad-value`, `bad-option`
 */
export function filterSignal<S extends Signal>(
  signal: S,
  design: FilterDesign,
  options: FilterSignalOptions,
): FilteredSignal<S> {
  if (options.phase === "zero") {
    const channels =
      "taps" in design
        ? signal.channels.map((channel) => firZeroPhase(design.taps, channel))
        : zeroPhaseFilterChannels(design.sections, signal.channels);
    return { signal: { ...signal, channels }, filtering: zeroPhaseFiltering };
  }
  if (options.phase !== "causal") {
    throw new ToolkitError(
      "bad-option",
      `filterSignal: phase is "${String((options as { phase: unknown }).phase)}"; it must be zero or causal`,
    );
  }
  const { filter, filtering } = createCausalFilter(design, {
    ...options,
    rateHz: signal.rateHz,
    channels: signal.channels.length,
  });
  return { signal: { ...signal, channels: filter.push(signal.channels) }, filtering };
}

/** A causal filter for blocks, and its record. */
export interface CausalFiltering {
  readonly filter: { push(channels: readonly Float64Array[]): Float64Array[] };
  readonly filtering: Filtering;
}

/**
 * Makes a causal filter for blocks; the same bytes for any blocks.
 *
 * @throws ToolkitError `bad-option` if `delayAtHz` is not between 0 and half the rate, `bad-value` if the delay there is
 *   not finite (a frequency that a filter lets nothing of through)
 */
export function createCausalFilter(
  design: FilterDesign,
  options: CausalFilteringOptions & { rateHz: number; channels: number },
): CausalFiltering {
  const { rateHz, channels, start, delayAtHz } = { ...causalFilteringDefaults, ...options };
  if ("taps" in design) {
    const filter = new FirFilter(design.taps, { rateHz, channels, start });
    return { filter, filtering: filter.filtering };
  }
  checkNumber("createCausalFilter", "delayAtHz", delayAtHz, { from: 0, to: rateHz / 2 });
  const filter = new CausalFilter(design.sections, { channels, start });
  const groupDelaySeconds = sosGroupDelay(design.sections, { atHz: delayAtHz, rateHz });
  if (!Number.isFinite(groupDelaySeconds)) {
    throw new ToolkitError(
      "bad-value",
      `createCausalFilter: the delay at ${delayAtHz} Hz is ${groupDelaySeconds}; choose delayAtHz in the pass band`,
    );
  }
  return { filter, filtering: { phase: "causal", groupDelaySeconds, delayAtHz } };
}
