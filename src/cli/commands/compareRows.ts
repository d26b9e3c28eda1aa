import { ToolkitError } from "../../core/error.ts";
import { fromJson } from "../../core/json.ts";

/** Scores of one method in one trial. */
export interface ScoresOfTrial {
  readonly method: string;
  readonly subject: string;
  readonly trial: string;
  /** By name of the metric; NaN where there is none. */
  readonly values: Readonly<Record<string, number>>;
}

/** Columns that may be numbers and are no scores. */
export const noScores: ReadonlySet<string> = new Set(["subject", "trial", "method", "mixture", "target", "sources"]);

/** The fields of a row that are numbers and scores. */
export function numbersOf(row: unknown): Record<string, number> {
  return Object.fromEntries(
    Object.entries(row as object).filter(
      (entry): entry is [string, number] => typeof entry[1] === "number" && !noScores.has(entry[0]),
    ),
  );
}

/** A field of plain data; undefined where it is not there. */
export function field(holder: unknown, name: string): unknown {
  return typeof holder === "object" && holder !== null ? Reflect.get(holder, name) : undefined;
}

/** A field that is a list. */
export function listOf(holder: unknown, name: string): readonly unknown[] | undefined {
  const list = field(holder, name);
  return Array.isArray(list) ? list : undefined;
}

/**
 * Reads JSON with infinities and NaN as words.
 *
 * @throws ToolkitError `bad-format`
 */
export function parsed(path: string, text: string): unknown {
  try {
    return fromJson(text);
  } catch (cause) {
    throw new ToolkitError("bad-format", `${path}: is no JSON (${(cause as Error).message}); write it anew`, { cause });
  }
}
