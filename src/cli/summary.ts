import { join } from "node:path";
import { plainText } from "../core/plainText.ts";
import { median } from "../numeric/statistics.ts";
import type { FeatureSummary } from "../study/decodingSummary.ts";
import type { StudyResults } from "../study/results.ts";
import { percent } from "./decodingLines.ts";

/**
 * A study's outcome in a few lines for a terminal; the report has the intervals of every score. Labels come from files: control and
 * escape characters are taken out of them.
 */
export function summaryLines(results: StudyResults, folder: string): string[] {
  const { scores, failures, plannedTrials, partial } = results;
  const methods = results.methods.map((method) => ({ ...method, label: plainText(method.label) }));
  const done = new Set(scores.map(({ subject, trial }) => JSON.stringify([subject, trial]))).size;
  const width = Math.max(...methods.map(({ label }) => label.length));
  const lines = [
    ...(results.synthetic === undefined ? [] : [`synthetic: ${plainText(results.synthetic)}`]),
    ...(partial && partial.done < partial.planned
      ? [`partial: ${partial.done} of ${partial.planned} trials; the run is not at its end`]
      : []),
    `${done} of ${plannedTrials} trials done${failures.length > 0 ? `, ${failures.length} failed (failures.tsv)` : ""}`,
    `${"median over trials, dB".padEnd(width + 10)}    SDR    SIR    SAR  SI-SDR  SDR gain      n`,
  ];
  for (const { id, label, role } of methods) {
    const rows = scores.filter(({ method }) => method === id);
    if (rows.length === 0) continue;
    const cell = (pick: (row: (typeof rows)[number]) => number, columns: number) =>
      shown(median(rows.map(pick))).padStart(columns);
    lines.push(
      `${label.padEnd(width)} ${role.padEnd(9)}${cell((row) => row.sdr, 7)}${cell((row) => row.sir, 7)}${cell((row) => row.sar, 7)}${cell((row) => row.siSdr, 8)}${cell((row) => row.sdrImprovement, 10)}${String(rows.length).padStart(7)}`,
    );
  }
  for (const feature of results.decoding.features) lines.push(featureLine(feature));
  for (const { control, accuracy, chance, count, passed } of results.decoding.controls) {
    lines.push(
      `${control} control (simulated EEG): ${passed ? "passed" : "FAILED"}, ${percent(accuracy)} of ${count} trials (chance ${percent(chance)})`,
    );
  }
  lines.push(`report: ${plainText(join(folder, "report.html"))}`);
  return lines;
}

/** Accuracy with interval, chance and the null by shifts. */
function featureLine({ feature, decisions, nulls }: FeatureSummary): string {
  const { accuracy, count, interval, chance, pValue } = decisions;
  const shift = nulls.find(({ method }) => method === "shift");
  const test =
    shift && "result" in shift ? shift.result.tests.find(({ windowSeconds }) => windowSeconds === "trial") : undefined;
  const nullText = test
    ? `null by shifts ${percent(test.nullMean)}, p = ${test.pValue.toPrecision(2)}`
    : "no null by shifts";
  return `attended source found by its ${feature}: ${percent(accuracy)} of ${count} trials (95 % interval ${percent(interval.low)} to ${percent(interval.high)}; chance ${percent(chance)}, p = ${pValue.toPrecision(2)}; ${nullText})`;
}

function shown(decibels: number): string {
  if (Number.isNaN(decibels)) return "n/a";
  return Number.isFinite(decibels) ? decibels.toFixed(2) : decibels > 0 ? "inf" : "-inf";
}
