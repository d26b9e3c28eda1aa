import { checkNumber } from "../core/check.ts";

/**
 * Probability that a standard normal variable is at most `z`, with a small relative error in the lower tail as well: the
 * series 7.1.6 of Abramowitz & Stegun (1964), in which all terms are positive, up to |z| = 2.5, the continued fraction of
 * the tail (26.2.14) beyond.
 *
 * @param z any number; infinities give 0 and 1, NaN gives NaN
 * @returns from 0 to 1
 */
export function normalCdf(z: number): number {
  if (Number.isNaN(z)) return Number.NaN;
  return z <= 0 ? upperTail(-z) : 1 - upperTail(z);
}

/**
 * The z below which a standard normal variable lies with a probability: 26.2.23 of Abramowitz & Stegun (1964), made exact by
 * Halley's steps on {@link normalCdf}.
 *
 * @param probability from 0 to 1; the ends give infinities
 * @throws ToolkitError `bad-option`
 */
export function normalQuantile(probability: number): number {
  checkNumber("normalQuantile", "probability", probability, { from: 0, to: 1 });
  if (probability === 0.5) return 0;
  // 1 - p is exact above one half, so that both tails are solved alike.
  const tail = Math.min(probability, 1 - probability);
  if (tail === 0) return probability === 0 ? -Infinity : Infinity;
  const t = Math.sqrt(-2 * Math.log(tail));
  let z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let step = 0; step < 4; step++) {
    const excess = upperTail(z) / density(z) - tail / density(z);
    z += excess / (1 - (z * excess) / 2);
  }
  return probability < 0.5 ? -z : z;
}

const density = (z: number): number => Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI);

/** Probability above z. */
function upperTail(z: number): number {
  if (z < 2.5) return 0.5 - centre(z);
  if (z === Infinity) return 0;
  // z + 1 / (z + 2 / (z + 3 / (z + ...))), from the end: 160 terms are enough for double precision from 2.5 on.
  let fraction = z;
  for (let k = 160; k > 0; k--) fraction = z + k / fraction;
  return density(z) / fraction;
}

/** Probability between 0 and z. */
function centre(z: number): number {
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-18 * Math.abs(sum); k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return density(z) * sum;
}
