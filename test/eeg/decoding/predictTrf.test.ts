import { describe, expect, it } from "vitest";
import {
  correlationPerOutput,
  meanSquaredErrorPerOutput,
  predictTrf,
  scoreTrf,
} from "../../../src/eeg/decoding/predictTrf.ts";
import { trainTrf } from "../../../src/eeg/decoding/trainTrf.ts";
import { followingTrial, formulaTrials, noiseTrial } from "./trfTrials.ts";

describe("predictTrf", () => {
  it.each(["valid", "zeropad"] as const)(
    "sums lagged inputs, which outside the trial are their mean or 0: %s",
    (edges) => {
      for (const direction of ["backward", "forward"] as const) {
        const options = { direction, rateHz: 20, minLagSeconds: -0.1, edges };
        const model = trainTrf(formulaTrials, options);
        const inputs = direction === "forward" ? formulaTrials[0]!.stimulus : formulaTrials[0]!.eeg;
        const predicted = predictTrf(model, inputs);
        for (const [f, weights] of model.weights.entries()) {
          const expected = Array.from({ length: 90 }, (_, t) =>
            weights.reduce((sum, weight, p) => {
              const lag = model.lagSamples[Math.floor(p / model.inputs)]!;
              const outside = edges === "valid" ? model.columnMeans[p]! : 0;
              const value = inputs[p % model.inputs]![direction === "forward" ? t - lag : t + lag] ?? outside;
              return sum + weight * value;
            }, model.bias[f]!),
          );
          expect(predicted[f]!).toBeAllclose(expected, { atol: 1e-12 });
        }
      }
    },
  );

  it("refuses inputs of another number, length or value", () => {
    const model = trainTrf(formulaTrials, { direction: "forward", rateHz: 20 });
    expect(() => predictTrf(model, [new Float64Array(9)])).toThrow(
      "stimulus has 1 features; the model was trained on 2",
    );
    expect(() => predictTrf(model, [new Float64Array(9), new Float64Array(8)])).toThrow("feature 1 has 8 samples");
    expect(() => predictTrf(model, [new Float64Array(9), new Float64Array(9).fill(Number.NaN)])).toThrow("feature 1");
  });
});

describe("scoreTrf", () => {
  it("compares samples whose inputs are all there, or with zeropad all", () => {
    const trial = followingTrial("score", 2, [1, 0.5], 0.3);
    for (const direction of ["backward", "forward"] as const) {
      const options = { direction, rateHz: 20, minLagSeconds: -0.05, maxLagSeconds: 0.2 } as const;
      const inside = scoreTrf(trainTrf([trial], options), trial);
      const all = scoreTrf(trainTrf([trial], { ...options, edges: "zeropad" }), trial);
      expect([inside.samples, all.samples]).toEqual([395, 400]);
      expect(Math.min(...inside.correlations)).toBeGreaterThan(0.8);
    }
  });

  it("does not see what is at the ends with valid edges", () => {
    const trial = followingTrial("ends", 2, [1, 0.5], 0.3);
    const model = trainTrf([trial], { direction: "backward", rateHz: 20 });
    const stimulus = [trial.stimulus[0]!.slice().fill(99, 395)];
    expect(scoreTrf(model, { ...trial, stimulus })).toEqual(scoreTrf(model, trial));
  });

  it("refuses trials that do not fit the model", () => {
    const model = trainTrf(formulaTrials, { direction: "backward", rateHz: 20 });
    const [first] = formulaTrials;
    expect(() => scoreTrf(model, { ...first!, stimulus: first!.stimulus.slice(1) })).toThrow("1 stimulus features");
    const longer = { ...first!, stimulus: first!.stimulus.map(() => new Float64Array(91)) };
    expect(() => scoreTrf(model, longer)).toThrow("stimulus feature 0 has 91 samples, EEG channel 0 90");
    expect(() => scoreTrf(model, noiseTrial("short", 3, 2, 6))).toThrow("6 samples leave 1 to compare");
  });
});

describe("correlationPerOutput and meanSquaredErrorPerOutput", () => {
  it("are 1 and 0 for equal outputs, and as computed by hand otherwise", () => {
    const a = Float64Array.of(1, 2, 3);
    const b = Float64Array.of(3, 2, 1);
    expect(correlationPerOutput([a, a], [a, b])).toBeAllclose([1, -1], { atol: 1e-15 });
    expect(meanSquaredErrorPerOutput([a, a], [a, b])).toBeAllclose([0, 8 / 3], { atol: 1e-15 });
    expect(correlationPerOutput([a], [new Float64Array(3)])).toEqual(Float64Array.of(Number.NaN));
  });

  it("refuse outputs of another number or length", () => {
    expect(() => correlationPerOutput([new Float64Array(3)], [])).toThrow("1 outputs predicted, 0 given");
    expect(() => meanSquaredErrorPerOutput([new Float64Array(3)], [new Float64Array(2)])).toThrow("output 0 has 3");
    expect(() => meanSquaredErrorPerOutput([new Float64Array(0)], [new Float64Array(0)])).toThrow("above 0");
  });
});
