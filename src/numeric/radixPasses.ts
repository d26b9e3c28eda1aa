/** One pass over all values: `blocks` groups of `stride` transforms of length `radix`, then turned by `twiddles`. */
export interface Pass {
  /** Length of the small transforms: 2 or any odd number here, 4 in the kernel. */
  readonly radix: number;
  /** Groups of small transforms; all transforms of a group share their twiddles. */
  readonly blocks: number;
  /** Small transforms in a group. */
  readonly stride: number;
  /** [blocks, radix - 1] complex numbers: exp(-2 pi i block k / (radix blocks)), k = 1 .. radix - 1. */
  readonly twiddles: Float64Array;
  /** [radix] cosines, then [radix] sines, of 2 pi k / radix. */
  readonly circle: Float64Array;
}

/**
 * Runs one pass of Stockham's algorithm. Small transform q of group p takes the values q + stride (p + blocks k),
 * k = 0 .. radix - 1, and writes output k, turned by its twiddle, to q + stride (radix p + k).
 *
 * Radix 4 is `fourierPass4` of the kernels.
 *
 * @param x from, interleaved [re, im, ...]
 * @param y to, another array of the same length
 */
export function runPass(x: Float64Array, y: Float64Array, pass: Pass): void {
  if (pass.radix === 2) pass2(x, y, pass);
  else if (pass.radix === 3) pass3(x, y, pass);
  else if (pass.radix === 5) pass5(x, y, pass);
  else passOdd(x, y, pass);
}

function pass2(x: Float64Array, y: Float64Array, { blocks, stride, twiddles }: Pass): void {
  const next = 2 * stride;
  const b = next * blocks;
  for (let block = 0; block < blocks; block++) {
    const wr = twiddles[2 * block]!;
    const wi = twiddles[2 * block + 1]!;
    const end = next * (block + 1);
    for (let i = next * block, j = 2 * next * block; i < end; i += 2, j += 2) {
      const ar = x[i]!;
      const ai = x[i + 1]!;
      const br = x[i + b]!;
      const bi = x[i + b + 1]!;
      const dr = ar - br;
      const di = ai - bi;
      y[j] = ar + br;
      y[j + 1] = ai + bi;
      y[j + next] = dr * wr - di * wi;
      y[j + next + 1] = dr * wi + di * wr;
    }
  }
}

const sine3 = Math.sqrt(3) / 2;

function pass3(x: Float64Array, y: Float64Array, { blocks, stride, twiddles }: Pass): void {
  const next = 2 * stride;
  const b = next * blocks;
  const c = 2 * b;
  for (let block = 0; block < blocks; block++) {
    const w = 4 * block;
    const w1r = twiddles[w]!;
    const w1i = twiddles[w + 1]!;
    const w2r = twiddles[w + 2]!;
    const w2i = twiddles[w + 3]!;
    const end = next * (block + 1);
    for (let i = next * block, j = 3 * next * block; i < end; i += 2, j += 2) {
      const ar = x[i]!;
      const ai = x[i + 1]!;
      const br = x[i + b]!;
      const bi = x[i + b + 1]!;
      const cr = x[i + c]!;
      const ci = x[i + c + 1]!;
      const sumR = br + cr;
      const sumI = bi + ci;
      const turnedR = sine3 * (bi - ci);
      const turnedI = sine3 * (cr - br);
      const middleR = ar - 0.5 * sumR;
      const middleI = ai - 0.5 * sumI;
      y[j] = ar + sumR;
      y[j + 1] = ai + sumI;
      const r1 = middleR + turnedR;
      const i1 = middleI + turnedI;
      y[j + next] = r1 * w1r - i1 * w1i;
      y[j + next + 1] = r1 * w1i + i1 * w1r;
      const r2 = middleR - turnedR;
      const i2 = middleI - turnedI;
      y[j + 2 * next] = r2 * w2r - i2 * w2i;
      y[j + 2 * next + 1] = r2 * w2i + i2 * w2r;
    }
  }
}

const cosine5 = Math.cos((2 * Math.PI) / 5);
const cosine5Twice = Math.cos((4 * Math.PI) / 5);
const sine5 = Math.sin((2 * Math.PI) / 5);
const sine5Twice = Math.sin((4 * Math.PI) / 5);

function pass5(x: Float64Array, y: Float64Array, { blocks, stride, twiddles }: Pass): void {
  const next = 2 * stride;
  const b = next * blocks;
  for (let block = 0; block < blocks; block++) {
    const w = 8 * block;
    const w1r = twiddles[w]!;
    const w1i = twiddles[w + 1]!;
    const w2r = twiddles[w + 2]!;
    const w2i = twiddles[w + 3]!;
    const w3r = twiddles[w + 4]!;
    const w3i = twiddles[w + 5]!;
    const w4r = twiddles[w + 6]!;
    const w4i = twiddles[w + 7]!;
    const end = next * (block + 1);
    for (let i = next * block, j = 5 * next * block; i < end; i += 2, j += 2) {
      const ar = x[i]!;
      const ai = x[i + 1]!;
      const br = x[i + b]!;
      const bi = x[i + b + 1]!;
      const cr = x[i + 2 * b]!;
      const ci = x[i + 2 * b + 1]!;
      const dr = x[i + 3 * b]!;
      const di = x[i + 3 * b + 1]!;
      const er = x[i + 4 * b]!;
      const ei = x[i + 4 * b + 1]!;
      const outerR = br + er;
      const outerI = bi + ei;
      const outerTurnedR = bi - ei;
      const outerTurnedI = er - br;
      const innerR = cr + dr;
      const innerI = ci + di;
      const innerTurnedR = ci - di;
      const innerTurnedI = dr - cr;
      y[j] = ar + outerR + innerR;
      y[j + 1] = ai + outerI + innerI;
      const evenR = ar + cosine5 * outerR + cosine5Twice * innerR;
      const evenI = ai + cosine5 * outerI + cosine5Twice * innerI;
      const oddR = sine5 * outerTurnedR + sine5Twice * innerTurnedR;
      const oddI = sine5 * outerTurnedI + sine5Twice * innerTurnedI;
      const even2R = ar + cosine5Twice * outerR + cosine5 * innerR;
      const even2I = ai + cosine5Twice * outerI + cosine5 * innerI;
      const odd2R = sine5Twice * outerTurnedR - sine5 * innerTurnedR;
      const odd2I = sine5Twice * outerTurnedI - sine5 * innerTurnedI;
      y[j + next] = (evenR + oddR) * w1r - (evenI + oddI) * w1i;
      y[j + next + 1] = (evenR + oddR) * w1i + (evenI + oddI) * w1r;
      y[j + 2 * next] = (even2R + odd2R) * w2r - (even2I + odd2I) * w2i;
      y[j + 2 * next + 1] = (even2R + odd2R) * w2i + (even2I + odd2I) * w2r;
      y[j + 3 * next] = (even2R - odd2R) * w3r - (even2I - odd2I) * w3i;
      y[j + 3 * next + 1] = (even2R - odd2R) * w3i + (even2I - odd2I) * w3r;
      y[j + 4 * next] = (evenR - oddR) * w4r - (evenI - oddI) * w4i;
      y[j + 4 * next + 1] = (evenR - oddR) * w4i + (evenI - oddI) * w4r;
    }
  }
}

/** Any odd radix from the definition, outputs k and radix - k together. */
function passOdd(x: Float64Array, y: Float64Array, { radix, blocks, stride, twiddles, circle }: Pass): void {
  const next = 2 * stride;
  const b = next * blocks;
  const half = (radix - 1) / 2;
  for (let block = 0; block < blocks; block++) {
    const w = 2 * block * (radix - 1);
    const end = next * (block + 1);
    for (let i = next * block, j = radix * next * block; i < end; i += 2, j += 2) {
      let totalR = x[i]!;
      let totalI = x[i + 1]!;
      for (let k = 1; k <= half; k++) {
        let evenR = x[i]!;
        let evenI = x[i + 1]!;
        let oddR = 0;
        let oddI = 0;
        for (let n = 1, turn = k; n <= half; n++, turn = (turn + k) % radix) {
          const at = i + n * b;
          const mirror = i + (radix - n) * b;
          evenR += circle[turn]! * (x[at]! + x[mirror]!);
          evenI += circle[turn]! * (x[at + 1]! + x[mirror + 1]!);
          oddR += circle[radix + turn]! * (x[at + 1]! - x[mirror + 1]!);
          oddI += circle[radix + turn]! * (x[mirror]! - x[at]!);
        }
        const w1 = w + 2 * (k - 1);
        const w2 = w + 2 * (radix - k - 1);
        const r1 = evenR + oddR;
        const i1 = evenI + oddI;
        const r2 = evenR - oddR;
        const i2 = evenI - oddI;
        y[j + k * next] = r1 * twiddles[w1]! - i1 * twiddles[w1 + 1]!;
        y[j + k * next + 1] = r1 * twiddles[w1 + 1]! + i1 * twiddles[w1]!;
        y[j + (radix - k) * next] = r2 * twiddles[w2]! - i2 * twiddles[w2 + 1]!;
        y[j + (radix - k) * next + 1] = r2 * twiddles[w2 + 1]! + i2 * twiddles[w2]!;
        totalR += x[i + k * b]! + x[i + (radix - k) * b]!;
        totalI += x[i + k * b + 1]! + x[i + (radix - k) * b + 1]!;
      }
      y[j] = totalR;
      y[j + 1] = totalI;
    }
  }
}
