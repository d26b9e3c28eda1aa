import { describe, expect, it } from "vitest";
import type { BssScores } from "../../src/metrics/bssEvalReferences.ts";
import { improvement } from "../../src/metrics/improvement.ts";

describe("improvement", () => {
  it("is the difference, score by score", () => {
    expect(improvement({ sdr: 5, sir: Infinity, sar: 3 }, { sdr: 1, sir: 2, sar: 10 })).toEqual({
      sdr: 4,
      sir: Infinity,
      sar: -7,
    });
  });

  it("is NaN without a score, and leaves the reason out", () => {
    const scores: BssScores = { sdr: Number.NaN, sir: Number.NaN, sar: Number.NaN, reason: "silent-estimate" };
    const mixture: BssScores = { sdr: 1, sir: 2, sar: Infinity };
    expect(improvement(scores, mixture)).toEqual({ sdr: Number.NaN, sir: Number.NaN, sar: Number.NaN });
    expect(improvement(mixture, mixture)).toEqual({ sdr: 0, sir: 0, sar: Number.NaN });
  });
});
