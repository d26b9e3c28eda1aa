// Row problems of contrastive NMF (docs/methods/contrastive-nmf.md): one row of activations h with `frames` entries, the
// guide [rows, frames] whose rows have unit norm, everything f32, sums in f64. Blocks of 64 entries are summed in f32
// lanes before they join the f64 total: 16 additions a lane, below the rounding of the entries themselves.

const BLOCK: usize = 64;
/** Keeps 0 / 0 at 0 without touching any other quotient: the smallest normal f32. */
const TINY: f32 = 1.17549435e-38;

function sumLanes(x: v128): f64 {
  return (
    <f64>f32x4.extract_lane(x, 0) +
    <f64>f32x4.extract_lane(x, 1) +
    <f64>f32x4.extract_lane(x, 2) +
    <f64>f32x4.extract_lane(x, 3)
  );
}

// Four entries of p'S: projection [rows] times guide [rows, frames].
function combine4(guide: usize, stride: usize, projection: usize, rows: usize): v128 {
  let sum = f32x4.splat(0);
  for (let j: usize = 0; j < rows; j++) {
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(projection + (j << 2)), v128.load(guide)));
    guide += stride;
  }
  return sum;
}

function combine1(guide: usize, stride: usize, projection: usize, rows: usize): f32 {
  let sum: f32 = 0;
  for (let j: usize = 0; j < rows; j++) {
    sum += load<f32>(projection + (j << 2)) * load<f32>(guide);
    guide += stride;
  }
  return sum;
}

/** Writes p = S h, [rows] f32, and returns its sum of squares: the part of the contrast that h makes. */
export function guideProject(guide: usize, rows: usize, frames: usize, h: usize, projection: usize): f64 {
  let squares: f64 = 0;
  for (let j: usize = 0; j < rows; j++) {
    const s = guide + ((j * frames) << 2);
    let total: f64 = 0;
    let n: usize = 0;
    while (n + 4 <= frames) {
      const end = min(n + BLOCK, frames & ~3);
      let sum = f32x4.splat(0);
      for (; n < end; n += 4) sum = f32x4.add(sum, f32x4.mul(v128.load(s + (n << 2)), v128.load(h + (n << 2))));
      total += sumLanes(sum);
    }
    for (; n < frames; n++) total += <f64>(load<f32>(s + (n << 2)) * load<f32>(h + (n << 2)));
    store<f32>(projection + (j << 2), <f32>total);
    squares += total * total;
  }
  return squares;
}

/**
 * The row problem min sum -a log(x) + c x: a = scale h g and c = base - pull p'S - shift h.
 * Returns the squared norm of its unconstrained minimiser (see sphereFree).
 */
export function sphereTerms(
  h: usize,
  g: usize,
  guide: usize,
  projection: usize,
  rows: usize,
  frames: usize,
  scale: f32,
  base: f32,
  pull: f32,
  shift: f32,
  a: usize,
  c: usize,
): f64 {
  const stride = frames << 2;
  const scales = f32x4.splat(scale);
  const bases = f32x4.splat(base);
  const pulls = f32x4.splat(pull);
  const shifts = f32x4.splat(shift);
  let n: usize = 0;
  for (; n + 4 <= frames; n += 4) {
    const at = n << 2;
    const x = v128.load(h + at);
    const p = combine4(guide + at, stride, projection, rows);
    v128.store(a + at, f32x4.mul(f32x4.mul(scales, x), v128.load(g + at)));
    v128.store(c + at, f32x4.sub(f32x4.sub(bases, f32x4.mul(pulls, p)), f32x4.mul(shifts, x)));
  }
  for (; n < frames; n++) {
    const at = n << 2;
    const x = load<f32>(h + at);
    const p = combine1(guide + at, stride, projection, rows);
    store<f32>(a + at, scale * x * load<f32>(g + at));
    store<f32>(c + at, base - pull * p - shift * x);
  }
  return sphereFree(a, c, frames);
}

/** c -= extra h; returns the squared norm of the new problem's unconstrained minimiser. */
export function sphereShift(a: usize, c: usize, h: usize, frames: usize, extra: f32): f64 {
  const extras = f32x4.splat(extra);
  let n: usize = 0;
  for (; n + 4 <= frames; n += 4) {
    const at = n << 2;
    v128.store(c + at, f32x4.sub(v128.load(c + at), f32x4.mul(extras, v128.load(h + at))));
  }
  for (; n < frames; n++) store<f32>(c + (n << 2), load<f32>(c + (n << 2)) - extra * load<f32>(h + (n << 2)));
  return sphereFree(a, c, frames);
}

/** sum (a / c)^2, or infinity where some c is negative (there the problem has no free minimiser). */
function sphereFree(a: usize, c: usize, frames: usize): f64 {
  const tiny = f32x4.splat(TINY);
  let least = f32x4.splat(0);
  let total: f64 = 0;
  let n: usize = 0;
  while (n + 4 <= frames) {
    const end = min(n + BLOCK, frames & ~3);
    let sum = f32x4.splat(0);
    for (; n < end; n += 4) {
      const y = v128.load(c + (n << 2));
      least = f32x4.min(least, y);
      const x = f32x4.div(v128.load(a + (n << 2)), f32x4.max(y, tiny));
      sum = f32x4.add(sum, f32x4.mul(x, x));
    }
    total += sumLanes(sum);
  }
  let low: f64 = -sumLanes(f32x4.abs(least));
  for (; n < frames; n++) {
    const y = load<f32>(c + (n << 2));
    low += <f64>min<f32>(y, 0);
    const x = load<f32>(a + (n << 2)) / max<f32>(y, TINY);
    total += <f64>(x * x);
  }
  return low < 0 ? f64.MAX_VALUE * 2 : total;
}

/**
 * The minimiser under the multiplier nu > 0: the root x >= 0 of 2 nu x^2 + c x - a = 0, written to `out`.
 * Returns sum x^2 and stores sum x^3 / sqrt(c^2 + 8 nu a), a quarter of minus its derivative by nu, at `slope` (f64).
 */
export function sphereRoot(a: usize, c: usize, frames: usize, nu: f32, out: usize, slope: usize): f64 {
  const eight = f32x4.splat(8 * nu);
  const inverse = f32x4.splat(1 / (4 * nu));
  const tiny = f32x4.splat(TINY);
  const zero = f32x4.splat(0);
  let squares: f64 = 0;
  let slopes: f64 = 0;
  let n: usize = 0;
  while (n + 4 <= frames) {
    const end = min(n + BLOCK, frames & ~3);
    let sum = f32x4.splat(0);
    let slopeSum = f32x4.splat(0);
    for (; n < end; n += 4) {
      const x = v128.load(a + (n << 2));
      const y = v128.load(c + (n << 2));
      const root = f32x4.sqrt(f32x4.add(f32x4.mul(y, y), f32x4.mul(eight, x)));
      const q = f32x4.add(f32x4.abs(y), root);
      const above = f32x4.div(f32x4.add(x, x), f32x4.max(q, tiny));
      const value = v128.bitselect(above, f32x4.mul(q, inverse), f32x4.ge(y, zero));
      v128.store(out + (n << 2), value);
      const square = f32x4.mul(value, value);
      sum = f32x4.add(sum, square);
      slopeSum = f32x4.add(slopeSum, f32x4.div(f32x4.mul(square, value), f32x4.max(root, tiny)));
    }
    squares += sumLanes(sum);
    slopes += sumLanes(slopeSum);
  }
  for (; n < frames; n++) {
    const x = load<f32>(a + (n << 2));
    const y = load<f32>(c + (n << 2));
    const root = sqrt<f32>(y * y + 8 * nu * x);
    const q = abs<f32>(y) + root;
    const value: f32 = y >= 0 ? (x + x) / max<f32>(q, TINY) : q * (<f32>1 / (4 * nu));
    store<f32>(out + (n << 2), value);
    squares += <f64>(value * value);
    slopes += <f64>((value * value * value) / max<f32>(root, TINY));
  }
  store<f64>(slope, slopes);
  return squares;
}

/** out = factor x. Results below 1e-30 become 0: subnormal numbers are many times slower. */
export function scaleRow(x: usize, frames: usize, factor: f32, out: usize): void {
  const factors = f32x4.splat(factor);
  const least = f32x4.splat(1e-30);
  let n: usize = 0;
  for (; n + 4 <= frames; n += 4) {
    const value = f32x4.mul(factors, v128.load(x + (n << 2)));
    v128.store(out + (n << 2), v128.and(value, f32x4.ge(value, least)));
  }
  for (; n < frames; n++) {
    const value = factor * load<f32>(x + (n << 2));
    store<f32>(out + (n << 2), value >= 1e-30 ? value : 0);
  }
}

/**
 * The multiplicative rule: out = h (g + pull p'S) / (base + push p'S); 0 / 0 is 0.
 * Returns the sum of squares of `out`.
 */
export function contrastStep(
  h: usize,
  g: usize,
  guide: usize,
  projection: usize,
  rows: usize,
  frames: usize,
  base: f32,
  pull: f32,
  push: f32,
  out: usize,
): f64 {
  const stride = frames << 2;
  const bases = f32x4.splat(base);
  const pulls = f32x4.splat(pull);
  const pushes = f32x4.splat(push);
  const tiny = f32x4.splat(TINY);
  let squares: f64 = 0;
  let n: usize = 0;
  while (n + 4 <= frames) {
    const end = min(n + BLOCK, frames & ~3);
    let sum = f32x4.splat(0);
    for (; n < end; n += 4) {
      const at = n << 2;
      const p = combine4(guide + at, stride, projection, rows);
      const up = f32x4.add(v128.load(g + at), f32x4.mul(pulls, p));
      const down = f32x4.max(f32x4.add(bases, f32x4.mul(pushes, p)), tiny);
      const value = f32x4.mul(v128.load(h + at), f32x4.div(up, down));
      v128.store(out + at, value);
      sum = f32x4.add(sum, f32x4.mul(value, value));
    }
    squares += sumLanes(sum);
  }
  for (; n < frames; n++) {
    const at = n << 2;
    const p = combine1(guide + at, stride, projection, rows);
    const value = load<f32>(h + at) * ((load<f32>(g + at) + pull * p) / max<f32>(base + push * p, TINY));
    store<f32>(out + at, value);
    squares += <f64>(value * value);
  }
  return squares;
}
