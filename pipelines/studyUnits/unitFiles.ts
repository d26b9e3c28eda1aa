import {
  type AppliedStep,
  type ControlRow,
  type DecisionRow,
  type DecodedFeature,
  type FailureRow,
  type Filtering,
  fromJson,
  readText,
  type ScalpPattern,
  type ScoreRow,
  type StudyTrial,
  toJson,
  writeBytes,
} from "../../src/index.ts";
import type { EegTimes } from "../neuroSteered/featureBand.ts";
import type { SoundFeature } from "../neuroSteered/sourceFeatures.ts";

/** What a unit that prepares a subject writes as `subject.json`; the arrays are beside it. */
export interface PreparedFile {
  readonly id: string;
  readonly trials: readonly {
    readonly trial: StudyTrial;
    readonly attended: number;
    readonly names: readonly string[];
    readonly eog: readonly string[];
    readonly times: EegTimes;
    readonly filtering: Filtering | null;
    readonly steps: readonly AppliedStep[];
    readonly fingerprints: readonly string[];
    readonly features: readonly SoundFeature[];
    /** Windows of the leakage audit. */
    readonly windows: number;
  }[];
  readonly failures: readonly FailureRow[];
}

/** What a unit that decodes a subject writes as `decoding.json`. */
export interface DecodedFile {
  readonly decisions: readonly DecisionRow[];
  readonly controls: readonly ControlRow[];
  readonly patterns: readonly ScalpPattern[];
  readonly warnings: readonly string[];
  readonly failures: readonly FailureRow[];
  /** Features as decoded: the arrays have them under `decoded <n> ..`. */
  readonly decoded: readonly {
    readonly feature: DecodedFeature;
    readonly subject: string;
    readonly trial: string;
    readonly attended: number;
    readonly sources: number;
  }[];
  /** Trials with activations: the arrays have them under `activations <n> ..`. */
  readonly activations: readonly {
    readonly trial: StudyTrial;
    readonly attended: number;
    readonly times: EegTimes;
    readonly sources: number;
  }[];
}

/** What a unit that separates a trial writes as `scores.json`; estimates are beside it as `<method>.wav`. */
export interface SeparatedFile {
  readonly rows: readonly ScoreRow[];
  readonly costTraces: readonly { readonly method: string; readonly cost: readonly number[] }[];
  readonly rateHz: number;
}

/** Names of the files above. */
export const unitFileNames = { prepared: "subject.json", decoded: "decoding.json", separated: "scores.json" } as const;

/** Writes plain data; infinities and NaN survive. */
export function writeJson(path: string, value: unknown): Promise<void> {
  return writeBytes(path, `${toJson(value, 1)}\n`);
}

/** Reads what `writeJson` wrote. */
export async function readJson<T>(path: string): Promise<T> {
  return fromJson(await readText(path)) as T;
}
