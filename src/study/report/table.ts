import { type Fragment, type Html, html } from "./html.ts";

/** A column of a table. */
export interface TableColumn {
  readonly label: Fragment;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
}

/** A table of the report; the first cell of a row names it. */
export interface Table {
  /** Stable name: `data-table`. */
  readonly name: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly Fragment[])[];
  /** Class of each row, where it has one. */
  readonly rowClasses?: readonly (string | undefined)[];
}

/** Lays a table out, in a box that scrolls sideways on narrow screens. */
export function renderTable({ name, columns, rows, rowClasses = [] }: Table): Html {
  return html`<div class="scroll"><table data-table="${name}">
<thead><tr>${columns.map(({ label, isNumber }) => html`<th scope="col"${isNumber && html` class="number"`}>${label}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row, r) =>
      html`<tr${rowClasses[r] !== undefined && html` class="${rowClasses[r]}"`}>${row.map((cell, c) =>
        c === 0
          ? html`<th scope="row">${cell}</th>`
          : html`<td${columns[c]?.isNumber && html` class="number"`}>${cell}</td>`,
      )}</tr>\n`,
  )}</tbody>
</table></div>`;
}

/** Columns from labels; those of numbers start with `#`. */
export function tableColumns(...labels: readonly string[]): TableColumn[] {
  return labels.map((label) => (label.startsWith("#") ? { label: label.slice(1), isNumber: true } : { label }));
}
