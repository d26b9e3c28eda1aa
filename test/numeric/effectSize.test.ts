import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { cohenDz, effectSize, rankBiserial } from "../../src/numeric/effectSize.ts";

describe("cohenDz", () => {
  it("is the mean over the standard deviation with n - 1", () => {
    // Mean 3, squares 4 + 1 + 0 + 1 + 4 = 10, deviation sqrt(10 / 4).
    expect(cohenDz([1, 2, 3, 4, 5])).toBeCloseTo(3 / Math.sqrt(2.5), 14);
    expect(cohenDz([-10, -20, -30, -40, -50])).toBeCloseTo(-3 / Math.sqrt(2.5), 14);
  });

  it("is infinite for equal differences, and NaN for zeros, one difference or infinities", () => {
    expect(cohenDz([0.1, 0.1, 0.1])).toBe(Infinity);
    expect([cohenDz([0, 0]), cohenDz([1]), cohenDz([1, Infinity])]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });
});

describe("rankBiserial", () => {
  it("is the balance of the ranks, 1 where all are above zero", () => {
    expect(rankBiserial([5, 1, 2])).toBe(1);
    expect(rankBiserial([-5, -1, -2])).toBe(-1);
    // Ranks 1.5, 1.5, 3: (1.5 - 1.5 + 3) / 6.
    expect(rankBiserial([1, -1, 2])).toBe(0.5);
    expect(rankBiserial([1, -Infinity])).toBeCloseTo(-1 / 3, 15);
  });

  it("leaves out zeros and NaN, and is NaN with nothing else", () => {
    expect(rankBiserial([0, Number.NaN, 3])).toBe(1);
    expect(rankBiserial([0])).toBeNaN();
  });
});

describe("effectSize", () => {
  const random = createRandom("effects");
  const differences = Array.from({ length: 200 }, () => 0.5 + random.normal());

  it("has an interval near that of theory for many normal differences", () => {
    const { estimate, low, high, n } = effectSize(differences, { measure: "cohen-dz", seed: 2 });
    // Standard error of d_z: sqrt(1 / n + d^2 / 2n).
    const error = Math.sqrt((1 + estimate ** 2 / 2) / 200);
    expect(n).toBe(200);
    expect([(low - estimate) / error, (high - estimate) / error]).toBeAllclose([-1.96, 1.96], { atol: 0.35 });
  });

  it("draws whole clusters", () => {
    const few = [3, -1, 2, 4].flatMap((value) => Array<number>(50).fill(value));
    const clusters = few.map((_, i) => Math.floor(i / 50));
    const single = effectSize(few);
    const clustered = effectSize(few, { clusters });
    expect(clustered.estimate).toBe(single.estimate);
    // Whole clusters of equal values are four values: the interval reaches to all above zero.
    expect(clustered.high).toBe(1);
    expect(clustered.high - clustered.low).toBeGreaterThan(3 * (single.high - single.low));
  });

  it("leaves NaN out with its cluster, counts it, and is the same for the same seed", () => {
    const a = effectSize([1, Number.NaN, 2, -1], { clusters: ["a", "b", "b", "c"], seed: 9 });
    expect(a).toEqual({ ...effectSize([1, 2, -1], { clusters: ["a", "b", "c"], seed: 9 }), nan: 1 });
    expect(effectSize([Number.NaN])).toMatchObject({ estimate: Number.NaN, low: Number.NaN, n: 0, nan: 1 });
  });

  it("counts resamples in which it is undefined", () => {
    // Zeros only: (1 - 1/2)^2 of the resamples of two differences, a quarter.
    const { undefinedResamples } = effectSize([0, 1], { resamples: 1000 });
    expect(undefinedResamples).toBeGreaterThan(200);
    expect(undefinedResamples).toBeLessThan(300);
  });

  it("refuses unknown measures and clusters of another number", () => {
    expect(() => effectSize([1], { measure: "d" as "cohen-dz" })).toThrow('measure is "d"');
    expect(() => effectSize([1], { clusters: [] })).toThrow("1 differences but 0 clusters");
  });
});
