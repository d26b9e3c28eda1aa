import { type Matrix, row, zeros } from "../../src/index.ts";

/** The rows of a matrix in double precision. */
export function rowsOf(matrix: Matrix): Float64Array[] {
  return Array.from({ length: matrix.rows }, (_, r) => Float64Array.from(row(matrix, r)));
}

/** A matrix of given rows, all of one length. */
export function matrixOf(rows: readonly Float64Array[]): Matrix<Float64Array> {
  const out = zeros(rows.length, rows[0]!.length);
  for (const [r, values] of rows.entries()) row(out, r).set(values);
  return out;
}

/** The columns `from` to `to` (excluded) of a matrix, copied. */
export function columns(matrix: Matrix, from: number, to: number): Matrix<Float64Array> {
  const width = to - from;
  const data = new Float64Array(matrix.rows * width);
  for (let r = 0; r < matrix.rows; r++) data.set(row(matrix, r).subarray(from, to), r * width);
  return { rows: matrix.rows, columns: width, data };
}

/** Rows scaled to unit l2 norm; a row of zeros stays. */
export function unitRows(rows: readonly Float64Array[]): Float64Array[] {
  return rows.map((values) => {
    const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    return norm > 0 ? values.map((value) => value / norm) : values;
  });
}
