import { checkFinite } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";

/** What a prediction from lagged series needs of a model. */
export interface LaggedWeights {
  /** [outputs][lags * series]: entry `i * series + s`. */
  readonly weights: readonly Float64Array[];
  /** [outputs] */
  readonly bias: Float64Array;
  /** How far after the output's sample the series is taken, for each lag. */
  readonly shifts: ArrayLike<number>;
  /** Mean of each lagged series over the training, [lags * series]. */
  readonly columnMeans: Float64Array;
  /** What series outside the trial count as: their mean (`valid`) or 0 (`zeropad`). */
  readonly edges: "valid" | "zeropad";
}

/**
 * Sums lagged series with weights; every sample gets a value.
 *
 * @param series [series][samples], as many as the weights are for
 * @returns [outputs][samples]
 */
export function laggedPrediction(model: LaggedWeights, series: readonly Float64Array[]): Float64Array[] {
  const { shifts, columnMeans, edges } = model;
  const count = series.length;
  const samples = series[0]!.length;
  return model.weights.map((weights, f) => {
    const out = new Float64Array(samples).fill(model.bias[f]!);
    for (let i = 0; i < shifts.length; i++) {
      const shift = shifts[i]!;
      // Samples whose series at this lag is inside the trial.
      const from = Math.min(samples, Math.max(0, -shift));
      const to = Math.max(from, Math.min(samples, samples - shift));
      const first = i * count;
      addSeries(out, series, weights.subarray(first, first + count), shift, from, to);
      if (edges === "zeropad" || to - from === samples) continue;
      for (let s = 0; s < count; s++) {
        const outside = weights[first + s]! * columnMeans[first + s]!;
        for (let t = 0; t < from; t++) out[t]! += outside;
        for (let t = to; t < samples; t++) out[t]! += outside;
      }
    }
    return out;
  });
}

/** Adds weighted series at one lag, four at a time: the sums are read and written once for all four. */
function addSeries(
  out: Float64Array,
  series: readonly Float64Array[],
  weights: Float64Array,
  shift: number,
  from: number,
  to: number,
): void {
  const count = series.length;
  let s = 0;
  for (; s + 4 <= count; s += 4) {
    const [a, b, c, d] = [series[s]!, series[s + 1]!, series[s + 2]!, series[s + 3]!];
    const [wa, wb, wc, wd] = [weights[s]!, weights[s + 1]!, weights[s + 2]!, weights[s + 3]!];
    for (let t = from, u = from + shift; t < to; t++, u++) {
      out[t] = out[t]! + wa * a[u]! + wb * b[u]! + wc * c[u]! + wd * d[u]!;
    }
  }
  for (; s < count; s++) {
    const values = series[s]!;
    const weight = weights[s]!;
    for (let t = from; t < to; t++) out[t]! += weight * values[t + shift]!;
  }
}

/**
 * Refuses series a model cannot predict from.
 *
 * @param who asks
 * @param kind what they are together, for example `EEG`
 * @param name what one of them is called, for example `channel`
 * @param count how many the model was trained on
 * @throws ToolkitError `bad-shape` for another number or lengths that differ, `bad-value` if not finite
 */
export function checkPredictors(
  who: string,
  { kind, name, count }: { kind: string; name: string; count: number },
  series: readonly Float64Array[],
): void {
  if (series.length !== count) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: ${kind} has ${series.length} ${name}s; the model was trained on ${count}`,
    );
  }
  const samples = series[0]!.length;
  for (const [s, values] of series.entries()) {
    if (values.length !== samples) {
      throw new ToolkitError("bad-shape", `${who}: ${name} ${s} has ${values.length} samples, ${name} 0 ${samples}`);
    }
    checkFinite(who, `${name} ${s}`, values);
  }
}
