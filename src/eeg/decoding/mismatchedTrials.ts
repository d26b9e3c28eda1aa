import { ToolkitError } from "../../core/error.ts";
import type { Random } from "../../core/random.ts";
import { stimulusFingerprint } from "./stimulusFingerprint.ts";
import type { DecodedTrial } from "./windowScores.ts";

/**
 * Which trials may stand in for each other where they must not match: those that have no source in common, by
 * `stimulusFingerprint` of the first feature.
 *
 * @returns [trials][trials]
 */
export function allowedPairs(trials: readonly Pick<DecodedTrial, "candidates">[]): boolean[][] {
  const heard = trials.map(
    ({ candidates }) => new Set(candidates.map((features) => stimulusFingerprint(features[0] ?? []))),
  );
  return heard.map((own, i) => heard.map((other, j) => i !== j && [...own].every((stimulus) => !other.has(stimulus))));
}

/**
 * Number of permutations of the trials that pair allowed ones only: exact up to 16 trials; above, as if trials were forbidden
 * independently of each other, n! times the share of allowed pairs to the power n.
 *
 * @param allowed [trials][trials]
 * @returns at most 2^53 - 1
 */
export function countPairings(allowed: readonly (readonly boolean[])[]): number {
  const count = allowed.length;
  if (count > 16) {
    const share = allowed.flat().filter(Boolean).length / count ** 2;
    let log = count * Math.log(share);
    for (let i = 2; i <= count; i++) log += Math.log(i);
    return Math.min(Number.MAX_SAFE_INTEGER, Math.round(Math.exp(log)));
  }
  // Ways to serve the first trials with the set of partners in the bits of the index.
  const ways = new Float64Array(2 ** count);
  ways[0] = 1;
  for (let used = 0; used < ways.length - 1; used++) {
    if (ways[used] === 0) continue;
    let next = 0;
    for (let bits = used; bits > 0; bits &= bits - 1) next++;
    for (let j = 0; j < count; j++) {
      if (allowed[next]![j] && (used & (1 << j)) === 0) ways[used | (1 << j)]! += ways[used]!;
    }
  }
  return Math.min(Number.MAX_SAFE_INTEGER, ways.at(-1)!);
}

/**
 * Draws one of the permutations of allowed pairs, all equally likely: permutations are drawn until one is allowed.
 *
 * @param who asks, for messages
 * @param allowed [trials][trials]
 * @param random seeded numbers
 * @returns the partner of each trial
 * @throws ToolkitError `bad-shape` if 100 000 draws found none
 */
export function drawPairing(who: string, allowed: readonly (readonly boolean[])[], random: Random): number[] {
  for (let attempt = 0; attempt < 100_000; attempt++) {
    const partners = random.permutation(allowed.length);
    if (partners.every((partner, own) => allowed[own]![partner])) return partners;
  }
  throw new ToolkitError(
    "bad-shape",
    `${who}: too few of the permutations of ${allowed.length} trials pair different stimuli only; use shift or labels`,
  );
}
