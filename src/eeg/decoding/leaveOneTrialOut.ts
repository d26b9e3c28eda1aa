import { ToolkitError } from "../../core/error.ts";
import { type BackwardModel, type BackwardModelOptions, predictBackward, solveBackwardModel } from "./backwardModel.ts";
import { type DecodingTrial, lagCovariance } from "./lagCovariance.ts";
import { lagRange } from "./lagRange.ts";
import { leaveOutSums } from "./leaveOutSums.ts";

/** One fold of {@link leaveOneTrialOut}. */
export interface BackwardFold {
  /** Number of the trial left out. */
  readonly trial: number;
  /** Model trained on all other trials. */
  readonly model: BackwardModel;
  /** Reconstruction of the trial left out, [features][samples]. */
  readonly predictions: Float64Array[];
}

/**
 * Leave-one-trial-out cross-validation: for each trial a backward model of all the others, and its reconstruction of the
 * trial left out. Means, scaling and weights come from the other trials alone: the model is the same, bit for bit, whatever the
 * trial left out contains.
 *
 * @param trials at least two
 * @returns one fold a trial, in order
 * @throws ToolkitError `bad-shape` for fewer than two trials, else as `trainBackwardModel`
 */
export function leaveOneTrialOut(trials: readonly DecodingTrial[], options: BackwardModelOptions): BackwardFold[] {
  if (trials.length < 2) {
    throw new ToolkitError("bad-shape", `leaveOneTrialOut: ${trials.length} trial given; at least 2 are needed`);
  }
  const lags = lagRange(options);
  const folds: BackwardFold[] = [];
  leaveOutSums(
    trials.map((trial) => lagCovariance(trial, lags)),
    [],
    (trial, others) => {
      const model = solveBackwardModel(others, options);
      folds.push({ trial, model, predictions: predictBackward(model, trials[trial]!.eeg) });
    },
  );
  return folds;
}
