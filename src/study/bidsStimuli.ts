import { join } from "node:path";
import { ToolkitError } from "../core/error.ts";
import { pathKind } from "../formats/file.ts";
import { readTable, textCell } from "./bidsTable.ts";

/** A file and the name of the source it holds. */
export interface NamedFile {
  /** Name of the source. */
  readonly name: string;
  /** Path of the file. */
  readonly file: string;
}

/** A mixture and its sources as `stimuli/stimuli.tsv` lists them. */
export interface MixtureFiles {
  readonly name: string;
  /** Path of the mixture. */
  readonly file: string;
  /** Its sources, at least two, in the order of the table. */
  readonly stems: readonly NamedFile[];
}

/**
 * Reads `stimuli/stimuli.tsv` of a study: columns `mixture`, `stim_file`, `source`, `stem_file`, one row a source.
 *
 * @param root the study's folder
 * @returns mixtures by their `stim_file`, as it stands in the table
 * @throws ToolkitError `not-found` for a missing file, `bad-format` for a table that contradicts itself or leaves the
 * folder; both name the row
 */
export async function readStimuli(root: string): Promise<Map<string, MixtureFiles>> {
  const table = join(root, "stimuli", "stimuli.tsv");
  const rows = await readTable(table, ["mixture", "stim_file", "source", "stem_file"]);
  const mixtures = new Map<string, { name: string; file: string; stems: NamedFile[]; row: number }>();
  const stimFiles = new Map<string, string>();
  for (const [index, row] of rows.entries()) {
    const where = `${table}: row ${index + 2}`;
    const name = textCell(where, row, "mixture");
    const stimFile = textCell(where, row, "stim_file");
    const source = textCell(where, row, "source");
    const known = stimFiles.get(name);
    if (known !== undefined && known !== stimFile) {
      throw new ToolkitError(
        "bad-format",
        `${where}: "${name}" has the stim_file "${stimFile}", above it has "${known}"`,
      );
    }
    stimFiles.set(name, stimFile);
    const mixture = mixtures.get(stimFile) ?? {
      name,
      file: await existing(root, where, "stim_file", stimFile),
      stems: [],
      row: index + 2,
    };
    if (mixture.name !== name) {
      throw new ToolkitError(
        "bad-format",
        `${where}: stim_file "${stimFile}" belongs to "${name}", above it belongs to "${mixture.name}"`,
      );
    }
    if (mixture.stems.some((stem) => stem.name === source)) {
      throw new ToolkitError("bad-format", `${where}: source "${source}" of "${name}" is there twice`);
    }
    const file = await existing(root, where, "stem_file", textCell(where, row, "stem_file"));
    mixture.stems.push({ name: source, file });
    mixtures.set(stimFile, mixture);
  }
  for (const { name, stems, row } of mixtures.values()) {
    if (stems.length >= 2) continue;
    throw new ToolkitError("bad-format", `${table}: row ${row}: "${name}" has 1 source; a mixture needs at least two`);
  }
  return mixtures;
}

/** Path of a file of `stimuli/` that is there and inside. */
async function existing(root: string, where: string, column: string, name: string): Promise<string> {
  const parts = name.split(/[\\/]/);
  if (parts.includes("..") || /^([\\/]|[a-z]:)/i.test(name)) {
    throw new ToolkitError("bad-format", `${where}: ${column} "${name}" leaves the study; name a file below stimuli/`);
  }
  const path = join(root, "stimuli", name);
  if ((await pathKind(path)) === "file") return path;
  throw new ToolkitError("not-found", `${where}: ${column} "${name}" is not in ${join(root, "stimuli")}`);
}
