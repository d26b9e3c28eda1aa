import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { binomialInterval, binomialUpperTail, poissonBinomialUpperTail } from "../../src/numeric/binomial.ts";
import { bootstrapInterval } from "../../src/numeric/bootstrap.ts";
import { mean, median, pearson, quantile } from "../../src/numeric/statistics.ts";

interface Fixture {
  quantiles: { values: number[]; mean: number; median: number; levels: number[]; quantiles: number[] }[];
  pearson: { a: number[]; b: number[]; r: number }[];
  intervals: { successes: number; trials: number; confidence: number; low: number; high: number }[];
  tails: { successes: number; trials: number; probability: number; tail: number }[];
  mixedTails: { successes: number; sources: number[]; tail: number }[];
}

const fixture = JSON.parse(readFileSync(join(import.meta.dirname, "../fixtures/statistics.json"), "utf8")) as Fixture;

// A few roundings of double precision, relative to the value or to 1.
const close = { rtol: 1e-12, atol: 1e-15 };

describe("mean, median and quantile", () => {
  it.each(fixture.quantiles)("are those of NumPy for $values.length values", (expected) => {
    const { values, levels } = expected;
    expect([mean(values), median(values)]).toBeAllclose([expected.mean, expected.median], close);
    expect(levels.map((level) => quantile(values, level))).toBeAllclose(expected.quantiles, close);
  });

  it("leave their input in its order", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it("refuse no values, NaN and levels outside 0 .. 1", () => {
    expect(() => mean([])).toThrow("at least one");
    expect(() => median([1, Number.NaN])).toThrow("index 1");
    expect(() => quantile([1, 2], 1.5)).toThrow("level");
  });
});

describe("pearson", () => {
  it.each(fixture.pearson)("is that of SciPy: $r", ({ a, b, r }) => {
    expect([pearson(a, b)]).toBeAllclose([r], { rtol: 1e-11 });
  });

  it("is 1, -1 and NaN for a line up, a line down and a constant", () => {
    expect(pearson([1, 2, 4], [3, 5, 9])).toBeCloseTo(1, 14);
    expect(pearson([1, 2, 4], [-1, -2, -4])).toBeCloseTo(-1, 14);
    expect(pearson([1, 2, 4], [0.1, 0.1, 0.1])).toBeNaN();
  });

  it("does not change with offset and positive scale", () => {
    const { a, b, r } = fixture.pearson[1]!;
    const moved = b.map((value) => 1e3 * value + 1e6);
    expect([pearson(a, moved)]).toBeAllclose([r], { rtol: 1e-9 });
  });

  it("refuses series of different lengths", () => {
    expect(() => pearson([1, 2], [1, 2, 3])).toThrow("2 and 3 values");
  });
});

describe("binomialInterval", () => {
  it.each(fixture.intervals)(
    "is that of SciPy, polished in exact fractions, for $successes of $trials at $confidence",
    (expected) => {
      const { successes, trials, confidence } = expected;
      const { low, high } = binomialInterval(successes, trials, { confidence });
      expect([low, high]).toBeAllclose([expected.low, expected.high], { rtol: 1e-12, atol: 1e-13 });
    },
  );

  it("has a closed form for no success: 1 - (alpha / 2)^(1 / n)", () => {
    const { low, high } = binomialInterval(0, 20);
    expect(low).toBe(0);
    expect(high).toBeCloseTo(1 - 0.025 ** (1 / 20), 13);
  });

  it("mirrors when successes and failures change places", () => {
    const a = binomialInterval(7, 31);
    const b = binomialInterval(24, 31);
    expect([a.low, a.high]).toBeAllclose([1 - b.high, 1 - b.low], { atol: 1e-14 });
  });

  it("refuses more successes than trials, and a confidence of 1", () => {
    expect(() => binomialInterval(11, 10)).toThrow("successes is 11");
    expect(() => binomialInterval(1, 10, { confidence: 1 })).toThrow("below 1");
  });
});

describe("binomialUpperTail and poissonBinomialUpperTail", () => {
  it.each(fixture.tails)("are those of SciPy for $successes of $trials at $probability", (expected) => {
    const { successes, trials, probability } = expected;
    expect([binomialUpperTail(successes, trials, probability)]).toBeAllclose([expected.tail], { rtol: 1e-12 });
  });

  it.each(fixture.mixedTails)("are those of counting outcomes for $successes of $sources", (expected) => {
    const probabilities = expected.sources.map((count) => 1 / count);
    expect([poissonBinomialUpperTail(expected.successes, probabilities)]).toBeAllclose([expected.tail], close);
  });

  it("refuse a probability outside 0 .. 1", () => {
    expect(() => poissonBinomialUpperTail(1, [0.5, 2])).toThrow("probability 1 is 2");
  });
});

describe("bootstrapInterval", () => {
  const random = createRandom("bootstrap");
  const values = Float64Array.from({ length: 400 }, random.normal);

  it("is near the normal interval for the mean of many values", () => {
    const { estimate, low, high } = bootstrapInterval(values, { statistic: "mean", seed: 1 });
    const spread = Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)) / values.length);
    expect(estimate).toBe(mean(values));
    // The ends are quantiles of 2000 draws: their own standard error is about 0.06 of a standard error of the mean.
    expect([(low - estimate) / spread, (high - estimate) / spread]).toBeAllclose([-1.96, 1.96], { atol: 0.25 });
  });

  it("is the same for the same seed and another for another", () => {
    const a = bootstrapInterval(values, { seed: 3 });
    expect(bootstrapInterval(values, { seed: 3 })).toEqual(a);
    expect(bootstrapInterval(values, { seed: 4 })).not.toEqual(a);
  });

  it("is a point for equal values", () => {
    expect(bootstrapInterval([2, 2, 2])).toEqual({ estimate: 2, low: 2, high: 2 });
  });

  it("is as wide as the differences between clusters where values within them agree", () => {
    // 5 clusters of 40 equal values: drawing single values hides that there are only 5 independent ones.
    const clusters = Array.from({ length: 200 }, (_, i) => `s${i % 5}`);
    const grouped = clusters.map((name) => Number(name.slice(1)));
    const single = bootstrapInterval(grouped, { statistic: "mean" });
    const nested = bootstrapInterval(grouped, { statistic: "mean", clusters });
    // Standard error sqrt(2 / 200) against sqrt(2 / 5), a factor of 6.3.
    expect((nested.high - nested.low) / (single.high - single.low)).toBeGreaterThan(4);
  });

  it("refuses no values, NaN, clusters of another number and a bad confidence", () => {
    expect(() => bootstrapInterval([])).toThrow("no values");
    expect(() => bootstrapInterval([Number.NaN])).toThrow("not finite");
    expect(() => bootstrapInterval([1, 2], { clusters: ["a"] })).toThrow("2 values but 1 clusters");
    expect(() => bootstrapInterval([1, 2], { confidence: 0 })).toThrow("confidence");
  });
});
