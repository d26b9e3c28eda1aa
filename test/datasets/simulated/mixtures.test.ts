import { describe, expect, it, test } from "vitest";
import { makeMixture, planMixtures } from "../../../datasets/simulated/mixtures.ts";
import { createRandom } from "../../../src/core/random.ts";

describe("planMixtures", () => {
  test.each([
    { trials: 2, sizes: [2] },
    { trials: 3, sizes: [3] },
    { trials: 4, sizes: [2, 2] },
    { trials: 5, sizes: [3, 2] },
    { trials: 7, sizes: [3, 2, 2] },
    { trials: 8, sizes: [3, 3, 2] },
    { trials: 12, sizes: [3, 3, 3, 3] },
  ])("makes $trials presentations of mixtures of $sizes sources", ({ trials, sizes }) => {
    expect(planMixtures(trials).map((sources) => sources.length)).toEqual(sizes);
  });

  it("adds up to any number of presentations, no source twice in a mixture", () => {
    for (let trials = 2; trials < 100; trials++) {
      const plan = planMixtures(trials);
      expect(plan.flat().length).toBe(trials);
      for (const sources of plan) expect(new Set(sources).size).toBe(sources.length);
    }
  });

  it("lets every instrument be attended twice in eight presentations", () => {
    const played = planMixtures(8).flat();
    const counts = ["guitar", "oboe", "bass", "drums"].map((name) => played.filter((other) => other === name).length);
    expect(counts).toEqual([2, 2, 2, 2]);
  });
});

describe("makeMixture", () => {
  const options = { durationSeconds: 4, rateHz: 8000 };
  const mixture = makeMixture("mixture-01", ["guitar", "oboe", "drums"], { ...options, random: createRandom(5) });

  it("is exactly the sum of its stems in 32 bits", () => {
    const sum = mixture.samples.map((_, i) =>
      Math.fround(mixture.stems.reduce((total, { samples }) => total + samples[i]!, 0)),
    );
    expect(mixture.samples).toEqual(sum);
  });

  it("has its highest peak, of mixture or stem, at 0.8", () => {
    const peaks = [mixture, ...mixture.stems].map(({ samples }) =>
      samples.reduce((p, v) => Math.max(p, Math.abs(v)), 0),
    );
    expect(Math.max(...peaks)).toBeCloseTo(0.8, 6);
  });

  it("states as gain the root mean square of each stem, and keeps stems within 2 dB of each other", () => {
    for (const { gain, samples } of mixture.stems) {
      expect(Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length)).toBeCloseTo(gain, 6);
    }
    const gains = mixture.stems.map(({ gain }) => gain);
    expect(20 * Math.log10(Math.max(...gains) / Math.min(...gains))).toBeLessThanOrEqual(2);
  });

  it("has a noise floor 60 dB below each stem: its quietest 20 ms", () => {
    for (const { gain, samples } of mixture.stems) {
      const levels = Array.from({ length: samples.length / 160 }, (_, i) => {
        const part = samples.subarray(i * 160, i * 160 + 160);
        return Math.sqrt(part.reduce((sum, value) => sum + value * value, 0) / 160);
      });
      expect(Math.abs(20 * Math.log10(Math.min(...levels) / gain) + 60)).toBeLessThan(2);
    }
  });

  it("is the same for the same numbers and another for others", () => {
    const again = makeMixture("mixture-01", ["guitar", "oboe", "drums"], { ...options, random: createRandom(5) });
    const other = makeMixture("mixture-01", ["guitar", "oboe", "drums"], { ...options, random: createRandom(6) });
    expect(again).toEqual(mixture);
    expect(other.samples).not.toEqual(mixture.samples);
  });
});
