// Layouts in which the inner loops of kl.ts advance through memory in steps of one vector or two.

/**
 * Cuts the columns of source [rows, columns] into strips of `width` (4 or 8):
 * target [strips, rows, width], the last strip filled up with zeros.
 */
export function packStrips(source: usize, rows: usize, columns: usize, width: usize, target: usize): void {
  const rowBytes = columns << 2;
  const whole = columns / width;
  let to = target;
  for (let s: usize = 0; s < whole; s++) {
    let from = source + s * (width << 2);
    if (width === 8) {
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
    const from = source + r * rowBytes + ((whole * width) << 2);
    for (let c: usize = 0; c < width; c++) store<f32>(to + (c << 2), c < rest ? load<f32>(from + (c << 2)) : 0);
    to += width << 2;
  }
}

/** The way back: source [strips, sourceRows, 8] to target [rows, columns], rows <= sourceRows. */
export function unpackStrips(source: usize, sourceRows: usize, target: usize, rows: usize, columns: usize): void {
  const stripBytes = sourceRows << 5;
  const whole = columns / 8;
  for (let r: usize = 0; r < rows; r++) {
    let from = source + (r << 5);
    let to = target + ((r * columns) << 2);
    for (let s: usize = 0; s < whole; s++) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      from += stripBytes;
      to += 32;
    }
    const rest = columns - whole * 8;
    for (let c: usize = 0; c < rest; c++) store<f32>(to + (c << 2), load<f32>(from + (c << 2)));
  }
}

/**
 * Interleaves the rows of source [rows, columns] by fours: target [ceil(rows / 4), paddedColumns, 4]; rows and columns
 * that are not there are zeros.
 */
export function packInterleaved(source: usize, rows: usize, columns: usize, paddedColumns: usize, target: usize): void {
  const rowBytes = columns << 2;
  let r: usize = 0;
  for (; r + 4 <= rows; r += 4) {
    let from = source + r * rowBytes;
    let to = target + r * (paddedColumns << 2);
    let c: usize = 0;
    for (; c + 4 <= columns; c += 4) {
      const a = v128.load(from);
      const b = v128.load(from + rowBytes);
      const d = v128.load(from + 2 * rowBytes);
      const e = v128.load(from + 3 * rowBytes);
      const abLow = i32x4.shuffle(a, b, 0, 4, 1, 5);
      const abHigh = i32x4.shuffle(a, b, 2, 6, 3, 7);
      const deLow = i32x4.shuffle(d, e, 0, 4, 1, 5);
      const deHigh = i32x4.shuffle(d, e, 2, 6, 3, 7);
      v128.store(to, i64x2.shuffle(abLow, deLow, 0, 2));
      v128.store(to, i64x2.shuffle(abLow, deLow, 1, 3), 16);
      v128.store(to, i64x2.shuffle(abHigh, deHigh, 0, 2), 32);
      v128.store(to, i64x2.shuffle(abHigh, deHigh, 1, 3), 48);
      from += 16;
      to += 64;
    }
    for (; c < paddedColumns; c++) {
      for (let j: usize = 0; j < 4; j++) {
        store<f32>(to + (j << 2), c < columns ? load<f32>(from + j * rowBytes) : 0);
      }
      from += 4;
      to += 16;
    }
  }
  if (r === rows) return;
  let to = target + r * (paddedColumns << 2);
  for (let c: usize = 0; c < paddedColumns; c++) {
    for (let j: usize = 0; j < 4; j++) {
      const there = r + j < rows && c < columns;
      store<f32>(to + (j << 2), there ? load<f32>(source + (r + j) * rowBytes + (c << 2)) : 0);
    }
    to += 16;
  }
}
