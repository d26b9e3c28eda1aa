import { type BssEvalReferenceOptions, bssEvalReferenceDefaults, bssEvalReferences } from "./bssEvalReferences.ts";
import type { BssEvalEquations } from "./normalEquations.ts";
import { checkPairing, type Permutation, pairEstimates } from "./pairing.ts";
import type { ReferenceSet } from "./referenceSet.ts";
import type { ScoreReason } from "./scoreReason.ts";

/** Options of {@link bssEvalSources}. */
export interface BssEvalOptions extends BssEvalReferenceOptions {
  /** Which estimate belongs to which reference; see `Permutation`. Default `none`. */
  permutation?: Permutation;
}

/** Default options of {@link bssEvalSources}. */
export const bssEvalDefaults = {
  ...bssEvalReferenceDefaults,
  permutation: "none",
} as const satisfies Required<BssEvalOptions>;

/** What every result of BSS Eval says of how it came about. */
export interface BssEvalAccount {
  /** Which references the interference was measured against. */
  readonly set: ReferenceSet;
  /** How the equations were solved. */
  readonly equations: BssEvalEquations;
  /** What was left out or assumed, a sentence each. */
  readonly warnings: readonly string[];
}

/** Scores of several estimates. Entry j of each array belongs to reference j. */
export interface BssEvalResult extends BssEvalAccount {
  /** Source to distortion ratios in dB, [references]. */
  readonly sdr: Float64Array;
  /** Source to interference ratios in dB, [references]. */
  readonly sir: Float64Array;
  /** Source to artefact ratios in dB, [references]. */
  readonly sar: Float64Array;
  /** Why the scores of a reference are NaN, [references]; undefined where they are not. */
  readonly reasons: readonly (ScoreReason | undefined)[];
  /** `permutation[j]` is the number of the estimate that was paired with reference j. */
  readonly permutation: number[];
  /** Options as resolved. */
  readonly options: Required<BssEvalOptions> & { readonly diagonalLoading: number };
}

/**
 * BSS Eval version 3 (sources) of a set of estimates; see {@link bssEvalReferences} for the scores and use it to score
 * many estimates against the same references.
 *
 * With permutation `sir` or `sdr` the pairing of greatest mean ratio is found exactly; of equals, the first in dictionary
 * order.
 *
 * @param references true sources, [sources][samples]
 * @param estimates separated sources, [sources][samples], aligned with the references
 * @throws ToolkitError `bad-shape` or `bad-value` as {@link bssEvalReferences}; `bad-shape` if the numbers of references
 *   and estimates differ; `bad-option` for a pairing of more than 16 sources
 */
export function bssEvalSources(
  references: readonly Float64Array[],
  estimates: readonly Float64Array[],
  options: BssEvalOptions = {},
): BssEvalResult {
  const { permutation: pairing, ...resolved } = { ...bssEvalDefaults, ...options };
  checkPairing("bssEval", pairing, references.length, estimates.length);
  const prepared = bssEvalReferences(references, resolved);
  const { permutation, scores } = pairEstimates(pairing, estimates, {
    ...prepared,
    gain: (pair, ratio) => pair[ratio],
  });
  return {
    sdr: Float64Array.from(scores, ({ sdr }) => sdr),
    sir: Float64Array.from(scores, ({ sir }) => sir),
    sar: Float64Array.from(scores, ({ sar }) => sar),
    reasons: scores.map(({ reason }) => reason),
    permutation,
    set: prepared.set,
    equations: prepared.equations,
    warnings: prepared.warnings,
    options: { ...prepared.options, permutation: pairing },
  };
}
