import { checkWhole } from "../core/check.ts";
import type { BlockCorrelator } from "../numeric/correlation.ts";
import type { BssEvalEquations } from "./normalEquations.ts";
import type { PartEnergies } from "./partEnergies.ts";
import { type BssEvalReferenceOptions, bssEvalReferenceDefaults, prepareProjections } from "./projections.ts";
import { partRatioDb } from "./ratio.ts";
import { type ReferenceSet, referenceSet } from "./referenceSet.ts";
import type { ScoreReason } from "./scoreReason.ts";
import { checkEstimateLength, checkedEnergy } from "./signals.ts";

export { type BssEvalReferenceOptions, bssEvalReferenceDefaults };

/** Scores of one estimate against one reference, in dB. */
export interface BssScores {
  /** Source to distortion ratio. */
  readonly sdr: number;
  /** Source to interference ratio; `Infinity` where there is only one reference. */
  readonly sir: number;
  /** Source to artefact ratio. */
  readonly sar: number;
  /** Why all of them are NaN; absent where they are not. */
  readonly reason?: ScoreReason;
}

/** References ready for scoring: the factored normal equations, shared by every estimate. */
export interface BssEvalReferences {
  /** Number of references. */
  readonly count: number;
  /** Samples of each reference. */
  readonly samples: number;
  /** Options as resolved; `diagonalLoading` is the number used, NaN where nothing could be solved. */
  readonly options: { readonly filterLength: number; readonly diagonalLoading: number };
  /** Smallest relative pivot of the normal equations: 1 for white references, near 0 for nearly dependent ones. */
  readonly smallestPivot: number;
  /** How the equations were solved. */
  readonly equations: BssEvalEquations;
  /** Which references the others are told apart from. */
  readonly set: ReferenceSet;
  /** For each reference why nothing can be scored against it; undefined where it can. */
  readonly reasons: readonly (ScoreReason | undefined)[];
  /** What was left out or assumed, a sentence each. */
  readonly warnings: readonly string[];
  /**
   * Scores an estimate against one reference. Silence and degenerate references give NaN with a `reason`.
   *
   * @param estimate [samples], aligned with the references
   * @param target number of the reference it stands for
   * @throws ToolkitError `bad-shape` for another length, `bad-value` for samples that are not finite, `bad-option` for a
   *   target that is not there
   */
  score(estimate: Float64Array, target: number): BssScores;
  /** Scores an estimate against every reference, [references]. */
  scoreAll(estimate: Float64Array): BssScores[];
}

const who = "bssEval";

/**
 * Prepares BSS Eval version 3 (sources): each estimate is projected, by least squares, on the references delayed by
 * 0 .. filterLength - 1 samples, and split into `s_target` (projection on its own reference), `e_interf` (what the other
 * references add to the projection) and `e_artif` (the rest).
 *
 *     SDR = |s_target|^2 / |e_interf + e_artif|^2   SIR = |s_target|^2 / |e_interf|^2
 *     SAR = |s_target + e_interf|^2 / |e_artif|^2
 *
 * Source: Vincent, Gribonval & Fevotte, "Performance measurement in blind audio source separation", IEEE TASLP 2006;
 * references are followed by filterLength - 1 zeros, as in version 3 of the toolbox. The scores depend on the set of
 * references, not on their order.
 *
 * A silent reference is left out and the others are scored as if it were not there. References that are one signal but for
 * gain and delay are not scored, and one of them stays for the others. Nothing is scored with too few samples. `reasons`
 * and `warnings` say so.
 *
 * @param references true sources, [references][samples]
 * @throws ToolkitError `bad-shape` if there are none, they are empty or their lengths differ, `bad-value` naming the first
 *   index of a sample that is not finite, `bad-option`
 */
export function bssEvalReferences(
  references: readonly Float64Array[],
  options: BssEvalReferenceOptions = {},
): BssEvalReferences {
  const sources = references.map((reference) => [reference]);
  const { members, ...prepared } = preparedSources(references, { ...bssEvalReferenceDefaults, ...options });
  return { ...prepared, set: referenceSet(sources, members) };
}

/**
 * The same without the name of the set, for windows of longer signals.
 *
 * @param references [references][samples]
 * @param options resolved; `correlator` to share one between windows of one length
 */
export function preparedSources(
  references: readonly Float64Array[],
  options: Required<BssEvalReferenceOptions> & { readonly correlator?: BlockCorrelator },
): Omit<BssEvalReferences, "set"> & { readonly members: readonly number[] } {
  const projections = prepareProjections(
    who,
    references.map((reference) => [reference]),
    options,
  );
  const { samples, filterLength, reasons, warnings, equations, members } = projections;
  return {
    count: references.length,
    samples,
    options: { filterLength, diagonalLoading: equations.diagonalLoading },
    smallestPivot: equations.smallestPivot,
    equations,
    members,
    reasons,
    warnings,
    score: (estimate, target) => {
      checkWhole(who, "target", target, 0, references.length - 1);
      return scoreTargets(estimate, [target])[0]!;
    },
    scoreAll: (estimate) =>
      scoreTargets(
        estimate,
        references.map((_, j) => j),
      ),
  };

  function scoreTargets(estimate: Float64Array, targets: readonly number[]): BssScores[] {
    checkEstimateLength(who, estimate, samples);
    const energy = checkedEnergy(who, "estimate", estimate);
    const why = targets.map((target) => reasons[target] ?? (energy === 0 ? "silent-estimate" : undefined));
    const scored = targets.filter((_, i) => why[i] === undefined);
    const energies = scored.length === 0 ? [] : projections.energies([estimate], scored, { energy, images: false });
    return why.map((reason) => (reason ? { ...noScores, reason } : ratios(energies.shift()!)));
  }
}

const noScores = { sdr: Number.NaN, sir: Number.NaN, sar: Number.NaN };

function ratios({ target, all, interference, artefacts, distortion }: PartEnergies): BssScores {
  return {
    sdr: partRatioDb(target, distortion),
    sir: partRatioDb(target, interference),
    sar: partRatioDb(all, artefacts),
  };
}
