import type { StudyResults } from "../results.ts";
import { allAccuracyRows, renderAccuracyFigure, renderAccuracyTable } from "./accuracyFigure.ts";
import type { Charts } from "./charts.ts";
import { renderCorrelationFigure } from "./correlationFigure.ts";
import { renderCurveFigure } from "./curveFigure.ts";
import { type Html, html } from "./html.ts";
import { renderMeasureTable, renderNullTable } from "./measureTable.ts";

/** How well attention was decoded: curve, measures, nulls, subjects, and the correlations decisions were made by. */
export function renderDecoding(charts: Charts, results: StudyResults): Html | undefined {
  const { decoding, decisions } = results;
  const rows = allAccuracyRows(decisions);
  if (rows.length === 0 && decoding.features.length === 0) return undefined;
  return html`${titled("Accuracy by the length of the decision window", renderCurveFigure(charts, decoding))}
${titled("Measures", renderMeasureTable(decoding.features))}
${titled("Nulls", renderNullTable(decoding.features))}
${rows.length > 0 && html`<h3>Accuracy of each subject, whole trials</h3>${renderAccuracyFigure(charts, decisions)}${renderAccuracyTable(rows)}`}
${titled(
  "Correlations the decisions were made by",
  renderCorrelationFigure(
    charts,
    decisions.filter(({ sources }) => sources.length > 1),
  ),
)}`;
}

function titled(title: string, content: Html | undefined): Html | undefined {
  return content && html`<h3>${title}</h3>\n${content}`;
}
