import { describe, expect, it, test } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { nmf } from "../../src/separation/nmf.ts";
import { bestOfStarts } from "../../src/separation/restarts.ts";
import { filled } from "./contrastiveReference.ts";

/** Runs that end at given costs. */
function ending(...costs: number[]) {
  let next = 0;
  return (seed: number | string) => ({ cost: [100, costs[next]!], number: next++, seed });
}

describe("bestOfStarts", () => {
  test.each([
    { name: "the lowest last cost", costs: [3, 1, 2], winner: 1 },
    { name: "the first of equal ones", costs: [3, 2, 2], winner: 1 },
    { name: "any number rather than NaN", costs: [Number.NaN, 7, Number.NaN], winner: 1 },
    { name: "an infinite cost rather than NaN", costs: [Number.NaN, Infinity], winner: 1 },
    { name: "a negative cost", costs: [0, -5, -4], winner: 1 },
  ])("takes $name", ({ costs, winner }) => {
    const found = bestOfStarts(costs.length, 0, ending(...costs));
    expect(found).toMatchObject({ best: { number: winner }, bestStart: winner, costs });
  });

  it("gives the first start the seed itself and every start another", () => {
    const seeds: (number | string)[] = [];
    bestOfStarts(4, 5, (seed) => {
      seeds.push(seed);
      return { cost: [1] };
    });
    expect(seeds[0]).toBe(5);
    expect(new Set(seeds.map((seed) => createRandom(seed).uniform())).size).toBe(4);
  });

  it("is the same every time, and no worse with more starts", () => {
    const random = createRandom("restarts");
    const x = filled(20, 15, () => random.uniform() ** 4);
    const run = (seed: number | string) => nmf(x, { components: 5, seed, iterations: 40 });
    const [two, five] = [2, 5].map((count) => bestOfStarts(count, 1, run));
    expect(bestOfStarts(2, 1, run)).toEqual(two);
    expect(five!.costs.slice(0, 2)).toEqual(two!.costs);
    expect(five!.best.cost.at(-1)).toBe(Math.min(...five!.costs));
    expect(five!.costs[0]).toBe(run(1).cost.at(-1));
  });

  it("refuses no start, costs that are all NaN or missing, and lets errors of a run pass", () => {
    expect(() => bestOfStarts(0, 0, ending(1))).toThrow(/count is 0/);
    expect(() => bestOfStarts(2, 0, ending(Number.NaN, Number.NaN))).toThrow(/all 2 starts is NaN/);
    expect(() => bestOfStarts(1, 0, () => ({ cost: [] }))).toThrow(/NaN/);
    expect(() =>
      bestOfStarts(1, 0, () => {
        throw new Error("no memory");
      }),
    ).toThrow("no memory");
  });
});
