import { ToolkitError } from "../core/error.ts";

/** Cholesky factor of a symmetric positive definite block Toeplitz matrix, see {@link factorBlockToeplitz}. */
export interface BlockToeplitzFactor {
  /** Number of series, the size of a block. */
  readonly series: number;
  /** Number of lags, the number of block rows. */
  readonly lags: number;
  /** Smallest pivot over the diagonal entry it came from: near 1 for white series, near 0 for nearly dependent ones. */
  readonly smallestPivot: number;
  /**
   * Solves the system for one right-hand side.
   *
   * @param right [lags * series], entry `lag * series + s` belongs to series s at that lag
   * @returns the solution, same layout
   */
  solve(right: Float64Array): Float64Array;
  /**
   * Estimates the reciprocal condition number of the matrix in the 1-norm, scaled to a unit diagonal so that the loudness of
   * the series does not count: 1 / (|G| |G^-1|), with |G^-1| from about five solutions (Hager 1984; Higham 1988, ACM
   * Transactions on Mathematical Software 14, algorithm 4.1, which LAPACK uses). An estimate from above: the true number
   * is rarely below a third of it.
   */
  reciprocalCondition(): number;
}

/** How {@link factorBlockToeplitz} words its refusal. */
export interface BlockToeplitzOptions {
  /** Who asks, for the message. */
  who: string;
  /** What one series is called in the message, for example `reference`. */
  name: string;
  /** What each series is called; default `name` and its number. */
  nameSeries?: (series: number) => string;
}

// A pivot this far below its diagonal entry is rounding noise of the entry itself.
const pivotTolerance = 64 * Number.EPSILON;

/**
 * Factors the Gram matrix of several series and their delays, without forming it.
 *
 * The matrix has `lags` x `lags` blocks of `series` x `series`; entry (i, j) of block (a, b) is `r_ij(a - b)`, the
 * correlation of series i delayed by a with series j delayed by b. Block Schur algorithm: `G - Z G Z'` (Z shifts down
 * by one block) has rank 2 * `series`, so each column of the factor follows from the one a block earlier with `series`
 * plane rotations of the generator, O(N^2 * series) instead of O(N^3 / 3). Hyperbolic rotations in mixed form, which
 * is backward stable (Bojanczyk, Brent, De Hoog & Sweet 1995, "On the stability of the Bareiss and related Toeplitz
 * factorization algorithms", SIAM J. Matrix Anal. Appl. 16).
 *
 * @param correlations `[series][series][lags]`: `correlations[i][j][m]` is `r_ij(m)` for m from 0; `r_ij(-m) = r_ji(m)`
 * @throws ToolkitError `bad-value` if a pivot is not above 64 roundings of its diagonal entry: that series at that delay
 *   is, to double precision, a sum of the ones before it
 */
export function factorBlockToeplitz(
  correlations: readonly (readonly Float64Array[])[],
  options: BlockToeplitzOptions,
): BlockToeplitzFactor {
  const series = correlations.length;
  const lags = correlations[0]![0]!.length;
  const order = series * lags;
  // Columns of the factor, packed: column k holds its rows k .. order-1 from starts[k] on.
  const starts = new Float64Array(order + 1);
  for (let k = 0; k < order; k++) starts[k + 1] = starts[k]! + order - k;
  const factor = new Float64Array(starts[order]!);
  const negative = firstBlockColumn(correlations, factor, starts, options);
  let smallestPivot = 1;
  for (let s = 0; s < series; s++) {
    smallestPivot = Math.min(smallestPivot, factor[starts[s]!]! ** 2 / correlations[s]![s]![0]!);
  }
  for (let k = series; k < order; k++) {
    const s = k % series;
    // Collect row k of the negative part in its first column by plane rotations.
    const first = negative[0]!;
    for (let other = 1; other < series; other++) rotate(first, negative[other]!, k, order);
    const previous = starts[k - series]!;
    const diagonal = correlations[s]![s]![0]!;
    const a = factor[previous]!;
    const b = first[k]!;
    const pivot = (a - b) * (a + b);
    if (!(pivot > pivotTolerance * diagonal)) throw dependent(options, s, Math.floor(k / series), pivot / diagonal);
    smallestPivot = Math.min(smallestPivot, pivot / diagonal);
    hyperbolic(factor, previous, starts[k]!, first, k, order, b / a);
  }
  const solve = (right: Float64Array) => solvePacked(factor, starts, order, right);
  return {
    series,
    lags,
    smallestPivot,
    solve,
    reciprocalCondition: () => {
      const scales = correlations.map((row, i) => Math.sqrt(row[i]![0]!));
      const scaled = (values: Float64Array) => values.map((value, k) => value * scales[k % series]!);
      return 1 / (largestColumnSum(correlations, scales) * inverseNorm(order, (x) => scaled(solve(scaled(x)))));
    },
  };
}

/** Writes the first `series` columns of the factor; returns the negative generator, the same with block row 0 cleared. */
function firstBlockColumn(
  correlations: readonly (readonly Float64Array[])[],
  factor: Float64Array,
  starts: Float64Array,
  options: BlockToeplitzOptions,
): Float64Array[] {
  const series = correlations.length;
  const order = series * correlations[0]![0]!.length;
  const columns = correlations.map((_, j) => {
    const column = new Float64Array(order);
    for (let row = 0; row < order; row++) {
      // Block (a, 0), entry (i, j): r_ij(a).
      column[row] = correlations[row % series]![j]![Math.floor(row / series)]!;
    }
    return column;
  });
  // Cholesky of the first block, applied to the whole block column.
  for (let j = 0; j < series; j++) {
    const column = columns[j]!;
    for (let p = 0; p < j; p++) {
      const earlier = columns[p]!;
      const scale = earlier[j]!;
      for (let row = p; row < order; row++) column[row]! -= scale * earlier[row]!;
    }
    const diagonal = correlations[j]![j]![0]!;
    const pivot = column[j]!;
    if (!(pivot > pivotTolerance * diagonal)) throw dependent(options, j, 0, pivot / diagonal);
    const inverse = 1 / Math.sqrt(pivot);
    for (let row = 0; row < order; row++) column[row] = row < j ? 0 : column[row]! * inverse;
    factor.set(column.subarray(j), starts[j]!);
  }
  for (const column of columns) column.fill(0, 0, series);
  return columns;
}

/** Plane rotation of two columns that moves all of row k into the first. */
function rotate(first: Float64Array, second: Float64Array, k: number, order: number): void {
  const y = second[k]!;
  if (y === 0) return;
  const length = Math.hypot(first[k]!, y);
  const c = first[k]! / length;
  const s = y / length;
  for (let row = k; row < order; row++) {
    const u = first[row]!;
    const v = second[row]!;
    first[row] = c * u + s * v;
    second[row] = c * v - s * u;
  }
  second[k] = 0;
}

/**
 * The rotation that clears row k of `negative` against the factor's column one block earlier, moved down by a block;
 * writes the new column of the factor. Mixed form: the new negative part is made from the new column.
 */
function hyperbolic(
  factor: Float64Array,
  previous: number,
  start: number,
  negative: Float64Array,
  k: number,
  order: number,
  ratio: number,
): void {
  const cosine = Math.sqrt((1 - ratio) * (1 + ratio));
  const inverse = 1 / cosine;
  for (let row = k, from = previous, to = start; row < order; row++, from++, to++) {
    const b = negative[row]!;
    const a = (factor[from]! - ratio * b) * inverse;
    factor[to] = a;
    negative[row] = cosine * b - ratio * a;
  }
  negative[k] = 0;
}

function solvePacked(factor: Float64Array, starts: Float64Array, order: number, right: Float64Array): Float64Array {
  if (right.length !== order) {
    throw new ToolkitError(
      "bad-shape",
      `blockToeplitz: right-hand side has ${right.length} entries; ${order} are needed`,
    );
  }
  const x = Float64Array.from(right);
  // Four columns at a time, so that x is read and written once for all of them.
  const whole = order - (order % 4);
  for (let k = 0; k < whole; k += 4) {
    for (let p = k; p < k + 4; p++) {
      let sum = x[p]!;
      for (let q = k; q < p; q++) sum -= factor[starts[q]! + p - q]! * x[q]!;
      x[p] = sum / factor[starts[p]!]!;
    }
    const [u, v, w, z] = [x[k]!, x[k + 1]!, x[k + 2]!, x[k + 3]!];
    let [a, b, c, d] = [starts[k]! + 4, starts[k + 1]! + 3, starts[k + 2]! + 2, starts[k + 3]! + 1];
    for (let row = k + 4; row < order; row++, a++, b++, c++, d++) {
      x[row]! -= u * factor[a]! + v * factor[b]! + (w * factor[c]! + z * factor[d]!);
    }
  }
  for (let k = whole; k < order; k++) {
    const value = x[k]! / factor[starts[k]!]!;
    x[k] = value;
    for (let row = k + 1, a = starts[k]! + 1; row < order; row++, a++) x[row]! -= value * factor[a]!;
  }
  for (let k = order - 1; k >= whole; k--) {
    let sum = x[k]!;
    for (let row = k + 1, a = starts[k]! + 1; row < order; row++, a++) sum -= factor[a]! * x[row]!;
    x[k] = sum / factor[starts[k]!]!;
  }
  for (let k = whole - 4; k >= 0; k -= 4) {
    let [u, v, w, z] = [0, 0, 0, 0];
    let [a, b, c, d] = [starts[k]! + 4, starts[k + 1]! + 3, starts[k + 2]! + 2, starts[k + 3]! + 1];
    for (let row = k + 4; row < order; row++, a++, b++, c++, d++) {
      const value = x[row]!;
      u += value * factor[a]!;
      v += value * factor[b]!;
      w += value * factor[c]!;
      z += value * factor[d]!;
    }
    const rests = [u, v, w, z];
    for (let p = k + 3; p >= k; p--) {
      let sum = x[p]! - rests[p - k]!;
      for (let q = p + 1; q < k + 4; q++) sum -= factor[starts[p]! + q - p]! * x[q]!;
      x[p] = sum / factor[starts[p]!]!;
    }
  }
  return x;
}

/** The 1-norm of the matrix scaled to a unit diagonal: the largest sum of magnitudes of a column. */
function largestColumnSum(correlations: readonly (readonly Float64Array[])[], scales: readonly number[]): number {
  const lags = correlations[0]![0]!.length;
  let largest = 0;
  for (let j = 0; j < scales.length; j++) {
    // Magnitudes in column j of the blocks at delay m below the diagonal, and at -m above it.
    const below = new Float64Array(lags);
    const above = new Float64Array(lags);
    for (let i = 0; i < scales.length; i++) {
      const scale = 1 / (scales[i]! * scales[j]!);
      for (let m = 0; m < lags; m++) {
        below[m]! += scale * Math.abs(correlations[i]![j]![m]!);
        above[m]! += scale * Math.abs(correlations[j]![i]![m]!);
      }
    }
    let sum = below.reduce((total, value) => total + value, 0);
    largest = Math.max(largest, sum);
    for (let b = 1; b < lags; b++) {
      sum += above[b]! - below[lags - b]!;
      largest = Math.max(largest, sum);
    }
  }
  return largest;
}

/** Estimates the 1-norm of a symmetric matrix that is known by its products. */
function inverseNorm(order: number, product: (x: Float64Array) => Float64Array): number {
  const sumOfMagnitudes = (x: Float64Array) => x.reduce((sum, value) => sum + Math.abs(value), 0);
  const signs = (x: Float64Array) => x.map((value) => (value < 0 ? -1 : 1));
  let y = product(new Float64Array(order).fill(1 / order));
  let estimate = sumOfMagnitudes(y);
  let direction = signs(y);
  let last = -1;
  for (let round = 0; round < 4 && order > 1; round++) {
    const gains = product(direction);
    const best = gains.reduce((top, value, i) => (Math.abs(value) > Math.abs(gains[top]!) ? i : top), 0);
    if (best === last || (last >= 0 && Math.abs(gains[best]!) <= Math.abs(gains[last]!))) break;
    last = best;
    y = product(new Float64Array(order).fill(1, best, best + 1));
    const sum = sumOfMagnitudes(y);
    const turned = signs(y);
    const same = turned.every((sign, i) => sign === direction[i]);
    direction = turned;
    if (sum <= estimate) break;
    estimate = sum;
    if (same) break;
  }
  // A guard against cancellation: entries of alternating sign and growing magnitude.
  const guard = product(
    Float64Array.from({ length: order }, (_, i) => (i % 2 === 0 ? 1 : -1) * (1 + i / Math.max(1, order - 1))),
  );
  return Math.max(estimate, (2 * sumOfMagnitudes(guard)) / (3 * order));
}

function dependent(options: BlockToeplitzOptions, series: number, lag: number, pivot: number): ToolkitError {
  const { who, name, nameSeries = (number: number) => `${name} ${number}` } = options;
  return new ToolkitError(
    "bad-value",
    `${who}: ${nameSeries(series)} delayed by ${lag} samples is a sum of the other delayed ${name}s to double precision (relative pivot ${pivot.toExponential(1)}); leave dependent ${name}s out or set a diagonal loading`,
  );
}
