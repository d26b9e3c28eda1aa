// What weights of trials do to sums, models and cross-validation.
import { describe, expect, it } from "vitest";
import { averageTrf } from "../../../src/eeg/decoding/averageTrf.ts";
import { crossValidateTrf } from "../../../src/eeg/decoding/crossValidateTrf.ts";
import { decodeTrf, encodeTrf } from "../../../src/eeg/decoding/encodeTrf.ts";
import { sumLagCovariances } from "../../../src/eeg/decoding/lagCovariance.ts";
import { nestedTrf } from "../../../src/eeg/decoding/nestedTrf.ts";
import { scoreTrf } from "../../../src/eeg/decoding/predictTrf.ts";
import { trainTrf } from "../../../src/eeg/decoding/trainTrf.ts";
import { trfCovariance } from "../../../src/eeg/decoding/trfCovariance.ts";
import type { TrfOptions } from "../../../src/eeg/decoding/trfOptions.ts";
import { tuneTrf } from "../../../src/eeg/decoding/tuneTrf.ts";
import { followingTrial } from "./trfTrials.ts";

const trials = [0, 1, 2, 3].map((t) => followingTrial(`weights ${t}`, 3, [1, -0.5], 2, 100 + 20 * t));
const options = { direction: "backward", rateHz: 20 } as const;
const weights = [1, 3, 2, 1];
/** Every trial as often as its weight says. */
const repeated = [0, 1, 1, 1, 2, 2, 3].map((t) => trials[t]!);

describe("weights of trials", () => {
  it("multiply all sums, and leave the parts as they are", () => {
    const parts = trials.map((trial) => trfCovariance([trial], options));
    const before = parts[1]!.gram.slice();
    const total = sumLagCovariances(parts, weights);
    const expected = trfCovariance(repeated, options);
    expect([total.samples, total.trials]).toEqual([expected.samples, expected.trials]);
    for (const name of ["gram", "cross", "columnSums", "targetSums"] as const) {
      expect(total[name]).toBeAllclose(expected[name], { rtol: 1e-12, atol: 1e-11 });
    }
    expect(parts[1]!.gram).toEqual(before);
    expect(sumLagCovariances(parts, [1, 1, 1, 1])).toEqual(sumLagCovariances(parts));
  });

  it.each([
    { ...options },
    { ...options, lambdaConvention: "mtrfpy", edges: "zeropad" },
    { ...options, direction: "forward", lambdaConvention: "plain", method: "tikhonov" },
    { ...options, method: "shrinkage" },
  ] as TrfOptions[])("train as if a trial were there as often as its weight says: %j", (each) => {
    const model = trainTrf(trials, { ...each, weights });
    const expected = trainTrf(repeated, each);
    expect(model.trainingSamples).toBe(expected.trainingSamples);
    expect(model.options).toEqual(expected.options);
    expect(model.bias).toBeAllclose(expected.bias, { atol: 1e-12 });
    for (const [f, row] of expected.weights.entries()) expect(model.weights[f]!).toBeAllclose(row, { atol: 1e-12 });
  });

  it("of 1 change nothing, to the last bit", () => {
    const ones = trials.map(() => 1);
    expect(trainTrf(trials, { ...options, weights: ones })).toEqual(trainTrf(trials, options));
    const cross = (extra: object) => crossValidateTrf(trials, [0.1, 1], { ...options, ...extra });
    expect(cross({ weights: ones })).toEqual(cross({}));
    expect(cross({ weights: ones, foldModel: "averaged" })).toEqual(cross({ foldModel: "averaged" }));
  });

  it("draw a model from that of some trials to that of others", () => {
    const generic = trainTrf(trials.slice(0, 3), options);
    const own = trainTrf(trials.slice(3), options);
    const mixed = (weight: number) => trainTrf(trials, { ...options, weights: [1, 1, 1, weight] });
    const apart = (a: typeof own, b: typeof own) =>
      Math.hypot(...a.weights[0]!.map((value, i) => value - b.weights[0]![i]!));
    const distances = [1e-6, 1, 10, 1e6].map((weight) => apart(mixed(weight), own));
    for (let i = 1; i < 4; i++) expect(distances[i]!).toBeLessThan(distances[i - 1]!);
    expect(apart(mixed(1e-6), generic)).toBeLessThan(1e-5);
    expect(distances[3]!).toBeLessThan(1e-5);
  });

  it("hold in every fold, while trials count alike in accuracies", () => {
    for (const foldModel of ["pooled", "averaged"] as const) {
      const result = crossValidateTrf(trials, [1], { ...options, weights, foldModel });
      for (const t of [0, 1, 2, 3]) {
        const others = [0, 1, 2, 3].filter((other) => other !== t);
        const model =
          foldModel === "pooled"
            ? trainTrf(
                others.flatMap((o) => new Array(weights[o]!).fill(trials[o]!)),
                { ...options, lambda: 1 },
              )
            : averageTrf(others.flatMap((o) => new Array(weights[o]!).fill(trainTrf([trials[o]!], options))));
        expect(result.correlations[t]).toBeCloseTo(scoreTrf(model, trials[t]!).correlations[0]!, 11);
      }
      expect(result.meanCorrelations[0]).toBeCloseTo(result.correlations.reduce((a, b) => a + b) / 4, 14);
    }
  });

  it("go into the model of tuneTrf and of every fold of nestedTrf", () => {
    const tuned = tuneTrf(trials, [0.1, 10], { ...options, weights });
    expect(tuned.model).toEqual(trainTrf(trials, { ...options, weights, lambda: tuned.lambda }));
    const [first] = nestedTrf(trials, [0.1, 10], { ...options, weights });
    expect(first!.model).toEqual(
      trainTrf(trials.slice(1), { ...options, weights: weights.slice(1), lambda: first!.lambda }),
    );
  });

  it("that are no whole numbers survive as samples of an encoded model", () => {
    const model = trainTrf(trials, { ...options, weights: [0.3, 1, 1, 1] });
    expect(Number.isInteger(model.trainingSamples)).toBe(false);
    expect(decodeTrf(encodeTrf(model))).toEqual(model);
  });

  it("must be one a trial, above 0", () => {
    expect(() => trainTrf(trials, { ...options, weights: [1, 2] })).toThrow("trainTrf: 2 weights for 4 trials");
    expect(() => trainTrf(trials, { ...options, weights: [1, 0, 1, 1] })).toThrow("weight of trial 1 is 0");
    expect(() => tuneTrf(trials, [1], { ...options, weights: [1, 1, 1, Number.NaN] })).toThrow(
      "weight of trial 3 is NaN",
    );
    expect(() => averageTrf([trainTrf(trials, options)], [])).toThrow("averageTrf: 0 weights for 1 trials");
  });
});
