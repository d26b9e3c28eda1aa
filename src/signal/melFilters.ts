import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { checkMatrix, type Matrix, row, zeros } from "../core/matrix.ts";

/** The two mel scales in use: `slaney` is linear up to 1 kHz and logarithmic above, `htk` is one formula. */
export type MelScale = "slaney" | "htk";

/** Options of {@link melFilters}. */
export interface MelFilterOptions {
  /** Sampling rate of the signal, in Hz. */
  rateHz: number;
  /** Samples in a frame of the spectrum; it has `floor(windowSize / 2) + 1` bins. */
  windowSize: number;
  /** Number of filters. Default 40. */
  bands?: number;
  /** Lower edge of the first filter, in Hz. Default 0. */
  lowHz?: number;
  /** Upper edge of the last filter, in Hz, at most half the rate. Default half the rate. */
  highHz?: number;
  /** Default `slaney`. */
  scale?: MelScale;
  /** `area` gives every triangle the area 1 Hz, `none` the height 1. Default `area`. */
  normalisation?: "area" | "none";
}

/** Defaults of {@link melFilters}; `highHz` is half the rate. */
export const melFilterDefaults = {
  bands: 40,
  lowHz: 0,
  scale: "slaney",
  normalisation: "area",
} as const satisfies Omit<Required<MelFilterOptions>, "rateHz" | "windowSize" | "highHz">;

/**
 * A bank of triangular filters whose edges are equally far apart in mel: filter b rises from edge b to edge b + 1, its
 * centre, and falls to edge b + 2.
 *
 * Source: Davis & Mermelstein, "Comparison of parametric representations for monosyllabic word recognition", IEEE TASSP
 * 1980; scales and areas as in Slaney's Auditory Toolbox (1998) and in the Hidden Markov Toolkit (Young et al.).
 *
 * @returns weights, [bands, bins]; apply them with {@link melSpectrogram}
 * @throws ToolkitError `bad-option`, also where a filter is so narrow that no bin lies in it
 */
export function melFilters(options: MelFilterOptions): Matrix<Float64Array> {
  const who = "melFilters";
  const {
    rateHz,
    windowSize,
    bands,
    lowHz,
    scale,
    normalisation,
    highHz = rateHz / 2,
  } = {
    ...melFilterDefaults,
    ...options,
  };
  checkNumber(who, "rateHz", rateHz, { above: 0 });
  checkWhole(who, "windowSize", windowSize, 1);
  checkWhole(who, "bands", bands, 1);
  checkNumber(who, "lowHz", lowHz, { from: 0 });
  checkNumber(who, "highHz", highHz, { above: lowHz, to: rateHz / 2 });
  if (normalisation !== "area" && normalisation !== "none") {
    throw new ToolkitError(
      "bad-option",
      `${who}: normalisation is "${String(normalisation)}"; it must be "area" or "none"`,
    );
  }
  const low = hzToMel(lowHz, scale);
  const step = (hzToMel(highHz, scale) - low) / (bands + 1);
  const edges = Array.from({ length: bands + 2 }, (_, i) => melToHz(low + i * step, scale));
  const filters = zeros(bands, Math.floor(windowSize / 2) + 1);
  for (let b = 0; b < bands; b++) {
    const [from, centre, to] = [edges[b]!, edges[b + 1]!, edges[b + 2]!];
    const height = normalisation === "area" ? 2 / (to - from) : 1;
    const weights = row(filters, b);
    for (let m = 0; m < weights.length; m++) {
      const hz = (m * rateHz) / windowSize;
      weights[m] = height * Math.max(0, Math.min((hz - from) / (centre - from), (to - hz) / (to - centre)));
    }
    if (weights.every((weight) => weight === 0)) {
      throw new ToolkitError(
        "bad-option",
        `${who}: filter ${b} of ${bands}, from ${from.toFixed(1)} to ${to.toFixed(1)} Hz, has no bin (one every ${(rateHz / windowSize).toFixed(1)} Hz); take fewer bands or a longer window`,
      );
    }
  }
  return filters;
}

/**
 * Sums the bins of each frame into mel bands, `out[n, b] = sum_m spectrogram[n, m] filters[b, m]`.
 *
 * @param spectrogram powers (or magnitudes), [frames, bins]; any other rows of spectra will do
 * @param filters from {@link melFilters}, [bands, bins]
 * @returns [frames, bands]
 * @throws ToolkitError `bad-shape` if the bins differ
 */
export function melSpectrogram(spectrogram: Matrix, filters: Matrix): Matrix<Float64Array> {
  checkMatrix("melSpectrogram", "spectrogram", spectrogram);
  checkMatrix("melSpectrogram", "filters", filters);
  if (spectrogram.columns !== filters.columns) {
    throw new ToolkitError(
      "bad-shape",
      `melSpectrogram: spectrogram has ${spectrogram.columns} bins, the filters ${filters.columns}; make the filters for the same window`,
    );
  }
  const out = zeros(spectrogram.rows, filters.rows);
  for (let b = 0; b < filters.rows; b++) {
    const weights = row(filters, b);
    const start = weights.findIndex((weight) => weight !== 0);
    const end = weights.findLastIndex((weight) => weight !== 0) + 1;
    if (end === 0) continue;
    for (let n = 0; n < spectrogram.rows; n++) {
      const frame = row(spectrogram, n);
      let sum = 0;
      for (let m = start; m < end; m++) sum += weights[m]! * frame[m]!;
      out.data[n * filters.rows + b] = sum;
    }
  }
  return out;
}

/** Where the Slaney scale stops being linear, in Hz. */
const linearToHz = 1000;
const hzPerMel = 200 / 3;
/** Natural logarithm of the step of one mel above: 27 steps make a factor of 6.4. */
const logStep = Math.log(6.4) / 27;

/**
 * Frequency on a mel scale: `htk` is 2595 log10(1 + f / 700); `slaney` is 3 f / 200 up to 1000 Hz (15 mel) and
 * 15 + 27 ln(f / 1000) / ln 6.4 above.
 *
 * @param hz frequency, 0 or above
 * @throws ToolkitError `bad-option`
 */
export function hzToMel(hz: number, scale: MelScale = melFilterDefaults.scale): number {
  checkScale("hzToMel", scale);
  if (scale === "htk") return 2595 * Math.log10(1 + hz / 700);
  return hz < linearToHz ? hz / hzPerMel : linearToHz / hzPerMel + Math.log(hz / linearToHz) / logStep;
}

/**
 * The inverse of {@link hzToMel}.
 *
 * @param mel 0 or above
 * @throws ToolkitError `bad-option`
 */
export function melToHz(mel: number, scale: MelScale = melFilterDefaults.scale): number {
  checkScale("melToHz", scale);
  if (scale === "htk") return 700 * (10 ** (mel / 2595) - 1);
  const linear = linearToHz / hzPerMel;
  return mel < linear ? mel * hzPerMel : linearToHz * Math.exp(logStep * (mel - linear));
}

function checkScale(who: string, scale: MelScale): void {
  if (scale === "slaney" || scale === "htk") return;
  throw new ToolkitError("bad-option", `${who}: scale is "${String(scale)}"; it must be "slaney" or "htk"`);
}
