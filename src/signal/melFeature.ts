import { checkSignal } from "./checkSignal.ts";
import { type CompressionOptions, compressor } from "./compression.ts";
import {
  hzToMel,
  type MelFilterOptions,
  melFilterDefaults,
  melFilters,
  melSpectrogram,
  melToHz,
} from "./melFilters.ts";
import type { StimulusFeature } from "./stimulusFeature.ts";
import { planSpectra, spectrumBlocks, type TimedSpectrogramOptions } from "./timedSpectrogram.ts";

/** How a mel feature is made: frames as in `timedSpectrogram`, bands as in `melFilters`, and the compression. */
export interface MelFeatureOptions
  extends TimedSpectrogramOptions,
    Omit<MelFilterOptions, "rateHz" | "windowSize">,
    CompressionOptions {}

/**
 * Options of `melFeature` where none are given, the rest as in `melFilters`: 24 bands; energies to the power 0.3, which is
 * magnitudes to the power 0.6.
 */
export const melFeatureDefaults = {
  bands: 24,
  compression: "power",
  exponent: 0.3,
  gain: 1e6,
} as const satisfies Pick<MelFilterOptions, "bands"> & Required<CompressionOptions>;

/**
 * Mel spectrogram at the EEG's rate: squared magnitudes of `timedSpectrogram`, summed into bands by `melFilters`, then
 * compressed. `onsetFeature` of it is an onset spectrogram.
 *
 * @param samples [samples], at least 1
 * @returns a row for each band, lowest first, named "mel 440 Hz" after the band's centre
 * @throws ToolkitError `bad-option`, also where a band ends above half the rate or is too narrow for the transform's bins;
 *   `bad-shape`, `bad-value`
 */
export function melFeature(samples: Float64Array, options: MelFeatureOptions): StimulusFeature {
  const who = "melFeature";
  checkSignal(who, "the signal", samples);
  const plan = planSpectra(who, options);
  const { clock, fftSize } = plan;
  const { rateHz } = options;
  const resolved = { ...melFilterDefaults, ...melFeatureDefaults, highHz: rateHz / 2, ...options };
  const { bands, lowHz, highHz, scale, normalisation, compression, exponent, gain } = resolved;
  const compress = compressor(who, { compression, exponent, gain });
  const filters = melFilters({ rateHz, windowSize: fftSize, bands, lowHz, highHz, scale, normalisation });
  const frames = clock.count(samples.length);
  const rows = Array.from({ length: bands }, () => new Float64Array(frames));
  for (const { first, magnitudes } of spectrumBlocks(samples, plan)) {
    const powers = { ...magnitudes, data: magnitudes.data.map((value) => value * value) };
    const energies = melSpectrogram(powers, filters);
    for (let n = 0; n < energies.rows; n++) {
      for (let b = 0; b < bands; b++) rows[b]![first + n] = compress(energies.data[n * bands + b]!);
    }
  }
  const low = hzToMel(lowHz, scale);
  const step = (hzToMel(highHz, scale) - low) / (bands + 1);
  return {
    rateHz: clock.outputRateHz,
    times: clock.times(frames),
    rows,
    names: rows.map((_, b) => `mel ${Math.round(melToHz(low + (b + 1) * step, scale))} Hz`),
  };
}
