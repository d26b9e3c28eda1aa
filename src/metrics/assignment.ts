/** Most rows {@link bestAssignment} takes: its work doubles with each. */
export const maximumAssignment = 16;

// Stands in for infinite gains, so that sums with both signs stay comparable: no ratio of two finite energies is as great.
const hugeGain = 1e4;

// Stands in for NaN: worse than any sum of other gains.
const noGain = -1e6;

// Totals this close are equal: their terms were added in another order.
const tie = 1e-9;

/**
 * Pairs rows with columns, one to one, at the greatest total gain: dynamic programming over the subsets of columns
 * (Held & Karp 1962). Of equal totals (to 1e-9), the first in dictionary order. NaN never wins: as few pairs as can be have a
 * NaN, however great the other gains.
 *
 * @param gains [rows][columns] in dB, square, at most 16 rows; infinities count as 10 000
 * @returns for each row the number of its column
 */
export function bestAssignment(gains: readonly (readonly number[])[]): number[] {
  const count = gains.length;
  const subsets = 2 ** count;
  // best[used]: greatest total of the rows still to come when the columns in `used` are taken.
  const best = new Float64Array(subsets).fill(-Infinity);
  best[subsets - 1] = 0;
  for (let used = subsets - 2; used >= 0; used--) {
    const gainsOfRow = gains[bitCount(used)]!;
    for (let column = 0; column < count; column++) {
      if (used & (1 << column)) continue;
      best[used] = Math.max(best[used]!, finite(gainsOfRow[column]!) + best[used | (1 << column)]!);
    }
  }
  const assignment: number[] = [];
  for (let row = 0, used = 0; row < count; row++) {
    const column = gains[row]!.findIndex(
      (gain, c) => !(used & (1 << c)) && finite(gain) + best[used | (1 << c)]! >= best[used]! - tie,
    );
    assignment.push(column);
    used |= 1 << column;
  }
  return assignment;
}

function finite(gain: number): number {
  if (Number.isNaN(gain)) return noGain;
  return Math.max(-hugeGain, Math.min(hugeGain, gain));
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest > 0; rest &= rest - 1) count++;
  return count;
}
