import { describe, expect, it } from "vitest";
import { resolveTrfOptions, type TrfOptions } from "../../../src/eeg/decoding/trfOptions.ts";

const resolve = (options: Partial<TrfOptions>) =>
  resolveTrfOptions("trf", { direction: "backward", rateHz: 64, ...options });

describe("resolveTrfOptions", () => {
  it("has a lambda for each method, and standardizes unless the convention is another toolbox's", () => {
    expect(resolve({})).toEqual({
      direction: "backward",
      rateHz: 64,
      minLagSeconds: 0,
      maxLagSeconds: 0.25,
      edges: "valid",
      method: "ridge",
      lambda: 1,
      lambdaConvention: "relative",
      bands: [],
      biasPenalty: 0,
      standardize: true,
    });
    expect(resolve({ method: "shrinkage" }).lambda).toBe(0.5);
    expect(resolve({ method: "ols" }).lambda).toBe(0);
    expect(resolve({ lambdaConvention: "mtrf" }).standardize).toBe(false);
    expect(resolve({ lambdaConvention: "plain", standardize: true }).standardize).toBe(true);
  });

  it.each([
    [{ direction: "sideways" }, 'direction is "sideways"; it must be one of backward, forward'],
    [{ method: "lasso" }, 'method is "lasso"'],
    [{ lambdaConvention: "absolute" }, 'lambdaConvention is "absolute"'],
    [{ lambda: -1 }, "lambda is -1; it must be at least 0"],
    [{ lambda: Number.NaN }, "lambda is NaN"],
    [{ lambda: [1, 2] }, "lambda is a list of 2; only banded takes one"],
    [{ method: "shrinkage", lambda: 1.5 }, "lambda is 1.5; it must be at least 0 and at most 1"],
    [{ method: "shrinkage", lambdaConvention: "mtrf" }, "shrinkage is relative by definition"],
    [{ method: "ols", lambda: 2 }, "lambda is 2; ols has none"],
    [{ method: "banded" }, "banded needs the number of inputs of each band"],
    [{ method: "banded", bands: [1, 2], lambda: [1] }, "lambda is a list of 1 for 2 bands"],
    [{ method: "banded", bands: [1, 0] }, "bands[1] is 0"],
    [{ bands: [1] }, "bands go with banded, not with ridge"],
    [{ method: "tikhonov", maxLagSeconds: 0 }, "there is one lag; use ridge"],
    [{ biasPenalty: -1 }, "biasPenalty is -1"],
    [{ method: "shrinkage", biasPenalty: 1 }, "biasPenalty is 1; it goes with ridge and tikhonov"],
    [{ minLagSeconds: 0.3 }, "maxLagSeconds is 0.25"],
    [{ edges: "wrap" }, 'edges is "wrap"'],
    [{ rateHz: 0 }, "rateHz is 0"],
  ])("refuses %j", (options, message) => {
    expect(() => resolve(options as Partial<TrfOptions>)).toThrow(message);
  });
});
