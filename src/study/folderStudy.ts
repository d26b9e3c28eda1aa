import { basename, join, relative, resolve } from "node:path";
import { type ErrorCode, ToolkitError } from "../core/error.ts";
import { nearestName } from "../core/nearestName.ts";
import { pathKind, readText } from "../formats/file.ts";
import { notAvailable, type TsvRow } from "../formats/tsv.ts";
import { openEegFile } from "./bidsEeg.ts";
import { type MixtureFiles, readMixtures } from "./bidsStimuli.ts";
import { readChannels } from "./bidsStudy.ts";
import { numberCell, textCell } from "./bidsTable.ts";
import type { Study, StudyOrigin, StudyProblem, StudyTrial } from "./study.ts";
import {
  checkLabel,
  checkTableSize,
  existingFile,
  type OpenStudyOptions,
  openStudyDefaults,
  optionalText,
  readStudyTable,
  visible,
} from "./studyPaths.ts";
import { readTrialSound } from "./trialSound.ts";

const trialColumns = ["subject", "recording", "onset", "duration", "mixture", "target"];
const optionalColumns = ["trial", "session", "song"];

/**
 * Opens a study of selective listening in a folder of any shape with two tables (docs/datasets/folder.md):
 *
 * - `trials.tsv`, a row a trial: `subject`, `recording`, `onset`, `duration` (seconds), `mixture`, `target`; perhaps `trial`,
 *   `session`, `song`,
 * - `sources.tsv`, a row a source of a mixture: `mixture`, `mixture_file`, `source`, `file`,
 * - perhaps `channels.tsv` (`name`, `type`, perhaps `status`), which then holds for all recordings,
 * - perhaps `study.json`: `title`, `synthetic`, `licence`, `citations` (a list), `source`, all text.
 *
 * Files are relative to the folder. Recordings are in any format that `openRecordingFile` reads. Names have their letters composed
 * (NFC); `sub-` in front of a subject is no part of its name. Trials without a name are numbered in each subject. Whether they lie
 * inside the recording is for whoever opens it.
 *
 * @param folder the study; nothing is written to it
 * @param options see `openStudyDefaults`
 * @returns a study whose `problems` name the trials that cannot be used, with file and row
 * @throws ToolkitError `not-found` or `bad-format`, naming file and row, for what concerns the whole study, or if no trial is
 *   left: the reason of the first
 */
export async function openFolderStudy(folder: string, options: OpenStudyOptions = {}): Promise<Study> {
  const { roots } = { ...openStudyDefaults, ...options };
  const table = await findTrials(folder);
  const { description, notes } = await readDescription(folder);
  const rows = await readStudyTable(table, trialColumns);
  const sources = { root: folder, from: folder, roots, mixtureColumn: "mixture_file", stemColumn: "file" };
  const mixtures = await readMixtures(join(folder, "sources.tsv"), sources);
  const channelsTable = join(folder, "channels.tsv");
  const channels = (await pathKind(channelsTable)) === undefined ? undefined : await readChannels(channelsTable);

  const reading = new TrialReading({ folder, table, roots, mixtures, songs: songsOf(rows) });
  for (const [index, row] of rows.entries()) await reading.take(row, index + 2);
  const { trials, problems, recordings } = reading;
  if (trials.length === 0) throw new ToolkitError(problems[0]!.code as ErrorCode, problems[0]!.message);
  const ids = [...new Set(trials.map(({ subject }) => subject))].sort();
  return {
    folder,
    ...description,
    subjects: ids.map((id) => ({ id, trials: trials.filter(({ subject }) => subject === id) })),
    problems,
    notes: [...notes, ...columnNotes(table, rows[0]!), ...sharedRecordings(trials)],
    openEeg: async (trial) => openEegFile(known(recordings, trial.recording, folder), channels),
    readSound: async (trial) => {
      const { file, stems } = known(reading.sounds, trialKey(trial), folder);
      return readTrialSound({ mixture: file, stems }, trial);
    },
  };
}

async function findTrials(folder: string): Promise<string> {
  if ((await pathKind(folder)) !== "folder") throw new ToolkitError("not-found", `${folder}: no such folder`);
  const table = join(folder, "trials.tsv");
  if ((await pathKind(table)) === "file") return table;
  throw new ToolkitError("not-found", `${folder}: has no trials.tsv; a table with a row a trial is needed there`);
}

/** Audio belongs to the stimulus, not to the trial: relabelled copies of a trial find theirs. */
function trialKey({ subject, trial }: Pick<StudyTrial, "subject" | "trial">): string {
  return `${subject}\n${trial}`;
}

function known<T>(map: ReadonlyMap<string, T>, key: string, folder: string): T {
  const value = map.get(key);
  if (value !== undefined) return value;
  throw new ToolkitError(
    "not-found",
    `${folder}: "${visible(key)}" is not of this study; take a trial of its subjects`,
  );
}

/** What is known of a study while its trials are read. */
interface Known {
  readonly folder: string;
  /** The table of trials. */
  readonly table: string;
  readonly roots: readonly string[];
  readonly mixtures: ReadonlyMap<string, MixtureFiles>;
  /** Song and row that named it, by mixture. */
  readonly songs: ReadonlyMap<string, { readonly song: string; readonly row: number }>;
}

/** Turns rows into trials and problems. */
class TrialReading {
  readonly trials: StudyTrial[] = [];
  readonly problems: StudyProblem[] = [];
  /** Path of a recording by `StudyTrial.recording`. */
  readonly recordings = new Map<string, string>();
  /** Audio by trial. */
  readonly sounds = new Map<string, MixtureFiles>();
  readonly #known: Known;
  /** Row that a name or moment of a subject was first in. */
  readonly #rows = new Map<string, number>();
  /** Number of unnamed trials by subject. */
  readonly #counts = new Map<string, number>();

  constructor(known: Known) {
    this.#known = known;
  }

  async take(row: TsvRow, line: number): Promise<void> {
    const where = `${this.#known.table}: row ${line}`;
    // what the problem is called by if the names themselves are the problem
    let subject = visible(row.subject!.trim()) || notAvailable;
    let trial: string | undefined = visible(optionalText(row, "trial") ?? "");
    try {
      subject = subjectOf(where, row);
      trial = this.#trialName(where, row, subject);
      const made = await this.#read(row, { where, line, subject, trial });
      this.trials.push(made);
      this.sounds.set(trialKey(made), this.#known.mixtures.get(made.mixture)!);
    } catch (error) {
      if (!(error instanceof ToolkitError)) throw error;
      const { code, message } = error;
      this.problems.push({ subject, trial: trial || `row ${line}`, code, message });
    }
  }

  #trialName(where: string, row: TsvRow, subject: string): string {
    const named = optionalText(row, "trial");
    if (named !== undefined) return checkLabel(where, "trial", named);
    const count = (this.#counts.get(subject) ?? 0) + 1;
    this.#counts.set(subject, count);
    return String(count).padStart(2, "0");
  }

  async #read(
    row: TsvRow,
    { where, line, subject, trial }: { where: string; line: number; subject: string; trial: string },
  ): Promise<StudyTrial> {
    const { folder, roots } = this.#known;
    this.#first(`${trialKey({ subject, trial })}`, line, `${where}: trial "${trial}" of ${subject}`);
    const mixture = this.#mixture(where, row);
    const named = textCell(where, row, "recording");
    const recording = await existingFile(folder, named, roots, { where: `${where}: recording` });
    const key = relative(folder, recording).replaceAll("\\", "/");
    const onsetSeconds = numberCell(where, row, "onset", { from: 0 });
    const durationSeconds = numberCell(where, row, "duration", { above: 0 });
    const target = targetOf(where, row, mixture);
    const session = optionalText(row, "session");
    const song = this.#song(where, row, mixture);
    this.#first(`${subject}\n${key}\n${onsetSeconds}`, line, `${where}: second ${onsetSeconds} of ${key}`);
    this.recordings.set(key, recording);
    return {
      subject,
      trial,
      ...(session !== undefined && { session }),
      recording: key,
      onsetSeconds,
      durationSeconds,
      mixture: mixture.name,
      ...(song !== undefined && { song }),
      target,
      sources: mixture.stems.map(({ name }) => name),
      inputs: [recording, mixture.file, ...mixture.stems.map(({ file }) => file)],
    };
  }

  #first(key: string, line: number, what: string): void {
    const row = this.#rows.get(key);
    if (row !== undefined) throw new ToolkitError("bad-format", `${what} is there twice, first in row ${row}`);
    this.#rows.set(key, line);
  }

  #mixture(where: string, row: TsvRow): MixtureFiles {
    const { mixtures } = this.#known;
    const name = textCell(where, row, "mixture").normalize("NFC");
    const mixture = mixtures.get(name);
    if (mixture?.problem !== undefined) throw mixture.problem;
    if (mixture !== undefined) return mixture;
    const like = nearestName(name, [...mixtures.keys()]);
    throw new ToolkitError(
      "not-found",
      `${where}: mixture "${name}" is not in sources.tsv; ${like === undefined ? "list its sources there" : `did you mean ${like}?`}`,
    );
  }

  #song(where: string, row: TsvRow, mixture: MixtureFiles): string | undefined {
    const said = this.#known.songs.get(mixture.name);
    const own = optionalText(row, "song");
    if (own === undefined || own === said?.song) return said?.song ?? mixture.song;
    throw new ToolkitError(
      "bad-format",
      `${where}: song is "${own}", in row ${said!.row} it is "${said!.song}"; a mixture is of one song`,
    );
  }
}

function subjectOf(where: string, row: TsvRow): string {
  const id = checkLabel(where, "subject", textCell(where, row, "subject")).replace(/^sub-/, "");
  if (id !== "") return id;
  throw new ToolkitError("bad-format", `${where}: subject is "sub-"; a name is needed`);
}

function targetOf(where: string, row: TsvRow, { name, stems }: MixtureFiles): string {
  const target = textCell(where, row, "target").normalize("NFC");
  if (stems.some((stem) => stem.name === target)) return target;
  throw new ToolkitError(
    "bad-format",
    `${where}: target "${target}" is no source of "${name}", which has ${stems.map((stem) => stem.name).join(", ")}`,
  );
}

/** The first row that names the song of a mixture speaks for those that do not. */
function songsOf(rows: readonly TsvRow[]): Map<string, { song: string; row: number }> {
  const songs = new Map<string, { song: string; row: number }>();
  for (const [index, row] of rows.entries()) {
    const [mixture, song] = [optionalText(row, "mixture"), optionalText(row, "song")];
    if (mixture !== undefined && song !== undefined && !songs.has(mixture))
      songs.set(mixture, { song, row: index + 2 });
  }
  return songs;
}

/** Columns that look like an optional one that is missing. */
function columnNotes(table: string, row: TsvRow): string[] {
  const present = Object.keys(row);
  const absent = optionalColumns.filter((column) => !present.includes(column));
  return present
    .filter((column) => ![...trialColumns, ...optionalColumns].includes(column))
    .flatMap((column) => {
      const like = nearestName(column, absent);
      return like === undefined ? [] : [`${table}: column ${visible(column)} is not used; did you mean ${like}?`];
    });
}

function sharedRecordings(trials: readonly StudyTrial[]): string[] {
  const subjects = new Map<string, Set<string>>();
  for (const { recording, subject } of trials) {
    subjects.set(recording, (subjects.get(recording) ?? new Set()).add(subject));
  }
  return [...subjects]
    .filter(([, ids]) => ids.size > 1)
    .map(([recording, ids]) => `${recording}: is the recording of several subjects: ${[...ids].join(", ")}`);
}

const describedTexts = ["title", "synthetic", "licence", "source"] as const;

async function readDescription(
  folder: string,
): Promise<{ description: StudyOrigin & { title: string; synthetic?: string }; notes: string[] }> {
  const untitled = { title: basename(resolve(folder)) };
  const path = join(folder, "study.json");
  if ((await pathKind(path)) === undefined) return { description: untitled, notes: [] };
  await checkTableSize(path);
  let content: unknown;
  try {
    content = JSON.parse((await readText(path)).replace(/^\ufeff/, ""));
  } catch (cause) {
    throw new ToolkitError("bad-format", `${path}: is not JSON (${(cause as Error).message})`, { cause });
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new ToolkitError("bad-format", `${path}: is no object; write { "title": ... }`);
  }
  const keys = [...describedTexts, "citations"];
  const texts: Record<string, string> = {};
  let citations: readonly string[] | undefined;
  const notes: string[] = [];
  for (const [key, value] of Object.entries(content)) {
    if (key === "citations" && Array.isArray(value) && value.every(isText)) citations = value;
    else if (describedTexts.some((known) => known === key) && isText(value)) texts[key] = value;
    else if (keys.includes(key)) {
      const needed = key === "citations" ? "a list of texts" : "a text that is not empty";
      throw new ToolkitError("bad-format", `${path}: ${key} is ${visible(JSON.stringify(value))}; ${needed} is needed`);
    } else {
      const like = nearestName(key, keys);
      notes.push(
        `${path}: ${visible(key)} is not used; ${like === undefined ? `there are ${keys.join(", ")}` : `did you mean ${like}?`}`,
      );
    }
  }
  return { description: { ...untitled, ...texts, ...(citations !== undefined && { citations }) }, notes };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}
