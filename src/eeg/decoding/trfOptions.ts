import { checkNumber, checkWhole } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import { type LagRangeOptions, lagRange, lagRangeDefaults } from "./lagRange.ts";

/** What predicts what: EEG the stimulus (`backward`, a decoder), or the stimulus the EEG (`forward`, an encoding model). */
export type TrfDirection = "backward" | "forward";

/**
 * How the weights are kept small.
 *
 * - `ridge` their squares
 * - `tikhonov` the squared differences of weights at neighbouring lags, of each input by itself
 * - `banded` their squares, with a lambda for each band of inputs
 * - `shrinkage` the covariance is drawn towards a multiple of the unit matrix (Wong et al. 2018)
 * - `ols` not at all
 */
export type TrfMethod = "ridge" | "tikhonov" | "banded" | "shrinkage" | "ols";

/**
 * What lambda is a multiple of; see docs/methods/trf.md.
 *
 * - `relative` the mean diagonal of the covariance, so that it does not depend on units, rate, length or number of channels
 * - `plain` 1, as in version 1 of the mTRF-Toolbox and in MNE
 * - `mtrf` the sampling rate, as in version 2 of the mTRF-Toolbox
 * - `mtrfpy` the sampling rate times the number of training trials, as in mTRFpy, which averages covariances over trials
 */
export type TrfLambdaConvention = "relative" | "plain" | "mtrf" | "mtrfpy";

/** A lambda, or one for each band. */
export type TrfLambda = number | readonly number[];

/** Options of a temporal response function. */
export interface TrfOptions extends LagRangeOptions {
  /** What predicts what. The lags are EEG after the stimulus either way. */
  direction: TrfDirection;
  /** Default `ridge`. */
  method?: TrfMethod;
  /** Regularization, default 1; for `shrinkage` from 0 to 1, default 0.5; a list with `banded`; none with `ols`. */
  lambda?: TrfLambda;
  /** Default `relative`; no other with `shrinkage`. */
  lambdaConvention?: TrfLambdaConvention;
  /** With `banded`: how many inputs each band has, in order; together all inputs. */
  bands?: readonly number[];
  /**
   * Scales every input to unit variance over the training trials, so that lambda treats them alike. Default true with
   * `relative`, false with the conventions of other toolboxes, which do not.
   */
  standardize?: boolean;
  /**
   * Weight of the squared bias in the penalty beside those of the weights, default 0; `ridge` and `tikhonov` only. Version 1
   * of the mTRF-Toolbox penalises it with one over the number of inputs.
   */
  biasPenalty?: number;
}

/** Options of a temporal response function with nothing left open. */
export type ResolvedTrfOptions = Required<TrfOptions>;

/** Default options of {@link trainTrf}; lambda and `standardize` have defaults that depend on others, see {@link TrfOptions}. */
export const trfDefaults = {
  ...lagRangeDefaults,
  method: "ridge",
  lambdaConvention: "relative",
  bands: [],
  biasPenalty: 0,
} as const satisfies Omit<ResolvedTrfOptions, "rateHz" | "direction" | "lambda" | "standardize">;

const defaultLambda: Record<TrfMethod, number> = { ridge: 1, tikhonov: 1, banded: 1, shrinkage: 0.5, ols: 0 };

/**
 * Fills in defaults and refuses options that do not go together.
 *
 * @param who asks, for messages
 * @throws ToolkitError `bad-option`
 */
export function resolveTrfOptions(who: string, options: TrfOptions): ResolvedTrfOptions {
  const method = options.method ?? trfDefaults.method;
  checkWord(who, "direction", options.direction, ["backward", "forward"]);
  checkWord(who, "method", method, ["ridge", "tikhonov", "banded", "shrinkage", "ols"]);
  const given = { ...trfDefaults, lambda: defaultLambda[method], ...options };
  const { lambdaConvention, bands, lambda, biasPenalty } = given;
  checkWord(who, "lambdaConvention", lambdaConvention, ["relative", "plain", "mtrf", "mtrfpy"]);
  const lags = lagRange(given, who);
  if (method === "shrinkage" && lambdaConvention !== "relative") {
    throw refusal(who, `lambdaConvention is "${lambdaConvention}"; shrinkage is relative by definition`);
  }
  if (method === "tikhonov" && lags.lastLag === lags.firstLag) {
    throw refusal(who, "tikhonov penalises differences between lags and there is one lag; use ridge");
  }
  checkNumber(who, "biasPenalty", biasPenalty, { from: 0 });
  if (biasPenalty > 0 && method !== "ridge" && method !== "tikhonov") {
    throw refusal(who, `biasPenalty is ${biasPenalty}; it goes with ridge and tikhonov, not with ${method}`);
  }
  for (const [b, size] of bands.entries()) checkWhole(who, `bands[${b}]`, size, 1);
  if ((method === "banded") !== bands.length > 0) {
    throw refusal(
      who,
      method === "banded"
        ? "banded needs the number of inputs of each band in bands"
        : `bands go with banded, not with ${method}`,
    );
  }
  checkLambda(who, lambda, method, bands.length);
  const standardize = options.standardize ?? lambdaConvention === "relative";
  if (typeof standardize !== "boolean")
    throw refusal(who, `standardize is ${String(standardize)}; true or false is needed`);
  return { ...given, method, standardize };
}

/** Refuses a lambda that a method cannot work with. */
function checkLambda(who: string, lambda: TrfLambda, method: TrfMethod, bands: number): void {
  if (typeof lambda !== "number") {
    if (method !== "banded") throw refusal(who, `lambda is a list of ${lambda.length}; only banded takes one`);
    if (lambda.length !== bands) throw refusal(who, `lambda is a list of ${lambda.length} for ${bands} bands`);
    for (const [b, value] of lambda.entries()) checkNumber(who, `lambda of band ${b}`, value, { from: 0 });
    return;
  }
  checkNumber(who, "lambda", lambda, method === "shrinkage" ? { from: 0, to: 1 } : { from: 0 });
  if (method === "ols" && lambda !== 0) throw refusal(who, `lambda is ${lambda}; ols has none, use ridge`);
}

function checkWord(who: string, name: string, value: string, words: readonly string[]): void {
  if (words.includes(value)) return;
  throw refusal(who, `${name} is "${String(value)}"; it must be one of ${words.join(", ")}`);
}

function refusal(who: string, message: string): ToolkitError {
  return new ToolkitError("bad-option", `${who}: ${message}`);
}
