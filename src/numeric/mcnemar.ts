import { ToolkitError } from "../core/error.ts";
import { type Alternative, checkAlternative } from "./wilcoxon.ts";

/** Options of {@link mcnemar}. */
export interface McnemarOptions {
  /** Default `two-sided`; `greater` means that the first is right more often. */
  alternative?: Alternative;
}

/** Default options of {@link mcnemar}. */
export const mcnemarDefaults = { alternative: "two-sided" } as const satisfies Required<McnemarOptions>;

/** Outcome of {@link mcnemar}. */
export interface McnemarResult {
  /** Probability of so uneven a split of the pairs that differ, each side equally likely; 1 where none differs. */
  readonly pValue: number;
  /** Share of right answers of the first less that of the second; NaN without pairs. */
  readonly difference: number;
  /** Pairs that both got right. */
  readonly both: number;
  /** Pairs that only the first got right. */
  readonly firstOnly: number;
  /** Pairs that only the second got right. */
  readonly secondOnly: number;
  /** Pairs that both got wrong. */
  readonly neither: number;
  /** Pairs that count. */
  readonly n: number;
  /** Pairs of which either is unknown, left out. */
  readonly unknown: number;
}

/**
 * McNemar's test (1947) of two paired series of right and wrong answers, exact: of the pairs in which only one is right, the
 * number of the first's is binomial with probability 1/2. The two-sided p-value is twice the smaller tail, at most 1. Counted
 * in whole numbers, so nothing is rounded before the end.
 *
 * @param first right or not, null if unknown, [count]
 * @param second the same decisions of the other, [count]
 * @throws ToolkitError `bad-shape` if lengths differ, `bad-option`
 */
export function mcnemar(
  first: readonly (boolean | null)[],
  second: readonly (boolean | null)[],
  options: McnemarOptions = {},
): McnemarResult {
  const who = "mcnemar";
  const { alternative } = { ...mcnemarDefaults, ...options };
  checkAlternative(who, alternative);
  if (first.length !== second.length) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: ${first.length} and ${second.length} answers given; two series of one length are needed`,
    );
  }
  const counts = { both: 0, firstOnly: 0, secondOnly: 0, neither: 0, unknown: 0 };
  first.forEach((a, i) => {
    const b = second[i]!;
    if (a === null || b === null) counts.unknown++;
    else if (a) counts[b ? "both" : "firstOnly"]++;
    else counts[b ? "secondOnly" : "neither"]++;
  });
  const n = first.length - counts.unknown;
  const { firstOnly, secondOnly } = counts;
  const differing = firstOnly + secondOnly;
  const pValue = {
    greater: () => fairTail(firstOnly, differing),
    less: () => fairTail(secondOnly, differing),
    "two-sided": () => Math.min(1, 2 * fairTail(Math.max(firstOnly, secondOnly), differing)),
  }[alternative]();
  return { pValue, difference: (firstOnly - secondOnly) / n, ...counts, n };
}

/** Probability of at least so many heads in tosses of a fair coin. */
function fairTail(heads: number, tosses: number): number {
  let ways = 1n;
  let sum = 0n;
  // C(n, n - k) = C(n, k): from all heads downwards.
  for (let tails = 0; tails <= tosses - heads; tails++) {
    sum += ways;
    ways = (ways * BigInt(tosses - tails)) / BigInt(tails + 1);
  }
  const surplus = Math.max(0, sum.toString(2).length - 64);
  return scale(Number(sum >> BigInt(surplus)), surplus - tosses);
}

/** value * 2^exponent, in steps because 2^exponent alone may be too small for a number. */
function scale(value: number, exponent: number): number {
  let scaled = value;
  let rest = exponent;
  for (; rest < -1000; rest += 1000) scaled *= 2 ** -1000;
  return scaled * 2 ** rest;
}
