import type { StudyResults } from "../results.ts";
import { accuracyRows, renderAccuracyFigure, renderAccuracyTable } from "./accuracyFigure.ts";
import type { Charts } from "./charts.ts";
import { renderCorrelationFigure } from "./correlationFigure.ts";
import { type Html, html } from "./html.ts";

/** How often the attended source was picked, beside chance, and the correlations the choice was made by. */
export function renderDecoding(charts: Charts, results: StudyResults): Html | undefined {
  // with one candidate there is nothing to decide
  const decisions = results.decisions.filter(({ sources }) => sources.length > 1);
  if (decisions.length === 0) return undefined;
  const features = [...new Set(decisions.map(({ feature }) => feature))];
  const rows = features.flatMap((feature) => accuracyRows(feature, decisions));
  return html`<section aria-labelledby="decoding"><h2 id="decoding">Decoding attention from EEG</h2>
${renderAccuracyTable(rows)}
${renderAccuracyFigure(charts, features, rows)}
${renderCorrelationFigure(charts, features, decisions)}
</section>`;
}
