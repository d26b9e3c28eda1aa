import { describe, expect, it } from "vitest";
import { midRanks, sortedQuantile, spearman } from "../../src/numeric/statistics.ts";
import { pairedStatistics } from "./pairedStatistics.ts";

const { ranks } = pairedStatistics();

describe("midRanks and spearman", () => {
  it.each(ranks)("are those of SciPy for $a.length values with ties", (expected) => {
    expect(midRanks(expected.a)).toBeAllclose(expected.ranks);
    expect([spearman(expected.a, expected.b)]).toBeAllclose([expected.spearman], { rtol: 1e-12 });
  });

  it("rank infinities first and last, equal ones alike", () => {
    expect([...midRanks([2, Infinity, -Infinity, Infinity, 1])]).toEqual([3, 4.5, 1, 4.5, 2]);
    expect(spearman([1, 2, 3], [-Infinity, 0, Infinity])).toBeCloseTo(1, 14);
  });

  it("leave no values as none, and refuse NaN", () => {
    expect(midRanks([])).toHaveLength(0);
    expect(() => midRanks([1, Number.NaN])).toThrow("index 1 is NaN");
  });
});

describe("sortedQuantile", () => {
  const median = (...values: number[]) => sortedQuantile(Float64Array.from(values), 0.5);

  it("takes infinities as very great numbers", () => {
    expect(median(1, 2, Infinity)).toBe(2);
    expect(median(1, Infinity, Infinity)).toBe(Infinity);
    expect(median(1, Infinity)).toBe(Infinity);
    expect(median(-Infinity, 1)).toBe(-Infinity);
    expect(median(Infinity, Infinity)).toBe(Infinity);
    expect(median(-Infinity, -Infinity, 0, Infinity)).toBe(-Infinity);
  });

  it("is NaN between infinities of both signs", () => {
    expect(median(-Infinity, Infinity)).toBeNaN();
  });
});
