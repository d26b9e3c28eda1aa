import type { Matrix } from "../core/matrix.ts";
import type { Random } from "../core/random.ts";

/**
 * The unit both factors are computed in: a power of two near the square root of the mean, so that the data have a mean near
 * 1, far from the limits of single precision, and scaling there and back is exact.
 *
 * @param mean mean of the spectrogram, above 0
 */
export function factorUnit(mean: number): number {
  return 2 ** Math.round(Math.log2(mean) / 2);
}

/**
 * Multiplies a matrix by a number, into a new one.
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
export function sum(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}
