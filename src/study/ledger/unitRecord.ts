import { createHash } from "node:crypto";
import { z } from "zod";
import { canonicalJson, type Json } from "./canonicalJson.ts";
import type { Unit } from "./unit.ts";

/** A file that a unit read or wrote. */
export const fileEntrySchema = z.object({ path: z.string(), size: z.number(), sha256: z.string() });

/** A file with its size in bytes and the SHA-256 of its content, hexadecimal. */
export type FileEntry = z.infer<typeof fileEntrySchema>;

/** All that a unit's output depends on. */
export interface UnitRecord {
  readonly kind: string;
  readonly options: Json;
  readonly inputs: readonly FileEntry[];
  /** Keys of the units it needs, by id. */
  readonly needs: Readonly<Record<string, string>>;
  /** Version of the toolkit, with a hash of the built code where one was given. */
  readonly code: string;
}

/** Schema of `UnitRecord`. */
export const unitRecordSchema: z.ZodType<UnitRecord> = z.object({
  kind: z.string(),
  options: z.json(),
  inputs: z.array(fileEntrySchema),
  needs: z.record(z.string(), z.string()),
  code: z.string(),
});

/**
 * Puts together what a unit depends on.
 *
 * @throws ToolkitError `bad-option` if the options are not plain JSON
 */
export function unitRecord(
  unit: Unit,
  facts: { inputs: readonly FileEntry[]; keys: ReadonlyMap<string, string>; code: string },
): UnitRecord {
  return {
    kind: unit.kind,
    options: canonicalJson(unit.options, `unit ${unit.id}: options`),
    inputs: facts.inputs,
    needs: Object.fromEntries([...unit.needs].sort().map((id) => [id, facts.keys.get(id)!])),
    code: facts.code,
  };
}

/**
 * The key of a unit: SHA-256 of kind, options, the content of its inputs, the keys of what it needs, and the code. Two outputs
 * with one key are the same. Paths of inputs do not count, so that a corpus may move.
 *
 * @returns hexadecimal
 */
export function unitKey(record: UnitRecord): string {
  const { kind, options, code } = record;
  const needs = Object.entries(record.needs).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([1, kind, options, record.inputs.map(({ sha256 }) => sha256), needs, code]);
  return createHash("sha256").update(text).digest("hex");
}

/**
 * Says what changed from one record of a unit to the next, the most general first.
 *
 *     ["options.decoder.lambda changed from 1 to 2", "input a.edf changed"]
 */
export function recordChanges(before: UnitRecord, after: UnitRecord): string[] {
  const changes: string[] = [];
  if (before.code !== after.code) changes.push(`code changed from ${before.code} to ${after.code}`);
  if (before.kind !== after.kind) changes.push(`kind changed from ${before.kind} to ${after.kind}`);
  changes.push(...valueChanges("options", before.options, after.options));
  changes.push(...inputChanges(before.inputs, after.inputs));
  for (const [id, key] of Object.entries(after.needs)) {
    if (before.needs[id] === undefined) changes.push(`needs ${id}, which is new`);
    else if (before.needs[id] !== key) changes.push(`needs ${id}, which changed`);
  }
  for (const id of Object.keys(before.needs)) {
    if (after.needs[id] === undefined) changes.push(`no longer needs ${id}`);
  }
  return changes;
}

function inputChanges(before: readonly FileEntry[], after: readonly FileEntry[]): string[] {
  const changes: string[] = [];
  const old = new Map(before.map((entry) => [entry.path, entry]));
  const now = new Map(after.map((entry) => [entry.path, entry]));
  const contents = new Set(before.map(({ sha256 }) => sha256));
  const kept = new Set(after.map(({ sha256 }) => sha256));
  for (const { path, sha256 } of after) {
    const was = old.get(path);
    if (was !== undefined && was.sha256 !== sha256) changes.push(`input ${path} changed`);
    else if (was === undefined && !contents.has(sha256)) changes.push(`input ${path} is new`);
  }
  for (const { path, sha256 } of before) {
    if (!now.has(path) && !kept.has(sha256)) changes.push(`input ${path} is no longer read`);
  }
  const order = (entries: readonly FileEntry[]) => entries.map(({ sha256 }) => sha256).join();
  if (changes.length === 0 && order(before) !== order(after)) changes.push("number or order of inputs changed");
  return changes;
}

function valueChanges(path: string, before: Json | undefined, after: Json | undefined): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (before === undefined) return [`${path} is new (${brief(after)})`];
  if (after === undefined) return [`${path} is gone (was ${brief(before)})`];
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => valueChanges(`${path}.${name}`, before[name], after[name]));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return after.flatMap((entry, i) => valueChanges(`${path}[${i}]`, before[i], entry));
  }
  return [`${path} changed from ${brief(before)} to ${brief(after)}`];
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function brief(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

/** Every seed in a unit's options, by its path: entries named `seed`, `seeds` or ending in `Seed`. */
export function seedsOf(options: Json, path = "options"): Record<string, Json> {
  if (typeof options !== "object" || options === null) return {};
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, value]: [string, Json]) => {
      const here = `${path}.${name}`;
      return /^seeds?$|Seeds?$/.test(name) ? [[here, value]] : Object.entries(seedsOf(value, here));
    }),
  );
}
