import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { bestAssignment } from "../../src/metrics/assignment.ts";

/** All orders of 0 .. count - 1, in dictionary order. */
function permutations(count: number): number[][] {
  if (count === 0) return [[]];
  const items = Array.from({ length: count }, (_, i) => i);
  return items.flatMap((head) =>
    permutations(count - 1).map((tail) => [head, ...tail.map((i) => (i >= head ? i + 1 : i))]),
  );
}

describe("bestAssignment", () => {
  it.each([1, 2, 3, 5])("finds the greatest total of all permutations of %i", (count) => {
    const random = createRandom(count);
    const gains = Array.from({ length: count }, () => Array.from({ length: count }, random.normal));
    const total = (order: number[]) => order.reduce((sum, column, row) => sum + gains[row]![column]!, 0);
    const best = permutations(count).reduce((a, b) => (total(b) > total(a) ? b : a));
    expect(bestAssignment(gains)).toEqual(best);
  });

  it("takes the first of equals", () => {
    expect(
      bestAssignment([
        [1, 1, 1],
        [1, 1, 1],
        [1, 1, 1],
      ]),
    ).toEqual([0, 1, 2]);
  });

  it("takes the first of totals that differ by rounding only", () => {
    // 0.1 + 0.2 + 0.3 in another order is another number.
    expect(
      bestAssignment([
        [0.1, 0.2, 0.3],
        [0.1, 0.2, 0.3],
        [0.1, 0.2, 0.3],
      ]),
    ).toEqual([0, 1, 2]);
  });

  it("prefers infinite gains to any finite ones", () => {
    expect(
      bestAssignment([
        [300, Infinity],
        [-250, 300],
      ]),
    ).toEqual([1, 0]);
  });

  it("never lets NaN win, however great the other gains are", () => {
    expect(
      bestAssignment([
        [-Infinity, Infinity],
        [Number.NaN, 3],
      ]),
    ).toEqual([0, 1]);
    // Where a row has nothing else, the others are paired as if it were not there.
    expect(
      bestAssignment([
        [Number.NaN, Number.NaN, Number.NaN],
        [1, 2, 9],
        [2, 1, 8],
      ]),
    ).toEqual([1, 2, 0]);
  });
});
