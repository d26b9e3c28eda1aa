/**
 * A table.
 *
 * @param head of the columns
 * @param rows one entry a column
 */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, c) => Math.max(...[head, ...rows].map((row) => row[c]!.length), 3));
  const line = (row: readonly string[]) => `| ${row.map((cell, c) => cell.padEnd(widths[c]!)).join(" | ")} |`;
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(line)].join("\n");
}

/** A number with so many decimals, "-" for what is not there. */
export function fixed(value: number | undefined, decimals: number): string {
  return value === undefined || Number.isNaN(value) ? "-" : value.toFixed(decimals).replace(/^-(0(\.0*)?)$/, "$1");
}

/** "12.3 ± 0.4"; without the spread where there is only one value. */
export function withSpread(mean: number | undefined, deviation: number | undefined, decimals: number): string {
  const spread = deviation === undefined || Number.isNaN(deviation) ? "" : ` ± ${fixed(deviation, decimals)}`;
  return `${fixed(mean, decimals)}${spread}`;
}
