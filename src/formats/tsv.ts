import { ToolkitError } from "../core/error.ts";

/** How the Brain Imaging Data Structure (BIDS) writes a value that is missing or does not apply. */
export const notAvailable = "n/a";

/** One row, by column name. */
export type TsvRow = Readonly<Record<string, string>>;

/**
 * Reads a table of tab-separated values whose first row names the columns, as BIDS writes them. Cells are text as they
 * stand, `n/a` included; a byte-order mark, CR LF line ends and empty lines at the end are accepted.
 *
 * @param text the file's content
 * @param name name for messages
 * @throws ToolkitError `bad-format` if there is no header, a column has no name or that of another, or a row has more or
 * fewer cells than the header
 */
export function parseTsv(text: string, name: string): TsvRow[] {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/);
  while (lines.length > 0 && lines.at(-1) === "") lines.pop();
  if (lines.length === 0) throw new ToolkitError("bad-format", `${name}: is empty; row 1 must name the columns`);
  const columns = lines[0]!.split("\t");
  columns.forEach((column, c) => {
    const first = columns.indexOf(column);
    if (column === "") throw new ToolkitError("bad-format", `${name}: row 1: column ${c + 1} has no name`);
    if (first < c) {
      throw new ToolkitError(
        "bad-format",
        `${name}: row 1: columns ${first + 1} and ${c + 1} are both named "${column}"`,
      );
    }
  });
  return lines.slice(1).map((line, i) => {
    const cells = line.split("\t");
    if (cells.length === columns.length) return Object.fromEntries(columns.map((column, c) => [column, cells[c]!]));
    throw new ToolkitError(
      "bad-format",
      `${name}: row ${i + 2} has ${cells.length} cells, the header ${columns.length}; give every row one cell a column, separated by tabs`,
    );
  });
}

/**
 * Writes a table of tab-separated values; a missing or empty cell becomes `n/a`.
 *
 * @param rows cells by column name; numbers are written as JavaScript prints them
 * @param columns names and order of the columns; default those of the first row
 * @returns text that ends in a line feed
 * @throws ToolkitError `bad-value` if a name or cell has a tab or a line end, `bad-option` if there is no column or a row
 * has a cell of another name
 */
export function encodeTsv(
  rows: readonly Readonly<Record<string, string | number | boolean | undefined>>[],
  columns: readonly string[] = Object.keys(rows[0] ?? {}),
): string {
  if (columns.length === 0) throw new ToolkitError("bad-option", "encodeTsv: there are no columns; name at least one");
  const known = new Set(columns);
  const lines = rows.map((row, r) => {
    const other = Object.keys(row).find((key) => !known.has(key));
    if (other !== undefined) {
      throw new ToolkitError("bad-option", `encodeTsv: row ${r} has the cell "${other}", which is none of the columns`);
    }
    return columns.map((column) =>
      checkedCell(`row ${r}, column ${column}`, String(row[column] ?? "") || notAvailable),
    );
  });
  const header = columns.map((column) => checkedCell("header", column));
  return [header, ...lines].map((cells) => `${cells.join("\t")}\n`).join("");
}

function checkedCell(where: string, cell: string): string {
  if (!/[\t\r\n]/.test(cell)) return cell;
  throw new ToolkitError(
    "bad-value",
    `encodeTsv: ${where}: ${JSON.stringify(cell)} has a tab or a line end; remove it`,
  );
}
