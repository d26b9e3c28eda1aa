import type { Observable } from "rxjs";
import type { StudyEvent } from "../study/events.ts";
import type { RunUnit, Unit } from "../study/ledger/unit.ts";
import type { StudyResults } from "../study/results.ts";
import type { Study } from "../study/study.ts";
import type { StudyDefinition } from "../study/studyFile.ts";
import type { StudyOptions } from "../study/studyOptions.ts";
import type { StudyOutput } from "../study/writeResults.ts";

/** The corpus a command may write; handed in by `bin.ts`, since rooms do not import `datasets/`. */
export interface Simulation {
  /** Writes a synthetic study; see `datasets/simulated.ts`. */
  readonly simulateStudy: (
    folder: string,
    options: {
      subjects: number;
      trials: number;
      seconds: number;
      snrDb: number;
      seed: number;
      onProgress?: (progress: { done: number; total: number; item: string }) => void;
    },
  ) => Promise<{
    readonly synthetic: string;
    readonly subjects: readonly string[];
    readonly trialsPerSubject: number;
  }>;
  /** Defaults of the above. */
  readonly simulatedStudyDefaults: { subjects: number; trials: number; seconds: number; snrDb: number; seed: number };
}

/** The pipelines a command may run; handed in by `bin.ts`, since rooms do not import `pipelines/`. */
export interface Pipelines {
  /** EEG and audio in, decisions out; see `pipelines/attentionDecoding.ts`. */
  readonly attentionDecoding: (study: Study, options: StudyOptions) => Observable<StudyEvent>;
  /** Studies in units; see `pipelines/studyUnits.ts`. */
  readonly studies: {
    open(definition: StudyDefinition): Promise<Study>;
    plan(study: Study, definition: StudyDefinition): Unit[];
    readonly run: RunUnit;
    collect(finished: {
      readonly study: Study;
      readonly definition: StudyDefinition;
      folderOf(unit: string): string | undefined;
      readonly failures: readonly { readonly id: string; readonly code: string; readonly message: string }[];
      readonly provenance: StudyResults["provenance"];
      readonly partial: boolean;
    }): Promise<StudyOutput>;
  };
}

/** Everything that `bin.ts` joins. */
export type Joined = Simulation &
  Pipelines & {
    /** What tells one state of the program from another, so that units of another state are done again. */
    codeHash(): Promise<string>;
    /** The module that worker threads run; missing where the program is not built. */
    readonly workerFile?: URL;
  };
