import { ToolkitError } from "../core/error.ts";
import { checkMatrix, type Matrix } from "../core/matrix.ts";

/**
 * Refuses a matrix with negative or not finite entries, naming how many there are and where the first one is.
 *
 * @param who the function that checks
 * @param name the argument's name
 * @param matrix what to check
 * @param rowName what a row is, for the message, such as "frame"
 * @param columnName what a column is, such as "bin"
 * @throws ToolkitError `bad-shape` if the data does not fill the shape, `bad-value`
 */
export function checkNonNegative(who: string, name: string, matrix: Matrix, rowName: string, columnName: string): void {
  checkMatrix(who, name, matrix);
  const { data, columns } = matrix;
  let count = 0;
  let first = -1;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value >= 0 && value < Infinity) continue;
    if (count++ === 0) first = i;
  }
  if (count === 0) return;
  const place = `${columnName} ${first % columns}, ${rowName} ${Math.floor(first / columns)}`;
  throw new ToolkitError(
    "bad-value",
    `${who}: ${name} has ${count} entries that are negative or not finite, the first (${data[first]}) at ${place}; all must be 0 or above`,
  );
}

/**
 * Refuses a spectrogram [frames, bins] that cannot be factorized: negative or not finite entries, or all zero.
 *
 * @param who the function that checks
 * @param spectrogram what to check
 * @returns the sum of all entries
 * @throws ToolkitError `bad-shape`, `bad-value`
 */
export function checkSpectrogram(who: string, spectrogram: Matrix): number {
  checkNonNegative(who, "spectrogram", spectrogram, "frame", "bin");
  const { data, rows, columns } = spectrogram;
  let total = 0;
  for (let i = 0; i < data.length; i++) total += data[i]!;
  if (!(total > 0 && total < Infinity)) {
    throw new ToolkitError(
      "bad-value",
      `${who}: spectrogram (${rows} frames, ${columns} bins) sums to ${total}; it must have some energy`,
    );
  }
  return total;
}

/**
 * Refuses a start that does not fit or is not non-negative; one that is not given passes.
 *
 * @param who the function that checks
 * @param name the argument's name
 * @param factor [rows, columns]
 * @param rows rows it must have
 * @param columns columns it must have
 * @param columnName what a column is
 * @throws ToolkitError `bad-shape`, `bad-value`
 */
export function checkStart(
  who: string,
  name: string,
  factor: Matrix | undefined,
  rows: number,
  columns: number,
  columnName: string,
): void {
  if (factor === undefined) return;
  if (factor.rows !== rows || factor.columns !== columns) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: ${name} is ${factor.rows} x ${factor.columns}; components and data ask for ${rows} x ${columns}`,
    );
  }
  checkNonNegative(who, name, factor, "component", columnName);
}
