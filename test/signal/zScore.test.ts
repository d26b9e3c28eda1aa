import { describe, expect, it } from "vitest";
import { applyZScore, fitZScore } from "../../src/signal/zScore.ts";
import { wave } from "./reference.ts";

describe("fitZScore and applyZScore", () => {
  it("have the closed form of two values: mean halfway, deviation half the distance", () => {
    const scaler = fitZScore([[Float64Array.of(3, 7)], [Float64Array.of(7, 3, 3, 7)]]);
    expect(scaler).toEqual({ mean: Float64Array.of(5), standardDeviation: Float64Array.of(2) });
    expect(applyZScore(scaler, [Float64Array.of(3, 5, 9)])).toEqual([Float64Array.of(-1, 0, 2)]);
  });

  it("give the training trials mean 0 and deviation 1, whatever their scale, and leave them alone", () => {
    const trials = [40, 61].map((count) => [
      wave(count, 0.3).map((v) => 1e6 + v),
      wave(count, 0.7).map((v) => 1e-6 * v),
    ]);
    const kept = trials.map((trial) => trial.map((channel) => channel.slice()));
    const scaler = fitZScore(trials);
    const scaled = trials.map((trial) => applyZScore(scaler, trial));
    for (const c of [0, 1]) {
      const values = scaled.flatMap((trial) => [...trial[c]!]);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
      expect([mean, square]).toBeAllclose([0, 1], { atol: 1e-9 });
    }
    expect(trials).toEqual(kept);
  });

  it("names a constant channel, or makes it 0 where asked", () => {
    const trials = [[wave(10, 1), new Float64Array(10).fill(0.1)]];
    expect(() => fitZScore(trials)).toThrow(/channel 1 has the constant value 0.1.* in all 1 trials/);
    const scaler = fitZScore(trials, { constant: "one" });
    expect(scaler.standardDeviation[1]).toBe(1);
    expect(applyZScore(scaler, trials[0]!)[1]).toBeAllclose(new Float64Array(10), { atol: 1e-15 });
  });

  it("refuse trials that do not match, no trials and samples that are not finite", () => {
    const two = [wave(5, 1), wave(5, 2)];
    expect(() => fitZScore([])).toThrow(/no trials/);
    expect(() => fitZScore([two, [wave(5, 1)]])).toThrow(/trial 1 has 1 channels, trial 0 2/);
    expect(() => fitZScore([[new Float64Array(0)]])).toThrow(/channel 0 has no samples/);
    expect(() => fitZScore([[Float64Array.of(1, Number.NaN)]])).toThrow(/trial 0, channel 0.*not finite/);
    expect(() => applyZScore(fitZScore([two]), [two[0]!])).toThrow(/1 channels; the scaler has 2 means/);
    expect(() => applyZScore(fitZScore([[two[0]!]]), [Float64Array.of(Infinity)])).toThrow(/channel 0.*not finite/);
    expect(() => fitZScore([two], { constant: "skip" as "one" })).toThrow(/constant is "skip"/);
  });
});
