import { ToolkitError } from "../../core/error.ts";
import {
  type BackwardModel,
  type BackwardModelOptions,
  lagRange,
  predictBackward,
  solveBackwardModel,
} from "./backwardModel.ts";
import { type DecodingTrial, type LagCovariance, lagCovariance, sumLagCovariances } from "./lagCovariance.ts";

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
 * trial left out. Means, scaling and weights come from the other trials alone.
 *
 * The sums of the other trials are added up, by halves, n log n additions in all. Subtracting the trial from the total
 * would be cheaper by little and would leave its rounding in the model; this way the model is the same, bit for bit,
 * whatever the trial left out contains.
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
  const parts = trials.map((trial) => lagCovariance(trial, lags));
  const folds: BackwardFold[] = [];
  visit(0, trials.length, []);
  return folds;

  /** Works through the trials `from` .. `to - 1`, given the sum of all others (empty where there is none yet). */
  function visit(from: number, to: number, others: LagCovariance[]): void {
    if (to - from === 1) {
      const model = solveBackwardModel(others[0]!, options);
      folds.push({ trial: from, model, predictions: predictBackward(model, trials[from]!.eeg) });
      return;
    }
    const middle = (from + to) >> 1;
    visit(from, middle, [sumLagCovariances([...others, ...parts.slice(middle, to)])]);
    visit(middle, to, [sumLagCovariances([...others, ...parts.slice(from, middle)])]);
  }
}
