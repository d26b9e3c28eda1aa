import { describe, expect, it } from "vitest";
import { mcnemar } from "../../src/numeric/mcnemar.ts";
import { alternatives, pairedStatistics } from "./pairedStatistics.ts";

const fixture = pairedStatistics();

function answers(counts: { firstOnly: number; secondOnly: number; both?: number; neither?: number }) {
  const { firstOnly, secondOnly, both = 0, neither = 0 } = counts;
  const series = (right: boolean[]) =>
    [firstOnly, secondOnly, both, neither].flatMap((count, kind) => Array<boolean>(count).fill(right[kind]!));
  return { first: series([true, false, true, false]), second: series([false, true, true, false]) };
}

describe("mcnemar", () => {
  it.each(fixture.mcnemar)("is the binomial test of SciPy for $firstOnly and $secondOnly", (expected) => {
    const { first, second } = answers({ ...expected, both: 3, neither: 2 });
    for (const alternative of alternatives) {
      const { pValue } = mcnemar(first, second, { alternative });
      expect([pValue]).toBeAllclose([expected.scipy[alternative]], { rtol: 1e-12 });
      expect([pValue]).toBeAllclose([expected.exact[alternative]], { rtol: 2e-16 });
    }
  });

  it("counts the four kinds of pairs and the difference of the shares", () => {
    const { first, second } = answers({ firstOnly: 5, secondOnly: 2, both: 10, neither: 3 });
    expect(mcnemar(first, second)).toMatchObject({
      firstOnly: 5,
      secondOnly: 2,
      both: 10,
      neither: 3,
      n: 20,
      unknown: 0,
      difference: 3 / 20,
    });
  });

  it("leaves unknown answers out with their pair and counts them", () => {
    const result = mcnemar([true, null, false, true], [false, true, null, false]);
    expect(result).toMatchObject({ n: 2, unknown: 2, firstOnly: 2, pValue: 0.5 });
  });

  it("has p = 1 where no pair differs, and stays a number for thousands that do", () => {
    expect(mcnemar([true, false], [true, false]).pValue).toBe(1);
    expect(mcnemar([], [])).toMatchObject({ n: 0, pValue: 1, difference: Number.NaN });
    const { first, second } = answers({ firstOnly: 1060, secondOnly: 0 });
    expect(mcnemar(first, second).pValue).toBe(2 ** -1059);
  });

  it("refuses series of different lengths", () => {
    expect(() => mcnemar([true], [true, false])).toThrow("1 and 2 answers");
  });
});
