import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/core/random.ts";
import { decideAttention } from "../../../src/eeg/decoding/attentionDecision.ts";
import { clusterInterval } from "../../../src/eeg/decoding/clusterInterval.ts";
import { decisionCurve } from "../../../src/eeg/decoding/decisionCurve.ts";
import { createWindowScorer, type DecodedTrial } from "../../../src/eeg/decoding/windowScores.ts";
import { readNpy } from "../../../src/formats/npy.ts";
import { binomialInterval } from "../../../src/numeric/binomial.ts";
import { sharedPath, testWithShared } from "../../shared.ts";
import { decodedTrials } from "./decodedTrials.ts";

const cut = (rows: readonly Float64Array[], start: number, end: number) => rows.map((row) => row.subarray(start, end));

describe("createWindowScorer", () => {
  const [trial] = decodedTrials("scorer", { trials: 1, samples: 400, gain: 0.5, sources: 3, features: 2 }) as [
    DecodedTrial,
  ];

  it.each([
    { length: 7, step: 7 },
    { length: 50, step: 20 },
    { length: 400, step: 400 },
  ])("has the correlations of decideAttention in windows of $length every $step samples", ({ length, step }) => {
    // An offset and a slope, so that running sums have something to cancel.
    const decoded = trial.decoded.map((row) => row.map((value, i) => 1e4 + 3 * i + value));
    const scores = createWindowScorer("test", { ...trial, decoded }).score(length, step);
    expect(scores.count).toBe(Math.floor((400 - length) / step) + 1);
    const expected = Array.from({ length: scores.count }, (_, w) => {
      const [start, end] = [w * step, w * step + length];
      const candidates = trial.candidates.map((rows) => cut(rows, start, end));
      return decideAttention(cut(decoded, start, end), candidates).correlations;
    });
    expect(scores.correlations).toBeAllclose(expected.flat(), { atol: 1e-8 });
  });

  it("keeps its digits in a window that is a million times quieter than its trial", () => {
    const decoded = trial.decoded.map((row) => row.map((value, i) => (i < 200 ? value : 5 + 1e-6 * value)));
    const scores = createWindowScorer("test", { ...trial, decoded }).score(100);
    const candidates = trial.candidates.map((rows) => cut(rows, 300, 400));
    const expected = decideAttention(cut(decoded, 300, 400), candidates).correlations;
    expect(scores.correlations.subarray(9)).toBeAllclose(expected, { rtol: 1e-8 });
  });

  it("counts a constant window as 0 and what is left over", () => {
    const decoded = trial.decoded.map((row) => row.map((value, i) => (i < 150 ? 0.1 : value)));
    const scores = createWindowScorer("test", { ...trial, decoded }).score(150);
    expect([...scores.correlations.subarray(0, 3)]).toEqual([0, 0, 0]);
    expect(scores).toMatchObject({ count: 2, tailSamples: 100 });
  });

  it("refuses what does not fit together", () => {
    expect(() => createWindowScorer("test", { ...trial, attended: 3 })).toThrow("attended is 3");
    expect(() => createWindowScorer("test", { ...trial, decoded: [] })).toThrow("0 decoded features");
    expect(() => createWindowScorer("test", { ...trial, candidates: trial.candidates.slice(1, 2) })).toThrow(
      "1 candidates",
    );
    const short = trial.candidates.map((rows) => cut(rows, 1, 400));
    expect(() => createWindowScorer("test", { ...trial, candidates: short })).toThrow("399 samples");
  });
});

describe("clusterInterval", () => {
  it("is, for the mean of many values, that of the normal distribution", () => {
    const random = createRandom("cluster");
    const values = Float64Array.from({ length: 400 }, () => random.normal());
    const mean = (drawn: readonly number[]) => drawn.reduce((sum, t) => sum + values[t]!, 0) / drawn.length;
    const all = mean([...values.keys()]);
    const interval = clusterInterval(new Array<undefined>(400).fill(undefined), mean, { resamples: 4000 })!;
    // 1.96 standard errors of 1 / 20; the ends of 4000 resamples are known to a few per cent of that.
    expect([interval.low, interval.high]).toBeAllclose([all - 0.098, all + 0.098], { atol: 0.012 });
  });

  it("draws clusters whole: copies of a trial in its cluster do not make it narrower", () => {
    const values = [0, 1, 2, 3, 4, 5];
    const mean = (drawn: readonly number[]) => drawn.reduce((sum, t) => sum + values[t % 6]!, 0) / drawn.length;
    const once = clusterInterval([0, 1, 2, 3, 4, 5], mean, { seed: 3 });
    const fourTimes = clusterInterval(
      Array.from({ length: 24 }, (_, t) => t % 6),
      mean,
      { seed: 3 },
    );
    expect(fourTimes).toEqual(once);
  });

  it("is none for one cluster", () => {
    expect(clusterInterval(["a", "a"], () => 1)).toBeNull();
    expect(() => clusterInterval([1, 2], () => 1, { confidence: 1 })).toThrow("below 1");
  });
});

describe("decisionCurve", () => {
  it("counts windows, tails and short trials", () => {
    const trials = [640, 1000, 100].flatMap((samples, t) =>
      decodedTrials(`tails ${t}`, { trials: 1, samples, gain: 2 }),
    );
    const { points, warnings } = decisionCurve(trials, { rateHz: 64, windowSeconds: [2, 5, 30, "trial"] });
    expect(points.map(({ windowSeconds }) => windowSeconds)).toEqual([2, 5, "trial"]);
    expect(warnings.some((warning) => warning.includes("30 s"))).toBe(true);
    expect(points[0]).toMatchObject({ count: 5 + 7, trials: 2, tails: 1, shortTrials: 1 });
    expect(points[0]!.droppedSeconds).toBeCloseTo((1000 - 7 * 128 + 100) / 64, 12);
    expect(points[1]).toMatchObject({ count: 2 + 3, chance: 0.5 });
    expect(points[2]).toMatchObject({ count: 3, tails: 0, shortTrials: 0, droppedSeconds: 0 });
  });

  it("takes chance from the sources of each window", () => {
    const trials = [
      ...decodedTrials("duo", { trials: 1, samples: 600, gain: 0 }),
      ...decodedTrials("trio", { trials: 1, samples: 300, gain: 0, sources: 3 }),
    ];
    const [point] = decisionCurve(trials, { rateHz: 10, windowSeconds: [10] }).points;
    expect(point!.chance).toBeCloseTo((6 / 2 + 3 / 3) / 9, 15);
  });

  it("gives the exact binomial interval for windows that do not overlap, and none for those that do", () => {
    const trials = decodedTrials("binomial", { trials: 4, samples: 640, gain: 0.2 });
    const [apart] = decisionCurve(trials, { rateHz: 64, windowSeconds: [1] }).points;
    expect(apart!.binomial).toEqual(binomialInterval(apart!.correct, 40));
    const [over] = decisionCurve(trials, { rateHz: 64, windowSeconds: [1], overlap: 0.5 }).points;
    expect(over).toMatchObject({ binomial: null, count: 4 * 19 });
  });

  it("has a wider interval from trials than from windows where trials are all right or all wrong", () => {
    const trials = decodedTrials("split", { trials: 8, samples: 640, gain: 5 }).map((trial, t) =>
      t < 4 ? trial : { ...trial, attended: 1 - trial.attended },
    );
    const [point] = decisionCurve(trials, { rateHz: 64, windowSeconds: [1] }).points;
    expect(point).toMatchObject({ accuracy: 0.5, count: 80, trials: 8, clusters: 8 });
    expect(point!.interval!.high - point!.interval!.low).toBeGreaterThan(
      2 * (point!.binomial!.high - point!.binomial!.low),
    );
    // The number of right trials of 8 by a fair coin is 1 .. 7 with probability 254 / 256.
    expect(point!.interval!.low).toBeGreaterThanOrEqual(0.125);
    expect(point!.interval!.high).toBeLessThanOrEqual(0.875);
  });

  it("is at chance for decoding of nothing and has the correlation of the construction for decoding of something", () => {
    const nothing = decisionCurve(decodedTrials("nothing", { trials: 20, samples: 1280, gain: 0 }), {
      rateHz: 64,
      windowSeconds: [1],
    }).points[0]!;
    expect(nothing.binomial!.low).toBeLessThan(0.5);
    expect(nothing.binomial!.high).toBeGreaterThan(0.5);
    const something = decisionCurve(decodedTrials("something", { trials: 20, samples: 1280, gain: 0.75 }), {
      rateHz: 64,
      windowSeconds: ["trial"],
    }).points[0]!;
    // gain / sqrt(1 + gain^2), four standard errors of 25600 samples.
    expect(something.attended.mean).toBeCloseTo(0.6, 1);
    expect(Math.abs(something.attended.mean - 0.6)).toBeLessThan(0.02);
    expect(Math.abs(something.unattended.mean)).toBeLessThan(0.03);
    expect(something.attended.interval!.low).toBeLessThan(something.attended.mean);
  });

  it("is the same with the same seed and counts ties as wrong", () => {
    const [trial] = decodedTrials("tie", { trials: 1, samples: 128, gain: 1 });
    const same = { ...trial!, candidates: [trial!.candidates[0]!, trial!.candidates[0]!] };
    const curve = decisionCurve([same, trial!], { rateHz: 64, seed: 4 });
    expect(curve.points[0]).toMatchObject({ ties: 2, count: 4 });
    expect(decisionCurve([same, trial!], { rateHz: 64, seed: 4 })).toEqual(curve);
    expect(curve.warnings.at(-1)).toContain("2 clusters");
    // Rounding must not tell a source from a copy of it at another gain.
    const copy = trial!.candidates[trial!.attended]!.map((row) => row.map((value) => 0.3 * value + 0.1));
    const scaled = { ...trial!, candidates: [trial!.candidates[trial!.attended]!, copy], attended: 0 };
    expect(decisionCurve([scaled], { rateHz: 64 }).points[0]).toMatchObject({ ties: 2, correct: 0 });
  });

  it("takes an hour at 64 Hz in less than three seconds", () => {
    const trials = decodedTrials("hour", { trials: 6, samples: 64 * 600, gain: 0.1 });
    const start = performance.now();
    const { points } = decisionCurve(trials, { rateHz: 64, overlap: 0.9 });
    expect(points).toHaveLength(8);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  it("refuses options it cannot work with", () => {
    const trials = decodedTrials("refusals", { trials: 2, samples: 64, gain: 1 });
    expect(() => decisionCurve([], { rateHz: 64 })).toThrow("no trials");
    expect(() => decisionCurve(trials, { rateHz: 64, overlap: 1 })).toThrow("overlap is 1");
    expect(() => decisionCurve(trials, { rateHz: 1, windowSeconds: [1] })).toThrow("1 samples at 1 Hz");
    expect(() => decisionCurve(trials, { rateHz: 0 })).toThrow("rateHz is 0");
  });

  // Envelopes decoded from EEG by the authors of mldecoders, 71698 samples taken as 125 Hz; cut into trials of 30 s here.
  describe("recorded reconstructions", () => {
    const load = (name: string) =>
      Float64Array.from(readNpy(readFileSync(sharedPath(`trf/mldecoders/${name}.npy`)), name).data);
    const read = (listener: number): DecodedTrial[] => {
      const [decoded, own, other] = [
        load(`fM_predictions_YH0${listener}_ridge`),
        load("fM_attended_truth"),
        load("fM_unattended_truth"),
      ] as const;
      return Array.from({ length: Math.floor(decoded.length / 3750) }, (_, t) => {
        const part = (series: Float64Array) => [series.slice(t * 3750, (t + 1) * 3750)];
        return { decoded: part(decoded), candidates: [part(other), part(own)], attended: 1 };
      });
    };

    testWithShared("follow the attended speaker in three listeners, better in longer windows", () => {
      for (const listener of [0, 1, 2]) {
        const { points } = decisionCurve(read(listener), { rateHz: 125, windowSeconds: [1, 5, "trial"] });
        for (const { attended, unattended } of points) expect(attended.mean).toBeGreaterThan(unattended.mean);
        const [short, middle, long] = points.map(({ accuracy }) => accuracy) as [number, number, number];
        expect(middle).toBeGreaterThan(short);
        expect(long).toBeGreaterThan(middle);
        expect(points[0]).toMatchObject({ count: 570, trials: 19 });
      }
    });
  });
});
