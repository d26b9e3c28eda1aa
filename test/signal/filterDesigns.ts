import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Values recorded by test/fixtures/filterDesigns.py from SciPy 1.10.1. */
export interface FilterDesigns {
  notch: { frequencyHz: number; quality: number; rateHz: number; section: number[] }[];
  fir: {
    taps: number;
    type: "lowpass" | "highpass" | "bandpass" | "bandstop";
    edges: number[];
    window: "hamming" | "kaiser";
    beta: number;
    values: number[];
    causal: number[];
    turned: number[];
    hold: number[];
    zeros: number[];
  }[];
  kaiserord: { rippleDb: number; transitionHz: number; rateHz: number; taps: number; beta: number }[];
  groupDelay: { order: number; type: string; edges: number[]; atHz: number[]; samples: number[] }[];
}

export const filterDesigns: FilterDesigns = JSON.parse(
  readFileSync(join(import.meta.dirname, "../fixtures/filterDesigns.json"), "utf8"),
);
