import { ToolkitError } from "../core/error.ts";
import { bestAssignment, maximumAssignment } from "./assignment.ts";
import {
  type BssEvalReferenceOptions,
  type BssScores,
  bssEvalReferenceDefaults,
  bssEvalReferences,
} from "./bssEvalReferences.ts";

/** Options of {@link bssEvalSources}. */
export interface BssEvalOptions extends BssEvalReferenceOptions {
  /** `none`: estimate k belongs to reference k; `sir`: the pairing of greatest mean SIR. Default `none`. */
  permutation?: "none" | "sir";
}

/** Default options of {@link bssEvalSources}. */
export const bssEvalDefaults = {
  ...bssEvalReferenceDefaults,
  permutation: "none",
} as const satisfies Required<BssEvalOptions>;

/** Scores of several estimates. Entry j of each array belongs to reference j. */
export interface BssEvalResult {
  /** Source to distortion ratios in dB, [references]. */
  readonly sdr: Float64Array;
  /** Source to interference ratios in dB, [references]. */
  readonly sir: Float64Array;
  /** Source to artefact ratios in dB, [references]. */
  readonly sar: Float64Array;
  /** `permutation[j]` is the number of the estimate that was paired with reference j. */
  readonly permutation: number[];
  /** Options as resolved. */
  readonly options: Required<BssEvalOptions> & { readonly diagonalLoading: number };
}

/**
 * BSS Eval version 3 (sources) of a set of estimates; see {@link bssEvalReferences} for the scores and use it to score
 * many estimates against the same references.
 *
 * With permutation `sir` the pairing of greatest mean SIR is found exactly; of equals, the first in dictionary order.
 *
 * @param references true sources, [sources][samples]
 * @param estimates separated sources, [sources][samples], aligned with the references
 * @throws ToolkitError `bad-shape` or `bad-value` as {@link bssEvalReferences}; `bad-shape` if the numbers of references
 *   and estimates differ; `bad-option` for permutation `sir` of more than 16 sources
 */
export function bssEvalSources(
  references: readonly Float64Array[],
  estimates: readonly Float64Array[],
  options: BssEvalOptions = {},
): BssEvalResult {
  const { permutation: pairing, ...resolved } = { ...bssEvalDefaults, ...options };
  if (pairing !== "none" && pairing !== "sir") {
    throw new ToolkitError("bad-option", `bssEval: permutation is "${String(pairing)}"; it must be "none" or "sir"`);
  }
  if (references.length !== estimates.length) {
    throw new ToolkitError(
      "bad-shape",
      `bssEval: ${references.length} references but ${estimates.length} estimates; give one estimate for each reference`,
    );
  }
  if (pairing === "sir" && references.length > maximumAssignment) {
    throw new ToolkitError(
      "bad-option",
      `bssEval: permutation "sir" of ${references.length} sources; at most ${maximumAssignment} can be paired`,
    );
  }
  const prepared = bssEvalReferences(references, resolved);
  let permutation = references.map((_, j) => j);
  let scores: BssScores[];
  if (pairing === "none") {
    scores = estimates.map((estimate, j) => prepared.score(estimate, j));
  } else {
    const every = estimates.map((estimate) => prepared.scoreAll(estimate));
    permutation = bestAssignment(references.map((_, j) => every.map((row) => row[j]!.sir)));
    scores = permutation.map((k, j) => every[k]![j]!);
  }
  return {
    sdr: Float64Array.from(scores, ({ sdr }) => sdr),
    sir: Float64Array.from(scores, ({ sir }) => sir),
    sar: Float64Array.from(scores, ({ sar }) => sar),
    permutation,
    options: { ...prepared.options, permutation: pairing },
  };
}
