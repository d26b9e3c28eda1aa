import { join } from "node:path";
import { ToolkitError } from "../core/error.ts";
import { openFile, readText, writeBytes } from "../formats/file.ts";
import { encodeNpy, readNpy } from "../formats/npy.ts";

/** Arrays by name, each a list of rows. */
export type NamedRows = ReadonlyMap<string, readonly Float64Array[]>;

/** Where an array is among the values of the file. */
interface Entry {
  readonly start: number;
  /** Length of each row. */
  readonly rows: readonly number[];
}

const names = { values: "arrays.npy", index: "arrays.json" } as const;

/**
 * Writes arrays into two files of a folder: `arrays.npy`, all values one after the other in float64, and `arrays.json`, which says
 * which are whose.
 */
export async function writeArrays(folder: string, arrays: NamedRows): Promise<void> {
  const entries: Record<string, Entry> = {};
  let total = 0;
  for (const [name, rows] of arrays) {
    entries[name] = { start: total, rows: rows.map((row) => row.length) };
    total += rows.reduce((sum, row) => sum + row.length, 0);
  }
  const values = new Float64Array(total);
  let at = 0;
  for (const rows of arrays.values()) {
    for (const row of rows) {
      values.set(row, at);
      at += row.length;
    }
  }
  await writeBytes(join(folder, names.values), encodeNpy(values));
  await writeBytes(join(folder, names.index), `${JSON.stringify(entries)}\n`);
}

/**
 * Reads what `writeArrays` wrote.
 *
 * @returns a getter; it throws `not-found` for a name that is not there
 * @throws ToolkitError `not-found`, `bad-format` if the files do not fit together
 */
export async function readArrays(folder: string): Promise<(name: string) => Float64Array[]> {
  const path = join(folder, names.values);
  const source = await openFile(path);
  const bytes = await source.read(0, source.byteLength).finally(() => source.close());
  const { data } = readNpy(bytes, path);
  const entries = JSON.parse(await readText(join(folder, names.index))) as Record<string, Entry>;
  if (!(data instanceof Float64Array)) throw new ToolkitError("bad-format", `${path}: holds no float64 values`);
  return (name) => {
    const entry = entries[name];
    if (entry === undefined) throw new ToolkitError("not-found", `${path}: has no array "${name}"`);
    let at = entry.start;
    return entry.rows.map((length) => {
      at += length;
      if (at > data.length) throw new ToolkitError("bad-format", `${path}: ends within the array "${name}"`);
      return data.slice(at - length, at);
    });
  };
}
