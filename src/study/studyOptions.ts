import { decisionCurveDefaults, type WindowLength } from "../eeg/decoding/decisionCurve.ts";
import type { TrialGroup } from "../eeg/decoding/groupFolds.ts";
import { permutationNullDefaults } from "../eeg/decoding/permutationNull.ts";
import { type TrfLambdaConvention, trfDefaults } from "../eeg/decoding/trfOptions.ts";
import { bssEvalReferenceDefaults } from "../metrics/bssEvalReferences.ts";
import { compareMethodsDefaults } from "../metrics/compareMethods.ts";
import type { Correction } from "../numeric/multipleComparisons.ts";
import { contrastiveNmfDefaults } from "../separation/contrastiveNmf.ts";
import type { Accelerator } from "../separation/createModel.ts";
import { factorizationDefaults } from "../separation/factorizationOptions.ts";
import { softMaskDefaults } from "../separation/masks.ts";
import type { FilterPhase } from "../signal/filtering.ts";
import { type EnvelopeKind, stimulusEnvelopeDefaults } from "../signal/stimulusEnvelope.ts";

/** How EEG is prepared before decoding. Steps are in the order of the fields. */
export interface PreprocessingOptions {
  /** Frequencies of notch filters, in Hz. */
  notchHz: readonly number[];
  /** Rate at which EEG and features meet, in Hz. */
  rateHz: number;
  /** Lower edge of the band-pass, in Hz. */
  lowHz: number;
  /** Upper edge of the band-pass, in Hz. */
  highHz: number;
  /** Butterworth sections, or a windowed-sinc FIR filter. */
  filter: "butterworth" | "fir";
  /** Order of the Butterworth band-pass. */
  filterOrder: number;
  /** Zero-phase filters each trial forwards and backwards; causal filters the recording as it streams. */
  phase: FilterPhase;
  /** EEG read before and after each trial so that zero-phase filters settle outside it, in seconds. */
  marginSeconds: number;
  /**
   * What is done with channels that the study marks as bad and, but for `keep`, with those that robust statistics find: `keep` drops
   * the former and looks for no others; `interpolate` needs electrode positions.
   */
  badChannels: "keep" | "drop" | "interpolate";
  /** `none`, the `average` of the good channels, or the mean of channels named. */
  reference: "none" | "average" | readonly string[];
  /** Regression on the EOG channels, fitted on the training trials of each fold. */
  ocular: "none" | "regression";
  /** Samples too far from the median of their channel: interpolated where short, or left out of training and scores. */
  artefacts: "none" | "interpolate" | "exclude";
  /** How far is too far, in scaled median absolute deviations. */
  artefactMads: number;
}

/** The time-frequency representation of the audio. */
export interface SpectrogramOptions {
  /** Length of a frame, in seconds. */
  windowSeconds: number;
  /** Step from frame to frame, in seconds. */
  hopSeconds: number;
}

/** What of a source is reconstructed from EEG. */
export type DecodedFeature = "activations" | "envelope" | "onsets" | "flux" | "mel";

/** Whose trials a decoder is trained on. */
export type DecodingRegime = "within-subject" | "leave-one-subject-out" | "adapted";

/** The backward models from EEG to features of the attended source, and how they are tested. */
export interface DecoderOptions {
  /** Features, each with a model of its own. S_a of the separation are the activations. */
  features: readonly DecodedFeature[];
  /** How the envelope is made. */
  envelope: EnvelopeKind;
  /** First lag of the EEG after the stimulus, in seconds. */
  minLagSeconds: number;
  /** Last lag of the EEG after the stimulus, in seconds. */
  maxLagSeconds: number;
  /** Regularization. */
  method: "ridge" | "tikhonov" | "shrinkage";
  /** The grid that lambda is chosen from within the training trials; one value is taken as it is. */
  lambda: readonly number[];
  /** What lambda is a multiple of. */
  lambdaConvention: TrfLambdaConvention;
  /** Samples whose lags reach outside their trial. */
  edges: "valid" | "zeropad";
  /**
   * `within-subject` trains on the subject's own other trials, `leave-one-subject-out` on those of all others, `adapted` on
   * both.
   */
  regime: DecodingRegime;
  /** Weight of a subject's own trials beside those of others, of regime `adapted`. */
  ownWeight: number;
  /** What is never in training and test together. */
  groupBy: TrialGroup;
  /** Number of folds; `all` for one a group. */
  folds: number | "all";
  /** Most folds of the search for lambda. */
  innerFolds: number;
  /** Whether a stimulus may be in training and test; refused otherwise. */
  allowSharedStimuli: boolean;
  /** Lengths of decision windows in seconds, or whole trials. */
  windows: readonly WindowLength[];
  /** Number of permutations of each null. */
  permutations: number;
  /** Whether simulated EEG is decoded as well: a control that must succeed and one that must not. */
  controls: boolean;
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

/** How methods are compared. */
export interface StatisticsOptions {
  /** The method that all others are compared with. */
  readonly baseline: string;
  readonly test: "wilcoxon" | "sign-flip";
  /** Of p-values, for the number of methods. */
  readonly correction: Correction;
  /** Of the bootstrap. */
  readonly resamples: number;
  /** Of intervals. */
  readonly confidence: number;
}

/** Defaults of {@link StatisticsOptions}. */
export const statisticsDefaults: StatisticsOptions = {
  baseline: "unprocessed-mixture",
  test: compareMethodsDefaults.test,
  correction: compareMethodsDefaults.correction,
  resamples: compareMethodsDefaults.resamples,
  confidence: compareMethodsDefaults.confidence,
};

/** Defaults of a study. */
export const studyDefaults: StudyOptions = {
  seed: 0,
  preprocessing: {
    notchHz: [],
    rateHz: 64,
    lowHz: 1,
    highHz: 8,
    filter: "butterworth",
    filterOrder: 3,
    phase: "zero",
    marginSeconds: 1,
    badChannels: "keep",
    reference: "none",
    ocular: "none",
    artefacts: "none",
    artefactMads: 10,
  },
  spectrogram: { windowSeconds: 0.064, hopSeconds: 0.016 },
  decoder: {
    features: ["activations", "envelope"],
    envelope: stimulusEnvelopeDefaults.kind,
    minLagSeconds: trfDefaults.minLagSeconds,
    maxLagSeconds: trfDefaults.maxLagSeconds,
    method: trfDefaults.method,
    lambda: [0.01, 0.1, 1, 10, 100, 1000],
    lambdaConvention: trfDefaults.lambdaConvention,
    edges: trfDefaults.edges,
    regime: "within-subject",
    ownWeight: 1,
    groupBy: "mixture",
    folds: "all",
    innerFolds: 5,
    allowSharedStimuli: false,
    windows: decisionCurveDefaults.windowSeconds,
    permutations: permutationNullDefaults.permutations,
    controls: true,
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
