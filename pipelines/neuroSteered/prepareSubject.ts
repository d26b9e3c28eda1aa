import type { Study, StudyOptions, StudySubject } from "../../src/index.ts";
import { auditWindows } from "./auditWindows.ts";
import { type PreparedEeg, prepareEeg } from "./prepareEeg.ts";
import { type KnownFeatures, type SourceFeatures, sourceFeatures } from "./sourceFeatures.ts";
import { breathe, orFailure, type Stage } from "./stage.ts";

/** A trial ready for decoding: EEG and the features of its sources on one time axis. */
export interface PreparedTrial extends PreparedEeg {
  /** Place of the attended source among the sources. */
  readonly attended: number;
  readonly features: SourceFeatures;
}

/** A subject ready for decoding. */
export interface PreparedSubject {
  readonly id: string;
  readonly trials: readonly PreparedTrial[];
}

/** Reads and prepares a subject's EEG, and computes the features of the sources. */
export async function* prepareSubject(
  study: Study,
  subject: StudySubject,
  options: StudyOptions,
): AsyncGenerator<Stage<PreparedSubject>> {
  const trials: PreparedTrial[] = [];
  const known: KnownFeatures = new Map();
  for await (const event of prepareEeg(study, subject.trials, options.preprocessing)) {
    if (event.kind !== "ready") yield event;
    else yield* orFailure(event.value.trial, () => withFeatures(event.value, { study, options, trials, known }));
  }
  if (trials.length > 0) yield { kind: "ready", value: { id: subject.id, trials } };
}

async function* withFeatures(
  eeg: PreparedEeg,
  {
    study,
    options,
    trials,
    known,
  }: { study: Study; options: StudyOptions; trials: PreparedTrial[]; known: KnownFeatures },
): AsyncGenerator<Stage<never>> {
  const { trial } = eeg;
  const sound = await study.readSound(trial);
  await breathe();
  const attended = sound.stems.findIndex(({ name }) => name === trial.target);
  const prepared: PreparedTrial = { ...eeg, attended, features: sourceFeatures(sound, eeg, options, known) };
  trials.push(prepared);
  const { subject, mixture } = trial;
  yield { kind: "windows", subject, trial: trial.trial, mixture, features: auditWindows(prepared) };
  yield { kind: "step", label: `${trial.subject} trial ${trial.trial}: read` };
}
