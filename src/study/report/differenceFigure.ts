import type { MethodInfo } from "../results.ts";
import type { Charts } from "./charts.ts";
import type { MetricComparisons } from "./comparisons.ts";
import { type FigureData, renderFigure } from "./figure.ts";
import { type Html, html } from "./html.ts";
import { countText } from "./numbers.ts";

/** Differences of every method from the baseline; undefined where the results have no comparisons. */
export function differenceData(all: readonly MetricComparisons[]): FigureData | undefined {
  if (all.length === 0) return undefined;
  return {
    columns: [
      "metric",
      "baseline",
      "method",
      "difference dB",
      "low",
      "high",
      "p",
      "adjusted p",
      "effect size",
      "unit",
      "units",
      "subjects",
      "pairs",
      "pairs left out",
    ],
    rows: all.flatMap(({ metric, comparisons }) =>
      comparisons.comparisons.map((row) => [
        metric.label,
        comparisons.options.baseline,
        row.method,
        row.difference.estimate,
        row.difference.low,
        row.difference.high,
        row.pValue,
        row.adjustedPValue,
        row.effect.estimate,
        row.unit,
        row.n.units,
        row.n.subjects,
        row.n.pairs,
        row.leftOut.length,
      ]),
    ),
  };
}

/** The difference of every method from the baseline with its interval, a panel a metric. */
export function renderDifferenceFigure(
  charts: Charts,
  methods: readonly MethodInfo[],
  all: readonly MetricComparisons[],
): Html | undefined {
  const data = differenceData(all);
  if (data === undefined) return undefined;
  const order = methods
    .map(({ id }) => id)
    .filter((id) => all[0]!.comparisons.comparisons.some((row) => row.method === id));
  const labels = new Map(methods.map(({ id, label, role }) => [id, role === "method" ? label : `${label} (${role})`]));
  const baseline = all[0]!.comparisons.options.baseline;
  const { plot, draw } = charts;
  const panels = all.map(({ metric, comparisons }: MetricComparisons) => {
    const rows = comparisons.comparisons
      .filter(({ difference }) => [difference.estimate, difference.low, difference.high].every(Number.isFinite))
      .map(({ method, difference, adjustedPValue }) => ({ method, ...difference, isClear: adjustedPValue <= 0.05 }));
    const missing = comparisons.comparisons.length - rows.length;
    return html`<div><h4>${metric.label}</h4>${draw(
      `${metric.label} of ${countText(rows.length, "method")} less that of the baseline, with intervals`,
      {
        width: 430,
        height: 66 + 38 * order.length,
        marginTop: 8,
        marginLeft: 176,
        marginRight: 12,
        x: { label: `${metric.label} difference (dB)`, grid: true, nice: true, ticks: 5, zero: true },
        y: { domain: order, label: null },
        marks: [
          plot.axisY({ tickSize: 0, lineWidth: 15, fontSize: 11, tickFormat: (id: string) => labels.get(id) ?? id }),
          plot.ruleX([0], { stroke: "currentColor", strokeOpacity: 0.6 }),
          plot.ruleY(rows, { y: "method", x1: "low", x2: "high", stroke: "var(--c1)", strokeWidth: 2 }),
          plot.dot(rows, {
            y: "method",
            x: "estimate",
            r: 4,
            stroke: "var(--c1)",
            strokeWidth: 2,
            fill: ({ isClear }: { isClear: boolean }) => (isClear ? "var(--c1)" : "var(--paper)"),
          }),
        ],
      },
    )}<p>${missing > 0 ? `${countText(missing, "method")} without a finite difference or interval ${missing === 1 ? "is" : "are"} not drawn.` : ""}</p></div>`;
  });
  const pairs = Math.max(...all[0]!.comparisons.comparisons.map(({ n }) => n.pairs), 0);
  return renderFigure({
    id: "method-differences",
    legend: [
      { label: "adjusted p at most 0.05", colour: "var(--c1)", mark: "●" },
      { label: "above 0.05", colour: "var(--c1)", mark: "○" },
    ],
    content: html`<div class="panels wide">${panels}</div>`,
    caption: html`Difference of each method from ${labels.get(baseline) ?? baseline} on the same trials (n = ${countText(pairs, "pair")} at most; those of each method are in the tables), with 95 % intervals by a bootstrap. Zero is no difference.`,
    data,
  });
}
