/**
 * A'B for A as [rows / 4, length, 4] and B as [panels, length, 8] (see pack.ts): out [panels, rows, 8]. Rows is a multiple
 * of 4.
 */
export function product(a: usize, b: usize, out: usize, rows: usize, length: usize, panels: usize): void {
  for (let p: usize = 0; p < panels; p++) {
    productStrip(a, b, length << 4, out, rows, length, true);
    b += length << 5;
    out += rows << 5;
  }
}

/**
 * out [rows, 8] = (or, unless `fresh`, +=) A'B for B [count, 8] and A in groups of four rows, each [count, 4], `groupBytes`
 * from one to the next. Eight sums stay in registers; both operands are read from front to back with fixed offsets. One step
 * a turn: with two, V8 (Node 20) runs out of registers and loses a third.
 */
export function productStrip(
  a: usize,
  b: usize,
  groupBytes: usize,
  out: usize,
  rows: usize,
  count: usize,
  fresh: bool,
): void {
  const end = b + (count << 5);
  const outEnd = out + (rows << 5);
  while (out < outEnd) {
    let c00 = f32x4.splat(0);
    let c01 = c00;
    let c10 = c00;
    let c11 = c00;
    let c20 = c00;
    let c21 = c00;
    let c30 = c00;
    let c31 = c00;
    if (!fresh) {
      c00 = v128.load(out);
      c01 = v128.load(out, 16);
      c10 = v128.load(out, 32);
      c11 = v128.load(out, 48);
      c20 = v128.load(out, 64);
      c21 = v128.load(out, 80);
      c30 = v128.load(out, 96);
      c31 = v128.load(out, 112);
    }
    let y = a;
    let r = b;
    while (r < end) {
      const b0 = v128.load(r);
      const b1 = v128.load(r, 16);
      let s = v128.load32_splat(y);
      c00 = f32x4.add(c00, f32x4.mul(s, b0));
      c01 = f32x4.add(c01, f32x4.mul(s, b1));
      s = v128.load32_splat(y, 4);
      c10 = f32x4.add(c10, f32x4.mul(s, b0));
      c11 = f32x4.add(c11, f32x4.mul(s, b1));
      s = v128.load32_splat(y, 8);
      c20 = f32x4.add(c20, f32x4.mul(s, b0));
      c21 = f32x4.add(c21, f32x4.mul(s, b1));
      s = v128.load32_splat(y, 12);
      c30 = f32x4.add(c30, f32x4.mul(s, b0));
      c31 = f32x4.add(c31, f32x4.mul(s, b1));
      r += 32;
      y += 16;
    }
    v128.store(out, c00);
    v128.store(out, c01, 16);
    v128.store(out, c10, 32);
    v128.store(out, c11, 48);
    v128.store(out, c20, 64);
    v128.store(out, c21, 80);
    v128.store(out, c30, 96);
    v128.store(out, c31, 112);
    a += groupBytes;
    out += 128;
  }
}
