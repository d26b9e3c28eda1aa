import { checkChoice } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import {
  type BootstrapStatisticOptions,
  bootstrapDefaults,
  bootstrapStatistic,
  type ResampledInterval,
} from "./bootstrap.ts";
import { midRanks } from "./statistics.ts";

/** Options of {@link effectSize}; those of the interval are {@link BootstrapStatisticOptions}, whole clusters drawn. */
export interface EffectSizeOptions extends Omit<BootstrapStatisticOptions, "within"> {
  /** Which measure, default `rank-biserial`. */
  measure?: "cohen-dz" | "rank-biserial";
}

/** Default options of {@link effectSize}. */
export const effectSizeDefaults = {
  measure: "rank-biserial",
  confidence: bootstrapDefaults.confidence,
  resamples: bootstrapDefaults.resamples,
  seed: bootstrapDefaults.seed,
  method: bootstrapDefaults.method,
} as const satisfies Required<Omit<EffectSizeOptions, "clusters">>;

/** Outcome of {@link effectSize}. */
export interface EffectSize extends ResampledInterval {
  /** Which measure. */
  readonly measure: "cohen-dz" | "rank-biserial";
  /** Differences that count. */
  readonly n: number;
  /** Differences that are NaN, left out. */
  readonly nan: number;
}

/**
 * Cohen's d_z of paired differences: their mean over their standard deviation with n - 1 (Cohen 1988, equation 2.3.7). NaN
 * is left out.
 *
 * @param differences of the pairs, [count]
 * @returns infinite if all differences are the same but not zero; NaN for fewer than two differences, all zero, or infinities
 */
export function cohenDz(differences: ArrayLike<number>): number {
  const values = Array.from(differences).filter((value) => !Number.isNaN(value));
  if (values.length < 2 || !values.every(Number.isFinite)) return Number.NaN;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  // Equal values have no spread, though their mean may be a rounding away from them.
  if (values.every((value) => value === values[0])) return values[0]! / 0;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return mean / Math.sqrt(squares / (values.length - 1));
}

/**
 * Matched-pairs rank-biserial correlation (Kerby 2014): the sum of ranks of differences above zero less that of those below,
 * over the sum of both. Zeros and NaN are left out; infinite differences have the highest ranks.
 *
 * @param differences of the pairs, [count]
 * @returns from -1, all below zero, to 1; NaN without differences other than zero
 */
export function rankBiserial(differences: ArrayLike<number>): number {
  const values = Array.from(differences).filter((value) => !Number.isNaN(value) && value !== 0);
  const ranks = midRanks(values.map(Math.abs));
  let balance = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    balance += Math.sign(values[i]!) * ranks[i]!;
    total += ranks[i]!;
  }
  return balance / total;
}

/**
 * Effect size of paired differences with a bootstrap interval.
 *
 * @param differences of the pairs, [count]; NaN is left out and counted
 * @throws ToolkitError `bad-shape` for another number of clusters, `bad-option`
 */
export function effectSize(differences: ArrayLike<number>, options: EffectSizeOptions = {}): EffectSize {
  const who = "effectSize";
  const { measure, clusters, ...rest } = { ...effectSizeDefaults, ...options };
  checkChoice(who, "measure", measure, ["cohen-dz", "rank-biserial"]);
  if (clusters !== undefined && clusters.length !== differences.length) {
    throw new ToolkitError("bad-shape", `${who}: ${differences.length} differences but ${clusters.length} clusters`);
  }
  const kept = [...Array(differences.length).keys()].filter((i) => !Number.isNaN(differences[i]));
  const counts = { measure, n: kept.length, nan: differences.length - kept.length };
  if (kept.length === 0) {
    return { estimate: Number.NaN, low: Number.NaN, high: Number.NaN, undefinedResamples: 0, ...counts };
  }
  const compute = measure === "cohen-dz" ? cohenDz : rankBiserial;
  const interval = bootstrapStatistic(
    kept.length,
    (rows) => compute(Float64Array.from(rows, (row) => differences[kept[row]!]!)),
    { ...rest, within: false, ...(clusters === undefined ? {} : { clusters: kept.map((i) => clusters[i]!) }) },
  );
  return { ...interval, ...counts };
}
