import { checkNumber, checkWhole } from "../core/check.ts";
import { type Matrix, zeros } from "../core/matrix.ts";
import { createFft } from "../numeric/fft.ts";
import { checkSignal } from "./checkSignal.ts";
import { type FrameClock, framesAt } from "./framesAt.ts";

/** How a sound is cut into frames at another rate. */
export interface TimedSpectrogramOptions {
  /** Sampling rate of the sound. */
  rateHz: number;
  /** Rate of the frames, at most `rateHz`; frame n is centred at n / outputRateHz. */
  outputRateHz: number;
  /** Length of the Hann window, at least 2 samples; need not be whole samples. Default two hops, 2 / outputRateHz. */
  windowSeconds?: number;
  /** Length of the transform, at least the window's samples; the rest are zeros. Default the next power of two. */
  fftSize?: number;
}

/** Magnitudes of frames at another rate; bin k is at `k * rateHz / fftSize`. */
export interface TimedSpectrogram {
  /** [frames, floor(fftSize / 2) + 1]; 1 for a sine of amplitude 1 at the frequency of a bin between the first and last. */
  readonly magnitudes: Matrix<Float64Array>;
  /** Centre of each frame, n / outputRateHz, in seconds, [frames]. */
  readonly times: Float64Array;
  /** Length of the transform. */
  readonly fftSize: number;
  /** Length of the window. */
  readonly windowSeconds: number;
}

/**
 * Magnitude spectrogram whose frames keep step with another clock: frame n is centred at n / outputRateHz exactly
 * (`framesAt`), between two samples if it must be, because the Hann window itself is read at the distances of the samples
 * from there. `stft` has whole hops and an inverse; this has any hop and none.
 *
 * |X[n, k]| = 2 / sum(w) |sum_i w((i - c_n) / L) x[i] exp(-2 pi i k i / fftSize)|, w(u) = 0.5 + 0.5 cos(2 pi u) for
 * |u| < 1/2, c_n the centre and L the window in samples, silence beyond the ends. At a whole hop and an even whole window
 * this is twice `abs(scipy.signal.stft(x, nperseg=L, noverlap=L - hop, nfft=fftSize))`.
 *
 * @param samples [samples], at least 1
 * @returns ceil(samples * outputRateHz / rateHz) frames
 * @throws ToolkitError `bad-option`, `bad-shape`, `bad-value`
 */
export function timedSpectrogram(samples: Float64Array, options: TimedSpectrogramOptions): TimedSpectrogram {
  const who = "timedSpectrogram";
  checkSignal(who, "the signal", samples);
  const plan = planSpectra(who, options);
  const frames = plan.clock.count(samples.length);
  const magnitudes = zeros(frames, plan.bins);
  for (const block of spectrumBlocks(samples, plan))
    magnitudes.data.set(block.magnitudes.data, block.first * plan.bins);
  return {
    magnitudes,
    times: plan.clock.times(frames),
    fftSize: plan.fftSize,
    windowSeconds: plan.windowSamples / options.rateHz,
  };
}

/** Resolved options of a timed spectrogram. */
export interface SpectrumPlan {
  readonly clock: FrameClock;
  /** Need not be whole. */
  readonly windowSamples: number;
  readonly fftSize: number;
  /** floor(fftSize / 2) + 1 */
  readonly bins: number;
}

/**
 * Fills in defaults and checks the options of frames.
 *
 * @param who the function that cuts, for messages
 * @throws ToolkitError `bad-option`
 */
export function planSpectra(who: string, options: TimedSpectrogramOptions): SpectrumPlan {
  const { rateHz, outputRateHz } = options;
  checkNumber(who, "rateHz", rateHz, { above: 0 });
  checkNumber(who, "outputRateHz", outputRateHz, { above: 0, to: rateHz });
  const { windowSeconds = 2 / outputRateHz } = options;
  // Two samples but for rounding will do
  checkNumber(who, "windowSeconds", windowSeconds, { from: (2 - 1e-9) / rateHz });
  // A window of whole samples but for rounding is one of whole samples
  const exact = windowSeconds * rateHz;
  const windowSamples = Math.abs(exact - Math.round(exact)) < 1e-9 * exact ? Math.round(exact) : exact;
  const needed = Math.ceil(windowSamples);
  const { fftSize = 2 ** Math.ceil(Math.log2(needed)) } = options;
  checkWhole(who, "fftSize", fftSize, needed, 2 ** 24);
  return { clock: framesAt({ rateHz, outputRateHz }), windowSamples, fftSize, bins: Math.floor(fftSize / 2) + 1 };
}

/** Frames held at a time, so that an hour of sound needs no more memory than a minute. */
const blockFrames = 256;

/**
 * The frames of a timed spectrogram in order, some at a time. The arrays are new ones each time.
 *
 * @param samples [samples], already checked
 */
export function* spectrumBlocks(
  samples: Float64Array,
  plan: SpectrumPlan,
): Generator<{ first: number; magnitudes: Matrix<Float64Array> }> {
  const { clock, bins } = plan;
  const fft = createFft(plan.fftSize);
  const frame = new Float64Array(plan.fftSize);
  const real = new Float64Array(bins);
  const imag = new Float64Array(bins);
  const frames = clock.count(samples.length);
  for (let first = 0; first < frames; first += blockFrames) {
    const magnitudes = zeros(Math.min(blockFrames, frames - first), bins);
    for (let n = 0; n < magnitudes.rows; n++) {
      const scale = 2 / cutFrame(frame, samples, clock.centre(first + n), plan.windowSamples);
      fft.forwardReal(frame, real, imag);
      for (let k = 0; k < bins; k++) {
        magnitudes.data[n * bins + k] = scale * Math.sqrt(real[k]! * real[k]! + imag[k]! * imag[k]!);
      }
    }
    yield { first, magnitudes };
  }
}

/** Writes one windowed frame, zeros behind it; returns the sum of the whole window, also where it hangs over an end. */
function cutFrame(
  frame: Float64Array,
  samples: Float64Array,
  { sample, fraction }: { sample: number; fraction: number },
  length: number,
): number {
  frame.fill(0);
  const first = Math.floor(fraction - length / 2) + 1;
  const last = Math.ceil(fraction + length / 2) - 1;
  let sum = 0;
  for (let d = first; d <= last; d++) {
    const weight = 0.5 + 0.5 * Math.cos((2 * Math.PI * (d - fraction)) / length);
    sum += weight;
    const i = sample + d;
    if (i >= 0 && i < samples.length) frame[d - first] = weight * samples[i]!;
  }
  return sum;
}
