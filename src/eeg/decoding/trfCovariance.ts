import { checkNumber } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import type { TimeSpan } from "../eegSignal.ts";
import { excludedSamples } from "./excludedSamples.ts";
import { type LagCovariance, type LagOptions, sumLagCovariances } from "./lagCovariance.ts";
import { type LagSeries, laggedSums } from "./laggedSums.ts";
import { type LagRangeOptions, lagRange } from "./lagRange.ts";
import { lagRows } from "./lagRows.ts";
import type { TrfDirection } from "./trfOptions.ts";

/** EEG and the stimulus it belongs to, sample for sample at one rate. */
export interface TrfTrial {
  /** [channels][samples], high-passed: sums of products are made before means are removed. */
  readonly eeg: readonly Float64Array[];
  /** [features][samples]: an envelope, a spectrogram, activations. */
  readonly stimulus: readonly Float64Array[];
  /** Rate of both; checked against the options where it is given. */
  readonly rateHz?: number;
  /**
   * Spans of time that take no part in training and scores, such as artefacts, counted from the trial's first sample: an output
   * sample is left out if it or one of its lagged inputs lies in one.
   */
  readonly excluded?: readonly TimeSpan[];
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
  return [...eachTrialCovariance(who, trials, options)];
}

/** {@link trialCovariances} one by one, each made when it is asked for. */
export function* eachTrialCovariance(
  who: string,
  trials: readonly TrfTrial[],
  options: TrfCovarianceOptions,
): Generator<LagCovariance, void> {
  const shifts = trfShifts(who, options);
  checkTrials(who, trials, options.rateHz);
  for (const [t, trial] of trials.entries()) {
    const { inputs, outputs } = trfSeries(trial, options.direction);
    const excluded = trialExcluded(`${who}: trial ${t}`, trial, options);
    yield laggedSums(`${who}: trial ${t}`, inputs, outputs, { ...shifts, excluded });
  }
}

/**
 * The samples of a trial that a model is trained and scored on: with `valid` edges those whose inputs at every lag are inside
 * the trial, with `zeropad` all, and of these the ones that neither are excluded nor have an excluded input.
 *
 * @param trial of which only the length and `excluded` matter
 * @returns [samples], 1 for those that count: what `DecodedTrial.valid` is made of
 * @throws ToolkitError `bad-value` for spans that are not finite or not in order, `bad-option`
 */
export function validTrfSamples(trial: TrfTrial, options: TrfCovarianceOptions): Uint8Array {
  const who = "validTrfSamples";
  const samples = trial.eeg[0]?.length ?? 0;
  const valid = new Uint8Array(samples);
  const ranges = lagRows(samples, trfShifts(who, options), trialExcluded(who, trial, options));
  for (const { start, end } of ranges) valid.fill(1, start, end);
  return valid;
}

/** The lags of a model as shifts of its inputs against its outputs. */
export function trfShifts(who: string, options: TrfCovarianceOptions): LagOptions {
  const { firstLag, lastLag, edges } = lagRange(options, who);
  const forward = options.direction === "forward";
  return forward ? { firstLag: -lastLag + 0, lastLag: -firstLag + 0, edges } : { firstLag, lastLag, edges };
}

/** The flags of the samples a trial excludes, if any. */
export function trialExcluded(
  who: string,
  { eeg, excluded }: TrfTrial,
  { rateHz }: { rateHz: number },
): Uint8Array | undefined {
  return excludedSamples(who, excluded, { rateHz, samples: eeg[0]?.length ?? 0 });
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
 * What is excluded does not count.
 *
 * @param options direction and rate
 * @param which words for the trials, for the message
 * @throws ToolkitError `bad-value`
 */
export function checkVariation(
  who: string,
  trials: readonly TrfTrial[],
  { direction, rateHz }: { direction: TrfDirection; rateHz: number },
  which = "the training trials",
): void {
  const series = trials.map((trial) => trfSeries(trial, direction));
  const excluded = trials.map((trial) => trialExcluded(who, trial, { rateHz }));
  for (const part of ["inputs", "outputs"] as const) {
    const { name, rows } = series[0]![part];
    for (let r = 0; r < rows.length; r++) {
      let first: number | undefined;
      const varies = series.some((trial, t) => {
        const flags = excluded[t];
        return trial[part].rows[r]!.some((value, i) => {
          if (flags?.[i] === 1) return false;
          first ??= value;
          return value !== first;
        });
      });
      if (varies) continue;
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
