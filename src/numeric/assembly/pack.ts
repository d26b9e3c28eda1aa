import type { real } from "./real.ts";

// Layouts in which the inner loops of tile.ts advance through memory in steps of one vector or two.

/** Numbers in one vector. */
const lanes: usize = 16 / sizeof<real>();

/**
 * Cuts the columns of source [rows, columns] into strips of `width` (4, or two vectors):
 * target [strips, rows, width], the last strip filled up with zeros.
 */
export function packStrips(source: usize, rows: usize, columns: usize, width: usize, target: usize): void {
  const rowBytes = columns * sizeof<real>();
  const stripBytes = width * sizeof<real>();
  const whole = columns / width;
  let to = target;
  for (let s: usize = 0; s < whole; s++) {
    let from = source + s * stripBytes;
    if (stripBytes === 32) {
      for (let r: usize = 0; r < rows; r++) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
        from += rowBytes;
        to += 32;
      }
    } else {
      for (let r: usize = 0; r < rows; r++) {
        v128.store(to, v128.load(from));
        from += rowBytes;
        to += 16;
      }
    }
  }
  const rest = columns - whole * width;
  if (rest === 0) return;
  for (let r: usize = 0; r < rows; r++) {
    const from = source + r * rowBytes + whole * stripBytes;
    for (let c: usize = 0; c < width; c++) {
      store<real>(to + c * sizeof<real>(), c < rest ? load<real>(from + c * sizeof<real>()) : 0);
    }
    to += stripBytes;
  }
}

/** The way back: source [strips, sourceRows, 2 vectors] to target [rows, columns], rows <= sourceRows. */
export function unpackStrips(source: usize, sourceRows: usize, target: usize, rows: usize, columns: usize): void {
  const stripBytes = sourceRows << 5;
  const width = 2 * lanes;
  const whole = columns / width;
  for (let r: usize = 0; r < rows; r++) {
    let from = source + (r << 5);
    let to = target + r * columns * sizeof<real>();
    for (let s: usize = 0; s < whole; s++) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      from += stripBytes;
      to += 32;
    }
    const rest = columns - whole * width;
    for (let c: usize = 0; c < rest; c++) {
      store<real>(to + c * sizeof<real>(), load<real>(from + c * sizeof<real>()));
    }
  }
}

/**
 * Interleaves the rows of source [rows, columns] by fours: target [ceil(rows / 4), paddedColumns, 4]; rows and columns
 * that are not there are zeros.
 */
export function packInterleaved(source: usize, rows: usize, columns: usize, paddedColumns: usize, target: usize): void {
  const rowBytes = columns * sizeof<real>();
  const groupBytes = 4 * paddedColumns * sizeof<real>();
  let r: usize = 0;
  let to = target;
  for (; r + 4 <= rows; r += 4) {
    let from = source + r * rowBytes;
    to = target + (r / 4) * groupBytes;
    let c: usize = 0;
    for (; c + lanes <= columns; c += lanes) {
      transpose4(from, rowBytes, to);
      from += 16;
      to += 64;
    }
    for (; c < paddedColumns; c++) {
      for (let j: usize = 0; j < 4; j++) {
        store<real>(to + j * sizeof<real>(), c < columns ? load<real>(from + j * rowBytes) : 0);
      }
      from += sizeof<real>();
      to += 4 * sizeof<real>();
    }
  }
  if (r === rows) return;
  to = target + (r / 4) * groupBytes;
  for (let c: usize = 0; c < paddedColumns; c++) {
    for (let j: usize = 0; j < 4; j++) {
      const there = r + j < rows && c < columns;
      store<real>(to + j * sizeof<real>(), there ? load<real>(source + (r + j) * rowBytes + c * sizeof<real>()) : 0);
    }
    to += 4 * sizeof<real>();
  }
}

/** One vector of each of four rows, interleaved: 64 bytes in either precision. */
function transpose4(from: usize, rowBytes: usize, to: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + rowBytes);
  const d = v128.load(from + 2 * rowBytes);
  const e = v128.load(from + 3 * rowBytes);
  if (sizeof<real>() === 8) {
    v128.store(to, i64x2.shuffle(a, b, 0, 2));
    v128.store(to, i64x2.shuffle(d, e, 0, 2), 16);
    v128.store(to, i64x2.shuffle(a, b, 1, 3), 32);
    v128.store(to, i64x2.shuffle(d, e, 1, 3), 48);
    return;
  }
  const abLow = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const abHigh = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const deLow = i32x4.shuffle(d, e, 0, 4, 1, 5);
  const deHigh = i32x4.shuffle(d, e, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(abLow, deLow, 0, 2));
  v128.store(to, i64x2.shuffle(abLow, deLow, 1, 3), 16);
  v128.store(to, i64x2.shuffle(abHigh, deHigh, 0, 2), 32);
  v128.store(to, i64x2.shuffle(abHigh, deHigh, 1, 3), 48);
}
