import { describe, expect, it } from "vitest";
import { trainTrf } from "../../../src/eeg/decoding/trainTrf.ts";
import { trfCovariance } from "../../../src/eeg/decoding/trfCovariance.ts";
import type { TrfLambda, TrfOptions } from "../../../src/eeg/decoding/trfOptions.ts";
import { solveTrf, trfPath } from "../../../src/eeg/decoding/trfPath.ts";
import { noiseTrial } from "./trfTrials.ts";

const trials = [60, 90, 75].map((samples, t) => noiseTrial(`path ${t}`, 3, 2, samples));

const powers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));

describe("trfPath", () => {
  // Grids of 16 and more lambdas are solved from one reduction, shorter ones by a factorisation each.
  const cases: [string, TrfLambda[], Partial<TrfOptions>][] = [
    ["ridge, 17 lambdas and 0", [...powers(-6, 9), 0, 3], {}],
    ["ridge, 3 lambdas", powers(-2, 0), {}],
    ["ridge of mTRF, 17 lambdas", powers(-6, 10), { lambdaConvention: "mtrf", edges: "zeropad" }],
    ["shrinkage, 20 lambdas", Array.from({ length: 20 }, (_, i) => i / 19), { method: "shrinkage" }],
    ["shrinkage, 3 lambdas", [0, 0.4, 1], { method: "shrinkage" }],
    ["tikhonov, 17 lambdas", powers(-6, 10), { method: "tikhonov" }],
    ["ridge with a penalised bias, 17 lambdas", powers(-6, 10), { lambdaConvention: "plain", biasPenalty: 0.5 }],
    ["banded, pairs", [[1, 10], 3, [0, 1]], { method: "banded" }],
  ];

  it.each(cases)("gives the models of separate solutions: %s", (_, lambdas, extra) => {
    for (const direction of ["backward", "forward"] as const) {
      const bands = extra.method === "banded" ? [1, direction === "forward" ? 1 : 2] : [];
      const options = { direction, rateHz: 20, bands, ...extra };
      const covariance = trfCovariance(trials, options);
      const models = trfPath(covariance, lambdas, options);
      expect(models.length).toBe(lambdas.length);
      for (const [i, lambda] of lambdas.entries()) {
        const expected = trainTrf(trials, { ...options, lambda });
        expect(models[i]!.options).toEqual(expected.options);
        expect(models[i]!.penalties).toEqual(expected.penalties);
        expect(models[i]!.bias).toBeAllclose(expected.bias, { rtol: 1e-9, atol: 1e-12 });
        for (const [f, row] of expected.weights.entries()) {
          expect(models[i]!.weights[f]!).toBeAllclose(row, { rtol: 1e-9, atol: 1e-12 });
        }
      }
    }
  });

  it("goes from least squares to nothing as lambda grows", () => {
    const covariance = trfCovariance(trials, { direction: "backward", rateHz: 20 });
    const models = trfPath(covariance, powers(-12, 12), { direction: "backward", rateHz: 20 });
    const sizes = models.map(({ weights }) => Math.hypot(...weights[0]!));
    for (let i = 1; i < sizes.length; i++) expect(sizes[i]!).toBeLessThan(sizes[i - 1]!);
    const ols = solveTrf(covariance, { direction: "backward", rateHz: 20, method: "ols" });
    expect(models[0]!.weights[0]!).toBeAllclose(ols.weights[0]!, { rtol: 1e-6, atol: 1e-9 });
  });

  it("solves a rank-deficient covariance, and with more unknowns than samples", () => {
    const wide = noiseTrial("path wide", 12, 1, 30);
    const trial = { eeg: [...wide.eeg, wide.eeg[0]!], stimulus: wide.stimulus };
    const options = { direction: "backward", rateHz: 20 } as const;
    const covariance = trfCovariance([trial], options);
    const lambdas = powers(-6, 10);
    for (const [i, model] of trfPath(covariance, lambdas, options).entries()) {
      const expected = solveTrf(covariance, { ...options, lambda: lambdas[i]! });
      expect(model.weights[0]!).toBeAllclose(expected.weights[0]!, { rtol: 1e-8, atol: 1e-10 });
      expect(model.warnings[0]).toContain("25 samples for 79 unknowns");
    }
  });

  it("refuses no lambdas, sums of other lags and bands that are not those of the inputs", () => {
    const options = { direction: "backward", rateHz: 20 } as const;
    const covariance = trfCovariance(trials, options);
    expect(() => trfPath(covariance, [], options)).toThrow("no lambdas");
    expect(() => trfPath(covariance, [1], { ...options, maxLagSeconds: 0.1 })).toThrow("the sums have 6 lags");
    expect(() => solveTrf(covariance, { ...options, method: "banded", bands: [2] })).toThrow("2 inputs, the trials 3");
  });
});
