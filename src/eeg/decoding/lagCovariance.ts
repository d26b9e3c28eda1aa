import { checkNumber } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import { laggedSums } from "./laggedSums.ts";

/** EEG and what is to be reconstructed from it, sample for sample at one rate. */
export interface DecodingTrial {
  /** [channels][samples], free of offsets (high-pass it first: the covariances are made before means are removed). */
  readonly eeg: readonly Float64Array[];
  /** [features][samples]: an envelope, activations, any features of the stimulus. */
  readonly targets: readonly Float64Array[];
}

/** Which samples of the EEG a reconstruction uses. */
export interface LagOptions {
  /** First lag in samples; positive takes the lagged series after the target, for EEG that is after the stimulus. */
  firstLag: number;
  /** Last lag in samples, included. */
  lastLag: number;
  /** `valid`: only samples with all their EEG inside the trial; `zeropad`: all samples, EEG outside the trial is 0. */
  edges: "valid" | "zeropad";
}

/**
 * Sums of one or more trials from which a model is trained. Column `lag * channels + channel` stands for that channel at
 * that lag, lags counted from the first. In a forward model the lagged channels are those of the stimulus and the targets
 * are the EEG.
 */
export interface LagCovariance {
  /** Trials summed over, each counted by its weight. */
  readonly trials: number;
  /** Samples summed over, each counted by the weight of its trial. */
  readonly samples: number;
  /** Number of lags. */
  readonly lags: number;
  /** Number of lagged channels. */
  readonly channels: number;
  /** Number of targets. */
  readonly features: number;
  /** Sum of products of columns, [lags * channels, lags * channels], lower triangle filled, means not removed. */
  readonly gram: Float64Array;
  /** Sum of products of targets and columns, [features, lags * channels]. */
  readonly cross: Float64Array;
  /** Sum of each column, [lags * channels]. */
  readonly columnSums: Float64Array;
  /** Sum of each target, [features]. */
  readonly targetSums: Float64Array;
}

/**
 * Covariances of lagged EEG with itself and with the targets.
 *
 * @param trial EEG and targets of equal length
 * @param options lags and edges
 * @throws ToolkitError `bad-shape` if lengths differ or are too short for the lags, `bad-value` if not finite
 */
export function lagCovariance({ eeg, targets }: DecodingTrial, options: LagOptions): LagCovariance {
  const who = "lagCovariance";
  if (eeg.length === 0) throw new ToolkitError("bad-shape", `${who}: trial has no EEG; at least one channel is needed`);
  if (targets.length === 0) throw new ToolkitError("bad-shape", `${who}: trial has no targets; at least one is needed`);
  return laggedSums(who, { name: "EEG channel", rows: eeg }, { name: "target", rows: targets }, options);
}

/**
 * Adds the sums of trials.
 *
 * @param parts at least one, all of the same lags, channels and features
 * @param weights what all sums of each part are multiplied with, its numbers of trials and samples among them: a part of weight 2
 *   counts as if it were there twice. Above 0; default 1 each
 * @throws ToolkitError `bad-shape` if there is none or they differ, `bad-option` for other weights
 */
export function sumLagCovariances(parts: readonly LagCovariance[], weights?: readonly number[]): LagCovariance {
  const who = "sumLagCovariances";
  const first = parts[0];
  if (first === undefined) throw new ToolkitError("bad-shape", `${who}: no trials; at least one is needed`);
  if (weights !== undefined) checkWeights(who, weights, parts.length);
  const { lags, channels, features } = first;
  const total = {
    gram: new Float64Array(first.gram.length),
    cross: new Float64Array(first.cross.length),
    columnSums: new Float64Array(first.columnSums.length),
    targetSums: new Float64Array(first.targetSums.length),
  };
  let [trials, samples] = [0, 0];
  for (const [i, part] of parts.entries()) {
    if (part.lags !== lags || part.channels !== channels || part.features !== features) {
      throw new ToolkitError(
        "bad-shape",
        `${who}: trial ${i} has ${part.channels} channels, ${part.features} targets and ${part.lags} lags, trial 0 ${channels}, ${features} and ${lags}`,
      );
    }
    const weight = weights?.[i] ?? 1;
    trials += weight * part.trials;
    samples += weight * part.samples;
    if (i === 0 && weight === 1) {
      for (const name of sumNames) total[name].set(part[name]);
      continue;
    }
    for (const name of ["cross", "columnSums", "targetSums"] as const) {
      addInto(total[name], part[name], weight, 0, total[name].length);
    }
    // Only the blocks up to the diagonal are filled.
    const columns = lags * channels;
    for (let row = 0; row < columns; row++) {
      const end = (Math.floor(row / channels) + 1) * channels;
      addInto(total.gram, part.gram, weight, row * columns, row * columns + end);
    }
  }
  return { trials, samples, lags, channels, features, ...total };
}

/**
 * Refuses weights that are not one a trial, above 0.
 *
 * @throws ToolkitError `bad-option`
 */
export function checkWeights(who: string, weights: readonly number[], trials: number): void {
  if (weights.length !== trials) {
    throw new ToolkitError("bad-option", `${who}: ${weights.length} weights for ${trials} trials; one each is needed`);
  }
  for (const [t, weight] of weights.entries()) checkNumber(who, `weight of trial ${t}`, weight, { above: 0 });
}

const sumNames = ["gram", "cross", "columnSums", "targetSums"] as const;

function addInto(total: Float64Array, part: Float64Array, weight: number, from: number, to: number): void {
  if (weight === 1) for (let i = from; i < to; i++) total[i]! += part[i]!;
  else for (let i = from; i < to; i++) total[i]! += weight * part[i]!;
}
