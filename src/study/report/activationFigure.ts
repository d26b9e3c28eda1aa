import { ToolkitError } from "../../core/error.ts";
import { pearson } from "../../numeric/statistics.ts";
import type { TrialDetail } from "../results.ts";
import type { Charts } from "./charts.ts";
import { type FigureData, renderFigure } from "./figure.ts";
import { type Html, html } from "./html.ts";
import { countText, numberText } from "./numbers.ts";

/** Points a line is drawn with at most: about one a pixel of its panel. */
const longestLine = 300;

/** Both courses of every component as they are drawn; undefined where nothing was decoded. */
export function activationData(detail: TrialDetail): FigureData | undefined {
  if (detail.decodedActivations.length === 0) return undefined;
  const { block, lines } = thinned(detail);
  return {
    columns: ["component", "seconds between points", "decoded", "true"],
    rows: lines.map((line, i) => [i + 1, block / detail.activationRateHz, line.decoded, line.actual]),
  };
}

function thinned({ trial, decodedActivations: decoded, trueActivations: actual }: TrialDetail) {
  if (decoded.length !== actual.length) {
    throw new ToolkitError(
      "bad-shape",
      `renderReport: trial ${JSON.stringify(trial)} has ${decoded.length} decoded and ${actual.length} true activations; both need the same components`,
    );
  }
  const frames = Math.max(...decoded.map((line) => line.length));
  const block = Math.max(1, Math.ceil(frames / longestLine));
  const lines = decoded.map((line, i) => ({ decoded: blockMeans(line, block), actual: blockMeans(actual[i]!, block) }));
  return { frames, block, lines };
}

/** Decoded and true activations of the attended source over time, a panel a component. */
export function renderActivationFigure(charts: Charts, id: string, detail: TrialDetail): Html | undefined {
  const { decodedActivations: decoded, trueActivations: actual, activationRateHz } = detail;
  if (decoded.length === 0) return undefined;
  const { frames, block, lines } = thinned(detail);
  const seconds = (frame: number) => ((frame + 0.5) * block) / activationRateHz;
  const { plot, draw } = charts;
  const panels = lines.map((line, i) => {
    const points = (values: Float64Array) => Array.from(values, (value, frame) => [seconds(frame), value] as const);
    const r = correlation(decoded[i]!, actual[i]!);
    return html`<div><h4>Component ${i + 1}</h4>${draw(`Decoded and true activations of component ${i + 1}`, {
      width: 340,
      height: 180,
      marginTop: 12,
      marginLeft: 44,
      x: { label: "Time (s)", ticks: 5 },
      y: { label: null, ticks: 3, zero: true },
      marks: [
        plot.line(points(line.actual), { stroke: "var(--c7)", strokeWidth: 1.6 }),
        plot.line(points(line.decoded), { stroke: "var(--c1)", strokeWidth: 1.2 }),
      ],
    })}<p>r = ${numberText(r, 2)}</p></div>`;
  });
  return renderFigure({
    id,
    legend: [
      { label: "true", colour: "var(--c7)" },
      { label: "decoded from EEG", colour: "var(--c1)" },
    ],
    content: html`<div class="panels">${panels}</div>`,
    caption: html`Activations of the attended source in this trial, decoded from EEG and true, a panel a component (n = ${countText(lines.length, "component")} of ${countText(frames, "frame")} at ${numberText(activationRateHz, 1)} Hz; each row has unit norm). r is Pearson’s correlation over all frames.${block > 1 && ` Drawn are means of ${block} frames.`}`,
    data: activationData(detail)!,
  });
}

function blockMeans(values: Float64Array, block: number): Float64Array {
  const means = new Float64Array(Math.ceil(values.length / block));
  for (let i = 0; i < means.length; i++) {
    const end = Math.min(values.length, (i + 1) * block);
    let sum = 0;
    for (let j = i * block; j < end; j++) sum += values[j]!;
    means[i] = sum / (end - i * block);
  }
  return means;
}

/** Pearson's correlation over the frames both have; NaN where it is not defined. */
function correlation(a: Float64Array, b: Float64Array): number {
  const length = Math.min(a.length, b.length);
  const [first, second] = [a.subarray(0, length), b.subarray(0, length)];
  return length > 1 && first.every(Number.isFinite) && second.every(Number.isFinite)
    ? pearson(first, second)
    : Number.NaN;
}
