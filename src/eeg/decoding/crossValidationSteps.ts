import { averageTrf } from "./averageTrf.ts";
import type { TrfCrossValidation, TrfCrossValidationOptions } from "./crossValidateTrf.ts";
import { gridEdges, gridEdgeWarnings } from "./gridEdge.ts";
import { sumLagCovariances } from "./lagCovariance.ts";
import { leaveOutSums } from "./leaveOutSums.ts";
import { scoreTrf } from "./predictTrf.ts";
import { type FoldModel, type PreparedTrials, pickTrials } from "./preparedTrials.ts";
import type { Steps } from "./steps.ts";
import { checkVariation } from "./trfCovariance.ts";
import type { TrfFolds } from "./trfFolds.ts";
import { modelOptions } from "./trfGrid.ts";
import { type ResolvedTrfOptions, resolveTrfOptions, type TrfLambda } from "./trfOptions.ts";
import { solveTrfs, type TrfModel } from "./trfPath.ts";

/** What a cross-validation of prepared trials needs: options with folds and lambdas checked. */
export interface FoldOptions extends TrfCrossValidationOptions {
  lambdas: readonly TrfLambda[];
  folds: TrfFolds;
  foldModel: FoldModel;
  criterion: "correlation" | "error";
}

/**
 * The folds of a cross-validation, one a step.
 *
 * @param who asks, for messages
 */
export function* crossValidationSteps(
  who: string,
  prepared: PreparedTrials,
  options: FoldOptions,
): Steps<TrfCrossValidation> {
  const { folds, lambdas } = options;
  const { trials } = prepared;
  const tested = folds.flat();
  const outputs = prepared.sums[0]!.features;
  const size = tested.length * lambdas.length * outputs;
  const correlations = new Float64Array(size);
  const meanSquaredErrors = new Float64Array(size);
  const warnings = new Set<string>();
  let row = 0;
  for (const { fold, models } of foldModels(who, prepared, options)) {
    for (const trial of folds[fold]!) {
      for (const [i, each] of models.entries()) {
        const score = scoreTrf(each, trials[trial]!);
        const at = (row * lambdas.length + i) * outputs;
        correlations.set(score.correlations, at);
        meanSquaredErrors.set(score.meanSquaredErrors, at);
        for (const warning of each.warnings) warnings.add(`${who}: ${warning}`);
      }
      row++;
    }
    yield `fold ${fold + 1} of ${folds.length}`;
  }
  const meanCorrelations = meanByLambda(correlations, lambdas.length, outputs);
  const meanErrors = meanByLambda(meanSquaredErrors, lambdas.length, outputs);
  const best =
    options.criterion === "correlation"
      ? meanCorrelations.indexOf(Math.max(...meanCorrelations))
      : meanErrors.indexOf(Math.min(...meanErrors));
  const undefinedAt = correlations.findIndex(Number.isNaN);
  if (undefinedAt >= 0) {
    const count = correlations.filter(Number.isNaN).length;
    const trial = tested[Math.floor(undefinedAt / (lambdas.length * outputs))];
    warnings.add(
      `${who}: ${count} of ${size} correlations are undefined, as a prediction or output is constant, the first of output ${undefinedAt % outputs} in trial ${trial}; they count as 0`,
    );
  }
  for (const warning of gridEdgeWarnings(who, gridEdges(lambdas, best, options.method))) warnings.add(warning);
  const figures = { correlations, meanSquaredErrors, meanCorrelations, meanErrors };
  return { lambdas, trials: tested, outputs, ...figures, best, warnings: [...warnings] };
}

/** The models of each fold, one a lambda, each fold's made when it is asked for. */
function* foldModels(
  who: string,
  prepared: PreparedTrials,
  options: FoldOptions,
): Generator<{ fold: number; models: readonly TrfModel[] }, void> {
  const { folds, lambdas, direction, rateHz } = options;
  const { trials, sums } = prepared;
  const series = { direction, rateHz };
  const grid = lambdas.map((lambda) => resolveTrfOptions(who, { ...modelOptions(options), lambda }));
  const tested = new Set(folds.flat());
  const trainingOf = (fold: number) => trials.flatMap((_, t) => (folds[fold]!.includes(t) ? [] : [t]));
  if (options.foldModel === "averaged") {
    const each = ofEachTrial(who, prepared, grid);
    for (const fold of folds.keys()) {
      const training = trainingOf(fold);
      const { weights } = pickTrials(prepared, training);
      const models = lambdas.map((_, i) =>
        averageTrf(
          training.map((t) => each(t)[i]!),
          weights,
        ),
      );
      yield { fold, models };
    }
    return;
  }
  const left = folds.map((fold) =>
    fold.length === 1 ? sums[fold[0]!]! : sumLagCovariances(fold.map((t) => sums[t]!)),
  );
  const always = sums.filter((_, t) => !tested.has(t));
  for (const { left: fold, others } of leaveOutSums(left, always)) {
    checkVariation(who, pickTrials(prepared, trainingOf(fold)).trials, series, `the training trials of fold ${fold}`);
    yield { fold, models: solveTrfs(who, others, grid) };
  }
}

/** The models of single trials, made when they are first asked for. */
function ofEachTrial(
  who: string,
  { trials, sums }: PreparedTrials,
  grid: readonly ResolvedTrfOptions[],
): (trial: number) => readonly TrfModel[] {
  const made: TrfModel[][] = [];
  return (t) => {
    if (made[t] === undefined) {
      checkVariation(who, [trials[t]!], grid[0]!, `trial ${t}`);
      made[t] = solveTrfs(who, sums[t]!, grid);
    }
    return made[t];
  };
}

/** Means over rows and outputs, NaN as 0. */
function meanByLambda(values: Float64Array, lambdas: number, outputs: number): Float64Array {
  const sums = new Float64Array(lambdas);
  for (const [i, value] of values.entries())
    sums[Math.floor(i / outputs) % lambdas]! += Number.isNaN(value) ? 0 : value;
  return sums.map((sum) => (sum * lambdas) / values.length);
}
