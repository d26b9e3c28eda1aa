import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { kaiser } from "./window.ts";

/** What a windowed-sinc filter lets through. */
export type FirDesignOptions = {
  /** Number of taps, odd, so that the delay is a whole number of samples. */
  taps: number;
  /** Sampling rate of the signals to be filtered. */
  rateHz: number;
  /** Shape the sinc is cut off with. Default `hamming`. */
  window?: "hamming" | "kaiser";
  /** Shape of the Kaiser window; see `kaiserTaps`. Default 5. */
  beta?: number;
} & (
  | {
      type: "lowpass" | "highpass";
      /** Where the filter is 6 dB down. */
      cutoffHz: number;
    }
  | {
      type: "bandpass" | "bandstop";
      /** Lower edge of the band, 6 dB down. */
      lowHz: number;
      /** Upper edge of the band, 6 dB down. */
      highHz: number;
    }
);

/** Options of `firDesign` where none are given. */
export const firDesignDefaults = { window: "hamming", beta: 5 } as const;

/**
 * Designs a linear-phase filter: the ideal response's sincs, cut off by a symmetric window, scaled to a gain of exactly 1
 * at 0 Hz (low-pass, band-stop), half the rate (high-pass) or the middle of the band. The same taps as
 * `scipy.signal.firwin(taps, edges, window=..., pass_zero=type, fs=rate)`.
 *
 * A Hamming window's transition is about 3.3 rateHz / taps wide, its stop band about 53 dB down.
 *
 * @returns [taps], symmetric to the last bit
 * @throws ToolkitError `bad-option` for an even number of taps, edges out of order or not between 0 and half the rate
 */
export function firDesign(options: FirDesignOptions): Float64Array {
  const { taps: count, rateHz, window, beta } = { ...firDesignDefaults, ...options };
  checkWhole("firDesign", "taps", count, 3, 1e6);
  if (count % 2 === 0) {
    throw new ToolkitError("bad-option", `firDesign: taps is ${count}; it must be odd, ${count + 1} for instance`);
  }
  checkNumber("firDesign", "rateHz", rateHz, { above: 0 });
  checkNumber("firDesign", "beta", beta, { from: 0 });
  if (window !== "hamming" && window !== "kaiser") {
    throw new ToolkitError("bad-option", `firDesign: window is "${String(window)}"; it must be hamming or kaiser`);
  }
  const bands = passBands(options);
  const middle = (count - 1) / 2;
  const values = new Float64Array(count);
  for (let m = 0; m <= middle; m++) {
    let ideal = 0;
    for (const [low, high] of bands) ideal += high * sinc(high * m) - low * sinc(low * m);
    const shape = window === "kaiser" ? kaiser(m / middle, beta) : 0.54 + 0.46 * Math.cos((Math.PI * m) / middle);
    values[middle - m] = ideal * shape;
    values[middle + m] = ideal * shape;
  }
  const [low, high] = bands[0]!;
  let scaleAt = (low + high) / 2;
  if (low === 0) scaleAt = 0;
  else if (high === 1) scaleAt = 1;
  let gain = 0;
  for (let i = 0; i < count; i++) gain += values[i]! * Math.cos(Math.PI * scaleAt * (i - middle));

  return values.map((value) => value / gain);
}

/** How sharp a Kaiser filter is to be, see {@link kaiserTaps}. */
export interface KaiserTapsOptions {
  /** How far pass band and stop band may be from 1 and 0, in dB below 1; at least 8. Default 60. */
  rippleDb?: number;
  /** Width of the transition between pass band and stop band. */
  transitionHz: number;
  /** Sampling rate. */
  rateHz: number;
}

/**
 * Taps and beta of a Kaiser window for a ripple and a transition width (Kaiser's formulas; Oppenheim & Schafer,
 * "Discrete-Time Signal Processing", section 7.5.3), as `scipy.signal.kaiserord`, the number of taps made odd.
 *
 * @throws ToolkitError `bad-option`
 */
export function kaiserTaps(options: KaiserTapsOptions): { taps: number; beta: number } {
  const { rippleDb = 60, transitionHz, rateHz } = options;
  checkNumber("kaiserTaps", "rippleDb", rippleDb, { from: 8, to: 300 });
  checkNumber("kaiserTaps", "rateHz", rateHz, { above: 0 });
  checkNumber("kaiserTaps", "transitionHz", transitionHz, { above: 0, to: rateHz / 2 });
  let beta = 0;
  if (rippleDb > 50) beta = 0.1102 * (rippleDb - 8.7);
  else if (rippleDb > 21) beta = 0.5842 * (rippleDb - 21) ** 0.4 + 0.07886 * (rippleDb - 21);
  const needed = Math.ceil((rippleDb - 7.95) / 2.285 / ((2 * Math.PI * transitionHz) / rateHz) + 1);
  return { taps: Math.max(3, needed + 1 - (needed % 2)), beta };
}

/** Pass bands as parts of half the rate. */
function passBands(options: FirDesignOptions): [number, number][] {
  const edge = (name: string, hz: number): number => {
    if (!(hz > 0 && hz < options.rateHz / 2)) {
      throw new ToolkitError(
        "bad-option",
        `firDesign: ${name} is ${hz} Hz at a rate of ${options.rateHz} Hz; it must be above 0 and below half the rate, ${options.rateHz / 2} Hz`,
      );
    }
    return hz / (options.rateHz / 2);
  };
  if (options.type === "lowpass") return [[0, edge("cutoffHz", options.cutoffHz)]];
  if (options.type === "highpass") return [[edge("cutoffHz", options.cutoffHz), 1]];
  if (options.type !== "bandpass" && options.type !== "bandstop") {
    throw new ToolkitError(
      "bad-option",
      `firDesign: type is "${String((options as { type: unknown }).type)}"; it must be lowpass, highpass, bandpass or bandstop`,
    );
  }
  const low = edge("lowHz", options.lowHz);
  const high = edge("highHz", options.highHz);
  if (!(low < high)) {
    throw new ToolkitError(
      "bad-option",
      `firDesign: the band is from ${options.lowHz} Hz to ${options.highHz} Hz; lowHz must be below highHz`,
    );
  }
  if (options.type === "bandpass") return [[low, high]];
  return [
    [0, low],
    [high, 1],
  ];
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
