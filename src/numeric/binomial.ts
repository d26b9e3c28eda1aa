import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";

/** Two ends of a confidence interval. */
export interface Interval {
  /** Lower end. */
  readonly low: number;
  /** Upper end. */
  readonly high: number;
}

/** Default options of {@link binomialInterval}. */
export const binomialIntervalDefaults = { confidence: 0.95 } as const;

/**
 * Exact confidence interval of a proportion (Clopper & Pearson 1934): the probabilities at which as many successes or
 * more, or as many or fewer, would have probability (1 - confidence) / 2.
 *
 * @param successes from 0 to `trials`
 * @param trials at least 1
 * @param options `confidence`, default 0.95
 * @throws ToolkitError `bad-option`
 */
export function binomialInterval(successes: number, trials: number, options: { confidence?: number } = {}): Interval {
  const who = "binomialInterval";
  const { confidence } = { ...binomialIntervalDefaults, ...options };
  checkWhole(who, "trials", trials, 1);
  checkWhole(who, "successes", successes, 0, trials);
  checkNumber(who, "confidence", confidence, { above: 0 });
  if (confidence >= 1) throw new ToolkitError("bad-option", `${who}: confidence is ${confidence}; it must be below 1`);
  const tail = (1 - confidence) / 2;
  const high = (k: number): number => upperEnd(k, trials, tail);
  return {
    low: successes === 0 ? 0 : 1 - high(trials - successes),
    high: successes === trials ? 1 : high(successes),
  };
}

/**
 * Probability of at least so many successes in independent trials of one probability.
 *
 * @param successes from 0 to `trials`
 * @param trials at least 1
 * @param probability of success, from 0 to 1
 * @throws ToolkitError `bad-option`
 */
export function binomialUpperTail(successes: number, trials: number, probability: number): number {
  checkWhole("binomialUpperTail", "trials", trials, 1);
  checkNumber("binomialUpperTail", "probability", probability, { from: 0, to: 1 });
  return poissonBinomialUpperTail(successes, new Float64Array(trials).fill(probability));
}

/**
 * Probability of at least so many successes in independent trials, each with its own probability (Poisson binomial), by
 * adding one trial after the other to the distribution: only sums of products of probabilities, so no digits are lost.
 *
 * @param successes from 0 to the number of trials
 * @param probabilities of success in each trial, from 0 to 1
 * @throws ToolkitError `bad-option`
 */
export function poissonBinomialUpperTail(successes: number, probabilities: ArrayLike<number>): number {
  const who = "poissonBinomialUpperTail";
  const trials = probabilities.length;
  checkWhole(who, "successes", successes, 0, trials);
  const distribution = new Float64Array(trials + 1);
  distribution[0] = 1;
  for (let t = 0; t < trials; t++) {
    const p = probabilities[t]!;
    checkNumber(who, `probability ${t}`, p, { from: 0, to: 1 });
    for (let k = t + 1; k > 0; k--) distribution[k] = distribution[k]! * (1 - p) + distribution[k - 1]! * p;
    distribution[0]! *= 1 - p;
  }
  let sum = 0;
  // Smallest terms first.
  for (let k = trials; k >= successes; k--) sum += distribution[k]!;
  return Math.min(1, sum);
}

/** The probability p at which `successes` or fewer have probability `tail`; bisection, the tail falls as p grows. */
function upperEnd(successes: number, trials: number, tail: number): number {
  let low = successes / trials;
  let high = 1;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (lowerTail(successes, trials, middle) > tail) low = middle;
    else high = middle;
  }
}

/** Probability of `successes` or fewer: the largest term by its logarithm, the others by their ratios to it. */
function lowerTail(successes: number, trials: number, p: number): number {
  let sum = 1;
  let term = 1;
  for (let k = successes; k > 0; k--) {
    term *= (k * (1 - p)) / ((trials - k + 1) * p);
    sum += term;
    if (term < sum * 1e-18) break;
  }
  return Math.exp(logTerm(successes, trials, p) + Math.log(sum));
}

/** log of C(n, k) p^k (1 - p)^(n - k), as a sum of small logarithms. */
function logTerm(successes: number, trials: number, p: number): number {
  const fewer = Math.min(successes, trials - successes);
  let log = 0;
  for (let i = 1; i <= fewer; i++) log += Math.log((trials - fewer + i) / i);
  return log + successes * Math.log(p) + (trials - successes) * Math.log1p(-p);
}
