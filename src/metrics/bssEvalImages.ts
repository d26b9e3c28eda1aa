import { type BssEvalAccount, type BssEvalOptions, bssEvalDefaults } from "./bssEval.ts";
import { bssEvalImageReferences } from "./bssEvalImageReferences.ts";
import { checkPairing, pairEstimates } from "./pairing.ts";
import type { ScoreReason } from "./scoreReason.ts";

/** Scores of several estimated images. Entry j of each array belongs to reference j. */
export interface BssEvalImageResult extends BssEvalAccount {
  /** Source to distortion ratios in dB, [references]. */
  readonly sdr: Float64Array;
  /** Image to spatial distortion ratios in dB, [references]. */
  readonly isr: Float64Array;
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
 * BSS Eval version 3 (images) of a set of estimates; see {@link bssEvalImageReferences} for the scores and use it to score
 * many estimates against the same references.
 *
 * @param references true images, [sources][channels][samples]
 * @param estimates separated images, [sources][channels][samples], aligned with the references
 * @throws ToolkitError `bad-shape` or `bad-value` as {@link bssEvalImageReferences}; `bad-shape` if the numbers of
 *   references and estimates differ; `bad-option` for a pairing of more than 16 sources
 */
export function bssEvalImages(
  references: readonly (readonly Float64Array[])[],
  estimates: readonly (readonly Float64Array[])[],
  options: BssEvalOptions = {},
): BssEvalImageResult {
  const { permutation: pairing, ...resolved } = { ...bssEvalDefaults, ...options };
  checkPairing("bssEval", pairing, references.length, estimates.length);
  const prepared = bssEvalImageReferences(references, resolved);
  const { permutation, scores } = pairEstimates(pairing, estimates, {
    ...prepared,
    gain: (pair, ratio) => pair[ratio],
  });
  return {
    sdr: Float64Array.from(scores, ({ sdr }) => sdr),
    isr: Float64Array.from(scores, ({ isr }) => isr),
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
