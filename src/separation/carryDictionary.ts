import { checkNumber } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { checkMatrix, type Matrix, row, zeros } from "../core/matrix.ts";
import { diagnoseFactors } from "./diagnostics.ts";

/** Options of {@link carryDictionary}. */
export interface CarryDictionaryOptions {
  /**
   * Components that make up less than this share of an equal part of the model, 1 / K of its sum, did not play: they keep
   * the spectrum they had before. Default 0.1.
   */
  leastShare?: number;
  /** Added to every entry, as a share of the spectrum's mean, so that no bin is lost for good. Default 0.01. */
  floor?: number;
}

/** Defaults of {@link carryDictionary}. */
export const carryDictionaryDefaults = {
  leastShare: 0.1,
  floor: 0.01,
} as const satisfies Required<CarryDictionaryOptions>;

const who = "carryDictionary";

/**
 * The dictionary to start the next block from, when a long recording is factorized block by block: what this block found,
 * except where a source was silent. There the updates have put the component out or turned it to another source; it
 * gets back the spectrum it had before. Multiplicative updates leave zeros alone, so the result has none.
 *
 * @param found factors of this block, dictionary [components, bins] and activations [components, frames]
 * @param before the dictionary this block started from; undefined for the first block, where all of `found` counts and a
 *   spectrum of zeros becomes flat
 * @param options see {@link CarryDictionaryOptions}
 * @returns [components, bins], every entry above 0
 * @throws ToolkitError `bad-shape` if the dictionaries differ in size, `bad-value` for negative or not finite entries or if
 *   all are zero, `bad-option`
 */
export function carryDictionary(
  found: { readonly dictionary: Matrix; readonly activations: Matrix },
  before: Matrix | undefined,
  options: CarryDictionaryOptions = {},
): Matrix<Float64Array> {
  const { leastShare, floor } = { ...carryDictionaryDefaults, ...options };
  checkNumber(who, "leastShare", leastShare, { from: 0, to: 1 });
  checkNumber(who, "floor", floor, { above: 0 });
  const { rows: components, columns: bins } = found.dictionary;
  const { components: diagnoses } = diagnoseFactors(found);
  if (before) checkSame(before, components, bins);
  const out = zeros(components, bins);
  diagnoses.forEach(({ share }, k) => {
    const isSilent = share < leastShare / components;
    row(out, k).set(row(before && isSilent ? before : found.dictionary, k));
  });
  const largestMean = Math.max(...Array.from({ length: components }, (_, k) => meanOf(row(out, k))));
  if (!(largestMean > 0)) throw new ToolkitError("bad-value", `${who}: every spectrum is zero; none can be carried on`);
  for (let k = 0; k < components; k++) {
    const spectrum = row(out, k);
    const mean = meanOf(spectrum);
    const rise = mean > 0 ? floor * mean : largestMean;
    for (let m = 0; m < bins; m++) spectrum[m]! += rise;
  }
  return out;
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function checkSame(before: Matrix, components: number, bins: number): void {
  checkMatrix(who, "the dictionary before", before);
  if (before.rows === components && before.columns === bins) return;
  throw new ToolkitError(
    "bad-shape",
    `${who}: the dictionary before is ${before.rows} x ${before.columns}, this one ${components} x ${bins}; they must match`,
  );
}
