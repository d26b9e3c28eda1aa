import {
  type Corpora,
  openStudy,
  type RunUnit,
  type Study,
  type StudyDefinition,
  type StudyOutput,
  type StudyUnit,
} from "../src/index.ts";
import { studyMethods } from "./neuroSteered/separateTrials.ts";
import { collectStudy, type FinishedUnits } from "./studyUnits/collectStudy.ts";
import { planStudy, withActivations } from "./studyUnits/planStudy.ts";
import { createStudyRunner } from "./studyUnits/runStudyUnit.ts";

/** The main job cut into units that a ledger can keep, threads and machines can share, and a later run can build on. */
export interface StudyPipeline {
  /** Opens the data of a study. */
  open(definition: StudyDefinition): Promise<Study>;
  /** The units of a study. */
  plan(study: Study, definition: StudyDefinition): StudyUnit[];
  /** Runs a unit; a study is opened once however many of its units are run. */
  readonly run: RunUnit;
  /** Puts the results together from what units wrote. */
  collect(finished: Omit<FinishedUnits, "methods">): Promise<StudyOutput>;
}

/**
 * Makes the pipeline of batch studies: the stages of `neuroSteered`, with files between them. What comes out is the same.
 *
 * @param corpora kinds of data sets besides BIDS and plain folders
 */
export function studyPipeline(corpora: Corpora): StudyPipeline {
  const open = (definition: StudyDefinition) => openStudy(definition, corpora);
  return {
    open,
    plan: (study, definition) => planStudy(study, withActivations(definition), studyMethods(definition)),
    run: createStudyRunner(open),
    collect: (finished) => collectStudy({ ...finished, methods: studyMethods(finished.definition) }),
  };
}
