import { basename } from "node:path";
import { ToolkitError } from "../../core/error.ts";
import { pathKind, readText } from "../../formats/file.ts";
import { field, listOf, numbersOf, parsed, type ScoresOfTrial } from "./compareRows.ts";
import { evaluateSchemaVersion } from "./evaluate.ts";

/** Options of `evaluate` that change what a score means; the length of the files is in the name of the set of references. */
const decisiveOptions = ["mode", "version", "framewise", "windowSeconds", "hopSeconds", "filterLength", "permutation"];

/** One file of `evaluate --json`. */
interface Evaluation {
  readonly method: string;
  readonly path: string;
  readonly content: unknown;
}

/** Whether plain data looks like what `evaluate --json` writes. */
export function isEvaluation(content: unknown): boolean {
  return field(content, "command") === "evaluate" && listOf(content, "scores") !== undefined;
}

/**
 * Reads scores of several methods, a file of `evaluate --json` each. Tracks take the part of subjects and sources that of trials.
 *
 * @param paths `FILE`, whose name names the method, or `METHOD=FILE`
 * @throws ToolkitError `bad-format` for a file that is none, `bad-option` for two of one method, `bad-value` where options or
 *   references differ, so that the scores do not compare
 */
export async function readEvaluations(paths: readonly string[]): Promise<ScoresOfTrial[]> {
  const files: Evaluation[] = [];
  for (const given of paths) {
    const { method, path } = await namedFile(given);
    const twin = files.find((file) => file.method === method);
    if (twin) {
      throw new ToolkitError(
        "bad-option",
        `compare: ${twin.path} and ${path} are both named ${method}; write METHOD=FILE`,
      );
    }
    if ((await pathKind(path)) === "folder") {
      throw new ToolkitError(
        "usage",
        `compare: ${path} is a folder beside other paths; name one folder, or files of evaluate --json`,
      );
    }
    files.push({ method, path, content: checked(path, parsed(path, await readText(path))) });
  }
  for (const file of files.slice(1)) checkComparable(files[0]!, file);
  return files.flatMap(({ method, path, content }) =>
    listOf(content, "scores")!.map((row, i): ScoresOfTrial => {
      const [subject, trial] = [field(row, "track"), field(row, "source")];
      if (subject !== undefined && trial !== undefined) {
        return { method, subject: String(subject), trial: String(trial), values: numbersOf(row) };
      }
      throw new ToolkitError(
        "bad-format",
        `${path}: score ${i} lacks track or source; write it anew with evaluate --json`,
      );
    }),
  );
}

async function namedFile(given: string): Promise<{ method: string; path: string }> {
  const at = given.indexOf("=");
  if (at > 0 && (await pathKind(given)) === undefined) return { method: given.slice(0, at), path: given.slice(at + 1) };
  return { method: basename(given).replace(/\.json$/i, ""), path: given };
}

function checked(path: string, content: unknown): unknown {
  if (!isEvaluation(content)) {
    throw new ToolkitError("bad-format", `${path}: was not written by evaluate --json; several files must be`);
  }
  const version = field(content, "schemaVersion");
  if (version === evaluateSchemaVersion) return content;
  throw new ToolkitError(
    "bad-format",
    `${path}: has schemaVersion ${version}, this program reads ${evaluateSchemaVersion}; write it anew with evaluate --json`,
  );
}

function checkComparable(first: Evaluation, other: Evaluation): void {
  for (const name of decisiveOptions) {
    const [a, b] = [first, other].map(({ content }) => field(field(content, "options"), name));
    if (a === b) continue;
    throw new ToolkitError(
      "bad-value",
      `compare: ${first.path} has ${name} ${a}, ${other.path} ${b}; such scores do not compare, evaluate both alike`,
    );
  }
  const sets = new Map(setsOf(first));
  for (const [track, set] of setsOf(other)) {
    if (!sets.has(track) || sets.get(track) === set) continue;
    throw new ToolkitError(
      "bad-value",
      `compare: the references of track ${track} differ between ${first.path} (${sets.get(track)}) and ${other.path} (${set}); evaluate both against the same files`,
    );
  }
}

function setsOf({ content }: Evaluation): [string, string][] {
  const tracks = listOf(content, "tracks") ?? [];
  return tracks.map((track) => [String(field(track, "track")), String(field(field(track, "set"), "fingerprint"))]);
}
