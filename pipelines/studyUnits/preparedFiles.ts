import { join } from "node:path";
import {
  readArrays,
  type Study,
  type StudyOptions,
  type StudySubject,
  type TrialWindows,
  writeArrays,
} from "../../src/index.ts";
import { type PreparedSubject, type PreparedTrial, prepareSubject } from "../neuroSteered/prepareSubject.ts";
import type { SoundFeature } from "../neuroSteered/sourceFeatures.ts";
import { type PreparedFile, readJson, unitFileNames, writeJson } from "./unitFiles.ts";

/** Prepares a subject and writes what came of it. */
export async function writePrepared(
  folder: string,
  {
    study,
    subject,
    options,
  }: { readonly study: Study; readonly subject: StudySubject; readonly options: StudyOptions },
  onStep: (label: string) => void,
): Promise<void> {
  let trials: readonly PreparedTrial[] = [];
  const failures: PreparedFile["failures"][number][] = [];
  const windows = new Map<string, TrialWindows>();
  for await (const event of prepareSubject(study, subject, options)) {
    if (event.kind === "ready") trials = event.value.trials;
    else if (event.kind === "failure") failures.push(event.failure);
    else if (event.kind === "windows") windows.set(event.trial, event);
    else if (event.kind === "step") onStep(event.label);
  }
  const arrays = new Map<string, readonly Float64Array[]>();
  for (const [n, { trial, signal, features }] of trials.entries()) {
    arrays.set(`eeg ${n}`, signal.channels);
    for (const [feature, sources] of Object.entries(features.rows)) {
      for (const [s, rows] of sources.entries()) arrays.set(`${feature} ${n} ${s}`, rows);
    }
    arrays.set(`windows ${n}`, windows.get(trial.trial)?.features ?? []);
  }
  await writeArrays(folder, arrays);
  const file: PreparedFile = {
    id: subject.id,
    trials: trials.map(({ trial, attended, signal, eog, times, filtering = null, steps, features }) => ({
      trial,
      attended,
      names: signal.names,
      eog,
      times,
      filtering,
      steps,
      fingerprints: features.fingerprints,
      features: Object.keys(features.rows) as SoundFeature[],
      windows: windows.get(trial.trial)?.features.length ?? 0,
    })),
    failures,
  };
  await writeJson(join(folder, unitFileNames.prepared), file);
}

/** Reads a prepared subject back; undefined if none of its trials could be prepared. */
export async function readPrepared(folder: string): Promise<PreparedSubject | undefined> {
  const { id, trials } = await readJson<PreparedFile>(join(folder, unitFileNames.prepared));
  if (trials.length === 0) return undefined;
  const array = await readArrays(folder);
  return {
    id,
    trials: trials.map(({ trial, attended, names, eog, times, filtering, steps, fingerprints, features }, n) => ({
      trial,
      attended,
      signal: { rateHz: times.rateHz, names, channels: array(`eeg ${n}`) },
      eog,
      times,
      filtering: filtering ?? undefined,
      steps,
      features: {
        rows: Object.fromEntries(
          features.map((feature) => [feature, trial.sources.map((_, s) => array(`${feature} ${n} ${s}`))]),
        ),
        fingerprints,
      },
    })),
  };
}

/** The windows for the leakage audit, trial by trial. */
export async function readWindows(folder: string): Promise<TrialWindows[]> {
  const { trials } = await readJson<PreparedFile>(join(folder, unitFileNames.prepared));
  const array = await readArrays(folder);
  return trials.map(({ trial: { subject, trial, mixture } }, n) => {
    return { subject, trial, mixture, features: array(`windows ${n}`) };
  });
}
