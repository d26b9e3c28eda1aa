import type { ControlSummary, DecodingSummary } from "../decodingSummary.ts";
import { type Fragment, type Html, html } from "./html.ts";
import { countText, percentText, probabilityText } from "./numbers.ts";
import { renderTable, tableColumns } from "./table.ts";

/** Rows from which on a table is folded. */
const longTable = 16;

/** What a control stands for. */
export const controlMeanings = {
  positive: "EEG simulated to follow the attended source",
  negative: "EEG of noise alone",
} as const satisfies Record<ControlSummary["control"], string>;

/** Controls, leakage audits and identifiability: whether decoding could have failed to work, or worked for the wrong reason. */
export function renderChecks({ controls, audits, identifiability }: DecodingSummary): Html {
  return html`<h3>Controls</h3>
${controls.length === 0 ? html`<p>No controls were run, so nothing shows that this decoder finds what is there and nothing else.</p>` : controlTable(controls)}
<h3>Leakage audit</h3>
${audits.length === 0 ? html`<p>No leakage audit was made.</p>` : auditTable(audits)}
<h3>Which source of which mixture was attended</h3>
${identifiabilityText(identifiability)}
${folded(identifiability.mixtures.length, "mixture", identifiabilityTable(identifiability))}`;
}

function controlTable(controls: readonly ControlSummary[]): Html {
  return html`${renderTable({
    name: "controls",
    columns: tableColumns(
      "Control",
      "What it must do",
      "Outcome",
      "#Accuracy",
      "#95 % interval",
      "#Chance",
      "#p by guessing",
      "#Decisions",
    ),
    rows: controls.map(({ control, accuracy, interval, chance, pValue, correct, count, bar, passed }) => [
      html`${control === "positive" ? "Positive" : "Negative"}: ${controlMeanings[control]}`,
      bar === undefined ? "not be above chance" : `be right in ${percentText(bar)} or more, and above chance`,
      html`<strong class="${passed ? "passed" : "failed"}">${passed ? "passed" : "FAILED"}</strong>`,
      percentText(accuracy),
      `${percentText(interval.low)} to ${percentText(interval.high)}`,
      percentText(chance),
      probabilityText(pValue),
      `${correct} of ${count}`,
    ]),
    rowClasses: controls.map(({ passed }) => (passed ? undefined : "failing")),
  })}
<p>Simulated EEG went through the same folds and models as the real one.</p>`;
}

function auditTable(audits: DecodingSummary["audits"]): Html {
  const table = renderTable({
    name: "leakage-audit",
    columns: tableColumns(
      "Subject",
      "Verdict",
      "#Folds of windows",
      "#Their null",
      "#p",
      "#Folds of trials",
      "#Guessing stays within",
      "#Chance",
      "#Windows",
      "#Trials",
    ),
    rows: audits.map((each): Fragment[] => {
      if ("reason" in each) return [each.subject, html`none: ${each.reason}`, "", "", "", "", "", "", "", ""];
      const { windowWise, trialWise, verdict } = each.audit;
      return [
        each.subject,
        html`<strong class="${verdict === "trials" ? "failed" : "passed"}">${verdictTexts[verdict]}</strong>`,
        percentText(windowWise.accuracy),
        percentText(windowWise.nullMean),
        probabilityText(windowWise.pValue),
        percentText(trialWise.accuracy),
        `${percentText(trialWise.band.low)} to ${percentText(trialWise.band.high)}`,
        percentText(windowWise.chance),
        windowWise.count,
        windowWise.trials,
      ];
    }),
  });
  return html`<p>Trials get labels by lot and a classifier learns them from windows of EEG. What is above chance here recognises trials, not attention. The numbers of this report come from folds that keep each trial whole.</p>
${table}
<details><summary>The audits in words</summary><ul>${audits.map((each) => html`<li>Subject <bdi>${each.subject}</bdi>: ${"reason" in each ? each.reason : each.audit.statement}</li>\n`)}</ul></details>`;
}

const verdictTexts = {
  none: "no leakage seen",
  windows: "folds of windows leak; folds of trials do not",
  trials: "folds of trials leak",
} as const;

function identifiabilityText({ mixtures, flagged, count, ...table }: DecodingSummary["identifiability"]): Html {
  const always =
    flagged.length === 0
      ? "Each was attended in more than one way."
      : `${flagged.length} of them ${flagged.length === 1 ? "was" : "were"} always attended in the same way (${countText(table.flaggedCount, "trial")}): there, decoding attention and recognising the mixture cannot be told apart.`;
  return html`<p>${countText(mixtures.length, "mixture")} in ${countText(count, "trial")}. ${always} Naming the usual target of each mixture without looking at EEG is right in ${percentText(table.blindAccuracy)} of trials (95 % interval ${percentText(table.blindInterval.low)} to ${percentText(table.blindInterval.high)}; at least ${percentText(table.chance)}, n = ${count}).</p>`;
}

function identifiabilityTable({ mixtures, targets }: DecodingSummary["identifiability"]): Html {
  return renderTable({
    name: "identifiability",
    columns: [
      ...tableColumns("Mixture"),
      ...targets.map((label) => ({ label, isNumber: true })),
      ...tableColumns("#Trials", "Attended in more than one way", "Never attended"),
    ],
    rows: mixtures.map(({ mixture, counts, count, identifiable, neverAttended }) => [
      mixture,
      ...counts,
      count,
      identifiable ? "yes" : html`<strong class="failed">no</strong>`,
      neverAttended.join(", "),
    ]),
  });
}

function folded(rows: number, noun: string, table: Html): Html {
  return rows <= longTable ? table : html`<details><summary>All ${countText(rows, noun)}</summary>${table}</details>`;
}
