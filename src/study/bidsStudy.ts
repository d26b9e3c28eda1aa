import { join, relative } from "node:path";
import { ToolkitError } from "../core/error.ts";
import { nearestName } from "../core/nearestName.ts";
import { listFolder, pathKind, readText } from "../formats/file.ts";
import type { ChannelType } from "../formats/recording.ts";
import { notAvailable, type TsvRow } from "../formats/tsv.ts";
import { openEegFile } from "./bidsEeg.ts";
import { fileName, type MixtureFiles, readStimuli } from "./bidsStimuli.ts";
import { numberCell, textCell } from "./bidsTable.ts";
import type { Study, StudyChannel, StudyProblem, StudySubject, StudyTrial } from "./study.ts";
import {
  checkLabel,
  type OpenStudyOptions,
  openStudyDefaults,
  optionalText,
  readIgnoreFile,
  readStudyTable,
  visible,
} from "./studyPaths.ts";
import { readTrialSound } from "./trialSound.ts";

const recordingEndings = [".edf", ".bdf", ".vhdr", ".set"];

/**
 * Opens a study of selective listening in a BIDS-EEG folder (Pernet et al., "EEG-BIDS", Scientific Data 2019). It needs
 *
 * - `dataset_description.json` with `Name`,
 * - recordings, `sub-<id>/eeg/*_eeg.edf` (or .bdf, .vhdr, .set; also below `ses-<id>`), each with an events table of the same
 *   name, `*_events.tsv`, whose columns `onset`, `duration`, `stim_file` and `target` say which file of `stimuli/`
 *   was heard when, and which source of it was attended; rows without `stim_file` (n/a) are other events; a column `trial`
 *   names trials, which are numbered otherwise,
 * - `stimuli/stimuli.tsv`, one row a source of a mixture, with `mixture`, `stim_file`, `source`, `stem_file` and perhaps `song`;
 *   files are relative to `stimuli/` and may not leave the study, see `resolveInside`.
 *
 * A `*_channels.tsv` of the same name (columns `name`, `type`, perhaps `status`) says which channels are EEG, EOG or bad.
 * Everything else is left alone. Where the events table has a column `mixture` it must name the mixture of `stim_file`.
 * Recordings without an events table (such as rest) are passed over. Whether trials lie inside the recording is for
 * whoever opens it.
 *
 * Names have their letters composed (NFC).
 *
 * @param folder the study
 * @param options see `openStudyDefaults`
 * @returns a study whose `problems` name the subjects and trials that cannot be used, and whose `notes` name files and subjects
 *   that look misspelt
 * @throws ToolkitError `not-found` or `bad-format`, naming file and row, for what concerns the whole study, or if no subject is
 *   left: the reason of the first
 */
export async function openBidsStudy(folder: string, options: OpenStudyOptions = {}): Promise<Study> {
  const { roots } = { ...openStudyDefaults, ...options };
  const description = await readDescription(folder);
  const names = (await listFolder(folder)).filter((name) => /^sub-[^.]+$/.test(name));
  const folders: string[] = [];
  for (const name of names) if ((await pathKind(join(folder, name))) === "folder") folders.push(name);
  if (folders.length === 0) {
    throw new ToolkitError("not-found", `${folder}: has no folder sub-<id>; name the root of a BIDS-EEG study`);
  }
  const mixtures = await readStimuli(folder, roots);
  const files = new Map<string, MixtureFiles>();
  const recordings = new Map<string, RecordingFiles>();
  const subjects: StudySubject[] = [];
  const problems: StudyProblem[] = [];
  let first: ToolkitError | undefined;
  for (const name of folders) {
    const subject = visible(name.slice("sub-".length).normalize("NFC"));
    try {
      checkLabel(folder, "subject", name.slice("sub-".length));
      if (subjects.some(({ id }) => id === subject)) {
        throw new ToolkitError(
          "bad-format",
          `${join(folder, name)}: subject "${subject}" is there twice; names must differ`,
        );
      }
      const trials = await readSubject({ root: folder, name, mixtures, files, recordings, problems });
      subjects.push({ id: subject, trials });
    } catch (error) {
      if (!(error instanceof ToolkitError)) throw error;
      first ??= error;
      // its trials are named one by one, or the subject as a whole
      if (!problems.some((problem) => problem.subject === subject)) {
        problems.push({ subject, code: error.code, message: error.message });
      }
    }
  }
  if (subjects.length === 0) throw first!;
  return {
    folder,
    ...description,
    subjects,
    problems,
    notes: await spellingNotes(folder, folders, recordings),
    openEeg: (trial) => {
      const { recording, channels } = recordings.get(trial.recording)!;
      return openEegFile(recording, channels);
    },
    readSound: (trial) => {
      const { file, stems } = files.get(fileKey(trial))!;
      return readTrialSound({ mixture: file, stems }, trial);
    },
  };
}

/** Audio belongs to the stimulus, not to the trial: relabelled copies of a trial find theirs. */
function fileKey({ subject, trial }: StudyTrial): string {
  return `${subject}\n${trial}`;
}

async function readDescription(
  folder: string,
): Promise<{ title: string; synthetic?: string; licence?: string; citations?: string[]; source?: string }> {
  if ((await pathKind(folder)) !== "folder") throw new ToolkitError("not-found", `${folder}: no such folder`);
  const path = join(folder, "dataset_description.json");
  if ((await pathKind(path)) !== "file") {
    throw new ToolkitError(
      "not-found",
      `${folder}: has no dataset_description.json; name the root of a BIDS-EEG study`,
    );
  }
  let description: unknown;
  try {
    description = JSON.parse(await readText(path));
  } catch (cause) {
    throw new ToolkitError("bad-format", `${path}: is not JSON (${(cause as Error).message})`, { cause });
  }
  const fields = (description ?? {}) as Record<string, unknown>;
  const {
    Name: title,
    Synthetic: synthetic,
    License: licence,
    HowToAcknowledge: citation,
    DatasetDOI: source,
  } = fields;
  if (typeof title !== "string" || title.trim() === "") {
    throw new ToolkitError("bad-format", `${path}: has no Name; BIDS asks for the study's title there`);
  }
  const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";
  return {
    title,
    ...(isText(synthetic) && { synthetic }),
    ...(isText(licence) && { licence }),
    ...(isText(citation) && { citations: [citation] }),
    ...(isText(source) && { source }),
  };
}

/** What is known of a study while it is read. */
interface Reading {
  readonly root: string;
  /** Folder of the subject, `sub-<id>`. */
  readonly name: string;
  readonly mixtures: ReadonlyMap<string, MixtureFiles>;
  /** Audio by trial; filled. */
  readonly files: Map<string, MixtureFiles>;
  /** Recordings by `StudyTrial.recording`; filled. */
  readonly recordings: Map<string, RecordingFiles>;
  /** Trials that cannot be used; filled. */
  readonly problems: StudyProblem[];
}

async function readSubject({ root, name, problems, ...known }: Reading): Promise<StudyTrial[]> {
  const subject = name.slice("sub-".length).normalize("NFC");
  const trials: StudyTrial[] = [];
  let [count, first] = [0, undefined as ToolkitError | undefined];
  for (const recording of await findRecordings(join(root, name))) {
    const key = relative(root, recording.recording).replaceAll("\\", "/");
    known.recordings.set(key, recording);
    for (const { row, where } of await readEvents(recording.events)) {
      const trial = optionalText(row, "trial") ?? String(++count).padStart(2, "0");
      try {
        checkLabel(where, "trial", trial);
        if (trials.some((other) => other.trial === trial)) {
          throw new ToolkitError("bad-format", `${where}: trial "${trial}" is there twice; names must differ`);
        }
        const mixture = mixtureOf(row, where, known.mixtures);
        const made: StudyTrial = {
          subject,
          trial,
          ...(recording.session !== undefined && { session: recording.session }),
          recording: key,
          onsetSeconds: numberCell(where, row, "onset", { from: 0 }),
          durationSeconds: numberCell(where, row, "duration", { above: 0 }),
          mixture: mixture.name,
          ...(mixture.song !== undefined && { song: mixture.song }),
          target: targetOf(row, where, mixture),
          sources: mixture.stems.map((stem) => stem.name),
          inputs: [recording.recording, mixture.file, ...mixture.stems.map(({ file }) => file)],
        };
        trials.push(made);
        known.files.set(fileKey(made), mixture);
      } catch (error) {
        if (!(error instanceof ToolkitError)) throw error;
        first ??= error;
        problems.push({ subject, trial: visible(trial), code: error.code, message: error.message });
      }
    }
  }
  if (trials.length === 0) throw first!;
  return trials;
}

/** The rows of an events table that are trials. */
async function readEvents(events: string): Promise<{ row: TsvRow; where: string }[]> {
  const rows = await readStudyTable(events, ["onset", "duration", "stim_file", "target"]);
  const found = rows
    .map((row, index) => ({ row, where: `${events}: row ${index + 2}` }))
    .filter(({ row }) => !["", notAvailable].includes(row.stim_file!.trim()));
  if (found.length > 0) return found;
  throw new ToolkitError("bad-format", `${events}: none of the ${rows.length} rows has a stim_file; there is no trial`);
}

function mixtureOf(row: TsvRow, where: string, mixtures: ReadonlyMap<string, MixtureFiles>): MixtureFiles {
  const stimFile = row.stim_file!.trim();
  const mixture = mixtures.get(fileName(stimFile));
  if (mixture === undefined) {
    throw new ToolkitError(
      "not-found",
      `${where}: stim_file "${stimFile}" is not in stimuli/stimuli.tsv, which has ${[...mixtures.keys()].join(", ")}`,
    );
  }
  const named = optionalText(row, "mixture");
  if (named === undefined || named === mixture.name) {
    if (mixture.problem === undefined) return mixture;
    throw mixture.problem;
  }
  throw new ToolkitError(
    "bad-format",
    `${where}: mixture is "${named}", but stim_file "${stimFile}" belongs to "${mixture.name}"`,
  );
}

function targetOf(row: TsvRow, where: string, { name, stems }: MixtureFiles): string {
  const target = textCell(where, row, "target").normalize("NFC");
  if (stems.some((stem) => stem.name === target)) return target;
  throw new ToolkitError(
    "bad-format",
    `${where}: target "${target}" is no source of "${name}", which has ${stems.map((stem) => stem.name).join(", ")}`,
  );
}

/** BIDS' words for types of channels that have another name here. */
const channelTypes: Readonly<Record<string, ChannelType>> = {
  EEG: "eeg",
  EOG: "eog",
  HEOG: "eog",
  VEOG: "eog",
  ECG: "ecg",
  EMG: "emg",
  TRIG: "trigger",
  REF: "reference",
};

/**
 * Reads a table of channels: columns `name`, `type` in BIDS' words, and perhaps `status` (`bad`).
 *
 * @throws ToolkitError as `readStudyTable`; `bad-format` if no channel is of type EEG and not bad
 */
export async function readChannels(table: string): Promise<StudyChannel[]> {
  const rows = await readStudyTable(table, ["name", "type"]);
  const channels = rows.map((row): StudyChannel => {
    const name = row.name!.trim();
    const type = channelTypes[row.type!.trim().toUpperCase()] ?? "misc";
    return row.status?.trim() === "bad" ? { name, type, bad: true } : { name, type };
  });
  if (channels.some(({ type, bad }) => type === "eeg" && !bad)) return channels;
  throw new ToolkitError("bad-format", `${table}: none of the ${rows.length} channels is of type EEG and not bad`);
}

interface RecordingFiles {
  readonly recording: string;
  readonly events: string;
  readonly session?: string;
  /** As the channels table declares them. */
  readonly channels?: readonly StudyChannel[];
}

/** The recordings of a subject that have an events table, sessions and files in the order of their names. */
async function findRecordings(subjectFolder: string): Promise<RecordingFiles[]> {
  const names = await listFolder(subjectFolder);
  const sessions = names.filter((name) => name.startsWith("ses-"));
  const recordings: string[] = [];
  const found: RecordingFiles[] = [];
  for (const session of [undefined, ...sessions]) {
    const folder = session === undefined ? join(subjectFolder, "eeg") : join(subjectFolder, session, "eeg");
    if ((await pathKind(folder)) !== "folder") continue;
    const files = await listFolder(folder);
    for (const file of files) {
      const ending = recordingEndings.find((end) => file.toLowerCase().endsWith(`_eeg${end}`));
      if (ending === undefined) continue;
      const recording = join(folder, file);
      recordings.push(recording);
      const stem = file.slice(0, -`_eeg${ending}`.length);
      if (!files.includes(`${stem}_events.tsv`)) continue;
      found.push({
        recording,
        events: join(folder, `${stem}_events.tsv`),
        ...(session !== undefined && { session: session.slice("ses-".length) }),
        ...(files.includes(`${stem}_channels.tsv`) && {
          channels: await readChannels(join(folder, `${stem}_channels.tsv`)),
        }),
      });
    }
  }
  if (found.length > 0) return found;
  throw new ToolkitError(
    "not-found",
    recordings.length === 0
      ? `${subjectFolder}: has no recording; a file eeg/*_eeg.edf, .bdf, .vhdr or .set is needed`
      : `${recordings[0]}: has no events table; *_events.tsv of the same name must say what was heard when`,
  );
}

/** What looks misspelt or forgotten: names of files, the list of participants, what is to be ignored. None of it stops anything. */
async function spellingNotes(
  root: string,
  subjects: readonly string[],
  recordings: ReadonlyMap<string, RecordingFiles>,
): Promise<string[]> {
  const notes: string[] = [];
  const ignore = await noted(notes, join(root, ".bidsignore"), readIgnoreFile);
  const ignored = (path: string) => ignore?.(path) ?? false;
  for (const key of recordings.keys()) {
    if (ignored(key)) notes.push(`${key}: is listed in .bidsignore, and used all the same`);
  }
  for (const subject of subjects) {
    const sessions = (await listFolder(join(root, subject))).filter((name) => name.startsWith("ses-"));
    for (const inside of [`${subject}/eeg`, ...sessions.map((session) => `${subject}/${session}/eeg`)]) {
      if ((await pathKind(join(root, inside))) !== "folder") continue;
      for (const file of await listFolder(join(root, inside))) {
        if (!ignored(`${inside}/${file}`))
          notes.push(...misspelt(file).map((what) => `${inside}/${visible(file)}: ${what}`));
      }
    }
  }
  const listed = await noted(notes, join(root, "participants.tsv"), readParticipants);
  const absent = subjects.filter((name) => !listed?.includes(name.normalize("NFC")));
  for (const name of listed ?? []) {
    if (subjects.some((subject) => subject.normalize("NFC") === name)) continue;
    const like = nearestName(name, absent);
    notes.push(
      `participants.tsv: ${visible(name)} has no folder${like === undefined ? "" : `; did you mean ${like}?`}`,
    );
  }
  if (listed !== undefined) notes.push(...absent.map((name) => `participants.tsv: does not list ${visible(name)}`));
  return notes;
}

/** Reads a file that need not be there; what is wrong with it becomes a note. */
async function noted<T>(notes: string[], path: string, read: (path: string) => Promise<T>): Promise<T | undefined> {
  if ((await pathKind(path)) === undefined) return undefined;
  try {
    return await read(path);
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    notes.push(error.message);
    return undefined;
  }
}

async function readParticipants(table: string): Promise<string[]> {
  const rows = await readStudyTable(table, ["participant_id"]);
  return rows.map((row) => `sub-${(optionalText(row, "participant_id") ?? notAvailable).replace(/^sub-/, "")}`);
}

/** Entities and suffixes that names of files beside EEG have. */
const entities = ["sub", "ses", "task", "acq", "run", "split", "space", "desc", "recording", "proc", "rec", "chunk"];
const suffixes = ["eeg", "events", "channels", "electrodes", "coordsystem", "physio", "stim", "photo"];

/** What is misspelt in the name of a file, which is entities (`task-listen`), a suffix and an ending. */
function misspelt(file: string): string[] {
  const parts = visible(file.split(".")[0]!).split("_");
  const suffix = parts.pop()!;
  const like = suffixes.includes(suffix) || parts.length === 0 ? undefined : nearestName(suffix, suffixes);
  return [
    ...parts
      .map((part) => part.split("-")[0]!)
      .filter((entity) => !entities.includes(entity))
      .map((entity) => {
        const known = nearestName(entity, entities);
        return `"${entity}" is no entity of BIDS; ${known === undefined ? `there are ${entities.join(", ")}` : `did you mean ${known}?`}`;
      }),
    ...(like === undefined ? [] : [`the suffix "${suffix}" is unknown; did you mean ${like}?`]),
  ];
}
