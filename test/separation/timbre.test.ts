import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { type Matrix, row } from "../../src/core/matrix.ts";
import { dictionaryMfcc, type MfccOptions } from "../../src/separation/timbre.ts";
import { melFilters, melSpectrogram } from "../../src/signal/melFilters.ts";
import { bright, dark, frame, fromRows, recordedSpectra } from "./timbreSpectra.ts";

const recorded: { mfcc: { options: MfccOptions; values: number[] }[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../fixtures/timbre.json"), "utf8"),
);

const columns = (matrix: Matrix, from: number) =>
  Array.from({ length: matrix.rows }, (_, k) => Array.from(row(matrix, k).subarray(from))).flat();

describe("dictionaryMfcc", () => {
  test.each(recorded.mfcc)("agrees with SciPy's orthonormal DCT of log mel bands: $options", ({ options, values }) => {
    const mfcc = dictionaryMfcc(recordedSpectra(4), { ...options, level: true });
    expect([mfcc.rows, mfcc.columns]).toEqual([4, options.coefficients]);
    expect(mfcc.data).toBeAllclose(values, { rtol: 1e-9, atol: 1e-9 });
  });

  it("leaves out coefficient 0, the level, unless asked for it, and has 13 of 40 bands", () => {
    const spectra = recordedSpectra(4);
    const plain = dictionaryMfcc(spectra, frame);
    expect([plain.rows, plain.columns]).toEqual([4, 12]);
    expect([...plain.data]).toEqual(columns(dictionaryMfcc(spectra, { ...frame, level: true }), 1));
    expect(plain).toEqual(
      dictionaryMfcc(spectra, { ...frame, coefficients: 13, melBands: 40, exponent: 2, floorDb: -80, level: false }),
    );
  });

  // 20 dB more in every band are 20 sqrt(B) more in coefficient 0, the sum of B equal numbers over sqrt(B)
  it("does not change with the level of a spectrum, but for coefficient 0", () => {
    const quiet = dictionaryMfcc(fromRows([dark(0), bright(0)]), { ...frame, level: true });
    const loud = dictionaryMfcc(fromRows([dark(0).map((v) => 10 * v), bright(0).map((v) => 1e-9 * v)]), {
      ...frame,
      level: true,
    });
    expect(columns(loud, 1)).toBeAllclose(columns(quiet, 1), { atol: 1e-10 });
    expect([loud.data[0]! - quiet.data[0]!, loud.data[13]! - quiet.data[13]!]).toBeAllclose(
      [20 * Math.sqrt(40), -180 * Math.sqrt(40)],
      { rtol: 1e-12 },
    );
  });

  it("keeps distances in dB if no coefficient is left out", () => {
    const spectra = fromRows([dark(0), bright(1)]);
    const mfcc = dictionaryMfcc(spectra, { ...frame, melBands: 25, coefficients: 25, level: true, floorDb: -200 });
    const powers = { ...spectra, data: spectra.data.map((value) => value ** 2) };
    const bands = melSpectrogram(powers, melFilters({ ...frame, bands: 25 }));
    const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
      Math.hypot(...Array.from(a, (value, i) => value - b[i]!));
    const decibels = (k: number) => row(bands, k).map((power) => 10 * Math.log10(power));
    expect(distance(row(mfcc, 0), row(mfcc, 1))).toBeCloseTo(distance(decibels(0), decibels(1)), 9);
  });

  it("has no timbre for a row of zeros: coefficients 0, level -Infinity", () => {
    const mfcc = dictionaryMfcc(fromRows([new Float64Array(257), dark(1)]), { ...frame, level: true });
    expect([...row(mfcc, 0)]).toEqual([-Infinity, ...new Array(12).fill(0)]);
    expect(row(mfcc, 1).every(Number.isFinite)).toBe(true);
  });

  it("squares magnitudes, and takes powers as they are with exponent 1", () => {
    const powers = fromRows([dark(2).map((value) => value ** 2)]);
    expect(dictionaryMfcc(powers, { ...frame, exponent: 1 }).data).toBeAllclose(
      dictionaryMfcc(fromRows([dark(2)]), frame).data,
      { atol: 1e-10 },
    );
  });

  it("does not hear what is more than the floor below the highest band", () => {
    const line = (rest: number) => Float64Array.from({ length: 257 }, (_, m) => (m === 64 ? 1 : rest));
    const difference = (given: MfccOptions) => {
      const [some, none] = [1e-5, 0].map((rest) => dictionaryMfcc(fromRows([line(rest)]), given).data);
      return Math.max(...some!.map((value, j) => Math.abs(value - none![j]!)));
    };
    expect(difference({ ...frame, floorDb: -40 })).toBeLessThan(1e-6);
    expect(difference({ ...frame, floorDb: -130 })).toBeGreaterThan(1);
  });

  test.each<[string, Matrix, Partial<MfccOptions>, RegExp]>([
    ["negative entries", fromRows([[-1, ...new Array(256).fill(1)]]), {}, /first \(-1\) at bin 0, component 0/],
    ["NaN", fromRows([[NaN, ...new Array(256).fill(1)]]), {}, /negative or not finite/],
    ["bins of another window", fromRows([[1, 2, 3]]), {}, /dictionary has 3 bins; a window of 512 samples makes 257/],
    ["more coefficients than bands", fromRows([dark(0)]), { melBands: 12 }, /coefficients is 13; .* from 2 to 12/],
    ["nothing but the level", fromRows([dark(0)]), { coefficients: 1 }, /coefficients is 1/],
    ["a floor above the highest band", fromRows([dark(0)]), { floorDb: 3 }, /floorDb is 3; it must be below 0/],
    ["exponent 0", fromRows([dark(0)]), { exponent: 0 }, /exponent is 0/],
  ])("refuses %s", (_, dictionary, options, message) => {
    expect(() => dictionaryMfcc(dictionary, { ...frame, ...options })).toThrow(message);
  });
});
