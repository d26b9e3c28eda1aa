// Double-precision products of packed panels, and the Cholesky factorisation made of them. A panel holds rows in groups
// of four, [groups, count, 4]: the inner loop advances two pointers and uses constant offsets, eight accumulators in
// registers.

/** Columns factored at a time: the panel of a block of rows stays in the second cache. */
const blockColumns: usize = 48;

/** c[4, 4] += or -= sum over p of a[p, i] b[p, j]; a and b [count, 4], rows of c `stride` bytes apart. */
function tile<Sign extends number>(a: usize, b: usize, count: usize, c: usize, stride: usize): void {
  let c00 = f64x2.splat(0);
  let c01 = f64x2.splat(0);
  let c10 = f64x2.splat(0);
  let c11 = f64x2.splat(0);
  let c20 = f64x2.splat(0);
  let c21 = f64x2.splat(0);
  let c30 = f64x2.splat(0);
  let c31 = f64x2.splat(0);
  const end = a + (count << 5);
  for (; a < end; a += 32, b += 32) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load64_splat(a);
    const a1 = v128.load64_splat(a, 8);
    const a2 = v128.load64_splat(a, 16);
    const a3 = v128.load64_splat(a, 24);
    c00 = f64x2.add(c00, f64x2.mul(a0, b0));
    c01 = f64x2.add(c01, f64x2.mul(a0, b1));
    c10 = f64x2.add(c10, f64x2.mul(a1, b0));
    c11 = f64x2.add(c11, f64x2.mul(a1, b1));
    c20 = f64x2.add(c20, f64x2.mul(a2, b0));
    c21 = f64x2.add(c21, f64x2.mul(a2, b1));
    c30 = f64x2.add(c30, f64x2.mul(a3, b0));
    c31 = f64x2.add(c31, f64x2.mul(a3, b1));
  }
  addRow<Sign>(c, c00, c01);
  addRow<Sign>(c + stride, c10, c11);
  addRow<Sign>(c + 2 * stride, c20, c21);
  addRow<Sign>(c + 3 * stride, c30, c31);
}

function addRow<Sign extends number>(c: usize, x: v128, y: v128): void {
  if (isInteger<Sign>()) {
    v128.store(c, f64x2.sub(v128.load(c), x));
    v128.store(c, f64x2.sub(v128.load(c, 16), y), 16);
  } else {
    v128.store(c, f64x2.add(v128.load(c), x));
    v128.store(c, f64x2.add(v128.load(c, 16), y), 16);
  }
}

/**
 * c += A'B for packed panels.
 *
 * @param a [aGroups, .., 4], groups `aStride` bytes apart, `count` steps of each are used
 * @param b [bGroups, .., 4], the same with `bStride`
 * @param c [4 * aGroups, 4 * bGroups], row-major
 */
export function panelProduct(
  a: usize,
  aGroups: usize,
  aStride: usize,
  b: usize,
  bGroups: usize,
  bStride: usize,
  count: usize,
  c: usize,
): void {
  const stride = bGroups << 5;
  for (let i: usize = 0; i < aGroups; i++) {
    for (let j: usize = 0; j < bGroups; j++) {
      tile<f64>(a + i * aStride, b + j * bStride, count, c + 4 * i * stride + (j << 5), stride);
    }
  }
}

/**
 * Cholesky factorisation in place, lower triangle; what is above the diagonal is used as scratch.
 *
 * Blocks of columns: each group of four rows loses the products of the columns of its block before it and is divided by the
 * triangle of four; then all rows below lose the products of the block.
 *
 * @param a [order, order], row-major, order a multiple of 4
 * @param order number of rows
 * @param diagonal [order], room for the diagonal before the factorisation
 * @param panel room for order * 48 numbers
 * @param tolerance smallest pivot, relative to the diagonal entry it came from
 * @returns -1, or the row whose pivot is not above the tolerance
 */
export function choleskyInPlace(a: usize, order: usize, diagonal: usize, panel: usize, tolerance: f64): i32 {
  const stride = order << 3;
  for (let i: usize = 0; i < order; i++) store<f64>(diagonal + (i << 3), load<f64>(a + i * stride + (i << 3)));
  for (let k: usize = 0; k < order; k += blockColumns) {
    const width = min(blockColumns, order - k);
    const groups = (order - k) >> 2;
    const own = width >> 2;
    for (let i: usize = 0; i < groups; i++) {
      const rows = panel + i * (width << 5);
      for (let j: usize = 0; j < min(own, i + 1); j++) {
        const square = a + (k + 4 * i) * stride + ((k + 4 * j) << 3);
        tile<i32>(rows, panel + j * (width << 5), 4 * j, square, stride);
        if (i === j) {
          const failed = triangle(square, stride, diagonal + ((k + 4 * i) << 3), tolerance);
          if (failed >= 0) return <i32>(k + 4 * i) + failed;
        } else {
          divide(square, stride, a + (k + 4 * j) * stride + ((k + 4 * j) << 3));
        }
        const to = rows + (j << 7);
        for (let r: usize = 0; r < 4; r++) {
          for (let c: usize = 0; c < 4; c++) {
            store<f64>(to + (c << 5) + (r << 3), load<f64>(square + r * stride + (c << 3)));
          }
        }
      }
    }
    // Tiles of the lower triangle, eight groups of columns at a time so that they stay in the first cache.
    for (let first = own; first < groups; first += 8) {
      const last = min(first + 8, groups);
      for (let i = first; i < groups; i++) {
        const to = a + (k + 4 * i) * stride + (k << 3);
        for (let j = first; j < min(last, i + 1); j++) {
          tile<i32>(panel + i * (width << 5), panel + j * (width << 5), width, to + (j << 5), stride);
        }
      }
    }
  }
  return -1;
}

/** Factors four rows of the diagonal in place; returns -1 or the first whose pivot is not above the tolerance. */
function triangle(a: usize, stride: usize, diagonal: usize, tolerance: f64): i32 {
  for (let i: usize = 0; i < 4; i++) {
    const row = a + i * stride;
    for (let j: usize = 0; j <= i; j++) {
      const other = a + j * stride;
      let rest = load<f64>(row + (j << 3));
      for (let p: usize = 0; p < j; p++) rest -= load<f64>(row + (p << 3)) * load<f64>(other + (p << 3));
      if (i > j) store<f64>(row + (j << 3), rest / load<f64>(other + (j << 3)));
      else if (rest > tolerance * load<f64>(diagonal + (i << 3))) store<f64>(row + (i << 3), sqrt(rest));
      else return <i32>i;
    }
  }
  return -1;
}

/** Four rows of four times the inverse of a triangle, transposed. */
function divide(a: usize, stride: usize, triangle: usize): void {
  const second = triangle + stride;
  const third = second + stride;
  const fourth = third + stride;
  for (let r: usize = 0; r < 4; r++) {
    const row = a + r * stride;
    const x0 = load<f64>(row) / load<f64>(triangle);
    const x1 = (load<f64>(row, 8) - x0 * load<f64>(second)) / load<f64>(second, 8);
    const x2 = (load<f64>(row, 16) - x0 * load<f64>(third) - x1 * load<f64>(third, 8)) / load<f64>(third, 16);
    const x3 =
      (load<f64>(row, 24) - x0 * load<f64>(fourth) - x1 * load<f64>(fourth, 8) - x2 * load<f64>(fourth, 16)) /
      load<f64>(fourth, 24);
    store<f64>(row, x0);
    store<f64>(row, x1, 8);
    store<f64>(row, x2, 16);
    store<f64>(row, x3, 24);
  }
}
