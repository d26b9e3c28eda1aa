import { join } from "node:path";
import { ToolkitError } from "../core/error.ts";
import { listFolder, pathKind, readText } from "../formats/file.ts";
import { notAvailable } from "../formats/tsv.ts";
import { type MixtureFiles, type NamedFile, readStimuli } from "./bidsStimuli.ts";
import { numberCell, readTable, textCell } from "./bidsTable.ts";

/** One presentation of a mixture while its listener attends to one of its sources. */
export interface StudyTrial {
  /** Identifier of the subject, without `sub-`. */
  readonly subject: string;
  /** `01`, `02` .. in the order of the events table. */
  readonly trial: string;
  /** From the recording's first sample. */
  readonly onsetSeconds: number;
  readonly durationSeconds: number;
  /** Name of the mixture. */
  readonly mixture: string;
  /** Path of the mixture's file. */
  readonly mixtureFile: string;
  /** Name of the attended source, one of `stems`. */
  readonly target: string;
  /** The mixture's sources, at least two. */
  readonly stems: readonly NamedFile[];
}

/** One listener: a recording and what was heard in it. */
export interface BidsSubject {
  /** Without `sub-`. */
  readonly id: string;
  /** Path of the recording. */
  readonly recording: string;
  /** Names of its EEG channels: type EEG in channels.tsv and not bad; missing where there is no such table. */
  readonly channels?: readonly string[];
  /** In the order of the events table, at least one. */
  readonly trials: readonly StudyTrial[];
}

/** What a study consists of; no recording or sound has been opened. */
export interface BidsStudy {
  readonly folder: string;
  /** `Name` of dataset_description.json. */
  readonly title: string;
  /** `Synthetic` of dataset_description.json: one sentence, where the data are simulated. */
  readonly synthetic?: string;
  /** By identifier. */
  readonly subjects: readonly BidsSubject[];
}

const recordingEndings = [".edf", ".bdf", ".vhdr", ".set"];

/**
 * Reads the plan of a study of selective listening from a BIDS-EEG folder (Pernet et al., "EEG-BIDS", Scientific Data
 * 2019). It needs
 *
 * - `dataset_description.json` with `Name`,
 * - one recording per subject, `sub-<id>/eeg/*_eeg.edf` (or .bdf, .vhdr, .set; also below `ses-<id>`), with an events table of the same
 *   name, `*_events.tsv`, whose columns `onset`, `duration`, `stim_file` and `target` say which file of `stimuli/`
 *   was heard when, and which source of it was attended; rows without `stim_file` (n/a) are other events,
 * - `stimuli/stimuli.tsv`, one row a source of a mixture, with `mixture`, `stim_file`, `source` and `stem_file`; files are
 *   relative to `stimuli/`.
 *
 * A `*_channels.tsv` of the same name (columns `name`, `type`, perhaps `status`) says which channels are EEG and not bad.
 * Everything else is left alone. Where the events table has a column `mixture` it must name the mixture of `stim_file`.
 * Recordings without an events table (such as rest) are passed over. Whether trials lie inside the recording is for
 * whoever opens it.
 *
 * @param folder the study
 * @throws ToolkitError `not-found` or `bad-format`, naming file and row; `unsupported` if a subject has several recordings
 */
export async function readBidsStudy(folder: string): Promise<BidsStudy> {
  const { title, synthetic } = await readDescription(folder);
  const names = (await listFolder(folder)).filter((name) => /^sub-[^.]+$/.test(name));
  const folders: string[] = [];
  for (const name of names) if ((await pathKind(join(folder, name))) === "folder") folders.push(name);
  if (folders.length === 0) {
    throw new ToolkitError("not-found", `${folder}: has no folder sub-<id>; name the root of a BIDS-EEG study`);
  }
  const mixtures = await readStimuli(folder);
  const subjects: BidsSubject[] = [];
  for (const name of folders) subjects.push(await readSubject(folder, name, mixtures));
  return { folder, title, ...(synthetic === undefined ? {} : { synthetic }), subjects };
}

async function readDescription(folder: string): Promise<{ title: string; synthetic?: string }> {
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
  const { Name: title, Synthetic: synthetic } = (description ?? {}) as { Name?: unknown; Synthetic?: unknown };
  if (typeof title !== "string" || title.trim() === "") {
    throw new ToolkitError("bad-format", `${path}: has no Name; BIDS asks for the study's title there`);
  }
  return typeof synthetic === "string" && synthetic !== "" ? { title, synthetic } : { title };
}

async function readSubject(
  root: string,
  name: string,
  mixtures: ReadonlyMap<string, MixtureFiles>,
): Promise<BidsSubject> {
  const id = name.slice("sub-".length);
  const { recording, events, channels: channelTable } = await findRecording(join(root, name));
  const channels = channelTable && (await readChannels(channelTable));
  const rows = await readTable(events, ["onset", "duration", "stim_file", "target"]);
  const trials: StudyTrial[] = [];
  for (const [index, row] of rows.entries()) {
    const stimFile = row.stim_file!.trim();
    if (stimFile === "" || stimFile === notAvailable) continue;
    const where = `${events}: row ${index + 2}`;
    const onsetSeconds = numberCell(where, row, "onset", { from: 0 });
    const durationSeconds = numberCell(where, row, "duration", { above: 0 });
    const mixture = mixtures.get(stimFile);
    if (mixture === undefined) {
      throw new ToolkitError(
        "not-found",
        `${where}: stim_file "${stimFile}" is not in stimuli/stimuli.tsv, which has ${[...mixtures.keys()].join(", ")}`,
      );
    }
    const named = row.mixture?.trim() || notAvailable;
    if (named !== notAvailable && named !== mixture.name) {
      throw new ToolkitError(
        "bad-format",
        `${where}: mixture is "${named}", but stim_file "${stimFile}" belongs to "${mixture.name}"`,
      );
    }
    const target = textCell(where, row, "target");
    if (!mixture.stems.some((stem) => stem.name === target)) {
      throw new ToolkitError(
        "bad-format",
        `${where}: target "${target}" is no source of "${mixture.name}", which has ${mixture.stems.map((stem) => stem.name).join(", ")}`,
      );
    }
    trials.push({
      subject: id,
      trial: String(trials.length + 1).padStart(2, "0"),
      onsetSeconds,
      durationSeconds,
      mixture: mixture.name,
      mixtureFile: mixture.file,
      target,
      stems: mixture.stems,
    });
  }
  if (trials.length === 0) {
    throw new ToolkitError(
      "bad-format",
      `${events}: none of the ${rows.length} rows has a stim_file; there is no trial`,
    );
  }
  return { id, recording, ...(channels ? { channels } : {}), trials };
}

async function readChannels(table: string): Promise<string[]> {
  const rows = await readTable(table, ["name", "type"]);
  const usable = rows.filter((row) => row.type!.trim().toUpperCase() === "EEG" && row.status?.trim() !== "bad");
  if (usable.length > 0) return usable.map((row) => row.name!.trim());
  throw new ToolkitError("bad-format", `${table}: none of the ${rows.length} channels is of type EEG and not bad`);
}

interface RecordingFiles {
  readonly recording: string;
  readonly events: string;
  readonly channels: string | undefined;
}

/** The one recording of a subject that has an events table. */
async function findRecording(subjectFolder: string): Promise<RecordingFiles> {
  const names = await listFolder(subjectFolder);
  const places = ["eeg", ...names.filter((name) => name.startsWith("ses-")).map((name) => join(name, "eeg"))];
  const recordings: string[] = [];
  const found: RecordingFiles[] = [];
  for (const place of places) {
    const folder = join(subjectFolder, place);
    if ((await pathKind(folder)) !== "folder") continue;
    const files = await listFolder(folder);
    for (const file of files) {
      const ending = recordingEndings.find((end) => file.toLowerCase().endsWith(`_eeg${end}`));
      if (ending === undefined) continue;
      recordings.push(join(folder, file));
      const stem = file.slice(0, -`_eeg${ending}`.length);
      const beside = (name: string) => (files.includes(name) ? join(folder, name) : undefined);
      const events = beside(`${stem}_events.tsv`);
      const channels = beside(`${stem}_channels.tsv`);
      if (events !== undefined) found.push({ recording: join(folder, file), events, channels });
    }
  }
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    throw new ToolkitError(
      "unsupported",
      `${subjectFolder}: has ${found.length} recordings with events (${found.map((f) => f.recording).join(", ")}); one a subject can be read`,
    );
  }
  throw new ToolkitError(
    "not-found",
    recordings.length === 0
      ? `${subjectFolder}: has no recording; a file eeg/*_eeg.edf, .bdf, .vhdr or .set is needed`
      : `${recordings[0]}: has no events table; *_events.tsv of the same name must say what was heard when`,
  );
}
