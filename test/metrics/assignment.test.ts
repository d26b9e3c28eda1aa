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

  it("copes with infinities and NaN", () => {
    expect(
      bestAssignment([
        [-Infinity, Infinity],
        [Number.NaN, 3],
      ]),
    ).toEqual([1, 0]);
  });
});
