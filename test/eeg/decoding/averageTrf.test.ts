import { describe, expect, it } from "vitest";
import { averageTrf } from "../../../src/eeg/decoding/averageTrf.ts";
import { predictTrf } from "../../../src/eeg/decoding/predictTrf.ts";
import { trainTrf } from "../../../src/eeg/decoding/trainTrf.ts";
import { noiseTrial } from "./trfTrials.ts";

const trials = [0, 1, 2].map((t) => noiseTrial(`average ${t}`, 3, 2, 80));
const options = { direction: "backward", rateHz: 20 } as const;

describe("averageTrf", () => {
  it("predicts the mean of the predictions", () => {
    const models = trials.map((trial) => trainTrf([trial], options));
    const average = averageTrf(models);
    const each = models.map((model) => predictTrf(model, trials[0]!.eeg)[1]!);
    const expected = each[0]!.map((value, t) => (value + each[1]![t]! + each[2]![t]!) / 3);
    // Inside the trial: outside it the inputs' means are averaged too.
    const predicted = predictTrf(average, trials[0]!.eeg)[1]!;
    expect(predicted.subarray(0, 75)).toBeAllclose(expected.subarray(0, 75), { atol: 1e-13 });
    expect(average.trainingSamples).toBe(3 * 75);
  });

  it("refuses no models and models that differ", () => {
    expect(() => averageTrf([])).toThrow("no models");
    const model = trainTrf(trials, options);
    for (const other of [
      { maxLagSeconds: 0.1 },
      { direction: "forward" },
      { edges: "zeropad" },
      { minLagSeconds: 0.05 },
    ] as const) {
      expect(() => averageTrf([model, trainTrf(trials, { ...options, ...other })])).toThrow(
        "model 1 is not like model 0",
      );
    }
  });
});
