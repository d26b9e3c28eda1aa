import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/core/random.ts";
import { predictBackward, trainBackwardModel } from "../../../src/eeg/decoding/backwardModel.ts";
import { leaveOneTrialOut } from "../../../src/eeg/decoding/leaveOneTrialOut.ts";

const random = createRandom("leaveOneTrialOut");
const noise = (samples: number) => Float64Array.from({ length: samples }, random.normal);
const makeTrial = (samples: number) => ({
  eeg: [noise(samples), noise(samples), noise(samples)],
  targets: [noise(samples), noise(samples)],
});
const trials = [80, 60, 75, 90, 50].map(makeTrial);
const options = { rateHz: 20 };

describe("leaveOneTrialOut", () => {
  const folds = leaveOneTrialOut(trials, options);

  it("trains each fold on all other trials and reconstructs the one left out", () => {
    expect(folds.map(({ trial }) => trial)).toEqual([0, 1, 2, 3, 4]);
    for (const { trial, model, predictions } of folds) {
      const others = trials.filter((_, i) => i !== trial);
      const expected = trainBackwardModel(others, options);
      expect(model.trainingSamples).toBe(expected.trainingSamples);
      for (const [f, weights] of expected.weights.entries()) {
        expect(model.weights[f]!).toBeAllclose(weights, { atol: 1e-13 });
      }
      expect(predictions).toEqual(predictBackward(model, trials[trial]!.eeg));
    }
  });

  it("does not let anything of the trial left out into its model, to the last bit", () => {
    for (const changed of [0, 2, 4]) {
      const { eeg, targets } = makeTrial(120);
      const replaced = { eeg: eeg.map((channel) => channel.map((value) => 1e6 * value + 100)), targets };
      const other = leaveOneTrialOut(
        trials.map((trial, i) => (i === changed ? replaced : trial)),
        options,
      );
      expect(other[changed]!.model).toEqual(folds[changed]!.model);
      expect(other[(changed + 1) % 5]!.model).not.toEqual(folds[(changed + 1) % 5]!.model);
    }
  });

  it("refuses fewer than two trials", () => {
    expect(() => leaveOneTrialOut(trials.slice(0, 1), options)).toThrow("1 trial given");
  });
});
