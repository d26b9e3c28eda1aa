import { checkFinite, checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { createRandom } from "../core/random.ts";
import { mean, sortedQuantile } from "./statistics.ts";

/** Options of {@link bootstrapInterval}. */
export interface BootstrapOptions {
  /** What is estimated, default `median`. */
  statistic?: "median" | "mean";
  /** Probability the interval is meant to hold, default 0.95. */
  confidence?: number;
  /** Number of resamples, default 2000. */
  resamples?: number;
  /** Seed, default 0. */
  seed?: number | string;
  /**
   * For each value, which cluster (subject) it is from: clusters are drawn first, then values within each, so that the
   * interval speaks about new subjects. Default: values are drawn one by one.
   */
  clusters?: readonly (string | number)[];
}

/** Default options of {@link bootstrapInterval}. */
export const bootstrapDefaults = {
  statistic: "median",
  confidence: 0.95,
  resamples: 2000,
  seed: 0,
} as const satisfies Required<Omit<BootstrapOptions, "clusters">>;

/** A statistic of the values given and the interval around it. */
export interface BootstrapInterval {
  /** The statistic of the values themselves. */
  readonly estimate: number;
  /** Lower end. */
  readonly low: number;
  /** Upper end. */
  readonly high: number;
}

/**
 * Percentile bootstrap interval (Efron & Tibshirani 1993), of single values or of clusters in two stages.
 *
 * @param values at least one
 * @throws ToolkitError `bad-shape` for no values or another number of clusters, `bad-value` if one is not finite,
 *   `bad-option`
 */
export function bootstrapInterval(values: ArrayLike<number>, options: BootstrapOptions = {}): BootstrapInterval {
  const who = "bootstrapInterval";
  const { statistic, confidence, resamples, seed, clusters } = { ...bootstrapDefaults, ...options };
  if (values.length === 0) throw new ToolkitError("bad-shape", `${who}: no values given; at least one is needed`);
  checkFinite(who, "values", values);
  checkNumber(who, "confidence", confidence, { above: 0, to: 1 });
  checkWhole(who, "resamples", resamples, 1);
  if (statistic !== "median" && statistic !== "mean") {
    throw new ToolkitError("bad-option", `${who}: statistic is "${String(statistic)}"; it must be "median" or "mean"`);
  }
  if (clusters !== undefined && clusters.length !== values.length) {
    throw new ToolkitError("bad-shape", `${who}: ${values.length} values but ${clusters.length} clusters`);
  }
  const groups = groupValues(values, clusters);
  const compute = (sample: Float64Array): number => (statistic === "mean" ? mean(sample) : middle(sample));
  const random = createRandom(seed);
  const drawn: number[] = [];
  const results = Float64Array.from({ length: resamples }, () => {
    drawn.length = 0;
    for (let g = 0; g < groups.length; g++) {
      const group = groups.length === 1 ? groups[0]! : groups[random.below(groups.length)]!;
      for (let i = 0; i < group.length; i++) drawn.push(group[random.below(group.length)]!);
    }
    return compute(Float64Array.from(drawn));
  }).sort();
  const tail = (1 - confidence) / 2;
  return {
    estimate: compute(Float64Array.from(values)),
    low: sortedQuantile(results, tail),
    high: sortedQuantile(results, 1 - tail),
  };
}

function groupValues(values: ArrayLike<number>, clusters: readonly (string | number)[] | undefined): number[][] {
  const groups = new Map<string | number, number[]>();
  for (let i = 0; i < values.length; i++) {
    const name = clusters?.[i] ?? "";
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [values[i]!]);
    else group.push(values[i]!);
  }
  return [...groups.values()];
}

function middle(sample: Float64Array): number {
  return sortedQuantile(sample.sort(), 0.5);
}
