import { pow } from "./elementary.ts";
import type { real } from "./real.ts";
import { gather, loadPart, storePart, total } from "./simd.ts";

/** Numbers in one vector. */
const lanes: usize = 16 / sizeof<real>();

/** Dot product of two arrays, accumulated in f64. */
export function dot(a: usize, b: usize, count: usize): f64 {
  let sum = f64x2.splat(0);
  let i: usize = 0;
  for (; i + lanes <= count; i += lanes) {
    const x = v128.load(a + i * sizeof<real>());
    const y = v128.load(b + i * sizeof<real>());
    if (sizeof<real>() === 8) {
      sum = f64x2.add(sum, f64x2.mul(x, y));
    } else {
      sum = f64x2.add(sum, f64x2.mul(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(y)));
      const xh = i32x4.shuffle(x, x, 2, 3, 2, 3);
      const yh = i32x4.shuffle(y, y, 2, 3, 2, 3);
      sum = f64x2.add(sum, f64x2.mul(f64x2.promote_low_f32x4(xh), f64x2.promote_low_f32x4(yh)));
    }
  }
  let result = total(sum);
  for (; i < count; i++) result += <f64>load<real>(a + i * sizeof<real>()) * <f64>load<real>(b + i * sizeof<real>());
  return result;
}

/** Sum of an array, accumulated in f64. */
export function sum(a: usize, count: usize): f64 {
  let sums = f64x2.splat(0);
  let i: usize = 0;
  for (; i + lanes <= count; i += lanes) sums = gather(sums, v128.load(a + i * sizeof<real>()));
  let result = total(sums);
  for (; i < count; i++) result += <f64>load<real>(a + i * sizeof<real>());
  return result;
}

/** Every entry becomes `value`. */
export function fill(target: usize, value: real, count: usize): void {
  for (let i: usize = 0; i < count; i++) store<real>(target + i * sizeof<real>(), value);
}

/** target <- target + source. */
export function addInto(target: usize, source: usize, count: usize): void {
  let i: usize = 0;
  for (; i + lanes <= count; i += lanes) {
    const at = target + i * sizeof<real>();
    v128.store(at, v128.add<real>(v128.load(at), v128.load(source + i * sizeof<real>())));
  }
  for (; i < count; i++) {
    const at = target + i * sizeof<real>();
    store<real>(at, load<real>(at) + load<real>(source + i * sizeof<real>()));
  }
}

/** out = factor x. Results below 1e-30 become 0: subnormal numbers are many times slower. */
export function scaleRow(x: usize, count: usize, factor: real, out: usize): void {
  const factors = v128.splat<real>(factor);
  const least = v128.splat<real>(1e-30);
  let n: usize = 0;
  for (; n + lanes <= count; n += lanes) {
    const value = v128.mul<real>(factors, v128.load(x + n * sizeof<real>()));
    v128.store(out + n * sizeof<real>(), v128.and(value, v128.ge<real>(value, least)));
  }
  for (; n < count; n++) {
    const value: real = factor * load<real>(x + n * sizeof<real>());
    store<real>(out + n * sizeof<real>(), value >= 1e-30 ? value : 0);
  }
}

/**
 * target <- target o (numerator / (denominator + weight))^exponent. Where the denominator is below 1e-30, and where the result
 * is, it becomes 0: numbers that small soon turn subnormal, where arithmetic is many times slower.
 */
export function multiplicativeStep(
  target: usize,
  numerator: usize,
  denominator: usize,
  weight: real,
  exponent: real,
  count: usize,
): void {
  const weights = v128.splat<real>(weight);
  const least = v128.splat<real>(1e-30);
  const exponents = v128.splat<real>(exponent);
  let i: usize = 0;
  for (; i < count; i += lanes) {
    const at = i * sizeof<real>();
    const rest = count - i;
    const bottom = v128.add<real>(loadPart(denominator + at, rest, 1), weights);
    let ratio = v128.div<real>(loadPart(numerator + at, rest, 1), bottom);
    if (exponent === 0.5) ratio = v128.sqrt<real>(ratio);
    else if (exponent !== 1) ratio = pow(ratio, exponents);
    const value = v128.mul<real>(loadPart(target + at, rest, 1), ratio);
    const kept = v128.and(value, v128.and(v128.ge<real>(value, least), v128.ge<real>(bottom, least)));
    storePart(target + at, kept, rest);
  }
}
