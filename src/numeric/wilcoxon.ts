import { checkChoice } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { normalCdf } from "./normal.ts";
import { midRanks } from "./statistics.ts";

/** Which departure from zero a test looks for: either way, differences above zero, or differences below zero. */
export type Alternative = "two-sided" | "greater" | "less";

/** Options of {@link wilcoxon}. */
export interface WilcoxonOptions {
  /** Default `two-sided`; `greater` means that differences tend to be above zero. */
  alternative?: Alternative;
  /** What is done with differences of zero: left out before ranking (`wilcox`, default) or after it (`pratt`). */
  zeros?: "wilcox" | "pratt";
  /**
   * `exact` counts all signs of the ranks as they are, ties and zeros included; `normal` approximates, with the variance
   * corrected for ties; `auto` (default) is `exact` for up to 50 differences without ties and zeros, as in SciPy.
   */
  method?: "auto" | "exact" | "normal";
  /** Whether the normal approximation moves the statistic by 1/2 towards its mean, default false. */
  continuity?: boolean;
}

/** Default options of {@link wilcoxon}. */
export const wilcoxonDefaults = {
  alternative: "two-sided",
  zeros: "wilcox",
  method: "auto",
  continuity: false,
} as const satisfies Required<WilcoxonOptions>;

/** Most differences whose signs are counted exactly: the time grows with their cube. */
const exactLimit = 1000;

/** Outcome of {@link wilcoxon}. */
export interface WilcoxonResult {
  /** The smaller of the sums of ranks if two-sided, the sum of ranks of differences above zero otherwise. */
  readonly statistic: number;
  /** Sum of ranks of differences above zero. */
  readonly positiveRanks: number;
  /** Sum of ranks of differences below zero. */
  readonly negativeRanks: number;
  /** Probability of such sums, or more extreme ones, where either sign is equally likely; NaN without differences. */
  readonly pValue: number;
  /** How it was found. */
  readonly method: "exact" | "normal";
  /** The sum in standard deviations from its mean; NaN where the method is exact. */
  readonly z: number;
  /** Matched-pairs rank-biserial correlation, (R+ - R-) / (R+ + R-), from -1 to 1; NaN without differences. */
  readonly rankBiserial: number;
  /** Differences that count: neither zero nor NaN. */
  readonly n: number;
  /** Differences of zero, left out. */
  readonly zeros: number;
  /** Differences that are NaN, left out. */
  readonly nan: number;
  /** Whether some differences are equally great. */
  readonly ties: boolean;
}

/**
 * Wilcoxon's signed-rank test of paired differences (Wilcoxon 1945; zeros: Pratt 1959; ties and zeros in the normal
 * approximation: Cureton 1967): ranks the magnitudes and compares the sum of ranks above zero with its distribution when each
 * sign is as likely as the other. The rank-biserial correlation is Kerby's (2014). Infinite differences have the highest ranks.
 *
 * @param differences of the pairs, [count]; differences are tied only if equal to the last digit, so round them first if
 *   rounding errors must not decide
 * @throws ToolkitError `bad-option`
 */
export function wilcoxon(differences: ArrayLike<number>, options: WilcoxonOptions = {}): WilcoxonResult {
  const who = "wilcoxon";
  const { alternative, zeros: zeroRule, method: asked, continuity } = { ...wilcoxonDefaults, ...options };
  checkAlternative(who, alternative);
  checkChoice(who, "zeros", zeroRule, ["wilcox", "pratt"]);
  checkChoice(who, "method", asked, ["auto", "exact", "normal"]);
  const known = Array.from(differences).filter((value) => !Number.isNaN(value));
  const zeros = known.filter((value) => value === 0).length;
  const ranked = zeroRule === "pratt" ? known : known.filter((value) => value !== 0);
  const allRanks = midRanks(ranked.map(Math.abs));
  const values = ranked.filter((value) => value !== 0);
  const ranks = allRanks.filter((_, i) => ranked[i] !== 0);
  const n = values.length;
  const positiveRanks = sum(ranks.filter((_, i) => values[i]! > 0));
  const negativeRanks = sum(ranks.filter((_, i) => values[i]! < 0));
  const ties = new Set(ranks).size < n;
  const method = asked === "auto" ? (n <= 50 && !ties && zeros === 0 ? "exact" : "normal") : asked;
  if (method === "exact" && n > exactLimit) {
    throw new ToolkitError(
      "bad-option",
      `${who}: method is "exact" for ${n} differences; it takes at most ${exactLimit}, use "normal"`,
    );
  }
  const { pValue, z } =
    known.length === 0
      ? { pValue: Number.NaN, z: Number.NaN }
      : n === 0
        ? { pValue: 1, z: Number.NaN } // Without a sign nothing can be more extreme.
        : method === "exact"
          ? { pValue: exactPValue(ranks, positiveRanks, alternative), z: Number.NaN }
          : normalPValue(ranks, positiveRanks, zeroRule === "pratt" ? zeros : 0, { alternative, continuity });
  return {
    statistic: alternative === "two-sided" ? Math.min(positiveRanks, negativeRanks) : positiveRanks,
    positiveRanks,
    negativeRanks,
    pValue,
    method,
    z,
    rankBiserial: (positiveRanks - negativeRanks) / (positiveRanks + negativeRanks),
    n,
    zeros,
    nan: differences.length - known.length,
    ties,
  };
}

/** Refuses another alternative than the three there are. */
export function checkAlternative(who: string, alternative: string): void {
  checkChoice(who, "alternative", alternative, ["two-sided", "greater", "less"]);
}

/** Adds one rank after the other to the distribution of the doubled sum, which is whole for ranks that are halves. */
function exactPValue(ranks: Float64Array, positiveRanks: number, alternative: Alternative): number {
  const distribution = new Float64Array(2 * sum(ranks) + 1);
  distribution[0] = 1;
  let top = 0;
  for (const rank of ranks) {
    const step = 2 * rank;
    top += step;
    for (let s = top; s >= step; s--) distribution[s] = (distribution[s]! + distribution[s - step]!) / 2;
    for (let s = Math.min(step - 1, top); s >= 0; s--) distribution[s]! /= 2;
  }
  const place = 2 * positiveRanks;
  const less = sum(distribution.subarray(0, place + 1));
  // Smallest terms first.
  const greater = sum(distribution.slice(place).reverse());
  return Math.min(1, pick(alternative, less, greater));
}

function normalPValue(
  ranks: Float64Array,
  positiveRanks: number,
  zeros: number,
  { alternative, continuity }: { alternative: Alternative; continuity: boolean },
): { pValue: number; z: number } {
  const count = ranks.length + zeros;
  const expected = (count * (count + 1) - zeros * (zeros + 1)) / 4;
  const groups = new Map<number, number>();
  for (const rank of ranks) groups.set(rank, (groups.get(rank) ?? 0) + 1);
  const tied = sum([...groups.values()].map((size) => size ** 3 - size));
  const variance = (count * (count + 1) * (2 * count + 1) - zeros * (zeros + 1) * (2 * zeros + 1) - tied / 2) / 24;
  const statistic = alternative === "two-sided" ? Math.min(positiveRanks, 2 * expected - positiveRanks) : positiveRanks;
  const towards = { "two-sided": Math.sign(statistic - expected), greater: 1, less: -1 }[alternative];
  const z = (statistic - expected - (continuity ? towards / 2 : 0)) / Math.sqrt(variance);
  return { pValue: Math.min(1, pick(alternative, normalCdf(z), normalCdf(-z))), z };
}

function pick(alternative: Alternative, less: number, greater: number): number {
  if (alternative === "less") return less;
  return alternative === "greater" ? greater : 2 * Math.min(less, greater);
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
