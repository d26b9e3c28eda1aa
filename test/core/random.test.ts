import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";

describe("createRandom", () => {
  it("gives the same numbers for the same seed, as number or text", () => {
    const a = createRandom(7);
    const b = createRandom("7");
    expect(Array.from({ length: 20 }, a.uniform)).toEqual(Array.from({ length: 20 }, b.uniform));
  });

  it("gives other numbers for another seed and for a fork", () => {
    const first = createRandom(7).uniform();
    expect(createRandom(8).uniform()).not.toBe(first);
    expect(createRandom(7).fork("x").uniform()).not.toBe(first);
  });

  it("has the moments of the uniform and the normal distribution, within five standard errors", () => {
    const random = createRandom("moments");
    const count = 100_000;
    const uniform = Array.from({ length: count }, random.uniform);
    const normal = Array.from({ length: count }, random.normal);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / count;
    expect(Math.abs(mean(uniform) - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / count));
    expect(Math.abs(mean(normal))).toBeLessThan(5 / Math.sqrt(count));
    expect(Math.abs(mean(normal.map((value) => value * value)) - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
  });

  it("permutes: every number once", () => {
    expect(
      createRandom(1)
        .permutation(50)
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });
});
