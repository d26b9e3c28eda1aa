import { concat, type Observable, of } from "rxjs";
import type { MethodEntry, Study, StudyEvent, StudyOptions } from "../src/index.ts";
import { decodeStudy, decodingSteps, problems, trialCount } from "./neuroSteered/decodeStudy.ts";
import { expandMethods } from "./neuroSteered/methods/expandMethods.ts";
import { separateTrials } from "./neuroSteered/separateTrials.ts";
import { withProgress } from "./neuroSteered/stage.ts";

/**
 * The main job: for each subject, EEG and audio are read, what the listener attended to is decoded with models that never
 * saw the trial or its mixture, and each mixture is separated with and without the decoded activations and scored.
 *
 * Nothing happens before someone subscribes; unsubscribing stops the work and closes the files. A trial that cannot be
 * done becomes a `failure` event and the others go on.
 *
 * @param study where recordings, trials, mixtures and stems are
 * @param options see `studyDefaults`; the activations are decoded whether they are among `decoder.features` or not
 * @param rows `methods` of the table, default `defaultMethods`
 */
export function neuroSteered(
  study: Study,
  options: StudyOptions,
  rows: { readonly methods?: readonly MethodEntry[] } = {},
): Observable<StudyEvent> {
  const trials = trialCount(study);
  const methods = expandMethods(rows.methods, options.separation);
  const { features } = options.decoder;
  const guided: StudyOptions = features.includes("activations")
    ? options
    : { ...options, decoder: { ...options.decoder, features: ["activations", ...features] } };
  return concat(
    of<StudyEvent>({ kind: "plan", methods: methods.map(({ info }) => info), trials }),
    problems(study),
    decodeStudy(study, guided, (decoded) => separateTrials(decoded, { study, methods, options: guided })).pipe(
      withProgress(decodingSteps(study) + trials * methods.length),
    ),
  );
}
