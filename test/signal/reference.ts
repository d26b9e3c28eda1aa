import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Values recorded by test/fixtures/signalRoom.py from SciPy 1.10.1. */
export interface Recorded {
  stft: {
    size: number;
    hop: number;
    window: "hann" | "sine" | "hamming" | "rectangular";
    samples: number;
    frames: number;
    real: number[];
    imag: number[];
    turned: number[];
  }[];
  butter: { order: number; type: FilterType; edges: number[]; sos: number[] }[];
  filter: {
    order: number;
    type: FilterType;
    edges: number[];
    samples: number;
    plain: number[];
    fromState: number[];
    steady: number[];
    zeroPhase: number[];
    zeroPhasePadding10?: number[];
  }[];
  resample: { up: number; down: number; samples: number; zeros: number[]; hold: number[] }[];
  hilbert: { samples: number; magnitude: number[] }[];
}

type FilterType = "lowpass" | "highpass" | "bandpass" | "bandstop";

export const recorded: Recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, "../fixtures/signalRoom.json"), "utf8"),
);

/** The input of the recorded cases. */
export const wave = (count: number, speed: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => Math.cos(speed * i) + 0.5 * Math.cos(2.7 * speed * i + 1));

/** Cuts an array into pieces of the lengths given, over and over; a length of 0 makes an empty piece. */
export function pieces(samples: Float64Array, lengths: readonly number[]): Float64Array[] {
  const cut: Float64Array[] = [];
  let start = 0;
  for (let i = 0; start < samples.length; i++) {
    const end = Math.min(samples.length, start + lengths[i % lengths.length]!);
    cut.push(samples.slice(start, end));
    start = end;
  }
  return cut;
}

/** Joins arrays. */
export function join64(parts: readonly Float64Array[]): Float64Array {
  const joined = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
