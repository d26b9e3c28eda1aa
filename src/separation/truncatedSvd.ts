import { Matrix as DenseMatrix, SingularValueDecomposition } from "ml-matrix";
import { checkNumber, checkWhole } from "../core/check.ts";
import { checkMatrix, type Matrix, row, transpose, zeros } from "../core/matrix.ts";
import { createRandom } from "../core/random.ts";
import { norm } from "../numeric/innerProduct.ts";

/** Options of {@link truncatedSvd}. */
export interface TruncatedSvdOptions {
  /** Seed of the random vectors the search starts from. Default 0. */
  seed?: number | string;
  /** Vectors searched for beyond those asked for; they speed up convergence. Default 8. */
  oversampling?: number;
  /** Products with the matrix between two restarts, the depth of the Krylov space. Default 4. */
  depth?: number;
  /** Largest residual |X'u - s v| of a triplet, as a share of the largest singular value. Default 1e-6. */
  tolerance?: number;
  /** Most restarts. Default 100. */
  cycles?: number;
}

/** Defaults of {@link truncatedSvd}. */
export const truncatedSvdDefaults = {
  seed: 0,
  oversampling: 8,
  depth: 4,
  tolerance: 1e-6,
  cycles: 100,
} as const satisfies Required<TruncatedSvdOptions>;

/** The leading singular triplets of a matrix, the largest first. */
export interface TruncatedSvd {
  /** u, [rank, rows]: one left vector a row. */
  readonly left: Matrix<Float64Array>;
  /** s, [rank], descending. */
  readonly singularValues: Float64Array;
  /** v, [rank, columns]: one right vector a row. */
  readonly right: Matrix<Float64Array>;
  /** Largest residual |X'u - s v| of a triplet, as a share of the largest singular value; |Xv - s u| is rounding. */
  readonly residual: number;
  /** Cycles done. */
  readonly cycles: number;
}

/**
 * The leading singular triplets of a matrix, by randomized subspace iteration (Halko, Martinsson & Tropp 2011, algorithm
 * 4.4) that keeps all powers of a cycle (block Krylov, Musco & Musco 2015), restarted from its best vectors until the
 * residual of every triplet asked for is small.
 *
 * Vectors whose singular values lie closer together than the tolerance are determined up to a rotation among themselves
 * only. Of both signs of a triplet the one is taken whose left vector's largest entry is positive. Beyond the rank of the
 * matrix s is 0 and u or v may be 0. Values are squared on the way: keep them between 1e-140 and 1e140.
 *
 * @param matrix X, [rows, columns], finite
 * @param rank triplets asked for, at most the smaller side
 * @param options see {@link TruncatedSvdOptions}
 * @throws ToolkitError `bad-shape`, `bad-option`
 */
export function truncatedSvd(matrix: Matrix, rank: number, options: TruncatedSvdOptions = {}): TruncatedSvd {
  const who = "truncatedSvd";
  const { seed, oversampling, depth, tolerance, cycles } = { ...truncatedSvdDefaults, ...options };
  checkMatrix(who, "matrix", matrix);
  checkWhole(who, "rank", rank, 1, Math.min(matrix.rows, matrix.columns));
  checkWhole(who, "oversampling", oversampling, 0);
  checkWhole(who, "depth", depth, 2);
  checkNumber(who, "tolerance", tolerance, { above: 0 });
  checkWhole(who, "cycles", cycles, 1);

  // the Krylov space lies on the shorter side, where its vectors are cheap
  const isTall = matrix.rows >= matrix.columns;
  const tall = isTall ? inDouble(matrix) : transpose(matrix);
  const space = createSpace(tall, { width: Math.min(rank + oversampling, tall.columns), depth });
  const random = createRandom(seed);
  let start: Float64Array = Float64Array.from({ length: space.width * tall.columns }, () => random.normal());
  for (let cycle = 1; ; cycle++) {
    space.fill(start);
    const found = space.bestTriplets(rank);
    if (found.residual <= tolerance || space.isWhole() || cycle === cycles) {
      const [left, right] = isTall ? [found.long, found.short] : [found.short, found.long];
      flipSigns(left, right);
      const { residual, singularValues } = found;
      return { left, singularValues, right, residual, cycles: cycle };
    }
    start = found.restart;
  }
}

function inDouble({ rows, columns, data }: Matrix): Matrix<Float64Array> {
  return { rows, columns, data: data instanceof Float64Array ? data : Float64Array.from(data) };
}

/** A Krylov space of X'X and what X makes of it. */
function createSpace(x: Matrix<Float64Array>, { width, depth }: { width: number; depth: number }) {
  const { rows, columns } = x;
  const most = Math.min(width * depth, columns);
  const basis = zeros(most, columns);
  /** X b and X'X b of each vector b of the basis. */
  const images = zeros(most, rows);
  const powers = zeros(most, columns);
  let count = 0;
  let ended = false;

  /** Adds what a vector has that the basis lacks; returns whether there was anything. */
  const append = (vector: Float64Array): boolean => {
    if (count === most) return false;
    basis.data.set(vector, count * columns);
    if (orthogonalize(basis, count) === 0) return false;
    count++;
    return true;
  };
  const fill = (start: Float64Array): void => {
    count = 0;
    ended = false;
    for (let from = 0, round = 0; round < depth; round++) {
      const source = round === 0 ? start : powers.data.subarray(from * columns, count * columns);
      const before = round === 0 ? 0 : count;
      for (let at = 0; at < source.length; at += columns) append(source.subarray(at, at + columns));
      from = before;
      // X'X of the space lies in the space: its triplets are those of X
      ended = count === from;
      if (ended) break;
      applyInto(x, basis, images, powers, from, count);
    }
  };

  /** Rayleigh-Ritz: the singular triplets of X restricted to the space, by those of R of the images' QR. */
  const bestTriplets = (rank: number) => {
    const q = { rows: count, columns: rows, data: images.data.slice(0, count * rows) };
    const r = new DenseMatrix(count, count);
    for (let j = 0; j < count; j++) {
      orthogonalize(q, j, (i, value) => r.set(i, j, r.get(i, j) + value));
    }
    const svd = new SingularValueDecomposition(r);
    const { leftSingularVectors: ofR, rightSingularVectors: ofSpace } = svd;
    const kept = Math.min(width, count);
    const combine = (parts: Matrix<Float64Array>, weights: DenseMatrix, vectors: number) => {
      const out = zeros(vectors, parts.columns);
      for (let k = 0; k < Math.min(vectors, count); k++) {
        for (let j = 0; j < count; j++) addInto(out.data, k * out.columns, weights.get(j, k), parts, j);
      }
      return out;
    };
    const restart = combine(basis, ofSpace, kept);
    const backwards = combine(powers, ofSpace, Math.min(rank, count));
    const singularValues = Float64Array.from({ length: rank }, (_, k) => svd.diagonal[k] ?? 0);
    const largest = singularValues[0]!;
    let residual = 0;
    for (let k = 0; k < backwards.rows; k++) {
      const s = singularValues[k]!;
      if (s <= noise * largest) continue;
      let squares = 0;
      for (let c = 0; c < columns; c++) {
        squares += (backwards.data[k * columns + c]! / s - s * restart.data[k * columns + c]!) ** 2;
      }
      residual = Math.max(residual, Math.sqrt(squares) / largest);
    }
    const short = zeros(rank, columns);
    short.data.set(restart.data.subarray(0, Math.min(rank, kept) * columns));
    return { singularValues, long: combine(q, ofR, rank), short, residual, restart: restart.data };
  };
  return { width, fill, bestTriplets, isWhole: () => ended || count === columns };
}

/** Singular values below this share of the largest are rounding. */
const noise = 1e-14;

/**
 * Makes row `index` orthogonal to the rows before it and scales it to norm 1, by Gram-Schmidt done twice; zeros if nothing
 * but rounding is left.
 *
 * @param coefficient told how much of each row was in it, and its own norm
 * @returns its norm before scaling
 */
function orthogonalize(
  { columns, data }: Matrix<Float64Array>,
  index: number,
  coefficient?: (of: number, value: number) => void,
): number {
  const own = data.subarray(index * columns, (index + 1) * columns);
  const before = norm(own);
  for (let pass = 0; pass < 2; pass++) {
    for (let i = 0; i < index; i++) {
      const at = i * columns;
      let dot = 0;
      for (let c = 0; c < columns; c++) dot += data[at + c]! * own[c]!;
      for (let c = 0; c < columns; c++) own[c]! -= dot * data[at + c]!;
      coefficient?.(i, dot);
    }
  }
  const after = norm(own);
  if (!(after > noise * before)) {
    own.fill(0);
    return 0;
  }
  for (let c = 0; c < columns; c++) own[c]! /= after;
  coefficient?.(index, after);
  return after;
}

/** Writes X b into the images and X'X b into the powers, for vectors `from` to `to` of the basis. */
function applyInto(
  x: Matrix<Float64Array>,
  basis: Matrix<Float64Array>,
  images: Matrix<Float64Array>,
  powers: Matrix<Float64Array>,
  from: number,
  to: number,
): void {
  const { rows, columns, data } = x;
  powers.data.fill(0, from * columns, to * columns);
  // four rows of X at once: they stay in the first cache while all vectors pass, and each sum loads a vector once for four
  for (let r = 0; r < rows; r += 4) {
    const a = r * columns;
    const b = Math.min(r + 1, rows - 1) * columns;
    const c = Math.min(r + 2, rows - 1) * columns;
    const d = Math.min(r + 3, rows - 1) * columns;
    for (let j = from; j < to; j++) {
      const at = j * columns;
      let da = 0;
      let db = 0;
      let dc = 0;
      let dd = 0;
      for (let m = 0; m < columns; m++) {
        const value = basis.data[at + m]!;
        da += data[a + m]! * value;
        db += data[b + m]! * value;
        dc += data[c + m]! * value;
        dd += data[d + m]! * value;
      }
      // rows beyond the last one count nothing
      if (r + 1 >= rows) db = 0;
      if (r + 2 >= rows) dc = 0;
      if (r + 3 >= rows) dd = 0;
      for (let m = 0; m < columns; m++) {
        powers.data[at + m]! += da * data[a + m]! + db * data[b + m]! + dc * data[c + m]! + dd * data[d + m]!;
      }
      const image = j * rows + r;
      images.data[image] = da;
      if (r + 1 < rows) images.data[image + 1] = db;
      if (r + 2 < rows) images.data[image + 2] = dc;
      if (r + 3 < rows) images.data[image + 3] = dd;
    }
  }
}

/** Adds `weight` times row `index` of a matrix to a stretch of `out`. */
function addInto(out: Float64Array, offset: number, weight: number, parts: Matrix<Float64Array>, index: number): void {
  const at = index * parts.columns;
  for (let c = 0; c < parts.columns; c++) out[offset + c]! += weight * parts.data[at + c]!;
}

/** Turns both vectors of a triplet so that the left one's largest entry, the first of equal ones, is positive. */
function flipSigns(left: Matrix<Float64Array>, right: Matrix<Float64Array>): void {
  for (let k = 0; k < left.rows; k++) {
    const vector = row(left, k);
    const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // entries that differ by rounding are equal, or the sign would depend on the seed
    const decisive = vector.find((value) => Math.abs(value) >= (1 - 1e-9) * largest);
    if (decisive === undefined || decisive >= 0) continue;
    for (const turned of [vector, row(right, k)]) for (let i = 0; i < turned.length; i++) turned[i] = -turned[i]!;
  }
}
