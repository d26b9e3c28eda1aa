import { ToolkitError } from "../../core/error.ts";
import { factorCholesky } from "../../numeric/cholesky.ts";
import { innerProduct } from "../../numeric/innerProduct.ts";
import type { LagCovariance } from "./lagCovariance.ts";
import type { TrfModel } from "./trfPath.ts";

/** How EEG follows the features a backward model decodes, see {@link forwardPattern}. */
export interface ForwardPattern {
  /** [features][lags * channels]: EEG of channel c at lag i for one unit of the decoded feature is entry `i * channels + c`. */
  readonly patterns: readonly Float64Array[];
  /** Lag of each row in seconds, EEG after the stimulus. */
  readonly lagSeconds: Float64Array;
  /** Number of EEG channels. */
  readonly channels: number;
}

/**
 * The forward pattern of a backward model, `A = S W (W' S W)^-1` with W the weights, S the covariance of the lagged EEG and so
 * `W' S W` that of the decoded features (Haufe et al., "On the interpretation of weight vectors of linear models in
 * multivariate neuroimaging", NeuroImage 87, 2014, eq. 6). Weights of a decoder also cancel noise and cannot be read as
 * topographies; patterns can. Lags are taken together, and features too.
 *
 * @param model a backward model
 * @param eegCovariance of the EEG it was trained on, by `trfCovariance` with the model's options
 * @throws ToolkitError `bad-option` for a forward model, `bad-shape` if the covariance is of other lags or channels, `bad-value`
 *   if a decoded feature is constant or a sum of others
 */
export function forwardPattern(model: TrfModel, eegCovariance: LagCovariance): ForwardPattern {
  const who = "forwardPattern";
  const { inputs: channels, weights, lagSeconds } = model;
  if (model.direction !== "backward") {
    throw new ToolkitError("bad-option", `${who}: the model is ${model.direction}, its weights are patterns already`);
  }
  if (eegCovariance.channels !== channels || eegCovariance.lags !== lagSeconds.length) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: the covariance is of ${eegCovariance.channels} channels at ${eegCovariance.lags} lags, the model of ${channels} at ${lagSeconds.length}`,
    );
  }
  const projected = weights.map((row) => timesCovariance(eegCovariance, row));
  const count = weights.length;
  const decoded = new Float64Array(count * count);
  for (let f = 0; f < count; f++) {
    for (let g = 0; g < count; g++) decoded[f * count + g] = innerProduct(weights[f]!, projected[g]!);
  }
  const factor = factorCholesky(
    { rows: count, columns: count, data: decoded },
    { who: `${who}: covariance of decoded features`, nameRow: (f) => `feature ${f}` },
  );
  const patterns = weights.map(() => new Float64Array(lagSeconds.length * channels));
  for (let p = 0; p < patterns[0]!.length; p++) {
    const row = factor.solve(Float64Array.from(projected, (values) => values[p]!));
    for (const [f, value] of row.entries()) patterns[f]![p] = value;
  }
  return { patterns, lagSeconds, channels };
}

/** The covariance of lagged series (a sum, means removed) times a vector. */
function timesCovariance({ gram, columnSums, samples }: LagCovariance, vector: Float64Array): Float64Array {
  const order = vector.length;
  const out = new Float64Array(order);
  for (let p = 0; p < order; p++) {
    const at = p * order;
    let sum = gram[at + p]! * vector[p]!;
    for (let q = 0; q < p; q++) {
      sum += gram[at + q]! * vector[q]!;
      out[q]! += gram[at + q]! * vector[p]!;
    }
    out[p]! += sum;
  }
  const mean = innerProduct(columnSums, vector) / samples;
  return out.map((value, p) => value - columnSums[p]! * mean);
}
