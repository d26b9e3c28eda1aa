import { ToolkitError } from "../core/error.ts";
import { readText } from "../formats/file.ts";
import { notAvailable, parseTsv, type TsvRow } from "../formats/tsv.ts";

/**
 * Reads a table that must have certain columns and at least one row. The first row of cells is row 2 of the file.
 *
 * @param path the file
 * @param columns names that must be there; there may be others
 * @throws ToolkitError `not-found` if there is no such file, `bad-format` if it is no table, is empty or lacks a column
 */
export async function readTable(path: string, columns: readonly string[]): Promise<TsvRow[]> {
  const rows = parseTsv(await readText(path), path);
  if (rows.length === 0) throw new ToolkitError("bad-format", `${path}: has no rows below the header`);
  const present = Object.keys(rows[0]!);
  const missing = columns.filter((column) => !present.includes(column));
  if (missing.length === 0) return rows;
  throw new ToolkitError(
    "bad-format",
    `${path}: has no column ${missing.join(", ")}; its columns are ${present.join(", ")}`,
  );
}

/**
 * A cell that must have text.
 *
 * @param where file and row, for the message
 * @throws ToolkitError `bad-format` if it is empty or n/a
 */
export function textCell(where: string, row: TsvRow, column: string): string {
  const text = row[column]!.trim();
  if (text !== "" && text !== notAvailable) return text;
  throw new ToolkitError("bad-format", `${where}: ${column} is "${row[column]}"; a name is needed`);
}

/**
 * A cell that must hold a finite number.
 *
 * @param where file and row, for the message
 * @param range `above` excludes its bound, `from` includes it
 * @throws ToolkitError `bad-format`
 */
export function numberCell(
  where: string,
  row: TsvRow,
  column: string,
  range: { above?: number; from?: number },
): number {
  const text = row[column]!.trim();
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  const { above = -Infinity, from = -Infinity } = range;
  if (Number.isFinite(value) && value > above && value >= from) return value;
  const bound = range.above === undefined ? `at least ${range.from}` : `above ${range.above}`;
  throw new ToolkitError("bad-format", `${where}: ${column} is "${row[column]}"; a number ${bound} is needed`);
}
