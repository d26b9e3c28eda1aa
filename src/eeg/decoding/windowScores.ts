import { checkFinite, checkWhole } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import { pearson } from "../../numeric/statistics.ts";

/** Features decoded from the EEG of a trial and the true ones of every source. */
export interface DecodedTrial {
  /** Reconstruction, [features][samples]. */
  readonly decoded: readonly Float64Array[];
  /** True features of each source, [sources][features][samples]. */
  readonly candidates: readonly (readonly Float64Array[])[];
  /** Number of the attended source. */
  readonly attended: number;
  /** What the trial shares with others, such as its listener: the bootstrap draws clusters. Default: a cluster of its own. */
  readonly cluster?: string | number;
  /**
   * [samples], 1 for samples that are compared and 0 for those that are not, as their EEG is excluded or beyond the ends of the
   * trial; see `validTrfSamples`. Default all.
   */
  readonly valid?: Uint8Array;
}

/** Correlations of the windows of one trial. */
export interface WindowScores {
  /** Number of sources. */
  readonly sources: number;
  /** Number of the attended source. */
  readonly attended: number;
  /** Number of windows. */
  readonly count: number;
  /** Correlation of decoded and true features, mean over features, [count, sources]; 0 where one is constant. */
  readonly correlations: Float64Array;
  /** Samples at the end of the trial that no window reaches. */
  readonly tailSamples: number;
  /** Windows that are not among them, as fewer than half of their samples, or fewer than 2, are valid. */
  readonly excludedWindows: number;
}

/** Scores windows of one trial from sums made once. */
export interface WindowScorer {
  /** Length of the trial. */
  readonly samples: number;
  /** Number of sources. */
  readonly sources: number;
  /**
   * Correlations of all windows that lie inside the trial and of which half of the samples are valid, over those samples.
   *
   * @param windowSamples length, from 2
   * @param stepSamples from the start of one window to the next, default the length: windows that do not overlap
   */
  score(windowSamples: number, stepSamples?: number): WindowScores;
}

/**
 * Prepares a trial for windows of any length: running sums of values, squares and products, so that a window costs the same
 * whatever its length. Features are brought to mean 0 and variance 1 over the trial first. A window whose
 * variance is so far below that of its trial that differences of sums would lose it is computed anew in two passes.
 *
 * @param who asks, for messages
 * @param known sums of candidates; where it is given the trial is one that was checked before
 * @throws ToolkitError `bad-shape`, `bad-value` if something is not finite, `bad-option` for an attended source that is none
 */
export function createWindowScorer(who: string, trial: DecodedTrial, known?: KnownSums): WindowScorer {
  const { attended } = trial;
  if (known === undefined) checkTrial(who, trial);
  const samples = trial.decoded[0]!.length;
  const before = validBefore(trial.valid);
  const compared = (rows: readonly Float64Array[]) => rows.map((row) => validOnly(row, trial.valid));
  const [decoded, candidates] = [compared(trial.decoded), trial.candidates.map(compared)];
  const sources = candidates.length;
  const features = decoded.length;
  const left = decoded.map(runningSums);
  const right = candidates.map((candidate) => candidate.map((row) => knownSums(row, known)));
  const products = right.map((candidate) => candidate.map((y, f) => runningProducts(left[f]!.values, y.values)));

  const correlate = (source: number, start: number, end: number): number => {
    let sum = 0;
    for (let f = 0; f < features; f++) {
      const x = left[f]!;
      const y = right[source]![f]!;
      if (isConstant(x, start, end) || isConstant(y, start, end)) continue;
      const xx = deviation(x, start, end);
      const yy = deviation(y, start, end);
      const lost = xx < precise * x.values.length || yy < precise * x.values.length;
      const xy = products[source]![f]!;
      const covariance =
        xy[end]! - xy[start]! - (between(x.sums, start, end) * between(y.sums, start, end)) / (end - start);
      const value = lost
        ? pearson(decoded[f]!.subarray(start, end), candidates[source]![f]!.subarray(start, end))
        : Math.max(-1, Math.min(1, covariance / Math.sqrt(xx * yy)));
      sum += Number.isNaN(value) ? 0 : value;
    }
    return sum / features;
  };

  return {
    samples,
    sources,
    score(windowSamples, stepSamples = windowSamples) {
      checkWhole(who, "windowSamples", windowSamples, 2);
      checkWhole(who, "stepSamples", stepSamples, 1);
      const all = samples < windowSamples ? 0 : Math.floor((samples - windowSamples) / stepSamples) + 1;
      const values = new Float64Array(all * sources);
      let count = 0;
      for (let w = 0; w < all; w++) {
        const [start, end] = [before(w * stepSamples), before(w * stepSamples + windowSamples)];
        if (end - start < Math.max(2, leastValidShare * windowSamples)) continue;
        for (let s = 0; s < sources; s++) values[count * sources + s] = correlate(s, start, end);
        count++;
      }
      const correlations = count === all ? values : values.slice(0, count * sources);
      const tailSamples = all === 0 ? samples : samples - (all - 1) * stepSamples - windowSamples;
      return { sources, attended, count, correlations, tailSamples, excludedWindows: all - count };
    },
  };
}

/** Less than this share of a window would say little about the rest of it. */
const leastValidShare = 0.5;

/** How many valid samples there are before each. */
function validBefore(valid: Uint8Array | undefined): (sample: number) => number {
  if (valid === undefined) return (sample) => sample;
  const counts = new Int32Array(valid.length + 1);
  for (let i = 0; i < valid.length; i++) counts[i + 1] = counts[i]! + valid[i]!;
  return (sample) => counts[sample]!;
}

function validOnly(row: Float64Array, valid: Uint8Array | undefined): Float64Array {
  return valid === undefined ? row : row.filter((_, i) => valid[i] === 1);
}

/** Refuses a trial that cannot be scored. */
function checkTrial(who: string, { decoded, candidates, attended, valid }: DecodedTrial): void {
  const samples = decoded[0]?.length ?? 0;
  if (decoded.length === 0 || samples < 2) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: ${decoded.length} decoded features of ${samples} samples; 1 of 2 are needed`,
    );
  }
  if (candidates.length < 2) {
    throw new ToolkitError("bad-shape", `${who}: ${candidates.length} candidates; at least 2 are needed`);
  }
  checkWhole(who, "attended", attended, 0, candidates.length - 1);
  if (valid !== undefined && (valid.length !== samples || valid.some((flag) => flag > 1))) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: valid has ${valid.length} flags for ${samples} samples; one each, 0 or 1, is needed`,
    );
  }
  for (const [c, rows] of [decoded, ...candidates].entries()) {
    const name = c === 0 ? "decoded" : `candidate ${c - 1}`;
    if (rows.length !== decoded.length) {
      throw new ToolkitError(
        "bad-shape",
        `${who}: ${name} has ${rows.length} features; ${decoded.length} were decoded`,
      );
    }
    for (const [f, row] of rows.entries()) {
      if (row.length !== samples) {
        throw new ToolkitError(
          "bad-shape",
          `${who}: feature ${f} of ${name} has ${row.length} samples, the first decoded feature ${samples}`,
        );
      }
      checkFinite(who, `feature ${f} of ${name}`, row);
    }
  }
}

/** Correlations this close are equal: rounding, as between a source and a copy of it at another gain, must not decide. */
export const tieTolerance = 1e-9;

/** Whether the attended source has the greatest correlation of a window; a tie (see {@link tieTolerance}) is wrong. */
export function isCorrect(scores: WindowScores, window: number, attended: number = scores.attended): boolean {
  const at = window * scores.sources;
  const own = scores.correlations[at + attended]!;
  for (let s = 0; s < scores.sources; s++)
    if (s !== attended && scores.correlations[at + s]! >= own - tieTolerance) return false;
  return true;
}

/** Least share of the trial's sum of squares that a difference of running sums keeps about nine digits of. */
const precise = 1e-7;

interface RunningSums {
  /** The series at mean 0 and variance 1, [samples]. */
  readonly values: Float64Array;
  /** Sum of the values before each sample, [samples + 1]. */
  readonly sums: Float64Array;
  /** The same of squares. */
  readonly squares: Float64Array;
  /** Number of samples up to each that differ from the one before, [samples]: tells constant windows exactly. */
  readonly changes: Int32Array;
}

/** Sums of series that do not change, by the series: for scoring them against many others. */
export type KnownSums = WeakMap<Float64Array, object>;

function knownSums(series: Float64Array, known: KnownSums | undefined): RunningSums {
  const made = (known?.get(series) as RunningSums | undefined) ?? runningSums(series);
  known?.set(series, made);
  return made;
}

function runningSums(series: Float64Array): RunningSums {
  const count = series.length;
  let mean = 0;
  for (let i = 0; i < count; i++) mean += series[i]! / count;
  let variance = 0;
  for (let i = 0; i < count; i++) variance += (series[i]! - mean) ** 2 / count;
  const scale = variance > 0 ? 1 / Math.sqrt(variance) : 0;
  const values = new Float64Array(count);
  const sums = new Float64Array(count + 1);
  const squares = new Float64Array(count + 1);
  const changes = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const value = (series[i]! - mean) * scale;
    values[i] = value;
    sums[i + 1] = sums[i]! + value;
    squares[i + 1] = squares[i]! + value * value;
    if (i > 0) changes[i] = changes[i - 1]! + (series[i] === series[i - 1] ? 0 : 1);
  }
  return { values, sums, squares, changes };
}

function runningProducts(a: Float64Array, b: Float64Array): Float64Array {
  const sums = new Float64Array(a.length + 1);
  for (let i = 0; i < a.length; i++) sums[i + 1] = sums[i]! + a[i]! * b[i]!;
  return sums;
}

function between(sums: Float64Array, start: number, end: number): number {
  return sums[end]! - sums[start]!;
}

function isConstant({ changes }: RunningSums, start: number, end: number): boolean {
  return changes[end - 1] === changes[start];
}

/** Sum of squared deviations from the window's mean. */
function deviation({ sums, squares }: RunningSums, start: number, end: number): number {
  return between(squares, start, end) - between(sums, start, end) ** 2 / (end - start);
}
