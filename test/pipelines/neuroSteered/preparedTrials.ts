import type { PreparedSubject, PreparedTrial } from "../../../pipelines/neuroSteered/prepareSubject.ts";
import { createRandom, type EegSignal, type StudyTrial, zeroPhaseFiltering } from "../../../src/index.ts";
import { madeTrial } from "./memoryStudy.ts";

/** A trial as preprocessing leaves it: noise of its own on a few channels, and sounds known by their names. */
export function preparedTrial(
  fields: Partial<StudyTrial> = {},
  more: Partial<Omit<PreparedTrial, "trial">> & { names?: readonly string[] } = {},
): PreparedTrial {
  const { names = ["Cz", "Pz"], ...rest } = more;
  const trial = madeTrial(fields);
  const random = createRandom(`${trial.subject} ${trial.trial}`);
  const samples = 256;
  const signal: EegSignal = {
    rateHz: 64,
    names,
    channels: names.map(() => Float64Array.from({ length: samples }, () => random.normal())),
  };
  return {
    trial,
    signal,
    eog: [],
    times: { rateHz: 64, startSeconds: 0, samples },
    filtering: zeroPhaseFiltering,
    steps: [],
    attended: trial.sources.indexOf(trial.target),
    features: { rows: {}, fingerprints: trial.sources.map((source) => `${trial.mixture} ${source}`) },
    ...rest,
  };
}

/** A listener who heard each mixture twice, once for each source; mixtures 1 and 2 are of song A, the others of songs of their own. */
export function preparedSubject(
  id: string,
  mixtures: readonly string[] = ["mix-1", "mix-2", "mix-3"],
): PreparedSubject {
  const heard = mixtures.flatMap((mixture) => ["flute", "oboe"].map((target) => ({ mixture, target })));
  return {
    id,
    trials: heard.map((fields, t) => {
      const song = ["mix-1", "mix-2"].includes(fields.mixture) ? "A" : `song of ${fields.mixture}`;
      return preparedTrial({ ...fields, song, subject: id, trial: String(t + 1) });
    }),
  };
}
