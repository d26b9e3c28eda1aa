import { type LagCovariance, sumLagCovariances } from "./lagCovariance.ts";

/**
 * For each of several sums, the sum of all the others and of those that are always in.
 *
 * They are added up by halves, n log n additions in all. Subtracting each from the total would be cheaper by little and would
 * leave its rounding behind; this way the sum of the others is the same, bit for bit, whatever the one left out contains.
 *
 * @param parts what is left out, one at a time
 * @param always in every sum; at least one if there is one part only
 * @returns the number of each part in order, with the sum of the others; each is made when it is asked for
 */
export function leaveOutSums(
  parts: readonly LagCovariance[],
  always: readonly LagCovariance[],
): Generator<{ left: number; others: LagCovariance }, void> {
  return visit(0, parts.length, always.length > 0 ? [sumLagCovariances(always)] : []);

  /** Works through the parts `from` .. `to - 1`, given the sum of all others (empty where there is none yet). */
  function* visit(
    from: number,
    to: number,
    others: LagCovariance[],
  ): Generator<{ left: number; others: LagCovariance }, void> {
    if (to - from === 1) {
      yield { left: from, others: others[0]! };
      return;
    }
    const middle = (from + to) >> 1;
    yield* visit(from, middle, [sumLagCovariances([...others, ...parts.slice(middle, to)])]);
    yield* visit(middle, to, [sumLagCovariances([...others, ...parts.slice(from, middle)])]);
  }
}
