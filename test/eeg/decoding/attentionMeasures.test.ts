import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/core/random.ts";
import { attentionMeasures } from "../../../src/eeg/decoding/attentionMeasures.ts";
import { discriminability, informationRate, rankAuc } from "../../../src/eeg/decoding/measureFormulas.ts";
import { decodedTrials } from "./decodedTrials.ts";

describe("discriminability", () => {
  it("is the difference of means in units of the root of the mean variance", () => {
    // Variances 1 and 4, means 3 and 1.
    expect(discriminability([2, 4], [-1, 3])).toBeCloseTo(2 / Math.sqrt(2.5), 14);
    expect(discriminability([-1, 3], [2, 4])).toBeCloseTo(-2 / Math.sqrt(2.5), 14);
  });

  it("is 0 where all are equal and infinite where only the means differ", () => {
    expect(discriminability([1, 1], [1])).toBe(0);
    expect(discriminability([2, 2], [1])).toBe(Infinity);
    expect(() => discriminability([], [1])).toThrow("0 attended");
  });
});

describe("rankAuc", () => {
  it("is the probability that one of the first is above one of the second, ties half", () => {
    const random = createRandom("auc");
    const a = Array.from({ length: 60 }, () => random.below(12) + 2);
    const b = Array.from({ length: 45 }, () => random.below(12));
    let wins = 0;
    for (const x of a) for (const y of b) wins += x > y ? 1 : x === y ? 0.5 : 0;
    expect(rankAuc(a, b)).toBeCloseTo(wins / (60 * 45), 14);
    expect(rankAuc(a, b) + rankAuc(b, a)).toBeCloseTo(1, 14);
  });

  it("is 1 apart, 0 the other way round and one half for equal values", () => {
    expect(rankAuc([3, 4], [1, 2])).toBe(1);
    expect(rankAuc([1, 2], [3, 4])).toBe(0);
    expect(rankAuc([5, 5], [5])).toBe(0.5);
    expect(() => rankAuc([Number.NaN], [5])).toThrow("not finite");
  });
});

describe("informationRate", () => {
  it("is log2 N bits a decision without errors, and nothing at chance or below", () => {
    expect(informationRate(1, { sources: 2, windowSeconds: 1 })).toBe(60);
    expect(informationRate(1, { sources: 4, windowSeconds: 30 })).toBe(4);
    expect(informationRate(0.5, { sources: 2, windowSeconds: 1 })).toBe(0);
    expect(informationRate(0.1, { sources: 2, windowSeconds: 1 })).toBe(0);
  });

  it("is the capacity of the binary symmetric channel for two sources", () => {
    const entropy = -(0.9 * Math.log2(0.9) + 0.1 * Math.log2(0.1));
    expect(informationRate(0.9, { sources: 2, windowSeconds: 10 })).toBeCloseTo(6 * (1 - entropy), 12);
    expect(() => informationRate(1.1, { sources: 2, windowSeconds: 10 })).toThrow("accuracy is 1.1");
  });
});

describe("attentionMeasures", () => {
  const rateHz = 64;

  it("gives every measure with chance, interval, null, n, and finds what is there", () => {
    const trials = decodedTrials("measures", { trials: 12, samples: 640, gain: 0.3 });
    const measures = attentionMeasures(trials, { rateHz, windowSeconds: 1, permutations: 300, resamples: 300 });
    for (const name of ["accuracy", "difference", "dPrime", "auc", "bitsPerMinute"] as const) {
      const measure = measures[name];
      expect(measure).toMatchObject({ count: 120, trials: 12 });
      expect(measure.value).toBeGreaterThan(measure.nullUpper);
      expect(measure.interval!.low).toBeLessThan(measure.value);
      expect(measure.interval!.high).toBeGreaterThan(measure.value);
      expect(measure.interval!.low).toBeGreaterThan(measure.chance);
      expect(measure.pValue).toBeLessThan(0.02);
    }
    expect(measures.bitsPerMinute.value).toBeCloseTo(
      informationRate(measures.accuracy.value, { sources: 2, windowSeconds: 1 }),
      10,
    );
  });

  it("has the p-value of counting labellings where all can be counted", () => {
    // Four trials, all right by a wide margin: one of 16 labellings is as good, so p is about 1 / 16.
    const trials = decodedTrials("count", { trials: 4, samples: 640, gain: 5 });
    const { accuracy } = attentionMeasures(trials, { rateHz, permutations: 3000, resamples: 50 });
    expect(accuracy.value).toBe(1);
    expect(Math.abs(accuracy.pValue - 1 / 16)).toBeLessThan(0.015);
    expect(Math.abs(accuracy.nullMean - 0.5)).toBeLessThan(0.02);
  });

  it("shows that the information rate of few windows is above 0 by chance alone", () => {
    const trials = decodedTrials("bias", { trials: 6, samples: 64, gain: 0 });
    const { bitsPerMinute } = attentionMeasures(trials, { rateHz, windowSeconds: 1, resamples: 50 });
    expect(bitsPerMinute.chance).toBe(0);
    expect(bitsPerMinute.nullMean).toBeGreaterThan(1);
  });

  it("has chance one third for trios, and no rate for whole trials of different lengths", () => {
    const trials = [300, 400].flatMap((samples, t) =>
      decodedTrials(`trio ${t}`, { trials: 2, samples, gain: 1, sources: 3 }),
    );
    const measures = attentionMeasures(trials, { rateHz, resamples: 20, permutations: 20 });
    expect(measures.accuracy.chance).toBeCloseTo(1 / 3, 15);
    expect(measures.bitsPerMinute.value).toBeNaN();
    expect(() => attentionMeasures(trials, { rateHz, windowSeconds: 60 })).toThrow("no trial is as long");
  });
});
