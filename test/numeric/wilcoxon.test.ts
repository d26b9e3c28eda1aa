import { describe, expect, it } from "vitest";
import { rankBiserial } from "../../src/numeric/effectSize.ts";
import { wilcoxon } from "../../src/numeric/wilcoxon.ts";
import { alternatives, pairedStatistics } from "./pairedStatistics.ts";

const fixture = pairedStatistics();

describe("wilcoxon", () => {
  it.each(fixture.wilcoxon)("is that of SciPy for $differences.length differences", ({ differences, cases }) => {
    const results = cases.map((options) => wilcoxon(differences, options));
    expect(results.map(({ statistic }) => statistic)).toBeAllclose(cases.map(({ statistic }) => statistic));
    expect(results.map(({ pValue }) => pValue)).toBeAllclose(
      cases.map(({ pValue }) => pValue),
      { rtol: 1e-12 },
    );
    expect(results.map(({ method }) => method)).toEqual(cases.map(({ method }) => method));
  });

  it.each(fixture.wilcoxonEnumerated)("counts all signs of tied ranks: $differences, $zeros", (expected) => {
    const { differences, zeros } = expected;
    for (const alternative of alternatives) {
      const result = wilcoxon(differences, { zeros, alternative, method: "exact" });
      expect([result.positiveRanks, result.pValue]).toBeAllclose([expected.positiveRanks, expected[alternative]], {
        rtol: 1e-14,
      });
    }
  });

  it("counts exactly up to 50 differences without ties and zeros unless told otherwise, and says so", () => {
    const method = (differences: number[]) => wilcoxon(differences).method;
    const count = (length: number) => Array.from({ length }, (_, i) => i + 1);
    expect(method(count(50))).toBe("exact");
    expect(method(count(51))).toBe("normal");
    expect(method([1, -1, 2])).toBe("normal");
    expect(method([0, 1, 2])).toBe("normal");
  });

  it("has p = 2 / 2^n where all differences have one sign", () => {
    expect(wilcoxon([1, 2, 3, 4, 5, 6]).pValue).toBe(2 / 64);
    expect(wilcoxon([-1, -2, -3], { alternative: "less" }).pValue).toBe(1 / 8);
    expect(wilcoxon([-1, -2, -3], { alternative: "greater" }).pValue).toBe(1);
  });

  it("turns round with the signs", () => {
    const { differences } = fixture.wilcoxon[2]!;
    const mirrored = differences.map((value) => -value);
    const [a, b] = [wilcoxon(differences, { alternative: "less" }), wilcoxon(mirrored, { alternative: "greater" })];
    expect([a.pValue, a.rankBiserial]).toBeAllclose([b.pValue, -b.rankBiserial], { rtol: 1e-13 });
  });

  it("does not change under a monotone stretch of the magnitudes", () => {
    const differences = [0.5, -1, 2, 3, -4];
    expect(wilcoxon(differences.map((value) => value ** 3))).toEqual(wilcoxon(differences));
  });

  it("has the rank-biserial correlation with its result", () => {
    // Ranks 1 2 3 4: (1 + 3 + 4 - 2) / 10.
    expect(wilcoxon([1, -2, 3, 4]).rankBiserial).toBeCloseTo(0.6, 15);
    const { differences } = fixture.wilcoxon[5]!;
    expect(wilcoxon(differences).rankBiserial).toBe(rankBiserial(differences));
  });

  it("leaves NaN and zeros out, counts them, and ranks infinities highest", () => {
    const { n, nan, zeros, pValue } = wilcoxon([1, 2, 3, Number.NaN, 0, -Infinity], { method: "exact" });
    expect([n, nan, zeros, pValue]).toEqual([4, 1, 1, wilcoxon([1, 2, 3, -1000]).pValue]);
    expect(wilcoxon([Infinity, Infinity, -1]).ties).toBe(true);
  });

  it("has no p-value without differences, and 1 where all are zero", () => {
    expect(wilcoxon([])).toMatchObject({ n: 0, pValue: Number.NaN, rankBiserial: Number.NaN });
    expect(wilcoxon([Number.NaN])).toMatchObject({ n: 0, nan: 1, pValue: Number.NaN });
    expect(wilcoxon([0, 0])).toMatchObject({ n: 0, zeros: 2, pValue: 1 });
  });

  it("refuses unknown words and exact counting of too many", () => {
    expect(() => wilcoxon([1], { alternative: "both" as "less" })).toThrow('alternative is "both"');
    expect(() => wilcoxon([1], { zeros: "zsplit" as "pratt" })).toThrow('zeros is "zsplit"');
    expect(() => wilcoxon(new Float64Array(1001).fill(1), { method: "exact" })).toThrow("at most 1000");
  });
});
