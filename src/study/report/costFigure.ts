import type { MethodInfo, TrialDetail } from "../results.ts";
import type { Charts } from "./charts.ts";
import { type FigureData, renderFigure } from "./figure.ts";
import { type Html, html } from "./html.ts";
import { countText, measureText } from "./numbers.ts";

/** A step up counts as a rise above this share of the cost: what is less is rounding. */
const riseTolerance = 1e-10;

/** Every trace; undefined where there are none. */
export function costData({ costTraces }: TrialDetail): FigureData | undefined {
  const traces = costTraces.filter(({ cost }) => cost.length > 1);
  if (traces.length === 0) return undefined;
  return {
    columns: ["method", "rising iterations", "cost"],
    rows: traces.map(({ method, cost }) => [method, risingIterations(cost).length, cost]),
  };
}

/** The cost of each method after each iteration, a panel a method, with the iterations in which it rose. */
export function renderCostFigure(
  charts: Charts,
  id: string,
  detail: TrialDetail,
  methods: readonly MethodInfo[],
): Html | undefined {
  const traces = detail.costTraces.filter(({ cost }) => cost.length > 1);
  if (traces.length === 0) return undefined;
  const { plot, draw } = charts;
  const labels = new Map(methods.map(({ id: method, label }) => [method, label]));
  const panels = traces.map(({ method, cost }) => {
    const label = labels.get(method) ?? method;
    const points = Array.from(cost, (value, iteration) => ({ iteration, value })).filter(({ value }) =>
      Number.isFinite(value),
    );
    const rises = risingIterations(cost);
    const rose = points.filter(({ iteration }) => rises.includes(iteration));
    const iterations = cost.length - 1;
    return html`<div><h4>${label}</h4>${draw(`Cost of ${label} over ${countText(iterations, "iteration")}`, {
      width: 340,
      height: 200,
      marginTop: 12,
      marginLeft: 64,
      x: { label: "Iteration", ticks: 5 },
      y: { label: null, ticks: 5, grid: true, nice: true, tickFormat: measureText },
      marks: [
        plot.lineY(points, { x: "iteration", y: "value", stroke: "var(--c1)", strokeWidth: 1.6 }),
        plot.dot(rose, { x: "iteration", y: "value", fill: "var(--c6)", r: 2 }),
      ],
    })}<p>${measureText(cost[0]!)} to ${measureText(cost[iterations]!)}; ${
      rises.length === 0 ? "never rises" : `rises in ${rises.length} of ${countText(iterations, "iteration")}`
    }.</p></div>`;
  });
  return renderFigure({
    id,
    content: html`<div class="panels">${panels}</div>`,
    caption: html`The cost each method minimises, before the first and after each iteration (n = ${countText(traces.length, "trace")}). Costs of different methods are different functions, so each panel has its own scale. Orange dots mark iterations after which the cost was higher than before.`,
    data: costData(detail)!,
  });
}

function risingIterations(cost: readonly number[]): number[] {
  const rises: number[] = [];
  for (let i = 1; i < cost.length; i++) {
    if (cost[i]! - cost[i - 1]! > riseTolerance * Math.abs(cost[i - 1]!)) rises.push(i);
  }
  return rises;
}
