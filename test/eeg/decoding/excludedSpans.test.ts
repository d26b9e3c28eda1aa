// What `excluded` of a trial does to models, predictions, scores and windows together.
import { describe, expect, it } from "vitest";
import { crossValidateTrf } from "../../../src/eeg/decoding/crossValidateTrf.ts";
import { decisionCurve } from "../../../src/eeg/decoding/decisionCurve.ts";
import { permutationNull } from "../../../src/eeg/decoding/permutationNull.ts";
import { predictTrf, scoreTrf } from "../../../src/eeg/decoding/predictTrf.ts";
import { trainTrf } from "../../../src/eeg/decoding/trainTrf.ts";
import { type TrfTrial, validTrfSamples } from "../../../src/eeg/decoding/trfCovariance.ts";
import { createWindowScorer } from "../../../src/eeg/decoding/windowScores.ts";
import { factorCholesky } from "../../../src/numeric/cholesky.ts";
import { pearson } from "../../../src/numeric/statistics.ts";
import { decodedTrials } from "./decodedTrials.ts";
import { followingTrial, noise } from "./trfTrials.ts";

const rateHz = 20;
const spans = [
  { startSeconds: 0, endSeconds: 0.4 },
  { startSeconds: 3.02, endSeconds: 3.9 },
  { startSeconds: 9, endSeconds: 9.05 },
];
const clean = followingTrial("excluded", 3, [1, -0.5, 0.2], 1, 240);
/** The same with artefacts in the spans. */
const spoilt: TrfTrial = {
  ...clean,
  excluded: spans,
  eeg: clean.eeg.map((channel) =>
    channel.map((value, t) =>
      spans.some((s) => t >= Math.floor(20 * s.startSeconds) && t < 20 * s.endSeconds) ? 1e5 : value,
    ),
  ),
};

describe("spans excluded from a trial", () => {
  for (const direction of ["backward", "forward"] as const)
    for (const edges of ["valid", "zeropad"] as const)
      it(`leave the model of the rows that are left: ${direction}, ${edges}`, () => {
        const options = { direction, rateHz, minLagSeconds: -0.05, maxLagSeconds: 0.2, edges } as const;
        const lambda = 2;
        const model = trainTrf([spoilt], { ...options, lambdaConvention: "plain", lambda });
        const [inputs, outputs] = direction === "forward" ? [clean.stimulus, clean.eeg] : [clean.eeg, clean.stimulus];
        const kept = [...validTrfSamples(spoilt, options).entries()].flatMap(([t, flag]) => (flag === 1 ? [t] : []));
        const lags = [-1, 0, 1, 2, 3, 4];
        const rows = kept.map((t) =>
          lags.flatMap((lag) => inputs.map((row) => row[direction === "forward" ? t - lag : t + lag] ?? 0)),
        );
        const columns = rows[0]!.length;
        const means = rows[0]!.map((_, p) => rows.reduce((sum, row) => sum + row[p]!, 0) / rows.length);
        const gram = Float64Array.from({ length: columns ** 2 }, (_, at) => {
          const [p, q] = [Math.floor(at / columns), at % columns];
          return rows.reduce((sum, row) => sum + (row[p]! - means[p]!) * (row[q]! - means[q]!), 0);
        });
        const factor = factorCholesky({ rows: columns, columns, data: gram }, { ridge: lambda });
        for (const [f, output] of outputs.entries()) {
          const mean = kept.reduce((sum, t) => sum + output[t]!, 0) / kept.length;
          const right = means.map((m, p) =>
            rows.reduce((sum, row, i) => sum + (row[p]! - m) * (output[kept[i]!]! - mean), 0),
          );
          const expected = factor.solve(Float64Array.from(right));
          expect(model.weights[f]!).toBeAllclose(expected, { atol: 1e-12 });
          const bias = mean - expected.reduce((sum, weight, p) => sum + weight * means[p]!, 0);
          expect(model.bias[f]).toBeCloseTo(bias, 12);
        }
        expect(model.trainingSamples).toBe(kept.length);
      });

  it("are marked sample by sample, with every sample that has one of them among its lags", () => {
    const trial = { eeg: [new Float64Array(12)], stimulus: [], excluded: [{ startSeconds: 5, endSeconds: 6 }] };
    const flags = (options: object) =>
      validTrfSamples(trial, { direction: "backward", rateHz: 1, minLagSeconds: 0, maxLagSeconds: 2, ...options }).join(
        "",
      );
    expect(flags({})).toBe("111000111100");
    expect(flags({ edges: "zeropad" })).toBe("111000111111");
    expect(flags({ direction: "forward" })).toBe("001110001111");
    // The target sample itself counts too where 0 is no lag.
    expect(flags({ minLagSeconds: 2 })).toBe("111010111100");
  });

  it("leave predictions as long as they were, and scores of the samples that are left", () => {
    const options = { direction: "backward", rateHz } as const;
    const model = trainTrf([clean], options);
    const predicted = predictTrf(model, spoilt.eeg);
    expect(predicted[0]!.length).toBe(240);
    const valid = validTrfSamples(spoilt, options);
    const pick = (row: Float64Array) => row.filter((_, t) => valid[t] === 1);
    const [a, b] = [pick(predicted[0]!), pick(clean.stimulus[0]!)];
    const score = scoreTrf(model, spoilt);
    expect(score.samples).toBe(a.length);
    expect(score.correlations[0]).toBeCloseTo(pearson(a, b), 14);
    expect(score.meanSquaredErrors[0]).toBeCloseTo(a.reduce((sum, v, i) => sum + (v - b[i]!) ** 2, 0) / a.length, 14);
    expect(scoreTrf(model, { ...spoilt, eeg: clean.eeg })).toEqual(score);
    expect(score.correlations[0]).toBeGreaterThan(scoreTrf(model, { ...clean, eeg: spoilt.eeg }).correlations[0]!);
  });

  it("have no say in cross-validation, and neither makes what is constant elsewhere vary", () => {
    const others = [1, 2].map((t) => followingTrial(`others ${t}`, 3, [1, -0.5, 0.2], 1, 200));
    const options = { direction: "backward", rateHz } as const;
    const result = crossValidateTrf([spoilt, ...others], [0.1, 1], options);
    const same = crossValidateTrf([{ ...spoilt, eeg: clean.eeg }, ...others], [0.1, 1], options);
    expect(same).toEqual(result);
    const flat = { ...spoilt, eeg: [clean.eeg[0]!.map((_, t) => (t < 8 ? 5 : 1)), ...clean.eeg.slice(1)] };
    expect(() => trainTrf([flat], options)).toThrow("EEG channel 0 is constant (1) over the training trials");
  });

  it("may not be all of a trial", () => {
    const all = { ...clean, excluded: [{ startSeconds: 0, endSeconds: 12 }] };
    expect(() => trainTrf([clean, all], { direction: "backward", rateHz })).toThrow(
      "trial 1: 240 of 240 samples are excluded, which leaves none with lags 0 .. 5; leave the trial out",
    );
    const model = trainTrf([clean], { direction: "backward", rateHz });
    expect(() => scoreTrf(model, all)).toThrow("240 samples leave 0 to compare");
  });
});

describe("windows of a trial with samples that are not valid", () => {
  const [whole] = decodedTrials("windows", { trials: 1, samples: 100, gain: 0.5 });
  const valid = Uint8Array.from({ length: 100 }, (_, t) => (t >= 10 && t < 25 ? 0 : t >= 40 && t < 44 ? 0 : 1));

  it("are scored on their valid samples, and left out where fewer than half are", () => {
    const spoiltTrial = {
      ...whole!,
      valid,
      decoded: whole!.decoded.map((row) => row.map((v, t) => (valid[t] ? v : 1e6))),
    };
    const scores = createWindowScorer("test", spoiltTrial).score(20);
    // 0 .. 19 has 10 valid ones, 20 .. 39 15, 40 .. 59 16; all windows take part.
    expect([scores.count, scores.excludedWindows]).toEqual([5, 0]);
    for (let w = 0; w < 5; w++) {
      const pick = (row: Float64Array) => row.filter((_, t) => t >= 20 * w && t < 20 * w + 20 && valid[t] === 1);
      for (const [s, candidate] of whole!.candidates.entries()) {
        const mean =
          candidate.reduce((sum, row, f) => sum + pearson(pick(whole!.decoded[f]!), pick(row)), 0) / candidate.length;
        expect(scores.correlations[w * whole!.candidates.length + s]).toBeCloseTo(mean, 12);
      }
    }
    const short = createWindowScorer("test", spoiltTrial).score(10);
    // 10 .. 19 has none, 20 .. 29 has 5 of 10, 40 .. 49 6.
    expect([short.count, short.excludedWindows]).toEqual([9, 1]);
    expect(short.correlations.length).toBe(9 * whole!.candidates.length);
  });

  it("are all there where all samples are valid", () => {
    const all = createWindowScorer("test", { ...whole!, valid: new Uint8Array(100).fill(1) });
    expect(all.score(20)).toEqual(createWindowScorer("test", whole!).score(20));
  });

  it("are counted in curves, which say where no window is left", () => {
    const trials = [{ ...whole!, valid }];
    const { points } = decisionCurve(trials, { rateHz: 10, windowSeconds: [1, "trial"] });
    expect(points.map(({ count, excludedWindows }) => [count, excludedWindows])).toEqual([
      [9, 1],
      [1, 0],
    ]);
    const none = [{ ...whole!, valid: valid.map((_, t) => (t % 3 === 0 ? 1 : 0)) }];
    const curve = decisionCurve(none, { rateHz: 10, windowSeconds: [1] });
    expect(curve.points).toEqual([]);
    expect(curve.warnings[0]).toContain("half of the samples are valid in no window of 1 s");
  });

  it("stay with the decoded features where a null moves these", () => {
    const good = decodedTrials("null", { trials: 6, samples: 320, gain: 3 });
    const flags = Uint8Array.from({ length: 320 }, (_, t) => (t < 30 || t > 290 ? 0 : 1));
    const bad = good.map((trial, k) => ({
      ...trial,
      valid: flags,
      decoded: trial.decoded.map((row) => row.map((value, t) => (flags[t] ? value : 1e4 * noise(`bad ${k}`, 320)[t]!))),
    }));
    const masked = good.map((trial) => ({ ...trial, valid: flags }));
    for (const method of ["shift", "shuffle"] as const) {
      const options = { rateHz: 32, method, permutations: 39, statistic: "difference" } as const;
      const [a, b] = [permutationNull(bad, options).tests[0]!, permutationNull(masked, options).tests[0]!];
      expect(a.nullMean).toBeCloseTo(b.nullMean, 9);
      expect(a.value).toBeCloseTo(b.value, 9);
    }
  });

  it("are refused flags that do not fit", () => {
    expect(() => createWindowScorer("test", { ...whole!, valid: new Uint8Array(99) })).toThrow(
      "valid has 99 flags for 100",
    );
    expect(() => createWindowScorer("test", { ...whole!, valid: new Uint8Array(100).fill(2) })).toThrow("0 or 1");
  });
});
