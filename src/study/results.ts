import type { MethodComparisons } from "../metrics/compareMethods.ts";
import type { JointMeasures } from "../metrics/jointMeasures.ts";
import type { DecodingSummary } from "./decodingSummary.ts";
import type { StudyOrigin } from "./study.ts";
import type { DecodedFeature } from "./studyOptions.ts";

/** What a method's row is for: something to beat, the method itself, a check that must not work, or an upper bound. */
export type MethodRole = "baseline" | "method" | "control" | "oracle";

/** One row of the study's table. */
export interface MethodInfo {
  /** Stable name, as in files and tables: `contrastive-nmf-sphere`. */
  readonly id: string;
  /** Name for people: `Contrastive NMF (sphere update)`. */
  readonly label: string;
  readonly role: MethodRole;
  /** One sentence on what the row is and, for controls and oracles, what it knows that it should not. */
  readonly description: string;
  /**
   * Whether the activations decoded from this very trial's EEG steer the row, so that better decoding should show in its
   * scores. Default: true for the role `method`, false for the others.
   */
  readonly guided?: boolean;
}

/** Scores of one estimate of the attended source in one trial, in dB; infinities and NaN may occur. */
export interface ScoreRow {
  readonly subject: string;
  readonly trial: string;
  readonly mixture: string;
  /** Name of the attended source. */
  readonly target: string;
  /** Number of sources in the mixture. */
  readonly sources: number;
  /** `MethodInfo.id`. */
  readonly method: string;
  readonly sdr: number;
  readonly sir: number;
  readonly sar: number;
  readonly siSdr: number;
  /** Greatest SDR of the same estimate against another source of the mixture: what it should be above. */
  readonly sdrCompeting: number;
  /** The same less the score of the unprocessed mixture. */
  readonly sdrImprovement: number;
  readonly sirImprovement: number;
  readonly sarImprovement: number;
  readonly siSdrImprovement: number;
}

/** Which source the decoder took for the attended one in one trial. */
export interface DecisionRow {
  readonly subject: string;
  readonly trial: string;
  readonly mixture: string;
  readonly target: string;
  /** What was decoded. */
  readonly feature: DecodedFeature;
  /** Names of the candidate sources; chance is one over their number. */
  readonly sources: readonly string[];
  /** Correlation of the decoded feature with that of each candidate, same order. */
  readonly correlations: readonly number[];
  /** Name of the source of greatest correlation, `none` for a tie. */
  readonly decided: string;
  readonly correct: boolean;
  /** Greatest correlation less the second greatest. */
  readonly margin: number;
  /** Regularization, chosen within the training trials. */
  readonly lambda: number;
  /** What the model had not seen: names of mixtures, songs, trials or the subject. */
  readonly leftOut: string;
  /** Number of trials the model was trained on. */
  readonly trainingTrials: number;
  /** How much of the trial the correlations are of: what has all lags inside it and is not excluded. */
  readonly seconds: number;
}

/** A trial, method or subject that could not be done, and why. */
export interface FailureRow {
  readonly subject: string;
  readonly trial: string;
  readonly code: string;
  readonly message: string;
}

/** A magnitude spectrogram for display: decibels, [frames, bins], already thinned to a size that can be drawn. */
export interface SpectrogramPicture {
  readonly frames: number;
  readonly bins: number;
  readonly decibels: Float32Array;
  readonly durationSeconds: number;
  readonly maximumHz: number;
}

/** Everything the report shows of one trial in detail. */
export interface TrialDetail {
  readonly subject: string;
  readonly trial: string;
  readonly mixture: string;
  readonly target: string;
  readonly audioRateHz: number;
  /** Why this trial is the one shown. */
  readonly reason: string;
  readonly spectrograms: readonly { readonly label: string; readonly picture: SpectrogramPicture }[];
  /** Decoded S_a and the true activations, both [components, frames] at `activationRateHz`, rows of unit l2 norm. */
  readonly decodedActivations: readonly Float64Array[];
  readonly trueActivations: readonly Float64Array[];
  readonly activationRateHz: number;
  /** True cost after each iteration (entry 0: before the first), one trace a method that has one. */
  readonly costTraces: readonly { readonly method: string; readonly cost: readonly number[] }[];
  /** Mixture, reference and every estimate, mono, full-scale 1; `file` is relative to the output folder, empty where there is none. */
  readonly players: readonly {
    readonly label: string;
    readonly kind: "mixture" | "reference" | "estimate";
    /** `MethodInfo.id` for an estimate. */
    readonly method?: string;
    readonly file: string;
    readonly samples: Float64Array;
  }[];
}

/** What the EEG of one subject looks like that goes with a decoded feature; one a subject and feature. */
export interface ScalpPattern {
  readonly subject: string;
  /** What was decoded. */
  readonly feature: string;
  /** Names of the EEG channels. */
  readonly channels: readonly string[];
  /** EEG after the stimulus, ascending. */
  readonly lagSeconds: readonly number[];
  /** Forward pattern of the decoder, [lags][channels]: EEG for one unit of the decoded feature. */
  readonly values: readonly ArrayLike<number>[];
}

/** A trial, or a whole subject, that the study left out on purpose. */
export interface ExclusionRow {
  readonly subject: string;
  /** Missing where the whole subject is meant. */
  readonly trial?: string;
  readonly reason: string;
}

/** The outcome of a study: what tables and report are made from. */
export interface StudyResults {
  readonly title: string;
  /** Set for simulated data: one sentence that says so, with the simulation's settings. */
  readonly synthetic?: string;
  readonly methods: readonly MethodInfo[];
  readonly scores: readonly ScoreRow[];
  readonly decisions: readonly DecisionRow[];
  /** What the decisions say together. */
  readonly decoding: DecodingSummary;
  readonly failures: readonly FailureRow[];
  readonly details: readonly TrialDetail[];
  /** Units planned; fewer score rows than that mean a partial study. */
  readonly plannedTrials: number;
  /** Trials done and planned, where the run is not at its end. */
  readonly partial?: { readonly done: number; readonly planned: number };
  /** SDR of the methods against that of a baseline, on the same trials. */
  readonly comparisons?: MethodComparisons;
  /** Whether trials that were decoded well were separated well; `method` is the `MethodInfo.id` it is about. */
  readonly joint?: JointMeasures & { readonly method?: string };
  /** What was left out on purpose. */
  readonly exclusions?: readonly ExclusionRow[];
  /** Remarks for whoever reads the results. */
  readonly notes?: readonly string[];
  /** Where the data come from and on what terms. */
  readonly origin?: StudyOrigin;
  /** Patterns of the decoders. */
  readonly patterns?: readonly ScalpPattern[];
  /** Resolved options of the pipeline, as plain JSON. */
  readonly options: unknown;
  readonly provenance: {
    readonly version: string;
    readonly node: string;
    /** What computed the products of the factorizations. */
    readonly accelerator: string;
    readonly seed: number;
    readonly command?: string;
  };
}
