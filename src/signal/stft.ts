import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import type { Matrix } from "../core/matrix.ts";
import { createFft } from "../numeric/fft.ts";
import { checkSignal } from "./checkSignal.ts";
import { type WindowName, windowValues } from "./window.ts";

/** How a signal is cut into frames. */
export interface StftOptions {
  /** Samples in a frame, any number from 1; the half spectrum has `floor(windowSize / 2) + 1` bins. Default 1024. */
  windowSize?: number;
  /** Samples from one frame to the next, from 1 to `windowSize`; it need not divide the window. Default 256. */
  hopSize?: number;
  /** Shape of the window. Default `hann`. */
  window?: WindowName;
  /** What stands beyond both ends of the signal: silence, or the signal mirrored at its end samples. Default `zeros`. */
  padding?: "zeros" | "reflect";
}

/** Options of `stft` where none are given. */
export const stftDefaults = {
  windowSize: 1024,
  hopSize: 256,
  window: "hann",
  padding: "zeros",
} as const satisfies Required<StftOptions>;

/**
 * A short-time Fourier transform. Bin k of frame n is entry `n * bins + k`; its frequency is `k * rateHz / windowSize`
 * and the frame's centre is sample `n * hopSize`.
 */
export interface Stft {
  /** Real parts, [frames, bins]. */
  readonly real: Float64Array;
  /** Imaginary parts, [frames, bins]. */
  readonly imag: Float64Array;
  readonly frames: number;
  readonly bins: number;
  /** Length of the signal. */
  readonly samples: number;
  /** The options, defaults filled in. */
  readonly options: Required<StftOptions>;
}

/**
 * Short-time Fourier transform, `X[n, k] = sum_m w[m] x[n hop - c + m] exp(-2 pi i k m / windowSize)` with
 * c = floor(windowSize / 2), not scaled.
 *
 * Frames are centred: frame 0 on sample 0, frame n on sample n * hopSize, the last one on the last sample or beyond, so
 * every sample lies under the middle part of some window. `padding` says what the outer frames see beyond the ends.
 * With `padding: "zeros"` this is `scipy.signal.stft` times the sum of the window (which SciPy divides by).
 *
 * @param samples [samples], at least 1; may be shorter than a window
 * @throws ToolkitError `bad-option` for a window or hop that cannot be inverted, `bad-value` for samples that are not
 *   finite, `bad-shape` for no samples
 */
export function stft(samples: Float64Array, options: StftOptions = {}): Stft {
  const resolved = resolveStftOptions("stft", options);
  checkSignal("stft", "the signal", samples);
  const { windowSize, hopSize, padding } = resolved;
  const fft = createFft(windowSize);
  const window = windowValues(resolved.window, windowSize);
  const frames = frameCount(samples.length, resolved);
  const real = new Float64Array(frames * fft.bins);
  const imag = new Float64Array(frames * fft.bins);
  const frame = fft.scratch;
  const centre = Math.floor(windowSize / 2);
  for (let n = 0; n < frames; n++) {
    windowInto(frame, window, samples, n * hopSize - centre, 0, samples.length, padding);
    fft.forwardReal(frame, real, imag, n * fft.bins);
  }
  return { real, imag, frames, bins: fft.bins, samples: samples.length, options: resolved };
}

/**
 * Inverse of `stft`: frames are transformed back, windowed again, added up and divided by the summed squared window
 * (Griffin & Lim 1984, the signal whose transform is closest to the one given). Exact for an unchanged transform at any
 * size and hop that `stft` accepts, to rounding divided by the root of the least summed energy.
 *
 * @returns [samples], the original length
 * @throws ToolkitError `bad-shape` if the arrays do not fit the frames, bins, samples and options
 */
export function istft(transform: Stft): Float64Array {
  const { real, imag, frames, bins, samples } = transform;
  const options = resolveStftOptions("istft", transform.options);
  const { windowSize, hopSize } = options;
  const fft = createFft(windowSize);
  checkWhole("istft", "samples", samples, 1);
  if (bins !== fft.bins || frames !== frameCount(samples, options)) {
    throw new ToolkitError(
      "bad-shape",
      `istft: ${frames} frames of ${bins} bins; ${samples} samples in windows of ${windowSize} every ${hopSize} make ${frameCount(samples, options)} frames of ${fft.bins} bins`,
    );
  }
  if (real.length !== frames * bins || imag.length !== frames * bins) {
    throw new ToolkitError(
      "bad-shape",
      `istft: ${real.length} real and ${imag.length} imaginary parts; ${frames} frames of ${bins} bins have ${frames * bins}`,
    );
  }
  const window = windowValues(options.window, windowSize);
  const squared = window.map((value) => value * value);
  const centre = Math.floor(windowSize / 2);
  const sum = new Float64Array(samples);
  const energy = new Float64Array(samples);
  const frame = new Float64Array(windowSize);
  for (let n = 0; n < frames; n++) {
    fft.inverseReal(real, imag, frame, n * bins);
    const start = n * hopSize - centre;
    const from = Math.max(0, -start);
    const to = Math.min(windowSize, samples - start);
    for (let m = from; m < to; m++) {
      sum[start + m]! += frame[m]! * window[m]!;
      energy[start + m]! += squared[m]!;
    }
  }
  for (let i = 0; i < samples; i++) sum[i]! /= energy[i]!;
  return sum;
}

/**
 * Magnitudes of a transform, `sqrt(real^2 + imag^2)`.
 *
 * @returns [frames, bins]
 */
export function magnitude(transform: Pick<Stft, "real" | "imag" | "frames" | "bins">): Matrix<Float64Array> {
  const { real, imag, frames, bins } = transform;
  if (real.length !== frames * bins || imag.length !== frames * bins) {
    throw new ToolkitError(
      "bad-shape",
      `magnitude: ${real.length} real and ${imag.length} imaginary parts; ${frames} frames of ${bins} bins have ${frames * bins}`,
    );
  }
  const data = new Float64Array(frames * bins);
  for (let i = 0; i < data.length; i++) data[i] = Math.sqrt(real[i]! * real[i]! + imag[i]! * imag[i]!);
  return { rows: frames, columns: bins, data };
}

/**
 * Times of frames: frame n is centred on sample `n * hopSize`.
 *
 * @param frames number of frames
 * @param options `hopSize` in samples, `rateHz` of the signal, `startSeconds` time of its first sample, default 0
 * @returns centre of each frame in seconds, [frames]
 * @throws ToolkitError `bad-option`
 */
export function frameTimes(
  frames: number,
  { hopSize, rateHz, startSeconds = 0 }: { hopSize: number; rateHz: number; startSeconds?: number },
): Float64Array {
  checkWhole("frameTimes", "frames", frames, 0);
  checkWhole("frameTimes", "hopSize", hopSize, 1);
  checkNumber("frameTimes", "rateHz", rateHz, { above: 0 });
  checkNumber("frameTimes", "startSeconds", startSeconds);
  return Float64Array.from({ length: frames }, (_, n) => startSeconds + (n * hopSize) / rateHz);
}

/** Least squared-window sum that can be divided by, as in `scipy.signal.check_NOLA`. */
const leastEnergy = 1e-10;

/**
 * Fills in defaults and refuses options that no inverse exists for: where windows are added up, every sample needs some
 * window energy.
 *
 * @throws ToolkitError `bad-option`
 */
export function resolveStftOptions(who: string, options: StftOptions): Required<StftOptions> {
  const { windowSize, hopSize, window, padding } = { ...stftDefaults, ...options };
  checkWhole(who, "windowSize", windowSize, 1, 2 ** 24);
  checkWhole(who, "hopSize", hopSize, 1, windowSize);
  if (padding !== "zeros" && padding !== "reflect") {
    throw new ToolkitError("bad-option", `${who}: padding is "${String(padding)}"; it must be zeros or reflect`);
  }
  const values = windowValues(window, windowSize);
  for (let offset = 0; offset < hopSize; offset++) {
    let energy = 0;
    for (let m = offset; m < windowSize; m += hopSize) energy += values[m]! * values[m]!;
    if (energy <= leastEnergy) {
      throw new ToolkitError(
        "bad-option",
        `${who}: with a ${window} window of ${windowSize} samples every ${hopSize}, the sample at offset ${offset} of each hop has no window energy and is lost; take a smaller hop`,
      );
    }
  }
  return { windowSize, hopSize, window, padding };
}

/** Frames that cover a signal: the centres 0, hop, ... up to the first from which a window reaches past the padded end. */
export function frameCount(samples: number, { windowSize, hopSize }: Required<StftOptions>): number {
  return Math.ceil((samples - (windowSize % 2)) / hopSize) + 1;
}

/**
 * Writes one windowed frame of a signal padded at both ends.
 *
 * @param frame where to, [windowSize]
 * @param window [windowSize]
 * @param samples the part of the signal that is at hand
 * @param start index of the frame's first sample, counted from the start of the signal; may be negative
 * @param first index of `samples[0]`
 * @param length of the whole signal
 * @param padding what stands beyond its ends
 */
export function windowInto(
  frame: Float64Array,
  window: Float64Array,
  samples: Float64Array,
  start: number,
  first: number,
  length: number,
  padding: "zeros" | "reflect",
): void {
  const shift = start - first;
  if (start >= 0 && start + frame.length <= length) {
    for (let m = 0; m < frame.length; m++) frame[m] = samples[shift + m]! * window[m]!;
    return;
  }
  const period = Math.max(1, 2 * (length - 1));
  for (let m = 0; m < frame.length; m++) {
    let index = start + m;
    if (index < 0 || index >= length) {
      if (padding === "zeros") {
        frame[m] = 0;
        continue;
      }
      index = ((index % period) + period) % period;
      index = Math.min(index, period - index);
    }
    frame[m] = samples[index - first]! * window[m]!;
  }
}
