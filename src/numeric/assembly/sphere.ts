// Row problems of contrastive NMF (docs/methods/contrastive-nmf.md): one row of activations h with `frames` entries, the
// guide [rows, frames] whose rows have unit norm, sums in f64. Blocks of 64 entries are summed in the lanes of a vector before
// they join the f64 total: at most 32 additions a lane, below the rounding of the entries themselves.

import type { real } from "./real.ts";
import { gather, total as sumOf } from "./simd.ts";

const BLOCK: usize = 64;
/** Numbers in one vector. */
const lanes: usize = 16 / sizeof<real>();
/** Keeps 0 / 0 at 0 without touching any other quotient: the smallest normal f32. */
const TINY: real = 1.17549435e-38;

function sumLanes(x: v128): f64 {
  return sumOf(gather(f64x2.splat(0), x));
}

// A vector of p'S: projection [rows] times guide [rows, frames].
function combineVector(guide: usize, stride: usize, projection: usize, rows: usize): v128 {
  let sum = v128.splat<real>(0);
  for (let j: usize = 0; j < rows; j++) {
    sum = v128.add<real>(sum, v128.mul<real>(v128.load_splat<real>(projection + j * sizeof<real>()), v128.load(guide)));
    guide += stride;
  }
  return sum;
}

function combineOne(guide: usize, stride: usize, projection: usize, rows: usize): real {
  let sum: real = 0;
  for (let j: usize = 0; j < rows; j++) {
    sum += load<real>(projection + j * sizeof<real>()) * load<real>(guide);
    guide += stride;
  }
  return sum;
}

/** Writes p = S h, [rows], and returns its sum of squares: the part of the contrast that h makes. */
export function guideProject(guide: usize, rows: usize, frames: usize, h: usize, projection: usize): f64 {
  let squares: f64 = 0;
  for (let j: usize = 0; j < rows; j++) {
    const s = guide + j * frames * sizeof<real>();
    let total: f64 = 0;
    let n: usize = 0;
    while (n + lanes <= frames) {
      const end = min(n + BLOCK, frames & ~(lanes - 1));
      let sum = v128.splat<real>(0);
      for (; n < end; n += lanes)
        sum = v128.add<real>(sum, v128.mul<real>(v128.load(s + n * sizeof<real>()), v128.load(h + n * sizeof<real>())));
      total += sumLanes(sum);
    }
    for (; n < frames; n++) total += <f64>(load<real>(s + n * sizeof<real>()) * load<real>(h + n * sizeof<real>()));
    store<real>(projection + j * sizeof<real>(), <real>total);
    squares += total * total;
  }
  return squares;
}

/** out = p'S, [frames]. */
export function guidePull(guide: usize, projection: usize, rows: usize, frames: usize, out: usize): void {
  const stride = frames * sizeof<real>();
  let n: usize = 0;
  for (; n + lanes <= frames; n += lanes) {
    const at = n * sizeof<real>();
    v128.store(out + at, combineVector(guide + at, stride, projection, rows));
  }
  for (; n < frames; n++) {
    const at = n * sizeof<real>();
    store<real>(out + at, combineOne(guide + at, stride, projection, rows));
  }
}

/**
 * The row problem min sum -a log(x) + c x: a = scale h g and c = scale (base + sparsity) - pull p'S -
 * shift h, with g and base [frames].
 * Returns the squared norm of its unconstrained minimiser (see sphereFree).
 */
export function sphereTerms(
  h: usize,
  g: usize,
  guide: usize,
  projection: usize,
  rows: usize,
  frames: usize,
  scale: real,
  base: usize,
  sparsity: real,
  pull: real,
  shift: real,
  a: usize,
  c: usize,
): f64 {
  const stride = frames * sizeof<real>();
  const scales = v128.splat<real>(scale);
  const weights = v128.splat<real>(sparsity);
  const pulls = v128.splat<real>(pull);
  const shifts = v128.splat<real>(shift);
  let n: usize = 0;
  for (; n + lanes <= frames; n += lanes) {
    const at = n * sizeof<real>();
    const x = v128.load(h + at);
    const p = combineVector(guide + at, stride, projection, rows);
    v128.store(a + at, v128.mul<real>(v128.mul<real>(scales, x), v128.load(g + at)));
    const own = v128.mul<real>(scales, v128.add<real>(v128.load(base + at), weights));
    v128.store(c + at, v128.sub<real>(v128.sub<real>(own, v128.mul<real>(pulls, p)), v128.mul<real>(shifts, x)));
  }
  for (; n < frames; n++) {
    const at = n * sizeof<real>();
    const x = load<real>(h + at);
    const p = combineOne(guide + at, stride, projection, rows);
    store<real>(a + at, scale * x * load<real>(g + at));
    store<real>(c + at, scale * (load<real>(base + at) + sparsity) - pull * p - shift * x);
  }
  return sphereFree(a, c, frames);
}

/** c -= extra h; returns the squared norm of the new problem's unconstrained minimiser. */
export function sphereShift(a: usize, c: usize, h: usize, frames: usize, extra: real): f64 {
  const extras = v128.splat<real>(extra);
  let n: usize = 0;
  for (; n + lanes <= frames; n += lanes) {
    const at = n * sizeof<real>();
    v128.store(c + at, v128.sub<real>(v128.load(c + at), v128.mul<real>(extras, v128.load(h + at))));
  }
  for (; n < frames; n++)
    store<real>(
      c + n * sizeof<real>(),
      load<real>(c + n * sizeof<real>()) - extra * load<real>(h + n * sizeof<real>()),
    );
  return sphereFree(a, c, frames);
}

/** sum (a / c)^2, or infinity where some c is negative (there the problem has no free minimiser). */
function sphereFree(a: usize, c: usize, frames: usize): f64 {
  const tiny = v128.splat<real>(TINY);
  let least = v128.splat<real>(0);
  let total: f64 = 0;
  let n: usize = 0;
  while (n + lanes <= frames) {
    const end = min(n + BLOCK, frames & ~(lanes - 1));
    let sum = v128.splat<real>(0);
    for (; n < end; n += lanes) {
      const y = v128.load(c + n * sizeof<real>());
      least = v128.min<real>(least, y);
      const x = v128.div<real>(v128.load(a + n * sizeof<real>()), v128.max<real>(y, tiny));
      sum = v128.add<real>(sum, v128.mul<real>(x, x));
    }
    total += sumLanes(sum);
  }
  let low: f64 = -sumLanes(v128.abs<real>(least));
  for (; n < frames; n++) {
    const y = load<real>(c + n * sizeof<real>());
    low += <f64>min<real>(y, 0);
    const x = load<real>(a + n * sizeof<real>()) / max<real>(y, TINY);
    total += <f64>(x * x);
  }
  return low < 0 ? f64.MAX_VALUE * 2 : total;
}

/**
 * The minimiser under the multiplier nu > 0: the root x >= 0 of 2 nu x^2 + c x - a = 0, written to `out`.
 * Returns sum x^2 and stores sum x^3 / sqrt(c^2 + 8 nu a), a quarter of minus its derivative by nu, at `slope` (f64).
 */
export function sphereRoot(a: usize, c: usize, frames: usize, nu: real, out: usize, slope: usize): f64 {
  const eight = v128.splat<real>(8 * nu);
  const inverse = v128.splat<real>(1 / (4 * nu));
  const tiny = v128.splat<real>(TINY);
  const zero = v128.splat<real>(0);
  let squares: f64 = 0;
  let slopes: f64 = 0;
  let n: usize = 0;
  while (n + lanes <= frames) {
    const end = min(n + BLOCK, frames & ~(lanes - 1));
    let sum = v128.splat<real>(0);
    let slopeSum = v128.splat<real>(0);
    for (; n < end; n += lanes) {
      const x = v128.load(a + n * sizeof<real>());
      const y = v128.load(c + n * sizeof<real>());
      const root = v128.sqrt<real>(v128.add<real>(v128.mul<real>(y, y), v128.mul<real>(eight, x)));
      const q = v128.add<real>(v128.abs<real>(y), root);
      const above = v128.div<real>(v128.add<real>(x, x), v128.max<real>(q, tiny));
      const value = v128.bitselect(above, v128.mul<real>(q, inverse), v128.ge<real>(y, zero));
      v128.store(out + n * sizeof<real>(), value);
      const square = v128.mul<real>(value, value);
      sum = v128.add<real>(sum, square);
      slopeSum = v128.add<real>(slopeSum, v128.div<real>(v128.mul<real>(square, value), v128.max<real>(root, tiny)));
    }
    squares += sumLanes(sum);
    slopes += sumLanes(slopeSum);
  }
  for (; n < frames; n++) {
    const x = load<real>(a + n * sizeof<real>());
    const y = load<real>(c + n * sizeof<real>());
    const root = sqrt<real>(y * y + 8 * nu * x);
    const q = abs<real>(y) + root;
    const value: real = y >= 0 ? (x + x) / max<real>(q, TINY) : q * (<real>1 / (4 * nu));
    store<real>(out + n * sizeof<real>(), value);
    squares += <f64>(value * value);
    slopes += <f64>((value * value * value) / max<real>(root, TINY));
  }
  store<f64>(slope, slopes);
  return squares;
}

/**
 * The multiplicative rule: out = h (g + pull p'S) / (base + sparsity + push p'S), g and base [frames]; 0 / 0 is 0.
 * Returns the sum of squares of `out`.
 */
export function contrastStep(
  h: usize,
  g: usize,
  guide: usize,
  projection: usize,
  rows: usize,
  frames: usize,
  base: usize,
  sparsity: real,
  pull: real,
  push: real,
  out: usize,
): f64 {
  const stride = frames * sizeof<real>();
  const weights = v128.splat<real>(sparsity);
  const pulls = v128.splat<real>(pull);
  const pushes = v128.splat<real>(push);
  const tiny = v128.splat<real>(TINY);
  let squares: f64 = 0;
  let n: usize = 0;
  while (n + lanes <= frames) {
    const end = min(n + BLOCK, frames & ~(lanes - 1));
    let sum = v128.splat<real>(0);
    for (; n < end; n += lanes) {
      const at = n * sizeof<real>();
      const p = combineVector(guide + at, stride, projection, rows);
      const up = v128.add<real>(v128.load(g + at), v128.mul<real>(pulls, p));
      const own = v128.add<real>(v128.load(base + at), weights);
      const down = v128.max<real>(v128.add<real>(own, v128.mul<real>(pushes, p)), tiny);
      const value = v128.mul<real>(v128.load(h + at), v128.div<real>(up, down));
      v128.store(out + at, value);
      sum = v128.add<real>(sum, v128.mul<real>(value, value));
    }
    squares += sumLanes(sum);
  }
  for (; n < frames; n++) {
    const at = n * sizeof<real>();
    const p = combineOne(guide + at, stride, projection, rows);
    const value =
      load<real>(h + at) *
      ((load<real>(g + at) + pull * p) / max<real>(load<real>(base + at) + sparsity + push * p, TINY));
    store<real>(out + at, value);
    squares += <f64>(value * value);
  }
  return squares;
}
