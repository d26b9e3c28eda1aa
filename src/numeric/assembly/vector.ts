/** Dot product of two f32 arrays, accumulated in f64. */
export function dot(a: usize, b: usize, count: usize): f64 {
  let sum = f64x2.splat(0);
  let i: usize = 0;
  for (; i + 4 <= count; i += 4) {
    const x = v128.load(a + (i << 2));
    const y = v128.load(b + (i << 2));
    sum = f64x2.add(sum, f64x2.mul(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(y)));
    const xh = i32x4.shuffle(x, x, 2, 3, 2, 3);
    const yh = i32x4.shuffle(y, y, 2, 3, 2, 3);
    sum = f64x2.add(sum, f64x2.mul(f64x2.promote_low_f32x4(xh), f64x2.promote_low_f32x4(yh)));
  }
  let total = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
  for (; i < count; i++) total += <f64>load<f32>(a + (i << 2)) * <f64>load<f32>(b + (i << 2));
  return total;
}

/** Sum of an f32 array, accumulated in f64. */
export function sum(a: usize, count: usize): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let i: usize = 0;
  for (; i + 4 <= count; i += 4) {
    const x = v128.load(a + (i << 2));
    low = f64x2.add(low, f64x2.promote_low_f32x4(x));
    high = f64x2.add(high, f64x2.promote_low_f32x4(i32x4.shuffle(x, x, 2, 3, 2, 3)));
  }
  const sums = f64x2.add(low, high);
  let total = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  for (; i < count; i++) total += <f64>load<f32>(a + (i << 2));
  return total;
}

/**
 * target <- target o numerator * factor. Results below 1e-30 become 0: numbers that small soon turn subnormal, where
 * arithmetic is many times slower.
 */
export function multiplyInto(target: usize, numerator: usize, factor: f32, count: usize): void {
  const factors = f32x4.splat(factor);
  const least = f32x4.splat(1e-30);
  let i: usize = 0;
  for (; i + 4 <= count; i += 4) {
    const at = target + (i << 2);
    const value = f32x4.mul(f32x4.mul(v128.load(at), v128.load(numerator + (i << 2))), factors);
    v128.store(at, v128.and(value, f32x4.ge(value, least)));
  }
  for (; i < count; i++) {
    const at = target + (i << 2);
    const value = load<f32>(at) * load<f32>(numerator + (i << 2)) * factor;
    store<f32>(at, value >= 1e-30 ? value : 0);
  }
}

/** target <- target + source. */
export function addInto(target: usize, source: usize, count: usize): void {
  let i: usize = 0;
  for (; i + 4 <= count; i += 4) {
    const at = target + (i << 2);
    v128.store(at, f32x4.add(v128.load(at), v128.load(source + (i << 2))));
  }
  for (; i < count; i++) {
    const at = target + (i << 2);
    store<f32>(at, load<f32>(at) + load<f32>(source + (i << 2)));
  }
}
