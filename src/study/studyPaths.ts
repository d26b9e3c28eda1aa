import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { ToolkitError } from "../core/error.ts";
import { fileStamp, openFile, pathKind, readText } from "../formats/file.ts";
import { asSpelt, realPath } from "../formats/realPath.ts";
import { notAvailable, type TsvRow } from "../formats/tsv.ts";
import { readTable } from "./bidsTable.ts";

/** Options of whoever opens a study's folder. */
export interface OpenStudyOptions {
  /**
   * Folders outside the study that its tables may name files in. Relative ones start at the process' working folder. They are for
   * whoever runs the study to give: a study that could widen its own bounds would have none. Default none.
   */
  readonly roots?: readonly string[];
}

/** Options of whoever opens a study's folder, where none are given. */
export const openStudyDefaults = { roots: [] } as const satisfies Required<OpenStudyOptions>;

/** Options of `resolveInside`. */
export interface ResolveInsideOptions {
  /** Folder that relative names start at. Default the study's. */
  readonly from?: string;
  /** File, row and column that the name stands in, for messages. Default `resolveInside:`. */
  readonly where?: string;
}

/**
 * Path of a file that a study names, which may not leave the study's folder unless it lies below one of `roots`. Slashes and
 * backslashes both separate folders. What counts is where the path really ends: symbolic links are followed, in the study's folder
 * and the roots as well; of a file that is not there the folders that are. Where the file is spelt with other code points for
 * the same letters (NFC, NFD), its own spelling is returned.
 *
 * @param root the study's folder
 * @param name as it stands in the study: relative, or absolute
 * @param roots further folders that files may lie in
 * @returns path from the working folder, as `root` is; links are not replaced in it. The file need not be there
 * @throws ToolkitError `bad-format` for a name that leaves, begins with a drive letter on a system without, or has a control
 *   character; `not-found` where the system refuses to follow it
 */
export function resolveInside(
  root: string,
  name: string,
  roots: readonly string[],
  { from = root, where = "resolveInside:" }: ResolveInsideOptions = {},
): string {
  const what = `${where} "${visible(name)}"`;
  if (controlCharacter.test(name)) {
    throw new ToolkitError("bad-format", `${what} has a control character; no file is called that`);
  }
  const windows = sep === "\\";
  const path = windows ? name : name.replaceAll("\\", "/");
  // "C:file" starts at the working folder of a drive, and elsewhere a drive is no place at all
  if (/^[a-z]:/i.test(path) && !(windows && isAbsolute(path))) {
    throw new ToolkitError("bad-format", `${what} leaves the study's folder: it begins with a drive letter; ${remedy}`);
  }
  const found = asSpelt(isAbsolute(path) ? resolve(path) : join(from, path));
  const real = realPath(resolve(found), what);
  const allowed = [root, ...roots].some((folder) => liesIn(realPath(resolve(folder), folder), real));
  if (allowed) return found;
  throw new ToolkitError("bad-format", `${what} leaves the study's folder (it is ${real}); ${remedy}`);
}

/**
 * `resolveInside` for a file that has to be there; the problem of a missing one names its row.
 *
 * @throws ToolkitError as `resolveInside`; `not-found` if there is no such file, or a folder
 */
export async function existingFile(
  root: string,
  name: string,
  roots: readonly string[],
  options: ResolveInsideOptions & { readonly where: string },
): Promise<string> {
  const path = resolveInside(root, name, roots, options);
  const kind = await pathKind(path);
  if (kind === "file") return path;
  const found = kind === "folder" ? "is a folder" : "is not there";
  throw new ToolkitError("not-found", `${options.where} "${visible(name)}" ${found} (${path}); name a file`);
}

const remedy = "move the file into it, or list the folder that the file is in under data.roots";

function liesIn(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Characters that move a cursor or end a line, and those that are no character at all. */
const controlCharacter = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/**
 * A text for a message or a table: control characters as their code, `\u{1b}`.
 *
 * @param text whatever a file has
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/**
 * Checks a name that becomes part of the names of files: subject or trial. Anything goes but control characters, `/` and `\`.
 *
 * @param where file and row, for messages
 * @param what subject or trial
 * @param text the name
 * @returns the name, its letters composed (NFC) so that equal names are equal
 * @throws ToolkitError `bad-format`
 */
export function checkLabel(where: string, what: string, text: string): string {
  if (!controlCharacter.test(text) && !/[\\/]/.test(text)) return text.normalize("NFC");
  throw new ToolkitError(
    "bad-format",
    `${where}: ${what} "${visible(text)}" cannot be part of a file's name; anything but control characters, / and \\ is allowed`,
  );
}

/** Text of a cell that may be missing, empty or n/a; letters composed (NFC). */
export function optionalText(row: TsvRow, column: string): string | undefined {
  const text = row[column]?.trim().normalize("NFC");
  return text === "" || text === notAvailable ? undefined : text;
}

/** Most that a table of a study may hold. */
export const tableLimits = { bytes: 64 * 2 ** 20, lines: 1_000_000 } as const;

/**
 * Reads a table of a study, as `readTable`; rows are counted as lines of the file, the header is row 1.
 *
 * @param path the file
 * @param columns names that must be there
 * @throws ToolkitError as `readTable`; `bad-format` for more than `tableLimits`
 */
export async function readStudyTable(path: string, columns: readonly string[]): Promise<TsvRow[]> {
  await checkTableSize(path);
  return readTable(path, columns);
}

/**
 * Refuses a text file of more than `tableLimits` before it is read into memory.
 *
 * @throws ToolkitError `bad-format`, `not-found`
 */
export async function checkTableSize(path: string): Promise<void> {
  const { size } = await fileStamp(path);
  if (size > tableLimits.bytes) {
    throw new ToolkitError(
      "bad-format",
      `${path}: has ${size} bytes; a table of a study may have ${tableLimits.bytes} (64 MB)`,
    );
  }
  if (size <= tableLimits.lines) return;
  const source = await openFile(path);
  try {
    let [lines, last] = [0, 0];
    for (let start = 0; start < size; start += 2 ** 20) {
      for (const byte of await source.read(start, Math.min(size, start + 2 ** 20))) {
        // CR LF, LF and CR end a line each
        if (byte === 13 || (byte === 10 && last !== 13)) lines++;
        last = byte;
      }
    }
    if (last !== 10 && last !== 13) lines++;
    if (lines <= tableLimits.lines) return;
    throw new ToolkitError(
      "bad-format",
      `${path}: has ${lines} lines; a table of a study may have ${tableLimits.lines}`,
    );
  } finally {
    await source.close();
  }
}

/**
 * Reads a file of patterns, as git's: a line a pattern, `#` begins a comment, `!` takes back. Of the patterns that fit a path, or a
 * folder above it, the last decides. One with a slash starts at the study's folder, one without fits at any depth.
 *
 * @returns whether a path, relative to the file's folder and with slashes, is to be ignored
 * @throws ToolkitError as `checkTableSize`
 */
export async function readIgnoreFile(file: string): Promise<(path: string) => boolean> {
  await checkTableSize(file);
  const lines = (await readText(file)).split(/\r?\n/).map((line) => line.trim());
  const rules = lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ ignored: !line.startsWith("!"), pattern: line.replace(/^!/, "").replace(/\/$/, "") }));
  return (path) => {
    const names = path.split("/");
    const paths = names.map((_, i) => names.slice(0, i + 1).join("/"));
    const fits = (pattern: string) =>
      pattern.includes("/")
        ? paths.some((above) => globFits(pattern.replace(/^\//, ""), above))
        : names.some((name) => globFits(pattern, name));
    return rules.findLast(({ pattern }) => fits(pattern))?.ignored ?? false;
  };
}

/** Whether `*`, `?` and `**` fit; no pattern takes more than its length times the square of the text's. */
function globFits(pattern: string, text: string): boolean {
  let ends = new Set([0]);
  for (const token of pattern.match(/\*\*\/|\*+|[^*]/gu) ?? []) {
    const next = new Set<number>();
    for (const start of ends) {
      if (token[0] !== "*") {
        const any = token === "?" && start < text.length && text[start] !== "/";
        if (any || text.startsWith(token, start)) next.add(start + token.length);
        continue;
      }
      for (let end = start; end <= text.length; end++) {
        if (token !== "**/" || end === start || text[end - 1] === "/") next.add(end);
        if (token === "*" && text[end] === "/") break;
      }
    }
    ends = next;
  }
  return ends.has(text.length);
}
