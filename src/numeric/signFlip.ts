import { checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { createRandom } from "../core/random.ts";
import { type Alternative, checkAlternative } from "./wilcoxon.ts";

/** Options of {@link signFlip}. */
export interface SignFlipOptions {
  /** Default `two-sided`; `greater` means a mean above zero. */
  alternative?: Alternative;
  /** For each difference, which cluster (subject) it is from: a cluster is flipped as a whole. Default: each alone. */
  clusters?: readonly (string | number)[];
  /** Up to so many signs are flipped in every way there is, default 16 (65536 ways), at most 20. */
  exactSigns?: number;
  /** Number of random flips where there are more signs, default 9999. */
  draws?: number;
  /** Seed of the random flips, default 0. */
  seed?: number | string;
}

/** Default options of {@link signFlip}. */
export const signFlipDefaults = {
  alternative: "two-sided",
  exactSigns: 16,
  draws: 9999,
  seed: 0,
} as const satisfies Required<Omit<SignFlipOptions, "clusters">>;

/** Outcome of {@link signFlip}. */
export interface SignFlipResult {
  /** Mean of the differences; NaN if there are none, or infinite ones of both signs. */
  readonly statistic: number;
  /** Share of flips whose mean is as extreme or more; NaN without differences. */
  readonly pValue: number;
  /** Whether all flips were counted or some were drawn. */
  readonly method: "exact" | "draws";
  /** Number of flips counted: a power of two, or the number of draws. */
  readonly flips: number;
  /** Differences that count. */
  readonly n: number;
  /** Clusters that differences came from; `n` where no clusters are given. */
  readonly clusters: number;
  /** Differences that are NaN, left out. */
  readonly nan: number;
}

/** A sum with infinities kept apart: how many more are above than below zero, and the rest. */
interface Sum {
  infinite: number;
  finite: number;
}

/**
 * Permutation test of the mean of paired differences (Fisher 1935): under the null either sign of a difference, or of all
 * differences of a cluster, is equally likely. All ways to flip signs are counted where they are few; else
 * p = (b + 1) / (draws + 1), b of the draws as extreme or more (Phipson & Smyth 2010). Means within 1e-12 of each other,
 * relative to the sum of magnitudes, are equal.
 *
 * An infinite difference weighs more than all finite ones together, and all infinite ones the same, which is the limit of
 * ever greater numbers.
 *
 * @param differences of the pairs, [count]
 * @throws ToolkitError `bad-shape` for another number of clusters, `bad-option`
 */
export function signFlip(differences: ArrayLike<number>, options: SignFlipOptions = {}): SignFlipResult {
  const who = "signFlip";
  const { alternative, exactSigns, draws, seed, clusters } = { ...signFlipDefaults, ...options };
  checkAlternative(who, alternative);
  checkWhole(who, "exactSigns", exactSigns, 0, 20);
  checkWhole(who, "draws", draws, 1);
  if (clusters !== undefined && clusters.length !== differences.length) {
    throw new ToolkitError("bad-shape", `${who}: ${differences.length} differences but ${clusters.length} clusters`);
  }
  const known = Array.from(differences, (value, i) => ({ value, i })).filter(({ value }) => !Number.isNaN(value));
  const n = known.length;
  const sums = new Map<string | number, Sum>();
  for (const { value, i } of known) {
    const name = clusters === undefined ? i : clusters[i]!;
    const sum = sums.get(name) ?? { infinite: 0, finite: 0 };
    if (Number.isFinite(value)) sum.finite += value;
    else sum.infinite += Math.sign(value);
    sums.set(name, sum);
  }
  // A sum of zero stays what it is when flipped: leaving it out changes no share.
  const units = [...sums.values()].filter(({ infinite, finite }) => infinite !== 0 || finite !== 0);
  const exact = units.length <= exactSigns;
  const isExtreme = extremeTest(units, alternative);
  const counted = exact ? countAll(units, isExtreme) : countDrawn(units, isExtreme, { draws, seed });
  const flips = exact ? 2 ** units.length : draws;
  let total = 0;
  for (const { value } of known) total += value;
  return {
    statistic: total / n,
    pValue: n === 0 ? Number.NaN : exact ? counted / flips : (counted + 1) / (flips + 1),
    method: exact ? "exact" : "draws",
    flips,
    n,
    clusters: sums.size,
    nan: differences.length - n,
  };
}

/** Makes the test whether a sum is as extreme as that of the units as they are. */
function extremeTest(units: readonly Sum[], alternative: Alternative): (infinite: number, finite: number) => boolean {
  const observed = { infinite: 0, finite: 0 };
  let magnitude = 0;
  for (const { infinite, finite } of units) {
    observed.infinite += infinite;
    observed.finite += finite;
    magnitude += Math.abs(finite);
  }
  const tolerance = 1e-12 * magnitude;
  const atLeast = (infinite: number, finite: number, bound: Sum): boolean =>
    infinite > bound.infinite || (infinite === bound.infinite && finite >= bound.finite - tolerance);
  if (alternative === "greater") return (infinite, finite) => atLeast(infinite, finite, observed);
  const opposite = { infinite: -observed.infinite, finite: -observed.finite };
  if (alternative === "less") return (infinite, finite) => atLeast(-infinite, -finite, opposite);
  const bound = (Math.sign(observed.infinite) || Math.sign(observed.finite)) < 0 ? opposite : observed;
  return (infinite, finite) => atLeast(infinite, finite, bound) || atLeast(-infinite, -finite, bound);
}

function countAll(units: readonly Sum[], isExtreme: (infinite: number, finite: number) => boolean): number {
  const infinite = new Float64Array(2 ** units.length);
  const finite = new Float64Array(2 ** units.length);
  for (let u = 0; u < units.length; u++) {
    const unit = units[u]!;
    // Sums of the units before this one lie in the first 2^u places; flipped they go behind.
    for (let i = 0; i < 2 ** u; i++) {
      infinite[i + 2 ** u] = infinite[i]! - unit.infinite;
      finite[i + 2 ** u] = finite[i]! - unit.finite;
      infinite[i]! += unit.infinite;
      finite[i]! += unit.finite;
    }
  }
  let count = 0;
  for (let i = 0; i < finite.length; i++) if (isExtreme(infinite[i]!, finite[i]!)) count++;
  return count;
}

function countDrawn(
  units: readonly Sum[],
  isExtreme: (infinite: number, finite: number) => boolean,
  { draws, seed }: { draws: number; seed: number | string },
): number {
  const random = createRandom(seed);
  let count = 0;
  for (let d = 0; d < draws; d++) {
    let infinite = 0;
    let finite = 0;
    for (let u = 0; u < units.length; u++) {
      const sign = random.uniform() < 0.5 ? -1 : 1;
      infinite += sign * units[u]!.infinite;
      finite += sign * units[u]!.finite;
    }
    if (isExtreme(infinite, finite)) count++;
  }
  return count;
}
