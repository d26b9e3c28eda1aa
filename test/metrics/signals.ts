import { createRandom } from "../../src/core/random.ts";

/** Seeded white noise of standard deviation 1. */
export function noiseMaker(seed: string): (length: number) => Float64Array {
  const random = createRandom(seed);
  return (length) => Float64Array.from({ length }, random.normal);
}

/** A weighted sum of signals of one length. */
export function mix(...parts: [number, Float64Array][]): Float64Array {
  return parts[0]![1].map((_, t) => parts.reduce((sum, [gain, signal]) => sum + gain * signal[t]!, 0));
}

/** A signal through a filter, cut to its own length. */
export function filtered(signal: Float64Array, filter: Float64Array): Float64Array {
  return signal.map((_, t) => filter.reduce((sum, tap, m) => sum + tap * (signal[t - m] ?? 0), 0));
}

/** The signal between two samples, zeros elsewhere: pieces further apart than a filter is long are orthogonal at all delays. */
export function only(signal: Float64Array, from: number, to: number): Float64Array {
  return signal.map((value, t) => (t >= from && t < to ? value : 0));
}

/** Sum of squares. */
export function energy(...signals: Float64Array[]): number {
  return signals.reduce((total, signal) => total + signal.reduce((sum, value) => sum + value * value, 0), 0);
}

/** A ratio of energies in dB. */
export function decibels(numerator: number, denominator: number): number {
  return 10 * Math.log10(numerator / denominator);
}

/** 960 samples of whole periods: sines of different numbers of periods are orthogonal and equally loud. */
export function sine(periods: number): Float64Array {
  return Float64Array.from({ length: 960 }, (_, t) => Math.sin((2 * Math.PI * periods * t) / 960));
}
