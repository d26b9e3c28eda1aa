import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lusolve, matrix, multiply, transpose } from "mathjs";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/core/random.ts";
import {
  type BackwardModelOptions,
  predictBackward,
  trainBackwardModel,
} from "../../../src/eeg/decoding/backwardModel.ts";
import type { DecodingTrial } from "../../../src/eeg/decoding/lagCovariance.ts";

interface Recorded extends Required<Omit<BackwardModelOptions, "rateHz">> {
  weights: number[][];
  bias: number[];
}

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../fixtures/backwardModel.json"), "utf8"),
) as Recorded[];

const noise = (name: string, samples: number) => {
  const random = createRandom(name);
  return Float64Array.from({ length: samples }, random.normal);
};

/** Random EEG and targets. */
const randomTrial = (name: string, channels: number, features: number, samples: number): DecodingTrial => ({
  eeg: Array.from({ length: channels }, (_, c) => noise(`${name}/eeg${c}`, samples)),
  targets: Array.from({ length: features }, (_, f) => noise(`${name}/target${f}`, samples)),
});

/** EEG that follows a stimulus by some samples, in a mixture of channels. */
const followingTrial = (name: string, delay: number, gains: number[], samples = 400): DecodingTrial => {
  const stimulus = noise(name, samples);
  return {
    eeg: gains.map((gain) => stimulus.map((_, t) => gain * (stimulus[t - delay] ?? 0))),
    targets: [stimulus],
  };
};

describe("trainBackwardModel", () => {
  // The formula of test/fixtures/backwardModel.py.
  const trials = [0, 1, 2].map((trial) => {
    const make = (value: (t: number) => number) => Float64Array.from({ length: 90 }, (_, t) => value(t));
    const eeg = [0, 1, 2].map((c) =>
      make((t) => Math.sin(0.37 * t * (c + 1) + trial) + 0.5 * Math.cos(0.011 * t ** 2 + c) + 0.2 * c),
    );
    const targets = [0, 1].map((f) => make((t) => Math.cos(0.53 * t + f + trial) + 0.3 * eeg[f]![t]! + f));
    return { eeg, targets };
  });

  it.each(recorded)(
    "agrees with NumPy: $edges, $lambdaScale lambda $lambda, from $minLagSeconds s",
    ({ weights, bias, ...options }) => {
      const model = trainBackwardModel(trials, { rateHz: 32, ...options });
      for (const [f, row] of weights.entries())
        expect(model.weights[f]!).toBeAllclose(row, { rtol: 1e-9, atol: 1e-11 });
      expect(model.bias).toBeAllclose(bias, { rtol: 1e-9, atol: 1e-11 });
    },
  );

  it("solves the normal equations of the lagged EEG with a column of ones that is not penalised", () => {
    const trial = randomTrial("normal", 5, 2, 60);
    const lambda = 3;
    const rows = Array.from({ length: 57 }, (_, t) => [
      1,
      ...[0, 1, 2, 3].flatMap((lag) => trial.eeg.map((channel) => channel[t + lag]!)),
    ]);
    const x = matrix(rows);
    const gram = (multiply(transpose(x), x).toArray() as number[][]).map((row, i) =>
      row.map((value, j) => value + (i === j && i > 0 ? lambda : 0)),
    );
    const model = trainBackwardModel([trial], {
      rateHz: 1,
      maxLagSeconds: 3,
      lambda,
      lambdaScale: "absolute",
      standardize: false,
    });
    for (const [f, target] of trial.targets.entries()) {
      const right = multiply(transpose(x), [...target].slice(0, 57)).toArray() as number[];
      const [bias, ...weights] = (lusolve(gram, right) as number[][]).flat();
      expect(model.weights[f]!).toBeAllclose(weights, { atol: 1e-12 });
      expect(model.bias[f]).toBeCloseTo(bias!, 12);
    }
  });

  it("peaks at +100 ms for EEG that follows the stimulus by 100 ms", () => {
    const samples = 600;
    const { eeg, targets } = followingTrial("peak", 10, [1, -2, 0.5], samples);
    const noisy = eeg.map((channel, c) => channel.map((value, t) => value + 0.1 * noise(`peak${c}`, samples)[t]!));
    const model = trainBackwardModel([{ eeg: noisy, targets }], { rateHz: 100 });
    const strength = [...model.lagSeconds].map((_, i) => Math.abs(model.weights[0]![i * 3 + 1]!));
    expect(model.lagSeconds[strength.indexOf(Math.max(...strength))]).toBeCloseTo(0.1, 12);
    expect(model.lagSamples).toEqual(Int32Array.from({ length: 26 }, (_, i) => i));
  });

  it("recovers an exact linear relation and reconstructs with it", () => {
    // target(t) = 2 + 3 x0(t + 1) - x1(t + 2)
    const { eeg } = randomTrial("exact", 2, 1, 300);
    const target = eeg[0]!.map((_, t) => 2 + 3 * (eeg[0]![t + 1] ?? 0) - (eeg[1]![t + 2] ?? 0));
    const model = trainBackwardModel([{ eeg, targets: [target] }], { rateHz: 1, maxLagSeconds: 2, lambda: 0 });
    expect(model.weights[0]!).toBeAllclose([0, 0, 3, 0, 0, -1], { atol: 1e-12 });
    expect(model.bias[0]).toBeCloseTo(2, 12);
    const [decoded] = predictBackward(model, eeg);
    expect(decoded!.subarray(0, 298)).toBeAllclose(target.subarray(0, 298), { atol: 1e-12 });
  });

  it("predicts the mean of the targets as lambda grows without limit", () => {
    const trial = randomTrial("limit", 3, 2, 100);
    const model = trainBackwardModel([trial], { rateHz: 10, lambda: 1e15 });
    const predicted = predictBackward(model, trial.eeg);
    for (const [f, target] of trial.targets.entries()) {
      const mean = target.subarray(0, 98).reduce((sum, value) => sum + value, 0) / 98;
      expect(predicted[f]!).toBeAllclose(new Float64Array(100).fill(mean), { atol: 1e-12 });
    }
  });

  it("gives the same reconstruction in any unit and with any offset of the EEG", () => {
    const trial = randomTrial("units", 4, 1, 200);
    const other = trial.eeg.map((channel, c) => channel.map((value) => 10 ** (c - 6) * (value + c)));
    const options = { rateHz: 20 };
    const expected = predictBackward(trainBackwardModel([trial], options), trial.eeg);
    const actual = predictBackward(trainBackwardModel([{ ...trial, eeg: other }], options), other);
    expect(actual[0]!).toBeAllclose(expected[0]!, { atol: 1e-11 });
  });

  it("takes every lag from 0 to 250 ms unless told otherwise, and reports its options", () => {
    const model = trainBackwardModel([randomTrial("lags", 2, 1, 100)], { rateHz: 64 });
    expect(model.lagSamples.length).toBe(17);
    expect(model.options).toMatchObject({ rateHz: 64, maxLagSeconds: 0.25, lambda: 1, edges: "valid" });
  });

  it("refuses constant channels, singular covariances, ranges without a lag and trials that do not fit", () => {
    const trial = randomTrial("refuse", 2, 1, 50);
    const flat = { ...trial, eeg: [trial.eeg[0]!, new Float64Array(50).fill(3)] };
    const twin = { ...trial, eeg: [trial.eeg[0]!, trial.eeg[0]!] };
    const options = { rateHz: 10 };
    expect(() => trainBackwardModel([flat], options)).toThrow("channel 1 is constant");
    expect(() => trainBackwardModel([twin], { ...options, lambda: 0 })).toThrow("channel 1 at lag 0 samples");
    expect(() => trainBackwardModel([trial], { rateHz: 1, minLagSeconds: 0.1, maxLagSeconds: 0.9 })).toThrow(
      "no whole sample",
    );
    expect(() => trainBackwardModel([trial, randomTrial("three", 3, 1, 50)], options)).toThrow(
      "trial 1 has 3 channels",
    );
    expect(() => trainBackwardModel([], options)).toThrow("no trials");
    expect(() => trainBackwardModel([trial], { ...options, lambda: -1 })).toThrow("lambda is -1");
    expect(() => trainBackwardModel([trial], { ...options, maxLagSeconds: 5 })).toThrow("too short");
    const short = { ...trial, targets: [new Float64Array(49)] };
    expect(() => trainBackwardModel([short], options)).toThrow("target 0 has 49 samples");
    const broken = { ...trial, eeg: [trial.eeg[0]!, trial.eeg[1]!.slice().fill(Number.NaN, 4, 5)] };
    expect(() => trainBackwardModel([broken], options)).toThrow("index 4");
  });
});

describe("predictBackward", () => {
  it("counts EEG beyond the ends as its training mean, or as 0 with zeropad", () => {
    const eeg = [Float64Array.of(5, 1, 3, 7, 2, 6)];
    const targets = [Float64Array.of(1, 2, 0, 1, 3, 2)];
    for (const edges of ["valid", "zeropad"] as const) {
      const model = trainBackwardModel([{ eeg, targets }], { rateHz: 1, minLagSeconds: -1, maxLagSeconds: 1, edges });
      const [before, now, after] = model.weights[0]!;
      const [meanBefore, , meanAfter] = edges === "valid" ? model.columnMeans : [0, 0, 0];
      const predicted = predictBackward(model, eeg)[0]!;
      expect(predicted[0]).toBeCloseTo(model.bias[0]! + before! * meanBefore! + now! * 5 + after! * 1, 12);
      expect(predicted[2]).toBeCloseTo(model.bias[0]! + before! * 1 + now! * 3 + after! * 7, 12);
      expect(predicted[5]).toBeCloseTo(model.bias[0]! + before! * 2 + now! * 6 + after! * meanAfter!, 12);
    }
  });

  it("refuses another number of channels", () => {
    const model = trainBackwardModel([randomTrial("channels", 2, 1, 50)], { rateHz: 10 });
    expect(() => predictBackward(model, [new Float64Array(50)])).toThrow("EEG has 1 channels");
  });
});
