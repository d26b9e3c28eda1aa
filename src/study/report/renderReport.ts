import { ToolkitError } from "../../core/error.ts";
import type { StudyResults } from "../results.ts";
import { headlineAnswers, renderAnswers } from "./answers.ts";
import { renderCautions } from "./cautions.ts";
import { type Charts, loadCharts } from "./charts.ts";
import { renderChecks } from "./checksSection.ts";
import { renderMethods, renderProvenance } from "./closing.ts";
import { renderDecoding } from "./decodingSection.ts";
import { renderDetails } from "./detailSection.ts";
import { renderGainAgainstDecodingFigure } from "./gainDecodingFigure.ts";
import { type Html, html } from "./html.ts";
import { renderJointTable } from "./jointTable.ts";
import { renderLeftOut } from "./leftOut.ts";
import { fileLink } from "./links.ts";
import { renderBanners, renderSummary } from "./opening.ts";
import { renderPage, renderSection } from "./page.ts";
import { renderPatternFigure } from "./patternFigure.ts";
import { renderReferences } from "./references.ts";
import { type ReportOptions, resolveReportOptions } from "./reportOptions.ts";
import { renderSeparation } from "./separationSection.ts";

export { type ReportOptions, reportDefaults } from "./reportOptions.ts";

/**
 * Writes a study as one HTML page that needs nothing else: charts are inline SVG, images and sounds are data in the page,
 * nothing is loaded from a network, and it reads without scripts. The same results give the same bytes.
 *
 * @param results the study; every string in it is escaped
 * @param options see `reportDefaults`
 * @returns the page
 * @throws ToolkitError `bad-shape` if there are neither scores nor decisions, or scores but no methods, or a detail's or a pattern's arrays do not fit
 * together; `not-found` if a score names a method that is not listed; `bad-option`
 */
export async function renderReport(results: StudyResults, options: ReportOptions = {}): Promise<string> {
  const settings = resolveReportOptions(options);
  checkResults(results);
  const charts = await loadCharts();
  const pages = Object.entries(settings.subjectPages);
  const details =
    pages.length > 0 ? renderSubjectLinks(results, pages) : await renderDetails(charts, results, settings);
  const body = html`${renderBanners(results)}
<header><h1>${results.title}</h1>
${renderSummary(results)}</header>
${await renderFindings(charts, results, settings)}
${details}
${renderEnd(results)}`;
  return renderPage({ title: results.title, version: results.provenance.version, body });
}

/** Everything between the summary and the trials in detail. */
export async function renderFindings(
  charts: Charts,
  results: StudyResults,
  settings: Required<ReportOptions>,
): Promise<Html> {
  const gains = renderGainAgainstDecodingFigure(charts, results);
  const joint = renderJointTable(results);
  const link = html`${gains && html`<h3>Gain against decoding, trial by trial</h3>\n${gains}`}
${joint && html`<h3>Correlation of the two</h3>\n${joint}`}`;
  return html`${renderAnswers(headlineAnswers(results, settings.resamples, settings.confidence))}
${renderSection("cautions", "What to beware of", renderCautions(results))}
${renderSection("decoding", "Decoding attention from EEG", renderDecoding(charts, results))}
${renderSection("checks", "Can the decoding be believed?", results.decisions.length > 0 ? renderChecks(results.decoding) : undefined)}
${renderSection("patterns", "Where on the scalp", await renderPatternFigure(charts, results.patterns))}
${renderSection("separation", "How well the attended source was separated", results.scores.length > 0 ? renderSeparation(charts, results, settings) : undefined)}
${renderSection("link", "Does better decoding give better separation?", link)}`;
}

/** What every report ends with. */
export function renderEnd(results: StudyResults): Html {
  return html`${results.methods.length > 0 && renderMethods(results)}
${renderSection("left-out", "What is not in these numbers", renderLeftOut(results))}
${renderReferences(results)}
${renderProvenance(results)}`;
}

/**
 * Refuses what no report can be made of.
 *
 * @throws ToolkitError `bad-shape`, `not-found`
 */
export function checkResults({ methods, scores, decisions, failures, plannedTrials }: StudyResults): void {
  if (scores.length > 0 && methods.length === 0) {
    throw new ToolkitError("bad-shape", "renderReport: the results have scores but list no methods");
  }
  if (scores.length === 0 && decisions.length === 0) {
    const [first] = failures;
    const why = first && `; the first failure: subject ${first.subject}, trial ${first.trial}: ${first.message}`;
    throw new ToolkitError(
      "bad-shape",
      `renderReport: the results have neither scores nor decisions (${plannedTrials} trials planned, ${failures.length} failures)${why ?? "; run the study first"}`,
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

function renderSubjectLinks({ details }: StudyResults, pages: readonly [subject: string, file: string][]): Html {
  return html`<section aria-labelledby="subjects"><h2 id="subjects">Each subject</h2>
<p>Trials in detail, with sounds, spectrograms, activations and costs, are in the reports of the subjects.</p>
<ul>${pages.map(([subject, file]) => {
    const shown = details.find((detail) => detail.subject === subject);
    return html`<li><a href="${fileLink(file)}">Subject <bdi>${subject}</bdi></a>${shown && html`, trial <bdi>${shown.trial}</bdi>`}</li>\n`;
  })}</ul></section>`;
}
