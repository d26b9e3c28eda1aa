import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { zeros } from "../core/matrix.ts";
import type { FilterSections } from "./butterworth.ts";

/** What a notch takes out. */
export interface NotchOptions {
  /** Sampling rate of the signals to be filtered. */
  rateHz: number;
  /** The mains frequency, where the filter lets nothing through. Default 50. */
  frequencyHz?: number;
  /** Centre frequency over the width between the points 3 dB down. Default 30. */
  quality?: number;
  /** How many multiples of the frequency, itself included; those at or above half the rate are left out. Default 1. */
  harmonics?: number;
  /** `quality`: each notch has the same quality, so higher ones are wider; `width`: each is as wide as the first. Default `width`. */
  constant?: "quality" | "width";
}

/** Options of `notch` where none are given. */
export const notchDefaults = {
  frequencyHz: 50,
  quality: 30,
  harmonics: 1,
  constant: "width",
} as const satisfies Omit<Required<NotchOptions>, "rateHz">;

/**
 * Designs second-order notch filters at a frequency and its multiples (Orfanidis, "Introduction to Signal Processing",
 * 1996, equations 11.3.4 to 11.3.7): 1 far away, 0 at the centre, 3 dB down `frequencyHz / quality` apart. Each section
 * has the coefficients of `scipy.signal.iirnotch(frequency, quality, fs=rate)`.
 *
 * @returns one section a frequency, the lowest first, [up to harmonics, 6]
 * @throws ToolkitError `bad-option` if the frequency is not between 0 and half the rate, a notch is as wide as half the
 *   rate, or an option is out of range
 */
export function notch(options: NotchOptions): FilterSections {
  const { rateHz, frequencyHz, quality, harmonics, constant } = { ...notchDefaults, ...options };
  checkNumber("notch", "rateHz", rateHz, { above: 0 });
  checkNumber("notch", "quality", quality, { above: 0 });
  checkWhole("notch", "harmonics", harmonics, 1, 1000);
  if (constant !== "quality" && constant !== "width") {
    throw new ToolkitError("bad-option", `notch: constant is "${String(constant)}"; it must be quality or width`);
  }
  if (!(frequencyHz > 0 && frequencyHz < rateHz / 2)) {
    throw new ToolkitError(
      "bad-option",
      `notch: frequencyHz is ${frequencyHz} at a rate of ${rateHz} Hz; it must be above 0 and below half the rate, ${rateHz / 2} Hz`,
    );
  }
  const centres = Array.from({ length: harmonics }, (_, h) => (h + 1) * frequencyHz).filter((hz) => hz < rateHz / 2);
  const sections = zeros(centres.length, 6);
  for (const [s, centreHz] of centres.entries()) {
    const widthHz = (constant === "width" ? frequencyHz : centreHz) / quality;
    if (!(widthHz < rateHz / 2)) {
      throw new ToolkitError(
        "bad-option",
        `notch: the notch at ${centreHz} Hz is ${widthHz} Hz wide; raise quality so that it is below half the rate, ${rateHz / 2} Hz`,
      );
    }
    const gain = 1 / (1 + Math.tan((Math.PI * widthHz) / rateHz));
    const cosine = Math.cos((2 * Math.PI * centreHz) / rateHz);
    sections.data.set([gain, -2 * gain * cosine, gain, 1, -2 * gain * cosine, 2 * gain - 1], 6 * s);
  }
  return sections;
}
