import { ToolkitError } from "../core/error.ts";
import { type Matrix, zeros } from "../core/matrix.ts";
import type { Stft } from "../signal/stft.ts";
import { binFrequencies, duetCues } from "./duetCues.ts";

/** A rectangle in the histogram of `duetHistogram`, bounds included. */
export interface DuetRegion {
  /** Least symmetric attenuation `a - 1/a`. Default -Infinity, which is the left channel alone. */
  minimumAttenuation?: number;
  /** Largest symmetric attenuation. Default Infinity, the right channel alone. */
  maximumAttenuation?: number;
  /** Least delay of the right channel in samples. Default -Infinity: the delay does not matter. */
  minimumDelay?: number;
  /** Largest delay in samples, to be given with the least: a phase fits some delay beyond any one bound. Default Infinity. */
  maximumDelay?: number;
}

/** Defaults of {@link duetRegionMask}: everything. */
export const duetRegionDefaults = {
  minimumAttenuation: -Infinity,
  maximumAttenuation: Infinity,
  minimumDelay: -Infinity,
  maximumDelay: Infinity,
} as const satisfies Required<DuetRegion>;

/**
 * Mask of the time-frequency bins that fall into a region of the histogram, as a person selects it.
 *
 * Source: Vinyes, Bonada & Loscos, "Demixing commercial music productions via human-assisted time-frequency masking", 120th
 * AES convention, 2006 (lecture of Lagrange 2019).
 *
 * A phase fits a delay and that delay plus or minus whole periods; a bin is in the region if any of these is. Where the phase
 * says nothing, at frequency 0 and where one channel is silent, the attenuation decides. Bins silent in both channels are out.
 *
 * @param left transform of the left channel, X1
 * @param right transform of the right channel, X2
 * @param region the rectangle
 * @returns [frames, bins], entries 0 or 1
 * @throws ToolkitError `bad-shape`, `bad-value` as `duetHistogram`; `bad-option` if a bound is NaN or above its opposite, or
 *   only one side of the delays is bounded
 */
export function duetRegionMask(left: Stft, right: Stft, region: DuetRegion = {}): Matrix<Float64Array> {
  const who = "duetRegionMask";
  const { minimumAttenuation, maximumAttenuation, minimumDelay, maximumDelay } = { ...duetRegionDefaults, ...region };
  checkBounds("attenuation", minimumAttenuation, maximumAttenuation);
  checkBounds("delay", minimumDelay, maximumDelay);
  if (Number.isFinite(minimumDelay) !== Number.isFinite(maximumDelay)) {
    throw new ToolkitError(
      "bad-option",
      `${who}: delay from ${minimumDelay} to ${maximumDelay}; give both bounds or neither, a phase fits some delay beyond any one bound`,
    );
  }
  const anyDelay = minimumDelay === -Infinity;
  const { attenuations, phases, products } = duetCues(who, left, right);
  const frequencies = binFrequencies(left);
  const mask = zeros(left.frames, left.bins);
  for (let i = 0; i < mask.data.length; i++) {
    // false for NaN, which is silence
    if (!(attenuations[i]! >= minimumAttenuation && attenuations[i]! <= maximumAttenuation)) continue;
    const omega = frequencies[i % left.bins]!;
    const noPhase = omega === 0 || products[i] === 0;
    if (anyDelay || noPhase || holdsAlias(minimumDelay, maximumDelay, phases[i]! / omega, (2 * Math.PI) / omega)) {
      mask.data[i] = 1;
    }
  }
  return mask;
}

function holdsAlias(minimum: number, maximum: number, delay: number, period: number): boolean {
  return Math.ceil((minimum - delay) / period) <= Math.floor((maximum - delay) / period);
}

function checkBounds(name: string, minimum: number, maximum: number): void {
  if (minimum <= maximum) return;
  throw new ToolkitError(
    "bad-option",
    `duetRegionMask: ${name} from ${minimum} to ${maximum}; the least must not be above the largest`,
  );
}
