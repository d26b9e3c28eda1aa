import type { DecisionRow } from "../results.ts";
import type { Charts } from "./charts.ts";
import { type FigureData, renderFigure } from "./figure.ts";
import { attendedCorrelation } from "./gainDecodingFigure.ts";
import { type Html, html } from "./html.ts";
import { countText } from "./numbers.ts";

const sides = ["attended", "best other"] as const;

/** One decision with both of its correlations. */
interface CorrelationPair extends DecisionRow {
  readonly attended: number;
  readonly other: number;
}

/** Correlations of every decision; undefined where there are none. */
export function correlationData(decisions: readonly DecisionRow[]): FigureData | undefined {
  const pairs = correlationPairs(decisions);
  if (pairs.length === 0) return undefined;
  return {
    columns: ["feature", "subject", "trial", "target", "decided", "attended", "best other"],
    rows: pairs.map((pair) => [
      pair.feature,
      pair.subject,
      pair.trial,
      pair.target,
      pair.decided,
      pair.attended,
      pair.other,
    ]),
  };
}

function correlationPairs(decisions: readonly DecisionRow[]): CorrelationPair[] {
  return decisions.flatMap((row) => {
    const attended = attendedCorrelation(row);
    const others = row.correlations.filter((value, i) => row.sources[i] !== row.target && Number.isFinite(value));
    if (attended === undefined || !Number.isFinite(attended) || others.length === 0) return [];
    return [{ ...row, attended, other: Math.max(...others) }];
  });
}

/** Correlations with the attended and the best other source, joined for each decision, a panel a feature. */
export function renderCorrelationFigure(charts: Charts, decisions: readonly DecisionRow[]): Html | undefined {
  const data = correlationData(decisions);
  if (data === undefined) return undefined;
  const pairs = correlationPairs(decisions);
  const features = [...new Set(pairs.map(({ feature }) => feature))];
  const { plot, draw } = charts;
  const ends = pairs.flatMap((pair, i) => [
    { pair: i, feature: pair.feature, correct: pair.correct, side: sides[0], value: pair.attended },
    { pair: i, feature: pair.feature, correct: pair.correct, side: sides[1], value: pair.other },
  ]);
  const values = ends.map(({ value }) => value);
  const content = html`<div class="panels">${features.map((feature) => {
    const own = ends.filter((end) => end.feature === feature);
    const right = own.filter(({ correct }) => correct).length / 2;
    return html`<div><h4>${feature}</h4>${draw(
      `Correlation with the attended and the best other source by ${feature}, ${countText(own.length / 2, "decision")}`,
      {
        width: 340,
        height: 270,
        marginBottom: 30,
        marginLeft: 44,
        x: { domain: [...sides], type: "band", padding: 0.6, label: null },
        y: {
          label: "Correlation",
          nice: true,
          grid: true,
          domain: [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))],
        },
        color: { domain: [true, false], range: ["var(--c1)", "var(--c6)"] },
        symbol: { domain: [true, false], range: ["circle", "times"] },
        marks: [
          plot.ruleY([0], { strokeOpacity: 0.5 }),
          plot.line(own, {
            x: "side",
            y: "value",
            z: "pair",
            stroke: "correct",
            strokeOpacity: Math.min(0.45, 20 / own.length),
            strokeWidth: 1,
          }),
          plot.dot(own, {
            x: "side",
            y: "value",
            stroke: "correct",
            symbol: "correct",
            strokeWidth: 1.5,
            strokeOpacity: own.length > 120 ? 0.5 : 1,
            r: 3,
          }),
          plot.tickY(own, {
            ...plot.groupX({ y: "median" }, { x: "side", y: "value" }),
            stroke: "currentColor",
            strokeWidth: 3,
          }),
        ],
      },
    )}<p>n = ${own.length / 2}, ${right} decided for the attended source</p></div>`;
  })}</div>`;
  return renderFigure({
    id: "decoding-correlations",
    content,
    legend: [
      { label: "decided for the attended source", colour: "var(--c1)", mark: "○" },
      { label: "decided for another", colour: "var(--c6)", mark: "×" },
    ],
    caption: html`Correlation of the decoded feature with that of the attended source and with the best of the others, a pair of dots a decision (n = ${pairs.length}). A line that falls to the right is a right decision.`,
    data,
  });
}
