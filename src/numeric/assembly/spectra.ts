// Spectra of short blocks of real series and sums of products made of them, for correlations at few lags. Series come in groups
// of four, interleaved: sample n of a group is 32 bytes. An even sample and the odd one after it are real and imaginary part of
// a point, so that a block of 128 samples is 64 complex points of four lanes, transformed in three passes of radix 4.

/** Bytes of a point: four real parts, four imaginary parts. */
const pointBytes: usize = 64;
const points: usize = 64;

/** One butterfly of radix 4 on two lanes; the points are `step` bytes apart, w1 .. w3 turn the last three. */
function butterfly(from: usize, fromStep: usize, to: usize, toStep: usize, w1: usize, w2: usize, w3: usize): void {
  const r0 = v128.load(from);
  const i0 = v128.load(from, 32);
  let at = from + fromStep;
  let r = v128.load(at);
  let i = v128.load(at, 32);
  let c = v128.load64_splat(w1);
  let s = v128.load64_splat(w1, 8);
  const r1 = f64x2.sub(f64x2.mul(r, c), f64x2.mul(i, s));
  const i1 = f64x2.add(f64x2.mul(r, s), f64x2.mul(i, c));
  at += fromStep;
  r = v128.load(at);
  i = v128.load(at, 32);
  c = v128.load64_splat(w2);
  s = v128.load64_splat(w2, 8);
  const r2 = f64x2.sub(f64x2.mul(r, c), f64x2.mul(i, s));
  const i2 = f64x2.add(f64x2.mul(r, s), f64x2.mul(i, c));
  at += fromStep;
  r = v128.load(at);
  i = v128.load(at, 32);
  c = v128.load64_splat(w3);
  s = v128.load64_splat(w3, 8);
  const r3 = f64x2.sub(f64x2.mul(r, c), f64x2.mul(i, s));
  const i3 = f64x2.add(f64x2.mul(r, s), f64x2.mul(i, c));
  store4(to, toStep, r0, i0, r1, i1, r2, i2, r3, i3);
}

/** Sums and differences of four points, the second difference a quarter turn on. */
function store4(
  to: usize,
  step: usize,
  r0: v128,
  i0: v128,
  r1: v128,
  i1: v128,
  r2: v128,
  i2: v128,
  r3: v128,
  i3: v128,
): void {
  const evenR = f64x2.add(r0, r2);
  const evenI = f64x2.add(i0, i2);
  const oddR = f64x2.add(r1, r3);
  const oddI = f64x2.add(i1, i3);
  const lessR = f64x2.sub(r0, r2);
  const lessI = f64x2.sub(i0, i2);
  const turnedR = f64x2.sub(i1, i3);
  const turnedI = f64x2.sub(r3, r1);
  v128.store(to, f64x2.add(evenR, oddR));
  v128.store(to, f64x2.add(evenI, oddI), 32);
  to += step;
  v128.store(to, f64x2.add(lessR, turnedR));
  v128.store(to, f64x2.add(lessI, turnedI), 32);
  to += step;
  v128.store(to, f64x2.sub(evenR, oddR));
  v128.store(to, f64x2.sub(evenI, oddI), 32);
  to += step;
  v128.store(to, f64x2.sub(lessR, turnedR));
  v128.store(to, f64x2.sub(lessI, turnedI), 32);
}

/**
 * Twice the spectrum of a block of 128 samples of a group of four series, 65 bins.
 *
 * @param x the block, 32 bytes a sample
 * @param used samples that are taken; the rest of the block counts as 0
 * @param work room for 256 bytes a point twice
 * @param twiddles cosine and minus sine of 2 pi k / 64, k to 63, then of 2 pi k / 128, k to 63
 * @param out real and imaginary parts of a bin, 32 bytes each
 * @param turned where not 0: the imaginary and minus the real parts of it
 * @param binBytes from one bin to the next
 */
export function blockSpectra(
  x: usize,
  used: usize,
  work: usize,
  twiddles: usize,
  out: usize,
  turned: usize,
  binBytes: usize,
): void {
  if (used < 2 * points) {
    memory.copy(work, x, used << 5);
    memory.fill(work + (used << 5), 0, (2 * points - used) << 5);
    x = work;
  }
  const z = work + points * pointBytes;
  for (let g: usize = 0; g < 16; g++) {
    const first = x + ((g >> 2) + ((g & 3) << 2)) * pointBytes;
    const to = z + (g << 2) * pointBytes;
    for (let half: usize = 0; half < 32; half += 16) {
      const a = first + half;
      const b = a + 16 * pointBytes;
      const c = b + 16 * pointBytes;
      const d = c + 16 * pointBytes;
      store4(
        to + half,
        pointBytes,
        v128.load(a),
        v128.load(a, 32),
        v128.load(b),
        v128.load(b, 32),
        v128.load(c),
        v128.load(c, 32),
        v128.load(d),
        v128.load(d, 32),
      );
    }
  }
  for (let quarter: usize = 4; quarter < points; quarter <<= 2) {
    const step = quarter * pointBytes;
    const turn = (points / (4 * quarter)) << 4;
    for (let j: usize = 0; j < quarter; j++) {
      const w = twiddles + j * turn;
      for (let at = z + j * pointBytes; at < z + points * pointBytes; at += 4 * step) {
        butterfly(at, step, at, step, w, twiddles + 2 * j * turn, twiddles + 3 * j * turn);
        butterfly(at + 16, step, at + 16, step, w, twiddles + 2 * j * turn, twiddles + 3 * j * turn);
      }
    }
  }
  const two = f64x2.splat(2);
  const zero = f64x2.splat(0);
  for (let half: usize = 0; half < 32; half += 16) {
    const r0 = v128.load(z + half);
    const i0 = v128.load(z + half, 32);
    storeBin(out + half, turned, half, 0, f64x2.mul(two, f64x2.add(r0, i0)), zero);
    storeBin(out + half, turned, half, points * binBytes, f64x2.mul(two, f64x2.sub(r0, i0)), zero);
  }
  for (let k: usize = 1; k < points; k++) {
    const w = twiddles + ((points + k) << 4);
    const c = v128.load64_splat(w);
    const s = v128.load64_splat(w, 8);
    for (let half: usize = 0; half < 32; half += 16) {
      const one = z + k * pointBytes + half;
      const other = z + (points - k) * pointBytes + half;
      const ar = v128.load(one);
      const ai = v128.load(one, 32);
      const br = v128.load(other);
      const bi = v128.load(other, 32);
      const sum = f64x2.add(ai, bi);
      const less = f64x2.sub(ar, br);
      const real = f64x2.add(f64x2.add(ar, br), f64x2.add(f64x2.mul(c, sum), f64x2.mul(s, less)));
      const imaginary = f64x2.add(f64x2.sub(ai, bi), f64x2.sub(f64x2.mul(s, sum), f64x2.mul(c, less)));
      storeBin(out + half, turned, half, k * binBytes, real, imaginary);
    }
  }
}

function storeBin(out: usize, turned: usize, half: usize, offset: usize, real: v128, imaginary: v128): void {
  v128.store(out + offset, real);
  v128.store(out + offset, imaginary, 32);
  if (turned === 0) return;
  v128.store(turned + half + offset, imaginary);
  v128.store(turned + half + offset, f64x2.neg(real), 32);
}

/**
 * c[lag, column] = sum over bins of a[bin, lag] b[bin, column] + a'[bin, lag] b'[bin, column], four lags at a time: spectra of
 * products back to lags.
 *
 * @param a [lagGroups, bins, 2, 4], what real and imaginary parts are multiplied with
 * @param b real parts of the first bin; `bytes` from one bin to the next, its imaginary parts `apart` bytes on
 * @param columns a multiple of 4
 * @param c [4 lagGroups, ..], rows `stride` bytes apart
 */
export function binsToLags(
  a: usize,
  lagGroups: usize,
  bins: usize,
  b: usize,
  bytes: usize,
  apart: usize,
  columns: usize,
  c: usize,
  stride: usize,
): void {
  for (let group: usize = 0; group < lagGroups; group++) {
    const first = a + group * (bins << 6);
    const end = first + (bins << 6);
    for (let column: usize = 0; column < columns; column += 4) {
      let c00 = f64x2.splat(0);
      let c01 = c00;
      let c10 = c00;
      let c11 = c00;
      let c20 = c00;
      let c21 = c00;
      let c30 = c00;
      let c31 = c00;
      let y = b + (column << 3);
      for (let x = first; x < end; x += 32) {
        const b0 = v128.load(y);
        const b1 = v128.load(y, 16);
        const a0 = v128.load64_splat(x);
        const a1 = v128.load64_splat(x, 8);
        const a2 = v128.load64_splat(x, 16);
        const a3 = v128.load64_splat(x, 24);
        c00 = f64x2.add(c00, f64x2.mul(a0, b0));
        c01 = f64x2.add(c01, f64x2.mul(a0, b1));
        c10 = f64x2.add(c10, f64x2.mul(a1, b0));
        c11 = f64x2.add(c11, f64x2.mul(a1, b1));
        c20 = f64x2.add(c20, f64x2.mul(a2, b0));
        c21 = f64x2.add(c21, f64x2.mul(a2, b1));
        c30 = f64x2.add(c30, f64x2.mul(a3, b0));
        c31 = f64x2.add(c31, f64x2.mul(a3, b1));
        // Real and imaginary parts in turn.
        y += ((x - first) & 32) === 0 ? apart : bytes - apart;
      }
      const to = c + 4 * group * stride + (column << 3);
      v128.store(to, c00);
      v128.store(to, c01, 16);
      v128.store(to + stride, c10);
      v128.store(to + stride, c11, 16);
      v128.store(to + 2 * stride, c20);
      v128.store(to + 2 * stride, c21, 16);
      v128.store(to + 3 * stride, c30);
      v128.store(to + 3 * stride, c31, 16);
    }
  }
}
