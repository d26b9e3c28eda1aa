import { type Matrix, magnitude, type SpectrogramOptions, type Stft, stft } from "../../src/index.ts";

/** Short-time Fourier transform with the study's frame sizes. */
export function studyStft(samples: Float64Array, rateHz: number, options: SpectrogramOptions): Stft {
  return stft(samples, {
    windowSize: Math.max(1, Math.round(options.windowSeconds * rateHz)),
    hopSize: Math.max(1, Math.round(options.hopSeconds * rateHz)),
  });
}

/** A magnitude spectrogram and its frames per second. */
export interface TimedMagnitude {
  /** Single precision, [frames, bins]. */
  readonly magnitude: Matrix<Float32Array>;
  readonly frameRateHz: number;
}

/** Magnitude spectrogram with the study's frame sizes. */
export function studySpectrogram(samples: Float64Array, rateHz: number, options: SpectrogramOptions): TimedMagnitude {
  const transform = studyStft(samples, rateHz, options);
  const { rows, columns, data } = magnitude(transform);
  return {
    magnitude: { rows, columns, data: Float32Array.from(data) },
    frameRateHz: rateHz / transform.options.hopSize,
  };
}
