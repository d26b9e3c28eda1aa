import { describe, expect, it } from "vitest";
import { forwardPattern } from "../../../src/eeg/decoding/forwardPattern.ts";
import { trainTrf } from "../../../src/eeg/decoding/trainTrf.ts";
import { trfCovariance } from "../../../src/eeg/decoding/trfCovariance.ts";
import { formulaTrials, noise, recordedTrf } from "./trfTrials.ts";

describe("forwardPattern", () => {
  it("agrees with NumPy on equation 6 of Haufe et al. for two features", () => {
    const { options, patterns } = recordedTrf.pattern;
    const result = forwardPattern(trainTrf(formulaTrials, options), trfCovariance(formulaTrials, options));
    for (const [f, row] of patterns.entries())
      expect(result.patterns[f]!).toBeAllclose(row, { rtol: 1e-8, atol: 1e-9 });
    expect(result.lagSeconds).toBeAllclose(
      [0, 1, 2, 3].map((lag) => lag / 32),
      { rtol: 1e-15 },
    );
  });

  it("shows where the source is when the decoder's weights show where the noise is", () => {
    // The source is in channel 0 alone; the noise, in both channels, makes the decoder use channel 1.
    const source = noise("pattern source", 4000);
    const common = noise("pattern noise", 4000);
    const extra = noise("pattern extra", 4000);
    const eeg = [source.map((value, t) => value + 2 * common[t]!), common.map((value, t) => value + 0.01 * extra[t]!)];
    const options = { direction: "backward", rateHz: 20, maxLagSeconds: 0, method: "ols" } as const;
    const trials = [{ eeg, stimulus: [source] }];
    const model = trainTrf(trials, options);
    const { patterns } = forwardPattern(model, trfCovariance(trials, options));
    expect(model.weights[0]!).toBeAllclose([1, -2], { atol: 0.01 });
    expect(patterns[0]!).toBeAllclose([1, 0], { atol: 0.05 });
  });

  it("is the covariance of EEG and stimulus over the variance of what is decoded, for least squares", () => {
    const options = { direction: "backward", rateHz: 32, maxLagSeconds: 0.05, method: "ols" } as const;
    const trials = formulaTrials.map(({ eeg, stimulus }) => ({ eeg, stimulus: stimulus.slice(0, 1) }));
    const covariance = trfCovariance(trials, options);
    const model = trainTrf(trials, options);
    const { cross, columnSums, targetSums, samples } = covariance;
    const products = cross.map((value, p) => value - (columnSums[p]! * targetSums[0]!) / samples);
    const decoded = products.reduce((sum, value, p) => sum + value * model.weights[0]![p]!, 0);
    const { patterns } = forwardPattern(model, covariance);
    expect(patterns[0]!).toBeAllclose(
      products.map((value) => value / decoded),
      { atol: 1e-8 },
    );
  });

  it("refuses forward models, other covariances and features that are decoded alike", () => {
    const options = { direction: "backward", rateHz: 32 } as const;
    const model = trainTrf(formulaTrials, options);
    const covariance = trfCovariance(formulaTrials, options);
    const forward = trainTrf(formulaTrials, { ...options, direction: "forward" });
    expect(() => forwardPattern(forward, covariance)).toThrow("the model is forward");
    const fewer = trfCovariance(formulaTrials, { ...options, maxLagSeconds: 0.1 });
    expect(() => forwardPattern(model, fewer)).toThrow("3 channels at 4 lags, the model of 3 at 9");
    const twice = { ...model, weights: [model.weights[0]!, model.weights[0]!] };
    expect(() => forwardPattern(twice, covariance)).toThrow("covariance of decoded features");
  });
});
