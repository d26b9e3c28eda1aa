import { backwardModelDefaults } from "../eeg/decoding/backwardModel.ts";
import { bssEvalReferenceDefaults } from "../metrics/bssEvalReferences.ts";
import { contrastiveNmfDefaults } from "../separation/contrastiveNmf.ts";
import type { Accelerator } from "../separation/createModel.ts";
import { factorizationDefaults } from "../separation/factorizationOptions.ts";
import { softMaskDefaults } from "../separation/masks.ts";

/** How EEG is prepared before decoding. */
export interface PreprocessingOptions {
  /** Lower edge of the band-pass, in Hz. */
  lowHz: number;
  /** Upper edge of the band-pass, in Hz. */
  highHz: number;
  /** Order of the Butterworth band-pass. */
  filterOrder: number;
  /** Zero-phase filters each trial forwards and backwards; causal filters the recording as it streams. */
  phase: "zero" | "causal";
  /** Rate at which EEG and features meet, in Hz. */
  rateHz: number;
  /** EEG read before and after each trial so that filters settle outside it, in seconds. */
  marginSeconds: number;
}

/** The time-frequency representation of the audio. */
export interface SpectrogramOptions {
  /** Length of a frame, in seconds. */
  windowSeconds: number;
  /** Step from frame to frame, in seconds. */
  hopSeconds: number;
}

/** The backward model from EEG to the attended source's activations and envelope. */
export interface DecoderOptions {
  /** First lag of the EEG after the stimulus, in seconds. */
  minLagSeconds: number;
  /** Last lag of the EEG after the stimulus, in seconds. */
  maxLagSeconds: number;
  /** Regularization, relative to the mean diagonal of the lagged covariance. */
  lambda: number;
}

/** Sizes and weights of the factorizations. */
export interface SeparationOptions {
  /** Components for each source of a mixture, and rows of S_a (K_a). */
  componentsPerSource: number;
  /** Updates of each factorization. */
  iterations: number;
  /** Contrast weight, relative to the sum of the spectrogram over K_a squared. */
  delta: number;
  /** L1 weight on the activations. */
  sparsityActivations: number;
  /** Length of a template of convolutive NMF, in frames. */
  templateFrames: number;
  /** Exponent of the soft mask. */
  maskExponent: number;
  /** What computes the products of the factorizations. */
  accelerator: Accelerator;
}

/** Everything that decides the outcome of a study. */
export interface StudyOptions {
  /** Seed of every random start. */
  seed: number;
  preprocessing: PreprocessingOptions;
  spectrogram: SpectrogramOptions;
  decoder: DecoderOptions;
  separation: SeparationOptions;
  /** Scores. */
  metrics: {
    /** Length of the distortion filter of BSS Eval, in samples. */
    filterLength: number;
  };
}

/** Defaults of a study. */
export const studyDefaults: StudyOptions = {
  seed: 0,
  preprocessing: { lowHz: 1, highHz: 8, filterOrder: 3, phase: "zero", rateHz: 64, marginSeconds: 1 },
  spectrogram: { windowSeconds: 0.064, hopSeconds: 0.016 },
  decoder: {
    minLagSeconds: backwardModelDefaults.minLagSeconds,
    maxLagSeconds: backwardModelDefaults.maxLagSeconds,
    lambda: backwardModelDefaults.lambda,
  },
  separation: {
    componentsPerSource: 4,
    iterations: 100,
    delta: contrastiveNmfDefaults.delta,
    sparsityActivations: contrastiveNmfDefaults.sparsityActivations,
    templateFrames: 5,
    maskExponent: softMaskDefaults.exponent,
    accelerator: factorizationDefaults.accelerator,
  },
  metrics: { filterLength: bssEvalReferenceDefaults.filterLength },
};
