import { createFft } from "../../../src/numeric/fft.ts";

/** Power in a band, from the squared Fourier transform of the whole signal; bins are equally weighted. */
export function powerBetween(signal: Float64Array, rateHz: number, lowHz: number, highHz: number): number {
  const fft = createFft(signal.length);
  const real = new Float64Array(fft.bins);
  const imag = new Float64Array(fft.bins);
  fft.forwardReal(signal, real, imag);
  let power = 0;
  for (let k = 0; k < fft.bins; k++) {
    const hertz = (k * rateHz) / signal.length;
    if (hertz >= lowHz && hertz < highHz) power += real[k]! ** 2 + imag[k]! ** 2;
  }
  return (2 * power) / signal.length ** 2;
}

/** The frequency near `hertz` (within 5 %) where a Hann-windowed signal is strongest, on a grid of 0.02 %. */
export function strongestNear(signal: Float64Array, rateHz: number, hertz: number): number {
  const windowed = signal.map((value, i) => value * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / signal.length)));
  let best = 0;
  let most = -1;
  for (let step = -250; step <= 250; step++) {
    const candidate = hertz * (1 + step * 2e-4);
    const turn = (2 * Math.PI * candidate) / rateHz;
    // Goertzel's recurrence: the squared magnitude of the transform at one frequency
    const twice = 2 * Math.cos(turn);
    let s1 = 0;
    let s2 = 0;
    for (let i = 0; i < windowed.length; i++) [s1, s2] = [windowed[i]! + twice * s1 - s2, s1];
    const power = s1 * s1 + s2 * s2 - twice * s1 * s2;
    if (power > most) [best, most] = [candidate, power];
  }
  return best;
}
