import { drawFigure, figureColours } from "../shared/figure.ts";
import type { WeightSummary } from "./summary.ts";

const names = { multiplicative: "the paper's rule", sphere: "sphere update" } as const;
const updates = ["multiplicative", "sphere"] as const;

/** A point of a curve: a weight, an update, a guide. */
function pointsOf(summaries: readonly WeightSummary[]) {
  return summaries
    .filter(({ delta }) => delta > 0)
    .flatMap((summary) =>
      updates.map((update) => ({
        panel: `${summary.guide} guide`,
        update: names[update],
        delta: summary.absoluteDelta,
        rises: summary[update].rises,
        ...summary[update].gain,
      })),
    )
    .sort((a, b) => a.delta - b.delta);
}

const common = {
  width: 760,
  height: 320,
  marginLeft: 50,
  marginBottom: 44,
  marginTop: 40,
  fx: { label: null, reverse: true },
  x: { type: "log", label: "delta of the cost", labelAnchor: "center", tickFormat: "~g", ticks: 5 },
  color: { domain: Object.values(names), range: figureColours.slice(0, 2), legend: false },
} as const;

/**
 * The share of rising iterations against delta, a panel for each guide.
 *
 * @param summaries of all weights
 */
export function drawRises(summaries: readonly WeightSummary[]): Promise<string> {
  const points = pointsOf(summaries);
  return drawFigure("Share of iterations that raise the cost over delta", (plot) => ({
    ...common,
    y: { label: "iterations in which the cost rose, %", grid: true, nice: true },
    marks: [
      plot.frame({ stroke: "#ccc" }),
      plot.lineY(points, { x: "delta", y: "rises", stroke: "update", fx: "panel" }),
      plot.dot(points, { x: "delta", y: "rises", fill: "update", fx: "panel", r: 3 }),
      ...legend(plot, points[0]!.panel),
    ],
  }));
}

/**
 * The gain in SDR against delta with its intervals, a panel for each guide.
 *
 * @param summaries of all weights
 */
export function drawGains(summaries: readonly WeightSummary[]): Promise<string> {
  // side by side, so that intervals do not hide each other
  const points = pointsOf(summaries).map((point) => ({
    ...point,
    delta: point.delta * (point.update === names.sphere ? 1.06 : 1 / 1.06),
  }));
  return drawFigure("Gain in SDR of the attended source over delta", (plot) => ({
    ...common,
    y: { label: "gain in SDR over the mixture, dB", grid: true, nice: true },
    marks: [
      plot.frame({ stroke: "#ccc" }),
      plot.ruleY([0], { stroke: "#888" }),
      plot.ruleX(points, { x: "delta", y1: "low", y2: "high", stroke: "update", fx: "panel" }),
      plot.lineY(points, { x: "delta", y: "estimate", stroke: "update", fx: "panel", strokeOpacity: 0.5 }),
      plot.dot(points, { x: "delta", y: "estimate", fill: "update", fx: "panel", r: 3 }),
      ...legend(plot, points[0]!.panel),
    ],
  }));
}

function legend(plot: typeof import("@observablehq/plot"), panel: string) {
  return Object.values(names).map((update, i) =>
    plot.text([{ update, panel }], {
      text: "update",
      fill: "update",
      fx: "panel",
      frameAnchor: "top-left",
      dx: 10,
      dy: 12 + 16 * i,
      fontWeight: "bold",
    }),
  );
}
