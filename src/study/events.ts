import type { DecodedTrial } from "../eeg/decoding/windowScores.ts";
import type { DecisionRow, FailureRow, MethodInfo, ScalpPattern, ScoreRow, TrialDetail } from "./results.ts";
import type { DecodedFeature } from "./studyOptions.ts";

/** One feature of one trial as decoded. */
export interface DecodedFeatureTrial extends DecodedTrial {
  readonly feature: DecodedFeature;
  readonly subject: string;
  readonly trial: string;
}

/** One decision of a control: EEG simulated to follow the attended source (`positive`), or noise (`negative`). */
export interface ControlRow {
  readonly control: "positive" | "negative";
  readonly subject: string;
  readonly trial: string;
  /** Number of candidates. */
  readonly sources: number;
  readonly correct: boolean;
}

/** Features of windows of one trial's EEG. */
export interface TrialWindows {
  readonly subject: string;
  readonly trial: string;
  readonly mixture: string;
  /** [windows][features] */
  readonly features: readonly Float64Array[];
}

/** What a study's pipeline emits, in the order things happen. */
export type StudyEvent =
  /** The study's plan; the first event. */
  | { readonly kind: "plan"; readonly methods: readonly MethodInfo[]; readonly trials: number }
  /** How far the work is; `total` is known from the start. */
  | { readonly kind: "progress"; readonly done: number; readonly total: number; readonly label: string }
  /** Which source the decoder took for the attended one. */
  | { readonly kind: "decision"; readonly row: DecisionRow }
  /** What was decoded of a trial, and the true features of its sources, at the decoder's rate. */
  | ({ readonly kind: "decoded" } & DecodedFeatureTrial)
  /** What the EEG of a subject looks like that goes with a feature. */
  | { readonly kind: "pattern"; readonly pattern: ScalpPattern }
  /** A decision from simulated EEG. */
  | { readonly kind: "control"; readonly row: ControlRow }
  /** Windows of a trial's EEG, [windows][features], for the leakage audit. */
  | ({ readonly kind: "windows" } & TrialWindows)
  /** Something to know about the decoding. */
  | { readonly kind: "warning"; readonly message: string }
  /** One method's estimate of the attended source, with its scores. */
  | { readonly kind: "estimate"; readonly row: ScoreRow; readonly rateHz: number; readonly samples: Float64Array }
  /** A trial is complete: what the report needs to show it, but for what can be made from the estimates. */
  | { readonly kind: "trial"; readonly detail: Omit<TrialDetail, "reason" | "players" | "spectrograms"> & TrialAudio }
  /** A trial that could not be done. */
  | { readonly kind: "failure"; readonly failure: FailureRow };

/** Mixture and attended source of a trial. */
export interface TrialAudio {
  readonly mixtureSamples: Float64Array;
  readonly referenceSamples: Float64Array;
}
