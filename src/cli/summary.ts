import { join } from "node:path";
import { summariseDecisions } from "../eeg/decoding/attentionDecision.ts";
import { median } from "../numeric/statistics.ts";
import type { StudyResults } from "../study/results.ts";

/** A study's outcome in a few lines for a terminal; the report has the intervals of every score. */
export function summaryLines(results: StudyResults, folder: string): string[] {
  const { methods, scores, decisions, failures, plannedTrials } = results;
  const done = new Set(scores.map(({ subject, trial }) => `${subject}/${trial}`)).size;
  const width = Math.max(...methods.map(({ label }) => label.length));
  const lines = [
    ...(results.synthetic === undefined ? [] : [`synthetic: ${results.synthetic}`]),
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
  for (const feature of ["activations", "envelope"] as const) {
    const rows = decisions.filter((row) => row.feature === feature);
    if (rows.length === 0) continue;
    const { accuracy, count, interval, chance, pValue } = summariseDecisions(
      rows.map(({ correct, sources }) => ({ correct, sources: sources.length })),
    );
    const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
    lines.push(
      `attended source found by its ${feature}: ${percent(accuracy)} of ${count} trials (95 % interval ${percent(interval.low)} to ${percent(interval.high)}; chance ${percent(chance)}, p = ${pValue.toPrecision(2)})`,
    );
  }
  lines.push(`report: ${join(folder, "report.html")}`);
  return lines;
}

function shown(decibels: number): string {
  if (Number.isNaN(decibels)) return "n/a";
  return Number.isFinite(decibels) ? decibels.toFixed(2) : decibels > 0 ? "inf" : "-inf";
}
