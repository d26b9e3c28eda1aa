import type { Precision } from "../../src/numeric/kernels.ts";

/** A step up counts as a rise above this share of the cost: what is less is rounding. */
export const riseTolerance = { float32: 1e-6, float64: 1e-10 } as const satisfies Record<Precision, number>;

/**
 * How often a cost rose.
 *
 * @param cost before the first and after each iteration
 * @param precision of the factorization
 * @param scale what a step is compared with; default the size of the cost before it
 * @returns the number of iterations after which it was higher than before
 */
export function countRises(cost: readonly number[], precision: Precision, scale?: number): number {
  let count = 0;
  for (let i = 1; i < cost.length; i++) {
    if (cost[i]! - cost[i - 1]! > riseTolerance[precision] * (scale ?? Math.abs(cost[i - 1]!))) count++;
  }
  return count;
}
