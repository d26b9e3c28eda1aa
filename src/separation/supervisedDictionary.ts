import { checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { type Matrix, row, zeros } from "../core/matrix.ts";
import { checkSpectrogram } from "./checkSpectrogram.ts";
import { type NmfOptions, type NmfResult, nmf, nmfDefaults } from "./nmf.ts";

/** Options of {@link dictionaryFromSolos}: those of `nmf` that make sense for each solo, and two more. */
export interface SupervisedDictionaryOptions
  extends Omit<NmfOptions, "components" | "start" | "fixDictionary" | "fixActivations" | "resume" | "onCheckpoint"> {
  /** Spectra learnt of each source: one number for all of them or one each. */
  componentsPerSource: number | readonly number[];
  /**
   * What the entries of a spectrum are scaled to: a `sum` of 1 (default), so that an activation is what the component adds
   * to the sum of a frame, or an l2 `norm` of 1. A spectrum of zeros stays zero.
   */
  normalization?: "sum" | "norm";
}

/** Defaults of {@link dictionaryFromSolos}; those of `nmf` hold for the rest. */
export const supervisedDictionaryDefaults = {
  normalization: "sum",
  seed: nmfDefaults.seed,
} as const satisfies SupervisedDictionaryDefaults;

type SupervisedDictionaryDefaults = Pick<SupervisedDictionaryOptions, "normalization" | "seed">;

/** A dictionary whose spectra belong to known sources. */
export interface SupervisedDictionary {
  /** [sum of components, bins], the spectra of source 0 first; each scaled as `normalization` says. */
  readonly dictionary: Matrix<Float64Array>;
  /** Rows of the dictionary that are each source's, as `componentMasks` takes them. */
  readonly groups: number[][];
  /** The factorization of each solo, its spectra not scaled. */
  readonly fits: NmfResult[];
}

const who = "dictionaryFromSolos";

/**
 * Learns a dictionary from recordings in which each source plays alone: one NMF for each source's own spectrogram, the
 * spectra one below the other. A mixture is then separated with the spectra held fixed:
 *
 *     const { dictionary, groups } = dictionaryFromSolos([violin, flute], { componentsPerSource: 20 });
 *     const { activations } = nmf(mixture, { components: dictionary.rows, start: { dictionary }, fixDictionary: true });
 *     const masks = componentMasks({ dictionary, activations }, groups);
 *
 * Source: Smaragdis, Raj & Shashanka 2007, supervised separation. Several solos of one source are stacked along the frames.
 * Every source draws from a seed of its own, so one more source changes nothing for the others.
 *
 * @param solos magnitude spectrogram of each source alone, [frames, bins]; as many frames as there are, the same bins
 * @param options see {@link SupervisedDictionaryOptions}
 * @throws ToolkitError `bad-shape` for no solo or other bins, `bad-value` for a solo that is negative, not finite or silent,
 *   `bad-option`
 */
export function dictionaryFromSolos(
  solos: readonly Matrix[],
  options: SupervisedDictionaryOptions,
): SupervisedDictionary {
  const { componentsPerSource, normalization, seed, ...nmfOptions } = { ...supervisedDictionaryDefaults, ...options };
  const counts = checkSolos(solos, componentsPerSource);
  if (normalization !== "sum" && normalization !== "norm") {
    throw new ToolkitError(
      "bad-option",
      `${who}: normalization is "${String(normalization)}"; it must be "sum" or "norm"`,
    );
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  const dictionary = zeros(total, solos[0]!.columns);
  const groups: number[][] = [];
  const fits: NmfResult[] = [];
  let first = 0;
  for (const [s, solo] of solos.entries()) {
    const components = counts[s]!;
    const fit = nmf(solo, { ...nmfOptions, components, seed: `${seed}/solo ${s}` });
    dictionary.data.set(fit.dictionary.data, first * dictionary.columns);
    groups.push(Array.from({ length: components }, (_, k) => first + k));
    fits.push(fit);
    first += components;
  }
  for (let k = 0; k < total; k++) normalize(row(dictionary, k), normalization);
  return { dictionary, groups, fits };
}

function normalize(spectrum: Float64Array, normalization: "sum" | "norm"): void {
  const size = normalization === "sum" ? spectrum.reduce((sum, value) => sum + value, 0) : Math.hypot(...spectrum);
  if (size > 0) for (let m = 0; m < spectrum.length; m++) spectrum[m]! /= size;
}

/** Components of each source. */
function checkSolos(solos: readonly Matrix[], componentsPerSource: number | readonly number[]): readonly number[] {
  const first = solos[0];
  if (!first) throw new ToolkitError("bad-shape", `${who}: no solo given; one spectrogram for each source is needed`);
  const counts = typeof componentsPerSource === "number" ? solos.map(() => componentsPerSource) : componentsPerSource;
  if (counts.length !== solos.length) {
    throw new ToolkitError(
      "bad-option",
      `${who}: componentsPerSource has ${counts.length} entries for ${solos.length} solos; give one number, or one each`,
    );
  }
  for (const [s, solo] of solos.entries()) {
    checkSpectrogram(`${who}, solo ${s}`, solo);
    if (solo.columns !== first.columns) {
      throw new ToolkitError(
        "bad-shape",
        `${who}: solo ${s} has ${solo.columns} bins, solo 0 ${first.columns}; one transform for all is needed`,
      );
    }
    checkWhole(`${who}, solo ${s}`, "componentsPerSource", counts[s]!, 1);
  }
  return counts;
}
