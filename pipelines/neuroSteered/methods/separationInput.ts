import type { Matrix, Stft } from "../../../src/index.ts";

/**
 * What a separation is told of the attended source.
 *
 * - `decoded` S_a, decoded from the trial's EEG: all that a listener's study has
 * - `other-trial` S_a decoded in a trial with another mixture
 * - `shuffled` S_a of this trial turned round in time, all rows by the same amount
 * - `unattended` true activations of the loudest unattended source, in the dictionary of S_a
 * - `true` true activations of the attended source, in the dictionary of S_a
 */
export type GuideKind = "decoded" | "other-trial" | "shuffled" | "unattended" | "true";

/** Activations that steer or choose. */
export interface Guide {
  /** At the spectrogram's frames, [components, frames]; those decoded are signed. */
  readonly atFrames: Matrix;
  /** At the EEG's times and in the decoder's band, [components, samples]. */
  readonly inBand: Matrix;
}

/**
 * What a method may use of a trial; controls and oracles use what a real listener's study does not have. Nothing is computed before it
 * is asked for, and then once.
 */
export interface SeparationInput {
  /** Mono, [samples]. */
  readonly mixture: Float64Array;
  readonly rateHz: number;
  /** Seed of every random start. */
  readonly seed: number;
  /** Number of sources in the mixture. */
  readonly sources: number;
  /** Transform of the mixture and its magnitudes, [frames, bins]. */
  readonly transform: Stft;
  readonly spectrogram: Matrix;
  /** Transforms of the mixture's channels; missing where there is only one, or all are the same. */
  readonly channels: readonly Stft[] | undefined;
  /** A guide, or nothing where the trial has none of the kind. */
  guide(kind: GuideKind): Guide | undefined;
  /** Brings activations [components, frames] to the EEG's times and into the decoder's band, [components, samples]. */
  align(activations: Matrix): Matrix<Float64Array>;
  /** The attended source itself, [samples]. */
  readonly attended: Float64Array;
  /** Magnitudes of the attended source and of the sum of all others, [frames, bins]. */
  readonly attendedMagnitude: Matrix;
  readonly restMagnitude: Matrix;
  /**
   * Makes something once however often it is asked for.
   *
   * @param key says all that the thing depends on beside the trial
   */
  once<T>(key: string, make: () => T): T;
}
