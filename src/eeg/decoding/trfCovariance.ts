import { checkNumber } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import { type LagCovariance, type LagSeries, laggedSums, sumLagCovariances } from "./lagCovariance.ts";
import { type LagRangeOptions, lagRange } from "./lagRange.ts";
import type { TrfDirection } from "./trfOptions.ts";

/** EEG and the stimulus it belongs to, sample for sample at one rate. */
export interface TrfTrial {
  /** [channels][samples], high-passed: sums of products are made before means are removed. */
  readonly eeg: readonly Float64Array[];
  /** [features][samples]: an envelope, a spectrogram, activations. */
  readonly stimulus: readonly Float64Array[];
  /** Rate of both; checked against the options where it is given. */
  readonly rateHz?: number;
}

/** What {@link trfCovariance} needs of the options of a model. */
export type TrfCovarianceOptions = LagRangeOptions & { direction: TrfDirection };

/**
 * Sums of products of one or more trials, from which models are trained with {@link solveTrf} and {@link trfPath}. The
 * lagged series are the EEG (`backward`) or the stimulus (`forward`); columns are in the order of how far the series is
 * moved, so that those of a forward model begin with the last lag.
 *
 * @param trials at least one
 * @throws ToolkitError `bad-shape`, `bad-value` naming trial and channel, `bad-option`
 */
export function trfCovariance(trials: readonly TrfTrial[], options: TrfCovarianceOptions): LagCovariance {
  return sumLagCovariances(trialCovariances("trfCovariance", trials, options));
}

/** The sums of each trial by itself, see {@link trfCovariance}; all trials are checked first. */
export function trialCovariances(
  who: string,
  trials: readonly TrfTrial[],
  options: TrfCovarianceOptions,
): LagCovariance[] {
  const { firstLag, lastLag, edges } = lagRange(options, who);
  const forward = options.direction === "forward";
  const shifts = forward ? { firstLag: -lastLag + 0, lastLag: -firstLag + 0, edges } : { firstLag, lastLag, edges };
  checkTrials(who, trials, options.rateHz);
  return trials.map((trial, t) => {
    const { inputs, outputs } = trfSeries(trial, options.direction);
    return laggedSums(`${who}: trial ${t}`, inputs, outputs, shifts);
  });
}

/** The series of a trial by their part in a model. */
export function trfSeries(trial: TrfTrial, direction: TrfDirection): { inputs: LagSeries; outputs: LagSeries } {
  const names = trfNames(direction);
  const { eeg, stimulus } = trial;
  return direction === "forward"
    ? { inputs: { name: names.input, rows: stimulus }, outputs: { name: names.output, rows: eeg } }
    : { inputs: { name: names.input, rows: eeg }, outputs: { name: names.output, rows: stimulus } };
}

/** What one input and one output of a model is called. */
export function trfNames(direction: TrfDirection): { input: string; output: string } {
  const channel = "EEG channel";
  const feature = "stimulus feature";
  return direction === "forward" ? { input: feature, output: channel } : { input: channel, output: feature };
}

/**
 * Refuses inputs that are constant over the training, which predict nothing, and outputs that are, which cannot be predicted.
 *
 * @param which words for the trials, for the message
 * @throws ToolkitError `bad-value`
 */
export function checkVariation(
  who: string,
  trials: readonly TrfTrial[],
  direction: TrfDirection,
  which = "the training trials",
): void {
  const series = trials.map((trial) => trfSeries(trial, direction));
  for (const part of ["inputs", "outputs"] as const) {
    const { name, rows } = series[0]![part];
    for (let r = 0; r < rows.length; r++) {
      const first = rows[r]![0];
      if (series.some((trial) => trial[part].rows[r]!.some((value) => value !== first))) continue;
      const reason = part === "inputs" ? "leave it out" : "there is nothing to predict";
      throw new ToolkitError("bad-value", `${who}: ${name} ${r} is constant (${first}) over ${which}; ${reason}`);
    }
  }
}

/** Refuses trials that do not go together. */
function checkTrials(who: string, trials: readonly TrfTrial[], rateHz: number): void {
  const first = trials[0];
  if (first === undefined) throw new ToolkitError("bad-shape", `${who}: no trials; at least one is needed`);
  for (const [t, trial] of trials.entries()) {
    for (const [kind, name] of [
      ["eeg", "EEG channels"],
      ["stimulus", "stimulus features"],
    ] as const) {
      const count = trial[kind].length;
      if (count === 0) throw new ToolkitError("bad-shape", `${who}: trial ${t} has no ${name}; at least one is needed`);
      if (count !== first[kind].length) {
        throw new ToolkitError("bad-shape", `${who}: trial ${t} has ${count} ${name}, trial 0 ${first[kind].length}`);
      }
    }
    if (trial.rateHz === undefined) continue;
    checkNumber(who, `rateHz of trial ${t}`, trial.rateHz, { above: 0 });
    if (Math.abs(trial.rateHz - rateHz) > 1e-9 * rateHz) {
      throw new ToolkitError(
        "bad-value",
        `${who}: trial ${t} is at ${trial.rateHz} Hz, the options say ${rateHz} Hz; resample to one rate`,
      );
    }
  }
}
