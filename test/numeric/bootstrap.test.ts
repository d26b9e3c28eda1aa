import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { bcaInterval, bootstrapInterval, bootstrapStatistic } from "../../src/numeric/bootstrap.ts";
import { mean } from "../../src/numeric/statistics.ts";
import { pairedStatistics } from "./pairedStatistics.ts";

const { bca } = pairedStatistics();

describe("bcaInterval", () => {
  it.each(bca)("is that of SciPy on its resamples of $values.length values", (expected) => {
    const { estimate, resampled, jackknife, confidence } = expected;
    const { bias, acceleration, low, high } = bcaInterval(resampled, { estimate, jackknife, confidence });
    expect([bias, acceleration, low, high]).toBeAllclose(
      [expected.bias, expected.acceleration, expected.low, expected.high],
      { rtol: 1e-12 },
    );
  });

  it("is the percentile interval without bias and skewness", () => {
    const resampled = Array.from({ length: 1001 }, (_, i) => i);
    const { low, high, bias, acceleration } = bcaInterval(resampled, { estimate: 500, jackknife: [-1, 0, 1] });
    expect([bias, acceleration, low, high]).toBeAllclose([0, 0, 25, 975], { atol: 1e-10 });
  });

  it("is NaN where all resamples lie on one side, and a point where nothing varies", () => {
    expect(bcaInterval([1, 2], { estimate: 0, jackknife: [0, 1] })).toMatchObject({
      low: Number.NaN,
      high: Number.NaN,
    });
    expect(bcaInterval([3, 3], { estimate: 3, jackknife: [3, 3, 3] })).toMatchObject({ low: 3, high: 3 });
  });

  it("is NaN at an end where the acceleration turns the correction round", () => {
    // One of 200 values decides everything: the acceleration is near its greatest, a sixth, and z beyond 6.
    const jackknife = [-1000, ...new Float64Array(199)];
    const { low, high, acceleration } = bcaInterval([1, 2, 3], { estimate: 2, jackknife, confidence: 1 - 1e-9 });
    expect(acceleration).toBeGreaterThan(0.16);
    expect(acceleration).toBeLessThan(1 / 6);
    expect(low).toBeLessThan(2);
    expect(high).toBeNaN();
  });

  it("refuses no resamples and a confidence of 1", () => {
    expect(() => bcaInterval([], { estimate: 0, jackknife: [0, 1] })).toThrow("no resampled");
    expect(() => bcaInterval([1], { estimate: 0, jackknife: [0, 1], confidence: 1 })).toThrow("below 1");
  });
});

describe("bootstrapStatistic", () => {
  const random = createRandom("skewed");
  const values = Float64Array.from({ length: 25 }, () => Math.exp(random.normal()));
  const meanOf = (data: ArrayLike<number>) => (rows: Int32Array) => mean(Float64Array.from(rows, (i) => data[i]!));

  it("is the interval of the values for their mean", () => {
    const { estimate, low, high } = bootstrapStatistic(values.length, meanOf(values), { seed: 4 });
    expect({ estimate, low, high }).toEqual(bootstrapInterval(values, { statistic: "mean", seed: 4 }));
  });

  it("moves the BCa interval of a mean towards the long tail", () => {
    const percentile = bootstrapInterval(values, { statistic: "mean" });
    const corrected = bootstrapInterval(values, { statistic: "mean", method: "bca" });
    expect(corrected.low).toBeGreaterThan(percentile.low);
    expect(corrected.high).toBeGreaterThan(percentile.high);
  });

  it.each(["percentile", "bca"] as const)("draws whole clusters as one: %s of clusters of one size", (method) => {
    // The mean of equally great clusters is the mean of their means, resampled and left out alike.
    const copies = [...values].flatMap((value) => [value - 1, value + 1]);
    const clusters = copies.map((_, i) => Math.floor(i / 2));
    const clustered = bootstrapStatistic(50, meanOf(copies), { clusters, method, within: false, seed: 7 });
    const single = bootstrapStatistic(25, meanOf(values), { method, seed: 7 });
    expect([clustered.estimate, clustered.low, clustered.high]).toBeAllclose(
      [single.estimate, single.low, single.high],
      { rtol: 1e-10 },
    );
  });

  it("draws the values of a cluster that is alone", () => {
    const alone = bootstrapStatistic(25, meanOf(values), { clusters: Array(25).fill("a"), within: false });
    expect(alone).toEqual(bootstrapStatistic(25, meanOf(values)));
  });

  it("leaves out and counts resamples without the statistic, and keeps infinities", () => {
    const first = bootstrapStatistic(2, (rows) => (rows.every((row) => row === 0) ? Number.NaN : 1), {
      resamples: 1000,
    });
    // Both draws the first row: a quarter of the resamples.
    expect(first.undefinedResamples).toBeGreaterThan(200);
    expect(first.undefinedResamples).toBeLessThan(300);
    expect(first).toMatchObject({ estimate: 1, low: 1, high: 1 });
    const infinite = bootstrapStatistic(2, (rows) => (rows.includes(0) ? Infinity : 0));
    expect(infinite).toMatchObject({ estimate: Infinity, low: 0, high: Infinity });
    expect(bootstrapStatistic(2, () => Number.NaN)).toMatchObject({ low: Number.NaN, high: Number.NaN });
  });

  it("refuses no rows, clusters of another number, and values drawn within clusters for BCa", () => {
    expect(() => bootstrapStatistic(0, () => 0)).toThrow("count is 0");
    expect(() => bootstrapStatistic(2, () => 0, { clusters: ["a"] })).toThrow("2 rows but 1 clusters");
    const clusters = ["a", "b"];
    expect(() => bootstrapStatistic(2, () => 0, { clusters, method: "bca", within: true })).toThrow("whole clusters");
    expect(() => bootstrapInterval([1, 2], { method: "basic" as "bca" })).toThrow(
      'bootstrapInterval: method is "basic"',
    );
  });
});
