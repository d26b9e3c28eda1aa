import { type DecisionSummary, summariseDecisions } from "../../eeg/decoding/attentionDecision.ts";
import type { DecisionRow } from "../results.ts";
import type { Charts } from "./charts.ts";
import { renderFigure } from "./figure.ts";
import { type Html, html } from "./html.ts";
import { countText, percentText, probabilityText } from "./numbers.ts";

const everyone = "All subjects";

/** Decisions by one feature, of one subject or of all. */
export interface AccuracyRow extends DecisionSummary {
  readonly feature: string;
  /** The subject, or "All subjects". */
  readonly who: string;
}

/** Sums the decisions by one feature up: over all subjects first, then for each. */
export function accuracyRows(feature: DecisionRow["feature"], decisions: readonly DecisionRow[]): AccuracyRow[] {
  const own = decisions.filter((row) => row.feature === feature);
  const subjects = [...new Set(own.map(({ subject }) => subject))];
  const summary = (who: string, rows: readonly DecisionRow[]) => ({
    feature,
    who,
    ...summariseDecisions(rows.map(({ correct, sources }) => ({ correct, sources: sources.length }))),
  });
  return [
    summary(everyone, own),
    ...subjects.map((who) =>
      summary(
        who,
        own.filter(({ subject }) => subject === who),
      ),
    ),
  ];
}

/** One line a feature: accuracy over all subjects with interval, chance, p-value and count. */
export function renderAccuracyTable(rows: readonly AccuracyRow[]): Html {
  const overall = rows.filter(({ who }) => who === everyone);
  return html`<div class="scroll"><table data-table="decoding">
<thead><tr><th scope="col">Feature</th><th scope="col" class="number">Accuracy</th><th scope="col" class="number">95 % interval</th><th scope="col" class="number">Chance</th><th scope="col" class="number">p</th><th scope="col" class="number">Decisions</th></tr></thead>
<tbody>${overall.map((row) => html`<tr data-feature="${row.feature}"><th scope="row">${row.feature}</th><td class="number">${percentText(row.accuracy)}</td><td class="number">${percentText(row.interval.low)} to ${percentText(row.interval.high)}</td><td class="number">${percentText(row.chance)}</td><td class="number">${probabilityText(row.pValue)}</td><td class="number">${row.correct} of ${row.count}</td></tr>\n`)}</tbody>
</table></div>`;
}

/** Accuracy with its interval beside chance, overall and a subject, a panel a feature. */
export function renderAccuracyFigure(charts: Charts, features: readonly string[], rows: readonly AccuracyRow[]): Html {
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
    data: {
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
    },
  });
}
