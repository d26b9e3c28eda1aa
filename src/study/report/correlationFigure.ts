import type { DecisionRow } from "../results.ts";
import type { Charts } from "./charts.ts";
import { renderFigure } from "./figure.ts";
import { attendedCorrelation } from "./gainDecodingFigure.ts";
import { type Html, html } from "./html.ts";
import { countText } from "./numbers.ts";

const sides = ["attended", "best other"] as const;

/** Correlations with the attended and the best other source, joined for each decision, a panel a feature. */
export function renderCorrelationFigure(
  charts: Charts,
  features: readonly string[],
  decisions: readonly DecisionRow[],
): Html | undefined {
  const pairs = decisions.flatMap((row) => {
    const attended = attendedCorrelation(row);
    const others = row.correlations.filter((value, i) => row.sources[i] !== row.target && Number.isFinite(value));
    if (attended === undefined || !Number.isFinite(attended) || others.length === 0) return [];
    return [{ ...row, attended, other: Math.max(...others) }];
  });
  if (pairs.length === 0) return undefined;
  const { plot, draw } = charts;
  const ends = pairs.flatMap((pair, i) => [
    { pair: i, feature: pair.feature, correct: pair.correct, side: sides[0], value: pair.attended },
    { pair: i, feature: pair.feature, correct: pair.correct, side: sides[1], value: pair.other },
  ]);
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
          domain: [Math.min(...ends.map(({ value }) => value)), Math.max(...ends.map(({ value }) => value))],
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
    data: {
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
    },
  });
}
