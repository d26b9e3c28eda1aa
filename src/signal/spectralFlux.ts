import { checkSignal } from "./checkSignal.ts";
import { type CompressionOptions, compressor } from "./compression.ts";
import type { StimulusFeature } from "./stimulusFeature.ts";
import { planSpectra, spectrumBlocks, type TimedSpectrogramOptions } from "./timedSpectrogram.ts";

/** How spectral flux is made: frames as in `timedSpectrogram`, and the compression of the magnitudes, default `linear`. */
export interface SpectralFluxOptions extends TimedSpectrogramOptions, CompressionOptions {}

/** Options of `spectralFlux` where none are given; the gain of `log` puts the bend at 60 dB below full scale. */
export const spectralFluxDefaults = {
  compression: "linear",
  exponent: 0.6,
  gain: 1000,
} as const satisfies Required<CompressionOptions>;

/**
 * Spectral flux, `SF(n) = sum_k max(0, c(|X[n, k]|) - c(|X[n - 1, k]|))` with c the compression: how much appears from one
 * frame to the next, in any bin. 0 for n = 0, which has no frame before it.
 *
 * Source: Dixon, "Onset detection revisited", DAFx 2006 (linear magnitudes, sum over bins); the logarithm is
 * ln(1 + gain |X|), which keeps silence at 0.
 *
 * A rise between two frames is at the later one. A default window reaches one hop to either side of a frame, so a click
 * shows in the frames on either side of it and nowhere else.
 *
 * @param samples [samples], at least 1
 * @returns one row, "spectral flux"
 * @throws ToolkitError `bad-option`, `bad-shape`, `bad-value`
 */
export function spectralFlux(samples: Float64Array, options: SpectralFluxOptions): StimulusFeature {
  const who = "spectralFlux";
  checkSignal(who, "the signal", samples);
  const plan = planSpectra(who, options);
  const { clock, bins } = plan;
  const { compression, exponent, gain } = { ...spectralFluxDefaults, ...options };
  const compress = compressor(who, { compression, exponent, gain });
  const flux = new Float64Array(clock.count(samples.length));
  const last = new Float64Array(bins);
  for (const { first, magnitudes } of spectrumBlocks(samples, plan)) {
    for (let n = 0; n < magnitudes.rows; n++) {
      let sum = 0;
      for (let k = 0; k < bins; k++) {
        const value = compress(magnitudes.data[n * bins + k]!);
        if (value > last[k]!) sum += value - last[k]!;
        last[k] = value;
      }
      if (first + n > 0) flux[first + n] = sum;
    }
  }
  return {
    rateHz: clock.outputRateHz,
    times: clock.times(flux.length),
    rows: [flux],
    names: ["spectral flux"],
  };
}
