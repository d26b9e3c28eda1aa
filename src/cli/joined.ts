import type { Observable } from "rxjs";
import type { BidsStudy } from "../study/bidsStudy.ts";
import type { StudyEvent } from "../study/events.ts";
import type { StudyOptions } from "../study/studyOptions.ts";

/** The corpora a command may write; handed in by `bin.ts`, since rooms do not import `datasets/`. */
export interface Corpora {
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
  /** EEG and audio in, decisions, estimates and scores out; see `pipelines/neuroSteered.ts`. */
  readonly neuroSteered: (study: BidsStudy, options: StudyOptions) => Observable<StudyEvent>;
}

/** Everything that `bin.ts` joins. */
export type Joined = Corpora & Pipelines;
