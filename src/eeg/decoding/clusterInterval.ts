import { checkNumber, checkWhole } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import { createRandom } from "../../core/random.ts";
import type { Interval } from "../../numeric/binomial.ts";

/** Options of {@link clusterInterval}. */
export interface ClusterIntervalOptions {
  /** Probability the interval is meant to hold, default 0.95. */
  confidence?: number;
  /** Number of resamples, default 1000. */
  resamples?: number;
  /** Seed, default 0. */
  seed?: number | string;
}

/** Default options of {@link clusterInterval}. */
export const clusterIntervalDefaults = {
  confidence: 0.95,
  resamples: 1000,
  seed: 0,
} as const satisfies Required<ClusterIntervalOptions>;

/**
 * Percentile bootstrap interval (Efron & Tibshirani 1993) of any statistic of trials: whole clusters of trials are drawn with
 * replacement, so that windows of one trial, or trials of one listener, stay together. It says nothing where there is one
 * cluster, and is too narrow for few.
 *
 * @param clusters the cluster of each trial; `undefined` is a cluster of its own
 * @param statistic of the numbers of the trials drawn, some of them repeated; NaN is left out
 * @returns null for fewer than two clusters, or if the statistic is always NaN
 * @throws ToolkitError `bad-option`
 */
export function clusterInterval(
  clusters: readonly (string | number | undefined)[],
  statistic: (trials: readonly number[]) => number,
  options: ClusterIntervalOptions = {},
): Interval | null {
  const { confidence, resamples, seed } = { ...clusterIntervalDefaults, ...options };
  checkClusterInterval("clusterInterval", options);
  const groups = [...groupTrials(clusters).values()];
  if (groups.length < 2) return null;
  const random = createRandom(seed);
  const results = Float64Array.from({ length: resamples }, () =>
    statistic(groups.flatMap(() => groups[random.below(groups.length)]!)),
  )
    .filter((value) => !Number.isNaN(value))
    .sort();
  if (results.length === 0) return null;
  const tail = (1 - confidence) / 2;
  return { low: quantileOf(results, tail), high: quantileOf(results, 1 - tail) };
}

/** Refuses options of {@link clusterInterval}, naming who asks. */
export function checkClusterInterval(who: string, options: ClusterIntervalOptions): void {
  const { confidence, resamples } = { ...clusterIntervalDefaults, ...options };
  checkNumber(who, "confidence", confidence, { above: 0 });
  if (confidence >= 1) throw new ToolkitError("bad-option", `${who}: confidence is ${confidence}; it must be below 1`);
  checkWhole(who, "resamples", resamples, 1);
}

/** Numbers of the trials of each cluster, in order of appearance. */
export function groupTrials(clusters: readonly (string | number | undefined)[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const [t, cluster] of clusters.entries()) {
    const key = cluster === undefined ? `trial ${t}` : `cluster ${cluster}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [t]);
    else group.push(t);
  }
  return groups;
}

/** Linear between ordered values, infinite ones among them. */
function quantileOf(sorted: Float64Array, level: number): number {
  const place = level * (sorted.length - 1);
  const low = sorted[Math.floor(place)]!;
  const high = sorted[Math.ceil(place)]!;
  return low === high ? low : low + (high - low) * (place - Math.floor(place));
}
