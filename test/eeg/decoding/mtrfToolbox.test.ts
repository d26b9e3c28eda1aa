// Results of version 1 of the mTRF-Toolbox in MATLAB. It adds lambda to every diagonal entry of X'X, also to those of the
// constant, which it has as many of as inputs; pads trials with zeros; and averages the models of single trials in
// cross-validation. Its backward lags run the other way: weights of its lag l are those of EEG l before the stimulus.
import { describe, expect } from "vitest";
import { crossValidateTrf } from "../../../src/eeg/decoding/crossValidateTrf.ts";
import { predictTrf, scoreTrf } from "../../../src/eeg/decoding/predictTrf.ts";
import { trainTrf } from "../../../src/eeg/decoding/trainTrf.ts";
import type { TrfTrial } from "../../../src/eeg/decoding/trfCovariance.ts";
import type { TrfOptions } from "../../../src/eeg/decoding/trfOptions.ts";
import { sharedPath, testWithShared } from "../../shared.ts";
import { type MatArray, readMat } from "./matFile.ts";

const rateHz = 64;
const load = (name: string) => readMat(sharedPath(`trf/pymtrf/${name}.mat`));

/** Columns of a [samples, columns] array, cut. */
const columns = ({ shape, data }: MatArray, count: number, from = 0, to = shape[0]!) =>
  Array.from({ length: count }, (_, c) => data.slice(c * shape[0]! + from, c * shape[0]! + to));

const makeTrial = (features: number, channels: number, from?: number, to?: number): TrfTrial => {
  const { x, y_sim } = load("gendata");
  return { stimulus: columns(x!, features, from, to), eeg: columns(y_sim!, channels, from, to), rateHz };
};

const makeOptions = (direction: TrfOptions["direction"], inputs: number, lags: [number, number]) =>
  ({
    direction,
    rateHz,
    minLagSeconds: lags[0] / rateHz,
    maxLagSeconds: lags[1] / rateHz,
    lambdaConvention: "plain",
    edges: "zeropad",
    biasPenalty: 1 / inputs,
  }) as const;

const close = { rtol: 1e-8, atol: 1e-12 };

describe("version 1 of the mTRF-Toolbox is reproduced", () => {
  for (const direction of ["forward", "backward"] as const)
    testWithShared(`training, ${direction}`, () => {
      const { w, i: constant } = load(direction === "forward" ? "mtrf_train_fwd" : "mtrf_train_bwd");
      const model = trainTrf([makeTrial(3, 3)], { ...makeOptions(direction, 3, [-4, 4]), lambda: 1 });
      expect(model.lagSamples).toEqual(Int32Array.from([-4, -3, -2, -1, 0, 1, 2, 3, 4]));
      for (const [f, weights] of model.weights.entries()) {
        const expected = Array.from(weights, (_, p) => {
          const row = Math.floor(p / 3);
          const lag = direction === "forward" ? row : 8 - row;
          return w!.data[(p % 3) + 3 * (lag + 9 * f)]!;
        });
        expect(weights).toBeAllclose(expected, close);
        // The constant is spread over three columns of ones.
        const parts = constant!.data.subarray(3 * f, 3 * f + 3);
        expect(model.bias[f]).toBeCloseTo(parts[0]! + parts[1]! + parts[2]!, 9);
      }
    });

  testWithShared("prediction, its correlation and error", () => {
    const { rec, r, mse } = load("mtrf_predict_fwd");
    const model = trainTrf([makeTrial(5, 4, 0, 128)], { ...makeOptions("forward", 5, [0, 4]), lambda: 1 });
    const next = makeTrial(5, 4, 128, 256);
    for (const [c, predicted] of predictTrf(model, next.stimulus).entries()) {
      expect(predicted).toBeAllclose(rec!.data.subarray(128 * c, 128 * (c + 1)), close);
    }
    const score = scoreTrf(model, next);
    expect(score.correlations).toBeAllclose(r!.data, close);
    expect(score.meanSquaredErrors).toBeAllclose(mse!.data, close);
  });

  for (const direction of ["forward", "backward"] as const)
    testWithShared(`cross-validation, ${direction}`, () => {
      const recorded = load(direction === "forward" ? "cross_val_equal_fwd" : "cross_val_equal_bwd");
      const trials = [0, 1, 2, 3].map((t) => makeTrial(5, 4, 128 * t, 128 * (t + 1)));
      const [inputs, outputs] = direction === "forward" ? [5, 4] : [4, 5];
      const result = crossValidateTrf(trials, [0.1, 1, 10], {
        ...makeOptions(direction, inputs, [-4, 4]),
        foldModel: "averaged",
      });
      expect(result.outputs).toBe(outputs);
      // [trials, lambdas, outputs] with the first dimension fastest there, the last one here.
      const ordered = ({ data }: MatArray) =>
        Array.from(data, (_, i) => {
          const [trial, lambda, output] = [Math.floor(i / (3 * outputs)), Math.floor(i / outputs) % 3, i % outputs];
          return data[trial + 4 * (lambda + 3 * output)]!;
        });
      expect(result.correlations).toBeAllclose(ordered(recorded.r!), close);
      expect(result.meanSquaredErrors).toBeAllclose(ordered(recorded.mse!), close);
    });
});
