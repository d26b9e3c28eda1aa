import { type Fragment, type Html, html, markup, scriptJson } from "./html.ts";
import { countText, numberText } from "./numbers.ts";

/** The numbers a figure is drawn from, as a table. */
export interface FigureData {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly FigureCell[])[];
}

/** One entry of a figure's data; null where there is nothing to state. */
export type FigureCell = string | number | boolean | null | ArrayLike<number>;

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

/** Longest data that is shown as a table. */
const longestTable = 200;

/** Lays a figure out: legend, picture, numbered caption, and its data. */
export function renderFigure({ id, content, caption, data, legend }: Figure): Html {
  return html`<figure id="${id}">
${
  legend &&
  legend.length > 0 &&
  html`<ul class="legend">${legend.map(({ label, colour, mark }) => html`<li>${mark === undefined ? html`<i style="background:${colour}"></i>` : html`<b style="color:${colour}" aria-hidden="true">${mark}</b>`}${label}</li>`)}</ul>`
}
<div class="scroll">${content}</div>
<figcaption>${caption}</figcaption>
${renderData(id, data)}
</figure>
`;
}

/** Short data as a folded table, and once more as JSON for programs; long data as folded JSON that can be copied. */
function renderData(id: string, data: FigureData): Html {
  const { columns, rows } = data;
  const isTable =
    rows.length <= longestTable && rows.every((row) => row.every((cell) => typeof cell !== "object" || cell === null));
  const title = `Data of this figure (${countText(rows.length, "row")}${isTable ? "" : ", JSON"})`;
  if (!isTable) {
    return html`<details><summary>${title}</summary><pre class="json" data-figure="${id}">${markup(scriptJson(data))}</pre></details>`;
  }
  return html`<details><summary>${title}</summary><div class="scroll"><table class="data">
<thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell) => dataCell(cell as string | number | boolean | null))}</tr>\n`)}</tbody>
</table></div></details>
<script type="application/json" data-figure="${id}">${markup(scriptJson(data))}</script>`;
}

function dataCell(cell: string | number | boolean | null): Html {
  if (cell === null) return html`<td>none</td>`;
  if (typeof cell === "number")
    return html`<td class="number">${numberText(cell, Number.isInteger(cell) ? 0 : 3)}</td>`;
  return html`<td>${typeof cell === "boolean" ? (cell ? "yes" : "no") : cell}</td>`;
}
