import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeBytes } from "../../src/formats/file.ts";

/** What a reproduction made. */
export interface Reproduction {
  /** The document. */
  readonly markdown: string;
  /** Every number in it, and more. */
  readonly results: object;
  /** Figures by file name. */
  readonly figures: Readonly<Record<string, string>>;
}

/**
 * Hands a reproduction over: to a folder where one is given, and to standard output.
 *
 * @param name of the files
 * @param made what to hand over
 * @param to `out`, the folder, made if it is not there; `json`, results instead of the document on standard output
 */
export async function deliver(
  name: string,
  { markdown, results, figures }: Reproduction,
  to: { out: string | undefined; json: boolean },
): Promise<void> {
  const json = lines(results);
  if (to.out !== undefined) {
    await mkdir(to.out, { recursive: true });
    await writeBytes(join(to.out, `${name}.md`), markdown);
    await writeBytes(join(to.out, `${name}.json`), json);
    for (const [file, figure] of Object.entries(figures)) await writeBytes(join(to.out, file), figure);
  }
  process.stdout.write(to.json ? json : markdown);
}

/** Objects of the same keys as columns and rows, which is shorter. */
export function asTable(objects: readonly object[]): { columns: string[]; rows: unknown[][] } {
  return { columns: Object.keys(objects[0] ?? {}), rows: objects.map((object) => Object.values(object)) };
}

/** JSON with a line for each entry of a list, and of a list one level below. */
function lines(results: object): string {
  const list = (values: readonly unknown[]) =>
    `[\n${values.map((value) => JSON.stringify(value, short)).join(",\n")}\n]`;
  const entry = ([name, value]: [string, unknown]): string => {
    const isTable = typeof value === "object" && value !== null && "rows" in value && Array.isArray(value.rows);
    if (isTable) return `${JSON.stringify(name)}: {${Object.entries(value).map(entry).join(", ")}}`;
    return `${JSON.stringify(name)}: ${Array.isArray(value) && typeof value[0] === "object" ? list(value) : JSON.stringify(value, short)}`;
  };
  return `{\n${Object.entries(results).map(entry).join(",\n")}\n}\n`;
}

function short(_: string, value: unknown): unknown {
  return typeof value === "number" && Number.isFinite(value) ? Number(value.toPrecision(6)) : value;
}

/** Says on standard error how far a run is. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
