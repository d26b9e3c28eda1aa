import type { Matrix } from "../src/core/matrix.ts";
import { createRandom } from "../src/core/random.ts";

/**
 * A matrix of positive numbers, the same at every start.
 *
 * @param name names the generator
 * @param rows number of rows
 * @param columns number of columns
 * @returns uniform in [0.01, 1.01)
 */
export function positive(name: string, rows: number, columns: number): Matrix<Float64Array> {
  const random = createRandom(name);
  return { rows, columns, data: Float64Array.from({ length: rows * columns }, () => random.uniform() + 0.01) };
}
