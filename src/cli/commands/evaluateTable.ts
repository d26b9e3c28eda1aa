import { plainText } from "../../core/plainText.ts";
import { combineScores, groupBy, knownScores } from "../../metrics/aggregate.ts";
import type { EvaluateOptions } from "./evaluateArguments.ts";
import type { Ratios, ScoredEstimate, ScoredTrack } from "./evaluateTrack.ts";

/** What a ratio is called in a table. */
const headings: Readonly<Record<string, string>> = {
  sdr: "SDR",
  isr: "ISR",
  sir: "SIR",
  sar: "SAR",
  siSdr: "SI-SDR",
  siSir: "SI-SIR",
  siSar: "SI-SAR",
  sdSdr: "SD-SDR",
  snr: "SNR",
  sdrImprovement: "SDR gain",
  sirImprovement: "SIR gain",
  siSdrImprovement: "SI-SDR gain",
};

/** What the reasons mean. */
const reasonWords: Readonly<Record<string, string>> = {
  "silent-reference": "every sample of the reference is 0",
  "silent-estimate": "every sample of the estimate is 0",
  "rank-deficient": "the reference cannot be told from another one",
  "too-short": "fewer samples than the delayed references have unknowns",
};

/** A source over all tracks. */
export interface SourceSummary {
  readonly source: string;
  readonly tracks: number;
  /** Tracks with a score, by ratio. */
  readonly scored: Readonly<Record<string, number>>;
  /** Median over the tracks that have a score. */
  readonly ratios: Ratios;
}

/** Medians over tracks, one row a source, in the order they appear. */
export function summarizeSources(scores: readonly ScoredEstimate[]): SourceSummary[] {
  return [...groupBy(scores, ({ source }) => source)].map(([source, rows]) => {
    const names = [...new Set(rows.flatMap(({ ratios }) => Object.keys(ratios)))];
    const values = (name: string) => rows.map(({ ratios }) => ratios[name] ?? Number.NaN);
    return {
      source,
      tracks: rows.length,
      scored: Object.fromEntries(names.map((name) => [name, knownScores(values(name)).length])),
      ratios: Object.fromEntries(names.map((name) => [name, combineScores(values(name), "median")])),
    };
  });
}

/** The scores for a terminal; names come from files, so control characters are taken out. */
export function evaluateLines(tracks: readonly ScoredTrack[], options: EvaluateOptions): string[] {
  const { mode } = tracks[0]!;
  const kind = options.framewise ? "median over windows" : "whole track";
  const lines = [
    `BSS Eval version ${options.version} (${mode}, ${options.filterLength} taps, ${kind}), in dB${tracks[0]!.format.channels === 1 ? "; SI-SDR, SD-SDR and SNR of the whole track" : ""}`,
  ];
  for (const each of tracks) {
    lines.push(trackLine(each));
    lines.push(...scoreTable(each.scores.map(({ source, ratios }) => ({ label: source, ratios }))));
    for (const score of each.scores) lines.push(...remarks(score));
  }
  if (tracks.length > 1) {
    lines.push(`median over ${tracks.length} tracks`);
    const rows = summarizeSources(tracks.flatMap(({ scores }) => scores));
    lines.push(
      ...scoreTable(rows.map(({ source, tracks: n, ratios }) => ({ label: `${source} (${n} tracks)`, ratios }))),
    );
  }
  return lines.map(plainText);
}

function trackLine({ track, format, set, equations, windows }: ScoredTrack): string {
  const all = "solver" in equations ? [equations] : equations;
  const conditions = all.map(({ reciprocalCondition }) => reciprocalCondition).filter((value) => !Number.isNaN(value));
  const solver = all.every(({ solver: name }) => name === "none")
    ? "nothing to solve"
    : `reciprocal condition ${Math.min(...conditions).toPrecision(2)}`;
  const loading = Math.max(0, ...all.map(({ diagonalLoading }) => diagonalLoading).filter((value) => value > 0));
  const cut = windows ? `, ${windows.starts.length} windows of ${shortNumber(windows.seconds)} s` : "";
  return `${track}: ${set.members.length} of ${set.count} references in the equations, ${shortNumber(format.samples / format.rateHz)} s, ${format.channels} channel${format.channels === 1 ? "" : "s"} at ${format.rateHz} Hz${cut}; ${solver}${loading > 0 ? `, jitter ${loading}` : ""}`;
}

function scoreTable(rows: readonly { readonly label: string; readonly ratios: Ratios }[]): string[] {
  const names = Object.keys(headings).filter((name) => rows.some(({ ratios }) => name in ratios));
  const first = Math.max(6, ...rows.map(({ label }) => label.length)) + 2;
  const width = (name: string) => Math.max(9, headings[name]!.length + 2);
  return [
    `  ${"source".padEnd(first)}${names.map((name) => headings[name]!.padStart(width(name))).join("")}`,
    ...rows.map(
      ({ label, ratios }) =>
        `  ${label.padEnd(first)}${names.map((name) => decibels(ratios[name] ?? Number.NaN).padStart(width(name))).join("")}`,
    ),
  ];
}

function remarks({ source, estimate, reference, reason, siReason, windows, silence }: ScoredEstimate): string[] {
  const lines: string[] = [];
  const nan = Object.entries(windows?.nan ?? {});
  if (reason && !windows) lines.push(`  ${source}: not scored, ${reason}: ${reasonWords[reason]}`);
  else if (siReason && !reason) lines.push(`  ${source}: no SI-SDR, ${siReason}: ${reasonWords[siReason]}`);
  if (windows && nan.length > 0) {
    const counts = nan.map(([why, count]) => `${count} ${why}`).join(", ");
    lines.push(`  ${source}: ${windows.scored} of ${windows.total} windows scored; NaN: ${counts}`);
  }
  if (silence && silence.pes !== null && !reason) {
    lines.push(
      `  ${source}: energy of the estimate where the reference is silent ${decibels(silence.pes)} dB, ${silence.pesFrames} windows`,
    );
  }
  if (silence && silence.eps !== null && !reason) {
    lines.push(
      `  ${source}: energy of the reference where the estimate is silent ${decibels(silence.eps)} dB, ${silence.epsFrames} windows`,
    );
  }
  lines.push(`  ${source}: ${estimate ?? "paired window by window"} against ${reference}`);
  return lines;
}

function decibels(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? value.toFixed(2) : value > 0 ? "inf" : "-inf";
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
