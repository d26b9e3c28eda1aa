import { checkFinite, checkNumber } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";

/**
 * Arithmetic mean.
 *
 * @throws ToolkitError `bad-shape` for no values, `bad-value` if one is not finite
 */
export function mean(values: ArrayLike<number>): number {
  checkValues("mean", values);
  return plainMean(values);
}

/**
 * Median; of an even number of values the mean of the middle two.
 *
 * @throws ToolkitError `bad-shape` for no values, `bad-value` if one is not finite
 */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/**
 * Quantile, linear between the ordered values (Hyndman & Fan 1996, type 7, the default of NumPy and R).
 *
 * @param values in any order
 * @param level from 0 (smallest) to 1 (greatest)
 * @throws ToolkitError `bad-shape` for no values, `bad-value` if one is not finite, `bad-option` for another level
 */
export function quantile(values: ArrayLike<number>, level: number): number {
  checkValues("quantile", values);
  checkNumber("quantile", "level", level, { from: 0, to: 1 });
  return sortedQuantile(Float64Array.from(values).sort(), level);
}

/**
 * Quantile of values already in ascending order, unchecked; see {@link quantile}. Infinities may be among them: a place
 * between a number and an infinity is that infinity, one between infinities of both signs NaN.
 *
 * @param sorted at least one value
 * @param level from 0 to 1
 */
export function sortedQuantile(sorted: Float64Array, level: number): number {
  const place = level * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  const part = place - below;
  if (Number.isFinite(high - low)) return low + (high - low) * part;
  return part === 0 || low === high ? low : low * (1 - part) + high * part;
}

/**
 * Ranks from 1 in ascending order; equal values share the mean of their ranks. Infinities rank as such.
 *
 * @param values [count], none of them NaN
 * @returns [count]
 * @throws ToolkitError `bad-value` if one is NaN
 */
export function midRanks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i);
  const unknown = order.findIndex((i) => Number.isNaN(values[i]));
  if (unknown >= 0)
    throw new ToolkitError("bad-value", `midRanks: the value at index ${unknown} is NaN; it has no rank`);
  // A difference of two infinities would be NaN.
  order.sort((i, j) => (values[i]! < values[j]! ? -1 : values[i]! > values[j]! ? 1 : 0));
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let k = from; k < to; k++) ranks[order[k]!] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

/**
 * Pearson's correlation coefficient, in two passes: means first, then products of deviations.
 *
 * @param a [count]
 * @param b [count]
 * @returns from -1 to 1; NaN if either is constant
 * @throws ToolkitError `bad-shape` if lengths differ or are below 2, `bad-value` if something is not finite
 */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length || a.length < 2) {
    throw new ToolkitError(
      "bad-shape",
      `pearson: ${a.length} and ${b.length} values given; two series of one length, 2 or more, are needed`,
    );
  }
  checkFinite("pearson", "first series", a);
  checkFinite("pearson", "second series", b);
  if (isConstant(a) || isConstant(b)) return Number.NaN;
  const meanA = plainMean(a);
  const meanB = plainMean(b);
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i]! - meanA;
    const y = b[i]! - meanB;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return Math.max(-1, Math.min(1, ab / (Math.sqrt(aa) * Math.sqrt(bb))));
}

/**
 * Spearman's rank correlation: Pearson's correlation of the {@link midRanks}. Infinities rank as such.
 *
 * @param a [count]
 * @param b [count]
 * @returns from -1 to 1; NaN if either is constant
 * @throws ToolkitError `bad-shape` if lengths differ or are below 2, `bad-value` if something is NaN
 */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return pearson(midRanks(a), midRanks(b));
}

function checkValues(who: string, values: ArrayLike<number>): void {
  if (values.length === 0) throw new ToolkitError("bad-shape", `${who}: no values given; at least one is needed`);
  checkFinite(who, "values", values);
}

function isConstant(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

function plainMean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}
