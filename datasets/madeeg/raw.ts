import {
  type Hdf5File,
  openHdf5File,
  parseYaml,
  readText,
  type StudyProblem,
  type StudySubject,
  type StudyTrial,
  ToolkitError,
} from "../../src/index.ts";
import { allKeys, lengthToleranceSeconds, ProblemList, trialKey } from "./collect.ts";
import { type Fields, fieldsOf, listField, mapField, numberField, textsField } from "./fields.ts";
import type { EegRows } from "./hdf5Eeg.ts";
import type { PreprocessedPlan } from "./preprocessed.ts";
import { rawChannels } from "./rawChannels.ts";
import type { StoredSources } from "./sources.ts";
import { type StimulusFile, StimulusFolder } from "./stimulusFiles.ts";
import { parseStimulusKey, type StimulusKey } from "./stimulusKey.ts";

/** Paths of the raw release. */
export interface RawFiles {
  readonly data: string;
  readonly metadata: string;
  readonly sequences: string;
  readonly stimuli: string;
}

/** One repetition of a presentation in the raw release and where its parts are. */
export interface RawTrial {
  readonly trial: StudyTrial;
  readonly stimulus: StimulusFile;
  /** Samples of the stimulus that are used. */
  readonly samples: number;
  /** The sources of a mixture and where the repetition starts in them; missing for a solo. */
  readonly sources?: StoredSources;
  readonly sourceStart: number;
}

/** The raw release, planned. */
export interface RawPlan {
  readonly subjects: readonly StudySubject[];
  readonly problems: readonly StudyProblem[];
  readonly notes: readonly string[];
  /** By `trialKey`. */
  readonly trials: ReadonlyMap<string, RawTrial>;
  /** By `StudyTrial.recording`. */
  readonly recordings: ReadonlyMap<string, EegRows>;
}

/**
 * Plans the raw release: reads metadata, the shapes of the recordings and the headers of the stimuli. Every repetition of a
 * presentation is a trial of its own in the subject's one recording.
 *
 * @param files where everything is
 * @param donors the preprocessed release, whose isolated sources are those of the mixtures; the raw release has none
 * @throws ToolkitError for files that cannot be read; what concerns a subject or trial becomes a problem
 */
export async function planRaw(files: RawFiles, donors: PreprocessedPlan | undefined): Promise<RawPlan> {
  const metadata = fieldsOf(files.metadata, await parseYaml(await readText(files.metadata), files.metadata));
  const sequences = fieldsOf(files.sequences, await parseYaml(await readText(files.sequences), files.sequences));
  const file = await openHdf5File(files.data);
  try {
    const planning: Planning = {
      files,
      file,
      list: new ProblemList(),
      folder: new StimulusFolder(files.stimuli),
      sources: donors && sourcesByMaterial(donors),
      notes: [],
      trials: new Map(),
      recordings: new Map(),
    };
    const subjects: StudySubject[] = [];
    const ids = allKeys(allKeys(file.keys(), Object.keys(metadata.entries)), Object.keys(sequences.entries)).sort();
    for (const id of ids) {
      const subject = await planning.list.attempt(id, undefined, () => planSubject(planning, id, metadata, sequences));
      if (subject !== undefined) subjects.push(subject);
    }
    const { list, notes, trials, recordings } = planning;
    return { subjects, problems: list.problems, notes, trials, recordings };
  } finally {
    await file.close();
  }
}

interface Planning {
  readonly files: RawFiles;
  readonly file: Hdf5File;
  readonly list: ProblemList;
  readonly folder: StimulusFolder;
  readonly sources: ReadonlyMap<string, StoredSources> | undefined;
  readonly notes: string[];
  readonly trials: Map<string, RawTrial>;
  readonly recordings: Map<string, EegRows>;
}

/** The same sources were mixed for all renders and targets; the first trial that has them gives them. */
function sourcesByMaterial({ trials }: PreprocessedPlan): Map<string, StoredSources> {
  const found = new Map<string, StoredSources>();
  for (const { key, sources } of trials.values()) if (!found.has(key.material)) found.set(key.material, sources);
  return found;
}

async function planSubject(planning: Planning, id: string, metadata: Fields, sequences: Fields): Promise<StudySubject> {
  const { file, files, list } = planning;
  if (file.kind(id) !== "dataset") throw new ToolkitError("not-found", `${files.data}: has no array ${id}`);
  for (const { where, entries } of [metadata, sequences]) {
    if (!Object.hasOwn(entries, id)) throw new ToolkitError("not-found", `${where}: has no subject ${id}`);
  }
  const info = mapField(metadata, id);
  const channels = rawChannels(info);
  const rateHz = numberField(info, "sfreq");
  const { shape } = file.dataset(id);
  if (!(rateHz > 0) || shape.length !== 2 || shape[0] !== channels.length) {
    throw new ToolkitError(
      "bad-shape",
      `${files.data}: /${id} has shape [${shape.join(", ")}] at ${rateHz} Hz, its metadata ${channels.length} channels; [channels, samples] is needed`,
    );
  }
  const recording: Recording = { id, rateHz, seconds: shape[1]! / rateHz };
  planning.recordings.set(id, {
    file: files.data,
    array: id,
    rateHz,
    channels: channels
      .map((channel, row) => ({ row, channel }))
      .filter(({ channel: { type } }) => type === "eeg" || type === "eog"),
  });
  const sequence = mapField(sequences, id);
  const trials: StudyTrial[] = [];
  const solos: StudyTrial[] = [];
  const needed = new Set<string>();
  for (const name of Object.keys(sequence.entries)) {
    await list.attempt(id, name, async () => {
      const key = parseStimulusKey(name);
      if (key.ensemble !== "solo") {
        for (const instrument of key.instruments) needed.add(instrument);
        if (planning.sources === undefined) return; // said once, for all
        if (!planning.sources.has(key.material)) {
          throw new ToolkitError("not-found", `${name}: the preprocessed release has no sources of ${key.material}`);
        }
      }
      const { onsets, wavFiles } = repetitions(mapField(sequence, name));
      for (const [r, onset] of onsets.entries()) {
        const repetition = {
          key,
          trial: `${name}_${r + 1}`,
          onset,
          wavFile: wavFiles[r]!,
          index: r,
          of: onsets.length,
        };
        const planned = await list.attempt(id, repetition.trial, () => planRepetition(planning, recording, repetition));
        if (planned === undefined) continue;
        planning.trials.set(trialKey(planned.trial), planned);
        (key.ensemble === "solo" ? solos : trials).push(planned.trial);
      }
    });
  }
  const missing = [...needed].filter((instrument) => !solos.some((solo) => solo.target === instrument));
  if (missing.length > 0) planning.notes.push(`subject ${id}: there is no solo of ${missing.sort().join(", ")}`);
  if (trials.length + solos.length > 0) return { id, trials, solos };
  throw new ToolkitError("not-found", `${files.sequences}: subject ${id} has no presentation that can be used`);
}

interface Recording {
  readonly id: string;
  readonly rateHz: number;
  readonly seconds: number;
}

interface Repetition {
  readonly key: StimulusKey;
  readonly trial: string;
  /** In samples of the recording. */
  readonly onset: number;
  readonly wavFile: string;
  readonly index: number;
  readonly of: number;
}

function repetitions(fields: Fields): { onsets: readonly number[]; wavFiles: readonly string[] } {
  const onsets = listField(fields, "n_ech");
  const wavFiles = textsField(fields, "wav_files");
  if (onsets.length !== wavFiles.length || onsets.length === 0) {
    throw new ToolkitError(
      "bad-format",
      `${fields.where}: n_ech has ${onsets.length} onsets, wav_files ${wavFiles.length} files; one file an onset is needed`,
    );
  }
  const wrong = onsets.find((onset) => !Number.isInteger(onset) || (onset as number) < 0);
  if (wrong === undefined) return { onsets: onsets as number[], wavFiles };
  throw new ToolkitError(
    "bad-format",
    `${fields.where}: n_ech has ${JSON.stringify(wrong)}; onsets are whole numbers of samples`,
  );
}

async function planRepetition(planning: Planning, recording: Recording, repetition: Repetition): Promise<RawTrial> {
  const { files, folder, sources } = planning;
  const { key, trial, onset, wavFile, index, of } = repetition;
  const stored = sources?.get(key.material);
  const stimulus = await folder.header(wavFile);
  let { samples } = stimulus;
  let sourceStart = 0;
  if (stored !== undefined) {
    const part = Math.floor(stored.samples / of);
    const difference = Math.abs(samples / stimulus.rateHz - part / stored.rateHz);
    if (stored.rateHz !== stimulus.rateHz || !(difference <= lengthToleranceSeconds)) {
      throw new ToolkitError(
        "bad-shape",
        `${stimulus.path}: ${samples} samples at ${stimulus.rateHz} Hz; a repetition of its sources has ${part} at ${stored.rateHz} Hz, and they must agree within ${lengthToleranceSeconds} s`,
      );
    }
    samples = Math.min(samples, part);
    sourceStart = index * part;
  }
  const onsetSeconds = onset / recording.rateHz;
  const durationSeconds = samples / stimulus.rateHz;
  if (onsetSeconds + durationSeconds > recording.seconds + lengthToleranceSeconds) {
    throw new ToolkitError(
      "bad-shape",
      `${files.sequences}: ${recording.id}: ${trial} lasts until ${(onsetSeconds + durationSeconds).toFixed(3)} s, the recording ${recording.seconds.toFixed(3)} s`,
    );
  }
  return {
    trial: {
      subject: recording.id,
      trial,
      recording: recording.id,
      onsetSeconds,
      durationSeconds,
      mixture: key.mixture,
      song: key.piece,
      target: key.target,
      sources: stored?.instruments ?? key.instruments,
      inputs: [files.data, files.metadata, files.sequences, stimulus.path, ...(stored?.inputs ?? [])],
    },
    stimulus,
    samples,
    ...(stored !== undefined && { sources: stored }),
    sourceStart,
  };
}
