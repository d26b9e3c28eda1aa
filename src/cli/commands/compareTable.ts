import { plainText } from "../../core/plainText.ts";
import { groupBy } from "../../metrics/aggregate.ts";
import type { MethodComparison, MethodComparisons } from "../../metrics/compareMethods.ts";
import type { DecoderComparison } from "./compareDecisions.ts";

/** Methods against their baseline as a table for a terminal; names come from files, so control characters are taken out. */
export function comparisonLines({ comparisons, options }: MethodComparisons, metric: string): string[] {
  const share = `${Number((100 * options.confidence).toPrecision(4))} %`;
  const header = [
    "method",
    "difference",
    `${share} interval`,
    "p",
    `adjusted (${options.correction})`,
    options.test === "wilcoxon" ? "rank-biserial" : "Cohen's d_z",
    `${share} interval`,
    "n",
    "left out",
  ];
  const rows = comparisons.map(
    ({ method, difference, pValue, adjustedPValue, effect, n, unit, leftOut, test }): string[] => [
      plainText(method),
      shown(difference.estimate),
      `${shown(difference.low)} to ${shown(difference.high)}`,
      `${probability(pValue)} (${test.method})`,
      probability(adjustedPValue),
      shown(effect.estimate),
      `${shown(effect.low)} to ${shown(effect.high)}`,
      `${n.units} ${unit} (${n.subjects} subjects, ${n.pairs} pairs)`,
      leftOutText(leftOut),
    ],
  );
  const widths = header.map((name, c) => Math.max(name.length, ...rows.map((row) => row[c]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, c) => (c === 0 || c >= 7 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)))
      .join("  ")
      .trimEnd();
  const test = options.test === "wilcoxon" ? "Wilcoxon signed-rank test" : "sign-flip permutation test";
  return [
    `${plainText(metric)}, ${options.statistic} difference to ${plainText(options.baseline)}; ${test}, ${options.alternative}; intervals by ${options.method} bootstrap of subjects, seed ${options.seed}`,
    line(header),
    ...rows.map(line),
  ];
}

/** Two decoders on the same trials. */
export function decoderLines(comparison: DecoderComparison): string[] {
  const { first, second, n, both, firstOnly, secondOnly, neither, pValue, difference, alternative } = comparison;
  const { leftOut, unknown, subjects } = comparison;
  const share = (count: number) => (n === 0 ? "NaN" : `${((100 * count) / n).toFixed(1)} %`);
  return [
    `decisions: ${first} right in ${share(both + firstOnly)}, ${second} in ${share(both + secondOnly)} of ${n} trials of ${subjects} subjects, difference ${shown(100 * difference)} points`,
    `  both right ${both}, only ${first} ${firstOnly}, only ${second} ${secondOnly}, neither ${neither}`,
    `  exact McNemar test, ${alternative}: p = ${probability(pValue)}; left out: ${leftOut.length} without both, ${unknown} unknown`,
  ].map(plainText);
}

function leftOutText(leftOut: MethodComparison["leftOut"]): string {
  if (leftOut.length === 0) return "0";
  const reasons = [...groupBy(leftOut, ({ reason }) => reason)].map(([reason, pairs]) => `${pairs.length} ${reason}`);
  return `${leftOut.length} (${reasons.join(", ")})`;
}

function shown(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? value.toFixed(2) : value > 0 ? "inf" : "-inf";
}

function probability(value: number): string {
  return Number.isNaN(value) ? "NaN" : value < 1e-4 ? value.toExponential(1) : value.toFixed(4);
}
