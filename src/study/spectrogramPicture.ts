import { checkWhole } from "../core/check.ts";
import { row } from "../core/matrix.ts";
import { magnitude, stft } from "../signal/stft.ts";
import type { SpectrogramPicture } from "./results.ts";

/** Options of `spectrogramPicture`. */
export interface PictureOptions {
  /** Most frames drawn; default 400. */
  frames?: number;
  /** Bins drawn; default 96. */
  bins?: number;
  /** Values this far below full scale and further are drawn alike, in dB; default -80. */
  floorDb?: number;
}

/** Options of `spectrogramPicture` where none are given. */
export const pictureDefaults = { frames: 400, bins: 96, floorDb: -80 } as const satisfies Required<PictureOptions>;

/** Window of the picture's transform, in seconds. */
const windowSeconds = 0.032;

/**
 * A spectrogram small enough to be drawn: the largest magnitude in each cell of a grid over time and frequency, in
 * decibels where a full-scale sine is 0 dB.
 *
 * @param samples [samples], full scale 1
 * @param rateHz of the samples
 * @param options see `pictureDefaults`
 */
export function spectrogramPicture(
  samples: Float64Array,
  rateHz: number,
  options: PictureOptions = {},
): SpectrogramPicture {
  const { frames: mostFrames, bins: mostBins, floorDb } = { ...pictureDefaults, ...options };
  checkWhole("spectrogramPicture", "frames", mostFrames, 1);
  checkWhole("spectrogramPicture", "bins", mostBins, 1);
  const windowSize = Math.max(2, Math.round(windowSeconds * rateHz));
  const hopSize = Math.max(1, Math.floor(windowSize / 2));
  const spectrum = magnitude(stft(samples, { windowSize, hopSize }));
  const frames = Math.min(mostFrames, spectrum.rows);
  const bins = Math.min(mostBins, spectrum.columns);
  const cells = new Float32Array(frames * bins).fill(floorDb);
  // A Hann window's mean is 1/2, so a sine of amplitude 1 has magnitude windowSize / 4
  const fullScale = windowSize / 4;
  for (let n = 0; n < spectrum.rows; n++) {
    const frame = Math.floor((n * frames) / spectrum.rows);
    const values = row(spectrum, n);
    for (let m = 0; m < values.length; m++) {
      const cell = frame * bins + Math.floor((m * bins) / values.length);
      const decibels = 20 * Math.log10(values[m]! / fullScale);
      if (decibels > cells[cell]!) cells[cell] = decibels;
    }
  }
  return { frames, bins, decibels: cells, durationSeconds: samples.length / rateHz, maximumHz: rateHz / 2 };
}
