import type { real } from "./real.ts";

// What the kernels of both precisions and both builds (with and without relaxed SIMD) share. Numbers to a vector and bytes
// to a number follow from `real`.

/** a b + c, fused where the build has relaxed SIMD. */
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<real>(a, b, c);
  return v128.add<real>(v128.mul<real>(a, b), c);
}

/** The f64x2 `sum` plus all numbers of x. */
export function gather(sum: v128, x: v128): v128 {
  if (sizeof<real>() === 8) return f64x2.add(sum, x);
  const high = f64x2.promote_low_f32x4(i32x4.shuffle(x, x, 2, 3, 2, 3));
  return f64x2.add(sum, f64x2.add(f64x2.promote_low_f32x4(x), high));
}

/** A vector, or the first `rest` numbers of one and `fill` for the others. */
export function loadPart(from: usize, rest: usize, fill: real): v128 {
  if (rest >= 16 / sizeof<real>()) return v128.load(from);
  let value = v128.replace_lane<real>(v128.splat<real>(fill), 0, load<real>(from));
  if (sizeof<real>() === 4) {
    if (rest > 1) value = v128.replace_lane<real>(value, 1, load<real>(from + sizeof<real>()));
    if (rest > 2) value = f32x4.replace_lane(value, 2, <f32>load<real>(from + 2 * sizeof<real>()));
  }
  return value;
}

/** A vector, or its first `rest` numbers. */
export function storePart(to: usize, value: v128, rest: usize): void {
  if (rest >= 16 / sizeof<real>()) {
    v128.store(to, value);
    return;
  }
  store<real>(to, v128.extract_lane<real>(value, 0));
  if (sizeof<real>() === 4) {
    if (rest > 1) store<real>(to + sizeof<real>(), v128.extract_lane<real>(value, 1));
    if (rest > 2) store<real>(to + 2 * sizeof<real>(), <real>f32x4.extract_lane(value, 2));
  }
}

/** The two numbers of an f64x2 added. */
export function total(sum: v128): f64 {
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
