import { ToolkitError } from "../../core/error.ts";
import type { TrfCrossValidationOptions } from "./crossValidateTrf.ts";
import { resolveTrfOptions, type TrfLambda, type TrfOptions } from "./trfOptions.ts";

/** Refuses options and lambdas before anything is computed. */
export function checkGrid(who: string, lambdas: readonly TrfLambda[], options: TrfCrossValidationOptions): void {
  if (lambdas.length === 0) throw new ToolkitError("bad-option", `${who}: no lambdas; at least one is needed`);
  for (const lambda of lambdas) resolveTrfOptions(who, { ...modelOptions(options), lambda });
}

/** The options of the model alone. */
export function modelOptions(
  options: TrfCrossValidationOptions & { innerFolds?: number; lambdas?: readonly TrfLambda[] },
): Omit<TrfOptions, "lambda"> {
  const { folds, foldModel, criterion, weights, signal, onProgress, innerFolds, lambdas, ...rest } = options;
  return rest;
}
