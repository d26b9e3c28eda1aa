import { type DecisionSummary, summariseDecisions } from "../../eeg/decoding/attentionDecision.ts";
import type { DecisionRow } from "../results.ts";
import type { Charts } from "./charts.ts";
import { type FigureData, renderFigure } from "./figure.ts";
import { type Html, html } from "./html.ts";
import { countText, percentText, probabilityText } from "./numbers.ts";
import { renderTable, tableColumns } from "./table.ts";

const everyone = "All subjects";

/** Decisions by one feature, of one subject or of all. */
export interface AccuracyRow extends DecisionSummary {
  readonly feature: string;
  /** The subject, or "All subjects". */
  readonly who: string;
}

/** Sums the decisions up, a feature at a time. */
export function allAccuracyRows(decisions: readonly DecisionRow[]): AccuracyRow[] {
  // with one candidate there is nothing to decide
  const able = decisions.filter(({ sources }) => sources.length > 1);
  return [...new Set(able.map(({ feature }) => feature))].flatMap((feature) => accuracyRows(feature, able));
}

/** Over all subjects first, then for each where there are several. */
function accuracyRows(feature: DecisionRow["feature"], decisions: readonly DecisionRow[]): AccuracyRow[] {
  const own = decisions.filter((row) => row.feature === feature);
  const subjects = [...new Set(own.map(({ subject }) => subject))];
  const summary = (who: string, rows: readonly DecisionRow[]) => ({
    feature,
    who,
    ...summariseDecisions(rows.map(({ correct, sources }) => ({ correct, sources: sources.length }))),
  });
  return [
    summary(everyone, own),
    ...(subjects.length === 1 ? [] : subjects).map((who) =>
      summary(
        who,
        own.filter(({ subject }) => subject === who),
      ),
    ),
  ];
}

/** The numbers of the accuracy figure; undefined where nothing was decided. */
export function accuracyData(decisions: readonly DecisionRow[]): FigureData | undefined {
  const rows = allAccuracyRows(decisions);
  if (rows.length === 0) return undefined;
  return {
    columns: ["feature", "subject", "right", "decisions", "accuracy", "low", "high", "chance", "p"],
    rows: rows.map((row) => [
      row.feature,
      row.who,
      row.correct,
      row.count,
      row.accuracy,
      row.interval.low,
      row.interval.high,
      row.chance,
      row.pValue,
    ]),
  };
}

/** A line a feature and subject: accuracy with interval, chance, p-value and count. */
export function renderAccuracyTable(rows: readonly AccuracyRow[]): Html {
  return renderTable({
    name: "decoding",
    columns: tableColumns(
      "Feature",
      "Subject",
      "#Accuracy",
      "#95 % interval",
      "#Chance",
      "#p by guessing",
      "#Decisions",
    ),
    rows: rows.map((row) => [
      row.feature,
      row.who,
      percentText(row.accuracy),
      `${percentText(row.interval.low)} to ${percentText(row.interval.high)}`,
      percentText(row.chance),
      probabilityText(row.pValue),
      `${row.correct} of ${row.count}`,
    ]),
  });
}

/** Accuracy with its interval beside chance, overall and a subject, a panel a feature. */
export function renderAccuracyFigure(charts: Charts, decisions: readonly DecisionRow[]): Html | undefined {
  const rows = allAccuracyRows(decisions);
  if (rows.length === 0) return undefined;
  const features = [...new Set(rows.map(({ feature }) => feature))];
  const { plot, draw } = charts;
  const names = [...new Set(rows.map(({ who }) => who))];
  const content = draw("Decoding accuracy with exact intervals and chance, overall and for each subject", {
    width: 860,
    height: 74 + features.length * (26 * names.length + 24),
    marginLeft: 110,
    marginRight: 100,
    x: {
      domain: [0, 1],
      label: "Decisions that were right (%)",
      tickFormat: (share: number) => String(Math.round(100 * share)),
      grid: true,
    },
    y: { domain: names, label: null },
    fy: { domain: [...features], label: null, padding: 0.15 },
    marks: [
      plot.axisY({ tickSize: 0, lineWidth: 9, textOverflow: "ellipsis" }),
      plot.ruleY(rows, {
        fy: "feature",
        y: "who",
        x1: ({ interval }: AccuracyRow) => interval.low,
        x2: ({ interval }: AccuracyRow) => interval.high,
        stroke: "var(--c1)",
        strokeWidth: 2,
      }),
      plot.dot(rows, {
        fy: "feature",
        y: "who",
        x: "accuracy",
        fill: "var(--c1)",
        r: (row: AccuracyRow) => (row.who === everyone ? 1 : 0),
      }),
      plot.tickX(rows, { fy: "feature", y: "who", x: "chance", stroke: "var(--c6)", strokeWidth: 2.5 }),
    ],
    r: { domain: [0, 1], range: [3.5, 5.5] },
  });
  return renderFigure({
    id: "decoding-accuracy",
    content,
    legend: [
      { label: "accuracy, with its interval", colour: "var(--c1)", mark: "●" },
      { label: "chance", colour: "var(--c6)", mark: "┃" },
    ],
    caption: html`Share of decisions in which the attended source correlated best with what was decoded (n = ${countText(
      rows.filter(({ who }) => who === everyone).reduce((sum, { count }) => sum + count, 0),
      "decision",
    )}), with exact (Clopper–Pearson) 95 % intervals. Chance is one over the number of candidates, averaged over the decisions; p is the probability of at least as many right decisions by guessing.`,
    data: accuracyData(decisions)!,
  });
}
