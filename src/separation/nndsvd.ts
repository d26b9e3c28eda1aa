import { checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { type Matrix, row, zeros } from "../core/matrix.ts";
import { createRandom, type Random } from "../core/random.ts";
import { norm } from "../numeric/innerProduct.ts";
import { checkSpectrogram } from "./checkSpectrogram.ts";
import { scaled } from "./scaling.ts";
import { truncatedSvd } from "./truncatedSvd.ts";

/** Options of {@link nndsvd}. */
export interface NndsvdOptions {
  /**
   * What becomes of zeros, which multiplicative updates cannot leave: `nndsvda` (default) fills them with one value,
   * `nndsvdar` with random ones, `nndsvd` keeps them, as the start of a method that adds.
   */
  variant?: "nndsvd" | "nndsvda" | "nndsvdar";
  /**
   * Size of the fill. `relative` (default): sqrt(mean(X) / K), the size of a random start's entries, for `nndsvdar` times
   * |normal|; scaling the data scales the factors and changes nothing else. `absolute`: mean(X) for `nndsvda`,
   * mean(X) / 100 times |normal| for `nndsvdar`, as published and in scikit-learn; right if the mean of X is near 1.
   */
  fillScale?: "relative" | "absolute";
  /** Seed of the random values and of the search for singular vectors. Default 0. */
  seed?: number | string;
}

/** Defaults of {@link nndsvd}. */
export const nndsvdDefaults = {
  variant: "nndsvda",
  fillScale: "relative",
  seed: 0,
} as const satisfies Required<NndsvdOptions>;

/** Factors to start from, as `nmf` takes them for `start`. */
export interface NndsvdStart {
  /** W, [components, bins]. */
  readonly dictionary: Matrix<Float64Array>;
  /** H, [components, frames]. */
  readonly activations: Matrix<Float64Array>;
}

const who = "nndsvd";

/** Values below this, where the data have a mean of 1, count as zero, as in scikit-learn. */
const smallest = 1e-6;

/**
 * Non-negative double singular value decomposition: a start for non-negative factorizations from the leading singular
 * vectors, of each pair u, v the positive or the negative parts, whichever weigh more.
 *
 * Source: Boutsidis & Gallopoulos, "SVD based initialization: a head start for nonnegative matrix factorization", 2008.
 * With `fillScale: "absolute"` the values are those of scikit-learn. A component of which nothing is left, as beyond the
 * rank of X, stays zero with `nndsvd`; the others fill it with random values, |normal| times the fill, because components
 * filled with one value are equal and updates never part them.
 *
 * @param spectrogram X, magnitudes or powers, [frames, bins]
 * @param components K, any number from 1
 * @param options see {@link NndsvdOptions}
 * @throws ToolkitError `bad-value` for negative, not finite or all-zero data, `bad-shape`, `bad-option`
 */
export function nndsvd(spectrogram: Matrix, components: number, options: NndsvdOptions = {}): NndsvdStart {
  const resolved = { ...nndsvdDefaults, ...options };
  const total = checkSpectrogram(who, spectrogram);
  checkOptions(components, resolved);
  const { variant, fillScale, seed } = resolved;
  const { rows: frames, columns: bins } = spectrogram;
  const mean = total / (frames * bins);
  const random = createRandom(seed).fork("fill");

  // the squares of the search are kept away from both ends of the range
  const unit = 2 ** Math.round(Math.log2(mean));
  const rank = Math.min(components, frames, bins);
  const triplets = truncatedSvd(scaled(spectrogram, 1 / unit), rank, { seed });
  const dictionary = zeros(components, bins);
  const activations = zeros(components, frames);
  const threshold = smallest * (fillScale === "relative" ? Math.sqrt(mean) : 1);
  for (let k = 0; k < rank; k++) {
    const [u, v] = heavierParts(row(triplets.left, k), row(triplets.right, k), k === 0);
    const ofU = norm(u);
    const ofV = norm(v);
    const size = Math.sqrt(triplets.singularValues[k]! * unit * ofU * ofV);
    if (!(size > 0)) continue;
    writeAbove(threshold, row(activations, k), u, size / ofU);
    writeAbove(threshold, row(dictionary, k), v, size / ofV);
  }
  if (variant !== "nndsvd") {
    const base = fillScale === "relative" ? Math.sqrt(mean / components) : variant === "nndsvda" ? mean : mean / 100;
    for (let k = 0; k < components; k++) {
      const factors = [row(activations, k), row(dictionary, k)];
      const isRandom = variant === "nndsvdar" || factors.some(isSilent);
      for (const values of factors) fillZeros(values, base, isRandom ? random : undefined);
    }
  }
  return { dictionary, activations };
}

/** The absolute values of the first pair; of any other the positive or the negative parts, whose product is larger. */
function heavierParts(u: Float64Array, v: Float64Array, isFirst: boolean): [Float64Array, Float64Array] {
  if (isFirst) return [u.map(Math.abs), v.map(Math.abs)];
  const part = (values: Float64Array, sign: number) => values.map((value) => Math.max(0, sign * value));
  const positive: [Float64Array, Float64Array] = [part(u, 1), part(v, 1)];
  const negative: [Float64Array, Float64Array] = [part(u, -1), part(v, -1)];
  const weight = ([a, b]: [Float64Array, Float64Array]) => norm(a) * norm(b);
  return weight(positive) > weight(negative) ? positive : negative;
}

function writeAbove(threshold: number, to: Float64Array, values: Float64Array, factor: number): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]! * factor;
    if (value >= threshold) to[i] = value;
  }
}

function isSilent(values: Float64Array): boolean {
  return values.every((value) => value === 0);
}

function fillZeros(values: Float64Array, fill: number, random: Random | undefined): void {
  for (let i = 0; i < values.length; i++) {
    if (values[i] === 0) values[i] = random ? fill * Math.abs(random.normal()) : fill;
  }
}

function checkOptions(components: number, { variant, fillScale }: Required<NndsvdOptions>): void {
  checkWhole(who, "components", components, 1);
  if (variant !== "nndsvd" && variant !== "nndsvda" && variant !== "nndsvdar") {
    throw new ToolkitError(
      "bad-option",
      `${who}: variant is "${String(variant)}"; it must be "nndsvd", "nndsvda" or "nndsvdar"`,
    );
  }
  if (fillScale !== "relative" && fillScale !== "absolute") {
    throw new ToolkitError(
      "bad-option",
      `${who}: fillScale is "${String(fillScale)}"; it must be "relative" or "absolute"`,
    );
  }
}
