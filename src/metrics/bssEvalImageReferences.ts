import { checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import type { BlockCorrelator } from "../numeric/correlation.ts";
import { type FrameScores, type Framing, framing, scoreFrames } from "./frameScores.ts";
import { imageRatios } from "./imageRatios.ts";
import type { BssEvalEquations } from "./normalEquations.ts";
import { type BssEvalReferenceOptions, bssEvalReferenceDefaults, prepareProjections } from "./projections.ts";
import { type ReferenceSet, referenceSet } from "./referenceSet.ts";
import type { ScoreReason } from "./scoreReason.ts";
import { checkEstimateLength, checkedEnergy } from "./signals.ts";

/** Scores of one estimated image against one reference image, in dB. */
export interface BssImageScores {
  /** Source to distortion ratio: no filter is forgiven. */
  readonly sdr: number;
  /** Image to spatial distortion ratio: how much the filters had to change the reference. */
  readonly isr: number;
  /** Source to interference ratio; `Infinity` where there is only one reference. */
  readonly sir: number;
  /** Source to artefact ratio. */
  readonly sar: number;
  /** Why all of them are NaN; absent where they are not. */
  readonly reason?: ScoreReason;
}

/** Reference images ready for scoring: the factored normal equations, shared by every estimate. */
export interface BssEvalImageReferences {
  /** Number of references. */
  readonly count: number;
  /** Channels of each. */
  readonly channels: number;
  /** Samples of each channel. */
  readonly samples: number;
  /** Options as resolved; `diagonalLoading` is the number used, NaN where nothing could be solved. */
  readonly options: { readonly filterLength: number; readonly diagonalLoading: number };
  /** How the equations were solved. */
  readonly equations: BssEvalEquations;
  /** Which references the others are told apart from. */
  readonly set: ReferenceSet;
  /** For each reference why nothing can be scored against it; undefined where it can. */
  readonly reasons: readonly (ScoreReason | undefined)[];
  /** What was left out or assumed, a sentence each. */
  readonly warnings: readonly string[];
  /**
   * Scores an estimate against one reference (version 3). Silence and degenerate references give NaN with a `reason`.
   *
   * @param estimate [channels][samples], aligned with the references
   * @param target number of the reference it stands for
   * @throws ToolkitError `bad-shape` for other lengths or channels, `bad-value` for samples that are not finite,
   *   `bad-option` for a target that is not there
   */
  score(estimate: readonly Float64Array[], target: number): BssImageScores;
  /** Scores an estimate against every reference (version 3), [references]. */
  scoreAll(estimate: readonly Float64Array[]): BssImageScores[];
  /**
   * Scores an estimate against one reference window by window, with the filters of the whole track (version 4).
   *
   * @param estimate [channels][samples]
   * @param target number of the reference it stands for
   * @param frames window and hop in samples
   */
  scoreFrames(estimate: readonly Float64Array[], target: number, frames?: Framing): FrameScores;
  /** The same against every reference, [references]. */
  scoreAllFrames(estimate: readonly Float64Array[], frames?: Framing): FrameScores[];
}

const who = "bssEval";

/**
 * Prepares BSS Eval of images, versions 3 and 4. An image s_j is a source as it is in every channel of the mixture. The
 * estimate's channels are projected, by least squares, on all channels of the references delayed by 0 .. filterLength - 1
 * samples (P), and on those of its own reference (P_j):
 *
 *     e_spat = P_j e - s_j   e_interf = P e - P_j e   e_artif = e - P e
 *     SDR = |s_j|^2 / |e - s_j|^2             ISR = |s_j|^2 / |e_spat|^2
 *     SIR = |s_j + e_spat|^2 / |e_interf|^2   SAR = |P e|^2 / |e_artif|^2
 *
 * Source: Vincent, Sawada, Bofill, Makino & Rosca, "First stereo audio source separation evaluation campaign", ICA 2007
 * (version 3, `bss_eval_images`); Stoeter, Liutkus & Ito, "The 2018 signal separation evaluation campaign", LVA/ICA 2018
 * (version 4). Energies are sums over channels; a channel that is silent, or a multiple of another one of its
 * source, adds nothing to the projections and stays out of the equations. Silent, copied and too short references as in
 * `bssEvalReferences`.
 *
 * @param references true images, [references][channels][samples]
 * @throws ToolkitError `bad-shape` if there are none, they are empty, or their lengths or channels differ, `bad-value`
 *   naming the first index of a sample that is not finite, `bad-option`
 */
export function bssEvalImageReferences(
  references: readonly (readonly Float64Array[])[],
  options: BssEvalReferenceOptions = {},
): BssEvalImageReferences {
  const { members, ...prepared } = preparedImages(references, { ...bssEvalReferenceDefaults, ...options });
  return { ...prepared, set: referenceSet(references, members) };
}

/**
 * The same without the name of the set, for windows of longer signals.
 *
 * @param references [references][channels][samples]
 * @param options resolved; `correlator` to share one between windows of one length
 */
export function preparedImages(
  references: readonly (readonly Float64Array[])[],
  options: Required<BssEvalReferenceOptions> & { readonly correlator?: BlockCorrelator },
): Omit<BssEvalImageReferences, "set"> & { readonly members: readonly number[] } {
  const projections = prepareProjections(who, references, options);
  const { samples, filterLength, reasons, warnings, equations, members } = projections;
  const channels = references[0]!.length;
  const everyTarget = references.map((_, j) => j);
  const checkTarget = (target: number) => checkWhole(who, "target", target, 0, references.length - 1);
  return {
    count: references.length,
    channels,
    samples,
    options: { filterLength, diagonalLoading: equations.diagonalLoading },
    equations,
    members,
    reasons,
    warnings,
    score: (estimate, target) => {
      checkTarget(target);
      return scoreTargets(estimate, [target])[0]!;
    },
    scoreAll: (estimate) => scoreTargets(estimate, everyTarget),
    scoreFrames: (estimate, target, frames) => {
      checkTarget(target);
      checkEstimate(estimate);
      return scoreFrames(projections, references, estimate, [target], framing(who, samples, frames))[0]!;
    },
    scoreAllFrames: (estimate, frames) => {
      checkEstimate(estimate);
      return scoreFrames(projections, references, estimate, everyTarget, framing(who, samples, frames));
    },
  };

  /** @returns its energy */
  function checkEstimate(estimate: readonly Float64Array[]): number {
    if (estimate.length !== channels) {
      throw new ToolkitError(
        "bad-shape",
        `${who}: estimate has ${estimate.length} channels, the references ${channels}; give it the same channels`,
      );
    }
    let energy = 0;
    for (const [c, channel] of estimate.entries()) {
      checkEstimateLength(who, channel, samples);
      energy += checkedEnergy(who, channels === 1 ? "estimate" : `estimate, channel ${c}`, channel);
    }
    return energy;
  }

  function scoreTargets(estimate: readonly Float64Array[], targets: readonly number[]): BssImageScores[] {
    const energy = checkEstimate(estimate);
    const why = targets.map((target) => reasons[target] ?? (energy === 0 ? "silent-estimate" : undefined));
    const scored = targets.filter((_, i) => why[i] === undefined);
    const energies = scored.length === 0 ? [] : projections.energies(estimate, scored, { energy, images: true });
    return why.map((reason) => (reason ? { ...noScores, reason } : imageRatios(energies.shift()!)));
  }
}

const noScores = { sdr: Number.NaN, isr: Number.NaN, sir: Number.NaN, sar: Number.NaN };
