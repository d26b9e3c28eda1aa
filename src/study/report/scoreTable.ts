import type { MethodRole, StudyResults } from "../results.ts";
import { type Html, html, markup, scriptJson } from "./html.ts";
import { countText, decibelText } from "./numbers.ts";
import { type MetricKey, metrics, type Summary, summariseScores } from "./scoreSummary.ts";

const groups: readonly { readonly roles: readonly MethodRole[]; readonly title: string; readonly note: string }[] = [
  { roles: ["baseline", "method"], title: "Baselines and methods", note: "" },
  {
    roles: ["control"],
    title: "Controls",
    note: "Runs with the guide broken on purpose. They show what a method reaches without the information it claims to use.",
  },
  {
    roles: ["oracle"],
    title: "Oracles",
    note: "These rows have seen what nobody has in practice, such as the true sources. They are upper bounds and compete with no other row.",
  },
];

/**
 * The headline table: a row a method, with medians, intervals and counts.
 *
 * @param results the study
 * @param resamples bootstrap resamples of each interval
 * @param confidence of each interval, 0 to 1
 */
export function renderScoreTable(results: StudyResults, resamples: number, confidence: number): Html {
  const summaries = summariseScores(results, resamples, confidence);
  const best = bestMedians(results, summaries);
  const odd = [...summaries.values()].flatMap((row) => metrics.map(({ key }) => row[key]));
  const data = results.methods.map(({ id, role }) => ({ id, role, ...summaries.get(id) }));
  return html`<div class="scroll"><table class="scores" data-table="scores">
<thead><tr><th scope="col">Method</th>${metrics.map(({ label }) => html`<th scope="col" class="number">${label}<br>dB</th>`)}<th scope="col" class="number">Trials</th></tr></thead>
${groups.map(({ roles, title, note }) => {
  const members = results.methods.filter(({ role }) => roles.includes(role));
  if (members.length === 0) return undefined;
  return html`<tbody>
<tr class="group"><th scope="rowgroup" colspan="${metrics.length + 2}">${title}${note !== "" && html`<small>${note}</small>`}</th></tr>
${members.map(({ id, label, role, description }) => {
  const row = summaries.get(id)!;
  return html`<tr class="${role}" data-method="${id}"><th scope="row">${label} <span class="role ${role}">${role}</span>${(role === "control" || role === "oracle") && html`<small>${description}</small>`}</th>${metrics.map(({ key }) => scoreCell(row[key], best.get(key) === row[key].median && role !== "oracle"))}<td class="number">${row.trials}</td></tr>\n`;
})}</tbody>`;
})}
</table></div>
<p data-note="scores">Each cell is the median over trials, below it the ${100 * confidence} % interval of ${resamples} bootstrap resamples (subjects drawn first, then trials within each).
“Best” marks the highest median of a column among all rows but the oracles; SAR has none, since it counts artefacts alone and a mixture left as it is has no artefacts. SDR gain is the SDR less that of the unprocessed mixture.
${oddNote(odd)}</p>
<script type="application/json" data-figure="scores">${markup(scriptJson(data))}</script>
`;
}

function scoreCell({ median, low, high, infinite, missing }: Summary, isBest: boolean): Html {
  const odd = [...(infinite > 0 ? [`${infinite} infinite`] : []), ...(missing > 0 ? [`${missing} n/a`] : [])];
  return html`<td class="number${isBest && " best"}">${decibelText(median)}${isBest && html`<span class="mark">best</span>`}${
    !Number.isNaN(low) && html`<span class="interval">${decibelText(low)} to ${decibelText(high)}</span>`
  }${odd.length > 0 && html`<span class="odd">${odd.join(", ")}</span>`}</td>`;
}

function oddNote(cells: readonly Summary[]): string {
  const infinite = cells.reduce((sum, cell) => sum + cell.infinite, 0);
  const missing = cells.reduce((sum, cell) => sum + cell.missing, 0);
  const notes = [
    infinite > 0 &&
      `${countText(infinite, "score")} ${infinite === 1 ? "is" : "are"} infinite (nothing of an error, or nothing of the source, was left); ∞ sorts above and −∞ below every number, so they count in the median.`,
    missing > 0 &&
      `${countText(missing, "score")} ${missing === 1 ? "is" : "are"} n/a, not a number (0/0 of a silent estimate, or ∞ less ∞ in a gain); they have no place in an order and are left out of the median.`,
  ];
  return notes.filter((note) => note !== false).join(" ") || "All scores are finite.";
}

function bestMedians(
  { methods }: StudyResults,
  summaries: ReadonlyMap<string, Readonly<Record<MetricKey, Summary>>>,
): Map<MetricKey, number> {
  const best = new Map<MetricKey, number>();
  for (const { id, role } of methods) {
    if (role === "oracle") continue;
    for (const { key } of metrics) {
      if (key === "sar") continue; // a mixture left as it is has no artefacts at all
      const { median } = summaries.get(id)![key];
      if (!Number.isNaN(median) && !(median <= (best.get(key) ?? Number.NaN))) best.set(key, median);
    }
  }
  return best;
}
