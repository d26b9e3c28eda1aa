import type { StudyResults } from "../results.ts";
import { type Html, html } from "./html.ts";
import { countText } from "./numbers.ts";
import { renderTable, tableColumns } from "./table.ts";

/** Rows from which on a table is folded. */
const longTable = 20;

/** What is not in the numbers, and why: excluded on purpose, and failed. */
export function renderLeftOut({ exclusions = [], failures }: StudyResults): Html | undefined {
  if (exclusions.length === 0 && failures.length === 0) return undefined;
  const excluded = renderTable({
    name: "exclusions",
    columns: tableColumns("Subject", "Trial", "Reason"),
    rows: exclusions.map(({ subject, trial, reason }) => [subject, trial ?? "all", reason]),
  });
  const failed = renderTable({
    name: "failures",
    columns: tableColumns("Subject", "Trial", "Code", "Reason"),
    rows: failures.map(({ subject, trial, code, message }) => [subject, trial, html`<code>${code}</code>`, message]),
  });
  return html`${exclusions.length > 0 && html`<h3>Excluded on purpose (${exclusions.length})</h3>${folded(exclusions.length, "exclusion", excluded)}`}
${failures.length > 0 && html`<h3>Failed (${failures.length})</h3>${folded(failures.length, "failure", failed)}`}`;
}

function folded(rows: number, noun: string, table: Html): Html {
  return rows <= longTable ? table : html`<details><summary>All ${countText(rows, noun)}</summary>${table}</details>`;
}
