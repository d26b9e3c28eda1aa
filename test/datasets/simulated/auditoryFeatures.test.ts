import { describe, expect, it } from "vitest";
import { auditoryFeatures, bandCentersHz, bandCount } from "../../../datasets/simulated/auditoryFeatures.ts";
import { createRandom } from "../../../src/core/random.ts";

const rates = { audioRateHz: 16000, eegRateHz: 128, eegSamples: 256 };
const variance = (values: Float64Array) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
};
/** Two seconds of sound that begins after one. */
const late = (sound: (n: number) => number) =>
  Float64Array.from({ length: 32000 }, (_, n) => (n < 16000 ? 0 : sound(n)));

describe("bandCentersHz", () => {
  it("goes from 80 Hz to 6 kHz in equal ratios, and not beyond 0.4 of the rate", () => {
    const centers = bandCentersHz(16000);
    expect(centers).toHaveLength(bandCount);
    expect(centers[0]).toBe(80);
    expect(centers.at(-1)).toBeCloseTo(6000, 9);
    for (let b = 1; b < bandCount; b++)
      expect(centers[b]! / centers[b - 1]!).toBeCloseTo(75 ** (1 / (bandCount - 1)), 9);
    expect(bandCentersHz(8000).at(-1)).toBeCloseTo(3200, 9);
  });
});

describe("auditoryFeatures", () => {
  it("puts a sine into the band it is the centre of", () => {
    bandCentersHz(16000).forEach((hertz, band) => {
      const features = auditoryFeatures(
        late((n) => Math.sin((2 * Math.PI * hertz * n) / 16000)),
        rates,
      );
      const sizes = features.map(variance);
      expect(sizes.indexOf(Math.max(...sizes))).toBe(band);
    });
  });

  it("has variances that add up to 1, however loud the sound is", () => {
    const noise = createRandom(1);
    const sound = late(() => noise.normal());
    const features = auditoryFeatures(sound, rates);
    expect(features.reduce((sum, feature) => sum + variance(feature), 0)).toBeCloseTo(1, 9);
    const quiet = auditoryFeatures(
      sound.map((value) => value / 1000),
      rates,
    );
    quiet.forEach((feature, band) => {
      expect(feature).toBeAllclose(features[band]!, { rtol: 1e-9, atol: 1e-12 });
    });
  });

  it("rises at the EEG sample at which the sound begins", () => {
    const noise = createRandom(2);
    for (const feature of auditoryFeatures(
      late(() => noise.normal()),
      rates,
    )) {
      expect(feature.subarray(0, 127).every((value) => value === 0)).toBe(true);
      expect(feature[130]).toBeGreaterThan(0.1 * Math.max(...feature));
    }
  });

  it("compresses: twice the amplitude within one sound makes 2^0.6 times the feature", () => {
    const hertz = bandCentersHz(16000)[3]!;
    const sound = Float64Array.from(
      { length: 32000 },
      (_, n) => (n < 16000 ? 1 : 2) * Math.sin((2 * Math.PI * hertz * n) / 16000),
    );
    const feature = auditoryFeatures(sound, rates)[3]!;
    expect(feature[200]! / feature[100]!).toBeCloseTo(2 ** 0.6, 2);
  });
});
