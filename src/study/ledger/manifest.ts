import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { ToolkitError } from "../../core/error.ts";
import { listTree, pathKind, readText, writeBytes } from "../../formats/file.ts";
import { version } from "../version.ts";
import { hashFile } from "./contentHashes.ts";
import { type Unit, unitFiles } from "./unit.ts";
import { type FileEntry, fileEntrySchema, seedsOf, type UnitRecord, unitKey, unitRecordSchema } from "./unitRecord.ts";

const manifestSchema = z.object({
  id: z.string(),
  key: z.string(),
  label: z.string(),
  record: unitRecordSchema,
  versions: z.record(z.string(), z.string()),
  seeds: z.record(z.string(), z.json()),
  files: z.array(fileEntrySchema),
});

/** What a finished unit is: what it was made from and what it wrote. Has no times: the same work gives the same bytes. */
export type Manifest = z.infer<typeof manifestSchema>;

const timingSchema = z.object({ started: z.string(), seconds: z.number(), weight: z.number(), host: z.string() });

/** When and where a unit ran. */
export type UnitTiming = z.infer<typeof timingSchema>;

/** What a folder says of itself; `hash` is the SHA-256 of the manifest's text. */
export type FoundManifest =
  | { readonly state: "none" }
  | { readonly state: "damaged"; readonly reason: string }
  | { readonly state: "finished"; readonly manifest: Manifest; readonly hash: string };

/**
 * Writes the manifest of a folder that a unit has filled, and its times beside it.
 *
 * @returns SHA-256 of the manifest
 * @throws ToolkitError `bad-value` if the unit has written a file of that name itself
 */
export async function writeManifest(
  folder: string,
  unit: Unit,
  { record, timing }: { record: UnitRecord; timing: UnitTiming },
): Promise<string> {
  const files: FileEntry[] = [];
  for (const path of await listTree(folder)) {
    if (path === unitFiles.manifest || path === unitFiles.timing) {
      throw new ToolkitError("bad-value", `unit ${unit.id}: has written ${path}, which the ledger writes; rename it`);
    }
    files.push({ path, ...(await hashFile(join(folder, path))) });
  }
  const manifest = {
    id: unit.id,
    key: unitKey(record),
    label: unit.label,
    record,
    versions: { neurosteer: version, node: process.versions.node },
    seeds: seedsOf(record.options),
    files,
  };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await writeBytes(join(folder, unitFiles.timing), `${JSON.stringify(timing, null, 2)}\n`);
  await writeBytes(join(folder, unitFiles.manifest), text);
  return hashText(text);
}

/** Reads the manifest of a unit's folder; its files are not looked at, see `damageOf`. */
export async function readManifest(folder: string, id: string): Promise<FoundManifest> {
  if ((await pathKind(folder)) === undefined) return { state: "none" };
  const text = await readText(join(folder, unitFiles.manifest)).catch(() => undefined);
  if (text === undefined) return { state: "damaged", reason: `${unitFiles.manifest} is missing` };
  const manifest = parsedJson(manifestSchema, text);
  if (manifest === undefined) return { state: "damaged", reason: `${unitFiles.manifest} cannot be read` };
  if (manifest.id !== id) return { state: "damaged", reason: `${unitFiles.manifest} is that of ${manifest.id}` };
  if (manifest.key !== unitKey(manifest.record)) {
    return { state: "damaged", reason: `${unitFiles.manifest} has a key that is not its own` };
  }
  return { state: "finished", manifest, hash: hashText(text) };
}

/**
 * Compares the files of a folder with its manifest; hidden files that others put there do not count.
 *
 * @param contentOf hash of a file, read or remembered
 * @returns what differs first, `undefined` if nothing does
 */
export async function damageOf(
  folder: string,
  manifest: Manifest,
  contentOf: (path: string) => Promise<{ size: number; sha256: string }>,
): Promise<string | undefined> {
  try {
    const there = new Set(await listTree(folder));
    for (const { path, size, sha256 } of manifest.files) {
      if (!there.delete(path)) return `${path} is missing`;
      const content = await contentOf(join(folder, path));
      if (content.size !== size) return `${path} has ${content.size} bytes, ${size} were written`;
      if (content.sha256 !== sha256) return `${path} is not what was written`;
    }
    const own: readonly string[] = Object.values(unitFiles);
    const extra = [...there].find((path) => !own.includes(path) && !/(^|\/)\./.test(path));
    return extra && `${extra} was not written by the unit`;
  } catch (error) {
    if (error instanceof ToolkitError) return error.message;
    throw error;
  }
}

/** Reads the times of a unit; `undefined` if they are missing. */
export async function readTiming(folder: string): Promise<UnitTiming | undefined> {
  const text = await readText(join(folder, unitFiles.timing)).catch(() => "");
  return parsedJson(timingSchema, text);
}

function parsedJson<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
