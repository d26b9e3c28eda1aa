import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { compareMethods, type MethodScore } from "../../src/metrics/compareMethods.ts";
import { adjustPValues } from "../../src/numeric/multipleComparisons.ts";
import { signFlip } from "../../src/numeric/signFlip.ts";

/** Rows of one method: values by subject, then trial. */
function rows(method: string, subjects: number[][]): MethodScore[] {
  return subjects.flatMap((trials, subject) => trials.map((value, trial) => ({ method, subject, trial, value })));
}

const fast = { resamples: 200 };

describe("compareMethods", () => {
  const base = Array.from({ length: 8 }, (_, s) => [s, s + 1, 2 * s]);
  const gains = [3, 1, 4, -1, 5, 9, 2, 6];
  const better = base.map((trials, s) => trials.map((value, t) => value + gains[s]! + (t - 1) / 2));
  const data = [...rows("mixture", base), ...rows("nmf", better)];

  it("takes the mean difference of each subject, and tests and reports those", () => {
    const { comparisons } = compareMethods(data, { baseline: "mixture", ...fast });
    expect(comparisons).toHaveLength(1);
    const [comparison] = comparisons;
    expect(comparison).toMatchObject({
      method: "nmf",
      unit: "subjects",
      n: { units: 8, subjects: 8, pairs: 24 },
      leftOut: [],
      test: { name: "wilcoxon", method: "exact" },
    });
    expect(comparison!.difference.estimate).toBeCloseTo(29 / 8, 12);
    // Ranks of 1 and -1 are 1.5: R- = 1.5; of 256 signs 1 + 2 have a sum up to it, on either side.
    expect(comparison!.test.statistic).toBe(1.5);
    expect(comparison!.pValue).toBeCloseTo((2 * 3) / 256, 14);
    expect(comparison!.effect.estimate).toBeCloseTo((36 - 3) / 36, 14);
    const { low, high } = comparison!.difference;
    expect(low).toBeGreaterThan(0);
    expect(high).toBeLessThan(9);
  });

  it("tests by flipping signs of subjects if asked, with d_z", () => {
    const { comparisons } = compareMethods(data, { baseline: "mixture", test: "sign-flip", ...fast });
    const { mean, deviation } = { mean: 29 / 8, deviation: Math.sqrt((173 - 29 ** 2 / 8) / 7) };
    expect(comparisons[0]!.pValue).toBe(signFlip(gains).pValue);
    expect(comparisons[0]!.test).toEqual({ name: "sign-flip", statistic: expect.closeTo(mean, 12), method: "exact" });
    expect(comparisons[0]!.effect).toMatchObject({
      measure: "cohen-dz",
      estimate: expect.closeTo(mean / deviation, 12),
    });
  });

  it("adjusts p-values for the number of methods", () => {
    const random = createRandom("methods");
    const noisy = ["a", "b", "c"].flatMap((method, m) =>
      rows(
        method,
        base.map((trials) => trials.map((value) => value + m + 2 * random.normal())),
      ),
    );
    for (const correction of ["holm", "bh", "none"] as const) {
      const { comparisons } = compareMethods([...data, ...noisy], { baseline: "mixture", correction, ...fast });
      expect(comparisons.map(({ method }) => method)).toEqual(["nmf", "a", "b", "c"]);
      const pValues = comparisons.map(({ pValue }) => pValue);
      expect(comparisons.map(({ adjustedPValue }) => adjustedPValue)).toEqual([...adjustPValues(pValues, correction)]);
    }
  });

  it("does not change a method's row for another method or another order of the rows", () => {
    const other = [...data, ...rows("duet", base)].reverse();
    const strip = (all: MethodScore[]) =>
      compareMethods(all, { baseline: "mixture", correction: "none", ...fast }).comparisons.find(
        ({ method }) => method === "nmf",
      );
    expect(strip([...data, ...rows("duet", base)])).toEqual(strip(data));
    expect(strip(other)!.pValue).toBe(strip(data)!.pValue);
  });

  it("leaves pairs out and says why", () => {
    const scores = (method: string, values: number[]) =>
      values.map((value, trial) => ({ method, subject: `s${trial}`, trial, value }));
    const { comparisons } = compareMethods(
      [
        ...scores("a", [1, Number.NaN, 3, Infinity, 5, 6, 7, 8]),
        ...scores("b", [2, 2, Number.NaN, Infinity, 7, -Infinity]),
        { method: "b", subject: "s9", trial: 0, value: 1 },
      ],
      { baseline: "a", ...fast },
    );
    expect(comparisons[0]!.n).toEqual({ units: 3, subjects: 3, pairs: 3 });
    expect(comparisons[0]!.leftOut.map(({ subject, reason }) => [subject, reason])).toEqual([
      ["s1", "nan-baseline"],
      ["s2", "nan-method"],
      ["s3", "same-infinity"],
      ["s9", "no-baseline"],
      ["s6", "no-method"],
      ["s7", "no-method"],
    ]);
    // Differences 1, 2 and -Infinity: ranks 1 + 2 against 3.
    expect(comparisons[0]).toMatchObject({ pValue: 1, difference: { estimate: -Infinity }, effect: { estimate: 0 } });
  });

  it("leaves out a subject with infinite differences of both signs", () => {
    const infinite = better.map((trials) => [...trials]);
    infinite[2] = [Infinity, -Infinity, 1];
    const { comparisons } = compareMethods([...rows("a", base), ...rows("b", infinite)], { baseline: "a", ...fast });
    expect(comparisons[0]).toMatchObject({ unit: "subjects", n: { units: 7, subjects: 7, pairs: 21 } });
    expect(comparisons[0]!.leftOut.map(({ reason }) => reason)).toEqual(Array(3).fill("opposite-infinities"));
  });

  it("takes trials where there are few subjects, and warns that they are not independent", () => {
    const few = [...rows("a", base.slice(0, 3)), ...rows("b", better.slice(0, 3))];
    const [comparison] = compareMethods(few, { baseline: "a", ...fast }).comparisons;
    expect(comparison).toMatchObject({ unit: "trials", n: { units: 9, subjects: 3, pairs: 9 } });
    expect(comparison!.warnings).toEqual([
      expect.stringContaining("not independent"),
      expect.stringContaining("the interval is too narrow"),
    ]);
    const [asked] = compareMethods(few, { baseline: "a", minimumSubjects: 3, ...fast }).comparisons;
    expect(asked).toMatchObject({ unit: "subjects", n: { units: 3 } });
    expect(asked!.warnings).toContainEqual(expect.stringContaining("no p-value below 0.25 is possible"));
  });

  it("does not throw for scores that are all NaN, and does not count them among the methods", () => {
    const silent = rows(
      "silent",
      base.map((trials) => trials.map(() => Number.NaN)),
    );
    const { comparisons } = compareMethods([...data, ...silent], { baseline: "mixture", ...fast });
    expect(comparisons[1]).toMatchObject({ pValue: Number.NaN, adjustedPValue: Number.NaN, n: { units: 0, pairs: 0 } });
    expect(comparisons[1]!.difference.estimate).toBeNaN();
    expect(comparisons[0]!.adjustedPValue).toBe(comparisons[0]!.pValue);
  });

  it.each(["wilcoxon", "sign-flip"] as const)(
    "%s rejects a true null in about 5 % of studies of 8 subjects",
    (test) => {
      const random = createRandom("null studies");
      const studies = 400;
      let rejected = 0;
      for (let study = 0; study < studies; study++) {
        const simulate = (method: string): MethodScore[] =>
          rows(
            method,
            Array.from({ length: 8 }, () => {
              const offset = 3 * random.normal();
              return Array.from({ length: 4 }, () => offset + random.normal());
            }),
          );
        const { comparisons } = compareMethods([...simulate("a"), ...simulate("b")], {
          baseline: "a",
          test,
          resamples: 1,
        });
        if (comparisons[0]!.pValue <= 0.05) rejected++;
      }
      // Three binomial standard errors above 5 %; exact tests of few subjects lie somewhat below.
      expect(rejected / studies).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / studies));
      expect(rejected / studies).toBeGreaterThan(0.01);
    },
  );

  it("refuses a baseline without rows, two scores of one trial and unknown words", () => {
    expect(() => compareMethods(data, { baseline: "oracle" })).toThrow('"oracle" has no rows; there are mixture, nmf');
    expect(() => compareMethods([], { baseline: "a" })).toThrow("there are none");
    expect(() => compareMethods([...data, data.at(-1)!], { baseline: "mixture" })).toThrow(
      "nmf, subject 7, trial 2 has two scores",
    );
    expect(() => compareMethods(data, { baseline: "mixture", test: "t" as "wilcoxon" })).toThrow('test is "t"');
  });
});
