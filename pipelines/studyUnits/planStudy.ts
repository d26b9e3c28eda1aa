import { resolve } from "node:path";
import {
  type Study,
  type StudyDefinition,
  type StudySubject,
  type StudyTrial,
  type StudyUnit,
  unitId,
} from "../../src/index.ts";
import { methodsByFamily } from "../neuroSteered/methods/expandMethods.ts";
import type { SeparationMethod } from "../neuroSteered/methods/separationMethod.ts";
import type { StudyJob } from "./studyJob.ts";

/** Ids of a study's units. */
export const studyUnitIds = {
  prepare: (subject: string) => unitId("prepare", `sub-${subject}`),
  decode: (subject: string) => unitId("decode", `sub-${subject}`),
  separate: ({ subject, trial }: Pick<StudyTrial, "subject" | "trial">, family: string) =>
    unitId("separate", `sub-${subject}`, `trial-${trial}`, family),
};

/**
 * Cuts a study into units: one that prepares each subject, one that decodes it, and for each trial one a family of separation
 * methods. Each depends on the slice of the configuration that it uses, so that a change redoes what it concerns.
 *
 * @param methods rows of the study's table; none to decode only
 */
export function planStudy(
  study: Study,
  definition: StudyDefinition,
  methods: readonly SeparationMethod[],
): StudyUnit[] {
  const { options } = definition;
  const { preprocessing, spectrogram, decoder, separation, metrics, seed } = options;
  const shared = { folder: resolve(definition.folder), content: definition.content, seed };
  const { windows: _, permutations: __, ...training } = decoder;
  const isWithin = decoder.regime === "within-subject";
  const families = methodsByFamily(methods);
  return study.subjects.flatMap((subject): StudyUnit[] => {
    const seconds = subject.trials.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
    const others = isWithin ? [] : study.subjects.filter((other) => other !== subject);
    return [
      {
        id: studyUnitIds.prepare(subject.id),
        kind: "prepare",
        label: `subject ${subject.id}: read`,
        needs: [],
        inputs: inputsOf(subject),
        options: {
          preprocessing,
          features: decoder.features,
          envelope: decoder.envelope,
          controls: decoder.controls,
          trials: subject.trials.map(({ inputs: _, ...facts }) => facts),
        },
        job: { ...shared, kind: "prepare", subject: subject.id } satisfies StudyJob,
        memoryBytes: memory.reading + memory.preparedSecond * seconds,
        weight: seconds,
      },
      {
        id: studyUnitIds.decode(subject.id),
        kind: "decode",
        label: `subject ${subject.id}: decode`,
        needs: [subject, ...others].map(({ id }) => studyUnitIds.prepare(id)),
        inputs: [],
        options: {
          preprocessing,
          spectrogram,
          decoder: training,
          componentsPerSource: separation.componentsPerSource,
          iterations: separation.iterations,
          accelerator: separation.accelerator,
          seed,
        },
        job: { ...shared, kind: "decode", subject: subject.id } satisfies StudyJob,
        memoryBytes: memory.reading + memory.decodedSecond * seconds * (1 + others.length),
        weight: seconds * (1 + others.length),
      },
      ...subject.trials.flatMap((trial) =>
        families.map((own): StudyUnit => {
          const { family } = own[0]!;
          const { lowHz, highHz, filter, filterOrder, phase, rateHz } = preprocessing;
          return {
            id: studyUnitIds.separate(trial, family),
            kind: `separate ${family}`,
            label: `subject ${subject.id}, trial ${trial.trial}: ${family}`,
            needs: [studyUnitIds.decode(subject.id)],
            inputs: [],
            options: {
              band: { lowHz, highHz, filter, filterOrder, phase, rateHz },
              spectrogram,
              metrics,
              museval: definition.outputs.museval,
              seed,
              trial: { ...trial, inputs: [] },
              methods: own.map(({ info, settings }) => ({ id: info.id, settings })),
            },
            job: { ...shared, kind: "separate", subject: subject.id, trial: trial.trial, family } satisfies StudyJob,
            memoryBytes: memory.reading + memory.soundSecond * trial.durationSeconds * (2 + trial.sources.length),
            weight: trial.durationSeconds * own.length,
          };
        }),
      ),
    ];
  });
}

/** How much memory units take, measured with a margin: what a worker holds anyway, and per second of a trial. */
const memory = { reading: 150e6, preparedSecond: 0.2e6, decodedSecond: 0.5e6, soundSecond: 4e6 };

function inputsOf({ trials }: StudySubject): string[] {
  return [...new Set(trials.flatMap(({ inputs }) => inputs))].sort();
}

/** Separation needs the activations, whether they are among the features that are asked for or not. */
export function withActivations(definition: StudyDefinition): StudyDefinition {
  const { features } = definition.options.decoder;
  if (features.includes("activations")) return definition;
  const decoder = { ...definition.options.decoder, features: ["activations" as const, ...features] };
  return { ...definition, options: { ...definition.options, decoder } };
}
