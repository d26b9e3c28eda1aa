import { checkFinite } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import type { Stft } from "../signal/stft.ts";

/** What the two channels of a stereo mixture say about each time-frequency bin; every array is [frames, bins]. */
export interface DuetCues {
  /**
   * Symmetric attenuation `a - 1/a` of the level ratio a = |X2 / X1|: 0 in the middle, `Infinity` where only the right
   * channel sounds, `-Infinity` where only the left does, NaN where neither does.
   */
  readonly attenuations: Float64Array;
  /** Phase by which the right channel lags, `-arg(X2 / X1)` in radians from -pi to pi: the delay times omega. */
  readonly phases: Float64Array;
  /** `|X1 X2|`, in units of the square of the largest real or imaginary part of the mixture. */
  readonly products: Float64Array;
}

/**
 * Level and phase of the right channel relative to the left, bin by bin (Yilmaz & Rickard 2004).
 *
 * Exchanging the channels negates attenuations and phases to the last digit; only a phase of pi stays pi.
 *
 * @param who the function that asks, for the messages
 * @param left transform of the left channel, X1
 * @param right transform of the right channel, X2
 * @throws ToolkitError as {@link checkStereo}
 */
export function duetCues(who: string, left: Stft, right: Stft): DuetCues {
  const scale = 1 / checkStereo(who, left, right);
  const entries = left.real.length;
  const attenuations = new Float64Array(entries);
  const phases = new Float64Array(entries);
  const products = new Float64Array(entries);
  for (let i = 0; i < entries; i++) {
    const real1 = left.real[i]! * scale;
    const imag1 = left.imag[i]! * scale;
    const real2 = right.real[i]! * scale;
    const imag2 = right.imag[i]! * scale;
    const magnitude1 = Math.sqrt(real1 * real1 + imag1 * imag1);
    const magnitude2 = Math.sqrt(real2 * real2 + imag2 * imag2);
    attenuations[i] = magnitude2 / magnitude1 - magnitude1 / magnitude2;
    phases[i] = Math.atan2(real2 * imag1 - imag2 * real1, real1 * real2 + imag1 * imag2);
    products[i] = magnitude1 * magnitude2;
  }
  return { attenuations, phases, products };
}

/**
 * Angular frequency of each bin, `2 pi k / windowSize`, so that a delay of d samples is a phase of `omega d`.
 *
 * @returns radians a sample, [bins]
 */
export function binFrequencies({ bins, options }: Stft): Float64Array {
  return Float64Array.from({ length: bins }, (_, k) => (2 * Math.PI * k) / options.windowSize);
}

/**
 * Refuses two transforms that are not the two channels of one stereo mixture.
 *
 * @param who the function that checks
 * @param left transform of the left channel
 * @param right transform of the right channel
 * @returns the largest real or imaginary part of both, above 0
 * @throws ToolkitError `bad-shape` if a channel is missing or frames, bins, samples or transform options differ,
 *   `bad-value` if a value is not finite or a channel is silent
 */
export function checkStereo(who: string, left: Stft, right: Stft): number {
  if (!left || !right) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: the ${left ? "right" : "left"} channel is missing; a mono mixture has no level or time differences, give two channels`,
    );
  }
  if (describe(left) !== describe(right)) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: the left channel has ${describe(left)}, the right ${describe(right)}; transform both channels of one signal alike`,
    );
  }
  let largest = 0;
  for (const [name, { real, imag, frames, bins }] of Object.entries({ left, right })) {
    if (real.length !== frames * bins || imag.length !== frames * bins) {
      throw new ToolkitError(
        "bad-shape",
        `${who}: the ${name} channel has ${real.length} real and ${imag.length} imaginary parts; ${frames} frames of ${bins} bins have ${frames * bins}`,
      );
    }
    checkFinite(who, `the real part of the ${name} channel`, real);
    checkFinite(who, `the imaginary part of the ${name} channel`, imag);
    const loudest = Math.max(largestOf(real), largestOf(imag));
    if (loudest === 0) {
      throw new ToolkitError(
        "bad-value",
        `${who}: the ${name} channel is silent; sources must be heard in both channels`,
      );
    }
    largest = Math.max(largest, loudest);
  }
  return largest;
}

function describe({ frames, bins, samples, options }: Stft): string {
  const { windowSize, hopSize, window, padding } = options;
  return `${frames} frames of ${bins} bins (${samples} samples, ${window} window of ${windowSize} every ${hopSize}, padding ${padding})`;
}

function largestOf(values: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!));
  return largest;
}
