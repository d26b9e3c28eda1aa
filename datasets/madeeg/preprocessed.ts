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
import { type Fields, fieldsOf, mapField, numberField, numbersField, textField, textsField } from "./fields.ts";
import type { EegRows } from "./hdf5Eeg.ts";
import type { StoredSources } from "./sources.ts";
import { parseStimulusKey, type StimulusKey } from "./stimulusKey.ts";

/** Paths of the two files of the preprocessed release. */
export interface PreprocessedFiles {
  readonly data: string;
  readonly metadata: string;
}

/** A trial of the preprocessed release and where its parts are. */
export interface PreprocessedTrial {
  readonly trial: StudyTrial;
  readonly key: StimulusKey;
  readonly eeg: EegRows;
  readonly sources: StoredSources;
}

/** The preprocessed release, planned. */
export interface PreprocessedPlan {
  readonly subjects: readonly StudySubject[];
  readonly problems: readonly StudyProblem[];
  /** By `trialKey`. */
  readonly trials: ReadonlyMap<string, PreprocessedTrial>;
}

/**
 * Plans the preprocessed release: reads the metadata and the shapes of all arrays, no samples. Names of stimuli are audited
 * against the metadata, arrays against each other and the metadata.
 *
 * @throws ToolkitError for files that cannot be read; what concerns a subject or trial becomes a problem
 */
export async function planPreprocessed(files: PreprocessedFiles): Promise<PreprocessedPlan> {
  const metadata = fieldsOf(files.metadata, await parseYaml(await readText(files.metadata), files.metadata));
  const file = await openHdf5File(files.data);
  try {
    const list = new ProblemList();
    const trials = new Map<string, PreprocessedTrial>();
    const subjects: StudySubject[] = [];
    for (const id of allKeys(file.keys(), Object.keys(metadata.entries)).sort()) {
      const own = await list.attempt(id, undefined, () => planSubject({ files, file, list }, id, metadata));
      if (own === undefined) continue;
      for (const planned of own) trials.set(trialKey(planned.trial), planned);
      subjects.push({ id, trials: own.map(({ trial }) => trial) });
    }
    return { subjects, problems: list.problems, trials };
  } finally {
    await file.close();
  }
}

interface Planning {
  readonly files: PreprocessedFiles;
  readonly file: Hdf5File;
  readonly list: ProblemList;
}

async function planSubject(planning: Planning, id: string, metadata: Fields): Promise<PreprocessedTrial[]> {
  const { file, files, list } = planning;
  if (!Object.hasOwn(metadata.entries, id)) {
    throw new ToolkitError("not-found", `${files.metadata}: has no subject ${id}, which ${files.data} has`);
  }
  if (file.kind(id) !== "group") {
    throw new ToolkitError("not-found", `${files.data}: has no group ${id}, a subject of ${files.metadata}`);
  }
  const subject = mapField(metadata, id);
  const stored = file.keys(id);
  const trials: PreprocessedTrial[] = [];
  const names = allKeys(Object.keys(subject.entries), stored);
  for (const name of names) {
    const planned = await list.attempt(id, name, () => {
      if (!Object.hasOwn(subject.entries, name)) {
        throw new ToolkitError("not-found", `${subject.where}: has no stimulus "${name}", which ${files.data} has`);
      }
      if (!stored.includes(name)) {
        throw new ToolkitError("not-found", `${files.data}: /${id} has no "${name}", a stimulus of ${files.metadata}`);
      }
      return planTrial(planning, { id, name, fields: mapField(subject, name) });
    });
    if (planned !== undefined) trials.push(planned);
  }
  if (trials.length > 0) return trials;
  throw new ToolkitError("not-found", `${files.data}: none of the ${names.length} trials of subject ${id} can be used`);
}

function planTrial(
  { file, files }: Planning,
  { id, name, fields }: { id: string; name: string; fields: Fields },
): PreprocessedTrial {
  const key = parseStimulusKey(name);
  const instruments = textsField(fields, "instruments");
  auditKey(key, fields, instruments);
  const eegInfo = mapField(fields, "eeg_info");
  const wavInfo = mapField(fields, "wav_info");
  const eegRateHz = rateField(eegInfo);
  const audioRateHz = rateField(wavInfo);
  const channelNames = textsField(eegInfo, "ch_names");
  const gains = numbersField(wavInfo, "gains", instruments.length);
  const panning = numbersField(wavInfo, "panning", instruments.length);
  if (!gains.every((gain) => gain > 0) || !panning.every((share) => share >= 0 && share <= 1)) {
    throw new ToolkitError(
      "bad-value",
      `${wavInfo.where}: gains are ${gains.join(", ")}, panning ${panning.join(", ")}; gains must be above 0, panning from 0 to 1`,
    );
  }
  const group = `${id}/${name}`;
  const [rows, eegSamples] = shapeOf(file, `${group}/response`);
  const [soli, samples] = shapeOf(file, `${group}/soli`);
  const [channels, mixtureSamples] = shapeOf(file, `${group}/stimulus`);
  const refuse = (why: string) => new ToolkitError("bad-shape", `${files.data}: /${group}: ${why}`);
  if (rows !== channelNames.length) {
    throw refuse(`response has ${rows} rows, the metadata ${channelNames.length} channels; they must agree`);
  }
  if (soli < instruments.length) {
    throw refuse(
      `soli has ${soli} rows for ${instruments.length} instruments (${instruments.join(", ")}); one is missing`,
    );
  }
  if (channels !== 2) throw refuse(`stimulus has ${channels} rows; a stereo mixture has 2`);
  if (mixtureSamples !== samples)
    throw refuse(`soli has ${samples} samples, stimulus ${mixtureSamples}; they must agree`);
  const eegSeconds = eegSamples / eegRateHz;
  const audioSeconds = samples / audioRateHz;
  if (!(Math.abs(eegSeconds - audioSeconds) <= lengthToleranceSeconds)) {
    throw refuse(
      `response lasts ${eegSeconds.toFixed(3)} s, soli ${audioSeconds.toFixed(3)} s; they must agree within ${lengthToleranceSeconds} s`,
    );
  }
  const inputs = [files.data, files.metadata];
  const trial: StudyTrial = {
    subject: id,
    trial: name,
    recording: group,
    onsetSeconds: 0,
    durationSeconds: Math.min(eegSeconds, audioSeconds),
    mixture: key.mixture,
    song: key.piece,
    target: key.target,
    sources: instruments,
    inputs,
  };
  return {
    trial,
    key,
    eeg: {
      file: files.data,
      array: `${group}/response`,
      rateHz: eegRateHz,
      channels: channelNames.map((channel, row) => ({ row, channel: { name: channel, type: "eeg" } })),
    },
    sources: { file: files.data, group, rateHz: audioRateHz, samples, rows: soli, instruments, gains, panning, inputs },
  };
}

/** The name of a stimulus and its metadata say the same things twice. */
function auditKey(key: StimulusKey, fields: Fields, instruments: readonly string[]): void {
  if (key.ensemble === "solo") {
    throw new ToolkitError("unsupported", `${fields.where}: is a solo; a mixture of two sources or more is needed`);
  }
  const { genre, piece: song, ensemble, theme, target } = key;
  for (const [name, said] of Object.entries({ genre, song, ensemble, theme, target })) {
    const noted = textField(fields, name);
    if (noted === said) continue;
    throw new ToolkitError(
      "bad-format",
      `${fields.where}: the name says ${name} ${said}, the metadata ${noted}; they must agree`,
    );
  }
  const spatial = textField(fields, "spatial");
  if (spatial.split("_")[0] !== key.render.split("_")[0]) {
    throw new ToolkitError(
      "bad-format",
      `${fields.where}: the name says ${key.render}, the metadata spatial ${spatial}; they must agree`,
    );
  }
  const sorted = (codes: readonly string[]) => [...codes].sort().join(", ");
  if (sorted(instruments) === sorted(key.instruments)) return;
  throw new ToolkitError(
    "bad-format",
    `${fields.where}: the name says instruments ${sorted(key.instruments)}, the metadata ${sorted(instruments)}; they must agree`,
  );
}

function rateField(info: Fields): number {
  const rateHz = numberField(info, "sfreq");
  if (rateHz > 0) return rateHz;
  throw new ToolkitError("bad-value", `${info.where}: sfreq is ${rateHz}; a sampling rate above 0 is needed`);
}

function shapeOf(file: Hdf5File, array: string): readonly [rows: number, columns: number] {
  const { shape, path } = file.dataset(array);
  if (shape.length === 2 && shape[1]! > 0) return [shape[0]!, shape[1]!];
  throw new ToolkitError(
    "bad-shape",
    `${file.name}: ${path}: has shape [${shape.join(", ")}]; [rows, samples] is needed`,
  );
}
