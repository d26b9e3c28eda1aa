import { ToolkitError } from "../../core/error.ts";
import { type CholeskyFactor, factorCholesky } from "../../numeric/cholesky.ts";
import { tridiagonalize } from "../../numeric/tridiagonalize.ts";
import type { LagCovariance } from "./lagCovariance.ts";

/** Normal equations of a linear model on lagged series, means removed and series scaled, see {@link lagEquations}. */
export interface LagEquations {
  /** The sums they come from. */
  readonly sums: LagCovariance;
  /** Lags times series: the number of unknowns of each target. */
  readonly columns: number;
  /** Mean of each lagged series, [columns]. */
  readonly columnMeans: Float64Array;
  /** What each series is divided by, [channels]. */
  readonly scale: Float64Array;
  /** Sums of products of deviations of the scaled columns, [columns, columns], lower triangle. */
  readonly matrix: Float64Array;
  /** The same of columns with each target, [features][columns]. */
  readonly rights: readonly Float64Array[];
  /** Mean of the diagonal of the matrix: the unit of relative regularization. */
  readonly meanDiagonal: number;
  /** Who solves them and what a column is called, for messages. */
  readonly who: string;
  readonly nameColumn: (column: number) => string;
}

/** How {@link lagEquations} scales, and words its refusals. */
export interface LagEquationOptions {
  /** Who asks. */
  who: string;
  /** What a lagged series is called, for example `EEG channel`. */
  name: string;
  /** Scales every series to unit variance over the samples summed. */
  standardize: boolean;
  /** Names a column of the matrix. */
  nameColumn: (column: number) => string;
}

/** What is added to the equations before they are solved. */
export interface Regularization {
  /** Added to every diagonal entry. */
  readonly ridge: number;
  /** What the matrix is multiplied with first, default 1. */
  readonly gain?: number;
  /**
   * Weight of the squared constant term in the penalty, default 0. It then no longer cancels with the means: the matrix gets
   * `s s' (1 / n - 1 / (n + weight))` with s the sums of the columns.
   */
  readonly biasWeight?: number;
  /** Adds anything else to the lower triangle of the matrix. */
  readonly addTo?: (matrix: Float64Array) => void;
}

/** Weights and constant of every target. */
export interface LagSolution {
  /** [features][columns], in target units per unit of the series. */
  readonly weights: Float64Array[];
  /** [features] */
  readonly bias: Float64Array;
}

/**
 * Sets up normal equations from sums.
 *
 * @throws ToolkitError `bad-value` naming a series that is constant, if they are to be scaled
 */
export function lagEquations(sums: LagCovariance, options: LagEquationOptions): LagEquations {
  const { who, name, standardize, nameColumn } = options;
  const { samples, channels, features, lags } = sums;
  const columns = lags * channels;
  const columnMeans = sums.columnSums.map((sum) => sum / samples);
  const scale = standardize ? deviations(who, name, sums, columnMeans) : new Float64Array(channels).fill(1);
  const matrix = new Float64Array(columns * columns);
  let diagonal = 0;
  for (let p = 0; p < columns; p++) {
    const mean = samples * columnMeans[p]!;
    const scaleP = scale[p % channels]!;
    for (let q = 0; q <= p; q++) {
      const value = sums.gram[p * columns + q]! - mean * columnMeans[q]!;
      matrix[p * columns + q] = value / (scaleP * scale[q % channels]!);
    }
    diagonal += matrix[p * columns + p]!;
  }
  const rights = Array.from({ length: features }, (_, f) =>
    columnMeans.map((mean, p) => (sums.cross[f * columns + p]! - sums.targetSums[f]! * mean) / scale[p % channels]!),
  );
  return { sums, columns, columnMeans, scale, matrix, rights, meanDiagonal: diagonal / columns, who, nameColumn };
}

/**
 * Solves the equations with one regularization, by Cholesky factorisation.
 *
 * @throws ToolkitError `bad-value` if they are singular, naming a column
 */
export function solveLagEquations(equations: LagEquations, regularization: Regularization): LagSolution {
  const { sums, columns, scale, columnMeans, who, nameColumn } = equations;
  const { ridge, gain = 1, biasWeight = 0, addTo } = regularization;
  const changed = gain !== 1 || biasWeight > 0 || addTo !== undefined;
  const matrix = changed ? equations.matrix.map((value) => gain * value) : equations.matrix;
  let { rights } = equations;
  if (biasWeight > 0) {
    const excess = 1 / sums.samples - 1 / (sums.samples + biasWeight);
    const totals = sums.columnSums.map((sum, p) => sum / scale[p % sums.channels]!);
    for (let p = 0; p < columns; p++) {
      for (let q = 0; q <= p; q++) matrix[p * columns + q]! += excess * totals[p]! * totals[q]!;
    }
    rights = rights.map((right, f) => right.map((value, p) => value + excess * totals[p]! * sums.targetSums[f]!));
  }
  addTo?.(matrix);
  const factor: CholeskyFactor = factorCholesky(
    { rows: columns, columns, data: matrix },
    { who, ridge, nameRow: nameColumn },
  );
  return inOriginalUnits(
    { sums, scale, columnMeans },
    rights.map((right) => factor.solve(right)),
    biasWeight,
  );
}

/**
 * Solves the equations with several multiples of the unit matrix added, from one reduction to tridiagonal form.
 *
 * @param ridges above 0
 * @returns a solution for each
 * @throws ToolkitError `bad-value` if they are singular
 */
export function solveLagEquationsForAll(equations: LagEquations, ridges: readonly number[]): LagSolution[] {
  const { columns, matrix, rights, who } = equations;
  const form = tridiagonalize({ rows: columns, columns, data: matrix }, who);
  const solutions = rights.map((right) => form.solveShifted(right, ridges));
  return ridges.map((_, i) =>
    inOriginalUnits(
      equations,
      solutions.map((each) => each[i]!),
      0,
    ),
  );
}

/** Undoes the scaling of the series, in place, and adds the constants. */
function inOriginalUnits(
  { sums, scale, columnMeans }: Pick<LagEquations, "sums" | "scale" | "columnMeans">,
  weights: Float64Array[],
  biasWeight: number,
): LagSolution {
  const { samples, channels, targetSums } = sums;
  const bias = Float64Array.from(weights, (row, f) => {
    let rest = targetSums[f]! / samples;
    for (let p = 0; p < row.length; p++) {
      row[p]! /= scale[p % channels]!;
      rest -= row[p]! * columnMeans[p]!;
    }
    return biasWeight > 0 ? (rest * samples) / (samples + biasWeight) : rest;
  });
  return { weights, bias };
}

/** Standard deviation of each series over the samples summed and the lags. */
function deviations(who: string, name: string, sums: LagCovariance, means: Float64Array): Float64Array {
  const { channels, lags, samples, gram } = sums;
  const columns = lags * channels;
  return Float64Array.from({ length: channels }, (_, c) => {
    let variance = 0;
    let power = 0;
    for (let i = 0; i < lags; i++) {
      const p = i * channels + c;
      power += gram[p * columns + p]!;
      variance += gram[p * columns + p]! - samples * means[p]! ** 2;
    }
    if (!(variance > 1e-13 * power)) {
      throw new ToolkitError(
        "bad-value",
        `${who}: ${name} ${c} is constant over the training trials; leave it out or turn standardize off`,
      );
    }
    return Math.sqrt(variance / (lags * samples));
  });
}
