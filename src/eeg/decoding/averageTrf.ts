import { ToolkitError } from "../../core/error.ts";
import { checkWeights } from "./lagCovariance.ts";
import type { TrfModel } from "./trfPath.ts";

/**
 * The mean of several models: weights, biases and means of the inputs. A model of many trials made from one of each, as the
 * cross-validation of version 1 of the mTRF-Toolbox does, or a model of many subjects.
 *
 * @param models at least one, of the same direction, lags, edges, inputs and outputs
 * @param weights of the models in the mean, above 0; default 1 each
 * @throws ToolkitError `bad-shape` if there is none or they differ, `bad-option` for other weights
 */
export function averageTrf(models: readonly TrfModel[], weights?: readonly number[]): TrfModel {
  const who = "averageTrf";
  const first = models[0];
  if (first === undefined) throw new ToolkitError("bad-shape", `${who}: no models; at least one is needed`);
  for (const [m, model] of models.entries()) {
    const alike =
      model.direction === first.direction &&
      model.inputs === first.inputs &&
      model.weights.length === first.weights.length &&
      model.options.edges === first.options.edges &&
      model.options.rateHz === first.options.rateHz &&
      model.lagSamples.length === first.lagSamples.length &&
      model.lagSamples[0] === first.lagSamples[0];
    if (alike) continue;
    throw new ToolkitError(
      "bad-shape",
      `${who}: model ${m} is not like model 0 (${describe(model)}; ${describe(first)})`,
    );
  }
  if (weights !== undefined) checkWeights(who, weights, models.length);
  const weightOf = (m: number) => weights?.[m] ?? 1;
  const total = models.reduce((sum, _, m) => sum + weightOf(m), 0);
  const mean = (part: (model: TrfModel) => Float64Array): Float64Array =>
    part(first).map((_, i) => models.reduce((sum, model, m) => sum + weightOf(m) * part(model)[i]!, 0) / total);
  return {
    ...first,
    weights: first.weights.map((_, f) => mean((model) => model.weights[f]!)),
    bias: mean((model) => model.bias),
    columnMeans: mean((model) => model.columnMeans),
    penalties: mean((model) => model.penalties),
    trainingSamples: models.reduce((sum, model, m) => sum + weightOf(m) * model.trainingSamples, 0),
    warnings: [...new Set(models.flatMap((model) => model.warnings))],
  };
}

function describe({ direction, inputs, weights, lagSamples, options }: TrfModel): string {
  const lags = `lags ${lagSamples[0]} .. ${lagSamples.at(-1)}`;
  return `${direction}, ${inputs} inputs, ${weights.length} outputs, ${lags} at ${options.rateHz} Hz, ${options.edges}`;
}
