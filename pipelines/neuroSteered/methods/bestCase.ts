import { siSdr } from "../../../src/index.ts";

/**
 * The estimate that an oracle would choose: that of greatest SI-SDR against the attended source, of equals the first; a silent
 * one only where all are.
 *
 * @param estimates [estimates] of [samples], at least one
 * @param attended [samples]
 */
export function bestCase(estimates: readonly Float64Array[], attended: Float64Array): Float64Array {
  let best = estimates[0]!;
  let most = -Infinity;
  for (const estimate of estimates) {
    const score = siSdr(attended, estimate);
    if (score > most) [best, most] = [estimate, score];
  }
  return best;
}
