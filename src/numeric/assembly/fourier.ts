// One pass of radix 4 of Stockham's Fourier transform over interleaved complex f64 numbers, see ../radixPasses.ts:
// `blocks` groups of `stride` small transforms, three twiddles a group. A complex number is one vector, and
// (a + ib)(c + id) = (a, b) c + (b, a) (-d, d).
export function fourierPass4(from: usize, to: usize, blocks: usize, stride: usize, twiddles: usize): void {
  const next = stride << 4;
  const quarter = next * blocks;
  const sign = f64x2(-0.0, 0.0);
  const turn = f64x2(0.0, -0.0);
  for (let block: usize = 0; block < blocks; block++) {
    const w1 = v128.load(twiddles);
    const w2 = v128.load(twiddles, 16);
    const w3 = v128.load(twiddles, 32);
    const r1 = v128.shuffle<f64>(w1, w1, 0, 0);
    const i1 = v128.xor(v128.shuffle<f64>(w1, w1, 1, 1), sign);
    const r2 = v128.shuffle<f64>(w2, w2, 0, 0);
    const i2 = v128.xor(v128.shuffle<f64>(w2, w2, 1, 1), sign);
    const r3 = v128.shuffle<f64>(w3, w3, 0, 0);
    const i3 = v128.xor(v128.shuffle<f64>(w3, w3, 1, 1), sign);
    twiddles += 48;
    const end = from + next;
    let x1 = from + quarter;
    let x2 = x1 + quarter;
    let x3 = x2 + quarter;
    let y1 = to + next;
    let y2 = y1 + next;
    let y3 = y2 + next;
    while (from < end) {
      const a = v128.load(from);
      const b = v128.load(x1);
      const c = v128.load(x2);
      const d = v128.load(x3);
      const sum = f64x2.add(a, c);
      const difference = f64x2.sub(a, c);
      const other = f64x2.add(b, d);
      const cross = f64x2.sub(b, d);
      const turned = v128.xor(v128.shuffle<f64>(cross, cross, 1, 0), turn);
      v128.store(to, f64x2.add(sum, other));
      const p1 = f64x2.add(difference, turned);
      const p2 = f64x2.sub(sum, other);
      const p3 = f64x2.sub(difference, turned);
      v128.store(y1, f64x2.add(f64x2.mul(p1, r1), f64x2.mul(v128.shuffle<f64>(p1, p1, 1, 0), i1)));
      v128.store(y2, f64x2.add(f64x2.mul(p2, r2), f64x2.mul(v128.shuffle<f64>(p2, p2, 1, 0), i2)));
      v128.store(y3, f64x2.add(f64x2.mul(p3, r3), f64x2.mul(v128.shuffle<f64>(p3, p3, 1, 0), i3)));
      from += 16;
      x1 += 16;
      x2 += 16;
      x3 += 16;
      to += 16;
      y1 += 16;
      y2 += 16;
      y3 += 16;
    }
    to += next * 3;
  }
}
