import { ToolkitError } from "../core/error.ts";

/** `zero`: no delay at any frequency, looks ahead; `causal`: output i depends on inputs up to i, and comes late. */
export type FilterPhase = "zero" | "causal";

/** What filtering did to the time of a signal. Goes with every filtered signal. */
export interface Filtering {
  readonly phase: FilterPhase;
  /** How late the output is; 0 for `zero`. */
  readonly groupDelaySeconds: number;
  /** The frequency the delay is stated at; null where it is the same at all frequencies. */
  readonly delayAtHz: number | null;
}

/** The record of zero-phase filtering. */
export const zeroPhaseFiltering: Filtering = { phase: "zero", groupDelaySeconds: 0, delayAtHz: null };

/**
 * The record of several filters applied one after the other: their delays added.
 *
 * @param records in any order; undefined stands for a signal that was not filtered
 * @returns undefined if there is no record
 * @throws ToolkitError `bad-option` for a mixture of zero-phase and causal filters (what a decoder learns from it is
 *   neither), or for delays stated at different frequencies, which cannot be added
 */
export function combineFilterings(records: readonly (Filtering | undefined)[]): Filtering | undefined {
  const known = records.flatMap((record, index) => (record ? [{ record, index }] : []));
  const first = known[0];
  if (!first) return undefined;
  let groupDelaySeconds = 0;
  let stated = first;
  for (const entry of known) {
    const { record, index } = entry;
    if (record.phase !== first.record.phase) {
      throw new ToolkitError(
        "bad-option",
        `combineFilterings: record ${first.index} is ${phaseWord(first.record)}, record ${index} ${phaseWord(record)}; use one kind throughout`,
      );
    }
    groupDelaySeconds += record.groupDelaySeconds;
    if (record.delayAtHz === null) continue;
    if (stated.record.delayAtHz !== null && stated.record.delayAtHz !== record.delayAtHz) {
      throw new ToolkitError(
        "bad-option",
        `combineFilterings: record ${stated.index} states its delay at ${stated.record.delayAtHz} Hz, record ${index} at ${record.delayAtHz} Hz; state all at one frequency`,
      );
    }
    stated = entry;
  }
  return { phase: first.record.phase, groupDelaySeconds, delayAtHz: stated.record.delayAtHz };
}

/** How alike the filterings of signals must be, see {@link checkSameFiltering}. */
export interface SameFilteringOptions {
  /** Largest difference between two delays, default 0.001. */
  toleranceSeconds?: number;
}

/** Options of `checkSameFiltering` where none are given. */
export const sameFilteringDefaults = { toleranceSeconds: 1e-3 } as const satisfies Required<SameFilteringOptions>;

/**
 * Refuses signals that were not filtered alike: trials of one decoder, or EEG and its stimulus.
 *
 * @param who the function that checks, for the message
 * @param records one a signal; undefined for a signal that was not filtered
 * @throws ToolkitError `bad-option` if phases or delays differ, or some signals are filtered causally and some not at all
 */
export function checkSameFiltering(
  who: string,
  records: readonly (Filtering | undefined)[],
  options: SameFilteringOptions = {},
): void {
  const { toleranceSeconds } = { ...sameFilteringDefaults, ...options };
  const causal = records.findIndex((record) => record?.phase === "causal");
  if (causal < 0) return;
  const delay = records[causal]!.groupDelaySeconds;
  for (const [index, record] of records.entries()) {
    if (record?.phase !== "causal") {
      throw new ToolkitError(
        "bad-option",
        `${who}: signal ${causal} is filtered causally, signal ${index} ${record ? "with zero phase" : "not at all"}; filter all alike`,
      );
    }
    if (!(Math.abs(record.groupDelaySeconds - delay) <= toleranceSeconds)) {
      throw new ToolkitError(
        "bad-option",
        `${who}: signal ${causal} is ${delay} s late, signal ${index} ${record.groupDelaySeconds} s; they may differ by ${toleranceSeconds} s`,
      );
    }
  }
}

function phaseWord({ phase }: Filtering): string {
  return phase === "zero" ? "zero-phase" : "causal";
}
