import { bssEvalSources } from "../../metrics/bssEval.ts";
import { bssEvalImagesFramewise, bssEvalSourcesFramewise } from "../../metrics/bssEvalFramewise.ts";
import { bssEvalImages } from "../../metrics/bssEvalImages.ts";
import { bssEvalV4 } from "../../metrics/bssEvalV4.ts";
import type { BssEvalEquations } from "../../metrics/normalEquations.ts";
import type { Permutation } from "../../metrics/pairing.ts";
import type { ReferenceSet } from "../../metrics/referenceSet.ts";
import type { ScoreReason } from "../../metrics/scoreReason.ts";

/** Which version and kind of BSS Eval, with its windows in samples. */
export interface BssRequest {
  readonly mode: "sources" | "images";
  readonly version: 3 | 4;
  readonly framewise: boolean;
  readonly window: number;
  readonly hop: number;
  readonly filterLength: number;
  readonly permutation: Permutation;
}

/** Names of the ratios; ISR is of images only. */
export type RatioName = "sdr" | "isr" | "sir" | "sar";

/** Scores of all versions and kinds in one shape; a track without windows is one frame. */
export interface BssFrames {
  /** In dB, [references][frames]. */
  readonly ratios: ReadonlyMap<RatioName, readonly (readonly number[])[]>;
  /** Why a score is NaN, [references][frames]. */
  readonly reasons: readonly (readonly (ScoreReason | undefined)[])[];
  /** Estimate of each reference, [frames][references]. */
  readonly permutations: readonly (readonly number[])[];
  /** First sample of each frame. */
  readonly starts: readonly number[];
  /** Samples of a frame. */
  readonly window: number;
  readonly set: ReferenceSet;
  /** One, or one for each frame. */
  readonly equations: BssEvalEquations | readonly BssEvalEquations[];
  readonly warnings: readonly string[];
}

/**
 * BSS Eval of whichever version and kind.
 *
 * @param references [sources][channels][samples]; of `sources` one channel
 * @param estimates the same, as many
 */
export function runBssEval(
  references: readonly (readonly Float64Array[])[],
  estimates: readonly (readonly Float64Array[])[],
  { mode, version, framewise, window, hop, ...options }: BssRequest,
): BssFrames {
  const frames = { ...options, window, hop };
  if (version === 4) return inFrames(bssEvalV4(references, estimates, frames));
  if (mode === "images") {
    return framewise
      ? inFrames(bssEvalImagesFramewise(references, estimates, frames))
      : inOneFrame(bssEvalImages(references, estimates, options), references[0]![0]!.length);
  }
  const mono = (signals: readonly (readonly Float64Array[])[]) => signals.map((channels) => channels[0]!);
  return framewise
    ? inFrames(bssEvalSourcesFramewise(mono(references), mono(estimates), frames))
    : inOneFrame(bssEvalSources(mono(references), mono(estimates), options), references[0]![0]!.length);
}

/** What the results of all functions share. */
interface Account {
  readonly set: ReferenceSet;
  readonly equations: BssEvalEquations | readonly BssEvalEquations[];
  readonly warnings: readonly string[];
}

type Ratios<T> = { readonly [name in Exclude<RatioName, "isr">]: T } & { readonly isr?: T };

function inOneFrame(
  result: Account &
    Ratios<Float64Array> & {
      readonly reasons: readonly (ScoreReason | undefined)[];
      readonly permutation: readonly number[];
    },
  samples: number,
): BssFrames {
  return {
    ...accountOf(result),
    ratios: ratiosOf(result, (values) => Array.from(values, (value) => [value])),
    reasons: result.reasons.map((reason) => [reason]),
    permutations: [result.permutation],
    starts: [0],
    window: samples,
  };
}

function inFrames(
  result: Account &
    Ratios<readonly Float64Array[]> & {
      readonly reasons: readonly (readonly (ScoreReason | undefined)[])[];
      readonly starts: readonly number[];
      readonly options: { readonly window: number };
    } & ({ readonly permutation: readonly number[] } | { readonly permutations: readonly (readonly number[])[] }),
): BssFrames {
  const { reasons, starts, options } = result;
  return {
    ...accountOf(result),
    ratios: ratiosOf(result, (rows) => rows.map((row) => Array.from(row))),
    reasons,
    permutations: "permutations" in result ? result.permutations : starts.map(() => result.permutation),
    starts,
    window: options.window,
  };
}

function accountOf({ set, equations, warnings }: Account): Account {
  return { set, equations, warnings };
}

function ratiosOf<T>(result: Ratios<T>, rowsOf: (values: T) => number[][]): Map<RatioName, number[][]> {
  const names: readonly RatioName[] = ["sdr", "isr", "sir", "sar"];
  return new Map(
    names.flatMap((name) => {
      const values = result[name];
      return values === undefined ? [] : [[name, rowsOf(values)] as const];
    }),
  );
}
