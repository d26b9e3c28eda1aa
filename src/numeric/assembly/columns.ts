import { pow } from "./elementary.ts";
import type { real } from "./real.ts";
import { madd } from "./simd.ts";
import { betaTerms } from "./terms.ts";

// Algorithm MM1 of Fagot, Wendt, Févotte & Smaragdis 2019: the columns of H one after the other, the columns of V that a
// column of H alters refreshed after each. Frame by frame, so products of a matrix and a vector.

/** Numbers in one vector. */
const lanes: usize = 16 / sizeof<real>();

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
      addSpectra(row, w + t * rowBytes, gains, templateFrames * rowBytes, components, stride, floor);
    }
    betaTerms(x + n * rowBytes, row, top + n * rowBytes, bottom + n * rowBytes, stride, beta, 0, false);
  }
}

/**
 * One pass of MM1 over the activations.
 *
 * @param x X, [frames, stride], like the next three with rows filled up to a multiple of a vector: X with `floor`, W with zeros
 * @param v V, kept up to date
 * @param top X o V^(beta-2), kept up to date
 * @param bottom V^(beta-1), kept up to date; ones at beta = 1
 * @param w the patches, [components * templateFrames, stride], row k T + t
 * @param h H, [components, frames], changed
 * @param gains room for `components` numbers
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
  for (let n: usize = 0; n < frames; n++) {
    const reach = min(templateFrames, frames - n);
    const above = top + n * rowBytes;
    const below = bottom + n * rowBytes;
    for (let k: usize = 0; k < components; k++) {
      const patch = w + k * templateFrames * rowBytes;
      const at = h + (k * frames + n) * sizeof<real>();
      const old = load<real>(at);
      let value: real = 0;
      if (old > 0) {
        // the rows that a column of H reaches lie one after the other, in the patch and in the terms alike
        let numerator = v128.splat<real>(0);
        let denominator = numerator;
        const count = reach * rowBytes;
        for (let m: usize = 0; m < count; m += 16) {
          const a = v128.load(patch + m);
          numerator = madd(a, v128.load(above + m), numerator);
          denominator = madd(a, v128.load(below + m), denominator);
        }
        const down = sumOf(denominator);
        if (down > 1e-30) {
          let ratio: real = sumOf(numerator) / down;
          if (exponent === 0.5) ratio = sqrt<real>(ratio);
          else if (exponent !== 1)
            ratio = v128.extract_lane<real>(pow(v128.splat<real>(ratio), v128.splat<real>(exponent)), 0);
          value = old * ratio;
          if (value < 1e-30) value = 0;
        }
      }
      store<real>(at, value);
      store<real>(gains + k * sizeof<real>(), value - old);
    }
    for (let t: usize = 0; t < reach; t++) {
      const row = v + (n + t) * rowBytes;
      addSpectra(row, w + t * rowBytes, gains, templateFrames * rowBytes, components, stride, floor);
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

/** v <- max(v + sum over k of gains[k] w_k, floor), [stride]; the spectra lie `patchBytes` apart. */
function addSpectra(
  v: usize,
  w: usize,
  gains: usize,
  patchBytes: usize,
  components: usize,
  stride: usize,
  floor: real,
): void {
  const floors = v128.splat<real>(floor);
  for (let m: usize = 0; m < stride; m += lanes) {
    const at = m * sizeof<real>();
    let sum = v128.load(v + at);
    let spectrum = w + at;
    for (let k: usize = 0; k < components; k++, spectrum += patchBytes) {
      sum = madd(v128.load_splat<real>(gains + k * sizeof<real>()), v128.load(spectrum), sum);
    }
    v128.store(v + at, v128.max<real>(sum, floors));
  }
}
