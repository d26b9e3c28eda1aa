import { describe, expect, it } from "vitest";
import { averageTrf } from "../../../src/eeg/decoding/averageTrf.ts";
import { crossValidateTrf, type TrfCrossValidationOptions } from "../../../src/eeg/decoding/crossValidateTrf.ts";
import { scoreTrf } from "../../../src/eeg/decoding/predictTrf.ts";
import { singleLags, trainTrf } from "../../../src/eeg/decoding/trainTrf.ts";
import { followingTrial, noiseTrial } from "./trfTrials.ts";

const trials = [0, 1, 2, 3, 4].map((t) => followingTrial(`cv ${t}`, 3, [1, -0.5, 0.2], 2, 150 + 10 * t));
const lambdas = [0.01, 1, 100];
const backward = { direction: "backward", rateHz: 20 } as const;

describe("crossValidateTrf", () => {
  it.each([
    { ...backward },
    { ...backward, direction: "forward", edges: "zeropad", lambdaConvention: "mtrf" },
    { ...backward, lambdaConvention: "mtrfpy", method: "tikhonov" },
  ] as TrfCrossValidationOptions[])("scores each trial with the model trained on the others: %j", (options) => {
    const result = crossValidateTrf(trials, lambdas, options);
    expect(result.trials).toEqual([0, 1, 2, 3, 4]);
    for (const [row, trial] of result.trials.entries()) {
      const others = trials.filter((_, t) => t !== trial);
      for (const [i, lambda] of lambdas.entries()) {
        const score = scoreTrf(trainTrf(others, { ...options, lambda }), trials[trial]!);
        const at = (row * lambdas.length + i) * result.outputs;
        expect(result.correlations.slice(at, at + result.outputs)).toBeAllclose(score.correlations, { atol: 1e-11 });
        expect(result.meanSquaredErrors.slice(at, at + result.outputs)).toBeAllclose(score.meanSquaredErrors, {
          rtol: 1e-11,
        });
      }
    }
  });

  it("averages over trials and outputs, and picks the best by correlation or error", () => {
    const options = { ...backward, direction: "forward" } as const;
    const byCorrelation = crossValidateTrf(trials, lambdas, options);
    const byError = crossValidateTrf(trials, lambdas, { ...options, criterion: "error" });
    const means = lambdas.map((_, i) => {
      const values = Array.from(
        { length: 15 },
        (_, k) => byError.meanSquaredErrors[(Math.floor(k / 3) * 3 + i) * 3 + (k % 3)]!,
      );
      return values.reduce((sum, value) => sum + value, 0) / 15;
    });
    expect(byError.meanErrors).toBeAllclose(means, { rtol: 1e-13 });
    expect(byError.best).toBe(means.indexOf(Math.min(...means)));
    expect(byCorrelation.best).toBe(
      byCorrelation.meanCorrelations.indexOf(Math.max(...byCorrelation.meanCorrelations)),
    );
  });

  it("leaves out groups of trials, and always trains on those in no group", () => {
    const result = crossValidateTrf(trials, [1], { ...backward, folds: [[3, 0], [1]] });
    expect(result.trials).toEqual([3, 0, 1]);
    for (const [row, [trial, others]] of (
      [
        [3, [1, 2, 4]],
        [0, [1, 2, 4]],
        [1, [0, 2, 3, 4]],
      ] as const
    ).entries()) {
      const model = trainTrf(
        others.map((t) => trials[t]!),
        { ...backward, lambda: 1 },
      );
      expect(result.correlations[row]).toBeCloseTo(scoreTrf(model, trials[trial]!).correlations[0]!, 11);
    }
    const one = crossValidateTrf(trials, [1], { ...backward, folds: [[3, 0]] });
    expect(one.correlations).toBeAllclose(result.correlations.slice(0, 2), { atol: 1e-12 });
  });

  it("averages the models of single trials if asked to", () => {
    const result = crossValidateTrf(trials, lambdas, { ...backward, foldModel: "averaged" });
    const others = [0, 2, 3, 4].map((t) => trainTrf([trials[t]!], { ...backward, lambda: 1 }));
    expect(result.correlations[1 * 3 + 1]).toBeCloseTo(scoreTrf(averageTrf(others), trials[1]!).correlations[0]!, 11);
  });

  it("finds the lag of the brain with models of one lag", () => {
    const each = singleLags({ ...backward }).map((options) => crossValidateTrf(trials, [0.1], options));
    const means = each.map(({ meanCorrelations }) => meanCorrelations[0]!);
    expect(means.indexOf(Math.max(...means))).toBe(3);
  });

  it("says where the best lambda is at an end of the grid that could go on", () => {
    const warningsOf = (grid: (number | number[])[], extra: Partial<TrfCrossValidationOptions> = {}) =>
      crossValidateTrf(trials, grid, { ...backward, ...extra }).warnings;
    expect(warningsOf([1e6, 1e8])).toEqual([
      "crossValidateTrf: the best lambda, 1000000, is the least of its grid; try smaller ones",
    ]);
    expect(warningsOf([1e-9, 1e-7, 1e-5]).join()).toContain("the best lambda, 0.00001, is the greatest of its grid");
    expect(warningsOf([1])).toEqual([]);
    const banded = { method: "banded", bands: [1, 2] } as const;
    expect(
      warningsOf(
        [
          [1e6, 1],
          [1e8, 1],
        ],
        banded,
      ).join(),
    ).toContain("the best lambda of band 0, 1000000, is the least");
    // 0 and full shrinkage are ends of the range itself. Without noise no regularization is best.
    const exact = [0, 1, 2].map((t) => followingTrial(`exact ${t}`, 3, [1], 0));
    const none = crossValidateTrf(exact, [0, 1000], { direction: "forward", rateHz: 20 });
    expect([none.best, none.warnings]).toEqual([0, []]);
    expect(warningsOf([0, 1], { method: "shrinkage" })).toEqual([]);
  });

  it("counts undefined correlations as 0 and says so", () => {
    const silent = { ...trials[1]!, stimulus: [new Float64Array(160)] };
    const result = crossValidateTrf([trials[0]!, silent, ...trials.slice(2)], [1], backward);
    expect(result.correlations[1]).toBeNaN();
    expect(result.warnings.join()).toContain("1 of 5 correlations are undefined");
    expect(result.warnings.join()).toContain("the first of output 0 in trial 1; they count as 0");
    const rest = [0, 2, 3, 4].reduce((sum, row) => sum + result.correlations[row]!, 0);
    expect(result.meanCorrelations[0]).toBeCloseTo(rest / 5, 14);
  });

  it("warns of few samples, and refuses what cannot be cross-validated", () => {
    const short = [0, 1].map((t) => noiseTrial(`short ${t}`, 3, 1, 20));
    expect(crossValidateTrf(short, [1], backward).warnings.join()).toContain("15 samples for 19 unknowns");
    expect(() => crossValidateTrf(short, [0], backward)).toThrow("crossValidateTrf: 15 samples for 19 unknowns");
    expect(() => crossValidateTrf(short.slice(1), [1], backward)).toThrow("1 trials in 1 folds leave none to train on");
    expect(() => crossValidateTrf(short, [], backward)).toThrow("no lambdas");
    expect(() => crossValidateTrf(short, [1, -1], backward)).toThrow("lambda is -1");
    expect(() => crossValidateTrf(short, [1], { ...backward, folds: [[0], []] })).toThrow("fold 1 is empty");
    expect(() => crossValidateTrf(short, [1], { ...backward, folds: [[0], [0]] })).toThrow(
      "trial 0 of fold 1 is in an earlier fold",
    );
    expect(() => crossValidateTrf(short, [1], { ...backward, folds: [[0], [2]] })).toThrow(
      "trial 2 of fold 1 is none of the 2 trials",
    );
    const flat = { ...short[0]!, eeg: [new Float64Array(20), ...short[0]!.eeg.slice(1)] };
    expect(() => crossValidateTrf([flat, short[1]!], [1], backward)).toThrow(
      "EEG channel 0 is constant (0) over the training trials of fold 1",
    );
    expect(() => crossValidateTrf([short[1]!, flat], [1], { ...backward, foldModel: "averaged" })).toThrow(
      "over trial 1",
    );
  });
});
