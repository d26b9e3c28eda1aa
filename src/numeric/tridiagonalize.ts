import { ToolkitError } from "../core/error.ts";
import { checkMatrix, type Matrix } from "../core/matrix.ts";

/** A symmetric matrix A = Q T Q' with T tridiagonal and Q orthogonal, see {@link tridiagonalize}. */
export interface TridiagonalForm {
  /** Number of rows. */
  readonly order: number;
  /** Diagonal of T, [order]. */
  readonly diagonal: Float64Array;
  /** Entries (i, i - 1) of T, [order]; the first is 0. */
  readonly belowDiagonal: Float64Array;
  /**
   * Solves (A + shift I) x = right for several shifts, each in O(order^2).
   *
   * @param right [order]
   * @param shifts such that A + shift I is positive definite
   * @returns a solution for each shift, [shifts][order]
   * @throws ToolkitError `bad-shape`, `bad-value` if a shifted matrix is not positive definite to double precision
   */
  solveShifted(right: Float64Array, shifts: ArrayLike<number>): Float64Array[];
}

// A pivot this far below the largest diagonal entry is rounding noise of the reduction.
const pivotTolerance = 64 * Number.EPSILON;

/**
 * Reduces a symmetric matrix to tridiagonal form by Householder reflections (Golub & Van Loan, Matrix Computations, 8.3.1),
 * from the last row up. The update of the matrix by one reflection and its product with the next are one pass.
 *
 * One reduction, 4/3 order^3 operations, serves a system of equations with any number of multiples of the unit matrix added.
 *
 * @param matrix [order, order]; only the lower triangle is read
 * @param who asks, for the message; default `tridiagonalize`
 * @throws ToolkitError `bad-shape` if it is not square
 */
export function tridiagonalize(matrix: Matrix<Float64Array>, who = "tridiagonalize"): TridiagonalForm {
  checkMatrix(who, "matrix", matrix);
  const { rows: order, columns } = matrix;
  if (order !== columns)
    throw new ToolkitError("bad-shape", `${who}: matrix is ${order} x ${columns}; it must be square`);
  const reduced = reduce(matrix.data.slice(), order);
  return {
    order,
    diagonal: reduced.diagonal,
    belowDiagonal: reduced.belowDiagonal,
    solveShifted: (right, shifts) => {
      if (right.length !== order) {
        throw new ToolkitError("bad-shape", `${who}: right-hand side has ${right.length} entries; ${order} are needed`);
      }
      const rotated = right.slice();
      for (let row = order - 1; row > 0; row--) reflect(reduced, row, rotated);
      return Array.from(shifts, (shift) => {
        const solution = solveTridiagonal(who, reduced, shift, rotated);
        for (let row = 1; row < order; row++) reflect(reduced, row, solution);
        return solution;
      });
    },
  };
}

/** T, and the reflections I - factor v v' that lead to it: v of row i is entries 0 .. i - 1 of that row. */
interface Reduced {
  order: number;
  vectors: Float64Array;
  factors: Float64Array;
  diagonal: Float64Array;
  belowDiagonal: Float64Array;
}

function reduce(a: Float64Array, order: number): Reduced {
  const diagonal = new Float64Array(order);
  const belowDiagonal = new Float64Array(order);
  const factors = new Float64Array(order);
  // The reflection at hand (v, p): the leading part of A is due to lose v p' + p v'.
  let v = new Float64Array(order);
  let p = new Float64Array(order);
  let nextV = new Float64Array(order);
  let nextP = new Float64Array(order);
  for (let row = order - 1; row > 0; row--) {
    const at = row * order;
    for (let c = 0; c <= row; c++) a[at + c]! -= v[row]! * p[c]! + p[row]! * v[c]!;
    diagonal[row] = a[at + row]!;
    let rest = 0;
    for (let c = 0; c < row - 1; c++) rest += a[at + c]! ** 2;
    const pivot = a[at + row - 1]!;
    // Where there is nothing to clear the factor stays 0: no reflection.
    const reflected = rest === 0 ? pivot : -Math.sign(pivot || 1) * Math.sqrt(pivot ** 2 + rest);
    const factor = rest === 0 ? 0 : (reflected - pivot) / reflected;
    for (let c = 0; c < row - 1; c++) nextV[c] = a[at + c] = rest === 0 ? 0 : a[at + c]! / (pivot - reflected);
    nextV[row - 1] = a[at + row - 1] = 1;
    belowDiagonal[row] = reflected;
    factors[row] = factor;
    updateAndMultiply(a, order, row, v, p, nextV, nextP);
    let overlap = 0;
    for (let c = 0; c < row; c++) {
      nextP[c]! *= factor;
      overlap += nextP[c]! * nextV[c]!;
    }
    for (let c = 0; c < row; c++) nextP[c]! -= 0.5 * factor * overlap * nextV[c]!;
    [v, nextV] = [nextV, v];
    [p, nextP] = [nextP, p];
  }
  diagonal[0] = a[0]! - 2 * v[0]! * p[0]!;
  return { order, vectors: a, factors, diagonal, belowDiagonal };
}

/** A -= v p' + p v' in the leading `size` rows and columns (lower triangle), then out = A w, two rows at a time. */
function updateAndMultiply(
  a: Float64Array,
  stride: number,
  size: number,
  v: Float64Array,
  p: Float64Array,
  w: Float64Array,
  out: Float64Array,
): void {
  out.fill(0, 0, size);
  const even = size - (size % 2);
  for (let row = 0; row < even; row += 2) {
    const upper = row * stride;
    const lower = upper + stride;
    const [v0, v1, p0, p1, w0, w1] = [v[row]!, v[row + 1]!, p[row]!, p[row + 1]!, w[row]!, w[row + 1]!];
    let sum0 = 0;
    let sum1 = 0;
    for (let c = 0; c < row; c++) {
      const pc = p[c]!;
      const vc = v[c]!;
      const wc = w[c]!;
      const x = a[upper + c]! - v0 * pc - p0 * vc;
      const y = a[lower + c]! - v1 * pc - p1 * vc;
      a[upper + c] = x;
      a[lower + c] = y;
      sum0 += x * wc;
      sum1 += y * wc;
      out[c]! += x * w0 + y * w1;
    }
    a[upper + row]! -= 2 * v0 * p0;
    a[lower + row]! -= v1 * p0 + p1 * v0;
    a[lower + row + 1]! -= 2 * v1 * p1;
    const between = a[lower + row]!;
    out[row]! += sum0 + a[upper + row]! * w0 + between * w1;
    out[row + 1]! += sum1 + between * w0 + a[lower + row + 1]! * w1;
  }
  if (even === size) return;
  const at = even * stride;
  let sum = 0;
  for (let c = 0; c < even; c++) {
    const x = a[at + c]! - v[even]! * p[c]! - p[even]! * v[c]!;
    a[at + c] = x;
    sum += x * w[c]!;
    out[c]! += x * w[even]!;
  }
  a[at + even]! -= 2 * v[even]! * p[even]!;
  out[even]! += sum + a[at + even]! * w[even]!;
}

/** Applies the reflection of one row in place. */
function reflect({ order, vectors, factors }: Reduced, row: number, x: Float64Array): void {
  const at = row * order;
  let sum = 0;
  for (let c = 0; c < row; c++) sum += vectors[at + c]! * x[c]!;
  sum *= factors[row]!;
  for (let c = 0; c < row; c++) x[c]! -= sum * vectors[at + c]!;
}

/** Solves (T + shift I) x = right by an LDL' factorisation. */
function solveTridiagonal(
  who: string,
  { order, diagonal, belowDiagonal }: Reduced,
  shift: number,
  right: Float64Array,
): Float64Array {
  let largest = 0;
  for (let i = 0; i < order; i++) largest = Math.max(largest, Math.abs(diagonal[i]! + shift));
  const x = right.slice();
  const pivots = new Float64Array(order);
  for (let i = 0; i < order; i++) {
    const below = belowDiagonal[i]!;
    const ratio = i === 0 ? 0 : below / pivots[i - 1]!;
    const pivot = diagonal[i]! + shift - ratio * below;
    if (!(pivot > pivotTolerance * largest)) {
      throw new ToolkitError(
        "bad-value",
        `${who}: the matrix with ${shift} added to its diagonal is not positive definite to double precision; add more`,
      );
    }
    pivots[i] = pivot;
    if (i > 0) x[i]! -= ratio * x[i - 1]!;
  }
  for (let i = order - 1; i >= 0; i--) {
    x[i]! /= pivots[i]!;
    if (i + 1 < order) x[i]! -= (belowDiagonal[i + 1]! / pivots[i]!) * x[i + 1]!;
  }
  return x;
}
