import { lusolve, matrix, multiply, transpose } from "mathjs";
import { describe, expect, it } from "vitest";
import { predictTrf } from "../../../src/eeg/decoding/predictTrf.ts";
import { singleLags, trainSingleLagTrfs, trainTrf } from "../../../src/eeg/decoding/trainTrf.ts";
import type { TrfTrial } from "../../../src/eeg/decoding/trfCovariance.ts";
import type { TrfOptions } from "../../../src/eeg/decoding/trfOptions.ts";
import { factorCholesky } from "../../../src/numeric/cholesky.ts";
import { followingTrial, formulaTrials, noiseTrial, recordedBackward, recordedTrf } from "./trfTrials.ts";

const backward = { direction: "backward", rateHz: 10 } as const;
const forward = { direction: "forward", rateHz: 10 } as const;

describe("trainTrf", () => {
  it.each(recordedTrf.definition)(
    "is the definition as NumPy solves it: $options.direction, $options.method, $options.lambdaConvention, $options.edges",
    ({ options, weights, bias }) => {
      const model = trainTrf(formulaTrials, options);
      for (const [f, row] of weights.entries())
        expect(model.weights[f]!).toBeAllclose(row, { rtol: 1e-9, atol: 1e-10 });
      expect(model.bias).toBeAllclose(bias, { rtol: 1e-9, atol: 1e-10 });
    },
  );

  it.each(recordedTrf.mne)(
    "agrees with MNE where trials end in silence: $options.direction, $options.method",
    ({ options, weights }) => {
      const cut = (values: Float64Array) => {
        const inside = values.subarray(20, 70);
        const mean = inside.reduce((sum, value) => sum + value, 0) / 50;
        return values.map((value, t) => (t >= 20 && t < 70 ? value - mean : 0));
      };
      const trials = formulaTrials.map(({ eeg, stimulus }) => ({ eeg: eeg.map(cut), stimulus: stimulus.map(cut) }));
      const model = trainTrf(trials, options);
      for (const [f, row] of weights.entries())
        expect(model.weights[f]!).toBeAllclose(row, { rtol: 1e-9, atol: 1e-10 });
      expect(model.bias).toBeAllclose(new Float64Array(model.bias.length), { atol: 1e-12 });
    },
  );

  it.each(["backward", "forward"] as const)("peaks at +100 ms for EEG that is 100 ms late, %s", (direction) => {
    const trial = followingTrial("peak", 10, [1, -2, 0.5], 0.1, 600);
    const model = trainTrf([trial], { direction, rateHz: 100, minLagSeconds: -0.1 });
    const strength = Array.from(model.lagSeconds, (_, i) =>
      model.weights.reduce(
        (sum, row) => sum + row.subarray(i * model.inputs, (i + 1) * model.inputs).reduce((s, w) => s + w * w, 0),
        0,
      ),
    );
    expect(model.lagSeconds[strength.indexOf(Math.max(...strength))]).toBeCloseTo(0.1, 12);
    expect([model.lagSamples[0], model.lagSamples.at(-1)]).toEqual([-10, 25]);
  });

  it("recovers an exact linear relation in both directions", () => {
    const { stimulus } = noiseTrial("exact", 1, 2, 300);
    const [a, b] = stimulus as [Float64Array, Float64Array];
    // EEG 1 and 2 samples after the features.
    const eeg = [a.map((_, t) => 2 + 3 * (a[t - 1] ?? 0) - (b[t - 2] ?? 0))];
    const model = trainTrf([{ eeg, stimulus }], { direction: "forward", rateHz: 1, maxLagSeconds: 2, method: "ols" });
    expect(model.weights[0]!).toBeAllclose([0, 0, 3, 0, 0, -1], { atol: 1e-12 });
    expect(model.bias[0]).toBeCloseTo(2, 12);
  });

  it.each(recordedBackward)(
    "is ridge regression as NumPy solves it, backward: $edges, lambdaScale $lambdaScale, standardize $standardize",
    ({ weights, bias, lambdaScale, ...options }) => {
      const lambdaConvention = lambdaScale === "relative" ? "relative" : "plain";
      const model = trainTrf(formulaTrials, { ...options, direction: "backward", rateHz: 32, lambdaConvention });
      for (const [f, row] of weights.entries())
        expect(model.weights[f]!).toBeAllclose(row, { rtol: 1e-9, atol: 1e-11 });
      expect(model.bias).toBeAllclose(bias, { rtol: 1e-9, atol: 1e-11 });
    },
  );

  it("solves the normal equations of the lagged inputs with a column of ones that is not penalised", () => {
    const trial = noiseTrial("normal", 5, 2, 60);
    const rows = Array.from({ length: 57 }, (_, t) => [
      1,
      ...[0, 1, 2, 3].flatMap((lag) => trial.eeg.map((channel) => channel[t + lag]!)),
    ]);
    const x = matrix(rows);
    const gram = (multiply(transpose(x), x).toArray() as number[][]).map((row, i) =>
      row.map((value, j) => value + (i === j && i > 0 ? 3 : 0)),
    );
    const plain = { direction: "backward", rateHz: 1, maxLagSeconds: 3, lambdaConvention: "plain", lambda: 3 } as const;
    const model = trainTrf([trial], plain);
    for (const [f, target] of trial.stimulus.entries()) {
      const right = multiply(transpose(x), [...target].slice(0, 57)).toArray() as number[];
      const [bias, ...weights] = (lusolve(gram, right) as number[][]).flat();
      expect(model.weights[f]!).toBeAllclose(weights, { atol: 1e-12 });
      expect(model.bias[f]).toBeCloseTo(bias!, 12);
    }
  });

  it("predicts the mean of the outputs as lambda grows without limit", () => {
    const trial = noiseTrial("limit", 3, 2, 100);
    const model = trainTrf([trial], { ...backward, lambda: 1e15 });
    for (const [f, predicted] of predictTrf(model, trial.eeg).entries()) {
      const mean = trial.stimulus[f]!.subarray(0, 98).reduce((sum, value) => sum + value, 0) / 98;
      expect(predicted).toBeAllclose(new Float64Array(100).fill(mean), { atol: 1e-12 });
    }
  });

  it("standardized gives the same prediction in any unit and with any offset of the inputs", () => {
    const trial = noiseTrial("units", 4, 1, 200);
    const other = trial.eeg.map((channel, c) => channel.map((value) => 10 ** (c - 6) * (value + c)));
    const expected = predictTrf(trainTrf([trial], backward), trial.eeg);
    const actual = predictTrf(trainTrf([{ ...trial, eeg: other }], backward), other);
    expect(actual[0]!).toBeAllclose(expected[0]!, { atol: 1e-11 });
  });

  it("takes every lag from 0 to 250 ms unless told otherwise, 17 at 64 Hz", () => {
    const model = trainTrf([noiseTrial("lags", 2, 1, 100)], { direction: "backward", rateHz: 64 });
    expect(model.lagSamples).toEqual(Int32Array.from({ length: 17 }, (_, i) => i));
    expect(model.options).toMatchObject({ maxLagSeconds: 0.25, lambda: 1, lambdaConvention: "relative" });
  });

  it("is ridge regression when all bands have one lambda, and least squares when lambda is 0", () => {
    const ridge = trainTrf(formulaTrials, { ...forward, lambda: 0.7 });
    const banded = trainTrf(formulaTrials, { ...forward, method: "banded", bands: [1, 1], lambda: [0.7, 0.7] });
    const one = trainTrf(formulaTrials, { ...forward, method: "banded", bands: [2], lambda: 0.7 });
    const plain = trainTrf(formulaTrials, { ...forward, lambda: 0 });
    const ols = trainTrf(formulaTrials, { ...forward, method: "ols" });
    const none = trainTrf(formulaTrials, { ...forward, method: "shrinkage", lambda: 0 });
    for (const f of [0, 1, 2]) {
      expect(banded.weights[f]!).toBeAllclose(ridge.weights[f]!, { rtol: 1e-12, atol: 1e-14 });
      expect(one.weights[f]!).toBeAllclose(ridge.weights[f]!, { rtol: 1e-12, atol: 1e-14 });
      expect(ols.weights[f]!).toBeAllclose(plain.weights[f]!, { rtol: 1e-12 });
      expect(none.weights[f]!).toBeAllclose(plain.weights[f]!, { rtol: 1e-12 });
    }
  });

  it("is smoother over lags with a greater lambda of Tikhonov, and does not pull a constant response to 0", () => {
    const { stimulus } = noiseTrial("smooth", 1, 1, 500);
    const s = stimulus[0]!;
    const eeg = [s.map((_, t) => [0, 1, 2].reduce((sum, lag) => sum + (s[t - lag] ?? 0), 0))];
    const options = { direction: "forward", rateHz: 1, maxLagSeconds: 2, method: "tikhonov", lambda: 1e6 } as const;
    expect(trainTrf([{ eeg, stimulus }], options).weights[0]!).toBeAllclose([1, 1, 1], { atol: 1e-9 });
  });

  it("gives twins equal shares of a weight when the covariance is rank deficient, and refuses it without a penalty", () => {
    const { eeg, stimulus } = noiseTrial("twins", 2, 1, 100);
    const twins = { eeg: [eeg[0]!, eeg[1]!, eeg[0]!], stimulus };
    const { weights } = trainTrf([twins], { ...backward, lambda: 1e-3 });
    for (let row = 0; row < 3; row++) expect(weights[0]![3 * row + 2]).toBeCloseTo(weights[0]![3 * row]!, 9);
    expect(() => trainTrf([twins], { ...backward, method: "ols" })).toThrow("EEG channel 2 at lag 0 samples");
    const both = { eeg: stimulus, stimulus: [eeg[0]!, eeg[0]!] };
    expect(() => trainTrf([both], { ...forward, method: "ols" })).toThrow("stimulus feature 1 at lag 2 samples");
  });

  it("with more unknowns than samples warns, and is the dual ridge solution X'(XX' + r I)^-1 y", () => {
    const trial = noiseTrial("wide", 20, 1, 42);
    const model = trainTrf([trial], { ...backward, lambda: 3, lambdaConvention: "plain" });
    expect(model.warnings.join()).toContain("40 samples for 61 unknowns an output (20 inputs at 3 lags and the bias)");
    const rows = Array.from({ length: 40 }, (_, t) => [0, 1, 2].flatMap((lag) => trial.eeg.map((x) => x[t + lag]!)));
    const means = rows[0]!.map((_, p) => rows.reduce((sum, row) => sum + row[p]!, 0) / 40);
    const centred = rows.map((row) => row.map((value, p) => value - means[p]!));
    const y = trial.stimulus[0]!.subarray(0, 40);
    const mean = y.reduce((sum, value) => sum + value, 0) / 40;
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, p) => sum + value * b[p]!, 0);
    const data = Float64Array.from(centred.flatMap((a) => centred.map((b) => dot(a, b))));
    const dual = factorCholesky({ rows: 40, columns: 40, data }, { ridge: 3 }).solve(y.map((value) => value - mean));
    const expected = means.map((_, p) => centred.reduce((sum, row, t) => sum + row[p]! * dual[t]!, 0));
    expect(model.weights[0]!).toBeAllclose(expected, { atol: 1e-12 });
    expect(() => trainTrf([trial], { ...backward, method: "ols" })).toThrow("lambda 0 needs at least as many samples");
  });

  it("has covariances with the target over the mean variance of the inputs as weights at full shrinkage", () => {
    const x = Float64Array.of(1, -1, 1, -1);
    const target = Float64Array.of(5, 1, 5, 1);
    const options = { direction: "backward", rateHz: 1, maxLagSeconds: 0, method: "shrinkage", lambda: 1 } as const;
    const model = trainTrf([{ eeg: [x], stimulus: [target] }], options);
    expect(model.weights[0]![0]).toBeCloseTo(2, 14);
    expect(model.bias[0]).toBeCloseTo(3, 14);
  });
});

describe("trainTrf refuses", () => {
  const trial = noiseTrial("refuse", 2, 2, 50);
  const other = noiseTrial("other", 2, 2, 60);
  const constant = new Float64Array(50).fill(3);
  const broken = trial.eeg[1]!.slice().fill(Number.NaN, 4, 5);
  const cases: [string, TrfTrial[], Partial<TrfOptions>, string][] = [
    ["no trials", [], {}, "no trials"],
    [
      "a channel that is constant, which predicts nothing",
      [{ ...trial, eeg: [trial.eeg[0]!, constant] }],
      {},
      "EEG channel 1 is constant (3)",
    ],
    [
      "a target of zero variance, which cannot be predicted",
      [{ ...trial, stimulus: [constant, constant] }],
      {},
      "stimulus feature 0 is constant (3)",
    ],
    [
      "trials of several sizes",
      [other, { ...other, eeg: trial.eeg.slice(1) }],
      {},
      "trial 1 has 1 EEG channels, trial 0 2",
    ],
    ["a trial without stimulus", [trial, { ...trial, stimulus: [] }], {}, "trial 1 has no stimulus features"],
    [
      "lengths that differ",
      [trial, { ...trial, stimulus: other.stimulus }],
      {},
      "trial 1: stimulus feature 0 has 60 samples, EEG channel 0 50",
    ],
    ["another rate", [trial, { ...trial, rateHz: 20 }], {}, "trial 1 is at 20 Hz, the options say 10 Hz"],
    [
      "NaN",
      [other, { ...trial, eeg: [trial.eeg[0]!, broken] }],
      {},
      "trial 1: EEG channel 1 has 1 of 50 values that are not finite",
    ],
    ["a trial shorter than the lags", [other, trial], { maxLagSeconds: 5 }, "trial 1: trial has 50 samples, too short"],
    [
      "bands of another size",
      [trial],
      { method: "banded", bands: [1, 2], lambda: [1, 1] },
      "the bands have 3 inputs, the trials 2",
    ],
  ];

  it.each(cases)("%s", (_, trials, options, message) => {
    expect(() => trainTrf(trials, { ...backward, ...options })).toThrow(message);
  });

  it("names the series by their part in a forward model", () => {
    const flat = { ...trial, eeg: [constant, trial.eeg[1]!] };
    expect(() => trainTrf([flat], forward)).toThrow(
      "EEG channel 0 is constant (3) over the training trials; there is nothing",
    );
  });
});

describe("singleLags", () => {
  it("has one set of options for each lag, and models that know one lag", () => {
    const options = { ...backward, minLagSeconds: -0.1, maxLagSeconds: 0.2 };
    expect(singleLags(options).map(({ minLagSeconds }) => minLagSeconds)).toEqual([-0.1, 0, 0.1, 0.2]);
    const trial = followingTrial("single", 2, [1, 0.5], 0.5);
    const models = trainSingleLagTrfs([trial], options);
    expect(models.map(({ lagSamples }) => [...lagSamples])).toEqual([[-1], [0], [1], [2]]);
    // The stimulus is in the EEG two samples later.
    const strengths = models.map(({ weights }) => Math.abs(weights[0]![0]!));
    expect(strengths.indexOf(Math.max(...strengths))).toBe(3);
  });
});
