import { concat, concatMap, from, type Observable, of } from "rxjs";
import type { BidsStudy, StudyEvent, StudyOptions } from "../src/index.ts";
import { decodeTrials } from "./neuroSteered/decodeTrials.ts";
import { separationMethods } from "./neuroSteered/methods.ts";
import { prepareTrials } from "./neuroSteered/prepareTrials.ts";
import { separateTrials } from "./neuroSteered/separateTrials.ts";
import { whenAllReady, withProgress } from "./neuroSteered/stage.ts";

/**
 * The main job: for each subject, EEG and audio are read, what the listener attended to is decoded leaving one trial out
 * at a time, and each mixture is separated with and without the decoded activations and scored.
 *
 * Nothing happens before someone subscribes; unsubscribing stops the work and closes the files. A trial that cannot be
 * done becomes a `failure` event and the others go on.
 *
 * @param study where recordings, trials, mixtures and stems are
 * @param options see `studyDefaults`
 */
export function neuroSteered(study: BidsStudy, options: StudyOptions): Observable<StudyEvent> {
  const trials = study.subjects.reduce((sum, subject) => sum + subject.trials.length, 0);
  const steps = trials * (2 + separationMethods.length);

  return concat(
    of<StudyEvent>({ kind: "plan", methods: separationMethods.map(({ info }) => info), trials }),
    from(study.subjects).pipe(
      concatMap((subject) =>
        prepareTrials(subject, options).pipe(
          whenAllReady((prepared) => decodeTrials(prepared, options)), // decoding one trial needs all the others
          whenAllReady((decoded) => separateTrials(decoded, options)), // the control borrows another trial's activations
        ),
      ),
      withProgress(steps),
    ),
  );
}
