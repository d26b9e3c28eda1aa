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
