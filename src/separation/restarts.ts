import { checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";

/** The best of several starts. */
export interface BestStart<T> {
  /** What the best start gave. */
  readonly best: T;
  /** Its number, from 0. */
  readonly bestStart: number;
  /** The last cost of every start, in order; NaN for one that has none. */
  readonly costs: number[];
}

/**
 * Runs an iterative factorization from several random starts and keeps the one that ends at the lowest cost.
 *
 * The cost of a non-negative factorization has many local minima; which one is found depends on the start. Start 0 has the
 * seed that is given, so that one start is a plain run; the others have seeds derived from it, so that more starts never
 * end higher. Of equal costs the first wins; NaN never does. Results of the others are dropped at once.
 *
 *     const { best } = bestOfStarts(5, 0, (seed) => nmf(spectrogram, { components: 20, seed }));
 *
 * @param count how many starts
 * @param seed of the first one
 * @param run does one; the last entry of `cost` counts
 * @throws ToolkitError `bad-option` for a count below 1, `bad-value` if every cost is NaN; errors of `run`
 */
export function bestOfStarts<T extends { readonly cost: readonly number[] }>(
  count: number,
  seed: number | string,
  run: (seed: number | string) => T,
): BestStart<T> {
  checkWhole("bestOfStarts", "count", count, 1);
  const costs: number[] = [];
  let best: { result: T; start: number; cost: number } | undefined;
  for (let start = 0; start < count; start++) {
    const result = run(start === 0 ? seed : `${seed}/start ${start}`);
    const cost = result.cost.at(-1) ?? Number.NaN;
    costs.push(cost);
    if (!Number.isNaN(cost) && (best === undefined || cost < best.cost)) best = { result, start, cost };
  }
  if (best === undefined) {
    throw new ToolkitError(
      "bad-value",
      `bestOfStarts: the last cost of all ${count} starts is NaN; none can be chosen`,
    );
  }
  return { best: best.result, bestStart: best.start, costs };
}
