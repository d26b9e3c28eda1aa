import type { LagOptions } from "./lagCovariance.ts";

/** Samples of a target, one after the other. */
export interface RowRange {
  /** The first. */
  readonly start: number;
  /** The one after the last. */
  readonly end: number;
}

/**
 * The samples of a target that take part in a model, in runs: with `valid` edges those whose lagged samples are all inside
 * the trial, with `zeropad` all; without those that are excluded themselves or have a lagged sample that is.
 *
 * @param samples length of the trial
 * @param options lags and edges
 * @param excluded [samples], 1 for samples that are excluded; default none
 * @returns in order, none empty, no two that touch; none at all where nothing is left
 */
export function lagRows(samples: number, options: LagOptions, excluded?: Uint8Array): RowRange[] {
  const { firstLag, lastLag, edges } = options;
  const start = edges === "valid" ? Math.max(0, -firstLag) : 0;
  const end = edges === "valid" ? Math.min(samples, samples - lastLag) : samples;
  if (end <= start) return [];
  if (excluded === undefined) return [{ start, end }];
  // Number of excluded samples before each.
  const before = new Int32Array(samples + 1);
  for (let t = 0; t < samples; t++) before[t + 1] = before[t]! + excluded[t]!;
  const inside = (t: number) => Math.max(0, Math.min(samples, t));
  const ranges: RowRange[] = [];
  let open = -1;
  for (let t = start; t <= end; t++) {
    const kept = t < end && excluded[t] === 0 && before[inside(t + firstLag)] === before[inside(t + lastLag + 1)];
    if (kept && open < 0) open = t;
    if (!kept && open >= 0) {
      ranges.push({ start: open, end: t });
      open = -1;
    }
  }
  return ranges;
}
