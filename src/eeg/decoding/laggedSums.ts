import { checkFinite } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import { createArena } from "../../numeric/kernels.ts";
import type { LagCovariance, LagOptions } from "./lagCovariance.ts";
import { laggedProducts, productRoom } from "./laggedProducts.ts";
import { lagRows, type RowRange } from "./lagRows.ts";

/** Series of one kind, and what one of them is called in messages. */
export interface LagSeries {
  /** For example `EEG channel`. */
  readonly name: string;
  /** [series][samples] */
  readonly rows: readonly Float64Array[];
}

/** What {@link laggedSums} needs beside the series. */
export interface LaggedSumsOptions extends LagOptions {
  /** [samples], 1 for samples that are excluded: rows that are or have one of them among their lags are left out. */
  excluded?: Uint8Array | undefined;
}

/**
 * Covariances of any lagged series with themselves and with targets.
 *
 * The matrix is block Toeplitz but for the ends of the trial and of what is excluded from it: one product of channels for each lag
 * gives its first block row, and each further block differs from its neighbour up and to the left by one sample at either end of
 * every run of samples. Samples that are excluded are not read.
 *
 * @param who asks, for messages
 * @param lagged at least one series; with lag l sample t + l of it meets sample t of the targets
 * @param targets at least one series
 * @param options lags, edges and what is excluded
 * @throws ToolkitError `bad-shape` if lengths differ or are too short for the lags or all is excluded, `bad-value` if not finite
 */
export function laggedSums(
  who: string,
  lagged: LagSeries,
  targets: LagSeries,
  options: LaggedSumsOptions,
): LagCovariance {
  const { firstLag, lastLag, excluded } = options;
  const total = checkSeries(who, [lagged, targets]);
  const lags = lastLag - firstLag + 1;
  const ranges = lagRows(total, options, excluded);
  if (ranges.length === 0) throw noRows(who, total, options);
  const runs = layRuns(ranges, lags);
  const samples = runs.reduce((sum, { count }) => sum + count, 0);
  const length = runs.at(-1)!.at + runs.at(-1)!.count + lags - 1;
  const channels = lagged.rows.length;
  const features = targets.rows.length;
  const columns = lags * channels;
  const channelGroups = Math.ceil(channels / 4);
  const featureGroups = Math.ceil(features / 4);

  const sizes = { inputGroups: channelGroups, outputGroups: featureGroups, lags };
  const groups = channelGroups + featureGroups;
  // Lags are multiplied out by fours.
  const productCount = 16 * groups * channelGroups * 4 * Math.ceil(lags / 4);
  const numbers = 4 * (channelGroups * length + featureGroups * samples) + productCount;
  const arena = createArena(8 * (numbers + productRoom(sizes, samples)) + 256);
  const inputs = arena.float64(4 * channelGroups * length);
  const outputs = arena.float64(4 * featureGroups * samples);
  const products = arena.float64(productCount);
  for (const { start, count, at, row } of runs) {
    // Row n of the lagged series, lag i, is x[start + firstLag + n + i]; x is 0 outside the trial.
    interleave(lagged.rows, { from: start + firstLag, count: count + lags - 1, at, length }, inputs.array);
    interleave(targets.rows, { from: start, count, at: row, length: samples }, outputs.array);
  }
  laggedProducts({
    ...{ ...sizes, arena, runs, products: products.address },
    ...{ inputs: inputs.address, inputLength: length, outputs: outputs.address, outputLength: samples },
  });
  const productsAt = (lag: number) => products.array.subarray(16 * groups * channelGroups * lag);

  const at = (channel: number, n: number): number => inputs.array[(channel >> 2) * 4 * length + 4 * n + (channel & 3)]!;
  const gram = new Float64Array(columns * columns);
  for (let lag = 0; lag < lags; lag++) {
    // Block (0, lag), entry (a, b), kept below the diagonal.
    const first = productsAt(lag);
    for (let b = 0; b < channels; b++) {
      const row = (lag * channels + b) * columns;
      for (let a = 0; a < channels; a++) gram[row + a] = first[a * 4 * channelGroups + b]!;
    }
  }
  shiftBlocks(
    gram,
    channels,
    lags,
    runs.map((run) => [run.at, run.at + run.count].map((n) => copyRows(at, channels, n, lags - 1)) as [Ends, Ends]),
  );
  const cross = new Float64Array(features * columns);
  const columnSums = new Float64Array(columns);
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    const values = lagged.rows[c]!;
    for (const { start, count } of runs) {
      const from = start + firstLag;
      const end = Math.min(total, from + count);
      for (let t = Math.max(0, from); t < end; t++) sum += values[t]!;
    }
    for (let lag = 0; lag < lags; lag++) {
      if (lag > 0) for (const run of runs) sum += at(c, run.at + run.count + lag - 1) - at(c, run.at + lag - 1);
      const column = lag * channels + c;
      columnSums[column] = sum;
      const product = productsAt(lag);
      for (let f = 0; f < features; f++) {
        cross[f * columns + column] = product[(4 * channelGroups + f) * 4 * channelGroups + c]!;
      }
    }
  }
  const targetSums = Float64Array.from(targets.rows, (target) => {
    let sum = 0;
    for (const { start, end } of ranges) for (let n = start; n < end; n++) sum += target[n]!;
    return sum;
  });
  return { trials: 1, samples, lags, channels, features, gram, cross, columnSums, targetSums };
}

/** A run of rows and where its samples lie in the interleaved arrays. */
interface Run {
  /** First target sample. */
  readonly start: number;
  /** Number of rows. */
  readonly count: number;
  /** Where its lagged samples begin; they are `lags - 1` more than its rows. */
  readonly at: number;
  /** Where its target samples begin. */
  readonly row: number;
}

function layRuns(ranges: readonly RowRange[], lags: number): Run[] {
  let [at, row] = [0, 0];
  return ranges.map(({ start, end }) => {
    const run = { start, count: end - start, at, row };
    at += run.count + lags - 1;
    row += run.count;
    return run;
  });
}

function noRows(who: string, total: number, { firstLag, lastLag, edges, excluded }: LaggedSumsOptions): ToolkitError {
  const longest = lagRows(total, { firstLag, lastLag, edges }).length > 0;
  if (longest && excluded !== undefined) {
    const count = excluded.reduce((sum, flag) => sum + flag, 0);
    return new ToolkitError(
      "bad-shape",
      `${who}: ${count} of ${total} samples are excluded, which leaves none with lags ${firstLag} .. ${lastLag}; leave the trial out`,
    );
  }
  const needed = Math.max(0, -firstLag) + Math.max(0, lastLag) + 1;
  return new ToolkitError(
    "bad-shape",
    `${who}: trial has ${total} samples, too short for lags ${firstLag} .. ${lastLag}; at least ${needed} are needed`,
  );
}

/** Lagged samples next to an end of a run, [lags - 1, channels]. */
type Ends = Float64Array;

function copyRows(at: (channel: number, n: number) => number, channels: number, from: number, count: number): Ends {
  return Float64Array.from({ length: channels * count }, (_, i) => at(i % channels, from + Math.floor(i / channels)));
}

/**
 * Fills block (j, i) from block (j - 1, i - 1) for i from 1 to j: the samples before the window are lost, those after it won.
 *
 * @param ends the samples at the start of each run and those after its last first-lag sample
 */
function shiftBlocks(gram: Float64Array, channels: number, lags: number, ends: readonly [Ends, Ends][]): void {
  const columns = lags * channels;
  for (let j = 1; j < lags; j++) {
    for (let b = 0; b < channels; b++) {
      const to = (j * channels + b) * columns + channels;
      const from = ((j - 1) * channels + b) * columns;
      const own = (j - 1) * channels + b;
      // All blocks i = 1 .. j of the row at once: their first factors lie one after the other.
      for (let k = 0; k < j * channels; k++) gram[to + k] = gram[from + k]!;
      for (const [head, tail] of ends) {
        const won = tail[own]!;
        const lost = head[own]!;
        for (let k = 0; k < j * channels; k++) gram[to + k]! += won * tail[k]! - lost * head[k]!;
      }
    }
  }
}

/** Refuses series that do not fit together or are not finite; returns the number of samples. */
function checkSeries(who: string, kinds: readonly LagSeries[]): number {
  const samples = kinds[0]!.rows[0]!.length;
  for (const { name, rows } of kinds) {
    for (const [i, values] of rows.entries()) {
      if (values.length !== samples) {
        throw new ToolkitError(
          "bad-shape",
          `${who}: ${name} ${i} has ${values.length} samples, ${kinds[0]!.name} 0 ${samples}; bring them to one rate and length`,
        );
      }
      checkFinite(who, `${name} ${i}`, values);
    }
  }
  if (samples === 0) throw new ToolkitError("bad-shape", `${who}: ${kinds[0]!.name} 0 has no samples`);
  return samples;
}

/** Where {@link interleave} takes samples from and puts them. */
interface Piece {
  /** First sample taken of each row; outside of it there are zeros. */
  readonly from: number;
  /** How many. */
  readonly count: number;
  /** Where the first goes. */
  readonly at: number;
  /** Length of a group of the target. */
  readonly length: number;
}

/** Rows in groups of four, [groups, length, 4]. */
function interleave(rows: readonly Float64Array[], { from, count, at, length }: Piece, out: Float64Array): void {
  const end = Math.min(count, rows[0]!.length - from);
  const first = Math.max(0, -from);
  let r = 0;
  for (; r + 4 <= rows.length; r += 4) {
    const [a, b, c, d] = [rows[r]!, rows[r + 1]!, rows[r + 2]!, rows[r + 3]!];
    for (let n = first, to = r * length + 4 * (at + n); n < end; n++, to += 4) {
      const t = from + n;
      out[to] = a[t]!;
      out[to + 1] = b[t]!;
      out[to + 2] = c[t]!;
      out[to + 3] = d[t]!;
    }
  }
  for (; r < rows.length; r++) {
    const base = (r >> 2) * 4 * length + (r & 3) + 4 * at;
    const values = rows[r]!;
    for (let n = first; n < end; n++) out[base + 4 * n] = values[from + n]!;
  }
}
