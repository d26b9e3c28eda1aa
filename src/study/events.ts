import type { DecisionRow, FailureRow, MethodInfo, ScoreRow, TrialDetail } from "./results.ts";

/** What a study's pipeline emits, in the order things happen. */
export type StudyEvent =
  /** The study's plan; the first event. */
  | { readonly kind: "plan"; readonly methods: readonly MethodInfo[]; readonly trials: number }
  /** How far the work is; `total` is known from the start. */
  | { readonly kind: "progress"; readonly done: number; readonly total: number; readonly label: string }
  /** Which source the decoder took for the attended one. */
  | { readonly kind: "decision"; readonly row: DecisionRow }
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
