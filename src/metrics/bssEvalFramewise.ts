import { type BlockCorrelator, createBlockCorrelator } from "../numeric/correlation.ts";
import { type BssEvalOptions, bssEvalDefaults } from "./bssEval.ts";
import { preparedImages } from "./bssEvalImageReferences.ts";
import { preparedSources } from "./bssEvalReferences.ts";
import { type Framing, framing } from "./frameScores.ts";
import type { BssEvalEquations } from "./normalEquations.ts";
import { checkPairing, pairEstimates } from "./pairing.ts";
import { type ReferenceSet, referenceSet } from "./referenceSet.ts";
import type { ScoreReason } from "./scoreReason.ts";
import { checkEstimateLength, checkLengths } from "./signals.ts";

/** Options of {@link bssEvalSourcesFramewise} and {@link bssEvalImagesFramewise}. */
export interface BssEvalFramewiseOptions extends BssEvalOptions, Framing {}

/** Default options of version 3 by windows: those of mir_eval, windows of half a minute at 44.1 kHz. */
export const bssEvalFramewiseDefaults = {
  ...bssEvalDefaults,
  window: 30 * 44_100,
  hop: 15 * 44_100,
} as const satisfies Required<BssEvalFramewiseOptions>;

/** Scores of several estimates, window by window. */
export interface BssEvalFramewiseResult {
  /** Source to distortion ratios in dB, [references][frames]. */
  readonly sdr: readonly Float64Array[];
  /** Source to interference ratios in dB, [references][frames]. */
  readonly sir: readonly Float64Array[];
  /** Source to artefact ratios in dB, [references][frames]. */
  readonly sar: readonly Float64Array[];
  /** Why a score is NaN, [references][frames]; undefined where it is not. */
  readonly reasons: readonly (readonly (ScoreReason | undefined)[])[];
  /** `permutations[n][j]` is the number of the estimate that was paired with reference j in frame n. */
  readonly permutations: readonly (readonly number[])[];
  /** First sample of each window, [frames]. */
  readonly starts: readonly number[];
  /** References that entered the equations of at least one frame. */
  readonly set: ReferenceSet;
  /** How the equations of each frame were solved, [frames]. */
  readonly equations: readonly BssEvalEquations[];
  /** What was left out or assumed, a sentence each, with the frame. */
  readonly warnings: readonly string[];
  /** Options as resolved; `window` is at most the length of the signals. */
  readonly options: Required<BssEvalFramewiseOptions>;
}

/** Scores of several estimated images, window by window. */
export interface BssEvalImageFramewiseResult extends BssEvalFramewiseResult {
  /** Image to spatial distortion ratios in dB, [references][frames]. */
  readonly isr: readonly Float64Array[];
}

const who = "bssEval";

/**
 * BSS Eval version 3 (sources) of windows: each is scored on its own, with filters of its own, as `bssEvalSources` would.
 *
 * A source that is silent in a window is NaN there, and the others are scored without it; mir_eval leaves out the whole
 * window.
 *
 * @param references true sources, [sources][samples]
 * @param estimates separated sources, [sources][samples], aligned with the references
 * @throws ToolkitError as `bssEvalSources`; `bad-option` for a window or hop that is not a whole number from 1
 */
export function bssEvalSourcesFramewise(
  references: readonly Float64Array[],
  estimates: readonly Float64Array[],
  options: BssEvalFramewiseOptions = {},
): BssEvalFramewiseResult {
  const resolved = { ...bssEvalFramewiseDefaults, ...options };
  const sources = references.map((reference) => [reference]);
  checkPairing(who, resolved.permutation, references.length, estimates.length);
  const samples = checkLengths(who, (j) => `reference ${j}`, references);
  for (const estimate of estimates) checkEstimateLength(who, estimate, samples);
  const { account, scores } = scoreWindows(sources, samples, resolved, (correlator, cut) => {
    const prepared = preparedSources(references.map(cut), { ...resolved, correlator });
    const paired = pairEstimates(resolved.permutation, estimates.map(cut), {
      ...prepared,
      gain: (pair, ratio) => pair[ratio],
    });
    const { members, equations, warnings } = prepared;
    return { ...paired, members, equations, warnings };
  });
  return { sdr: table(scores, "sdr"), sir: table(scores, "sir"), sar: table(scores, "sar"), ...account };
}

/**
 * BSS Eval version 3 (images) of windows: each is scored on its own, with filters of its own, as `bssEvalImages` would.
 *
 * @param references true images, [sources][channels][samples]
 * @param estimates separated images, [sources][channels][samples], aligned with the references
 * @throws ToolkitError as `bssEvalImages`; `bad-option` for a window or hop that is not a whole number from 1
 */
export function bssEvalImagesFramewise(
  references: readonly (readonly Float64Array[])[],
  estimates: readonly (readonly Float64Array[])[],
  options: BssEvalFramewiseOptions = {},
): BssEvalImageFramewiseResult {
  const resolved = { ...bssEvalFramewiseDefaults, ...options };
  checkPairing(who, resolved.permutation, references.length, estimates.length);
  const samples = checkLengths(who, () => "reference", references.flat());
  for (const channel of estimates.flat()) checkEstimateLength(who, channel, samples);
  const { account, scores } = scoreWindows(references, samples, resolved, (correlator, cut) => {
    const cutImage = (image: readonly Float64Array[]) => image.map(cut);
    const prepared = preparedImages(references.map(cutImage), { ...resolved, correlator });
    const paired = pairEstimates(resolved.permutation, estimates.map(cutImage), {
      ...prepared,
      gain: (pair, ratio) => pair[ratio],
    });
    const { members, equations, warnings } = prepared;
    return { ...paired, members, equations, warnings };
  });
  return {
    sdr: table(scores, "sdr"),
    isr: table(scores, "isr"),
    sir: table(scores, "sir"),
    sar: table(scores, "sar"),
    ...account,
  };
}

/** What one window gives, and nothing else: what it was prepared with must not outlive it. */
interface WindowScores<Scores> {
  readonly scores: Scores[];
  readonly permutation: number[];
  readonly members: readonly number[];
  readonly equations: BssEvalEquations;
  readonly warnings: readonly string[];
}

function scoreWindows<Scores extends { readonly reason?: ScoreReason }>(
  sources: readonly (readonly Float64Array[])[],
  samples: number,
  options: Required<BssEvalFramewiseOptions>,
  scoreWindow: (correlator: BlockCorrelator, cut: (signal: Float64Array) => Float64Array) => WindowScores<Scores>,
) {
  const { starts, length } = framing(who, samples, options);
  const correlator = createBlockCorrelator(length, options.filterLength);
  const windows = starts.map((start) => scoreWindow(correlator, (signal) => signal.subarray(start, start + length)));
  const members = sources.flatMap((_, j) => (windows.some((window) => window.members.includes(j)) ? [j] : []));
  const scores = sources.map((_, j) => windows.map((window) => window.scores[j]!));
  const account = {
    reasons: scores.map((row) => row.map(({ reason }) => reason)),
    permutations: windows.map(({ permutation }) => permutation),
    starts,
    set: referenceSet(sources, members),
    equations: windows.map(({ equations }) => equations),
    warnings: windows.flatMap(({ warnings }, n) => warnings.map((warning) => `frame ${n}: ${warning}`)),
    options: { ...options, window: length },
  };
  return { account, scores };
}

function table<Name extends string>(
  scores: readonly (readonly { readonly [name in Name]: number }[])[],
  name: Name,
): Float64Array[] {
  return scores.map((row) => Float64Array.from(row, (frame) => frame[name]));
}
