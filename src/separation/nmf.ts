import { checkChoice, checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import type { Matrix } from "../core/matrix.ts";
import { type DescentResult, descend } from "./descent.ts";
import { diagnoseFactors, type FactorDiagnostics } from "./diagnostics.ts";
import {
  type FactorizationOptions,
  factorizationDefaults,
  learntRows,
  monotoneExponent,
  type OpenFactorizationOption,
  type PreparedData,
  prepareData,
} from "./factorizationOptions.ts";
import { multiplicativeRule, type UpdateOrder } from "./multiplicativeRule.ts";
import { type NndsvdOptions, nndsvd } from "./nndsvd.ts";
import { bestOfStarts } from "./restarts.ts";
import { inPrecision, scaled, sum } from "./scaling.ts";
import { createTemplateModel } from "./templateModel.ts";

/** Options of `nmf`. */
export interface NmfOptions extends FactorizationOptions {
  /**
   * Where factors that are not given start: `random`, |normal| times sqrt(mean(X) / K), or from a singular value decomposition,
   * see `nndsvd`; its variants `nndsvda` and `nndsvdar` have no zeros, which a multiplicative update could not leave.
   * Default `random`.
   */
  initialization?: "random" | NonNullable<NndsvdOptions["variant"]>;
  /** Random starts, of which the one with the lowest cost is kept. Default 1. */
  starts?: number;
  /** Components whose spectra stay as `start.dictionary` has them: all (`true`), none or those listed. Default false. */
  fixDictionary?: boolean | readonly number[];
  /** Components whose activations stay as `start.activations` has them. Default false. */
  fixActivations?: boolean | readonly number[];
  /** Weight of the sum of the activations in the cost. Default 0. */
  sparsityActivations?: number;
  /** Weight of the sum of the dictionary in the cost. Default 0. */
  sparsityDictionary?: number;
  /**
   * `absolute` (default): the weights are those of the cost. `relative`: they are those for a spectrogram of mean 1, so that
   * multiplying the spectrogram by a constant changes nothing but the scale.
   */
  sparsityScale?: "absolute" | "relative";
  /** Which factor is updated first. Default `hw`. */
  updateOrder?: UpdateOrder;
  /**
   * Largest factor of the steps' exponents, from 1 (default) to below 2: over-relaxed steps, about 1.5, reach a cost in fewer
   * iterations; one is kept only where the cost does not rise.
   */
  overRelaxation?: number;
}

/** Defaults of `nmf`. */
export const nmfDefaults = {
  ...factorizationDefaults,
  initialization: "random",
  starts: 1,
  fixDictionary: false,
  fixActivations: false,
  sparsityActivations: 0,
  sparsityDictionary: 0,
  sparsityScale: "absolute",
  updateOrder: "hw",
  overRelaxation: 1,
} as const satisfies Omit<Required<NmfOptions>, OpenFactorizationOption>;

/** Options of `nmf` with every default filled in. */
export type ResolvedNmfOptions = NmfOptions & Required<Omit<NmfOptions, OpenFactorizationOption>>;

/** What `nmf` found. */
export interface NmfResult extends DescentResult {
  /** W, [components, bins]. */
  dictionary: Matrix;
  /** H, [components, frames]. */
  activations: Matrix;
  /** Components that stand for nothing: dead, uniform or in a single frame. */
  diagnostics: FactorDiagnostics;
  /** What computed the products. */
  accelerator: string;
  /** What is questionable but no error. */
  warnings: string[];
  /** The last cost of every start, where there were several. */
  startCosts?: number[];
  /** The options as they were used. */
  options: ResolvedNmfOptions;
}

const who = "nmf";

/**
 * Non-negative matrix factorization X ~ WH for the beta-divergence: minimises
 * D(X | WH) + sparsityActivations |H|_1 + sparsityDictionary |W|_1.
 *
 * Multiplicative updates (Lee & Seung 2001, eq. 4 and 5) with the exponent of majorization-minimization (`monotoneExponent`) and
 * the weights of the L1 norms added to the denominators; they never raise the cost, for any beta. In single precision the
 * cost, summed in double, may wobble by 1e-7 of its parts.
 *
 * @param spectrogram X, magnitudes or powers, [frames, bins]
 * @param options see `NmfOptions`
 * @throws ToolkitError `bad-value` for negative, not finite or all-zero data and for zeros with beta <= 0, `bad-shape` for a start
 *   that does not fit, `bad-option`, `not-found` for a BLAS that is not there
 */
export function nmf(spectrogram: Matrix, options: NmfOptions): NmfResult {
  const resolved: ResolvedNmfOptions = { ...nmfDefaults, ...options };
  const data = prepareData(who, spectrogram, resolved);
  checkOptions(resolved);
  if (resolved.starts === 1) return fromOneStart(data, resolved);
  const { best, costs } = bestOfStarts(resolved.starts, resolved.seed, (seed) => {
    const own = { ...resolved, seed, starts: 1 };
    return fromOneStart(prepareData(who, spectrogram, own), own);
  });
  return { ...best, startCosts: costs, options: resolved };
}

function fromOneStart(data: PreparedData, options: ResolvedNmfOptions): NmfResult {
  const { components, beta, precision, accelerator, start, fixDictionary, fixActivations } = options;
  const { spectrogram, unit } = data;
  const { rows: frames, columns: bins } = spectrogram;
  const first = startFactors(data, options);
  const template = createTemplateModel(spectrogram, first.dictionary, first.activations, {
    beta,
    precision,
    accelerator,
  });
  const { model } = template;

  // in units in which the data have mean 1 the divergence is smaller by unit^(2 beta), the sums of the factors by unit
  const costUnit = unit ** (2 * beta);
  const weight = (given: number) => (options.sparsityScale === "relative" ? given : (given * unit) / costUnit);
  const weightActivations = weight(options.sparsityActivations);
  const weightDictionary = weight(options.sparsityDictionary);
  const penalty = (by: number, factor: Matrix["data"]) => (by === 0 ? 0 : by * sum(factor));
  const rule = multiplicativeRule(template, {
    order: options.updateOrder,
    exponent: monotoneExponent(beta),
    weightActivations,
    weightDictionary,
    learntActivations: learntRows(who, "fixActivations", fixActivations, components),
    learntDictionary: learntRows(who, "fixDictionary", fixDictionary, components),
    costOf: (divergence) =>
      costUnit *
      (divergence + penalty(weightActivations, model.activations) + penalty(weightDictionary, model.dictionary)),
  });
  const outcome = descend(rule, options, { method: data.description, overRelaxation: options.overRelaxation });
  const dictionary = inPrecision(scaled({ rows: components, columns: bins, data: model.dictionary }, unit), precision);
  const activations = inPrecision(
    scaled({ rows: components, columns: frames, data: model.activations }, unit),
    precision,
  );
  keepFixed(dictionary, start?.dictionary, fixDictionary);
  keepFixed(activations, start?.activations, fixActivations);
  return {
    ...outcome,
    dictionary,
    activations,
    diagnostics: diagnoseFactors({ dictionary, activations }),
    accelerator: model.accelerator,
    warnings: data.warnings,
    options,
  };
}

function startFactors(data: PreparedData, options: ResolvedNmfOptions) {
  const { components, initialization, start, seed } = options;
  const { spectrogram } = data;
  if (initialization !== "random" && !(start?.dictionary && start.activations)) {
    const given = nndsvd(spectrogram, components, { variant: initialization, seed });
    return {
      dictionary: start?.dictionary ? data.factor("dictionary", components, spectrogram.columns) : given.dictionary,
      activations: start?.activations ? data.factor("activations", components, spectrogram.rows) : given.activations,
    };
  }
  return {
    dictionary: data.factor("dictionary", components, spectrogram.columns),
    activations: data.factor("activations", components, spectrogram.rows),
  };
}

/** Rows that were not to change are returned as they were given, not as scaling there and back rounds them. */
function keepFixed(result: Matrix, given: Matrix | undefined, fixed: boolean | readonly number[]): void {
  if (!given || fixed === false) return;
  const rows = fixed === true ? Array.from({ length: given.rows }, (_, k) => k) : fixed;
  for (const k of rows) {
    result.data.set(given.data.subarray(k * given.columns, (k + 1) * given.columns), k * given.columns);
  }
}

function checkOptions(options: ResolvedNmfOptions): void {
  const { beta, start, fixDictionary, fixActivations, updateOrder, overRelaxation, sparsityScale } = options;
  checkNumber(who, "sparsityActivations", options.sparsityActivations, { from: 0 });
  checkNumber(who, "sparsityDictionary", options.sparsityDictionary, { from: 0 });
  checkChoice(who, "sparsityScale", sparsityScale, ["absolute", "relative"]);
  checkChoice(who, "updateOrder", updateOrder, ["hw", "wh", "joint"]);
  checkChoice(who, "initialization", options.initialization, ["random", "nndsvd", "nndsvda", "nndsvdar"]);
  checkWhole(who, "starts", options.starts, 1);
  checkNumber(who, "overRelaxation", overRelaxation, { from: 1, to: 1.99 });
  if (updateOrder === "joint" && beta !== 1) {
    throw new ToolkitError("unsupported", `nmf: updateOrder "joint" is for beta 1, not ${beta}; use "hw"`);
  }
  if (options.starts > 1 && (options.resume || options.onCheckpoint)) {
    throw new ToolkitError("bad-option", "nmf: checkpoints are of one start; take starts: 1");
  }
  for (const [name, fixed, factor] of [
    ["fixDictionary", fixDictionary, start?.dictionary],
    ["fixActivations", fixActivations, start?.activations],
  ] as const) {
    if (fixed === false || factor) continue;
    const missing = name === "fixDictionary" ? "start.dictionary" : "start.activations";
    throw new ToolkitError("bad-option", `nmf: ${name} is set but ${missing} is missing; give the factor to keep`);
  }
}
