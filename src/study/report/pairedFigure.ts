import type { StudyResults } from "../results.ts";
import type { Charts } from "./charts.ts";
import { baselineOf, type ComparedMetric, type MetricComparisons, type ScorePair, scorePairs } from "./comparisons.ts";
import { type FigureData, renderFigure } from "./figure.ts";
import { type Html, html } from "./html.ts";
import { countText, decibelText, probabilityText, signedText } from "./numbers.ts";

/** Pairs of one panel that are drawn singly; of more, the means of subjects are drawn. */
const mostPairs = 64;

/** Panels of one figure; what has none is in the table of differences and in the data. */
const mostPanels = 12;

/** Scores of every method beside those of the baseline, trial by trial; undefined where there is no baseline. */
export function pairedData(results: StudyResults, { key }: ComparedMetric): FigureData | undefined {
  const baseline = baselineOf(results);
  const pairs = baseline === undefined ? [] : scorePairs(results, baseline, key);
  if (pairs.length === 0) return undefined;
  return {
    columns: ["method", "subject", "trial", "baseline", "method's", "difference"],
    rows: pairs.map((pair) => [
      pair.method,
      pair.subject,
      pair.trial ?? "",
      pair.baseline,
      pair.value,
      pair.value - pair.baseline,
    ]),
  };
}

/** A metric, and its comparisons where there are some. */
export interface PairedMetric {
  readonly metric: ComparedMetric;
  readonly statistics: MetricComparisons | undefined;
}

/** Scores by the baseline and by each method and control, joined for each trial, a panel a method. */
export function renderPairedFigure(
  charts: Charts,
  results: StudyResults,
  { metric, statistics }: PairedMetric,
): Html | undefined {
  const data = pairedData(results, metric);
  if (data === undefined) return undefined;
  const baseline = baselineOf(results)!;
  const { methods } = results;
  const shown = methods.filter(
    ({ id, role, guided }) => id !== baseline && (role === "method" || role === "control" || guided),
  );
  const finite = scorePairs(results, baseline, metric.key).filter(
    (pair) => Number.isFinite(pair.baseline) && Number.isFinite(pair.value),
  );
  const all = shown
    .map(({ id, label }) => ({ id, label, pairs: finite.filter(({ method }) => method === id) }))
    .filter(({ pairs }) => pairs.length > 0);
  const panels = all
    .slice(0, mostPanels)
    .map((panel) => ({ ...panel, drawn: panel.pairs.length > mostPairs ? subjectMeans(panel.pairs) : panel.pairs }));
  if (panels.length === 0) return undefined;
  const values = panels.flatMap(({ drawn }) => drawn.flatMap((pair) => [pair.baseline, pair.value]));
  const domain = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const isMeans = panels.some(({ pairs, drawn }) => drawn.length < pairs.length);
  const name = methods.find(({ id }) => id === baseline)?.label ?? baseline;
  const most = Math.max(...panels.map(({ pairs }) => pairs.length));
  return renderFigure({
    id: `paired-${metric.id}`,
    legend: [
      { label: "better than the baseline", colour: "var(--c1)", mark: "○" },
      { label: "worse", colour: "var(--c6)", mark: "×" },
      { label: "median", colour: "currentColor", mark: "━" },
    ],
    content: html`<div class="panels narrow">${panels.map(
      ({ id, label, pairs, drawn }) =>
        html`<div><h4>${label}</h4>${drawPairs(charts, `${metric.label} by ${label} beside that by ${name}, ${countText(drawn.length, "pair")}`, drawn, domain)}<p>${panelNote(statistics, id, pairs)}</p></div>`,
    )}</div>`,
    caption: html`${metric.label} by ${name} (left) and by the method (right), a pair of dots ${isMeans ? "a subject: the means of its trials" : "a trial"} (n = ${countText(most, "pair")} at most); scores that are not finite are not drawn.${all.length > panels.length && ` Drawn are the first ${panels.length} of ${all.length} methods.`}${statistics === undefined && " The results have no comparisons, so there are no tests here."}`,
    data,
  });
}

function drawPairs({ plot, draw }: Charts, label: string, pairs: readonly ScorePair[], domain: number[]): Html {
  const sides = ["baseline", "method"];
  const ends = pairs.flatMap((pair, i) => {
    const isBetter = pair.value > pair.baseline;
    return [
      { pair: i, isBetter, side: sides[0]!, value: pair.baseline },
      { pair: i, isBetter, side: sides[1]!, value: pair.value },
    ];
  });
  return draw(label, {
    width: 240,
    height: 230,
    marginTop: 24,
    marginBottom: 24,
    marginLeft: 38,
    x: { domain: sides, type: "band", padding: 0.5, label: null },
    y: { label: "dB", labelArrow: "none", domain, nice: true, grid: true, ticks: 5 },
    color: { domain: [true, false], range: ["var(--c1)", "var(--c6)"] },
    symbol: { domain: [true, false], range: ["circle", "times"] },
    marks: [
      plot.line(ends, {
        x: "side",
        y: "value",
        z: "pair",
        stroke: "isBetter",
        strokeOpacity: Math.max(0.15, Math.min(0.5, 12 / pairs.length)),
        strokeWidth: 1,
      }),
      plot.dot(ends, { x: "side", y: "value", stroke: "isBetter", symbol: "isBetter", strokeWidth: 1.3, r: 2.5 }),
      plot.tickY(ends, {
        ...plot.groupX({ y: "median" }, { x: "side", y: "value" }),
        stroke: "currentColor",
        strokeWidth: 2.5,
      }),
    ],
  });
}

/** The panel's statistics from the comparison; without one, how often the method is ahead. */
function panelNote(statistics: MetricComparisons | undefined, method: string, pairs: readonly ScorePair[]): string {
  const row = statistics?.comparisons.comparisons.find((each) => each.method === method);
  const ahead = pairs.filter(({ baseline, value }) => value > baseline).length;
  const counts = `Better in ${ahead} of ${countText(pairs.length, "trial")}`;
  if (row === undefined) return `${counts}.`;
  const { difference, adjustedPValue, n, leftOut } = row;
  return `${signedText(difference.estimate, 1)} dB (${decibelText(difference.low)} to ${decibelText(difference.high)}), adjusted p = ${probabilityText(adjustedPValue)}, n = ${countText(n.pairs, "pair")}${leftOut.length > 0 ? `, ${leftOut.length} left out` : ""}. ${counts}.`;
}

function subjectMeans(pairs: readonly ScorePair[]): ScorePair[] {
  return [...new Set(pairs.map(({ subject }) => subject))].map((subject) => {
    const own = pairs.filter((pair) => pair.subject === subject);
    const mean = (pick: (pair: ScorePair) => number) => own.reduce((sum, pair) => sum + pick(pair), 0) / own.length;
    return {
      method: own[0]!.method,
      subject,
      baseline: mean(({ baseline }) => baseline),
      value: mean(({ value }) => value),
    };
  });
}
