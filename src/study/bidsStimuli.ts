import { join } from "node:path";
import { ToolkitError } from "../core/error.ts";
import type { TsvRow } from "../formats/tsv.ts";
import { textCell } from "./bidsTable.ts";
import { existingFile, optionalText, readStudyTable } from "./studyPaths.ts";

/** A file and the name of the source it holds. */
export interface NamedFile {
  /** Name of the source. */
  readonly name: string;
  /** Path of the file. */
  readonly file: string;
}

/** A mixture and its sources as a table lists them. Names have their letters composed (NFC). */
export interface MixtureFiles {
  readonly name: string;
  /** Path of the mixture. */
  readonly file: string;
  /** What the table calls that file, as `fileName` gives it. */
  readonly listed: string;
  /** Its sources, at least two, in the order of the table. */
  readonly stems: readonly NamedFile[];
  /** Name of the song, where the table has a column `song`. */
  readonly song?: string;
  /** Set where a file of it is not there or leaves the study: its trials cannot be used. */
  readonly problem?: ToolkitError;
}

/** A table of mixtures and what its columns are called. */
export interface MixtureTable {
  /** The study's folder. */
  readonly root: string;
  /** Folder that the files start at. */
  readonly from: string;
  /** Further folders that files may lie in. */
  readonly roots: readonly string[];
  /** Column with the file of the mixture. */
  readonly mixtureColumn: string;
  /** Column with the file of the source. */
  readonly stemColumn: string;
}

/**
 * Reads `stimuli/stimuli.tsv` of a study: columns `mixture`, `stim_file`, `source`, `stem_file`, one row a source,
 * and perhaps `song`: the material that several mixtures are made of. Files are relative to `stimuli/`.
 *
 * @param root the study's folder
 * @param roots further folders that files may lie in
 * @returns mixtures by their `stim_file`, as `fileName` gives it
 * @throws ToolkitError as `readMixtures`
 */
export async function readStimuli(root: string, roots: readonly string[]): Promise<Map<string, MixtureFiles>> {
  const from = join(root, "stimuli");
  const columns = { mixtureColumn: "stim_file", stemColumn: "stem_file" };
  const mixtures = await readMixtures(join(from, "stimuli.tsv"), { root, from, roots, ...columns });
  return new Map([...mixtures.values()].map((mixture) => [mixture.listed, mixture]));
}

/** A name of a file so that equal ones are equal: letters composed (NFC), folders separated by slashes. */
export function fileName(cell: string): string {
  return cell.trim().normalize("NFC").replaceAll("\\", "/");
}

/** A mixture while its rows are read. */
type Growing = { -readonly [Key in keyof MixtureFiles]: MixtureFiles[Key] } & { stems: NamedFile[]; row: number };

/**
 * Reads a table of mixtures: columns `mixture`, `source` and the two named in the options, one row a source, and perhaps `song`.
 *
 * @param table the file
 * @param options where its files lie, see MixtureTable
 * @returns mixtures by name
 * @throws ToolkitError `not-found` for a missing table, `bad-format` for one that contradicts itself or is too large, naming the
 *   row; a file that is missing or leaves the study becomes its mixture's `problem`
 */
export async function readMixtures(table: string, options: MixtureTable): Promise<Map<string, MixtureFiles>> {
  const { mixtureColumn, stemColumn } = options;
  const rows = await readStudyTable(table, ["mixture", mixtureColumn, "source", stemColumn]);
  const mixtures = new Map<string, Growing>();
  const owners = new Map<string, string>();
  for (const [index, row] of rows.entries()) {
    const where = `${table}: row ${index + 2}`;
    const name = textCell(where, row, "mixture").normalize("NFC");
    const listed = fileName(textCell(where, row, mixtureColumn));
    const source = textCell(where, row, "source").normalize("NFC");
    const known = mixtures.get(name);
    if (known !== undefined && known.listed !== listed) {
      throw new ToolkitError(
        "bad-format",
        `${where}: "${name}" has the ${mixtureColumn} "${listed}", above it has "${known.listed}"`,
      );
    }
    const owner = owners.get(listed) ?? name;
    if (owner !== name) {
      throw new ToolkitError(
        "bad-format",
        `${where}: ${mixtureColumn} "${listed}" belongs to "${name}", above it belongs to "${owner}"`,
      );
    }
    owners.set(listed, name);
    const mixture = known ?? {
      name,
      listed,
      row: index + 2,
      stems: [],
      ...(await locate(where, row, mixtureColumn, options)),
    };
    if (mixture.stems.some((stem) => stem.name === source)) {
      throw new ToolkitError("bad-format", `${where}: source "${source}" of "${name}" is there twice`);
    }
    const stem = await locate(where, row, stemColumn, options);
    mixture.stems.push({ name: source, file: stem.file });
    const problem = mixture.problem ?? stem.problem;
    if (problem !== undefined) mixture.problem = problem;
    const song = mixture.song ?? optionalText(row, "song");
    if (song !== undefined) mixture.song = song;
    mixtures.set(name, mixture);
  }
  for (const { name, stems, row } of mixtures.values()) {
    if (stems.length >= 2) continue;
    throw new ToolkitError("bad-format", `${table}: row ${row}: "${name}" has 1 source; a mixture needs at least two`);
  }
  return mixtures;
}

async function locate(
  where: string,
  row: TsvRow,
  column: string,
  { root, from, roots }: MixtureTable,
): Promise<{ file: string; problem?: ToolkitError }> {
  const name = textCell(where, row, column);
  try {
    return { file: await existingFile(root, name, roots, { from, where: `${where}: ${column}` }) };
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    return { file: join(from, name), problem: error };
  }
}
