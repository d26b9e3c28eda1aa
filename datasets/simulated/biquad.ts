/** A second-order filter section, a0 = 1: y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]. */
export interface Biquad {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

/**
 * Designs one section after Bristow-Johnson's cookbook. With the default quality low-pass and high-pass are Butterworth
 * filters; the band-pass has gain 1 at its centre.
 *
 * @param kind which response
 * @param hertz edge, or centre of the band
 * @param rateHz sampling rate, above twice `hertz`
 * @param quality centre over bandwidth, default sqrt(1/2)
 */
export function designBiquad(
  kind: "low-pass" | "high-pass" | "band-pass",
  hertz: number,
  rateHz: number,
  quality: number = Math.SQRT1_2,
): Biquad {
  const omega = (2 * Math.PI * hertz) / rateHz;
  const cosine = Math.cos(omega);
  const alpha = Math.sin(omega) / (2 * quality);
  const low = (1 - cosine) / 2;
  const high = (1 + cosine) / 2;
  const [b0, b1, b2] = {
    "low-pass": [low, 2 * low, low],
    "high-pass": [high, -2 * high, high],
    "band-pass": [alpha, 0, -alpha],
  }[kind] as [number, number, number];
  const a0 = 1 + alpha;
  return { b0: b0 / a0, b1: b1 / a0, b2: b2 / a0, a1: (-2 * cosine) / a0, a2: (1 - alpha) / a0 };
}

/** Runs a section over a signal, from rest. */
export function applyBiquad({ b0, b1, b2, a1, a2 }: Biquad, input: ArrayLike<number>): Float64Array {
  const out = new Float64Array(input.length);
  let s1 = 0;
  let s2 = 0;
  for (let i = 0; i < out.length; i++) {
    const x = input[i]!;
    const y = b0 * x + s1;
    s1 = b1 * x - a1 * y + s2;
    s2 = b2 * x - a2 * y;
    out[i] = y;
  }
  return out;
}
