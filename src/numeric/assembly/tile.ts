import type { real } from "./real.ts";
import { madd } from "./simd.ts";

// The two products every update is made of. Eight sums stay in registers, both operands are read from front to back with
// fixed offsets. More sums spill in V8 (Node 20), two steps a turn as well: a third of the speed.

/**
 * out [rows, 2 vectors] = (or, unless `fresh`, +=) A'B for B [count, 2 vectors] and A in groups of four rows, each [count, 4],
 * `groupBytes` from one to the next.
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
    let c00 = v128.splat<real>(0);
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
      let s = v128.load_splat<real>(y);
      c00 = madd(s, b0, c00);
      c01 = madd(s, b1, c01);
      s = v128.load_splat<real>(y, sizeof<real>());
      c10 = madd(s, b0, c10);
      c11 = madd(s, b1, c11);
      s = v128.load_splat<real>(y, 2 * sizeof<real>());
      c20 = madd(s, b0, c20);
      c21 = madd(s, b1, c21);
      s = v128.load_splat<real>(y, 3 * sizeof<real>());
      c30 = madd(s, b0, c30);
      c31 = madd(s, b1, c31);
      r += 32;
      y += 4 * sizeof<real>();
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

/**
 * V = Y'Z + floor for `count` steps (a multiple of 4) along Y [count / 4, components, 4] and the two vectors of Z
 * [components, 2 vectors]; where `divide`, X / V instead.
 *
 * @param x X [count, 2 vectors]
 * @param v the result, [count, 2 vectors]
 */
export function modelStrip(
  x: usize,
  y: usize,
  z: usize,
  v: usize,
  components: usize,
  count: usize,
  floor: real,
  divide: bool,
): void {
  const zEnd = z + (components << 5);
  const end = v + (count << 5);
  while (v < end) {
    let c00 = v128.splat<real>(floor);
    let c01 = c00;
    let c10 = c00;
    let c11 = c00;
    let c20 = c00;
    let c21 = c00;
    let c30 = c00;
    let c31 = c00;
    let b = z;
    while (b < zEnd) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let a = v128.load_splat<real>(y);
      c00 = madd(a, b0, c00);
      c01 = madd(a, b1, c01);
      a = v128.load_splat<real>(y, sizeof<real>());
      c10 = madd(a, b0, c10);
      c11 = madd(a, b1, c11);
      a = v128.load_splat<real>(y, 2 * sizeof<real>());
      c20 = madd(a, b0, c20);
      c21 = madd(a, b1, c21);
      a = v128.load_splat<real>(y, 3 * sizeof<real>());
      c30 = madd(a, b0, c30);
      c31 = madd(a, b1, c31);
      b += 32;
      y += 4 * sizeof<real>();
    }
    if (divide) {
      c00 = v128.div<real>(v128.load(x), c00);
      c01 = v128.div<real>(v128.load(x, 16), c01);
      c10 = v128.div<real>(v128.load(x, 32), c10);
      c11 = v128.div<real>(v128.load(x, 48), c11);
      c20 = v128.div<real>(v128.load(x, 64), c20);
      c21 = v128.div<real>(v128.load(x, 80), c21);
      c30 = v128.div<real>(v128.load(x, 96), c30);
      c31 = v128.div<real>(v128.load(x, 112), c31);
    }
    v128.store(v, c00);
    v128.store(v, c01, 16);
    v128.store(v, c10, 32);
    v128.store(v, c11, 48);
    v128.store(v, c20, 64);
    v128.store(v, c21, 80);
    v128.store(v, c30, 96);
    v128.store(v, c31, 112);
    x += 128;
    v += 128;
  }
}
