import {
  createRandom,
  type EegSignal,
  type EegSource,
  type PreprocessingOptions,
  type Study,
  type StudyChannel,
  type StudyEvent,
  type StudyOptions,
  type StudyTrial,
  simulateEeg,
  stimulusEnvelope,
  studyDefaults,
  type TrialSound,
} from "../../../src/index.ts";

/** Electrodes of the 10-10 system, so that channels can be interpolated. */
export const electrodes = ["Fz", "F3", "F4", "Cz", "C3", "C4", "Pz", "P3", "P4", "Oz"] as const;

/** Options that are done in a moment: one feature, one lambda, no controls. */
export const quickOptions: StudyOptions = {
  ...studyDefaults,
  decoder: {
    ...studyDefaults.decoder,
    features: ["envelope"],
    envelope: "rms",
    lambda: [1],
    permutations: 20,
    controls: false,
  },
  separation: { ...studyDefaults.separation, componentsPerSource: 2, iterations: 5 },
};

/** The above with other values in `preprocessing` and `decoder`. */
export function optionsWith(
  preprocessing: Partial<PreprocessingOptions>,
  decoder: Partial<StudyOptions["decoder"]> = {},
): StudyOptions {
  return {
    ...quickOptions,
    preprocessing: { ...quickOptions.preprocessing, ...preprocessing },
    decoder: { ...quickOptions.decoder, ...decoder },
  };
}

/** A trial of listener 01, of a duet of flute and oboe from the start of a recording. */
export function madeTrial(fields: Partial<StudyTrial> = {}): StudyTrial {
  const subject = fields.subject ?? "01";
  return {
    subject,
    trial: "1",
    recording: `sub-${subject}`,
    onsetSeconds: 0,
    durationSeconds: 4,
    mixture: "duet",
    target: "flute",
    sources: ["flute", "oboe"],
    inputs: [],
    ...fields,
  };
}

/** A recording in memory that knows how often it was opened and closed, and which samples were read. */
export interface MemoryEeg extends EegSource {
  readonly names: readonly string[];
  opened: number;
  closed: number;
  readonly reads: [start: number, end: number][];
}

/** @param declared what a channels table says of some channels; all others are good EEG */
export function memoryEeg(signal: EegSignal, declared: readonly StudyChannel[] = []): MemoryEeg {
  const { names, rateHz } = signal;
  return {
    names,
    rateHz,
    samples: signal.channels[0]!.length,
    channels: names.map((name) => declared.find((channel) => channel.name === name) ?? { name, type: "eeg" }),
    opened: 0,
    closed: 0,
    reads: [],
    async read(start, end) {
      this.reads.push([start, end]);
      return { rateHz, channels: signal.channels.map((channel) => channel.slice(start, end)) };
    },
    async close() {
      this.closed++;
    },
  };
}

/** A study of what is in memory. */
export function memoryStudy(
  trials: readonly StudyTrial[],
  eeg: Readonly<Record<string, MemoryEeg>>,
  sounds: Readonly<Record<string, TrialSound>> = {},
): Study {
  const ids = [...new Set(trials.map(({ subject }) => subject))];
  return {
    folder: "memory",
    title: "In memory",
    subjects: ids.map((id) => ({ id, trials: trials.filter(({ subject }) => subject === id) })),
    problems: [],
    notes: [],
    async openEeg({ recording }) {
      const source = eeg[recording]!;
      source.opened++;
      return source;
    },
    readSound: async ({ mixture }) => sounds[mixture]!,
  };
}

/** Sources of noise whose loudness goes up and down at random, each its own way. */
export function noiseSound(
  names: readonly string[],
  { seconds, seed, rateHz = 1000 }: { seconds: number; seed: string; rateHz?: number },
): TrialSound {
  const samples = Math.round(seconds * rateHz);
  const stems = names.map((name) => {
    const random = createRandom(`${seed} ${name}`);
    let level = 0;
    return {
      name,
      samples: Float64Array.from({ length: samples }, () => {
        level = 0.98 * level + 0.2 * random.normal();
        return level * level * random.normal();
      }),
    };
  });
  const mixture = new Float64Array(samples).map((_, n) => stems.reduce((sum, stem) => sum + stem.samples[n]!, 0));
  return { rateHz, mixture, stems };
}

/** Seconds of other EEG before each trial of {@link listeningStudy}. */
const pauseSeconds = 1.5;

/** How {@link listeningStudy} is made. */
export interface ListeningOptions {
  readonly subjects?: number;
  /** Names of the sources of each mixture; every mixture is heard once for each of them. */
  readonly mixtures?: readonly (readonly string[])[];
  readonly seconds?: number;
  /** -Infinity for EEG that follows nothing. */
  readonly snrDb?: number;
  readonly channels?: number;
  readonly seed?: number;
}

/** A study in memory whose EEG follows the envelope of the attended source by one response in all listeners, plus noise. */
export function listeningStudy(options: ListeningOptions = {}): { study: Study; eeg: Record<string, MemoryEeg> } {
  const { subjects = 1, seconds = 10, snrDb = 0, channels = 4, seed = 0 } = options;
  const { mixtures = [1, 2, 3].map(() => ["flute", "oboe"]) } = options;
  const rateHz = 64;
  const sounds = Object.fromEntries(
    mixtures.map((names, m) => [`mix-${m + 1}`, noiseSound(names, { seconds, seed: `${seed} ${m}` })]),
  );
  const trials = Array.from({ length: subjects }, (_, s) =>
    mixtures
      .flatMap((names, m) => names.map((target) => ({ mixture: `mix-${m + 1}`, song: `song-${m + 1}`, target, names })))
      .map(({ names, ...heard }, t) =>
        madeTrial({
          ...heard,
          subject: `0${s + 1}`,
          trial: `${t + 1}`,
          sources: names,
          onsetSeconds: t * seconds + (t + 1) * pauseSeconds,
          durationSeconds: seconds,
        }),
      ),
  ).flat();
  const followed = trials.map(({ mixture, target }) => {
    const { samples } = sounds[mixture]!.stems.find(({ name }) => name === target)!;
    return stimulusEnvelope(samples, { rateHz: 1000, outputRateHz: rateHz, kind: "rms" }).rows;
  });
  const made = simulateEeg(followed, { rateHz, channels, snrDb, seed: `listeners ${seed}` });
  const eeg: Record<string, MemoryEeg> = {};
  for (const recording of new Set(trials.map((trial) => trial.recording))) {
    const own = trials.flatMap((trial, t) => (trial.recording === recording ? [{ ...trial, eeg: made[t]!.eeg }] : []));
    const random = createRandom(`pauses ${seed} ${recording}`);
    const length = Math.round((own.length * (seconds + pauseSeconds) + pauseSeconds) * rateHz);
    const joined = electrodes.slice(0, channels).map((_, c) => {
      const channel = Float64Array.from({ length }, () => 0.1 * random.normal());
      for (const trial of own) channel.set(trial.eeg[c]!, Math.round(trial.onsetSeconds * rateHz));
      return channel;
    });
    eeg[recording] = memoryEeg({ rateHz, names: electrodes.slice(0, channels), channels: joined });
  }
  return { study: memoryStudy(trials, eeg, sounds), eeg };
}

/** The rows of some kind of event. */
export const decisionsOf = (events: readonly StudyEvent[]) =>
  events.flatMap((event) => (event.kind === "decision" ? [event.row] : []));

/** What could not be done. */
export const failuresOf = (events: readonly { kind: string }[]) =>
  (events as readonly StudyEvent[]).flatMap((event) => (event.kind === "failure" ? [event.failure] : []));

/** Everything a generator yields. */
export async function gather<T>(events: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const event of events) all.push(event);
  return all;
}
