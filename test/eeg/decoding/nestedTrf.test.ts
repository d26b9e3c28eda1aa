import { describe, expect, it } from "vitest";
import { averageTrf } from "../../../src/eeg/decoding/averageTrf.ts";
import { crossValidateTrf } from "../../../src/eeg/decoding/crossValidateTrf.ts";
import { nestedTrf } from "../../../src/eeg/decoding/nestedTrf.ts";
import { scoreTrf } from "../../../src/eeg/decoding/predictTrf.ts";
import { trainTrf } from "../../../src/eeg/decoding/trainTrf.ts";
import { followingTrial } from "./trfTrials.ts";

const trials = [0, 1, 2, 3].map((t) => followingTrial(`nested ${t}`, 3, [1, -0.5], 2, 150));
const lambdas = [0.01, 1, 100];
const options = { direction: "backward", rateHz: 20 } as const;

describe("nestedTrf", () => {
  it("has the model of trainTrf on the other trials, to the last bit, with the lambda cross-validated among them", () => {
    const folds = nestedTrf(trials, lambdas, options);
    expect(folds.map((fold) => fold.trials)).toEqual([[0], [1], [2], [3]]);
    for (const { trials: left, lambda, model, scores, search } of folds) {
      const others = trials.filter((_, t) => !left.includes(t));
      const expected = crossValidateTrf(others, lambdas, options);
      expect(search.correlations).toBeAllclose(expected.correlations, { atol: 1e-12 });
      expect(lambda).toBe(lambdas[expected.best]);
      expect(model).toEqual(trainTrf(others, { ...options, lambda: lambda as number }));
      expect(scores).toEqual([scoreTrf(model, trials[left[0]!]!)]);
    }
  });

  it("keeps groups of trials together in both searches", () => {
    const folds = nestedTrf(trials, lambdas, { ...options, folds: [[0, 2], [1], [3]] });
    expect(folds[1]!.search.trials).toEqual([0, 1, 2]);
    expect(folds[1]!.scores.length).toBe(1);
    expect(folds[0]!.search.trials).toEqual([0, 1]);
    expect(folds[0]!.model).toEqual(trainTrf([trials[1]!, trials[3]!], { ...options, lambda: folds[0]!.lambda }));
  });

  it("averages models of single trials if asked to", () => {
    const [first] = nestedTrf(trials, lambdas, { ...options, foldModel: "averaged" });
    const expected = averageTrf(
      trials.slice(1).map((trial) => trainTrf([trial], { ...options, lambda: first!.lambda })),
    );
    expect(first!.model).toEqual(expected);
  });

  it("lets nothing of a trial left out into lambda and model, to the last bit", () => {
    const folds = nestedTrf(trials, lambdas, options);
    for (const changed of [0, 3]) {
      const loud = followingTrial("loud", 1, [1e6, -3e6], 1e6, 170);
      const others = nestedTrf(
        trials.map((trial, t) => (t === changed ? loud : trial)),
        lambdas,
        options,
      );
      expect(others[changed]!.model).toEqual(folds[changed]!.model);
      expect(others[changed]!.search).toEqual(folds[changed]!.search);
      expect(others[1]!.model).not.toEqual(folds[1]!.model);
    }
  });

  it("searches in merged folds if asked to", () => {
    const five = [...trials, followingTrial("nested 4", 3, [1, -0.5], 2, 150)];
    const [first] = nestedTrf(five, lambdas, { ...options, innerFolds: 2 });
    // Trials 1 .. 4 are 0 .. 3 among the others; they go to two folds in turn.
    expect(first!.search.trials).toEqual([0, 2, 1, 3]);
    const expected = crossValidateTrf(five.slice(1), lambdas, {
      ...options,
      folds: [
        [0, 2],
        [1, 3],
      ],
    });
    expect(first!.search.correlations).toEqual(expected.correlations);
  });

  it("refuses fewer than three trials or groups", () => {
    expect(() => nestedTrf(trials.slice(0, 2), lambdas, options)).toThrow("2 trials in 2 folds; 3 are needed");
    expect(() =>
      nestedTrf(trials, lambdas, {
        ...options,
        folds: [
          [0, 1],
          [2, 3],
        ],
      }),
    ).toThrow("4 trials in 2 folds; 3");
    expect(nestedTrf(trials, lambdas, { ...options, folds: [[0, 1], [2]] }).length).toBe(2);
  });
});
