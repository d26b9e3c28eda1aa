import { ToolkitError } from "../../core/error.ts";
import type { LagCovariance } from "./lagCovariance.ts";
import {
  type LagEquations,
  type LagSolution,
  lagEquations,
  type Regularization,
  solveLagEquations,
  solveLagEquationsForAll,
} from "./lagEquations.ts";
import { lagRange } from "./lagRange.ts";
import { trfNames } from "./trfCovariance.ts";
import {
  type ResolvedTrfOptions,
  resolveTrfOptions,
  type TrfDirection,
  type TrfLambda,
  type TrfOptions,
} from "./trfOptions.ts";

/** A trained temporal response function. */
export interface TrfModel {
  /** What predicts what. */
  readonly direction: TrfDirection;
  /** [outputs][lags * inputs]: weight of input c at lag i is entry `i * inputs + c`, in output units per input unit. */
  readonly weights: readonly Float64Array[];
  /** Constant added to each output, [outputs]. */
  readonly bias: Float64Array;
  /** Lag of each row of the weights in seconds, ascending; positive is EEG after the stimulus in both directions. */
  readonly lagSeconds: Float64Array;
  /** The same in samples. */
  readonly lagSamples: Int32Array;
  /** Number of inputs: EEG channels (`backward`) or stimulus features (`forward`). */
  readonly inputs: number;
  /** Mean of each lagged input over the training samples, [lags * inputs]. */
  readonly columnMeans: Float64Array;
  /** What the penalty was multiplied with in the equations, a sum over `trainingSamples`: one number, or one a band. */
  readonly penalties: Float64Array;
  /** Samples trained on, those of weighted trials counted by their weight. */
  readonly trainingSamples: number;
  /** What there is to say about the training. */
  readonly warnings: readonly string[];
  /** Options as resolved. */
  readonly options: ResolvedTrfOptions;
}

// One reduction to tridiagonal form takes as long as about this many Cholesky factorisations, at any size.
const lambdasWorthAReduction = 16;

/**
 * Trains a model from sums that are already there.
 *
 * @param covariance of the training trials, made with the lags, edges and direction of the same options
 * @throws ToolkitError as {@link trainTrf}
 */
export function solveTrf(covariance: LagCovariance, options: TrfOptions): TrfModel {
  const resolved = resolveTrfOptions("trainTrf", options);
  return solveTrfs("trainTrf", covariance, [resolved])[0]!;
}

/**
 * Trains a model for each lambda of a grid. Means, scales and the covariance are made once; from 16 lambdas on, `ridge`
 * and `shrinkage` solve all of them from one reduction of the covariance to tridiagonal form, otherwise each lambda has its
 * Cholesky factorisation. Both give the same models but for rounding.
 *
 * @param covariance as in {@link solveTrf}
 * @param lambdas at least one; lists with `banded`
 * @param options a lambda in them is not looked at
 * @returns a model for each lambda
 * @throws ToolkitError as {@link trainTrf}
 */
export function trfPath(
  covariance: LagCovariance,
  lambdas: readonly TrfLambda[],
  options: Omit<TrfOptions, "lambda">,
): TrfModel[] {
  const who = "trfPath";
  if (lambdas.length === 0) throw new ToolkitError("bad-option", `${who}: no lambdas; at least one is needed`);
  return solveTrfs(
    who,
    covariance,
    lambdas.map((lambda) => resolveTrfOptions(who, { ...options, lambda })),
  );
}

/** {@link trfPath} with a grid of options that differ in lambda only. */
export function solveTrfs(who: string, sums: LagCovariance, all: readonly ResolvedTrfOptions[]): TrfModel[] {
  const options = all[0]!;
  const { direction, method, rateHz, bands, standardize } = options;
  const { firstLag, lastLag } = lagRange(options, who);
  const { samples, channels, lags } = sums;
  const forward = direction === "forward";
  const { input } = trfNames(direction);
  if (lags !== lastLag - firstLag + 1) {
    throw new ToolkitError("bad-shape", `${who}: the sums have ${lags} lags, the options ${lastLag - firstLag + 1}`);
  }
  const banded = bands.reduce((sum, size) => sum + size, 0);
  if (method === "banded" && banded !== channels) {
    throw new ToolkitError("bad-option", `${who}: the bands have ${banded} inputs, the trials ${channels}`);
  }
  const warnings = checkSamples(who, sums, all);
  const equations = lagEquations(sums, {
    who,
    name: input,
    standardize,
    nameColumn: (column) => {
      const row = Math.floor(column / channels);
      return `${input} ${column % channels} at lag ${forward ? lastLag - row : firstLag + row} samples`;
    },
  });
  const solutions = solveAll(equations, all);
  const lagSamples = Int32Array.from({ length: lags }, (_, i) => firstLag + i);
  const ascending = (rows: Float64Array) => (forward ? reverseRows(rows, channels) : rows);
  return all.map((each, i) => ({
    direction,
    weights: solutions[i]!.weights.map(ascending),
    bias: solutions[i]!.bias,
    lagSeconds: Float64Array.from(lagSamples, (lag) => lag / rateHz),
    lagSamples,
    inputs: channels,
    columnMeans: ascending(equations.columnMeans),
    penalties: penaltiesOf(equations, each),
    trainingSamples: samples,
    warnings,
    options: each,
  }));
}

/** Refuses least squares without enough samples; warns where only the regularization makes up for them. */
function checkSamples(
  who: string,
  { samples, lags, channels }: LagCovariance,
  all: readonly ResolvedTrfOptions[],
): string[] {
  const unknowns = lags * channels + 1;
  if (samples >= unknowns) return [];
  const found = `${samples} samples for ${unknowns} unknowns an output (${channels} inputs at ${lags} lags and the bias)`;
  if (all.some(({ lambda }) => lambda === 0)) {
    throw new ToolkitError("bad-value", `${who}: ${found}; lambda 0 needs at least as many samples, regularize`);
  }
  return [`${found}: what the samples do not determine is decided by the regularization`];
}

/** What the penalty is multiplied with: one number, or one for each band. */
function penaltiesOf({ sums, meanDiagonal }: LagEquations, options: ResolvedTrfOptions): Float64Array {
  const { lambda, bands, lambdaConvention, rateHz } = options;
  const unit = { relative: meanDiagonal, plain: 1, mtrf: rateHz, mtrfpy: rateHz * sums.trials }[lambdaConvention];
  const lambdas = typeof lambda !== "number" ? lambda : new Array<number>(Math.max(1, bands.length)).fill(lambda);
  return Float64Array.from(lambdas, (value) => value * unit);
}

function solveAll(equations: LagEquations, all: readonly ResolvedTrfOptions[]): LagSolution[] {
  const { method, biasPenalty } = all[0]!;
  if (method === "shrinkage") return solveShrinkage(equations, all);
  if ((method === "ridge" || method === "ols") && biasPenalty === 0) {
    return solveRidges(
      equations,
      all.map((each) => penaltiesOf(equations, each)[0]!),
    );
  }
  return all.map((each) => solveLagEquations(equations, regularizationOf(equations, each)));
}

function solveRidges(equations: LagEquations, ridges: readonly number[]): LagSolution[] {
  const positive = ridges.filter((ridge) => ridge > 0);
  if (positive.length < lambdasWorthAReduction) return ridges.map((ridge) => solveLagEquations(equations, { ridge }));
  const solutions = solveLagEquationsForAll(equations, positive);
  let next = 0;
  return ridges.map((ridge) => (ridge > 0 ? solutions[next++]! : solveLagEquations(equations, { ridge })));
}

/**
 * With `C' = (1 - l) C + l nu I` the weights are those of a ridge regression with l / (1 - l) times nu, over 1 - l; at l = 1 the
 * covariances with the targets over nu.
 */
function solveShrinkage(equations: LagEquations, all: readonly ResolvedTrfOptions[]): LagSolution[] {
  const unit = equations.meanDiagonal;
  const shares = all.map(({ lambda }) => lambda as number);
  const partial = solveRidges(
    equations,
    shares.filter((share) => share < 1).map((share) => (unit * share) / (1 - share)),
  );
  let next = 0;
  return shares.map((share) =>
    share < 1
      ? scaled(equations, partial[next++]!, 1 / (1 - share))
      : solveLagEquations(equations, { gain: 0, ridge: unit }),
  );
}

/** Weights times a factor; the constants keep the means of the targets. */
function scaled({ sums }: LagEquations, { weights, bias }: LagSolution, factor: number): LagSolution {
  return {
    weights: weights.map((row) => row.map((weight) => factor * weight)),
    bias: bias.map((value, f) => {
      const mean = sums.targetSums[f]! / sums.samples;
      return mean + factor * (value - mean);
    }),
  };
}

/** The penalty of one option set other than plain ridge regression. */
function regularizationOf(equations: LagEquations, options: ResolvedTrfOptions): Regularization {
  const { channels, lags } = equations.sums;
  const { columns } = equations;
  const penalties = penaltiesOf(equations, options);
  const biasWeight = options.biasPenalty * penalties[0]!;
  if (options.method === "ridge") return { ridge: penalties[0]!, biasWeight };
  if (options.method === "tikhonov") {
    const half = penalties[0]! / 2;
    return {
      ridge: 0,
      biasWeight,
      addTo: (matrix) => {
        for (let p = 0; p < columns; p++) {
          const ends = p < channels || p >= (lags - 1) * channels;
          matrix[p * columns + p]! += ends ? half : 2 * half;
          if (p >= channels) matrix[p * columns + p - channels]! -= half;
        }
      },
    };
  }
  const perInput = options.bands.flatMap((size, b) => new Array<number>(size).fill(penalties[b]!));
  return {
    ridge: 0,
    addTo: (matrix) => {
      for (let p = 0; p < columns; p++) matrix[p * columns + p]! += perInput[p % channels]!;
    },
  };
}

/** Rows of `width` values in reverse order. */
function reverseRows(values: Float64Array, width: number): Float64Array {
  const rows = values.length / width;
  return values.map((_, i) => values[(rows - 1 - Math.floor(i / width)) * width + (i % width)]!);
}
