/** Limits of a matching, see {@link matchTriggers}. */
export interface MatchLimits {
  /** Largest residual of a trigger; two neighbours may differ by twice as much. */
  readonly toleranceSeconds: number;
  /** Largest difference of the clocks. */
  readonly maxDriftPpm: number;
  /** Longest run of missing or of extra triggers between two matched ones. */
  readonly maxRun: number;
  /** EEG time minus stimulus time of the pairs considered. */
  readonly offsetRangeSeconds: readonly [number, number];
}

/** Pairs of places, [eeg, stimulus], both ascending. */
export type TriggerPairs = readonly (readonly [number, number])[];

/** The best matching, and how good the best other one is. */
export interface TriggerMatching {
  readonly pairs: TriggerPairs;
  /** Pairs of the best matching that shares none with the best one. */
  readonly runnerUp: number;
}

/** A link between neighbours costs at most this, so that one more pair always outweighs worse links of one neighbour. */
const linkCost = 0.4;

/**
 * Matches two series of times by their intervals: of all chains of pairs in which no interval differs by more than two tolerances
 * and the drift, up to `maxRun` entries being skipped between pairs, the one with the most pairs, smaller differences
 * deciding between equals (dynamic programming over pairs; eeg * stimuli * (maxRun + 1)^2 steps at most).
 *
 * @param eeg ascending, seconds
 * @param stimuli ascending, seconds
 */
export function matchTriggers(
  eeg: ArrayLike<number>,
  stimuli: ArrayLike<number>,
  limits: MatchLimits,
): TriggerMatching {
  const pairs = bestChain(eeg, stimuli, limits, new Set());
  const used = new Set(pairs.map(([i, j]) => i * stimuli.length + j));
  return { pairs, runnerUp: pairs.length < 2 ? 0 : bestChain(eeg, stimuli, limits, used).length };
}

function bestChain(
  eeg: ArrayLike<number>,
  stimuli: ArrayLike<number>,
  limits: MatchLimits,
  barred: ReadonlySet<number>,
): [number, number][] {
  const { toleranceSeconds, maxDriftPpm, maxRun, offsetRangeSeconds } = limits;
  const columns = stimuli.length;
  const score = new Float64Array(eeg.length * columns);
  const from = new Int32Array(eeg.length * columns).fill(-1);
  const drift = maxDriftPpm * 1e-6;
  let best = -1;
  for (let i = 0; i < eeg.length; i++) {
    for (let j = 0; j < columns; j++) {
      const offset = eeg[i]! - stimuli[j]!;
      const cell = i * columns + j;
      if (offset < offsetRangeSeconds[0] || offset > offsetRangeSeconds[1] || barred.has(cell)) continue;
      score[cell] = 1;
      for (let a = Math.max(0, i - maxRun - 1); a < i; a++) {
        for (let b = Math.max(0, j - maxRun - 1); b < j; b++) {
          const before = a * columns + b;
          if (score[before] === 0) continue;
          const difference = Math.abs(offset - (eeg[a]! - stimuli[b]!));
          const excess = Math.max(0, difference - drift * (stimuli[j]! - stimuli[b]!)) / (2 * toleranceSeconds);
          if (excess > 1) continue;
          const total = score[before]! + 1 - linkCost * excess * excess;
          if (total > score[cell]!) {
            score[cell] = total;
            from[cell] = before;
          }
        }
      }
      if (best < 0 || score[cell]! > score[best]!) best = cell;
    }
  }
  const chain: [number, number][] = [];
  for (let cell = best; cell >= 0; cell = from[cell]!) chain.push([Math.floor(cell / columns), cell % columns]);
  return chain.reverse();
}
