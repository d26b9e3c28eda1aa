import { join, resolve } from "node:path";
import { z } from "zod";
import { ToolkitError } from "../core/error.ts";
import { toJson } from "../core/json.ts";
import { pathKind, readText, writeBytes } from "../formats/file.ts";
import { defineStudy, type StudyDefinition } from "./studyFile.ts";
import { valueDifferences } from "./valueDifferences.ts";
import { version } from "./version.ts";

/** Name of the file in a results folder that says which study it is of. */
export const studyRecordName = "study.json";

const recordSchema = z.object({ folder: z.string(), content: z.unknown(), seed: z.number(), version: z.string() });

/** Which study a results folder is of: enough to plan it again. */
export interface StudyRecord {
  /** Folder that the paths of the study file are relative to, absolute. */
  readonly folder: string;
  /** Content of the study file. */
  readonly content: unknown;
  /** Seed, which a command line may have set apart from the file. */
  readonly seed: number;
  /** Of the toolkit. */
  readonly version: string;
}

/** The record of a study as it is run now. */
export function studyRecordOf({ folder, content, options }: StudyDefinition): StudyRecord {
  return { folder: resolve(folder), content, seed: options.seed, version };
}

/** Writes the record of a study to its results folder. */
export function writeStudyRecord(out: string, record: StudyRecord): Promise<void> {
  return writeBytes(join(out, studyRecordName), `${toJson(record)}\n`);
}

/**
 * Reads the record of a results folder.
 *
 * @throws ToolkitError `not-found` if there is none, `bad-format`
 */
export async function readStudyRecord(out: string): Promise<StudyRecord> {
  const path = join(out, studyRecordName);
  if ((await pathKind(path)) !== "file") {
    throw new ToolkitError("not-found", `${out}: has no ${studyRecordName}; name a folder that neurosteer run made`);
  }
  const text = await readText(path);
  try {
    const { folder, content = {}, seed, version: made } = recordSchema.parse(JSON.parse(text));
    return { folder, content, seed, version: made };
  } catch (cause) {
    throw new ToolkitError("bad-format", `${path}: is not what neurosteer run writes; run the study again`, { cause });
  }
}

/**
 * The definition that a record is of.
 *
 * @param place of the record, for messages
 * @throws ToolkitError `bad-format`
 */
export async function recordedDefinition(
  { folder, content, seed }: StudyRecord,
  place: string,
): Promise<StudyDefinition> {
  const definition = await defineStudy(content, { folder, name: join(place, studyRecordName) });
  return { ...definition, options: { ...definition.options, seed } };
}

/** What differs between two records, by path; the first names come first: `["seed", "content.decoder.lambda"]`. */
export function recordDifferences(a: StudyRecord, b: StudyRecord): string[] {
  return valueDifferences(
    { version: a.version, seed: a.seed, folder: a.folder, content: a.content },
    { version: b.version, seed: b.seed, folder: b.folder, content: b.content },
  ).map(({ path }) => path);
}
