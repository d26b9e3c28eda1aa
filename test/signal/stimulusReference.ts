import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Values recorded by test/fixtures/stimulusFeatures.py from SciPy 1.10.1. */
export interface RecordedFeatures {
  polynomials: { centreHz: number; rateHz: number; b: number[]; a: number[] }[];
  responses: { centreHz: number; rateHz: number; impulse: number[]; chirp: number[] }[];
  shapes: { centreHz: number; rateHz: number; taps: number; stride: number; values: number[] }[];
  envelope: {
    rateHz: number;
    outputRateHz: number;
    bands: number;
    lowHz: number;
    highHz: number;
    samples: number;
    centres: number[];
    sum: number[];
  };
  spectra: {
    rateHz: number;
    hop: number;
    size: number;
    fft: number;
    samples: number;
    frames: number;
    stride: number;
    magnitudes: number[];
  }[];
  flux: { linear: number[]; log: number[] };
  mel: { centres: number[]; linear: number[]; power: number[]; log: number[] };
}

export const recordedFeatures: RecordedFeatures = JSON.parse(
  readFileSync(join(import.meta.dirname, "../fixtures/stimulusFeatures.json"), "utf8"),
);

/** The chirp of the recorded cases. */
export const chirp = (count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => Math.sin(0.01 * i + 0.0007 * i * i));

/** A unit impulse at each place. */
export function clicks(count: number, places: readonly number[]): Float64Array {
  const samples = new Float64Array(count);
  for (const place of places) samples[place] = 1;
  return samples;
}

/** Index of the largest value from `from` up to before `to`. */
export function argmax(values: Float64Array, from = 0, to = values.length): number {
  let best = from;
  for (let i = from; i < to; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
