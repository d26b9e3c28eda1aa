import { ToolkitError } from "../core/error.ts";
import { sortedQuantile } from "../numeric/statistics.ts";

/** `y = intercept + slope x`. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
}

/** Above this many points only pairs half the points apart are used: the others say less about the slope. */
const allPairsUpTo = 1500;

/**
 * The line through the median of the slopes of all pairs of points (Theil 1950; Sen 1968), its intercept the median of
 * `y - slope x`: right as long as fewer than 29 % of the points are wrong. Above 1500 points, pairs (i, i + half) only.
 *
 * @param x [count], ascending
 * @param y [count]
 * @throws ToolkitError `bad-shape` for fewer than 2 points, `bad-value` if all x are equal
 */
export function theilSen(x: ArrayLike<number>, y: ArrayLike<number>): Line {
  const count = x.length;
  if (count < 2 || y.length !== count) {
    throw new ToolkitError(
      "bad-shape",
      `theilSen: ${count} and ${y.length} values; two of one length, 2 or more, needed`,
    );
  }
  const slopes: number[] = [];
  const add = (i: number, j: number): void => {
    if (x[j]! !== x[i]!) slopes.push((y[j]! - y[i]!) / (x[j]! - x[i]!));
  };
  if (count <= allPairsUpTo) {
    for (let i = 0; i < count; i++) for (let j = i + 1; j < count; j++) add(i, j);
  } else {
    const half = Math.floor(count / 2);
    for (let i = 0; i + half < count; i++) add(i, i + half);
  }
  if (slopes.length === 0) throw new ToolkitError("bad-value", `theilSen: all ${count} x are ${x[0]}`);
  const slope = sortedQuantile(Float64Array.from(slopes).sort(), 0.5);
  const intercept = sortedQuantile(Float64Array.from({ length: count }, (_, i) => y[i]! - slope * x[i]!).sort(), 0.5);
  return { slope, intercept };
}
