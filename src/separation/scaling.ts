import type { FloatArray, Matrix } from "../core/matrix.ts";
import type { Random } from "../core/random.ts";
import type { Precision } from "../numeric/kernels.ts";

/**
 * Multiplies a matrix by a number, into a new one in double precision.
 *
 * @param matrix any matrix
 * @param factor the number
 */
export function scaled(matrix: Matrix, factor: number): Matrix<Float64Array> {
  const data = Float64Array.from(matrix.data);
  for (let i = 0; i < data.length; i++) data[i]! *= factor;
  return { rows: matrix.rows, columns: matrix.columns, data };
}

/**
 * A copy of a matrix in another precision, or the same.
 *
 * @param matrix any matrix
 * @param precision of the copy
 */
export function inPrecision(matrix: Matrix, precision: Precision): Matrix {
  const Floats = precision === "float32" ? Float32Array : Float64Array;
  return { rows: matrix.rows, columns: matrix.columns, data: Floats.from(matrix.data) };
}

/**
 * A random factor: absolute values of normal numbers.
 *
 * @param random where the numbers come from
 * @param rows number of rows
 * @param columns number of columns
 * @param spread standard deviation before the absolute value
 */
export function randomFactor(random: Random, rows: number, columns: number, spread: number): Matrix<Float64Array> {
  return {
    rows,
    columns,
    data: Float64Array.from({ length: rows * columns }, () => spread * Math.abs(random.normal())),
  };
}

/** Sum of all values. */
export function sum(values: FloatArray): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
