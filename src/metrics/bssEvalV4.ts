import { type BssEvalAccount, bssEvalDefaults } from "./bssEval.ts";
import type { BssEvalFramewiseOptions } from "./bssEvalFramewise.ts";
import { bssEvalImageReferences } from "./bssEvalImageReferences.ts";
import { type FrameScores, framing, framingDefaults } from "./frameScores.ts";
import { checkPairing, pairEstimates } from "./pairing.ts";
import type { ScoreReason } from "./scoreReason.ts";

/** Default options of {@link bssEvalV4}: those of museval, windows of one second at 44.1 kHz without overlap. */
export const bssEvalV4Defaults = {
  ...bssEvalDefaults,
  ...framingDefaults,
} as const satisfies Required<BssEvalFramewiseOptions>;

/** Scores of version 4: several estimates, window by window, one pairing for the track. */
export interface BssEvalV4Result extends BssEvalAccount {
  /** Source to distortion ratios in dB, [references][frames]. */
  readonly sdr: readonly Float64Array[];
  /** Image to spatial distortion ratios in dB, [references][frames]. */
  readonly isr: readonly Float64Array[];
  /** Source to interference ratios in dB, [references][frames]. */
  readonly sir: readonly Float64Array[];
  /** Source to artefact ratios in dB, [references][frames]. */
  readonly sar: readonly Float64Array[];
  /** Why a score is NaN, [references][frames]; undefined where it is not. */
  readonly reasons: readonly (readonly (ScoreReason | undefined)[])[];
  /** `permutation[j]` is the number of the estimate that was paired with reference j in all frames. */
  readonly permutation: number[];
  /** First sample of each window, [frames]. */
  readonly starts: readonly number[];
  /** Options as resolved; `window` is at most the length of the signals. */
  readonly options: Required<BssEvalFramewiseOptions> & { readonly diagonalLoading: number };
}

/**
 * BSS Eval version 4 (images): the filters are estimated once, on the whole track, and the scores are those of windows. Where the
 * filters of version 3 adapt to each window, and so forgive more, these cannot.
 *
 * In each window the references, cut to it and followed by filterLength - 1 zeros, go through the filters of the track;
 * the parts and ratios are those of `bssEvalImageReferences`. Source: Stoeter, Liutkus & Ito, "The 2018 signal separation
 * evaluation campaign", LVA/ICA 2018, as the authors' museval computes it, but for silence: a source that is silent in a
 * window is NaN there and the others keep their scores, where museval leaves out the window. The median over
 * windows is the usual figure for a track.
 *
 * Permutations `sir` and `sdr` pair by the mean over the windows that have a score.
 *
 * @param references true images, [sources][channels][samples]
 * @param estimates separated images, [sources][channels][samples], aligned with the references
 * @throws ToolkitError as `bssEvalImages`; `bad-option` for a window or hop that is not a whole number from 1
 */
export function bssEvalV4(
  references: readonly (readonly Float64Array[])[],
  estimates: readonly (readonly Float64Array[])[],
  options: BssEvalFramewiseOptions = {},
): BssEvalV4Result {
  const { permutation: pairing, window, hop, ...resolved } = { ...bssEvalV4Defaults, ...options };
  checkPairing("bssEval", pairing, references.length, estimates.length);
  const prepared = bssEvalImageReferences(references, resolved);
  const { starts, length } = framing("bssEval", prepared.samples, { window, hop });
  const frames = { window, hop };
  const { permutation, scores } = pairEstimates(pairing, estimates, {
    score: (estimate, target) => prepared.scoreFrames(estimate, target, frames),
    scoreAll: (estimate) => prepared.scoreAllFrames(estimate, frames),
    gain: (pair: FrameScores, ratio) => meanOfScored(pair[ratio]),
  });
  return {
    sdr: scores.map(({ sdr }) => sdr),
    isr: scores.map(({ isr }) => isr),
    sir: scores.map(({ sir }) => sir),
    sar: scores.map(({ sar }) => sar),
    reasons: scores.map(({ reasons }) => reasons),
    permutation,
    starts,
    set: prepared.set,
    equations: prepared.equations,
    warnings: prepared.warnings,
    options: { ...prepared.options, permutation: pairing, window: length, hop },
  };
}

/** NaN where no window has a score. */
function meanOfScored(values: Float64Array): number {
  const scored = values.filter((value) => !Number.isNaN(value));
  return scored.reduce((sum, value) => sum + value, 0) / scored.length;
}
