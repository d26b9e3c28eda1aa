import { Matrix as DenseMatrix, SingularValueDecomposition } from "ml-matrix";
import { describe, expect, it, test } from "vitest";
import { type Matrix, row, transpose, zeros } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { truncatedSvd } from "../../src/separation/truncatedSvd.ts";
import { filled } from "./contrastiveReference.ts";

const uniform = (name: string, rows: number, columns: number) => {
  const random = createRandom(name);
  return filled(rows, columns, () => random.uniform() ** 3);
};

/** The full decomposition, u and v with the sign of our convention. */
function dense({ rows, columns, data }: Matrix) {
  const svd = new SingularValueDecomposition(DenseMatrix.from1DArray(rows, columns, data), { autoTranspose: true });
  const vectors = (k: number) => {
    const u = svd.leftSingularVectors.getColumn(k);
    const largest = u.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
    const v = svd.rightSingularVectors.getColumn(k);
    return { u: u.map((value) => value * Math.sign(largest)), v: v.map((value) => value * Math.sign(largest)) };
  };
  return { values: svd.diagonal, vectors };
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** Q D P' with orthonormal columns of sines and given singular values. */
function withSingularValues(rows: number, columns: number, values: number[]): Matrix<Float64Array> {
  const sine = (length: number, k: number, i: number) =>
    Math.sqrt(2 / (length + 1)) * Math.sin((Math.PI * (k + 1) * (i + 1)) / (length + 1));
  const out = zeros(rows, columns);
  values.forEach((value, k) => {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) out.data[r * columns + c]! += value * sine(rows, k, r) * sine(columns, k, c);
    }
  });
  return out;
}

describe("truncatedSvd", () => {
  test.each([
    { rows: 70, columns: 60, rank: 4 },
    { rows: 60, columns: 70, rank: 4 },
    { rows: 9, columns: 7, rank: 7 },
    { rows: 5, columns: 40, rank: 2 },
  ])("has the leading triplets of the full decomposition, $rows x $columns, rank $rank", ({ rows, columns, rank }) => {
    const x = uniform(`${rows}`, rows, columns);
    const full = dense(x);
    const found = truncatedSvd(x, rank, { tolerance: 1e-11 });
    expect(found.singularValues).toBeAllclose(full.values.slice(0, rank), { rtol: 1e-12 });
    for (let k = 0; k < rank; k++) {
      const { u, v } = full.vectors(k);
      expect(row(found.left, k)).toBeAllclose(u, { atol: 1e-7 });
      expect(row(found.right, k)).toBeAllclose(v, { atol: 1e-7 });
    }
  });

  it("finds singular values that a product set, over nine decades", () => {
    const values = [1e3, 10, 1, 0.1, 1e-3, 1e-6];
    const found = truncatedSvd(withSingularValues(90, 80, values), 6);
    expect(found.singularValues).toBeAllclose(values, { rtol: 1e-6 });
  });

  it("has orthonormal vectors whose residual is below the tolerance, and iterates until then", () => {
    const x = uniform("flat spectrum", 150, 120);
    const found = truncatedSvd(x, 5, { tolerance: 1e-8 });
    expect(found.cycles).toBeGreaterThan(1);
    for (let k = 0; k < 5; k++) {
      for (let j = 0; j < 5; j++) {
        const expected = j === k ? 1 : 0;
        expect(dot(row(found.left, j), row(found.left, k))).toBeCloseTo(expected, 12);
        expect(dot(row(found.right, j), row(found.right, k))).toBeCloseTo(expected, 12);
      }
      const s = found.singularValues[k]!;
      const backwards = Float64Array.from({ length: 120 }, (_, c) => dot(row(transpose(x), c), row(found.left, k)));
      const residual = backwards.map((value, c) => value - s * found.right.data[k * 120 + c]!);
      expect(Math.sqrt(dot(residual, residual))).toBeLessThan(1e-8 * found.singularValues[0]!);
    }
    expect(found.residual).toBeLessThan(1e-8);
  });

  it("does not depend on the seed where the values are apart", () => {
    const x = withSingularValues(100, 90, [8, 5, 3, 2, 1]);
    const [one, other] = [1, 2].map((seed) => truncatedSvd(x, 3, { seed, tolerance: 1e-12 }));
    expect(one!.left.data).toBeAllclose(other!.left.data, { atol: 1e-10 });
    expect(one!.right.data).toBeAllclose(other!.right.data, { atol: 1e-10 });
  });

  it("is 0 beyond the rank", () => {
    const found = truncatedSvd(withSingularValues(40, 30, [4, 2]), 5);
    expect(found.singularValues).toBeAllclose([4, 2, 0, 0, 0], { atol: 1e-12 });
    expect(found.left.data.every(Number.isFinite) && found.right.data.every(Number.isFinite)).toBe(true);
    const zero = truncatedSvd(zeros(4, 3), 2);
    expect(Array.from(zero.singularValues)).toEqual([0, 0]);
  });

  it("leaves the matrix as it is, and takes single precision", () => {
    const x = uniform("copy", 20, 12);
    const before = x.data.slice();
    const single = { ...x, data: Float32Array.from(x.data) };
    expect(truncatedSvd(single, 2).singularValues).toBeAllclose(truncatedSvd(x, 2).singularValues, { rtol: 1e-6 });
    expect(x.data).toEqual(before);
  });

  it("refuses a rank beyond the shorter side and bad options", () => {
    const x = uniform("refusals", 6, 4);
    expect(() => truncatedSvd(x, 5)).toThrow(/rank is 5; it must be a whole number from 1 to 4/);
    expect(() => truncatedSvd(x, 1, { oversampling: -1 })).toThrow(/oversampling/);
    expect(() => truncatedSvd(x, 1, { depth: 1 })).toThrow(/depth/);
    expect(() => truncatedSvd(x, 1, { tolerance: 0 })).toThrow(/tolerance/);
    expect(() => truncatedSvd(x, 1, { cycles: 0 })).toThrow(/cycles/);
  });
});
