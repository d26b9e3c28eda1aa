import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { type JointTrial, jointMeasures } from "../../src/metrics/jointMeasures.ts";
import { binomialInterval } from "../../src/numeric/binomial.ts";
import { pearson, spearman } from "../../src/numeric/statistics.ts";

function trial(subject: number | string, quality: number, gainDb: number, sdrs: [number, number] = [0, 0]): JointTrial {
  const [attendedSdrDb, competingSdrDb] = sdrs;
  return {
    subject,
    attendedCorrelation: 0.25 + quality / 2,
    unattendedCorrelation: 0.25 - quality / 2,
    gainDb,
    attendedSdrDb,
    competingSdrDb,
  };
}

/** Trials with gain = slope * quality + offset of the subject + noise. */
function simulate(options: { subjects: number; slope: number; offset?: number; noise?: number; seed: string }) {
  const { subjects, slope, offset = 0, noise = 1, seed } = options;
  const random = createRandom(seed);
  return Array.from({ length: subjects }, (_, subject) => {
    const shift = offset * random.normal();
    return Array.from({ length: 8 }, () => {
      const quality = random.normal() + shift;
      return trial(subject, quality, slope * (quality - shift) + shift + noise * random.normal());
    });
  }).flat();
}

const fast = { resamples: 300, permutations: 499 };

describe("jointMeasures", () => {
  it("correlates attended less unattended correlation with the gain, over all trials", () => {
    const trials = simulate({ subjects: 12, slope: 1, seed: "slope" });
    const quality = trials.map((row) => row.attendedCorrelation - row.unattendedCorrelation);
    const gains = trials.map(({ gainDb }) => gainDb);
    const joint = jointMeasures(trials, fast);
    expect([joint.pearson.estimate, joint.spearman.estimate]).toBeAllclose(
      [pearson(quality, gains), spearman(quality, gains)],
      { rtol: 1e-12 },
    );
    expect(joint.pearson).toMatchObject({ n: 96, subjects: 12, nan: 0, infinite: 0, pValue: 1 / 500 });
    for (const { low, estimate, high } of [joint.pearson, joint.spearman, joint.pearsonWithinSubjects]) {
      expect(low).toBeLessThan(estimate);
      expect(high).toBeGreaterThan(estimate);
      expect(low).toBeGreaterThan(0.3);
    }
    expect([joint.permuted, joint.warnings]).toEqual(["within-subjects", []]);
  });

  it("does not take differences between subjects for a relation between trials", () => {
    const joint = jointMeasures(simulate({ subjects: 12, slope: 0, offset: 5, seed: "offset" }), fast);
    expect(joint.pearson.estimate).toBeGreaterThan(0.8);
    expect(Math.abs(joint.pearsonWithinSubjects.estimate)).toBeLessThan(0.25);
    for (const { pValue } of [joint.pearson, joint.spearman, joint.pearsonWithinSubjects]) {
      expect(pValue).toBeGreaterThan(0.05);
    }
  });

  it("has one p-value for both of Pearson's correlations", () => {
    const joint = jointMeasures(simulate({ subjects: 5, slope: 0.2, offset: 2, seed: "same" }), fast);
    expect(joint.pearson.pValue).toBe(joint.pearsonWithinSubjects.pValue);
  });

  it("rejects a true null in about 5 % of studies", () => {
    let rejected = 0;
    const studies = 300;
    for (let study = 0; study < studies; study++) {
      const trials = simulate({ subjects: 4, slope: 0, offset: 3, seed: `null ${study}` });
      const joint = jointMeasures(trials, { resamples: 1, permutations: 99, seed: study });
      if (joint.spearman.pValue <= 0.05) rejected++;
    }
    expect(Math.abs(rejected / studies - 0.05)).toBeLessThan(3 * Math.sqrt((0.05 * 0.95) / studies));
  });

  it("counts every permutation of three trials near its exact share", () => {
    // Of the 6 orders two have a correlation of 1 or -1.
    const trials = [trial("s", 1, 1), trial("s", 2, 2), trial("s", 3, 3)];
    const { pearson: joint, warnings } = jointMeasures(trials, { permutations: 4999 });
    expect([joint.pValue]).toBeAllclose([1 / 3], { atol: 0.03 });
    expect(warnings).toEqual([expect.stringContaining("one subject"), expect.stringContaining("6 permutations")]);
  });

  it("never goes below one over the number of permutations", () => {
    const trials = [trial("a", 1, 1), trial("a", 2, 2), trial("b", 3, 3), trial("b", 4, 4)];
    expect(jointMeasures(trials).pearson.pValue).toBeGreaterThanOrEqual(1 / 4);
  });

  it("permutes between subjects where each has one trial", () => {
    const trials = Array.from({ length: 12 }, (_, i) => trial(i, i, i + (i % 2)));
    const joint = jointMeasures(trials, fast);
    expect([joint.permuted, joint.pearson.pValue, joint.spearman.pValue]).toEqual(["between-subjects", 0.002, 0.002]);
    expect(joint.pearsonWithinSubjects).toMatchObject({ estimate: Number.NaN, pValue: Number.NaN });
  });

  it("leaves NaN out and counts it; infinite gains count in ranks only", () => {
    const trials = [
      ...Array.from({ length: 6 }, (_, i) => trial(i % 2, i, i)),
      trial(0, Number.NaN, 1),
      trial(1, 1, Number.NaN),
      trial(1, 9, Infinity),
    ];
    const joint = jointMeasures(trials, fast);
    expect(joint.pearson).toMatchObject({ n: 6, nan: 2, infinite: 1 });
    expect(joint.spearman).toMatchObject({ n: 7, nan: 2, infinite: 0 });
    expect(joint.spearman.estimate).toBeCloseTo(1, 12);
  });

  it("says NaN, and throws nothing, where there is nothing to correlate", () => {
    for (const trials of [[], [trial(0, 1, 1)], [trial(0, 1, 1), trial(0, 1, 2)], [trial(0, Number.NaN, 1)]]) {
      const joint = jointMeasures(trials, fast);
      expect([joint.pearson.estimate, joint.pearson.pValue, joint.spearman.low]).toEqual(Array(3).fill(Number.NaN));
    }
  });

  it("counts trials in which the attended source is ahead, with an exact interval", () => {
    const trials = [
      trial("a", 0, 0, [5, 1]),
      trial("a", 0, 0, [Infinity, 1]),
      trial("a", 0, 0, [2, 2]),
      trial("b", 0, 0, [Infinity, Infinity]),
      trial("b", 0, 0, [-3, 1]),
      trial("b", 0, 0, [Number.NaN, 1]),
      trial("c", 0, 0, [3, -Infinity]),
    ];
    const { attendedAhead } = jointMeasures(trials, fast);
    expect(attendedAhead).toMatchObject({ share: 0.5, ahead: 3, ties: 2, n: 6, nan: 1 });
    expect(attendedAhead.interval).toEqual(binomialInterval(3, 6));
    // Only subjects drawn: from all b, none ahead, to all c.
    expect([attendedAhead.subjectInterval.low, attendedAhead.subjectInterval.high]).toEqual([0, 1]);
    expect(jointMeasures([]).attendedAhead).toMatchObject({ share: Number.NaN, n: 0, interval: { low: Number.NaN } });
  });

  it("is the same for the same seed, and refuses bad options", () => {
    const trials = simulate({ subjects: 4, slope: 0.3, seed: "seeded" });
    expect(jointMeasures(trials, fast)).toEqual(jointMeasures(trials, fast));
    expect(jointMeasures(trials, { ...fast, seed: 1 }).pearson.low).not.toBe(jointMeasures(trials, fast).pearson.low);
    expect(() => jointMeasures([], { permutations: 0 })).toThrow("permutations is 0");
    expect(() => jointMeasures([], { confidence: 1 })).toThrow("below 1");
  });
});
