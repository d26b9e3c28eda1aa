import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { normalCdf } from "../../src/numeric/normal.ts";
import { signFlip } from "../../src/numeric/signFlip.ts";
import { alternatives, pairedStatistics } from "./pairedStatistics.ts";

const fixture = pairedStatistics();

describe("signFlip", () => {
  it.each(fixture.signFlip)("is that of SciPy for $differences.length differences", (expected) => {
    for (const alternative of alternatives) {
      const { statistic, pValue, method } = signFlip(expected.differences, { alternative });
      expect(method).toBe("exact");
      expect([statistic, pValue]).toBeAllclose([expected.statistic, expected.pValues[alternative]], { rtol: 1e-12 });
    }
  });

  it.each(fixture.signFlipClusters)(
    "flips whole clusters: SciPy on the sums of $clusters.length values",
    (expected) => {
      const { differences, clusters } = expected;
      const result = signFlip(differences, { clusters });
      expect([result.statistic, result.pValue]).toBeAllclose([expected.statistic, expected.pValue], { rtol: 1e-12 });
      expect(result.clusters).toBe(new Set(clusters).size);
      expect(result.flips).toBe(2 ** result.clusters);
    },
  );

  it("draws flips where there are too many, near the exact share and never 0", () => {
    const { differences, pValues } = fixture.signFlip[3]!;
    const drawn = signFlip(differences, { exactSigns: 10, seed: 1 });
    expect([drawn.method, drawn.flips]).toEqual(["draws", 9999]);
    // Three standard errors of a share of 9999 draws.
    const error = Math.sqrt((pValues["two-sided"] * (1 - pValues["two-sided"])) / 9999);
    expect(Math.abs(drawn.pValue - pValues["two-sided"])).toBeLessThan(3 * error);
    expect(signFlip(new Float64Array(60).fill(1), { draws: 99 }).pValue).toBe(1 / 100);
  });

  it("is the same for the same seed and another for another", () => {
    const { differences } = fixture.signFlip[3]!;
    const drawn = (seed: number) => signFlip(differences, { exactSigns: 0, seed }).pValue;
    expect(drawn(5)).toBe(drawn(5));
    expect(drawn(6)).not.toBe(drawn(5));
  });

  it("is near the test of a normal mean for many differences", () => {
    const random = createRandom("sign flips");
    const differences = Array.from({ length: 300 }, () => random.normal() + 0.1);
    const sum = differences.reduce((total, value) => total + value, 0);
    const z = sum / Math.sqrt(differences.reduce((total, value) => total + value * value, 0));
    expect([signFlip(differences).pValue]).toBeAllclose([2 * normalCdf(-Math.abs(z))], { atol: 0.015 });
  });

  it("does not depend on the unit: sums that are equal but for rounding are equal", () => {
    const differences = [0.1, 0.2, 0.3, -0.3, 0.7, -0.1];
    const { pValue } = signFlip([1, 2, 3, -3, 7, -1]);
    expect(signFlip(differences).pValue).toBe(pValue);
    expect(signFlip(differences.map((value) => value * 1e-20)).pValue).toBe(pValue);
  });

  it("takes infinite differences as the limit of ever greater ones", () => {
    const great = (value: number) => [value, 1, -2, 0.5, -value, value, 3];
    for (const alternative of alternatives) {
      expect(signFlip(great(Infinity), { alternative }).pValue).toBe(signFlip(great(1e6), { alternative }).pValue);
    }
    expect(signFlip([Infinity, 1, 2]).statistic).toBe(Infinity);
    expect(signFlip([Infinity, -Infinity]).statistic).toBeNaN();
  });

  it("leaves NaN out and counts it; zeros change nothing", () => {
    const { n, nan, pValue } = signFlip([1, Number.NaN, 2, 0, 3]);
    expect([n, nan, pValue]).toEqual([4, 1, signFlip([1, 2, 3]).pValue]);
    expect(signFlip([Number.NaN])).toMatchObject({ n: 0, pValue: Number.NaN, statistic: Number.NaN });
    expect(signFlip([0, 0]).pValue).toBe(1);
  });

  it("refuses clusters of another number", () => {
    expect(() => signFlip([1, 2], { clusters: ["a"] })).toThrow("2 differences but 1 clusters");
    expect(() => signFlip([1, 2], { exactSigns: 30 })).toThrow("exactSigns is 30");
  });
});
