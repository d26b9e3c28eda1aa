import type { DecodingSummary } from "../decodingSummary.ts";
import type { StudyResults } from "../results.ts";
import { loadCharts } from "./charts.ts";
import { renderDetails } from "./detailSection.ts";
import { html } from "./html.ts";
import { renderBanners, renderSummary } from "./opening.ts";
import { renderPage } from "./page.ts";
import { checkResults, renderEnd, renderFindings } from "./renderReport.ts";
import { type ReportOptions, resolveReportOptions } from "./reportOptions.ts";
import { subjectResults } from "./subjectResults.ts";

/** Bytes from which on players give way, and what they keep in any case. */
const [largestPage, leastAudioBytes] = [2_950_000, 200_000];

/** Options of {@link renderSubjectReport}. */
export interface SubjectReportOptions extends Omit<ReportOptions, "subjectPages"> {
  /**
   * Summary of this subject's decisions alone (`summariseDecoding` of the subject's events). Without it the page has accuracies and
   * correlations but no curve, measures and nulls, and says so.
   */
  readonly decoding?: DecodingSummary;
}

/**
 * Writes one subject of a study as a page like that of `renderReport`: its own scores, decisions, patterns and trials in detail.
 * Its links to audio start in the results folder, where the page has to lie. It stays below 3 MB: where a study has so many rows that it would not, excerpts of the players get shorter.
 *
 * @param results the whole study
 * @param subject one with scores or decisions
 * @param options see `reportDefaults`
 * @returns the page
 * @throws ToolkitError as `renderReport`; `not-found` for a subject without scores and decisions
 */
export async function renderSubjectReport(
  results: StudyResults,
  subject: string,
  options: SubjectReportOptions = {},
): Promise<string> {
  const { decoding, ...rest } = options;
  const settings = resolveReportOptions(rest);
  checkResults(results);
  const own = subjectResults(results, subject, decoding);
  const charts = await loadCharts();
  const title = `${results.title}: subject ${subject}`;
  const subjects = new Set([...results.scores, ...results.decisions].map((row) => row.subject)).size;
  const top = html`${renderBanners(own)}
<header><h1>${results.title}: subject <bdi>${subject}</bdi></h1>
${renderSummary(own)}
<p data-note="one-subject">This page is about one of ${subjects} subject${subjects !== 1 && "s"}, and nothing on it says anything about others: intervals and tests are over this subject’s trials. Controls and the table of mixtures are those of the whole study.${
    decoding === undefined &&
    own.decisions.length > 0 &&
    " The decoding curve, its measures and its nulls are made over all subjects and stand in the study’s report."
  }</p></header>
${await renderFindings(charts, own, settings)}`;
  const end = renderEnd(own);
  const assemble = async (audioBytesPerSubject: number) => {
    const details = await renderDetails(charts, own, { ...settings, audioBytesPerSubject });
    return renderPage({ title, version: results.provenance.version, body: html`${top}\n${details}\n${end}` });
  };
  const page = await assemble(settings.audioBytesPerSubject);
  const excess = Buffer.byteLength(page) - largestPage;
  if (excess <= 0) return page;
  return assemble(Math.max(leastAudioBytes, settings.audioBytesPerSubject - excess));
}
