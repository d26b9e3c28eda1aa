import { checkFinite } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import { createArena } from "../../numeric/kernels.ts";

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
  /** Trials summed over. */
  readonly trials: number;
  /** Samples summed over. */
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

/** Series of one kind, and what one of them is called in messages. */
export interface LagSeries {
  /** For example `EEG channel`. */
  readonly name: string;
  /** [series][samples] */
  readonly rows: readonly Float64Array[];
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
 * Covariances of any lagged series with themselves and with targets.
 *
 * The matrix is block Toeplitz but for the ends of the trial: one product of channels for each lag gives its first block
 * row, and each further block differs from its neighbour up and to the left by one sample at either end.
 *
 * @param who asks, for messages
 * @param lagged at least one series; with lag l sample t + l of it meets sample t of the targets
 * @param targets at least one series
 * @param options lags and edges
 * @throws ToolkitError `bad-shape` if lengths differ or are too short for the lags, `bad-value` if not finite
 */
export function laggedSums(who: string, lagged: LagSeries, targets: LagSeries, options: LagOptions): LagCovariance {
  const { firstLag, lastLag, edges } = options;
  const total = checkSeries(who, [lagged, targets]);
  const lags = lastLag - firstLag + 1;
  // Row n of the lagged series, lag i, is x[from + n + i]; x is 0 outside the trial.
  const start = edges === "valid" ? Math.max(0, -firstLag) : 0;
  const samples = edges === "valid" ? Math.min(total, total - lastLag) - start : total;
  if (samples < 1) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: trial has ${total} samples, too short for lags ${firstLag} .. ${lastLag}; at least ${total - samples + 1} are needed`,
    );
  }
  const from = start + firstLag;
  const length = samples + lags - 1;
  const channels = lagged.rows.length;
  const features = targets.rows.length;
  const columns = lags * channels;
  const channelGroups = Math.ceil(channels / 4);
  const featureGroups = Math.ceil(features / 4);

  const numbers = 4 * (channelGroups * length + featureGroups * samples) + 16 * channelGroups ** 2 * lags;
  const arena = createArena(8 * (numbers + 16 * channelGroups * featureGroups * lags) + 64);
  const inputs = arena.float64(4 * channelGroups * length);
  const outputs = arena.float64(4 * featureGroups * samples);
  const auto = arena.float64(16 * channelGroups ** 2 * lags);
  const mixed = arena.float64(16 * channelGroups * featureGroups * lags);
  interleave(lagged.rows, from, length, inputs.array);
  interleave(targets.rows, start, samples, outputs.array);
  const { panelProduct } = arena.kernels;
  for (let at = 0; at < samples; at += chunkSamples) {
    const count = Math.min(chunkSamples, samples - at);
    const x = inputs.address + 32 * at;
    const y = outputs.address + 32 * at;
    for (let lag = 0; lag < lags; lag++) {
      const late = x + 32 * lag;
      const square = auto.address + 128 * channelGroups ** 2 * lag;
      const tall = mixed.address + 128 * featureGroups * channelGroups * lag;
      panelProduct(x, channelGroups, 32 * length, late, channelGroups, 32 * length, count, square);
      panelProduct(y, featureGroups, 32 * samples, late, channelGroups, 32 * length, count, tall);
    }
  }

  const at = (channel: number, n: number): number => inputs.array[(channel >> 2) * 4 * length + 4 * n + (channel & 3)]!;
  const gram = new Float64Array(columns * columns);
  for (let difference = 0; difference < lags; difference++) {
    const first = auto.array.subarray(16 * channelGroups ** 2 * difference);
    for (let a = 0; a < channels; a++) {
      for (let b = 0; b < channels; b++) {
        // Block (i, i + difference), entry (a, b), kept below the diagonal.
        let value = first[a * 4 * channelGroups + b]!;
        for (let i = 0, j = difference; j < lags; i++, j++) {
          if (i > 0) {
            value += at(a, samples + i - 1) * at(b, samples + j - 1) - at(a, i - 1) * at(b, j - 1);
          }
          gram[(j * channels + b) * columns + i * channels + a] = value;
        }
      }
    }
  }
  const cross = new Float64Array(features * columns);
  const columnSums = new Float64Array(columns);
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let n = 0; n < samples; n++) sum += at(c, n);
    for (let lag = 0; lag < lags; lag++) {
      if (lag > 0) sum += at(c, samples + lag - 1) - at(c, lag - 1);
      const column = lag * channels + c;
      columnSums[column] = sum;
      const product = mixed.array.subarray(16 * featureGroups * channelGroups * lag);
      for (let f = 0; f < features; f++) cross[f * columns + column] = product[f * 4 * channelGroups + c]!;
    }
  }
  const targetSums = Float64Array.from(targets.rows, (target) => {
    let sum = 0;
    for (let n = 0; n < samples; n++) sum += target[start + n]!;
    return sum;
  });
  return { trials: 1, samples, lags, channels, features, gram, cross, columnSums, targetSums };
}

/**
 * Adds the sums of trials.
 *
 * @param parts at least one, all of the same lags, channels and features
 * @throws ToolkitError `bad-shape` if there is none or they differ
 */
export function sumLagCovariances(parts: readonly LagCovariance[]): LagCovariance {
  const first = parts[0];
  if (first === undefined) throw new ToolkitError("bad-shape", "sumLagCovariances: no trials; at least one is needed");
  const { lags, channels, features } = first;
  const total = {
    gram: first.gram.slice(),
    cross: first.cross.slice(),
    columnSums: first.columnSums.slice(),
    targetSums: first.targetSums.slice(),
  };
  let { trials, samples } = first;
  for (const [i, part] of parts.entries()) {
    if (part.lags !== lags || part.channels !== channels || part.features !== features) {
      throw new ToolkitError(
        "bad-shape",
        `sumLagCovariances: trial ${i} has ${part.channels} channels, ${part.features} targets and ${part.lags} lags, trial 0 ${channels}, ${features} and ${lags}`,
      );
    }
    if (i === 0) continue;
    trials += part.trials;
    samples += part.samples;
    for (const name of ["gram", "cross", "columnSums", "targetSums"] as const) addInto(total[name], part[name]);
  }
  return { trials, samples, lags, channels, features, ...total };
}

// Samples multiplied at a time: both operands stay in the second cache.
const chunkSamples = 192;

/** Refuses series that do not fit together or are not finite; returns the number of samples. */
function checkSeries(who: string, kinds: readonly LagSeries[]): number {
  const samples = kinds[0]!.rows[0]!.length;
  for (const { name, rows } of kinds) {
    for (const [i, values] of rows.entries()) {
      if (values.length !== samples) {
        throw new ToolkitError(
          "bad-shape",
          `${who}: ${name} ${i} has ${values.length} samples, ${kinds[0]!.name} 0 ${samples}; bring them to one rate and length`,
        );
      }
      checkFinite(who, `${name} ${i}`, values);
    }
  }
  if (samples === 0) throw new ToolkitError("bad-shape", `${who}: ${kinds[0]!.name} 0 has no samples`);
  return samples;
}

/** Rows in groups of four, [groups, length, 4], starting at sample `from` of each; zeros outside. */
function interleave(rows: readonly Float64Array[], from: number, length: number, out: Float64Array): void {
  for (const [r, values] of rows.entries()) {
    const base = (r >> 2) * 4 * length + (r & 3);
    const end = Math.min(length, values.length - from);
    for (let n = Math.max(0, -from); n < end; n++) out[base + 4 * n] = values[from + n]!;
  }
}

function addInto(total: Float64Array, part: Float64Array): void {
  for (let i = 0; i < total.length; i++) total[i]! += part[i]!;
}
