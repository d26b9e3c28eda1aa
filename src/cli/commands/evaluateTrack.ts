import { combineScores } from "../../metrics/aggregate.ts";
import { improvement } from "../../metrics/improvement.ts";
import type { BssEvalEquations } from "../../metrics/normalEquations.ts";
import type { ReferenceSet } from "../../metrics/referenceSet.ts";
import type { ScoreReason } from "../../metrics/scoreReason.ts";
import { silenceScores } from "../../metrics/silenceScores.ts";
import { siReferences } from "../../metrics/siReferences.ts";
import type { EvaluateOptions } from "./evaluateArguments.ts";
import { type BssFrames, type RatioName, runBssEval } from "./evaluateBss.ts";
import type { TrackFiles } from "./evaluatePairs.ts";
import type { TrackFormat, TrackSignals } from "./evaluateSignals.ts";

/** Ratios in dB by name: `sdr`, `sir`, ..., and `sdrImprovement` and so on over the mixture. */
export type Ratios = Readonly<Record<string, number>>;

/** Scores of one estimate. Ratios of windows are their median over the windows that have one. */
export interface ScoredEstimate {
  readonly track: string;
  readonly source: string;
  readonly reference: string;
  /** Null where each window has a pairing of its own. */
  readonly estimate: string | null;
  readonly ratios: Ratios;
  /** Why the ratios of BSS Eval are NaN; with windows, where no window has a score. */
  readonly reason?: ScoreReason;
  /** The same for the ratios with one gain. */
  readonly siReason?: ScoreReason;
  /** Windows, those with a score, and how many have none by reason. */
  readonly windows?: {
    readonly total: number;
    readonly scored: number;
    readonly nan: Readonly<Record<string, number>>;
  };
  /** Scores of each window. */
  readonly frames?: {
    readonly ratios: Readonly<Record<string, readonly number[]>>;
    readonly reasons: readonly (ScoreReason | null)[];
  };
  /** Levels where either is silent, in dB; null without such a window. */
  readonly silence?: {
    readonly pes: number | null;
    readonly eps: number | null;
    readonly pesFrames: number;
    readonly epsFrames: number;
  };
}

/** Scores of a track and how they came about. */
export interface ScoredTrack {
  readonly track: string;
  readonly mode: "sources" | "images";
  readonly format: Omit<TrackFormat, "warnings">;
  readonly mixture?: string;
  /** Files in the order that `set.members` counts. */
  readonly references: readonly string[];
  readonly set: ReferenceSet;
  readonly equations: BssEvalEquations | readonly BssEvalEquations[];
  /** Seconds, with windows. */
  readonly windows?: { readonly starts: readonly number[]; readonly seconds: number };
  /** Estimates of each reference by number, one list or, where windows have their own, one a window. */
  readonly permutation: readonly number[] | readonly (readonly number[])[];
  readonly scores: readonly ScoredEstimate[];
  /** As the library made them, for museval's files. */
  readonly bss: BssFrames;
  readonly warnings: readonly string[];
}

/**
 * Scores the estimates of a track.
 *
 * @param files names
 * @param signals their samples, all of one shape
 * @param context `format` of the files, `options` as resolved
 */
export function scoreTrack(
  files: TrackFiles,
  signals: TrackSignals,
  {
    format,
    options,
  }: { readonly format: TrackFormat; readonly options: EvaluateOptions & { mode: "sources" | "images" } },
): ScoredTrack {
  const { pairs, name, mixture } = files;
  const { references } = signals;
  const { rateHz, samples, channels } = format;
  const toSamples = (seconds: number) => Math.max(1, Math.round(seconds * rateHz));
  const request = {
    mode: options.mode,
    version: options.version,
    framewise: options.framewise,
    window: toSamples(options.windowSeconds),
    hop: toSamples(options.hopSeconds),
    filterLength: options.filterLength,
    permutation: options.permutation,
  };
  // a silent estimate stands where there is none: it costs nothing and its scores are left out
  const silence = references[0]!.map(() => new Float64Array(samples));
  const estimates = signals.estimates.map((estimate) => estimate ?? silence);
  const bss = runBssEval(references, estimates, request);
  const before =
    signals.mixture === undefined
      ? undefined
      : runBssEval(
          references,
          references.map(() => signals.mixture!),
          { ...request, permutation: "none" },
        );
  const [fixed] = bss.permutations;
  const isFixed = bss.permutations.every((each) => each.every((k, j) => k === fixed![j]));
  const single = channels === 1 && isFixed ? singleScores(references, signals.mixture, request) : undefined;

  const scores = pairs.flatMap(({ source, reference }, j): ScoredEstimate[] => {
    const k = fixed![j]!;
    if (signals.estimates[k] === undefined) return [];
    const ratios = framesOf(bss, before, j);
    const reasons = bss.reasons[j]!;
    const scored = reasons.filter((reason) => reason === undefined).length;
    const own = single?.(estimates[k]![0]!, j);
    const medians = Object.entries(ratios).map(([ratio, values]) => [ratio, combineScores(values, "median")] as const);
    return [
      {
        track: name,
        source,
        reference,
        estimate: isFixed ? pairs[k]!.estimate! : null,
        ratios: { ...Object.fromEntries(medians), ...own?.ratios },
        ...(scored === 0 && { reason: mostFrequent(reasons) }),
        ...(own?.reason && { siReason: own.reason }),
        ...(options.framewise && {
          windows: { total: reasons.length, scored, nan: countReasons(reasons) },
          frames: { ratios, reasons: reasons.map((reason) => reason ?? null) },
        }),
        ...(own && { silence: own.silence }),
      },
    ];
  });
  const { warnings: _, ...facts } = format;
  return {
    track: name,
    mode: options.mode,
    format: facts,
    ...(mixture !== undefined && { mixture }),
    references: pairs.map(({ reference }) => reference),
    set: bss.set,
    equations: bss.equations,
    ...(options.framewise && {
      windows: { starts: bss.starts.map((start) => start / rateHz), seconds: bss.window / rateHz },
    }),
    permutation: isFixed ? fixed! : bss.permutations,
    scores,
    bss,
    warnings: [...format.warnings, ...bss.warnings.map((warning) => withNames(warning, files))],
  };
}

/** Ratios of one reference's estimate, window by window, and their improvements. */
function framesOf(bss: BssFrames, before: BssFrames | undefined, j: number): Record<string, readonly number[]> {
  const entries: [string, readonly number[]][] = [...bss.ratios].map(([ratio, rows]) => [ratio, rows[j]!]);
  const gains = entries.map(([ratio, values]): [string, readonly number[]] => {
    const mixture = before?.ratios.get(ratio as RatioName)?.[j];
    return [`${ratio}Improvement`, mixture === undefined ? [] : values.map((value, n) => value - mixture[n]!)];
  });
  return Object.fromEntries(before ? [...entries, ...gains] : entries);
}

/** Scores of single channels with one gain, and levels at silence. */
function singleScores(
  references: readonly (readonly Float64Array[])[],
  mixture: readonly Float64Array[] | undefined,
  frames: { readonly window: number; readonly hop: number },
) {
  const sources = references.map((channels) => channels[0]!);
  const prepared = siReferences(sources);
  const before = mixture && prepared.scoreAll(mixture[0]!);
  return (estimate: Float64Array, j: number) => {
    const scores = prepared.score(estimate, j);
    const { reason, ...ratios } = scores;
    const gains = before ? Object.entries(improvement(scores, before[j]!)) : [];
    const { pes, eps, pesFrames, epsFrames } = silenceScores(sources[j]!, estimate, frames);
    const level = (value: number) => (Number.isNaN(value) ? null : value);
    return {
      ratios: { ...ratios, ...Object.fromEntries(gains.map(([ratio, value]) => [`${ratio}Improvement`, value])) },
      reason,
      silence: { pes: level(pes), eps: level(eps), pesFrames: pesFrames.length, epsFrames: epsFrames.length },
    };
  };
}

function countReasons(reasons: readonly (ScoreReason | undefined)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const reason of reasons) if (reason) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

function mostFrequent(reasons: readonly (ScoreReason | undefined)[]): ScoreReason {
  const counts = Object.entries(countReasons(reasons)).sort(([, a], [, b]) => b - a);
  return counts[0]![0] as ScoreReason;
}

/** The library numbers references, people name files. */
function withNames(warning: string, { pairs }: TrackFiles): string {
  return warning.replace(/\breference (\d+)\b/g, (_, j: string) => `reference ${pairs[Number(j)]!.source}`);
}
