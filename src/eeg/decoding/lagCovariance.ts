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
  /** First lag in samples; positive is EEG after the stimulus. */
  firstLag: number;
  /** Last lag in samples, included. */
  lastLag: number;
  /** `valid`: only samples with all their EEG inside the trial; `zeropad`: all samples, EEG outside the trial is 0. */
  edges: "valid" | "zeropad";
}

/**
 * Sums of one or more trials from which a backward model is trained. Column `lag * channels + channel` stands for that
 * channel at that lag, lags counted from the first.
 */
export interface LagCovariance {
  /** Samples summed over. */
  readonly samples: number;
  /** Number of lags. */
  readonly lags: number;
  /** Number of EEG channels. */
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
 * The matrix is block Toeplitz but for the ends of the trial: one product of channels for each lag gives its first block
 * row, and each further block differs from its neighbour up and to the left by one sample at either end.
 *
 * @param trial EEG and targets of equal length
 * @param options lags and edges
 * @throws ToolkitError `bad-shape` if lengths differ or are too short for the lags, `bad-value` if not finite
 */
export function lagCovariance(trial: DecodingTrial, options: LagOptions): LagCovariance {
  const who = "lagCovariance";
  const { firstLag, lastLag, edges } = options;
  const total = checkTrial(who, trial);
  const lags = lastLag - firstLag + 1;
  // Row n of the lagged EEG, lag i, is x[from + n + i]; x is 0 outside the trial.
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
  const channels = trial.eeg.length;
  const features = trial.targets.length;
  const columns = lags * channels;
  const channelGroups = Math.ceil(channels / 4);
  const featureGroups = Math.ceil(features / 4);

  const numbers = 4 * (channelGroups * length + featureGroups * samples) + 16 * channelGroups ** 2 * lags;
  const arena = createArena(8 * (numbers + 16 * channelGroups * featureGroups * lags) + 64);
  const eeg = arena.float64(4 * channelGroups * length);
  const targets = arena.float64(4 * featureGroups * samples);
  const auto = arena.float64(16 * channelGroups ** 2 * lags);
  const mixed = arena.float64(16 * channelGroups * featureGroups * lags);
  interleave(trial.eeg, from, length, eeg.array);
  interleave(trial.targets, start, samples, targets.array);
  const { panelProduct } = arena.kernels;
  for (let at = 0; at < samples; at += chunkSamples) {
    const count = Math.min(chunkSamples, samples - at);
    const x = eeg.address + 32 * at;
    const y = targets.address + 32 * at;
    for (let lag = 0; lag < lags; lag++) {
      const late = x + 32 * lag;
      const square = auto.address + 128 * channelGroups ** 2 * lag;
      const tall = mixed.address + 128 * featureGroups * channelGroups * lag;
      panelProduct(x, channelGroups, 32 * length, late, channelGroups, 32 * length, count, square);
      panelProduct(y, featureGroups, 32 * samples, late, channelGroups, 32 * length, count, tall);
    }
  }

  const at = (channel: number, n: number): number => eeg.array[(channel >> 2) * 4 * length + 4 * n + (channel & 3)]!;
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
  const targetSums = Float64Array.from(trial.targets, (target) => {
    let sum = 0;
    for (let n = 0; n < samples; n++) sum += target[start + n]!;
    return sum;
  });
  return { samples, lags, channels, features, gram, cross, columnSums, targetSums };
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
  let samples = first.samples;
  for (const [i, part] of parts.entries()) {
    if (part.lags !== lags || part.channels !== channels || part.features !== features) {
      throw new ToolkitError(
        "bad-shape",
        `sumLagCovariances: trial ${i} has ${part.channels} channels, ${part.features} targets and ${part.lags} lags, trial 0 ${channels}, ${features} and ${lags}`,
      );
    }
    if (i === 0) continue;
    samples += part.samples;
    for (const name of ["gram", "cross", "columnSums", "targetSums"] as const) addInto(total[name], part[name]);
  }
  return { samples, lags, channels, features, ...total };
}

// Samples multiplied at a time: both operands stay in the second cache.
const chunkSamples = 192;

/** Refuses trials that cannot be used; returns the number of samples. */
function checkTrial(who: string, { eeg, targets }: DecodingTrial): number {
  const samples = eeg[0]?.length ?? 0;
  if (samples === 0) throw new ToolkitError("bad-shape", `${who}: trial has no EEG; at least one channel is needed`);
  if (targets.length === 0) throw new ToolkitError("bad-shape", `${who}: trial has no targets; at least one is needed`);
  const rows = [
    ...eeg.map((values, i) => ({ name: `EEG channel ${i}`, values })),
    ...targets.map((values, i) => ({ name: `target ${i}`, values })),
  ];
  for (const { name, values } of rows) {
    if (values.length !== samples) {
      throw new ToolkitError(
        "bad-shape",
        `${who}: ${name} has ${values.length} samples, EEG channel 0 ${samples}; bring them to one rate and length`,
      );
    }
    checkFinite(who, name, values);
  }
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
