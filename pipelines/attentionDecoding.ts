import { concat, EMPTY, type Observable, of } from "rxjs";
import type { Study, StudyEvent, StudyOptions } from "../src/index.ts";
import { decodeStudy, decodingSteps, problems, trialCount } from "./neuroSteered/decodeStudy.ts";
import { withProgress } from "./neuroSteered/stage.ts";

/**
 * The first half of the main job: EEG and audio are read and what each listener attended to is decoded. Nothing is separated.
 *
 * Nothing happens before someone subscribes; unsubscribing stops the work and closes the files. A trial that cannot be
 * done becomes a `failure` event and the others go on.
 *
 * @param study where recordings, trials, mixtures and stems are
 * @param options see `studyDefaults`
 */
export function attentionDecoding(study: Study, options: StudyOptions): Observable<StudyEvent> {
  return concat(
    of<StudyEvent>({ kind: "plan", methods: [], trials: trialCount(study) }),
    problems(study),
    decodeStudy(study, options, () => EMPTY).pipe(withProgress(decodingSteps(study))),
  );
}
