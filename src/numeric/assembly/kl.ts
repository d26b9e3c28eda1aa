import { productStrip } from "./product.ts";

// One half of a Kullback-Leibler update of X ~ Y'Z, where Y [components, length] runs along one side of X and Z
// [components, 8 * panels] along the other: V = Y'Z + floor, R = X / V, numerator = Y R. With Y the dictionary and Z the
// activations this is the numerator of the activations, with the two exchanged (and X transposed) that of the dictionary.
//
// V is formed for 4 steps along Y and 8 along Z at a time, eight accumulators in registers, divided there, and a strip of
// R of at most 64 x 8 numbers, which stays in the first cache, is consumed at once by the second product.

// The order of X follows from these two; separation/klLayout.ts has them too.
const chunk: usize = 64;
const panelBlock: usize = 64;

/**
 * Numerator of a multiplicative update.
 *
 * @param x X in the order it is used, so that it is read from front to back: blocks of 64 panels, in a block pieces of 64
 *   steps, in a piece its panels one after the other, each [steps, 8]; length, the sum of the steps, is a multiple of 4
 * @param ySteps Y as [length / 4, components, 4] (packStrips)
 * @param yRows Y as [ceil(components / 4), length, 4] (packInterleaved)
 * @param z Z as [panels, components, 8] (packStrips)
 * @param ratio room for 64 x 8 numbers
 * @param out [panels, components rounded up to 4, 8]
 * @param floor added to V, so that 0 / 0 cannot arise
 * @returns the sum of x log(x / v) if `withLog`, else 0
 */
export function klNumerator(
  x: usize,
  ySteps: usize,
  yRows: usize,
  z: usize,
  ratio: usize,
  out: usize,
  components: usize,
  length: usize,
  panels: usize,
  floor: f32,
  withLog: bool,
): f64 {
  let sum: f64 = 0;
  const rows = (components + 3) & ~3;
  for (let first: usize = 0; first < panels; first += panelBlock) {
    const last = min(first + panelBlock, panels);
    for (let q: usize = 0; q < length; q += chunk) {
      const count = min(chunk, length - q);
      const y = ySteps + ((q * components) << 2);
      for (let p = first; p < last; p++) {
        ratios(x, y, z + ((p * components) << 5), ratio, components, count, floor);
        if (withLog) sum += logSum(x, ratio, count << 3);
        x += count << 5;
        productStrip(yRows + (q << 4), ratio, length << 4, out + ((p * rows) << 5), rows, count, q === 0);
      }
    }
  }
  return sum;
}

/** The sum of x log(x / v) alone; arguments as for `klNumerator`. */
export function klLog(
  x: usize,
  ySteps: usize,
  z: usize,
  ratio: usize,
  components: usize,
  length: usize,
  panels: usize,
  floor: f32,
): f64 {
  let sum: f64 = 0;
  for (let first: usize = 0; first < panels; first += panelBlock) {
    const last = min(first + panelBlock, panels);
    for (let q: usize = 0; q < length; q += chunk) {
      const count = min(chunk, length - q);
      const y = ySteps + ((q * components) << 2);
      for (let p = first; p < last; p++) {
        ratios(x, y, z + ((p * components) << 5), ratio, components, count, floor);
        sum += logSum(x, ratio, count << 3);
        x += count << 5;
      }
    }
  }
  return sum;
}

/** R = X / (Y'Z + floor) for `count` steps (a multiple of 4) of one panel. */
function ratios(x: usize, y: usize, z: usize, ratio: usize, components: usize, count: usize, floor: f32): void {
  const zEnd = z + (components << 5);
  const end = x + (count << 5);
  while (x < end) {
    let c00 = f32x4.splat(floor);
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
      let a = v128.load32_splat(y);
      c00 = f32x4.add(c00, f32x4.mul(a, b0));
      c01 = f32x4.add(c01, f32x4.mul(a, b1));
      a = v128.load32_splat(y, 4);
      c10 = f32x4.add(c10, f32x4.mul(a, b0));
      c11 = f32x4.add(c11, f32x4.mul(a, b1));
      a = v128.load32_splat(y, 8);
      c20 = f32x4.add(c20, f32x4.mul(a, b0));
      c21 = f32x4.add(c21, f32x4.mul(a, b1));
      a = v128.load32_splat(y, 12);
      c30 = f32x4.add(c30, f32x4.mul(a, b0));
      c31 = f32x4.add(c31, f32x4.mul(a, b1));
      b += 32;
      y += 16;
    }
    c00 = f32x4.div(v128.load(x), c00);
    c01 = f32x4.div(v128.load(x, 16), c01);
    c10 = f32x4.div(v128.load(x, 32), c10);
    c11 = f32x4.div(v128.load(x, 48), c11);
    c20 = f32x4.div(v128.load(x, 64), c20);
    c21 = f32x4.div(v128.load(x, 80), c21);
    c30 = f32x4.div(v128.load(x, 96), c30);
    c31 = f32x4.div(v128.load(x, 112), c31);
    v128.store(ratio, c00);
    v128.store(ratio, c01, 16);
    v128.store(ratio, c10, 32);
    v128.store(ratio, c11, 48);
    v128.store(ratio, c20, 64);
    v128.store(ratio, c21, 80);
    v128.store(ratio, c30, 96);
    v128.store(ratio, c31, 112);
    x += 128;
    ratio += 128;
  }
}

// Read from memory, because a vector constant takes several instructions each time it is used.
const table = memory.data<f32>([0.6666666269, 0.4000097215, 0.2849878669, 0.2427907884, <f32>Math.LN2, 0.5, 1, 2]);

/**
 * Sum of x log(r), terms in single precision, sums of 256 terms in double. r is positive and normal, or 0, whose
 * logarithm counts as -88.03, so that 0 log 0 = 0. The logarithm, within 2e-7 of its value, is that of FreeBSD's logf
 * (Sun Microsystems 1993): r = 2^e (1 + f), s = f / (2 + f), log(1 + f) = f - f^2/2 + s (f^2/2 + polynomial in s^2).
 */
export function logSum(x: usize, r: usize, count: usize): f64 {
  let total: f64 = 0;
  const t = table;
  const vectorsEnd = r + ((count & ~3) << 2);
  while (r < vectorsEnd) {
    const end = min(r + 1024, vectorsEnd);
    let sums = f32x4.splat(0);
    while (r < end) {
      const value = v128.load(r);
      const exponent = i32x4.shr_s(i32x4.sub(value, i32x4.splat(0x3f3504f3)), 23);
      const f = f32x4.sub(i32x4.sub(value, i32x4.shl(exponent, 23)), v128.load32_splat(t, 24));
      const s = f32x4.div(f, f32x4.add(f, v128.load32_splat(t, 28)));
      const z = f32x4.mul(s, s);
      const w = f32x4.mul(z, z);
      const odd = f32x4.add(f32x4.mul(w, v128.load32_splat(t, 8)), v128.load32_splat(t));
      const even = f32x4.add(f32x4.mul(w, v128.load32_splat(t, 12)), v128.load32_splat(t, 4));
      const half = f32x4.mul(f32x4.mul(f, f), v128.load32_splat(t, 20));
      const polynomial = f32x4.add(f32x4.mul(z, odd), f32x4.mul(w, even));
      const small = f32x4.add(f32x4.sub(f32x4.mul(s, f32x4.add(polynomial, half)), half), f);
      const log = f32x4.add(small, f32x4.mul(f32x4.convert_i32x4_s(exponent), v128.load32_splat(t, 16)));
      sums = f32x4.add(sums, f32x4.mul(v128.load(x), log));
      r += 16;
      x += 16;
    }
    total +=
      <f64>f32x4.extract_lane(sums, 0) +
      <f64>f32x4.extract_lane(sums, 1) +
      <f64>f32x4.extract_lane(sums, 2) +
      <f64>f32x4.extract_lane(sums, 3);
  }
  for (const end = vectorsEnd + ((count & 3) << 2); r < end; r += 4, x += 4) {
    const value = load<f32>(r);
    if (value > 0) total += <f64>load<f32>(x) * Math.log(value);
  }
  return total;
}
