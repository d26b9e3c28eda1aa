import { concat, concatMap, EMPTY, from, type Observable } from "rxjs";
import type { Study, StudyEvent, StudyOptions } from "../../src/index.ts";
import { decodeControls } from "./controls.ts";
import { type DecodedActivations, decodeSubject } from "./decodeSubject.ts";
import { type PreparedSubject, prepareSubject } from "./prepareSubject.ts";
import { type Stage, whenAllReady } from "./stage.ts";

/** Number of steps of {@link decodeStudy}. */
export function decodingSteps(study: Study): number {
  return 2 * trialCount(study);
}

/** Number of trials of a study. */
export function trialCount({ subjects }: Study): number {
  return subjects.reduce((sum, { trials }) => sum + trials.length, 0);
}

/** What the study itself says cannot be done. */
export function problems({ problems }: Study): Observable<StudyEvent> {
  return from(
    problems.map(({ subject, trial = "", code, message }): StudyEvent => {
      return { kind: "failure", failure: { subject, trial, code, message } };
    }),
  );
}

/**
 * Prepares and decodes subjects one after the other; where decoders are trained on other subjects all are prepared first.
 *
 * @param next what follows for each subject: its decoded trials in the order of presentation
 */
export function decodeStudy(
  study: Study,
  options: StudyOptions,
  next: (decoded: readonly DecodedActivations[]) => Observable<Stage<never>>,
): Observable<Stage<never>> {
  const decode = (own: PreparedSubject, others: readonly PreparedSubject[]) => {
    const input = { own, others, study };
    return concat(
      options.decoder.controls ? from(decodeControls(input, options)) : EMPTY,
      from(decodeSubject(input, options)).pipe(
        whenAllReady((decoded) => next(inOrder(own, decoded))), // the controls borrow other trials' activations
      ),
    );
  };
  const subjects = from(study.subjects);
  if (options.decoder.regime === "within-subject") {
    return subjects.pipe(
      concatMap((subject) =>
        from(prepareSubject(study, subject, options)).pipe(
          whenAllReady(([own]) => (own === undefined ? EMPTY : decode(own, []))),
        ),
      ),
    );
  }
  return subjects.pipe(
    concatMap((subject) => from(prepareSubject(study, subject, options))),
    whenAllReady((all) =>
      from(all).pipe(
        concatMap((own) =>
          decode(
            own,
            all.filter((other) => other !== own),
          ),
        ),
      ),
    ),
  );
}

function inOrder({ trials }: PreparedSubject, decoded: readonly DecodedActivations[]): DecodedActivations[] {
  return trials.flatMap((trial) => decoded.filter((each) => each.trial === trial.trial));
}
