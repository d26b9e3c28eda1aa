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
  const json = `${JSON.stringify(results, short, 1)}\n`;
  if (to.out !== undefined) {
    await mkdir(to.out, { recursive: true });
    await writeBytes(join(to.out, `${name}.md`), markdown);
    await writeBytes(join(to.out, `${name}.json`), json);
    for (const [file, figure] of Object.entries(figures)) await writeBytes(join(to.out, file), figure);
  }
  process.stdout.write(to.json ? json : markdown);
}

function short(_: string, value: unknown): unknown {
  return typeof value === "number" && Number.isFinite(value) ? Number(value.toPrecision(8)) : value;
}

/** Says on standard error how far a run is. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
