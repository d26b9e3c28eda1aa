import type { AttentionMeasure } from "../../eeg/decoding/attentionMeasures.ts";
import type { WindowLength } from "../../eeg/decoding/decisionCurve.ts";
import type { Interval } from "../../numeric/binomial.ts";
import type { FeatureSummary } from "../decodingSummary.ts";
import { type Fragment, type Html, html } from "./html.ts";
import { windowText } from "./nullTest.ts";
import { countText, numberText, percentText, probabilityText } from "./numbers.ts";
import { renderTable, tableColumns } from "./table.ts";

type MeasureName = "accuracy" | "difference" | "dPrime" | "auc" | "bitsPerMinute";

const measures: readonly { key: MeasureName; label: string; text: (value: number) => string }[] = [
  { key: "accuracy", label: "Accuracy", text: percentText },
  { key: "difference", label: "Correlation difference", text: (value) => numberText(value, 3) },
  { key: "dPrime", label: "d′", text: (value) => numberText(value, 2) },
  { key: "auc", label: "AUC", text: (value) => numberText(value, 3) },
  { key: "bitsPerMinute", label: "Bits per minute", text: (value) => numberText(value, 2) },
];

/** Every measure of every feature, with its interval, chance level, null and count. */
export function renderMeasureTable(features: readonly FeatureSummary[]): Html | undefined {
  if (features.length === 0) return undefined;
  return html`${renderTable({
    name: "measures",
    columns: tableColumns(
      "Measure",
      "Feature",
      "#Value",
      "#95 % interval",
      "#Chance",
      "#Null mean",
      "#Null 95 %",
      "#p",
      "#Windows",
      "#Trials",
    ),
    rows: [
      ...measures.flatMap(({ key, label, text }) =>
        features.map((feature) => [label, feature.feature, ...measureCells(feature.measures[key], text)]),
      ),
      ...features.map((feature) => ["Switch duration (s)", feature.feature, ...switchCells(feature)]),
    ],
  })}
<p>Over ${windowsText(features[0]!.measures.options.windowSeconds)}. Correlation difference: attended less unattended; d′: that difference over its spread (attention modulation index); AUC: how often an attended correlation is above an unattended one; switch duration: the minimal expected one, over all lengths of windows. Intervals draw trials (or subjects) with replacement. The null draws the attended source of each trial anew (${countText(features[0]!.measures.options.permutations, "labelling")}): its mean is what these very trials give by chance. The switch duration needs two sources, has no null, and by chance never ends.${features.map(
    ({ feature, switchDuration: own }) => "reason" in own && html` No switch duration by ${feature}: ${own.reason}.`,
  )}</p>`;
}

/** Every null of every feature over whole trials (or the longest window there is); where there is none, the reason. */
export function renderNullTable(features: readonly FeatureSummary[]): Html | undefined {
  const rows = features.flatMap(({ feature, nulls }) =>
    nulls.map((own): Fragment[] => {
      const name = nullNames[own.method];
      const none = (reason: string) => [name, feature, html`none: ${reason}`, "", "", "", "", "", ""];
      if ("reason" in own) return none(own.reason);
      const test = own.result.tests.find(({ windowSeconds }) => windowSeconds === "trial") ?? own.result.tests.at(-1);
      if (test === undefined) return none("no window fits into a trial");
      return [
        name,
        feature,
        windowText(test.windowSeconds),
        percentText(test.value),
        percentText(test.nullMean),
        percentText(test.nullUpper),
        probabilityText(test.pValue),
        probabilityText(test.familyWisePValue),
        `${test.count} / ${own.result.options.permutations}`,
      ];
    }),
  );
  if (rows.length === 0) return undefined;
  return renderTable({
    name: "nulls",
    columns: tableColumns(
      "Null",
      "Feature",
      "Window",
      "#Accuracy",
      "#Null mean",
      "#Null 95 %",
      "#p",
      "#p over all windows",
      "#Decisions / permutations",
    ),
    rows,
  });
}

function windowsText(window: WindowLength): string {
  return window === "trial" ? "whole trials" : `windows of ${window} s`;
}

const nullNames = {
  shift: "Decoded course shifted in time",
  shuffle: "Decoded course of another trial",
  labels: "Attended source drawn by lot",
} as const;

function measureCells(measure: AttentionMeasure, text: (value: number) => string): Fragment[] {
  const { value, chance, interval, nullMean, nullUpper, pValue, count, trials } = measure;
  return [
    text(value),
    intervalCell(interval, text),
    text(chance),
    text(nullMean),
    text(nullUpper),
    probabilityText(pValue),
    count,
    trials,
  ];
}

function switchCells({ switchDuration: own }: FeatureSummary): Fragment[] {
  if ("reason" in own) return ["none", "", "", "", "", "", "", ""];
  const seconds = (value: number) => numberText(value, 1);
  const windows = own.counts.reduce((most, { count }) => Math.max(most, count), 0);
  return [
    seconds(own.seconds),
    intervalCell(own.interval, seconds),
    seconds(own.chance),
    "none",
    "none",
    "none",
    windows,
    own.trials,
  ];
}

function intervalCell(interval: Interval | null, text: (value: number) => string): string {
  return interval ? `${text(interval.low)} to ${text(interval.high)}` : "none";
}
