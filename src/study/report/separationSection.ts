import type { StudyResults } from "../results.ts";
import type { Charts } from "./charts.ts";
import { comparedMetrics, metricComparisons } from "./comparisons.ts";
import { renderComparisonTable } from "./comparisonTable.ts";
import { renderDifferenceFigure } from "./differenceFigure.ts";
import { renderGainFigure } from "./gainFigure.ts";
import { type Html, html } from "./html.ts";
import { renderPairedFigure } from "./pairedFigure.ts";
import { renderScoreTable } from "./scoreTable.ts";

/** How the intervals of the score table are made. */
export interface ScoreIntervals {
  /** Bootstrap resamples. */
  readonly resamples: number;
  /** Share they cover. */
  readonly confidence: number;
}

/** How well the attended source was separated: scores, gains, and every method against the baseline on the same trials. */
export function renderSeparation(charts: Charts, results: StudyResults, intervals: ScoreIntervals): Html {
  const comparisons = metricComparisons(results);
  return html`<h3>Scores of every row</h3>
${renderScoreTable(results, intervals.resamples, intervals.confidence)}
<h3>Gain in every trial</h3>
${renderGainFigure(charts, results)}
${comparisons.length > 0 && html`<h3>Every row against the baseline, on the same trials</h3>`}
${renderDifferenceFigure(charts, results.methods, comparisons)}
${comparisons.map((each) => html`<h4>${each.metric.label}: statistics</h4>${renderComparisonTable(results, each)}`)}
${comparedMetrics.map((metric) => {
  const statistics = comparisons.find((each) => each.metric === metric);
  const figure = renderPairedFigure(charts, results, { metric, statistics });
  return figure && html`<h3>${metric.label} by the baseline and by each method</h3>\n${figure}`;
})}`;
}
