import { describe, expect, it } from "vitest";
import { averageTrf } from "../../../src/eeg/decoding/averageTrf.ts";
import { crossValidateTrf } from "../../../src/eeg/decoding/crossValidateTrf.ts";
import { nestedTrf } from "../../../src/eeg/decoding/nestedTrf.ts";
import { trainTrf } from "../../../src/eeg/decoding/trainTrf.ts";
import { tuneTrf, tuneTrfDefaults } from "../../../src/eeg/decoding/tuneTrf.ts";
import { followingTrial } from "./trfTrials.ts";

const trials = Array.from({ length: 7 }, (_, t) => followingTrial(`tune ${t}`, 3, [1, -0.5], 2, 120 + 5 * t));
const lambdas = [0.01, 1, 100];
const options = { direction: "backward", rateHz: 20 } as const;

describe("tuneTrf", () => {
  it("has the lambda that is best in cross-validation and the model of all trials with it, to the last bit", () => {
    const folds = [
      [0, 1],
      [2, 3],
      [4, 5, 6],
    ];
    const tuned = tuneTrf(trials, lambdas, { ...options, folds });
    const search = crossValidateTrf(trials, lambdas, { ...options, folds });
    expect(tuned.search).toEqual({ ...search, warnings: tuned.search!.warnings });
    expect(tuned.lambda).toBe(lambdas[search.best]);
    expect(tuned.model).toEqual(trainTrf(trials, { ...options, lambda: tuned.lambda }));
  });

  it("merges folds to five, or as many as asked for: each goes to the one with fewest trials", () => {
    expect(tuneTrfDefaults.innerFolds).toBe(5);
    expect(tuneTrf(trials, lambdas, options).search!.trials).toEqual([0, 5, 1, 6, 2, 3, 4]);
    const folds = [[0, 1, 2], [3], [4], [5, 6]];
    // [0, 1, 2] and [3], which takes [4], and then [5, 6].
    const { search } = tuneTrf(trials, lambdas, { ...options, folds, innerFolds: 2 });
    expect(search!.trials).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const merged = [
      [0, 1, 2],
      [3, 4, 5, 6],
    ];
    const expected = crossValidateTrf(trials, lambdas, { ...options, folds: merged });
    expect(search!.correlations).toEqual(expected.correlations);
  });

  it("is a fold of nestedTrf on the trials that this one trains on", () => {
    for (const innerFolds of [2, 3]) {
      for (const [left, fold] of nestedTrf(trials, lambdas, { ...options, innerFolds }).entries()) {
        const others = trials.filter((_, t) => t !== left);
        const tuned = tuneTrf(others, lambdas, { ...options, innerFolds });
        expect(fold.model).toEqual(tuned.model);
        expect(fold.lambda).toBe(tuned.lambda);
        expect(fold.search.correlations).toEqual(tuned.search!.correlations);
      }
    }
  });

  it("tests only trials named in folds, and always trains on the others", () => {
    const { search } = tuneTrf(trials, lambdas, { ...options, folds: [[1], [4]] });
    expect(search!.trials).toEqual([1, 4]);
    const one = tuneTrf(trials, lambdas, { ...options, folds: [[4]] }).search!;
    expect(one.correlations).toBeAllclose(search!.correlations.subarray(3), { atol: 1e-12 });
  });

  it("does not search with one lambda, for which one trial will do", () => {
    const tuned = tuneTrf(trials.slice(0, 1), [3], options);
    expect(tuned).toMatchObject({ lambda: 3, warnings: [] });
    expect([tuned.search, tuned.atEdge]).toEqual([undefined, undefined]);
    expect(tuned.model).toEqual(trainTrf(trials.slice(0, 1), { ...options, lambda: 3 }));
  });

  it("says at which end of the grid the lambda is, if the grid can go on there", () => {
    const edgeOf = (grid: number[], extra = {}) => tuneTrf(trials, grid, { ...options, ...extra });
    const least = edgeOf([1e6, 1e8]);
    expect([least.atEdge, least.warnings]).toEqual([
      "least",
      ["tuneTrf: the best lambda, 1000000, is the least of its grid; try smaller ones"],
    ]);
    expect(edgeOf([1e-9, 1e-7, 1e-5]).atEdge).toBe("greatest");
    expect(edgeOf([0, 1], { method: "shrinkage" }).atEdge).toBeUndefined();
    const inside = edgeOf([1e-9, 1, 1e9]);
    expect([inside.lambda, inside.atEdge, inside.warnings]).toEqual([1, undefined, []]);
    const banded = tuneTrf(
      trials,
      [
        [1e6, 1],
        [1e8, 1],
      ],
      { ...options, method: "banded", bands: [1, 1] },
    );
    expect(banded.atEdge).toBe("least");
  });

  it("averages models of single trials if asked to", () => {
    const { model, lambda } = tuneTrf(trials, lambdas, { ...options, foldModel: "averaged" });
    expect(model).toEqual(averageTrf(trials.map((trial) => trainTrf([trial], { ...options, lambda }))));
  });

  it("hands on the warnings of search and model", () => {
    const short = trials.slice(0, 3).map(({ eeg, stimulus }) => ({
      eeg: eeg.map((row) => row.slice(0, 9)),
      stimulus: stimulus.map((row) => row.slice(0, 9)),
    }));
    const { warnings } = tuneTrf(short, [1e-3, 1e3], options);
    expect(warnings.some((warning) => warning.startsWith("tuneTrf: 8 samples for 13 unknowns"))).toBe(true);
    expect(warnings.some((warning) => warning.startsWith("tuneTrf: 12 samples for 13 unknowns"))).toBe(true);
  });

  it("refuses folds that leave nothing to choose with, overlap or are too few to merge to", () => {
    expect(() => tuneTrf(trials.slice(0, 1), lambdas, options)).toThrow(
      "tuneTrf: 1 trials in 1 folds; choosing among 3 lambdas needs 2, or give one lambda",
    );
    expect(() => tuneTrf(trials.slice(0, 2), lambdas, { ...options, folds: [[0, 1]] })).toThrow("2 trials in 1 folds");
    expect(() => tuneTrf(trials, lambdas, { ...options, innerFolds: 1 })).toThrow("innerFolds is 1");
    expect(() => tuneTrf(trials, lambdas, { ...options, folds: [[0], [0]] })).toThrow("is in an earlier fold");
    expect(() => tuneTrf(trials, [], options)).toThrow("tuneTrf: no lambdas");
  });
});
