import { ToolkitError } from "./error.ts";

/** The two precisions signals and factors come in. */
export type FloatArray = Float32Array | Float64Array;

/**
 * A dense matrix, row after row: entry (r, c) is `data[r * columns + c]`.
 *
 * Spectrograms are `[frames, bins]`, dictionaries `[components, bins]`, activations `[components, frames]`.
 */
export interface Matrix<T extends FloatArray = FloatArray> {
  readonly rows: number;
  readonly columns: number;
  readonly data: T;
}

/**
 * Makes a matrix of zeros in double precision.
 *
 * @param rows number of rows
 * @param columns number of columns
 */
export function zeros(rows: number, columns: number): Matrix<Float64Array> {
  return { rows, columns, data: new Float64Array(rows * columns) };
}

/**
 * A view of one row, sharing memory with the matrix.
 *
 * @param matrix any matrix
 * @param index row number, from 0
 */
export function row<T extends FloatArray>(matrix: Matrix<T>, index: number): T {
  return matrix.data.subarray(index * matrix.columns, (index + 1) * matrix.columns) as T;
}

/**
 * Copies a matrix with rows and columns exchanged, in double precision.
 *
 * @param matrix [rows, columns]
 * @returns [columns, rows]
 */
export function transpose(matrix: Matrix): Matrix<Float64Array> {
  const { rows, columns, data } = matrix;
  const out = zeros(columns, rows);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out.data[c * rows + r] = data[r * columns + c]!;
  return out;
}

/**
 * Refuses a matrix whose data does not fill its shape.
 *
 * @throws ToolkitError `bad-shape`
 */
export function checkMatrix(who: string, name: string, matrix: Matrix): void {
  const { rows, columns, data } = matrix;
  if (!(Number.isInteger(rows) && Number.isInteger(columns) && rows > 0 && columns > 0)) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: ${name} has shape ${rows} x ${columns}; both must be whole and above 0`,
    );
  }
  if (data.length !== rows * columns) {
    throw new ToolkitError("bad-shape", `${who}: ${name} is ${rows} x ${columns} but has ${data.length} entries`);
  }
}
