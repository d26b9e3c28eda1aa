import type { Matrix } from "../core/matrix.ts";
import type { Stft } from "../signal/stft.ts";
import {
  type DuetHistogram,
  type DuetHistogramOptions,
  duetHistogram,
  duetHistogramDefaults,
} from "./duetHistogram.ts";
import { duetMasks } from "./duetMasks.ts";
import { type DuetPeak, type DuetPeakOptions, duetPeaks, duetPeaksDefaults } from "./duetPeaks.ts";

/** Options of {@link duet}: how many sources, and those of `duetHistogram` and `duetPeaks`. */
export interface DuetOptions extends DuetHistogramOptions, DuetPeakOptions {}

/** Defaults of {@link duet}. */
export const duetDefaults = { ...duetHistogramDefaults, ...duetPeaksDefaults } as const satisfies Omit<
  Required<DuetOptions>,
  "sources"
>;

/** What {@link duet} found. */
export interface DuetResult {
  /** Where the mixture's energy lies in level and time. */
  readonly histogram: DuetHistogram;
  /** The sources' level ratios and delays, highest peak first, [sources]. */
  readonly peaks: DuetPeak[];
  /** One binary mask a peak, [frames, bins], summing to 1. */
  readonly masks: Matrix<Float64Array>[];
}

/**
 * DUET, the degenerate unmixing estimation technique: separates any number of sources from two channels by the level and the
 * time with which they reach them, as long as in each time-frequency bin one source is much louder than the others.
 *
 * Source: Yilmaz & Rickard, "Blind separation of speech mixtures via time-frequency masking", IEEE Transactions on Signal
 * Processing 52(7), 2004; Lagrange 2019 (lecture). Nothing is learned or drawn by chance. For signals, pass peaks and masks to
 * `duetSources` and its results to `istft`.
 *
 * @param left transform of the left channel
 * @param right transform of the right channel, made alike
 * @throws ToolkitError as `duetHistogram` and `duetPeaks`
 */
export function duet(left: Stft, right: Stft, options: DuetOptions): DuetResult {
  const histogram = duetHistogram(left, right, options);
  const peaks = duetPeaks(histogram, options);
  return { histogram, peaks, masks: duetMasks(left, right, { peaks }) };
}
