import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { aggregateScores, type ScoreOfFrame } from "../../src/metrics/aggregate.ts";
import { bootstrapInterval } from "../../src/numeric/bootstrap.ts";

/** Rows from values by subject, trial and frame. */
function rows(condition: string, subjects: number[][][]): ScoreOfFrame[] {
  return subjects.flatMap((trials, subject) =>
    trials.flatMap((frames, trial) => frames.map((value, frame) => ({ condition, subject, trial, frame, value }))),
  );
}

describe("aggregateScores", () => {
  // Medians of frames 2, 10 and 4; subject means 6 and 4; condition mean 5. The mean of all frames would be 9.57.
  const small = rows("nmf", [[[1, 2, 50], [10]], [[3, 4, -3 + 7]]]);

  it("takes the median of frames, the mean of trials and then of subjects", () => {
    const [score] = aggregateScores(small);
    expect(score).toMatchObject({
      condition: "nmf",
      value: 5,
      n: { subjects: 2, trials: 3, frames: 7 },
      nan: { subjects: 0, trials: 0, frames: 0 },
      infinite: { subjects: 0, trials: 0, frames: 0 },
    });
  });

  it("takes another rule at each step if asked", () => {
    const data = rows("x", [[[1, 2, 6], [5], [100]], [[0]], [[1]]]);
    const value = (options: Parameters<typeof aggregateScores>[1]) => aggregateScores(data, options)[0]!.value;
    // Trials 2 or 3, 5, 100; subjects their mean or median, 0 and 1.
    expect(value({ trials: "median", subjects: "median" })).toBe(1);
    expect(value({ trials: "median", subjects: "mean" })).toBe(2);
    expect(value({ frames: "mean", trials: "mean", subjects: "mean" })).toBeCloseTo((108 / 3 + 0 + 1) / 3, 14);
    expect(value({})).toBeCloseTo((107 / 3 + 1) / 3, 14);
  });

  it("counts a subject once, however many trials it has", () => {
    const [score] = aggregateScores(rows("x", [Array(99).fill([10]), [[0]]]));
    expect(score!.value).toBe(5);
  });

  it("keeps the order of conditions and does not depend on that of rows or on other conditions", () => {
    const other = rows("duet", [[[1]], [[2]]]);
    const both = aggregateScores([...small, ...other]);
    expect(both.map(({ condition }) => condition)).toEqual(["nmf", "duet"]);
    expect(both[1]).toEqual(aggregateScores(other)[0]);
    expect(aggregateScores([...small].reverse())[0]!.value).toBe(5);
    expect(aggregateScores([])).toEqual([]);
  });

  it('takes 1 and "1" as one subject', () => {
    const [score] = aggregateScores([
      { condition: "x", subject: 1, trial: "a", value: 1 },
      { condition: "x", subject: "1", trial: "b", value: 3 },
    ]);
    expect(score).toMatchObject({ value: 2, n: { subjects: 1, trials: 2, frames: 2 } });
  });

  it("leaves NaN out of its step and counts it there", () => {
    const [score] = aggregateScores(rows("x", [[[Number.NaN, 4], [Number.NaN]], [[Number.NaN, Number.NaN]], [[8]]]));
    expect(score).toMatchObject({
      value: 6,
      n: { subjects: 2, trials: 2, frames: 2 },
      nan: { subjects: 1, trials: 2, frames: 4 },
    });
    const [nothing] = aggregateScores(rows("x", [[[Number.NaN]]]));
    expect(nothing).toMatchObject({
      value: Number.NaN,
      n: { subjects: 0 },
      interval: { low: Number.NaN, over: "none" },
    });
  });

  it("keeps infinities: a median passes them by, a mean becomes one", () => {
    const data = rows("x", [[[1, 2, Infinity]], [[Infinity, Infinity, 0]], [[3]]]);
    expect(aggregateScores(data)[0]).toMatchObject({
      value: Infinity,
      infinite: { subjects: 1, trials: 1, frames: 3 },
      nan: { subjects: 0 },
    });
    expect(aggregateScores(data, { subjects: "median" })[0]!.value).toBe(3);
    const interval = aggregateScores(data)[0]!.interval;
    expect(interval.high).toBe(Infinity);
    expect(interval.low).toBeGreaterThanOrEqual(2);
  });

  it("has no mean of infinities of both signs, and counts the subject as NaN", () => {
    const data = rows("x", [[[Infinity], [-Infinity]], [[1]], [[2]]]);
    expect(aggregateScores(data)[0]).toMatchObject({ value: 1.5, n: { subjects: 2, trials: 4 }, nan: { subjects: 1 } });
  });

  it("draws subjects, not trials, for the interval", () => {
    const random = createRandom("subjects");
    const means = Array.from({ length: 12 }, () => random.normal());
    const data = rows(
      "x",
      means.map((mean) => [[mean - 1], [mean], [mean + 1]]),
    );
    const { interval, warnings } = aggregateScores(data, { seed: 3 })[0]!;
    const expected = bootstrapInterval(means, { statistic: "mean", seed: "3/x" });
    expect([interval.low, interval.high]).toBeAllclose([expected.low, expected.high], { atol: 1e-12 });
    expect([interval.over, warnings]).toEqual(["subjects", []]);
    const skewed = bootstrapInterval(means, { statistic: "mean", seed: "3/x", method: "bca" });
    const corrected = aggregateScores(data, { seed: 3, method: "bca" })[0]!.interval;
    expect([corrected.low, corrected.high]).toBeAllclose([skewed.low, skewed.high], { atol: 1e-12 });
  });

  it("draws the trials of a subject that is alone, and warns of few subjects", () => {
    const [alone] = aggregateScores(rows("x", [[[1], [2], [3]]]));
    expect(alone!.interval.over).toBe("trials");
    expect(alone!.warnings).toEqual([expect.stringContaining("one subject")]);
    const [few] = aggregateScores(rows("x", [[[1]], [[2]], [[3]]]));
    expect(few!.warnings).toEqual([expect.stringContaining("3 subjects")]);
  });

  it("refuses two values of one frame, trials without frame numbers, and unknown rules", () => {
    const row = { condition: "x", subject: "s", trial: "t", value: 1 };
    expect(() => aggregateScores([row, row])).toThrow("x, subject s, trial t has 2 values; number their frames");
    const framed = { ...row, frame: 7 };
    expect(() => aggregateScores([framed, framed])).toThrow("frame 7 has two values");
    expect(() => aggregateScores([], { frames: "mode" as "mean" })).toThrow('frames is "mode"');
  });
});
