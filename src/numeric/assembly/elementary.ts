import type { real } from "./real.ts";

// Logarithm, exponential and power of the lanes of a vector. Constants are read from memory, because a vector constant takes
// several instructions each time it is used.

/** Natural logarithm. Lanes are positive and normal, or 0, whose logarithm counts as -88.03 (single) or -709.09 (double). */
export function log(x: v128): v128 {
  return sizeof<real>() === 4 ? logSingle(x) : logDouble(x);
}

/** Exponential. Results that would leave the normal numbers stay at their end. */
export function exp(x: v128): v128 {
  return sizeof<real>() === 4 ? expSingle(x) : expDouble(x);
}

/** base^exponent for lanes of base as in `log`; 0 to any power is 0. An error of the logarithm counts exponent-fold. */
export function pow(base: v128, exponent: v128): v128 {
  const power = exp(v128.mul<real>(exponent, log(base)));
  return v128.and(power, v128.gt<real>(base, v128.splat<real>(0)));
}

const singleLog = memory.data<f32>([0.6666666269, 0.4000097215, 0.2849878669, 0.2427907884, <f32>Math.LN2, 0.5, 1, 2]);

/** Within 2e-7 of the value: FreeBSD's logf (Sun Microsystems 1993), see `logDouble`. */
function logSingle(x: v128): v128 {
  const t = singleLog;
  const exponent = i32x4.shr_s(i32x4.sub(x, i32x4.splat(0x3f3504f3)), 23);
  const f = f32x4.sub(i32x4.sub(x, i32x4.shl(exponent, 23)), v128.load32_splat(t, 24));
  const s = f32x4.div(f, f32x4.add(f, v128.load32_splat(t, 28)));
  const z = f32x4.mul(s, s);
  const w = f32x4.mul(z, z);
  const odd = f32x4.add(f32x4.mul(w, v128.load32_splat(t, 8)), v128.load32_splat(t));
  const even = f32x4.add(f32x4.mul(w, v128.load32_splat(t, 12)), v128.load32_splat(t, 4));
  const half = f32x4.mul(f32x4.mul(f, f), v128.load32_splat(t, 20));
  const polynomial = f32x4.add(f32x4.mul(z, odd), f32x4.mul(w, even));
  const small = f32x4.add(f32x4.sub(f32x4.mul(s, f32x4.add(polynomial, half)), half), f);
  return f32x4.add(small, f32x4.mul(f32x4.convert_i32x4_s(exponent), v128.load32_splat(t, 16)));
}

const doubleLogBits = memory.data<u64>([
  0x3fe6a09e00000000, // sqrt(1/2), from below
  0x00095f6200000000, // what it lacks to the bits of 1
  0x000fffffffffffff,
  0x4330000000000000, // 2^52: the exponent is or-ed into its last bits
]);
const doubleLog = memory.data<f64>([
  4503599627370496 + 1023,
  1,
  2,
  0.5,
  0.6931471803691238,
  1.9082149292705877e-10,
  6.666666666666735e-1,
  3.999999999940942e-1,
  2.857142874366239e-1,
  2.222219843214978e-1,
  1.818357216161805e-1,
  1.531383769920937e-1,
  1.479819860511659e-1,
]);

/**
 * Within 1 unit in the last place: FreeBSD's log (Sun Microsystems 1993). x = 2^e (1 + f) with 1 + f between sqrt(1/2) and
 * sqrt(2), s = f / (2 + f), log(1 + f) = f - f^2/2 + s (f^2/2 + polynomial in s^2).
 */
function logDouble(x: v128): v128 {
  const b = doubleLogBits;
  const t = doubleLog;
  const shifted = i64x2.add(x, v128.load64_splat(b, 8));
  const exponent = f64x2.sub(v128.or(i64x2.shr_u(shifted, 52), v128.load64_splat(b, 24)), v128.load64_splat(t));
  const f = f64x2.sub(
    i64x2.add(v128.and(shifted, v128.load64_splat(b, 16)), v128.load64_splat(b)),
    v128.load64_splat(t, 8),
  );
  const s = f64x2.div(f, f64x2.add(f, v128.load64_splat(t, 16)));
  const z = f64x2.mul(s, s);
  const w = f64x2.mul(z, z);
  let even = f64x2.add(f64x2.mul(w, v128.load64_splat(t, 88)), v128.load64_splat(t, 72));
  even = f64x2.add(f64x2.mul(w, even), v128.load64_splat(t, 56));
  let odd = f64x2.add(f64x2.mul(w, v128.load64_splat(t, 96)), v128.load64_splat(t, 80));
  odd = f64x2.add(f64x2.mul(w, odd), v128.load64_splat(t, 64));
  odd = f64x2.add(f64x2.mul(w, odd), v128.load64_splat(t, 48));
  const polynomial = f64x2.add(f64x2.mul(z, odd), f64x2.mul(w, even));
  const half = f64x2.mul(f64x2.mul(f, f), v128.load64_splat(t, 24));
  const low = f64x2.add(f64x2.mul(s, f64x2.add(half, polynomial)), f64x2.mul(exponent, v128.load64_splat(t, 40)));
  return f64x2.sub(f64x2.mul(exponent, v128.load64_splat(t, 32)), f64x2.sub(f64x2.sub(half, low), f));
}

const singleExp = memory.data<f32>([
  -87.33654,
  88.72283,
  <f32>Math.LOG2E,
  0.693359375,
  -2.1219444e-4,
  1.98756915e-4,
  1.3981999507e-3,
  8.3334519073e-3,
  4.1665795894e-2,
  1.6666665459e-1,
  5.0000001201e-1,
  1,
  12582912,
]);

/** Within 2e-7 of the value: x = n log 2 + r, log 2 in two parts; the polynomial in r is that of Cephes (Moshier 1992). */
function expSingle(x: v128): v128 {
  const t = singleExp;
  const clamped = f32x4.pmin(f32x4.pmax(x, v128.load32_splat(t)), v128.load32_splat(t, 4));
  // added to 1.5 * 2^23, a number is rounded to a whole one, which is in the last bits
  const magic = v128.load32_splat(t, 48);
  const whole = f32x4.add(f32x4.mul(clamped, v128.load32_splat(t, 8)), magic);
  const n = f32x4.sub(whole, magic);
  let r = f32x4.sub(clamped, f32x4.mul(n, v128.load32_splat(t, 12)));
  r = f32x4.sub(r, f32x4.mul(n, v128.load32_splat(t, 16)));
  let p = f32x4.add(f32x4.mul(r, v128.load32_splat(t, 20)), v128.load32_splat(t, 24));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(t, 28));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(t, 32));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(t, 36));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(t, 40));
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), v128.load32_splat(t, 44));
  return i32x4.add(p, i32x4.shl(whole, 23));
}

const doubleExp = memory.data<f64>([
  -708.3964185322641,
  709.782712893384,
  Math.LOG2E,
  0.6931471803691238,
  1.9082149292705877e-10,
  0.16666666666666602,
  -0.0027777777777015593,
  0.00006613756321437934,
  -0.0000016533902205465252,
  0.000000041381367970572385,
  1,
  2,
  6755399441055744,
]);

/** Within 1 unit in the last place: FreeBSD's exp (Sun Microsystems 1993), a rational function of what log 2 leaves over. */
function expDouble(x: v128): v128 {
  const t = doubleExp;
  const clamped = f64x2.pmin(f64x2.pmax(x, v128.load64_splat(t)), v128.load64_splat(t, 8));
  const magic = v128.load64_splat(t, 96);
  const whole = f64x2.add(f64x2.mul(clamped, v128.load64_splat(t, 16)), magic);
  const n = f64x2.sub(whole, magic);
  const high = f64x2.sub(clamped, f64x2.mul(n, v128.load64_splat(t, 24)));
  const low = f64x2.mul(n, v128.load64_splat(t, 32));
  const r = f64x2.sub(high, low);
  const z = f64x2.mul(r, r);
  let p = f64x2.add(f64x2.mul(z, v128.load64_splat(t, 72)), v128.load64_splat(t, 64));
  p = f64x2.add(f64x2.mul(z, p), v128.load64_splat(t, 56));
  p = f64x2.add(f64x2.mul(z, p), v128.load64_splat(t, 48));
  p = f64x2.add(f64x2.mul(z, p), v128.load64_splat(t, 40));
  const c = f64x2.sub(r, f64x2.mul(z, p));
  const quotient = f64x2.div(f64x2.mul(r, c), f64x2.sub(v128.load64_splat(t, 88), c));
  const y = f64x2.sub(v128.load64_splat(t, 80), f64x2.sub(f64x2.sub(low, quotient), high));
  return i64x2.add(y, i64x2.shl(whole, 52));
}
