import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { type Matrix, row, zeros } from "../core/matrix.ts";
import { type MelFilterOptions, melFilterDefaults, melFilters, melSpectrogram } from "../signal/melFilters.ts";
import { checkNonNegative } from "./checkSpectrogram.ts";

/** Options of {@link dictionaryMfcc}. */
export interface MfccOptions extends Omit<MelFilterOptions, "bands"> {
  /** Coefficients of the cosine transform, counted from number 0, at most `melBands`. Default 13. */
  coefficients?: number;
  /** Mel filters. Default 40. */
  melBands?: number;
  /** Power that turns the dictionary into powers: 2 for magnitudes, 1 for powers. Default 2. */
  exponent?: number;
  /** Mel bands more than this below the row's highest are raised to it, in dB, below 0. Default -80. */
  floorDb?: number;
  /** Whether coefficient 0 is kept, which is the level (the mean of the bands in dB, times sqrt(melBands)). Default false. */
  level?: boolean;
}

/** Defaults of {@link dictionaryMfcc}; `highHz` is half the rate. */
export const mfccDefaults = {
  coefficients: 13,
  melBands: 40,
  exponent: 2,
  floorDb: -80,
  level: false,
  lowHz: melFilterDefaults.lowHz,
  scale: melFilterDefaults.scale,
  normalisation: melFilterDefaults.normalisation,
} as const satisfies Omit<Required<MfccOptions>, "rateHz" | "windowSize" | "highHz">;

/**
 * Mel-frequency cepstral coefficients of each spectrum of a dictionary, a description of timbre that does not depend on
 * level: powers in mel bands, in dB, and their orthonormal cosine transform (DCT-II).
 *
 *     c_j = s_j sum_b 10 log10(p_b) cos(pi j (2 b + 1) / (2 B)),   s_0 = sqrt(1 / B), else sqrt(2 / B)
 *
 * Source: Davis & Mermelstein, IEEE TASSP 1980. As the transform is orthonormal, Euclidean distances are distances between
 * smoothed mel spectra in dB, times sqrt(B).
 *
 * A row of zeros (a component that died) has no timbre: its coefficients are 0, its level is -Infinity.
 *
 * @param dictionary spectra >= 0, [components, bins]; of convolutive templates pass the mean over a template's frames
 * @returns [components, coefficients - 1], or with `level` [components, coefficients]
 * @throws ToolkitError `bad-shape` if the bins are not those of the window, `bad-value` if an entry is negative or not
 *   finite, `bad-option`
 */
export function dictionaryMfcc(dictionary: Matrix, options: MfccOptions): Matrix<Float64Array> {
  const who = "dictionaryMfcc";
  const resolved = { ...mfccDefaults, ...options };
  const { coefficients, melBands, exponent, floorDb, level, windowSize } = resolved;
  checkNonNegative(who, "dictionary", dictionary, "component", "bin");
  checkWhole(who, "melBands", melBands, 1);
  checkWhole(who, "coefficients", coefficients, level ? 1 : 2, melBands);
  checkNumber(who, "exponent", exponent, { above: 0 });
  if (!(floorDb < 0)) throw new ToolkitError("bad-option", `${who}: floorDb is ${floorDb}; it must be below 0`);
  const filters = melFilters({ ...resolved, bands: melBands });
  if (filters.columns !== dictionary.columns) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: dictionary has ${dictionary.columns} bins; a window of ${windowSize} samples makes ${filters.columns}`,
    );
  }
  const first = level ? 0 : 1;
  const out = zeros(dictionary.rows, coefficients - first);
  const cosines = cosineTransform(coefficients, melBands);
  for (let k = 0; k < dictionary.rows; k++) {
    const { decibels, scaleDb } = melDecibels(row(dictionary, k), filters, { exponent, floorDb });
    const values = row(out, k);
    for (let j = first; j < coefficients; j++) {
      values[j - first] = row(cosines, j).reduce((sum, cosine, b) => sum + cosine * decibels[b]!, 0);
    }
    if (level) values[0]! += Math.sqrt(melBands) * scaleDb;
  }
  return out;
}

/** Levels of the mel bands, relative to the highest one, and the level of that one. */
function melDecibels(
  spectrum: ArrayLike<number>,
  filters: Matrix,
  { exponent, floorDb }: { exponent: number; floorDb: number },
): { decibels: Float64Array; scaleDb: number } {
  const values = Float64Array.from(spectrum);
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  if (largest === 0) return { decibels: new Float64Array(filters.rows), scaleDb: -Infinity };
  // relative to the largest, so that no power overflows and the row's scale does not matter
  const powers = values.map((value) => (value / largest) ** exponent);
  const bands = melSpectrogram({ rows: 1, columns: powers.length, data: powers }, filters).data;
  const most = bands.reduce((highest, power) => Math.max(highest, power), 0);
  // nothing in any band, such as a line below lowHz: no timbre to speak of
  if (most === 0) return { decibels: bands, scaleDb: -Infinity };
  return {
    decibels: bands.map((power) => Math.max(floorDb, 10 * Math.log10(power / most))),
    scaleDb: 10 * Math.log10(most) + 10 * exponent * Math.log10(largest),
  };
}

/** Rows of the orthonormal DCT-II, [coefficients, bands]. */
function cosineTransform(coefficients: number, bands: number): Matrix<Float64Array> {
  const out = zeros(coefficients, bands);
  for (let j = 0; j < coefficients; j++) {
    const scale = Math.sqrt((j === 0 ? 1 : 2) / bands);
    for (let b = 0; b < bands; b++) {
      out.data[j * bands + b] = scale * Math.cos((Math.PI * j * (2 * b + 1)) / (2 * bands));
    }
  }
  return out;
}
