import { checkNumber } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { nearestField } from "./edfFields.ts";
import type { Recording, Segment } from "./recording.ts";

/** Time is counted in units: the shortest stretch in which every signal has a whole number of samples. */
export interface EdfUnits {
  readonly unitSeconds: number;
  /** Samples of each signal in a unit. */
  readonly samples: readonly number[];
  /** Units of the records that are aimed at: those of the source if it has records. */
  readonly preferred: number;
}

/** A stretch to write without interruption. */
export interface EdfStretch {
  /** Number of the segment it is in, or begins in. */
  readonly segment: number;
  /** Number of the first unit among the stored ones. */
  readonly startUnit: number;
  readonly units: number;
  /** After the recording's first sample. */
  readonly startSeconds: number;
}

/** How stretches are cut into records. */
export interface EdfRecordPlan {
  /** As it is to stand in the header. */
  readonly recordSeconds: string;
  readonly unitsPerRecord: number;
  /** Units at the end of each stretch's last record that hold no samples of the source. */
  readonly filledUnits: readonly number[];
  /** How far a rate is off because its record length does not fit 8 characters, as a part of it; 0 as a rule. */
  readonly rateError: number;
}

/** Larger records than this are against the format, unless the source has them. */
const maximumRecordBytes = 61_440;

/** A record length that divides all stretches is taken from here on; shorter ones would be mostly time-keeping. */
const leastRecordSeconds = 0.05;

/**
 * The units of some signals of a recording.
 *
 * @param source how many samples of each signal a record of the source has, and how long it is; missing where it has none:
 *   the signals then share one rate
 */
export function edfUnits(
  rateHz: number,
  signals: number,
  source?: { readonly samplesPerRecord: readonly number[]; readonly recordSeconds: number },
): EdfUnits {
  if (source) {
    const preferred = source.samplesPerRecord.reduce(greatestDivisor);
    const samples = source.samplesPerRecord.map((count) => count / preferred);
    return { unitSeconds: source.recordSeconds / preferred, samples, preferred };
  }
  const fits = Math.max(1, Math.floor(maximumRecordBytes / (2 * signals)));
  const preferred = Math.max(1, Math.min(Math.round(rateHz), fits));
  return { unitSeconds: 1 / rateHz, samples: Array(signals).fill(1), preferred };
}

/**
 * The stretches of a window: its part of each segment.
 *
 * @param window in seconds after the first sample, rounded to the nearest unit; default everything
 * @throws ToolkitError `bad-option` if there is nothing in it, or if its ends lie between samples of a slower signal
 */
export function windowStretches(
  who: string,
  { name, segments, durationSeconds }: Pick<Recording, "name" | "segments" | "durationSeconds">,
  units: EdfUnits,
  rateHz: number,
  window: { readonly startSeconds?: number; readonly endSeconds?: number },
): EdfStretch[] {
  const { startSeconds = 0, endSeconds = durationSeconds } = window;
  checkNumber(who, "startSeconds", startSeconds);
  checkNumber(who, "endSeconds", endSeconds);
  const perUnit = Math.round(units.unitSeconds * rateHz);
  if (startSeconds < 0 || startSeconds >= endSeconds || endSeconds > durationSeconds + units.unitSeconds / 2) {
    throw new ToolkitError(
      "bad-option",
      `${name}: ${who}: the window is ${startSeconds} to ${endSeconds} s; the recording lasts ${durationSeconds} s`,
    );
  }
  // an end that is not given leaves nothing out, not even what a damaged clock puts before the start
  const [first, last] = [window.startSeconds ?? -Infinity, window.endSeconds ?? Infinity];
  const stretches = segments.flatMap((segment, s): EdfStretch[] => {
    const held = heldSamples(segment, rateHz);
    const inside = held.samples / perUnit;
    const place = (seconds: number) => {
      const exact = (seconds - segment.startSeconds) / units.unitSeconds;
      const unit = Math.min(inside, Math.max(0, Math.round(exact)));
      // half a sample of the fastest signal is within the rounding of a window
      if (exact <= 0 || exact >= inside || Math.abs(exact - unit) * perUnit <= 0.5) return unit;
      throw new ToolkitError(
        "bad-option",
        `${name}: ${who}: at ${seconds} s not all signals have a sample; choose a whole multiple of ${units.unitSeconds} s, or signals of one rate`,
      );
    };
    const [from, to] = [place(first), place(last)];
    if (from >= to) return [];
    const startUnit = held.startSample / perUnit + from;
    return [{ segment: s, startUnit, units: to - from, startSeconds: segment.startSeconds + from * units.unitSeconds }];
  });
  if (stretches.length > 0) return stretches;
  throw new ToolkitError(
    "bad-option",
    `${name}: ${who}: nothing was recorded from ${startSeconds} to ${endSeconds} s; choose a window with samples`,
  );
}

/**
 * Chooses the length of the records: the source's if it divides all stretches, otherwise the longest that does, otherwise
 * the longest whose filling at the end of a stretch goes into the gap behind it.
 *
 * @param room units between the end of each stretch and the next; `Infinity` behind the last
 */
export function planRecords(units: EdfUnits, stretches: readonly EdfStretch[], room: readonly number[]): EdfRecordPlan {
  const { unitSeconds, preferred } = units;
  const text = (count: number) => nearestField(count * unitSeconds);
  const errorOf = (count: number) => Math.abs(Number(text(count) ?? 0) / (count * unitSeconds) - 1);
  const planOf = (count: number): EdfRecordPlan => ({
    recordSeconds: text(count)!,
    unitsPerRecord: count,
    filledUnits: stretches.map((stretch) => (count - (stretch.units % count)) % count),
    rateError: exact(count) ? 0 : errorOf(count),
  });
  const exact = (count: number) => errorOf(count) <= 1e-12;
  const fits = (count: number) =>
    stretches.every((stretch, s) => (count - (stretch.units % count)) % count <= room[s]!);
  const divides = (count: number) => stretches.every((stretch) => stretch.units % count === 0);
  const counts = Array.from({ length: preferred }, (_, i) => preferred - i);
  const whole = counts.find(
    (count) => divides(count) && exact(count) && (count === preferred || count * unitSeconds >= leastRecordSeconds),
  );
  const filled = whole ?? counts.find((count) => exact(count) && fits(count));
  if (filled !== undefined) return planOf(filled);
  return planOf(counts.filter(fits).reduce((best, count) => (errorOf(count) < errorOf(best) ? count : best)));
}

/** What a segment holds of one rate. */
export function heldSamples({ samples }: Segment, rateHz: number): { startSample: number; samples: number } {
  return samples.find((entry) => entry.rateHz === rateHz) ?? { startSample: 0, samples: 0 };
}

function greatestDivisor(a: number, b: number): number {
  while (b > 0) [a, b] = [b, a % b];
  return a;
}
