import { ToolkitError } from "../../core/error.ts";
import { pearson } from "../../numeric/statistics.ts";
import { checkPredictors, laggedPrediction } from "./laggedPrediction.ts";
import { lagRows, type RowRange } from "./lagRows.ts";
import { type TrfTrial, trfSeries, trfShifts, trialExcluded } from "./trfCovariance.ts";
import type { TrfModel } from "./trfPath.ts";

/**
 * Predicts the outputs of a model: the stimulus from EEG (`backward`) or EEG from the stimulus (`forward`). Every sample gets
 * a value; input beyond the ends of the trial counts as its mean in the training (`valid`) or as 0 (`zeropad`). Which samples are
 * to be compared says `validTrfSamples`.
 *
 * @param model trained model
 * @param inputs [inputs][samples] at the model's rate, in the units of the training
 * @returns [outputs][samples]
 * @throws ToolkitError `bad-shape` if numbers or lengths differ, `bad-value` if not finite
 */
export function predictTrf(model: TrfModel, inputs: readonly Float64Array[]): Float64Array[] {
  const forward = model.direction === "forward";
  const kind = forward ? { kind: "stimulus", name: "feature" } : { kind: "EEG", name: "channel" };
  checkPredictors("predictTrf", { ...kind, count: model.inputs }, inputs);
  return laggedPrediction({ ...model, shifts: shiftsOf(model), edges: model.options.edges }, inputs);
}

/** How well a model predicts one trial. */
export interface TrfScore {
  /** Pearson's correlation of each output with its prediction, [outputs]; NaN if either is constant. */
  readonly correlations: Float64Array;
  /** Mean squared difference, [outputs]. */
  readonly meanSquaredErrors: Float64Array;
  /**
   * Number of samples compared: with `valid` edges those whose inputs at every lag are inside the trial, with `zeropad` all;
   * without those that are excluded or have an excluded input.
   */
  readonly samples: number;
}

/**
 * Predicts a trial and compares with what was there.
 *
 * @param model trained model
 * @param trial not one of its training trials
 * @throws ToolkitError `bad-shape` if the trial does not fit the model or is too short, `bad-value` if not finite
 */
export function scoreTrf(model: TrfModel, trial: TrfTrial): TrfScore {
  const who = "scoreTrf";
  const { inputs, outputs } = trfSeries(trial, model.direction);
  const predicted = predictTrf(model, inputs.rows);
  if (outputs.rows.length !== predicted.length) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: the trial has ${outputs.rows.length} ${outputs.name}s, the model predicts ${predicted.length}`,
    );
  }
  const total = inputs.rows[0]!.length;
  const { options } = model;
  const ranges = lagRows(total, trfShifts(who, options), trialExcluded(who, trial, options));
  const samples = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  if (samples < 2) {
    throw new ToolkitError("bad-shape", `${who}: ${total} samples leave ${samples} to compare; 2 are needed`);
  }
  for (const [i, values] of outputs.rows.entries()) {
    if (values.length === total) continue;
    throw new ToolkitError(
      "bad-shape",
      `${who}: ${outputs.name} ${i} has ${values.length} samples, ${inputs.name} 0 ${total}`,
    );
  }
  const compared = [predicted, outputs.rows].map((rows) => rows.map((values) => pick(values, ranges, samples)));
  return {
    correlations: correlationPerOutput(compared[0]!, compared[1]!),
    meanSquaredErrors: meanSquaredErrorPerOutput(compared[0]!, compared[1]!),
    samples,
  };
}

/**
 * Pearson's correlation of each output with its prediction.
 *
 * @param predicted [outputs][samples]
 * @param actual [outputs][samples]
 * @returns [outputs]; NaN where either is constant
 * @throws ToolkitError `bad-shape` if they differ in shape, `bad-value` if something is not finite
 */
export function correlationPerOutput(
  predicted: readonly Float64Array[],
  actual: readonly Float64Array[],
): Float64Array {
  checkPairs("correlationPerOutput", predicted, actual);
  return Float64Array.from(predicted, (values, i) => pearson(values, actual[i]!));
}

/**
 * Mean squared difference of each output and its prediction.
 *
 * @param predicted [outputs][samples]
 * @param actual [outputs][samples]
 * @returns [outputs]
 * @throws ToolkitError `bad-shape` if they differ in shape
 */
export function meanSquaredErrorPerOutput(
  predicted: readonly Float64Array[],
  actual: readonly Float64Array[],
): Float64Array {
  checkPairs("meanSquaredErrorPerOutput", predicted, actual);
  return Float64Array.from(predicted, (values, i) => {
    const other = actual[i]!;
    return values.reduce((sum, value, t) => sum + (value - other[t]!) ** 2, 0) / values.length;
  });
}

/** The samples of some ranges, one after the other. */
function pick(values: Float64Array, ranges: readonly RowRange[], samples: number): Float64Array {
  if (ranges.length === 1) return values.subarray(ranges[0]!.start, ranges[0]!.end);
  const out = new Float64Array(samples);
  let at = 0;
  for (const { start, end } of ranges) {
    out.set(values.subarray(start, end), at);
    at += end - start;
  }
  return out;
}

function checkPairs(who: string, predicted: readonly Float64Array[], actual: readonly Float64Array[]): void {
  if (predicted.length !== actual.length) {
    throw new ToolkitError("bad-shape", `${who}: ${predicted.length} outputs predicted, ${actual.length} given`);
  }
  for (const [i, values] of predicted.entries()) {
    if (values.length > 0 && values.length === actual[i]!.length) continue;
    throw new ToolkitError(
      "bad-shape",
      `${who}: output ${i} has ${values.length} samples predicted and ${actual[i]!.length} given; they must be as many, above 0`,
    );
  }
}

/** How far after the output's sample the input of each lag is. */
function shiftsOf({ direction, lagSamples }: TrfModel): number[] {
  return Array.from(lagSamples, (lag) => (direction === "forward" ? -lag + 0 : lag));
}
