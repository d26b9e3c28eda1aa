import type { StudyResults } from "../results.ts";
import { accuracyData } from "./accuracyFigure.ts";
import { activationData } from "./activationFigure.ts";
import { comparedMetrics, metricComparisons } from "./comparisons.ts";
import { correlationData } from "./correlationFigure.ts";
import { costData } from "./costFigure.ts";
import { curveData } from "./curveFigure.ts";
import { detailId, playerLimits } from "./detailSection.ts";
import { differenceData } from "./differenceFigure.ts";
import type { FigureCell, FigureData } from "./figure.ts";
import { gainDecodingData } from "./gainDecodingFigure.ts";
import { gainData } from "./gainFigure.ts";
import { maskData } from "./maskFigure.ts";
import { pairedData } from "./pairedFigure.ts";
import { patternData } from "./patternFigure.ts";
import { playerData } from "./playerFigure.ts";
import { type ReportOptions, resolveReportOptions } from "./reportOptions.ts";
import { spectrogramData } from "./spectrogramFigure.ts";

/** One row of a figure's data: a value a column. */
export type FigureRow = Readonly<Record<string, FigureCell>>;

/**
 * The numbers behind every figure of a report, to be written beside it: by the figure's `id`, its rows in order. A figure without
 * data is left out.
 *
 * @param results as given to the report, whole or of one subject
 * @param options of the report
 * @throws ToolkitError `bad-option`
 */
export function figureData(results: StudyResults, options: ReportOptions = {}): Record<string, FigureRow[]> {
  const limits = resolveReportOptions(options);
  const figures: Record<string, FigureData | undefined> = {
    "decoding-curve": curveData(results.decoding),
    "decoding-accuracy": accuracyData(results.decisions),
    "decoding-correlations": correlationData(results.decisions.filter(({ sources }) => sources.length > 1)),
    "scalp-patterns": patternData(results.patterns),
    "gain-per-trial": results.scores.length > 0 ? gainData(results) : undefined,
    "method-differences": differenceData(metricComparisons(results)),
    ...Object.fromEntries(comparedMetrics.map((metric) => [`paired-${metric.id}`, pairedData(results, metric)])),
    "gain-against-decoding": gainDecodingData(results),
  };
  for (const [i, detail] of results.details.entries()) {
    const id = detailId(i);
    figures[`${id}-players`] = playerData(detail, playerLimits(results, i, limits));
    figures[`${id}-spectrograms`] = spectrogramData(detail);
    figures[`${id}-masks`] = maskData(detail);
    figures[`${id}-activations`] = activationData(detail);
    figures[`${id}-costs`] = costData(detail);
  }
  return Object.fromEntries(
    Object.entries(figures).flatMap(([name, data]) => (data === undefined ? [] : [[name, toRows(data)]])),
  );
}

function toRows({ columns, rows }: FigureData): FigureRow[] {
  return rows.map((row) => Object.fromEntries(columns.map((column, c) => [column, row[c]!])));
}
