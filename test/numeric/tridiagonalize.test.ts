import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { factorCholesky } from "../../src/numeric/cholesky.ts";
import { tridiagonalize } from "../../src/numeric/tridiagonalize.ts";

/** X'X of random X with `rank` rows. */
function gram(order: number, rank = order + 3): Float64Array {
  const random = createRandom(`tridiagonalize ${order}`);
  const x = Float64Array.from({ length: rank * order }, random.normal);
  const data = new Float64Array(order * order);
  for (let i = 0; i < order; i++) {
    for (let j = 0; j < order; j++) {
      for (let r = 0; r < rank; r++) data[i * order + j]! += x[r * order + i]! * x[r * order + j]!;
    }
  }
  return data;
}

const matrixOf = (data: Float64Array) => ({ rows: Math.sqrt(data.length), columns: Math.sqrt(data.length), data });
const ramp = (order: number) => Float64Array.from({ length: order }, (_, i) => Math.cos(3 * i) + 0.1 * i);

describe("tridiagonalize", () => {
  it.each([1, 2, 3, 4, 5, 7, 8, 9, 31, 64])(
    "solves shifted systems of order %i as Cholesky factorisation does",
    (order) => {
      const matrix = matrixOf(gram(order));
      const form = tridiagonalize(matrix);
      const shifts = [0.01, 1, 100];
      for (const [i, solution] of form.solveShifted(ramp(order), shifts).entries()) {
        const expected = factorCholesky(matrix, { ridge: shifts[i]! }).solve(ramp(order));
        expect(solution).toBeAllclose(expected, { rtol: 1e-10, atol: 1e-12 });
      }
    },
  );

  it("keeps the sum of the eigenvalues and of their squares", () => {
    const data = gram(20);
    const { diagonal, belowDiagonal } = tridiagonalize(matrixOf(data));
    let [trace, squares] = [0, 0];
    for (let i = 0; i < 20; i++) trace += data[21 * i]!;
    for (const value of data) squares += value ** 2;
    expect(diagonal.reduce((sum, value) => sum + value, 0)).toBeCloseTo(trace, 10);
    const tridiagonal = diagonal.reduce((sum, d, i) => sum + d ** 2 + 2 * belowDiagonal[i]! ** 2, 0);
    expect(tridiagonal / squares).toBeCloseTo(1, 13);
    expect(belowDiagonal[0]).toBe(0);
  });

  it("solves I + v v' with any shift as Sherman and Morrison do", () => {
    const v = ramp(12);
    const data = new Float64Array(144);
    for (let i = 0; i < 144; i++) data[i] = v[i % 12]! * v[Math.floor(i / 12)]! + (i % 13 === 0 ? 1 : 0);
    const right = v.map((_, i) => 1 + i);
    const [vv, vb] = [v.reduce((sum, x) => sum + x * x, 0), v.reduce((sum, x, i) => sum + x * right[i]!, 0)];
    const [solution] = tridiagonalize(matrixOf(data)).solveShifted(right, [2]);
    expect(solution!).toBeAllclose(
      right.map((value, i) => value / 3 - (v[i]! * vb) / (9 * (1 + vv / 3))),
      { atol: 1e-13 },
    );
  });

  it("leaves a tridiagonal matrix as it is but for signs, and a diagonal one altogether", () => {
    const data = new Float64Array(25);
    for (let i = 0; i < 5; i++) {
      data[6 * i] = 2 + i;
      if (i > 0) data[6 * i - 1] = -1;
    }
    const form = tridiagonalize(matrixOf(data));
    expect(form.diagonal).toBeAllclose([2, 3, 4, 5, 6], { rtol: 1e-15 });
    expect(form.belowDiagonal.map(Math.abs)).toBeAllclose([0, 1, 1, 1, 1], { rtol: 1e-15 });
    const unit = matrixOf(Float64Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0)));
    expect(tridiagonalize(unit).solveShifted(Float64Array.of(2, 4, 6, 8), [1])[0]!).toBeAllclose([1, 2, 3, 4]);
  });

  it("reads the lower triangle only and leaves its input alone", () => {
    const full = gram(6);
    const lower = full.map((value, i) => (i % 6 <= Math.floor(i / 6) ? value : Number.NaN));
    const before = lower.slice();
    const [a, b] = [full, lower].map((data) => tridiagonalize(matrixOf(data)).solveShifted(ramp(6), [1])[0]!);
    expect(b).toEqual(a);
    expect(lower).toEqual(before);
  });

  it("solves rank-deficient matrices with a shift, and refuses them without", () => {
    const form = tridiagonalize(matrixOf(gram(15, 6)));
    const expected = factorCholesky(matrixOf(gram(15, 6)), { ridge: 0.1 }).solve(ramp(15));
    expect(form.solveShifted(ramp(15), [0.1])[0]!).toBeAllclose(expected, { rtol: 1e-10, atol: 1e-11 });
    expect(() => form.solveShifted(ramp(15), [1e-18])).toThrow(
      "with 1e-18 added to its diagonal is not positive definite",
    );
  });

  it("refuses what is not square or does not fit", () => {
    expect(() => tridiagonalize({ rows: 2, columns: 3, data: new Float64Array(6) })).toThrow("2 x 3");
    expect(() => tridiagonalize(matrixOf(gram(3))).solveShifted(ramp(4), [1])).toThrow("4 entries; 3 are needed");
  });
});
