import { type Fragment, type Html, html, markup, scriptJson } from "./html.ts";
import { countText, numberText } from "./numbers.ts";

/** The numbers a figure is drawn from, as a table. */
export interface FigureData {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | boolean | ArrayLike<number>)[])[];
}

/** A colour, or a coloured mark, and what it stands for. */
export interface LegendEntry {
  readonly label: string;
  readonly colour: string;
  /** The mark as a character; a filled square if not given. */
  readonly mark?: string;
}

/** One figure of the report. */
export interface Figure {
  /** Stable name: the `id` of the element and the `data-figure` of its data. */
  readonly id: string;
  /** The picture: charts, images, players. */
  readonly content: Fragment;
  /** What is shown, and of how many. */
  readonly caption: Fragment;
  readonly data: FigureData;
  /** Colours and what they stand for, shown above the picture. */
  readonly legend?: readonly LegendEntry[];
}

/** Longest data that is shown as a table as well; longer data are there as JSON only. */
const longestTable = 200;

/** Lays a figure out: legend, picture, numbered caption, and its data as JSON and, where short, as a folded table. */
export function renderFigure({ id, content, caption, data, legend }: Figure): Html {
  return html`<figure id="${id}">
${
  legend &&
  legend.length > 0 &&
  html`<ul class="legend">${legend.map(({ label, colour, mark }) => html`<li>${mark === undefined ? html`<i style="background:${colour}"></i>` : html`<b style="color:${colour}" aria-hidden="true">${mark}</b>`}${label}</li>`)}</ul>`
}
<div class="scroll">${content}</div>
<figcaption>${caption}</figcaption>
${data.rows.length <= longestTable && dataTable(data)}
<script type="application/json" data-figure="${id}">${markup(scriptJson(data))}</script>
</figure>
`;
}

function dataTable({ columns, rows }: FigureData): Html | false {
  if (rows.some((row) => row.some((cell) => typeof cell === "object"))) return false;
  return html`<details><summary>Data of this figure (${countText(rows.length, "row")})</summary><div class="scroll"><table class="data">
<thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell) => dataCell(cell as string | number | boolean))}</tr>\n`)}</tbody>
</table></div></details>`;
}

function dataCell(cell: string | number | boolean): Html {
  if (typeof cell === "number")
    return html`<td class="number">${numberText(cell, Number.isInteger(cell) ? 0 : 3)}</td>`;
  return html`<td>${typeof cell === "boolean" ? (cell ? "yes" : "no") : cell}</td>`;
}
