// Kernels of digital filters in double precision. They add and multiply in the order of the plain loops in ../../signal, so
// the results are the same bytes.

/**
 * Second-order sections in the transposed direct form II on eight channels, in place, see ../../signal/sosFilter.ts. Each
 * channel's recursion waits for itself; eight side by side fill the time.
 *
 * @param data the first channel's samples; each channel has `channelBytes` of its own
 * @param samples an even number
 * @param backward whether the last sample comes first
 * @param sections b0 b1 b2 a0 a1 a2, [sectionCount, 6]
 * @param state [sectionCount, 2, 8]
 */
export function filterSections8(
  data: usize,
  channelBytes: usize,
  samples: usize,
  backward: bool,
  sections: usize,
  sectionCount: usize,
  state: usize,
): void {
  for (let s: usize = 0; s < sectionCount; s++) {
    if (backward) oneSection(data + ((samples - 2) << 3), channelBytes, samples, -16, sections, state, true);
    else oneSection(data, channelBytes, samples, 16, sections, state, false);
    sections += 48;
    state += 128;
  }
}

function oneSection(
  at: usize,
  channelBytes: usize,
  samples: usize,
  step: isize,
  sections: usize,
  state: usize,
  backward: bool,
): void {
  const b0 = v128.load64_splat(sections);
  const b1 = v128.load64_splat(sections, 8);
  const b2 = v128.load64_splat(sections, 16);
  const a1 = v128.load64_splat(sections, 32);
  const a2 = v128.load64_splat(sections, 40);
  let u0 = v128.load(state);
  let u1 = v128.load(state, 16);
  let u2 = v128.load(state, 32);
  let u3 = v128.load(state, 48);
  let w0 = v128.load(state, 64);
  let w1 = v128.load(state, 80);
  let w2 = v128.load(state, 96);
  let w3 = v128.load(state, 112);
  const two = channelBytes << 1;
  for (let i: usize = 0; i < samples; i += 2, at += step) {
    let to = at;
    let p = v128.load(to);
    let q = v128.load(to + channelBytes);
    let x = backward ? v128.shuffle<f64>(p, q, 1, 3) : v128.shuffle<f64>(p, q, 0, 2);
    let z = backward ? v128.shuffle<f64>(p, q, 0, 2) : v128.shuffle<f64>(p, q, 1, 3);
    let y = f64x2.add(f64x2.mul(b0, x), u0);
    u0 = f64x2.add(f64x2.sub(f64x2.mul(b1, x), f64x2.mul(a1, y)), w0);
    w0 = f64x2.sub(f64x2.mul(b2, x), f64x2.mul(a2, y));
    x = f64x2.add(f64x2.mul(b0, z), u0);
    u0 = f64x2.add(f64x2.sub(f64x2.mul(b1, z), f64x2.mul(a1, x)), w0);
    w0 = f64x2.sub(f64x2.mul(b2, z), f64x2.mul(a2, x));
    v128.store(to, backward ? v128.shuffle<f64>(x, y, 0, 2) : v128.shuffle<f64>(y, x, 0, 2));
    v128.store(to + channelBytes, backward ? v128.shuffle<f64>(x, y, 1, 3) : v128.shuffle<f64>(y, x, 1, 3));
    to += two;
    p = v128.load(to);
    q = v128.load(to + channelBytes);
    x = backward ? v128.shuffle<f64>(p, q, 1, 3) : v128.shuffle<f64>(p, q, 0, 2);
    z = backward ? v128.shuffle<f64>(p, q, 0, 2) : v128.shuffle<f64>(p, q, 1, 3);
    y = f64x2.add(f64x2.mul(b0, x), u1);
    u1 = f64x2.add(f64x2.sub(f64x2.mul(b1, x), f64x2.mul(a1, y)), w1);
    w1 = f64x2.sub(f64x2.mul(b2, x), f64x2.mul(a2, y));
    x = f64x2.add(f64x2.mul(b0, z), u1);
    u1 = f64x2.add(f64x2.sub(f64x2.mul(b1, z), f64x2.mul(a1, x)), w1);
    w1 = f64x2.sub(f64x2.mul(b2, z), f64x2.mul(a2, x));
    v128.store(to, backward ? v128.shuffle<f64>(x, y, 0, 2) : v128.shuffle<f64>(y, x, 0, 2));
    v128.store(to + channelBytes, backward ? v128.shuffle<f64>(x, y, 1, 3) : v128.shuffle<f64>(y, x, 1, 3));
    to += two;
    p = v128.load(to);
    q = v128.load(to + channelBytes);
    x = backward ? v128.shuffle<f64>(p, q, 1, 3) : v128.shuffle<f64>(p, q, 0, 2);
    z = backward ? v128.shuffle<f64>(p, q, 0, 2) : v128.shuffle<f64>(p, q, 1, 3);
    y = f64x2.add(f64x2.mul(b0, x), u2);
    u2 = f64x2.add(f64x2.sub(f64x2.mul(b1, x), f64x2.mul(a1, y)), w2);
    w2 = f64x2.sub(f64x2.mul(b2, x), f64x2.mul(a2, y));
    x = f64x2.add(f64x2.mul(b0, z), u2);
    u2 = f64x2.add(f64x2.sub(f64x2.mul(b1, z), f64x2.mul(a1, x)), w2);
    w2 = f64x2.sub(f64x2.mul(b2, z), f64x2.mul(a2, x));
    v128.store(to, backward ? v128.shuffle<f64>(x, y, 0, 2) : v128.shuffle<f64>(y, x, 0, 2));
    v128.store(to + channelBytes, backward ? v128.shuffle<f64>(x, y, 1, 3) : v128.shuffle<f64>(y, x, 1, 3));
    to += two;
    p = v128.load(to);
    q = v128.load(to + channelBytes);
    x = backward ? v128.shuffle<f64>(p, q, 1, 3) : v128.shuffle<f64>(p, q, 0, 2);
    z = backward ? v128.shuffle<f64>(p, q, 0, 2) : v128.shuffle<f64>(p, q, 1, 3);
    y = f64x2.add(f64x2.mul(b0, x), u3);
    u3 = f64x2.add(f64x2.sub(f64x2.mul(b1, x), f64x2.mul(a1, y)), w3);
    w3 = f64x2.sub(f64x2.mul(b2, x), f64x2.mul(a2, y));
    x = f64x2.add(f64x2.mul(b0, z), u3);
    u3 = f64x2.add(f64x2.sub(f64x2.mul(b1, z), f64x2.mul(a1, x)), w3);
    w3 = f64x2.sub(f64x2.mul(b2, z), f64x2.mul(a2, x));
    v128.store(to, backward ? v128.shuffle<f64>(x, y, 0, 2) : v128.shuffle<f64>(y, x, 0, 2));
    v128.store(to + channelBytes, backward ? v128.shuffle<f64>(x, y, 1, 3) : v128.shuffle<f64>(y, x, 1, 3));
  }
  v128.store(state, u0);
  v128.store(state, u1, 16);
  v128.store(state, u2, 32);
  v128.store(state, u3, 48);
  v128.store(state, w0, 64);
  v128.store(state, w1, 80);
  v128.store(state, w2, 96);
  v128.store(state, w3, 112);
}

/**
 * Outputs of a polyphase filter, see ../../signal/resample.ts: four at a time, each the sum of four partial sums.
 *
 * @param inputs the oldest input of the first output
 * @param phases [up, taps], `taps` a multiple of 4
 * @param phase of the first output; each output moves it on by `turn`, the input by `stride`, and by one more where it
 *   passes `up`
 * @param outputs a multiple of 4
 */
export function polyphaseInto(
  out: usize,
  outputs: usize,
  inputs: usize,
  phases: usize,
  taps: usize,
  up: usize,
  phase: usize,
  stride: usize,
  turn: usize,
): void {
  const bytes = taps << 3;
  if (turn === 0) {
    onePhaseInto(out, outputs, inputs, phases + phase * bytes, bytes, stride << 3);
    return;
  }
  for (let i: usize = 0; i < outputs; i += 4, out += 32) {
    const x0 = inputs;
    const h0 = phases + phase * bytes;
    inputs += stride << 3;
    phase += turn;
    if (phase >= up) {
      phase -= up;
      inputs += 8;
    }
    const x1 = inputs - x0;
    const h1 = phases + phase * bytes - h0;
    inputs += stride << 3;
    phase += turn;
    if (phase >= up) {
      phase -= up;
      inputs += 8;
    }
    const x2 = inputs - x0;
    const h2 = phases + phase * bytes - h0;
    inputs += stride << 3;
    phase += turn;
    if (phase >= up) {
      phase -= up;
      inputs += 8;
    }
    const x3 = inputs - x0;
    const h3 = phases + phase * bytes - h0;
    inputs += stride << 3;
    phase += turn;
    if (phase >= up) {
      phase -= up;
      inputs += 8;
    }
    let a0 = f64x2.splat(0);
    let c0 = a0;
    let a1 = a0;
    let c1 = a0;
    let a2 = a0;
    let c2 = a0;
    let a3 = a0;
    let c3 = a0;
    const end = h0 + bytes;
    for (let h = h0, x = x0; h < end; h += 32, x += 32) {
      a0 = f64x2.add(a0, f64x2.mul(v128.load(h), v128.load(x)));
      c0 = f64x2.add(c0, f64x2.mul(v128.load(h, 16), v128.load(x, 16)));
      a1 = f64x2.add(a1, f64x2.mul(v128.load(h + h1), v128.load(x + x1)));
      c1 = f64x2.add(c1, f64x2.mul(v128.load(h + h1, 16), v128.load(x + x1, 16)));
      a2 = f64x2.add(a2, f64x2.mul(v128.load(h + h2), v128.load(x + x2)));
      c2 = f64x2.add(c2, f64x2.mul(v128.load(h + h2, 16), v128.load(x + x2, 16)));
      a3 = f64x2.add(a3, f64x2.mul(v128.load(h + h3), v128.load(x + x3)));
      c3 = f64x2.add(c3, f64x2.mul(v128.load(h + h3, 16), v128.load(x + x3, 16)));
    }
    store<f64>(out, total(a0, c0));
    store<f64>(out, total(a1, c1), 8);
    store<f64>(out, total(a2, c2), 16);
    store<f64>(out, total(a3, c3), 24);
  }
}

/** The same where all outputs have one phase. */
function onePhaseInto(out: usize, outputs: usize, inputs: usize, phase: usize, bytes: usize, strideBytes: usize): void {
  const end = phase + bytes;
  for (let i: usize = 0; i < outputs; i += 4, out += 32) {
    let x0 = inputs;
    let x1 = x0 + strideBytes;
    let x2 = x1 + strideBytes;
    let x3 = x2 + strideBytes;
    inputs = x3 + strideBytes;
    let a0 = f64x2.splat(0);
    let c0 = a0;
    let a1 = a0;
    let c1 = a0;
    let a2 = a0;
    let c2 = a0;
    let a3 = a0;
    let c3 = a0;
    for (let h = phase; h < end; h += 32) {
      const g = v128.load(h);
      const k = v128.load(h, 16);
      a0 = f64x2.add(a0, f64x2.mul(g, v128.load(x0)));
      c0 = f64x2.add(c0, f64x2.mul(k, v128.load(x0, 16)));
      a1 = f64x2.add(a1, f64x2.mul(g, v128.load(x1)));
      c1 = f64x2.add(c1, f64x2.mul(k, v128.load(x1, 16)));
      a2 = f64x2.add(a2, f64x2.mul(g, v128.load(x2)));
      c2 = f64x2.add(c2, f64x2.mul(k, v128.load(x2, 16)));
      a3 = f64x2.add(a3, f64x2.mul(g, v128.load(x3)));
      c3 = f64x2.add(c3, f64x2.mul(k, v128.load(x3, 16)));
      x0 += 32;
      x1 += 32;
      x2 += 32;
      x3 += 32;
    }
    store<f64>(out, total(a0, c0));
    store<f64>(out, total(a1, c1), 8);
    store<f64>(out, total(a2, c2), 16);
    store<f64>(out, total(a3, c3), 24);
  }
}

function total(a: v128, c: v128): f64 {
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1) + (f64x2.extract_lane(c, 0) + f64x2.extract_lane(c, 1));
}
