import { describe, expect, it } from "vitest";
import { adjustPValues } from "../../src/numeric/multipleComparisons.ts";
import { pairedStatistics } from "./pairedStatistics.ts";

const { corrections } = pairedStatistics();

describe("adjustPValues", () => {
  it.each(corrections)("is the published formula in fractions for $pValues", ({ pValues, holm, bh }) => {
    expect(adjustPValues(pValues, "holm")).toBeAllclose(holm, { rtol: 1e-15 });
    expect(adjustPValues(pValues, "bh")).toBeAllclose(bh, { rtol: 1e-15 });
    expect(adjustPValues(pValues, "none")).toBeAllclose(pValues);
  });

  it("passes NaN through and does not count it", () => {
    const { pValues, holm, bh } = corrections[1]!;
    const withNan = [Number.NaN, ...pValues, Number.NaN];
    expect(adjustPValues(withNan, "holm")).toBeAllclose([Number.NaN, ...holm, Number.NaN], { rtol: 1e-15 });
    expect(adjustPValues(withNan, "bh")).toBeAllclose([Number.NaN, ...bh, Number.NaN], { rtol: 1e-15 });
    expect(adjustPValues([Number.NaN], "holm")).toBeAllclose([Number.NaN]);
  });

  it("leaves its input as it is and takes none", () => {
    const pValues = [0.01, 0.02];
    adjustPValues(pValues, "holm");
    expect(pValues).toEqual([0.01, 0.02]);
    expect(adjustPValues([], "bh")).toHaveLength(0);
  });

  it("refuses what is no probability and unknown corrections", () => {
    expect(() => adjustPValues([0.1, 1.2], "holm")).toThrow("p-value 1 is 1.2");
    expect(() => adjustPValues([0.1], "sidak" as "holm")).toThrow('correction is "sidak"');
  });
});
