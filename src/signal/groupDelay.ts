import { checkNumber } from "../core/check.ts";
import { checkMatrix } from "../core/matrix.ts";
import type { FilterSections } from "./butterworth.ts";

/** Where a group delay is taken. */
export interface GroupDelayOptions {
  /** Frequency, from 0 to half the rate. */
  atHz: number;
  /** Sampling rate. */
  rateHz: number;
}

/**
 * Group delay of a filter at one frequency, `-d phase / d omega`: how late the envelope of a narrow band around it comes
 * out. For each polynomial `sum b_n z^-n` it is `Re(sum n b_n e^(-i omega n) / sum b_n e^(-i omega n))`; numerators count
 * plus, denominators minus.
 *
 * @param sections [sections, 6]
 * @returns seconds; not finite where the filter lets nothing through
 * @throws ToolkitError `bad-option` for another frequency, `bad-shape`
 */
export function sosGroupDelay(sections: FilterSections, options: GroupDelayOptions): number {
  const { atHz, rateHz } = options;
  checkMatrix("sosGroupDelay", "sections", sections);
  checkNumber("sosGroupDelay", "rateHz", rateHz, { above: 0 });
  checkNumber("sosGroupDelay", "atHz", atHz, { from: 0, to: rateHz / 2 });
  const omega = (2 * Math.PI * atHz) / rateHz;
  let samples = 0;
  for (let s = 0; s < sections.rows; s++) {
    samples += polynomialDelay(sections.data.subarray(6 * s, 6 * s + 3), omega);
    samples -= polynomialDelay(sections.data.subarray(6 * s + 3, 6 * s + 6), omega);
  }
  return samples / rateHz;
}

function polynomialDelay(coefficients: Float64Array, omega: number): number {
  let [re, im, slopeRe, slopeIm] = [0, 0, 0, 0];
  for (const [n, value] of coefficients.entries()) {
    const cosine = value * Math.cos(omega * n);
    const sine = -value * Math.sin(omega * n);
    re += cosine;
    im += sine;
    slopeRe += n * cosine;
    slopeIm += n * sine;
  }
  // A palindrome delays by its middle at every frequency, also at its zeros, where the quotient is 0 / 0
  const [first, middle, last] = coefficients;
  if (first === last && first !== 0) return 1;
  if (middle === 0 && last === 0) return 0;
  if (first === -last! && middle === 0) return 1;
  return (slopeRe * re + slopeIm * im) / (re * re + im * im);
}
