import { describe, expect, it } from "vitest";
import { normalCdf, normalQuantile } from "../../src/numeric/normal.ts";
import { pairedStatistics } from "./pairedStatistics.ts";

const { normal } = pairedStatistics();

describe("normalCdf and normalQuantile", () => {
  it("are those of SciPy, far into the tails", () => {
    // The density 37 deviations out carries the rounding of the square in its exponent, 1e-13.
    expect(normal.z.map(normalCdf)).toBeAllclose(normal.cdf, { rtol: 2e-13 });
    expect(normal.levels.map(normalQuantile)).toBeAllclose(normal.quantiles, { rtol: 1e-13, atol: 1e-15 });
  });

  it("undo each other", () => {
    const levels = [1e-9, 0.01, 0.3, 0.6, 0.99];
    expect(levels.map((p) => normalCdf(normalQuantile(p)))).toBeAllclose(levels, { rtol: 1e-13 });
  });

  it("are smooth where one formula takes over from the other", () => {
    const [below, above] = [normalCdf(-2.5 - 1e-6), normalCdf(-2.5 + 1e-6)];
    const slope = Math.exp(-(2.5 ** 2) / 2) / Math.sqrt(2 * Math.PI);
    expect([(above - below) / 2e-6]).toBeAllclose([slope], { rtol: 1e-8 });
  });

  it("take infinities, and NaN as NaN", () => {
    expect([normalCdf(-Infinity), normalCdf(Infinity), normalCdf(Number.NaN)]).toEqual([0, 1, Number.NaN]);
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
  });

  it("refuse what is no probability", () => {
    expect(() => normalQuantile(1.1)).toThrow("probability is 1.1");
    expect(() => normalQuantile(Number.NaN)).toThrow("probability is NaN");
  });
});
