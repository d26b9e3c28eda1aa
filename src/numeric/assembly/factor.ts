import type { real } from "./real.ts";
import { betaTerms, logTerms } from "./terms.ts";
import { modelStrip, productStrip } from "./tile.ts";

// Half of an update of X ~ Y'Z, where Y [components, length] runs along one side of X and Z [components, 2 vectors * panels]
// along the other: V = Y'Z + floor, then the sums Y (X o V^(beta-2)) and Y V^(beta-1). With Y the dictionary and Z the
// activations these are the terms of the activations, with the two exchanged (and X transposed) those of the dictionary.
//
// A strip of V of at most 64 steps by two vectors stays in the first cache, is turned into X o V^(beta-2) and V^(beta-1)
// there, and is consumed at once by the second product: neither is ever written to memory whole.

// The order of X follows from these two; separation/stripLayout.ts has them too.
const chunk: usize = 64;
const panelBlock: usize = 64;
/** Panels of which `jointTerms` keeps the strips until the other side consumes them. */
const group: usize = 8;
/** Numbers in one vector. */
const lanes: usize = 16 / sizeof<real>();
const stripBytes: usize = chunk << 5;

/**
 * The terms of one side.
 *
 * @param x X in the order it is used, so that it is read from front to back: blocks of 64 panels, in a block pieces of 64
 *   steps, in a piece its panels one after the other, each [steps, 2 vectors]; length, the sum of the steps, is a multiple of
 *   4; entries that are not there equal `floor`, so that they add nothing to the divergence
 * @param ySteps Y as [length / 4, components, 4] (packStrips)
 * @param yRows Y as [ceil(components / 4), length, 4] (packInterleaved)
 * @param z Z as [panels, components, 2 vectors] (packStrips)
 * @param strips room for two strips of 64 x 2 vectors
 * @param numerator [panels, components rounded up to 4, 2 vectors]
 * @param denominator the same; not written at beta = 1, where it is the sums of Y's rows
 * @param floor added to V, so that 0 / 0 cannot arise
 * @returns the sum of the terms of the divergence (`betaTerms`) if asked for, else 0
 */
export function factorTerms(
  x: usize,
  ySteps: usize,
  yRows: usize,
  z: usize,
  strips: usize,
  numerator: usize,
  denominator: usize,
  components: usize,
  length: usize,
  panels: usize,
  floor: real,
  beta: f64,
  withDivergence: bool,
): f64 {
  let sum: f64 = 0;
  const rows = (components + 3) & ~3;
  const groupBytes = 4 * sizeof<real>() * length;
  const second = strips + stripBytes;
  for (let first: usize = 0; first < panels; first += panelBlock) {
    const last = min(first + panelBlock, panels);
    for (let q: usize = 0; q < length; q += chunk) {
      const count = min(chunk, length - q);
      const y = ySteps + q * components * sizeof<real>();
      const a = yRows + q * 4 * sizeof<real>();
      for (let p = first; p < last; p++) {
        modelStrip(x, y, z + ((p * components) << 5), strips, components, count, floor, beta === 1);
        if (beta === 1) {
          if (withDivergence) sum += logTerms(x, strips, count * 2 * lanes);
        } else {
          sum += betaTerms(x, strips, strips, second, count * 2 * lanes, beta, 0, withDivergence);
          productStrip(a, second, groupBytes, denominator + ((p * rows) << 5), rows, count, q === 0);
        }
        productStrip(a, strips, groupBytes, numerator + ((p * rows) << 5), rows, count, q === 0);
        x += count << 5;
      }
    }
  }
  return sum;
}

/** The sum of the divergence's terms alone; arguments as for `factorTerms`. */
export function factorDivergence(
  x: usize,
  ySteps: usize,
  z: usize,
  strips: usize,
  components: usize,
  length: usize,
  panels: usize,
  floor: real,
  beta: f64,
): f64 {
  let sum: f64 = 0;
  for (let first: usize = 0; first < panels; first += panelBlock) {
    const last = min(first + panelBlock, panels);
    for (let q: usize = 0; q < length; q += chunk) {
      const count = min(chunk, length - q);
      const y = ySteps + q * components * sizeof<real>();
      for (let p = first; p < last; p++) {
        modelStrip(x, y, z + ((p * components) << 5), strips, components, count, floor, beta === 1);
        sum +=
          beta === 1
            ? logTerms(x, strips, count * 2 * lanes)
            : betaTerms(x, strips, strips, strips + stripBytes, count * 2 * lanes, beta, 0, true);
        x += count << 5;
      }
    }
  }
  return sum;
}

/** Y X for X in the order of `factorTerms`: the numerator at beta = 2, which needs no V. */
export function dataProduct(
  x: usize,
  yRows: usize,
  numerator: usize,
  components: usize,
  length: usize,
  panels: usize,
): void {
  const rows = (components + 3) & ~3;
  const groupBytes = 4 * sizeof<real>() * length;
  for (let first: usize = 0; first < panels; first += panelBlock) {
    const last = min(first + panelBlock, panels);
    for (let q: usize = 0; q < length; q += chunk) {
      const count = min(chunk, length - q);
      for (let p = first; p < last; p++) {
        const a = yRows + q * 4 * sizeof<real>();
        productStrip(a, x, groupBytes, numerator + ((p * rows) << 5), rows, count, q === 0);
        x += count << 5;
      }
    }
  }
}

/**
 * Both numerators at beta = 1 from one V: Y R as `factorTerms`, and Z R', for which the strips of eight panels are turned
 * round in the first cache.
 *
 * @param zRows Z as [ceil(components / 4), panels * 2 vectors, 4] (packInterleaved)
 * @param strips room for 16 strips
 * @param other Z R', [ceil(length / 2 vectors), components rounded up to 4, 2 vectors]
 */
export function jointTerms(
  x: usize,
  ySteps: usize,
  yRows: usize,
  z: usize,
  zRows: usize,
  strips: usize,
  numerator: usize,
  other: usize,
  components: usize,
  length: usize,
  panels: usize,
  floor: real,
  withDivergence: bool,
): f64 {
  let sum: f64 = 0;
  const rows = (components + 3) & ~3;
  const groupBytes = 4 * sizeof<real>() * length;
  const otherGroupBytes = panels * 2 * lanes * 4 * sizeof<real>();
  const turned = strips + group * stripBytes;
  for (let first: usize = 0; first < panels; first += panelBlock) {
    const last = min(first + panelBlock, panels);
    for (let q: usize = 0; q < length; q += chunk) {
      const count = min(chunk, length - q);
      const y = ySteps + q * components * sizeof<real>();
      const a = yRows + q * 4 * sizeof<real>();
      for (let start = first; start < last; start += group) {
        const end = min(start + group, last);
        for (let p = start; p < end; p++) {
          const strip = strips + (p - start) * stripBytes;
          modelStrip(x, y, z + ((p * components) << 5), strip, components, count, floor, true);
          if (withDivergence) sum += logTerms(x, strip, count * 2 * lanes);
          productStrip(a, strip, groupBytes, numerator + ((p * rows) << 5), rows, count, q === 0);
          x += count << 5;
        }
        const across = (end - start) * 2 * lanes;
        turn(strips, count, end - start, turned);
        const b = zRows + start * 2 * lanes * 4 * sizeof<real>();
        for (let step: usize = 0; step < count; step += 2 * lanes) {
          const out = other + ((((q + step) / (2 * lanes)) * rows) << 5);
          productStrip(
            b,
            turned + (((step * across) / (2 * lanes)) << 5),
            otherGroupBytes,
            out,
            rows,
            across,
            start === 0,
          );
        }
      }
    }
  }
  return sum;
}

/** Strips [panels][steps, 2 vectors along the panel] to [steps / 2 vectors][panels * 2 vectors, 2 vectors along the steps]. */
function turn(strips: usize, steps: usize, panels: usize, out: usize): void {
  const across = panels * 2 * lanes;
  for (let p: usize = 0; p < panels; p++) {
    for (let step: usize = 0; step < steps; step += lanes) {
      const to = out + ((((step / (2 * lanes)) * across + p * 2 * lanes) << 5) + ((step / lanes) & 1 ? 16 : 0));
      const from = strips + p * stripBytes + (step << 5);
      turnSquare(from, to);
      turnSquare(from + 16, to + (lanes << 5));
    }
  }
}

/** Turns round `lanes` vectors that lie 32 bytes apart. */
function turnSquare(from: usize, to: usize): void {
  const a = v128.load(from);
  const b = v128.load(from, 32);
  if (sizeof<real>() === 8) {
    v128.store(to, i64x2.shuffle(a, b, 0, 2));
    v128.store(to, i64x2.shuffle(a, b, 1, 3), 32);
    return;
  }
  const c = v128.load(from, 64);
  const d = v128.load(from, 96);
  const abLow = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const abHigh = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const cdLow = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const cdHigh = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(abLow, cdLow, 0, 2));
  v128.store(to, i64x2.shuffle(abLow, cdLow, 1, 3), 32);
  v128.store(to, i64x2.shuffle(abHigh, cdHigh, 0, 2), 64);
  v128.store(to, i64x2.shuffle(abHigh, cdHigh, 1, 3), 96);
}
