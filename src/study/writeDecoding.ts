import { join } from "node:path";
import { writeBytes } from "../formats/file.ts";
import { encodeTsv } from "../formats/tsv.ts";
import type { DecodingSummary } from "./decodingSummary.ts";
import { decodingTables, type TableRow } from "./decodingTables.ts";
import type { DecisionRow, FailureRow } from "./results.ts";

/**
 * Writes `decisions.tsv`, `failures.tsv` (if any) and the tables of a decoding, `decoding/*.tsv`.
 *
 * @param folder an existing folder
 */
export async function writeDecoding(
  folder: string,
  {
    decisions,
    failures,
    decoding,
  }: {
    readonly decisions: readonly DecisionRow[];
    readonly failures: readonly FailureRow[];
    readonly decoding: DecodingSummary;
  },
): Promise<void> {
  await writeBytes(join(folder, "decisions.tsv"), encodeTable(decisions));
  if (failures.length > 0) await writeBytes(join(folder, "failures.tsv"), encodeTable(failures));
  for (const [name, rows] of Object.entries(decodingTables(decoding))) {
    if (rows.length > 0) await writeBytes(join(folder, "decoding", `${name}.tsv`), encodeTable(rows));
  }
}

/** A table of objects: one column a field, lists joined by commas, null and empty cells n/a; tabs and line ends become spaces. */
export function encodeTable(rows: readonly (object | TableRow)[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return encodeTsv(
    rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cell(value)]))),
    columns,
  );
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  return (Array.isArray(value) ? value.join(",") : String(value)).replace(/[\t\r\n]+/g, " ");
}
