import { checkChoice } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";

/** How p-values of several comparisons are adjusted. */
export type Correction = "holm" | "bh" | "none";

/**
 * Adjusts p-values for their number.
 *
 * - `holm` (Holm 1979) keeps the probability of any false rejection: the k-th smallest of m is multiplied by m - k + 1, and is
 *   at least as great as the ones before it. Valid however the tests depend on each other.
 * - `bh` (Benjamini & Hochberg 1995) keeps the expected share of false ones among rejections: the k-th smallest is multiplied
 *   by m / k, and is at most as great as the ones after it. Valid for independent or positively dependent tests.
 * - `none` changes nothing.
 *
 * A p-value of NaN, a comparison that could not be made, stays NaN and does not count.
 *
 * @param pValues from 0 to 1, or NaN, [count]
 * @param correction which
 * @returns adjusted p-values in the order given, at most 1, [count]
 * @throws ToolkitError `bad-value` for a number that is no probability, `bad-option`
 */
export function adjustPValues(pValues: ArrayLike<number>, correction: Correction): Float64Array {
  const who = "adjustPValues";
  checkChoice(who, "correction", correction, ["holm", "bh", "none"]);
  const adjusted = Float64Array.from(pValues);
  const wrong = adjusted.findIndex((p) => p < 0 || p > 1);
  if (wrong >= 0) {
    throw new ToolkitError(
      "bad-value",
      `${who}: p-value ${wrong} is ${adjusted[wrong]}; it must be from 0 to 1, or NaN`,
    );
  }
  if (correction === "none") return adjusted;
  const order = [...adjusted.keys()]
    .filter((i) => !Number.isNaN(adjusted[i]))
    .sort((i, j) => adjusted[i]! - adjusted[j]!);
  const count = order.length;
  if (correction === "holm") {
    let bound = 0;
    order.forEach((i, k) => {
      bound = Math.min(1, Math.max(bound, (count - k) * adjusted[i]!));
      adjusted[i] = bound;
    });
    return adjusted;
  }
  let bound = 1;
  for (let k = count - 1; k >= 0; k--) {
    bound = Math.min(bound, (count / (k + 1)) * adjusted[order[k]!]!);
    adjusted[order[k]!] = bound;
  }
  return adjusted;
}
