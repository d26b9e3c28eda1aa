import { checkFinite, checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { checkMatrix, type Matrix, zeros } from "../core/matrix.ts";
import { checkSignal } from "./checkSignal.ts";

/** Where the values of a uniform series lie in time: value n is at `startSeconds + n / rateHz`. */
export interface UniformTimes {
  /** Values per second; need not be a whole number. */
  rateHz: number;
  /** Time of the first value. Default 0. */
  startSeconds?: number;
}

/** How values between samples are found. */
export interface InterpolationOptions {
  /**
   * - `sinc` windowed sinc over 16 samples to either side (4-term Blackman-Harris window, Harris 1978): errors below 1e-4
   *   up to 0.37 of the rate
   * - `cubic` the polynomial through the 4 nearest samples: exact for cubics
   * - `linear` the line through the 2 nearest samples
   *
   * Default `sinc`.
   */
  method?: "sinc" | "cubic" | "linear";
  /** How far beyond the first and the last sample a time may lie; it gets the end value. Default 0.5. */
  holdSeconds?: number;
}

/** Options of `resampleByTime` and its relatives where none are given. */
export const interpolationDefaults = {
  method: "sinc",
  holdSeconds: 0.5,
} as const satisfies Required<InterpolationOptions>;

/**
 * Reads a uniform series at any times. No low-pass filter: to go to a lower rate, use `resampleToRate`. Beyond its ends,
 * the series is continued by itself turned about its end points.
 *
 * @param values [samples], at least 1
 * @param source where they lie in time
 * @param times where to read, in seconds, in any order
 * @returns [times]
 * @throws ToolkitError `bad-value` if values or times are not finite, or a time lies further outside than `holdSeconds`;
 *   `bad-shape`, `bad-option`
 */
export function resampleByTime(
  values: Float64Array,
  source: UniformTimes,
  times: Float64Array,
  options: InterpolationOptions = {},
): Float64Array {
  checkSignal("resampleByTime", "the series", values);
  return apply(weigh("resampleByTime", values.length, source, times, options, 1), values, 1);
}

/**
 * As `resampleByTime`, for many series at once: the rows of a matrix are moments.
 *
 * @param frames [frames, columns], such as a spectrogram
 * @param source where the frames lie in time
 * @param times where to read, in seconds
 * @returns [times, columns]
 * @throws ToolkitError as `resampleByTime`
 */
export function resampleFramesByTime(
  frames: Matrix,
  source: UniformTimes,
  times: Float64Array,
  options: InterpolationOptions = {},
): Matrix<Float64Array> {
  checkMatrix("resampleFramesByTime", "frames", frames);
  checkFinite("resampleFramesByTime", "frames", frames.data);
  const weights = weigh("resampleFramesByTime", frames.rows, source, times, options, 1);
  const { columns } = frames;
  return { ...zeros(times.length, columns), data: apply(weights, frames.data, columns) };
}

/** A new uniform time axis. */
export interface TargetTimes extends UniformTimes {
  /** Number of values; default as many as fit up to the last value of the source. */
  samples?: number;
  /** As in `resampleByTime`. Default 0.5. */
  holdSeconds?: number;
}

/**
 * Brings a uniform series to another uniform rate, whatever the ratio of the two: by time stamps, with the `sinc` of
 * `resampleByTime`, widened so that it is 6 dB down at half the lower rate where the new rate is lower. Accurate up to
 * 0.37 of the lower rate (errors below 1e-4), so for features below 10 Hz at any rate from 28 Hz; for signals at rates in
 * a ratio of small whole numbers, `resample` is faster.
 *
 * @param values [samples], at least 1
 * @param source where they lie in time
 * @param target the new axis; its `startSeconds` is the source's by default
 * @returns [samples of the target]
 * @throws ToolkitError as `resampleByTime`
 */
export function resampleToRate(values: Float64Array, source: UniformTimes, target: TargetTimes): Float64Array {
  const who = "resampleToRate";
  checkSignal(who, "the series", values);
  checkNumber(who, "source.rateHz", source.rateHz, { above: 0 });
  checkNumber(who, "target.rateHz", target.rateHz, { above: 0 });
  const { startSeconds: sourceStart = 0 } = source;
  const { startSeconds = sourceStart, holdSeconds = interpolationDefaults.holdSeconds } = target;
  checkNumber(who, "source.startSeconds", sourceStart);
  checkNumber(who, "target.startSeconds", startSeconds);
  const lastSeconds = sourceStart + (values.length - 1) / source.rateHz;
  // A value that falls on the last one but for rounding is kept
  const fitting = Math.floor((lastSeconds - startSeconds) * target.rateHz + 1e-6) + 1;
  const { samples = Math.max(0, fitting) } = target;
  checkWhole(who, "target.samples", samples, 0);
  const times = Float64Array.from({ length: samples }, (_, n) => startSeconds + n / target.rateHz);
  const scale = Math.min(1, target.rateHz / source.rateHz);
  return apply(weigh(who, values.length, source, times, { method: "sinc", holdSeconds }, scale), values, 1);
}

/** Each output as a weighted sum of neighbouring inputs. */
interface Weights {
  /** Places for weights of each output. */
  readonly stride: number;
  /** Number of the first input of each output. */
  readonly first: Int32Array;
  /** Number of inputs of each output. */
  readonly count: Int32Array;
  /** [outputs, stride] */
  readonly values: Float64Array;
}

/** Zero crossings of the sinc to either side. */
const lobes = 16;

function weigh(
  who: string,
  length: number,
  source: UniformTimes,
  times: Float64Array,
  options: InterpolationOptions,
  scale: number,
): Weights {
  const { method, holdSeconds } = { ...interpolationDefaults, ...options };
  const { rateHz, startSeconds = 0 } = source;
  checkNumber(who, "source.rateHz", rateHz, { above: 0 });
  checkNumber(who, "source.startSeconds", startSeconds);
  if (!(holdSeconds >= 0)) checkNumber(who, "holdSeconds", holdSeconds, { from: 0 });
  checkFinite(who, "times", times);
  const reach = lobes / scale;
  const stride = method === "linear" ? 2 : method === "cubic" ? 4 : 2 * Math.ceil(reach) + 2;
  const weights: Weights = {
    stride,
    first: new Int32Array(times.length),
    count: new Int32Array(times.length),
    values: new Float64Array(times.length * stride),
  };
  const hold = holdSeconds * rateHz + 1e-6;
  for (let i = 0; i < times.length; i++) {
    const place = (times[i]! - startSeconds) * rateHz;
    if (place < -hold || place > length - 1 + hold) {
      throw new ToolkitError(
        "bad-value",
        `${who}: time ${times[i]} s at index ${i} is outside the series, which lasts from ${startSeconds} s to ${startSeconds + (length - 1) / rateHz} s; at most ${holdSeconds} s beyond are held`,
      );
    }
    const within = Math.min(Math.max(place, 0), length - 1);
    if (method === "sinc") sincWeights(weights, i, within, length, reach, scale);
    else if (method === "cubic" || method === "linear") polynomialWeights(weights, i, within, length);
    else {
      throw new ToolkitError("bad-option", `${who}: method is "${String(method)}"; it must be sinc, cubic or linear`);
    }
  }
  return weights;
}

/** Lagrange's polynomial through the 2 or 4 samples around a place, fewer if there are no more. */
function polynomialWeights({ stride, first, count, values }: Weights, i: number, place: number, length: number): void {
  const points = Math.min(stride, length);
  const start = Math.min(Math.max(Math.floor(place) - (stride / 2 - 1), 0), length - points);
  first[i] = start;
  count[i] = points;
  for (let j = 0; j < points; j++) {
    let weight = 1;
    for (let k = 0; k < points; k++) if (k !== j) weight *= (place - start - k) / (j - k);
    values[i * stride + j] = weight;
  }
}

/** A windowed sinc about a place, its weights made to add up to 1, what falls beyond the ends folded back in. */
function sincWeights(
  { stride, first, count, values }: Weights,
  i: number,
  place: number,
  length: number,
  reach: number,
  scale: number,
): void {
  const low = Math.ceil(place - reach);
  const high = Math.floor(place + reach);
  const last = length - 1;
  const from = Math.max(0, high > last ? Math.min(low, 2 * last - high) : low);
  const to = Math.min(last, low < 0 ? Math.max(high, -low) : high);
  const base = i * stride - from;
  let sum = 0;
  for (let j = low; j <= high; j++) {
    const weight = windowedSinc(j - place, reach, scale);
    sum += weight;
    if (j < 0) {
      values[base]! += 2 * weight;
      values[base + Math.min(-j, last)]! -= weight;
    } else if (j > last) {
      values[base + last]! += 2 * weight;
      values[base + Math.max(2 * last - j, 0)]! -= weight;
    } else values[base + j]! += weight;
  }
  first[i] = from;
  count[i] = to - from + 1;
  for (let j = from; j <= to; j++) values[base + j]! /= sum;
}

function windowedSinc(distance: number, reach: number, scale: number): number {
  if (distance === 0) return 1;
  const angle = Math.PI * distance * scale;
  const cosine = Math.cos((Math.PI * distance) / reach);
  const double = 2 * cosine * cosine - 1;
  const triple = cosine * (2 * double - 1);
  return (Math.sin(angle) / angle) * (0.35875 + 0.48829 * cosine + 0.14128 * double + 0.01168 * triple);
}

function apply(weights: Weights, inputs: Float64Array | Float32Array, columns: number): Float64Array {
  const { stride, first, count, values } = weights;
  const out = new Float64Array(first.length * columns);
  for (let i = 0; i < first.length; i++) {
    for (let j = 0; j < count[i]!; j++) {
      const weight = values[i * stride + j]!;
      const at = (first[i]! + j) * columns;
      for (let c = 0; c < columns; c++) out[i * columns + c]! += weight * inputs[at + c]!;
    }
  }
  return out;
}
