import { checkNumber, checkWhole } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import type { StudyResults } from "../results.ts";
import { loadCharts } from "./charts.ts";
import { renderClosing, renderMethods } from "./closing.ts";
import { renderDecoding } from "./decodingSection.ts";
import { renderDetails } from "./detailSection.ts";
import { renderGainAgainstDecodingFigure } from "./gainDecodingFigure.ts";
import { renderGainFigure } from "./gainFigure.ts";
import { html, markup } from "./html.ts";
import { renderBanners, renderSummary } from "./opening.ts";
import { renderScoreTable } from "./scoreTable.ts";
import { pageScript, styleSheet } from "./style.ts";

/** Options of `renderReport`. */
export interface ReportOptions {
  /** Longest excerpt a player plays, in seconds. Default 6. */
  readonly excerptSeconds?: number;
  /** Characters that all players of one subject may take in the page; excerpts get shorter to keep to it. Default 2 000 000. */
  readonly audioBytesPerSubject?: number;
  /** Span of the spectrograms' colour scale below the loudest point, in dB. Default 70. */
  readonly spectrogramRangeDb?: number;
  /** Bootstrap resamples behind each interval of the headline table. Default 2000. */
  readonly resamples?: number;
  /** Share the intervals cover. Default 0.95. */
  readonly confidence?: number;
}

/** Defaults of `renderReport`. */
export const reportDefaults = {
  excerptSeconds: 6,
  audioBytesPerSubject: 2_000_000,
  spectrogramRangeDb: 70,
  resamples: 2000,
  confidence: 0.95,
} as const satisfies Required<ReportOptions>;

/**
 * Writes a study as one HTML page that needs nothing else: charts are inline SVG, images and sounds are data in the page,
 * nothing is loaded from a network, and it reads without scripts. The same results give the same bytes.
 *
 * @param results the study; every string in it is escaped
 * @returns the page
 * @throws ToolkitError `bad-shape` if there are no methods or no scores, or a detail's arrays do not fit together;
 * `not-found` if a score names a method that is not listed; `bad-option`
 */
export async function renderReport(results: StudyResults, options: ReportOptions = {}): Promise<string> {
  const settings = { ...reportDefaults, ...options };
  checkOptions(settings);
  checkResults(results);
  const charts = await loadCharts();
  const body = html`${renderBanners(results)}
<header><h1>${results.title}</h1>
${renderSummary(results)}</header>
<section aria-labelledby="separation"><h2 id="separation">How well the attended source was separated</h2>
${renderScoreTable(results, settings.resamples, settings.confidence)}
${renderGainFigure(charts, results)}
</section>
${renderDecoding(charts, results)}
${section("link", "Does better decoding give better separation?", renderGainAgainstDecodingFigure(charts, results))}
${await renderDetails(charts, results, settings)}
${renderMethods(results)}
${renderClosing(results)}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="neurosteer ${results.provenance.version}">
<link rel="icon" href="data:,">
<title>${results.title}</title>
<style>${markup(styleSheet)}</style>
</head>
<body>
<main>
${body}
</main>
<script>${markup(pageScript)}</script>
</body>
</html>
`.markup;
}

function section(id: string, title: string, content: ReturnType<typeof html> | undefined) {
  return content && html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>\n${content}</section>`;
}

function checkOptions(options: Required<ReportOptions>): void {
  checkNumber("renderReport", "excerptSeconds", options.excerptSeconds, { above: 0 });
  checkNumber("renderReport", "audioBytesPerSubject", options.audioBytesPerSubject, { above: 0 });
  checkNumber("renderReport", "spectrogramRangeDb", options.spectrogramRangeDb, { above: 0 });
  checkWhole("renderReport", "resamples", options.resamples, 1);
  checkNumber("renderReport", "confidence", options.confidence, { above: 0, to: 0.9999 });
}

function checkResults({ methods, scores, failures, plannedTrials }: StudyResults): void {
  if (methods.length === 0) {
    throw new ToolkitError("bad-shape", "renderReport: the results list no methods; a report needs at least one");
  }
  if (scores.length === 0) {
    const [first] = failures;
    const why = first && `; the first failure: subject ${first.subject}, trial ${first.trial}: ${first.message}`;
    throw new ToolkitError(
      "bad-shape",
      `renderReport: the results have no scores (${plannedTrials} trials planned, ${failures.length} failures)${why ?? "; run the study first"}`,
    );
  }
  const known = new Set(methods.map(({ id }) => id));
  const row = scores.findIndex(({ method }) => !known.has(method));
  if (row >= 0) {
    throw new ToolkitError(
      "not-found",
      `renderReport: score row ${row} is of method ${JSON.stringify(scores[row]!.method)}, which is not among the ${methods.length} methods listed`,
    );
  }
}
