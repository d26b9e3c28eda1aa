import type { LeftOutReason, MethodComparison } from "../../metrics/compareMethods.ts";
import type { StudyResults } from "../results.ts";
import { correctionText, type MetricComparisons, testText } from "./comparisons.ts";
import { type Fragment, type Html, html } from "./html.ts";
import { countText, decibelText, numberText, probabilityText, signedText } from "./numbers.ts";
import { renderTable, tableColumns } from "./table.ts";

/** Every method against the baseline by one metric: difference, interval, test, adjusted p, effect, pairs, pairs left out. */
export function renderComparisonTable({ methods }: StudyResults, { metric, comparisons }: MetricComparisons): Html {
  const { options, comparisons: rows } = comparisons;
  const labels = new Map(methods.map(({ id, label }) => [id, label]));
  const roles = new Map(methods.map(({ id, role }) => [id, role]));
  const tests = [...new Set(rows.map(testText))].join("; ");
  return html`${renderTable({
    name: `comparisons-${metric.id}`,
    columns: tableColumns(
      "Method",
      "#Difference (dB)",
      `#${Math.round(100 * options.confidence)} % interval`,
      "#p",
      "#adjusted p",
      "#Effect size",
      "#Differences",
      "#Pairs",
      "#Pairs left out",
    ),
    rows: rows.map((row): Fragment[] => {
      const { method, difference, pValue, adjustedPValue, effect, n, unit, leftOut } = row;
      const role = roles.get(method);
      return [
        html`${labels.get(method) ?? method} ${role !== undefined && html`<span class="role ${role}">${role}</span>`}`,
        signedText(difference.estimate, 2),
        rangeText(difference, decibelText),
        probabilityText(pValue),
        probabilityText(adjustedPValue),
        html`${numberText(effect.estimate, 2)}<small>${rangeText(effect, (value) => numberText(value, 2)).replace(/ /g, "\u00a0")}</small>`,
        unit === "subjects" ? countText(n.units, "subject") : countText(n.units, "trial"),
        n.pairs,
        leftOut.length === 0 ? "0" : html`${leftOut.length}<small>${leftOutReasons(row)}</small>`,
      ];
    }),
    rowClasses: rows.map(({ method }) => roles.get(method)),
  })}
<p>${metric.label} of each method less that of ${labels.get(options.baseline) ?? options.baseline} in the same trial: ${options.statistic} of the differences, bootstrap interval ${rows.some(({ n }) => n.subjects > 1) ? "by subject" : "over trials"}, ${tests} test (${{ "two-sided": "two-sided", greater: "one-sided: above the baseline", less: "one-sided: below the baseline" }[options.alternative]}), ${correctionText(options.correction)} over ${countText(rows.length, "method")}. Effect size: ${rows[0]?.effect.measure === "cohen-dz" ? "Cohen’s d_z" : "rank-biserial correlation, −1 to 1"}. Pairs without a difference (a score that is missing or NaN, or the same infinity twice) are left out and counted.</p>`;
}

function leftOutReasons({ leftOut }: MethodComparison): string {
  const counts = new Map<LeftOutReason, number>();
  for (const { reason } of leftOut) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${count} ${reasonTexts[reason]}`).join(", ");
}

const reasonTexts: Readonly<Record<LeftOutReason, string>> = {
  "no-baseline": "without the baseline",
  "no-method": "without the method",
  "nan-baseline": "baseline n/a",
  "nan-method": "method n/a",
  "same-infinity": "both infinite",
  "opposite-infinities": "infinite both ways",
};

function rangeText({ low, high }: { low: number; high: number }, text: (value: number) => string): string {
  return Number.isNaN(low) ? "none" : `${text(low)} to ${text(high)}`;
}
