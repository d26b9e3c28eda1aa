import { matrix as mathMatrix, multiply, transpose } from "mathjs";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { factorCholesky } from "../../src/numeric/cholesky.ts";

/** B B' + I for a random B: positive definite by construction, condition below about 6 n. */
function definite(order: number): number[][] {
  const random = createRandom(order);
  const b = mathMatrix(Array.from({ length: order }, () => Array.from({ length: order }, random.normal)));
  const product = multiply(b, transpose(b)).toArray() as number[][];
  return product.map((row, i) => row.map((value, j) => value + (i === j ? 1 : 0)));
}

const dense = (rows: number[][]) => ({
  rows: rows.length,
  columns: rows[0]!.length,
  data: Float64Array.from(rows.flat()),
});

describe("factorCholesky", () => {
  // Every remainder of the groups of four rows and of the blocks of 48 columns.
  it.each([1, 2, 3, 4, 5, 7, 8, 9, 31, 47, 48, 49, 97, 130])("solves %i equations of known solution", (order) => {
    const rows = definite(order);
    const solution = Float64Array.from({ length: order }, (_, i) => Math.cos(i));
    const right = Float64Array.from(rows, (row) => row.reduce((sum, value, j) => sum + value * solution[j]!, 0));
    expect(factorCholesky(dense(rows)).solve(right)).toBeAllclose(solution, { atol: 1e-11 * order ** 2 });
  });

  it("reads only the lower triangle and changes neither input", () => {
    const rows = definite(9);
    const lower = dense(rows.map((row, i) => row.map((value, j) => (j > i ? Number.NaN : value))));
    const before = lower.data.slice();
    const right = new Float64Array(9).fill(1);
    expect(factorCholesky(lower).solve(right)).toEqual(factorCholesky(dense(rows)).solve(right));
    expect(lower.data).toEqual(before);
    expect(right).toEqual(new Float64Array(9).fill(1));
  });

  it("adds the ridge to the diagonal: (0 + 4 I) x = 2 has x = 0.5", () => {
    const nothing = dense(Array.from({ length: 6 }, () => [0, 0, 0, 0, 0, 0]));
    expect(factorCholesky(nothing, { ridge: 4 }).solve(new Float64Array(6).fill(2))).toBeAllclose(Array(6).fill(0.5));
  });

  it("refuses a row that is a sum of the ones before it, by name", () => {
    const rows = [
      [2, 0, 2],
      [0, 3, 3],
      [2, 3, 5],
    ];
    expect(() => factorCholesky(dense(rows), { who: "test", nameRow: (row) => `channel ${row}` })).toThrow(
      /^test: .* channel 2 /,
    );
  });

  it("refuses NaN, a matrix that is not square and a right-hand side of another length", () => {
    expect(() => factorCholesky(dense([[Number.NaN]]))).toThrow("row 0");
    expect(() => factorCholesky(dense([[1, 2]]))).toThrow("1 x 2");
    expect(() => factorCholesky(dense([[1]])).solve(new Float64Array(2))).toThrow("2 entries");
  });
});
