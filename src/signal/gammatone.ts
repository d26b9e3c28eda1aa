import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { zeros } from "../core/matrix.ts";
import type { FilterSections } from "./butterworth.ts";

/** Glasberg & Moore's constants: the ear's quality factor far up, and its narrowest band in Hz. */
const earQuality = 9.26449;
const leastBandwidthHz = 24.7;

/**
 * Equivalent rectangular bandwidth of the ear's filter at a frequency, `f / 9.26449 + 24.7` (Glasberg & Moore 1990).
 *
 * @param hz frequency, 0 or above
 * @returns in Hz
 * @throws ToolkitError `bad-option`
 */
export function erbHz(hz: number): number {
  checkNumber("erbHz", "hz", hz, { from: 0 });
  return hz / earQuality + leastBandwidthHz;
}

/** Where the bands of a filter bank lie. */
export interface ErbOptions {
  /** Number of bands, at least 2. Default 28, about 1 ERB apart. */
  bands?: number;
  /** Centre of the first band, above 0. Default 50. */
  lowHz?: number;
  /** Centre of the last band, above `lowHz`. Default 5000. */
  highHz?: number;
}

/** Options of `erbCentres` where none are given: the 28 bands of brain_pipe, 1.006 equivalent bandwidths apart. */
export const erbDefaults = { bands: 28, lowHz: 50, highHz: 5000 } as const satisfies Required<ErbOptions>;

/**
 * Frequencies equally far apart in equivalent rectangular bandwidths, `9.26449 ln(1 + f / (24.7 * 9.26449))`, both ends
 * included.
 *
 * @returns in Hz, ascending, [bands]
 * @throws ToolkitError `bad-option`
 */
export function erbCentres(options: ErbOptions = {}): Float64Array {
  const { bands, lowHz, highHz } = { ...erbDefaults, ...options };
  checkWhole("erbCentres", "bands", bands, 2);
  checkNumber("erbCentres", "lowHz", lowHz, { above: 0 });
  checkNumber("erbCentres", "highHz", highHz, { above: lowHz });
  const corner = earQuality * leastBandwidthHz;
  const step = Math.log((highHz + corner) / (lowHz + corner)) / (bands - 1);
  return Float64Array.from({ length: bands }, (_, b) => {
    if (b === bands - 1) return highHz;
    return lowHz + (lowHz + corner) * Math.expm1(b * step);
  });
}

/**
 * A gammatone filter of 4th order, the ear's filter at one place: impulse response t^3 exp(-2 pi b t) cos(2 pi f t) with
 * b = 1.019 ERB(f), gain 1 at f. As four second-order sections with the same pair of poles (Slaney, "An efficient
 * implementation of the Patterson-Holdsworth auditory filter bank", Apple technical report 35, 1993), whose impulse
 * response is a multiple of (n + 1)(n + 2)(n + 3) exp(-2 pi b n / rate) cos(2 pi f n / rate).
 *
 * Multiplied out, the sections are `scipy.signal.gammatone(f, "iir", fs=rateHz)`. Run as one polynomial of 8th order, as
 * `lfilter` does, low bands lose all digits (at 50 Hz and 44.1 kHz the output explodes); as sections they do not.
 *
 * Causal: the envelope of the impulse response has its maximum 3 / (2 pi b) seconds late, 15.6 ms at 50 Hz, 3.5 ms at 1 kHz,
 * 0.8 ms at 5 kHz.
 *
 * @param centreHz above 0 and below half the rate
 * @param options `rateHz` of the signal
 * @returns sections for `sosFilter` and `CausalFilter`, [4, 6]
 * @throws ToolkitError `bad-option`
 */
export function gammatone(centreHz: number, { rateHz }: { rateHz: number }): FilterSections {
  checkNumber("gammatone", "rateHz", rateHz, { above: 0 });
  checkNumber("gammatone", "centreHz", centreHz, { above: 0 });
  if (centreHz >= rateHz / 2) {
    throw new ToolkitError(
      "bad-option",
      `gammatone: a band at ${centreHz} Hz; at ${rateHz} Hz it must be below half the rate, ${rateHz / 2} Hz`,
    );
  }
  const angle = (2 * Math.PI * centreHz) / rateHz;
  const decay = (2 * Math.PI * 1.019 * erbHz(centreHz)) / rateHz;
  const radius = Math.exp(-decay);
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  // Poles p and its conjugate: |A| = |1 - r| |1 - r exp(-2 i angle)| at the centre
  const poles = -Math.expm1(-decay) * Math.hypot(1 - radius * Math.cos(2 * angle), radius * Math.sin(2 * angle));
  const sections = zeros(4, 6);
  const inner = Math.sqrt(3 - 2 ** 1.5);
  const outer = Math.sqrt(3 + 2 ** 1.5);
  // Real part of (1 - p / z)^4 in factors
  for (const [s, slope] of [outer, -outer, inner, -inner].entries()) {
    const zero = radius * (cos + slope * sin);
    const gain = poles / Math.hypot(1 - zero * cos, zero * sin);
    sections.data.set([gain, -gain * zero, 0, 1, -2 * radius * cos, radius * radius], 6 * s);
  }
  return sections;
}
