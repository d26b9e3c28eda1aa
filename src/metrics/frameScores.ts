import { checkWhole } from "../core/check.ts";
import { createBlockCorrelator } from "../numeric/correlation.ts";
import { imageRatios } from "./imageRatios.ts";
import { addParts, noParts } from "./partEnergies.ts";
import type { Projections } from "./projections.ts";
import type { ScoreReason } from "./scoreReason.ts";

/** Windows of a track that are scored one by one. */
export interface Framing {
  /** Samples of a window, default 44100: one second of music. */
  window?: number;
  /** Samples from one window's start to the next one's, default 44100. */
  hop?: number;
}

/** Default framing, that of museval. */
export const framingDefaults = { window: 44_100, hop: 44_100 } as const satisfies Required<Framing>;

/** The windows of a track. */
export interface Frames {
  /** First sample of each window. */
  readonly starts: number[];
  /** Samples of each; those of the track where it is shorter than the window asked for. */
  readonly length: number;
}

/** Scores of one estimate against one reference, window by window, in dB. */
export interface FrameScores {
  /** Source to distortion ratios, [frames]. */
  readonly sdr: Float64Array;
  /** Image to spatial distortion ratios, [frames]. */
  readonly isr: Float64Array;
  /** Source to interference ratios, [frames]. */
  readonly sir: Float64Array;
  /** Source to artefact ratios, [frames]. */
  readonly sar: Float64Array;
  /** Why a frame's scores are NaN, [frames]; undefined where they are not. */
  readonly reasons: readonly (ScoreReason | undefined)[];
}

/**
 * Cuts a track into windows: all that fit in whole, and the track itself where it is shorter than one window. Samples after the last
 * whole window are not scored, as in mir_eval and museval.
 *
 * @param who the function that asks, for messages
 * @param samples length of the track
 * @param options see `Framing`
 * @throws ToolkitError `bad-option`
 */
export function framing(who: string, samples: number, options: Framing = {}): Frames {
  const { window, hop } = { ...framingDefaults, ...options };
  checkWhole(who, "window", window, 1);
  checkWhole(who, "hop", hop, 1);
  if (window >= samples) return { starts: [0], length: samples };
  const count = Math.floor((samples - window) / hop) + 1;
  return { starts: Array.from({ length: count }, (_, n) => n * hop), length: window };
}

/**
 * Scores of version 4: the filters of the projections are those of the whole track; in each window the references, cut to it and
 * followed by zeros, go through them, and what they give is compared with the window of the estimate.
 *
 * A window whose reference or estimate is silent is NaN, with its reason; a silent other reference only adds no interference.
 *
 * @param projections of the whole track
 * @param references [references][channels][samples]
 * @param estimate [channels][samples], checked
 * @param targets references it is scored against
 * @param frames windows
 * @returns [targets]
 */
export function scoreFrames(
  projections: Projections,
  references: readonly (readonly Float64Array[])[],
  estimate: readonly Float64Array[],
  targets: readonly number[],
  frames: Frames,
): FrameScores[] {
  const { starts, length } = frames;
  const { series, reasons: known } = projections;
  const results = targets.map(() => emptyScores(starts.length));
  const scored = targets.filter((target) => known[target] === undefined);
  const correlator = createBlockCorrelator(length, projections.filterLength);
  const isSilentTrack = estimate.every(isSilent);
  const allResponses =
    scored.length === 0 || isSilentTrack ? [] : projections.allFilters(estimate).map(correlator.responses);
  const ownResponses = targets.map((target) =>
    known[target] || isSilentTrack || projections.seriesOf(target).length === series.length
      ? []
      : projections.ownFilters(estimate, target).map(correlator.responses),
  );
  for (const [n, start] of starts.entries()) {
    const cut = (signal: Float64Array) => signal.subarray(start, start + length);
    const pieces = estimate.map(cut);
    const why = targets.map((target): ScoreReason | undefined => {
      if (known[target]) return known[target];
      if (references[target]!.map(cut).every(isSilent)) return "silent-reference";
      return pieces.every(isSilent) ? "silent-estimate" : undefined;
    });
    for (const [k, reason] of why.entries()) results[k]!.reasons[n] = reason;
    const open = targets.flatMap((_, k) => (why[k] ? [] : [k]));
    if (open.length === 0) continue;
    const spectra = series.map(({ signal }) => correlator.blocks(cut(signal)));
    const apart = open.filter((k) => ownResponses[k]!.length > 0);
    const sums = open.map(noParts);
    for (const [c, piece] of pieces.entries()) {
      const own = apart.map((k) => ({
        signals: projections.seriesOf(targets[k]!).map((i) => spectra[i]!),
        responses: ownResponses[k]![c]!,
      }));
      correlator.visitSums(
        [{ signals: spectra, responses: allResponses[c]! }, ...own],
        (at, [projection, ...parts]) => {
          for (const [i, k] of open.entries()) {
            const part = parts[apart.indexOf(k)] ?? projection!;
            const reference = cut(references[targets[k]!]![c]!);
            addParts(sums[i]!, at, { estimate: piece, reference, projection: projection!, part });
          }
        },
      );
    }
    for (const [i, k] of open.entries()) {
      const { sdr, isr, sir, sar } = imageRatios(sums[i]!);
      results[k]!.sdr[n] = sdr;
      results[k]!.isr[n] = isr;
      results[k]!.sir[n] = sir;
      results[k]!.sar[n] = sar;
    }
  }
  return results;
}

function emptyScores(count: number): FrameScores & { reasons: (ScoreReason | undefined)[] } {
  const none = () => new Float64Array(count).fill(Number.NaN);
  return { sdr: none(), isr: none(), sir: none(), sar: none(), reasons: new Array(count).fill(undefined) };
}

function isSilent(signal: Float64Array): boolean {
  return signal.every((value) => value === 0);
}
