import { checkChoice, checkFinite, checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { createRandom } from "../core/random.ts";
import { normalCdf, normalQuantile } from "./normal.ts";
import { mean, sortedQuantile } from "./statistics.ts";

/** Options of {@link bootstrapStatistic}. */
export interface BootstrapStatisticOptions {
  /** Probability the interval is meant to hold, default 0.95. */
  confidence?: number;
  /** Number of resamples, default 2000. */
  resamples?: number;
  /** Seed, default 0. */
  seed?: number | string;
  /**
   * Quantiles of the resampled statistics as they are (`percentile`, default), or corrected for bias and skewness (`bca`).
   * The latter is for smooth statistics such as a mean: the acceleration of a median says little.
   */
  method?: "percentile" | "bca";
  /**
   * For each value, which cluster (subject) it is from: clusters are drawn, so that the interval speaks about new
   * subjects. Default: values are drawn one by one, as they are where there is only one cluster.
   */
  clusters?: readonly (string | number)[];
  /**
   * Whether values are drawn again within each cluster drawn. Default true for `percentile`; `bca` takes whole clusters.
   * Drawn again, the noise within clusters counts twice, and the interval is too wide rather than too narrow.
   */
  within?: boolean;
}

/** Options of {@link bootstrapInterval}. */
export interface BootstrapOptions extends BootstrapStatisticOptions {
  /** What is estimated, default `median`. */
  statistic?: "median" | "mean";
}

/** Default options of {@link bootstrapInterval} and {@link bootstrapStatistic}; the latter is given its statistic. */
export const bootstrapDefaults = {
  statistic: "median",
  confidence: 0.95,
  resamples: 2000,
  seed: 0,
  method: "percentile",
} as const satisfies Required<Omit<BootstrapOptions, "clusters" | "within">>;

/** A statistic of the values given and the interval around it. */
export interface BootstrapInterval {
  /** The statistic of the values themselves. */
  readonly estimate: number;
  /** Lower end. */
  readonly low: number;
  /** Upper end. */
  readonly high: number;
}

/** Interval of {@link bcaInterval} and what it was corrected by. */
export interface BcaInterval {
  /** Lower end. */
  readonly low: number;
  /** Upper end. */
  readonly high: number;
  /** Bias z0: the estimate's place among the resampled statistics, in standard deviations of a normal variable. */
  readonly bias: number;
  /** Acceleration a: a sixth of the skewness of the jackknife. */
  readonly acceleration: number;
}

/** Outcome of {@link bootstrapStatistic}. */
export interface ResampledInterval extends BootstrapInterval {
  /** Resamples whose statistic is NaN, left out. */
  readonly undefinedResamples: number;
}

/**
 * Bootstrap interval of the median or mean (Efron & Tibshirani 1993), of single values or of clusters, whose values are drawn
 * again within each unless `method` or `within` say otherwise.
 *
 * @param values at least one
 * @throws ToolkitError `bad-shape` for no values or another number of clusters, `bad-value` if one is not finite,
 *   `bad-option`
 */
export function bootstrapInterval(values: ArrayLike<number>, options: BootstrapOptions = {}): BootstrapInterval {
  const who = "bootstrapInterval";
  const { statistic } = { ...bootstrapDefaults, ...options };
  if (values.length === 0) throw new ToolkitError("bad-shape", `${who}: no values given; at least one is needed`);
  checkFinite(who, "values", values);
  checkChoice(who, "statistic", statistic, ["median", "mean"]);
  if (options.clusters !== undefined && options.clusters.length !== values.length) {
    throw new ToolkitError("bad-shape", `${who}: ${values.length} values but ${options.clusters.length} clusters`);
  }
  const compute = (rows: Int32Array): number => {
    const sample = Float64Array.from(rows, (row) => values[row]!);
    return statistic === "mean" ? mean(sample) : sortedQuantile(sample.sort(), 0.5);
  };
  const { estimate, low, high } = resample(who, values.length, { statistic: compute, options });
  return { estimate, low, high };
}

/**
 * Bootstrap interval of any statistic of rows of data (Efron & Tibshirani 1993).
 *
 * With `bca` (their sections 14.3 and 15.6) the jackknife leaves out one cluster after the other where there are clusters,
 * because these are what is drawn.
 *
 * @param count number of rows, at least 1
 * @param statistic of the rows drawn, some of them repeated; the array is used again, so it must not be kept. NaN means that
 *   rows have no such statistic and is left out; infinities stay
 * @returns ends NaN if no resample has the statistic, or the rows themselves have none
 * @throws ToolkitError `bad-shape` for no rows or another number of clusters, `bad-option`
 */
export function bootstrapStatistic(
  count: number,
  statistic: (rows: Int32Array) => number,
  options: BootstrapStatisticOptions = {},
): ResampledInterval {
  return resample("bootstrapStatistic", count, { statistic, options });
}

/**
 * Bias-corrected and accelerated interval (Efron 1987; Efron & Tibshirani 1993, equations 14.9, 14.10, 14.14 and 14.15) from
 * resampled statistics. Where a resampled statistic equals the estimate, half of it counts as below.
 *
 * @param resampled statistics of the resamples, in any order, none NaN
 * @param parts `estimate`: the statistic of all data; `jackknife`: its values with one independent unit left out, at least 2;
 *   `confidence`: default 0.95
 * @returns ends NaN where the correction has no value: all resampled statistics on one side of the estimate, or an
 *   acceleration too great for the confidence
 * @throws ToolkitError `bad-shape` for no resampled statistics, `bad-option`
 */
export function bcaInterval(
  resampled: ArrayLike<number>,
  parts: { estimate: number; jackknife: ArrayLike<number>; confidence?: number },
): BcaInterval {
  const who = "bcaInterval";
  const { estimate, jackknife, confidence = bootstrapDefaults.confidence } = parts;
  checkNumber(who, "confidence", confidence, { above: 0 });
  if (confidence >= 1) throw new ToolkitError("bad-option", `${who}: confidence is ${confidence}; it must be below 1`);
  if (resampled.length === 0) throw new ToolkitError("bad-shape", `${who}: no resampled statistics given`);
  const sorted = Float64Array.from(resampled).sort();
  let halves = 0;
  for (const value of sorted) halves += value < estimate ? 2 : value === estimate ? 1 : 0;
  const bias = normalQuantile(halves / (2 * sorted.length));
  const acceleration = jackknifeAcceleration(Float64Array.from(jackknife));
  const end = (z: number): number => {
    const moved = bias + z;
    const shrink = 1 - acceleration * moved;
    // Beyond shrink = 0 the correction turns round, and a greater confidence would give a smaller interval.
    if (!(shrink > 0) || !Number.isFinite(moved)) return Number.NaN;
    return sortedQuantile(sorted, normalCdf(bias + moved / shrink));
  };
  const z = normalQuantile((1 - confidence) / 2);
  return { low: end(z), high: end(-z), bias, acceleration };
}

function resample(
  who: string,
  count: number,
  { statistic, options }: { statistic: (rows: Int32Array) => number; options: BootstrapStatisticOptions },
): ResampledInterval {
  const { confidence, resamples, seed, method, clusters } = { ...bootstrapDefaults, ...options };
  const { within = method === "percentile" } = options;
  checkWhole(who, "count", count, 1);
  checkNumber(who, "confidence", confidence, { above: 0, to: 1 });
  checkWhole(who, "resamples", resamples, 1);
  checkChoice(who, "method", method, ["percentile", "bca"]);
  if (clusters !== undefined && clusters.length !== count) {
    throw new ToolkitError("bad-shape", `${who}: ${count} rows but ${clusters.length} clusters`);
  }
  const groups = groupRows(count, clusters);
  const alone = groups.length === 1;
  if (method === "bca" && within && !alone) {
    throw new ToolkitError("bad-option", `${who}: within is true; "bca" draws whole clusters, set it to false`);
  }
  const estimate = statistic(Int32Array.from({ length: count }, (_, i) => i));
  const random = createRandom(seed);
  let drawn = new Int32Array(2 * count);
  const resampled = Float64Array.from({ length: resamples }, () => {
    let length = 0;
    for (let g = 0; g < groups.length; g++) {
      const group = alone ? groups[0]! : groups[random.below(groups.length)]!;
      if (length + group.length > drawn.length) {
        const larger = new Int32Array(2 * (length + group.length));
        larger.set(drawn);
        drawn = larger;
      }
      for (let i = 0; i < group.length; i++) {
        drawn[length++] = within || alone ? group[random.below(group.length)]! : group[i]!;
      }
    }
    return statistic(drawn.subarray(0, length));
  });
  const defined = resampled.filter((value) => !Number.isNaN(value)).sort();
  const undefinedResamples = resamples - defined.length;
  if (defined.length === 0 || Number.isNaN(estimate)) {
    return { estimate, low: Number.NaN, high: Number.NaN, undefinedResamples };
  }
  if (method === "bca") {
    const parts = alone ? groups[0]!.map((row) => [row]) : groups;
    const jackknife = parts.map((_, left) => leaveOut(parts, left, statistic));
    const { low, high } = bcaInterval(defined, { estimate, jackknife, confidence });
    return { estimate, low, high, undefinedResamples };
  }
  const tail = (1 - confidence) / 2;
  return { estimate, low: sortedQuantile(defined, tail), high: sortedQuantile(defined, 1 - tail), undefinedResamples };
}

/** 0 where leaving out changes nothing; NaN with fewer than two values or infinities. */
function jackknifeAcceleration(values: Float64Array): number {
  if (values.length < 2) return Number.NaN;
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
  let squares = 0;
  let cubes = 0;
  for (const value of values) {
    squares += (centre - value) ** 2;
    cubes += (centre - value) ** 3;
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}

function leaveOut(
  parts: readonly (readonly number[])[],
  left: number,
  statistic: (rows: Int32Array) => number,
): number {
  const rows = parts.flatMap((part, p) => (p === left ? [] : part));
  return rows.length === 0 ? Number.NaN : statistic(Int32Array.from(rows));
}

function groupRows(count: number, clusters: readonly (string | number)[] | undefined): number[][] {
  const groups = new Map<string | number, number[]>();
  for (let i = 0; i < count; i++) {
    const name = clusters?.[i] ?? "";
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [i]);
    else group.push(i);
  }
  return [...groups.values()];
}
