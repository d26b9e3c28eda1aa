import type { DecisionRow, MethodInfo, ScoreRow, StudyResults } from "../results.ts";
import type { Charts } from "./charts.ts";
import { type FigureData, renderFigure } from "./figure.ts";
import { type Html, html } from "./html.ts";
import { countText } from "./numbers.ts";

/** One trial of one row that decoding steers. */
interface SteeredPoint extends ScoreRow {
  readonly correlation: number;
  readonly correct: boolean;
}

/** The points of the figure; undefined where nothing is both decoded and separated. */
export function gainDecodingData(results: StudyResults): FigureData | undefined {
  const { shown } = steeredPoints(results);
  if (shown.length === 0) return undefined;
  return {
    columns: ["method", "subject", "trial", "correlation", "SDR gain", "decoded correctly"],
    rows: shown.map((point) => [
      point.method,
      point.subject,
      point.trial,
      point.correlation,
      point.sdrImprovement,
      point.correct,
    ]),
  };
}

function steeredPoints({ decisions, scores, methods }: StudyResults): {
  panels: readonly MethodInfo[];
  shown: readonly SteeredPoint[];
} {
  const decoded = new Map(
    decisions.filter(({ feature }) => feature === "activations").map((row) => [trialKey(row), row]),
  );
  const drawn = scores.flatMap((row): SteeredPoint[] => {
    const decision = decoded.get(trialKey(row));
    const correlation = decision && attendedCorrelation(decision);
    if (correlation === undefined || !Number.isFinite(correlation) || !Number.isFinite(row.sdrImprovement)) return [];
    return [{ ...row, correlation, correct: decision!.correct }];
  });
  const panels = methods.filter(
    ({ id, role, guided }) => (guided ?? role === "method") && drawn.some(({ method }) => method === id),
  );
  return { panels, shown: drawn.filter(({ method }) => panels.some(({ id }) => id === method)) };
}

/** SDR gain against how well the guide was decoded, a panel for each row that the decoded activations steer. */
export function renderGainAgainstDecodingFigure(charts: Charts, results: StudyResults): Html | undefined {
  const data = gainDecodingData(results);
  if (data === undefined) return undefined;
  const { panels, shown } = steeredPoints(results);
  const { plot, draw } = charts;
  const x = {
    label: "Correlation of decoded and true activations",
    domain: extent(shown.map((point) => point.correlation)),
    nice: true,
    grid: true,
    ticks: 5,
  };
  const y = {
    label: "SDR gain (dB)",
    domain: extent([0, ...shown.map((point) => point.sdrImprovement)]),
    nice: true,
    grid: true,
    ticks: 5,
  };
  const content = html`<div class="panels">${panels.map(({ id, label }) => {
    const own = shown.filter(({ method }) => method === id);
    return html`<div><h4>${label}</h4>${draw(
      `SDR gain against decoding correlation for ${label}, ${countText(own.length, "trial")}`,
      {
        width: 340,
        height: 250,
        x,
        y,
        color: { domain: [true, false], range: ["var(--c1)", "var(--c6)"] },
        symbol: { domain: [true, false], range: ["circle", "times"] },
        marks: [
          plot.ruleY([0], { strokeOpacity: 0.5 }),
          plot.dot(own, {
            x: "correlation",
            y: "sdrImprovement",
            stroke: "correct",
            symbol: "correct",
            strokeWidth: 1.8,
            r: 3.5,
          }),
        ],
      },
    )}<p>n = ${own.length}</p></div>`;
  })}</div>`;
  return renderFigure({
    id: "gain-against-decoding",
    content,
    legend: [
      { label: "attended source decoded", colour: "var(--c1)", mark: "○" },
      { label: "another source decoded", colour: "var(--c6)", mark: "×" },
    ],
    caption: html`SDR gain over the mixture against the correlation of the decoded activations with the attended source's own, a dot a trial (n = ${shown.length} over ${countText(panels.length, "method")}). All panels share their axes. If better decoding helped, the dots would rise to the right.`,
    data,
  });
}

/** Correlation of the decoded feature with the attended source; undefined if the target is not among the candidates. */
export function attendedCorrelation({ sources, correlations, target }: DecisionRow): number | undefined {
  return correlations[sources.indexOf(target)];
}

function trialKey({ subject, trial }: { readonly subject: string; readonly trial: string }): string {
  return JSON.stringify([subject, trial]);
}

function extent(values: readonly number[]): [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return low === high ? [low - 1, high + 1] : [low, high];
}
