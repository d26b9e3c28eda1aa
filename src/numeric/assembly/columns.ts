import { pow } from "./elementary.ts";
import type { real } from "./real.ts";
import { madd } from "./simd.ts";
import { betaTerms } from "./terms.ts";

// Algorithm MM1 of Fagot, Wendt, Févotte & Smaragdis 2019: the columns of H one after the other, the columns of V that a
// column of H alters refreshed after each. Frame by frame, so products of a matrix and a vector.

/** Numbers in one vector. */
const lanes: usize = 16 / sizeof<real>();
/** Components whose sums are formed at once. */
const group: usize = 4;
/** Numerators and denominators of a group. */
const sums = memory.data(64, 16);

/** The sum of the numbers in a vector. */
function sumOf(x: v128): real {
  if (sizeof<real>() === 8) return <real>(f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1));
  return <real>(
    (f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3)))
  );
}

/** V = W^H^ + floor from nothing, and its terms. Arguments as for `columnsInOrder`. */
export function columnsModel(
  x: usize,
  v: usize,
  top: usize,
  bottom: usize,
  w: usize,
  h: usize,
  gains: usize,
  frames: usize,
  stride: usize,
  components: usize,
  templateFrames: usize,
  beta: f64,
  floor: real,
): void {
  const rowBytes = stride * sizeof<real>();
  for (let n: usize = 0; n < frames; n++) {
    const row = v + n * rowBytes;
    for (let m: usize = 0; m < stride; m += lanes) v128.store(row + m * sizeof<real>(), v128.splat<real>(floor));
    for (let t: usize = 0; t < min(templateFrames, n + 1); t++) {
      for (let k: usize = 0; k < components; k++) {
        store<real>(gains + k * sizeof<real>(), load<real>(h + (k * frames + n - t) * sizeof<real>()));
      }
      addSpectra(row, w + t * group * rowBytes, gains, group * templateFrames * rowBytes, components, stride, floor);
    }
    betaTerms(x + n * rowBytes, row, top + n * rowBytes, bottom + n * rowBytes, stride, beta, 0, false);
  }
}

/**
 * One pass of MM1 over the activations.
 *
 * @param x X, [frames, stride], like the next three with rows filled up to a multiple of a vector: X with `floor`
 * @param v V, kept up to date
 * @param top X o V^(beta-2), kept up to date
 * @param bottom V^(beta-1), kept up to date; ones at beta = 1
 * @param w the patches in groups of four components, interleaved by vectors: [components / 4, templateFrames, stride / vector,
 *   4, vector]; what is not there is zeros
 * @param h H, [components, frames], changed
 * @param gains room for `components` numbers rounded up to a multiple of four, zeros
 */
export function columnsInOrder(
  x: usize,
  v: usize,
  top: usize,
  bottom: usize,
  w: usize,
  h: usize,
  gains: usize,
  frames: usize,
  stride: usize,
  components: usize,
  templateFrames: usize,
  beta: f64,
  exponent: real,
  floor: real,
): void {
  const rowBytes = stride * sizeof<real>();
  const patchBytes = templateFrames * rowBytes;
  for (let n: usize = 0; n < frames; n++) {
    const reach = min(templateFrames, frames - n);
    const above = top + n * rowBytes;
    const below = bottom + n * rowBytes;
    // the rows that a column of H reaches lie one after the other, in the patches and in the terms alike
    const count = reach * rowBytes;
    for (let k: usize = 0; k < components; k += group) {
      const patches = w + k * patchBytes;
      weighPatches(patches, above, count, sums);
      weighPatches(patches, below, count, sums + group * sizeof<real>());
      for (let j: usize = 0; j < min(group, components - k); j++) {
        const at = h + ((k + j) * frames + n) * sizeof<real>();
        const old = load<real>(at);
        const up = load<real>(sums + j * sizeof<real>());
        const value = stepped(old, up, load<real>(sums + (group + j) * sizeof<real>()), exponent);
        store<real>(at, value);
        store<real>(gains + (k + j) * sizeof<real>(), value - old);
      }
    }
    for (let t: usize = 0; t < reach; t++) {
      const row = v + (n + t) * rowBytes;
      addSpectra(row, w + t * group * rowBytes, gains, group * templateFrames * rowBytes, components, stride, floor);
      betaTerms(
        x + (n + t) * rowBytes,
        row,
        top + (n + t) * rowBytes,
        bottom + (n + t) * rowBytes,
        stride,
        beta,
        0,
        false,
      );
    }
  }
}

/** The sums of four patches, interleaved by vectors, times a piece of the terms, to `out`. */
function weighPatches(patches: usize, terms: usize, bytes: usize, out: usize): void {
  let a = v128.splat<real>(0);
  let b = a;
  let c = a;
  let d = a;
  for (const end = terms + bytes; terms < end; terms += 16, patches += 64) {
    const x = v128.load(terms);
    a = madd(v128.load(patches), x, a);
    b = madd(v128.load(patches, 16), x, b);
    c = madd(v128.load(patches, 32), x, c);
    d = madd(v128.load(patches, 48), x, d);
  }
  store<real>(out, sumOf(a));
  store<real>(out, sumOf(b), sizeof<real>());
  store<real>(out, sumOf(c), 2 * sizeof<real>());
  store<real>(out, sumOf(d), 3 * sizeof<real>());
}

/** old (up / down)^exponent, 0 where that is below 1e-30 or `down` is. */
function stepped(old: real, up: real, down: real, exponent: real): real {
  if (!(old > 0 && down > 1e-30)) return 0;
  let ratio: real = up / down;
  if (exponent === 0.5) ratio = sqrt<real>(ratio);
  else if (exponent !== 1) ratio = v128.extract_lane<real>(pow(v128.splat<real>(ratio), v128.splat<real>(exponent)), 0);
  const value: real = old * ratio;
  return value < 1e-30 ? 0 : value;
}

/** v <- max(v + sum over k of gains[k] w_k, floor), [stride]; groups of four spectra lie `groupBytes` apart. */
function addSpectra(
  v: usize,
  w: usize,
  gains: usize,
  groupBytes: usize,
  components: usize,
  stride: usize,
  floor: real,
): void {
  const floors = v128.splat<real>(floor);
  const end = v + stride * sizeof<real>();
  for (let k: usize = 0; k < components; k += group, w += groupBytes) {
    const at = gains + k * sizeof<real>();
    const a = v128.load_splat<real>(at);
    const b = v128.load_splat<real>(at, sizeof<real>());
    const c = v128.load_splat<real>(at, 2 * sizeof<real>());
    const d = v128.load_splat<real>(at, 3 * sizeof<real>());
    let from = w;
    for (let to = v; to < end; to += 16, from += 64) {
      let sum = madd(a, v128.load(from), v128.load(to));
      sum = madd(b, v128.load(from, 16), sum);
      sum = madd(c, v128.load(from, 32), sum);
      sum = madd(d, v128.load(from, 48), sum);
      v128.store(to, sum);
    }
  }
  for (let to = v; to < end; to += 16) v128.store(to, v128.max<real>(v128.load(to), floors));
}
