import { ToolkitError } from "../core/error.ts";
import { checkMatrix, type Matrix } from "../core/matrix.ts";
import { createArena } from "./kernels.ts";

/** A factored system of equations, see {@link factorCholesky}. */
export interface CholeskyFactor {
  /** Number of equations. */
  readonly order: number;
  /**
   * Solves the system.
   *
   * @param right [order]
   * @returns [order]
   */
  solve(right: Float64Array): Float64Array;
}

/** Options of {@link factorCholesky}. */
export interface CholeskyOptions {
  /** Who asks, for the message; default `cholesky`. */
  who?: string;
  /** Names a row in the message; default `row i`. */
  nameRow?: (row: number) => string;
  /** Added to every diagonal entry, default 0. */
  ridge?: number;
}

// A pivot this far below its diagonal entry is rounding noise of the entry itself.
const pivotTolerance = 64 * Number.EPSILON;

/**
 * Factors a symmetric positive definite matrix as L L' (Cholesky, by blocks of columns, in WebAssembly).
 *
 * @param matrix [order, order]; only the lower triangle is read
 * @throws ToolkitError `bad-shape` if it is not square, `bad-value` naming the first row whose pivot is not above 64
 *   roundings of its diagonal entry: that row is a sum of the ones before it, or something is not finite
 */
export function factorCholesky(matrix: Matrix<Float64Array>, options: CholeskyOptions = {}): CholeskyFactor {
  const { who = "cholesky", nameRow = (row: number) => `row ${row}`, ridge = 0 } = options;
  checkMatrix(who, "matrix", matrix);
  const { rows: order, columns, data } = matrix;
  if (order !== columns)
    throw new ToolkitError("bad-shape", `${who}: matrix is ${order} x ${columns}; it must be square`);
  // The kernel works on groups of four rows: the rest of the last group is a unit matrix.
  const stride = 4 * Math.ceil(order / 4);
  const arena = createArena(8 * (stride * stride + stride + 48 * stride) + 64);
  const { array: lower, address } = arena.float64(stride * stride);
  const diagonal = arena.float64(stride).address;
  const panel = arena.float64(48 * stride).address;
  for (let i = 0; i < order; i++) {
    lower.set(data.subarray(i * order, i * order + i + 1), i * stride);
    lower[i * stride + i]! += ridge;
  }
  for (let i = order; i < stride; i++) lower[i * stride + i] = 1;
  const failed = arena.kernels.choleskyInPlace(address, stride, diagonal, panel, pivotTolerance);
  if (failed >= 0) {
    throw new ToolkitError(
      "bad-value",
      `${who}: the matrix is not positive definite: ${nameRow(failed)} is, to double precision, a sum of the rows before it; leave it out or add to the diagonal`,
    );
  }
  return { order, solve: (right) => solve(who, lower, order, stride, right) };
}

function solve(who: string, lower: Float64Array, order: number, stride: number, right: Float64Array): Float64Array {
  if (right.length !== order) {
    throw new ToolkitError("bad-shape", `${who}: right-hand side has ${right.length} entries; ${order} are needed`);
  }
  const x = Float64Array.from(right);
  for (let i = 0; i < order; i++) {
    const at = i * stride;
    let sum = x[i]!;
    for (let j = 0; j < i; j++) sum -= lower[at + j]! * x[j]!;
    x[i] = sum / lower[at + i]!;
  }
  for (let i = order - 1; i >= 0; i--) {
    const at = i * stride;
    const value = x[i]! / lower[at + i]!;
    x[i] = value;
    for (let j = 0; j < i; j++) x[j]! -= value * lower[at + j]!;
  }
  return x;
}
