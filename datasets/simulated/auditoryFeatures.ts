import { applyBiquad, designBiquad } from "./biquad.ts";

/** Number of frequency bands a simulated listener hears apart. */
export const bandCount = 6;

/** Centres of the bands, evenly spaced in logarithm from 80 Hz to 6 kHz, or to 0.4 of a lower sampling rate. */
export function bandCentersHz(audioRateHz: number): number[] {
  const highest = Math.min(6000, 0.4 * audioRateHz);
  return Array.from({ length: bandCount }, (_, b) => 80 * (highest / 80) ** (b / (bandCount - 1)));
}

/**
 * What a simulated listener hears of one source: the envelope of each band, compressed by the power 0.6 and scaled such
 * that the variances of all bands sum to 1, so that every source is heard equally well.
 *
 * Each band is a second-order band-pass as wide as the bands are apart; its envelope is the root mean square over two
 * EEG samples, centred on the EEG sample's time.
 *
 * @param samples the source, [samples] at `audioRateHz`
 * @param options rates, and how many EEG samples to make
 * @returns [bands][eegSamples]
 */
export function auditoryFeatures(
  samples: ArrayLike<number>,
  options: { audioRateHz: number; eegRateHz: number; eegSamples: number },
): Float64Array[] {
  const { audioRateHz, eegRateHz, eegSamples } = options;
  const centers = bandCentersHz(audioRateHz);
  const ratio = centers[1]! / centers[0]!;
  const quality = 1 / (Math.sqrt(ratio) - 1 / Math.sqrt(ratio));
  const features = centers.map((center) => {
    const band = applyBiquad(designBiquad("band-pass", center, audioRateHz, quality), samples);
    return compressedEnvelope(band, audioRateHz / eegRateHz, eegSamples);
  });
  const scale = 1 / Math.sqrt(features.reduce((sum, feature) => sum + variance(feature), 0));
  for (const feature of features) for (let n = 0; n < eegSamples; n++) feature[n]! *= scale;
  return features;
}

function compressedEnvelope(band: Float64Array, step: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, n) => {
    const from = Math.max(0, Math.round((n - 1) * step));
    const to = Math.min(band.length, Math.round((n + 1) * step));
    let energy = 0;
    for (let i = from; i < to; i++) energy += band[i]! * band[i]!;
    return to > from ? (energy / (to - from)) ** 0.3 : 0;
  });
}

function variance(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}
