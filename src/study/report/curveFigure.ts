import type { DecisionCurvePoint, WindowLength } from "../../eeg/decoding/decisionCurve.ts";
import type { Interval } from "../../numeric/binomial.ts";
import type { DecodingSummary, FeatureSummary } from "../decodingSummary.ts";
import type { Charts } from "./charts.ts";
import { type FigureData, renderFigure } from "./figure.ts";
import { type Html, html } from "./html.ts";
import { nullTest, windowText } from "./nullTest.ts";
import { countText } from "./numbers.ts";

/** One point of a curve as it is drawn. */
interface Point {
  readonly window: string;
  readonly accuracy: number;
  readonly chance: number;
  readonly low: number;
  readonly high: number;
  readonly nullMean: number;
  readonly nullUpper: number;
  readonly isAbove: boolean;
  readonly count: string;
}

const columns = [
  "feature",
  "window",
  "accuracy",
  "low",
  "high",
  "interval",
  "chance",
  "null mean",
  "null 95 %",
  "p",
  "p over all windows",
  "right",
  "windows",
  "trials",
];

/** The numbers of the decoding curve; undefined where there are none. */
export function curveData({ features, clusters }: DecodingSummary): FigureData | undefined {
  const rows = features.flatMap((feature) =>
    feature.curve.points.map((point) => {
      const { interval, kind } = pointInterval(point, clusters);
      const shift = nullTest(feature, "shift", point.windowSeconds);
      const test = "test" in shift ? shift.test : undefined;
      return [
        feature.feature,
        windowText(point.windowSeconds),
        point.accuracy,
        interval?.low ?? null,
        interval?.high ?? null,
        kind,
        point.chance,
        test?.nullMean ?? null,
        test?.nullUpper ?? null,
        test?.pValue ?? null,
        test?.familyWisePValue ?? null,
        point.correct,
        point.count,
        point.trials,
      ];
    }),
  );
  return rows.length === 0 ? undefined : { columns, rows };
}

/** Accuracy by the length of the decision window beside chance and the null by shifts, a panel a feature. */
export function renderCurveFigure(charts: Charts, decoding: DecodingSummary): Html | undefined {
  const data = curveData(decoding);
  if (data === undefined) return undefined;
  const { features, clusters } = decoding;
  const drawn = features
    .map((feature) => ({ feature, points: feature.curve.points.map((point) => toPoint(feature, point, clusters)) }))
    .filter(({ points }) => points.length > 0);
  const everything = drawn.flatMap(({ points }) => points);
  const lowest = everything.reduce(
    (least, { accuracy, chance, low, nullMean }) =>
      Math.min(least, ...[accuracy, chance, low, nullMean].filter(Number.isFinite)),
    1,
  );
  const domain = [Math.max(0, Math.floor(lowest * 10 - 0.5) / 10), 1];
  return renderFigure({
    id: "decoding-curve",
    legend: [
      {
        label: "accuracy with its interval; filled where above the null",
        colour: "var(--c1)",
        mark: "●",
      },
      { label: "chance", colour: "var(--c6)", mark: "━" },
      { label: "null by shifts: mean, and up to 95 % of shifts", colour: "var(--c7)" },
    ],
    content: html`<div class="panels wide">${drawn.map(
      ({ feature, points }) =>
        html`<div><h4>${feature.feature}</h4>${drawCurve(charts, feature.feature, points, domain)}<p>${curveNote(feature)}</p></div>`,
    )}</div>`,
    caption: html`Share of right decisions by the length of the decision window (n = ${countText(Math.max(...features.map(({ curve }) => curve.trials)), "trial")}; under each point the number of windows, which do not overlap). Bars are 95 % intervals by a bootstrap over ${clusters}, exact (Clopper–Pearson, windows as independent) where that gives none. The null compares with decoded courses shifted in time, each trial by its own amount; a dot is filled where p, corrected for all lengths, is at most 0.05.`,
    data,
  });
}

function drawCurve({ plot, draw }: Charts, feature: string, points: readonly Point[], domain: number[]): Html {
  const nulls = points.filter(({ nullMean }) => Number.isFinite(nullMean));
  const bars = points.filter(({ low }) => Number.isFinite(low));
  return draw(`Accuracy by ${feature} over the length of the decision window, with chance, null and intervals`, {
    width: 420,
    height: 280,
    marginTop: 24,
    marginLeft: 44,
    x: { type: "point", domain: points.map(({ window }) => window), label: "Decision window (s)", padding: 0.6 },
    y: {
      domain,
      label: "Right decisions (%)",
      labelAnchor: "top",
      labelArrow: "none",
      tickFormat: (share: number) => String(Math.round(100 * share)),
      ticks: 6,
      grid: true,
    },
    marks: [
      plot.areaY(nulls, { x: "window", y1: "nullMean", y2: "nullUpper", fill: "var(--c7)", fillOpacity: 0.28 }),
      plot.ruleX(nulls, {
        x: "window",
        y1: "nullMean",
        y2: "nullUpper",
        stroke: "var(--c7)",
        strokeOpacity: 0.5,
        strokeWidth: 6,
      }),
      plot.line(nulls, { x: "window", y: "nullMean", stroke: "var(--c7)", strokeWidth: 1.5, strokeDasharray: "4 3" }),
      plot.line(points, { x: "window", y: "chance", stroke: "var(--c6)", strokeWidth: 1.5 }),
      plot.dot(points, { x: "window", y: "chance", symbol: "square", fill: "var(--c6)", r: 2 }),
      plot.line(points, { x: "window", y: "accuracy", stroke: "var(--c1)", strokeWidth: 1.5 }),
      plot.ruleX(bars, { x: "window", y1: "low", y2: "high", stroke: "var(--c1)", strokeWidth: 2 }),
      plot.dot(points, {
        x: "window",
        y: "accuracy",
        stroke: "var(--c1)",
        strokeWidth: 2,
        fill: ({ isAbove }: Point) => (isAbove ? "var(--c1)" : "var(--paper)"),
        r: 4,
      }),
      plot.text(points, { x: "window", text: "count", frameAnchor: "bottom", dy: -4, fontSize: 10 }),
    ],
  });
}

function toPoint(feature: FeatureSummary, point: DecisionCurvePoint, clusters: "trials" | "subjects"): Point {
  const { interval } = pointInterval(point, clusters);
  const shift = nullTest(feature, "shift", point.windowSeconds);
  const test = "test" in shift ? shift.test : undefined;
  return {
    window: shortWindow(point.windowSeconds),
    accuracy: point.accuracy,
    chance: point.chance,
    low: interval?.low ?? Number.NaN,
    high: interval?.high ?? Number.NaN,
    nullMean: test?.nullMean ?? Number.NaN,
    nullUpper: test?.nullUpper ?? Number.NaN,
    isAbove: test !== undefined && test.familyWisePValue <= 0.05,
    count: String(point.count),
  };
}

function pointInterval(
  { interval, binomial }: DecisionCurvePoint,
  clusters: "trials" | "subjects",
): { interval: Interval | null; kind: string } {
  // where all windows are right (or wrong), so are all resamples: that interval is no interval
  const isFlat = interval !== null && interval.low === interval.high && binomial !== null;
  if (interval && !isFlat) return { interval, kind: `bootstrap over ${clusters}` };
  return { interval: binomial, kind: binomial ? "exact" : "none" };
}

function shortWindow(window: WindowLength): string {
  return window === "trial" ? "trial" : String(window);
}

/** Why there is no null, and what the curve leaves out. */
function curveNote(feature: FeatureSummary): string {
  const shift = feature.nulls.find(({ method }) => method === "shift");
  const missing = shift !== undefined && "reason" in shift ? `No null by shifts: ${shift.reason}. ` : "";
  const longest = feature.curve.points.filter(({ windowSeconds }) => windowSeconds !== "trial").at(-1);
  if (longest === undefined) return missing;
  return `${missing}Windows of ${longest.windowSeconds} s leave out ${longest.droppedSeconds.toFixed(0)} s of trials that they do not fill.`;
}
