import { checkNumber } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { checkSignal } from "./checkSignal.ts";

/** Courses of a sound at the EEG's rate, as decoders take them: value n of every row is at `times[n]`. */
export interface StimulusFeature {
  /** Values per second. */
  readonly rateHz: number;
  /** n / rateHz, in seconds from the first sample of the sound, [frames]. */
  readonly times: Float64Array;
  /** [rows][frames] */
  readonly rows: readonly Float64Array[];
  /** What each row is, [rows]. */
  readonly names: readonly string[];
}

/**
 * Onsets of a feature: the half-wave rectified difference of each row, `max(0, x[n] - x[n - 1])`, 0 for n = 0. A rise
 * between two frames is at the later one, half a frame late in the mean. Of an envelope these are its acoustic onsets, of
 * a mel spectrogram its onset spectrogram.
 *
 * @param feature [rows][frames]
 * @returns a feature at the same times, its names with " onsets" behind
 * @throws ToolkitError `bad-shape` if there is no row, a row has no values or another number than there are times;
 *   `bad-value` if values are not finite; `bad-option` for a rate that is not above 0
 */
export function onsetFeature(feature: StimulusFeature): StimulusFeature {
  const { rateHz, times, rows, names } = feature;
  checkNumber("onsetFeature", "rateHz", rateHz, { above: 0 });
  if (rows.length === 0 || rows.length !== names.length) {
    throw new ToolkitError(
      "bad-shape",
      `onsetFeature: the feature has ${rows.length} rows and ${names.length} names; it needs at least 1 row and as many names`,
    );
  }
  for (const [r, values] of rows.entries()) {
    checkSignal("onsetFeature", `row ${r}`, values);
    if (values.length !== times.length) {
      throw new ToolkitError(
        "bad-shape",
        `onsetFeature: row ${r} has ${values.length} values for ${times.length} times; each value needs a time`,
      );
    }
  }
  return {
    rateHz,
    times: times.slice(),
    rows: rows.map((values) => values.map((value, n) => (n === 0 ? 0 : Math.max(0, value - values[n - 1]!)))),
    names: names.map((name) => `${name} onsets`),
  };
}
