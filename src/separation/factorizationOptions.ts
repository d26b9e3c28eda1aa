import { checkChoice, checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import type { Matrix } from "../core/matrix.ts";
import { createRandom } from "../core/random.ts";
import type { Precision } from "../numeric/kernels.ts";
import { checkSpectrogram, checkStart } from "./checkSpectrogram.ts";
import { type Accelerator, accelerators } from "./createModel.ts";
import { checkDescent, type DescentOptions, descentDefaults, type OpenDescentOption } from "./descent.ts";
import { randomFactor, scaled } from "./scaling.ts";

/** Factors to start from, shaped as in the result; one that is not given is random. */
export interface FactorStart {
  /** W, in the spectrogram's units. */
  readonly dictionary?: Matrix;
  /** H, in the spectrogram's units. */
  readonly activations?: Matrix;
}

/** Options that every factorization has. */
export interface FactorizationOptions extends DescentOptions {
  /** Number of components K. */
  components: number;
  /** The divergence: 0 Itakura-Saito, 1 Kullback-Leibler, 2 half the squared distance, or any other real number. Default 1. */
  beta?: number;
  /**
   * Entries of the spectrogram below this share of its mean are raised to it; needed for zeros with beta <= 0, where it should
   * lie well above 1e-10 for both precisions to solve the same problem. Default 0.
   */
  floor?: number;
  /** Precision of factors and products; costs are summed in double either way. Default `float32`. */
  precision?: Precision;
  /** What computes the products. Default `portable`. */
  accelerator?: Accelerator;
  /** Seed of the random start. Default 0. */
  seed?: number | string;
  /** Factors to start from; one that is not given is random. */
  start?: FactorStart;
}

/** Defaults of `FactorizationOptions`. */
export const factorizationDefaults = {
  beta: 1,
  floor: 0,
  precision: "float32",
  accelerator: "portable",
  seed: 0,
  ...descentDefaults,
} as const satisfies Omit<FactorizationOptions, "components">;

/** Options without a default. */
export type OpenFactorizationOption = OpenDescentOption | "components" | "start";

type Resolved = FactorizationOptions & Required<Omit<FactorizationOptions, OpenFactorizationOption>>;

/** The data of a factorization in the units it is computed in, in which the spectrogram has mean 1. */
export interface PreparedData {
  /** X / unit^2, [frames, bins]. */
  readonly spectrogram: Matrix<Float64Array>;
  /** W and H are given and returned times this, so that the result does not depend on the scale of X. */
  readonly unit: number;
  /** A factor: from the start that is given, or random. */
  factor(name: keyof FactorStart, rows: number, columns: number): Matrix<Float64Array>;
  /** Function, sizes, divergence and precision in words: what a checkpoint belongs to. */
  readonly description: string;
  /** What is questionable but no error. */
  readonly warnings: string[];
}

/**
 * The exponent that makes a multiplicative update a majorization-minimization (Fagot et al. 2019, section 2; Févotte & Idier
 * 2011): 1 / (2 - beta) below 1, 1 from 1 to 2, 1 / (beta - 1) above 2. It holds with weights of L1 norms in the
 * denominators as well.
 *
 * @param beta the divergence
 */
export function monotoneExponent(beta: number): number {
  if (beta < 1) return 1 / (2 - beta);
  return beta > 2 ? 1 / (beta - 1) : 1;
}

/**
 * Checks data and common options and scales the data to mean 1.
 *
 * @param who the function that runs
 * @param spectrogram X, [frames, bins]
 * @param options resolved
 * @param templateFrames T, default 1: dictionaries have K * T rows
 * @throws ToolkitError `bad-value` for negative, not finite or all-zero data and for zeros with beta <= 0, `bad-shape` for a start
 *   that does not fit, `bad-option`
 */
export function prepareData(who: string, spectrogram: Matrix, options: Resolved, templateFrames = 1): PreparedData {
  const { components, beta, floor, precision, accelerator, start, seed } = options;
  const total = checkSpectrogram(who, spectrogram);
  const { rows: frames, columns: bins } = spectrogram;
  checkWhole(who, "components", components, 1);
  checkNumber(who, "beta", beta);
  checkNumber(who, "floor", floor, { from: 0 });
  if (precision !== "float32" && precision !== "float64") {
    throw new ToolkitError("bad-option", `${who}: precision is "${precision}"; it must be "float32" or "float64"`);
  }
  checkChoice(who, "accelerator", accelerator, accelerators);
  checkDescent(who, options);
  checkStart(who, "start.dictionary", start?.dictionary, components * templateFrames, bins, "bin");
  checkStart(who, "start.activations", start?.activations, components, frames, "frame");

  const mean = total / (frames * bins);
  const unit = Math.sqrt(mean);
  const data = scaled(spectrogram, 1 / mean);
  if (floor > 0) for (let i = 0; i < data.data.length; i++) data.data[i] = Math.max(data.data[i]!, floor);
  if (beta <= 0) checkNoZeros(who, data, beta, precision);
  const random = createRandom(seed);
  const spread = 1 / Math.sqrt(components * templateFrames);
  return {
    spectrogram: data,
    unit,
    description: `${who} of ${frames} frames and ${bins} bins, ${components} components of ${templateFrames}, beta ${beta}, ${precision}`,
    factor: (name, rows, columns) =>
      start?.[name] ? scaled(start[name], 1 / unit) : randomFactor(random.fork(name), rows, columns, spread),
    warnings:
      components > Math.min(frames, bins)
        ? [
            `${who}: components is ${components} for a spectrogram of ${frames} frames and ${bins} bins; at most ${Math.min(frames, bins)} can be told apart`,
          ]
        : [],
  };
}

/** Entries too small to be normal numbers in the precision count as zeros, as they do in the kernels. */
function checkNoZeros(who: string, { data, columns }: Matrix, beta: number, precision: Precision): void {
  const least = precision === "float32" ? 2 ** -126 : 2 ** -1022;
  const first = data.findIndex((value) => value < least);
  if (first < 0) return;
  let count = 0;
  for (let i = first; i < data.length; i++) if (data[i]! < least) count++;
  throw new ToolkitError(
    "bad-value",
    `${who}: spectrogram has ${count} entries that are 0 in ${precision}, the first at bin ${first % columns}, frame ${Math.floor(first / columns)}, where the divergence of beta ${beta} is infinite; give a floor, such as 1e-10`,
  );
}

/**
 * The rows that are learnt, as runs of neighbours.
 *
 * @param who the function that runs
 * @param name the option's name
 * @param fixed all, none, or the components that stay as they are
 * @param components K
 * @param rowsEach rows of each component
 * @returns first row and number of rows of each run
 * @throws ToolkitError `bad-option`
 */
export function learntRows(
  who: string,
  name: string,
  fixed: boolean | readonly number[],
  components: number,
  rowsEach = 1,
): [number, number][] {
  if (fixed === true) return [];
  const stays = new Set<number>();
  for (const k of fixed || []) {
    checkWhole(who, `a component of ${name}`, k, 0, components - 1);
    stays.add(k);
  }
  const runs: [number, number][] = [];
  for (let k = 0; k < components; k++) {
    if (stays.has(k)) continue;
    if (k > 0 && runs.length > 0 && !stays.has(k - 1)) runs.at(-1)![1] += rowsEach;
    else runs.push([k * rowsEach, rowsEach]);
  }
  return runs;
}
