import type { MethodRole, StudyResults } from "../results.ts";
import { type Html, html } from "./html.ts";
import { countText, listText } from "./numbers.ts";

/** The banners on top: simulated data, trials that are missing, trials that failed. */
export function renderBanners(results: StudyResults): Html {
  const done = trialKeys(results).size;
  const { plannedTrials, failures, synthetic } = results;
  const isPartial = done < plannedTrials;
  return html`${synthetic !== undefined && html`<aside class="banner" role="note" data-banner="synthetic"><p><strong>Simulated data.</strong> ${synthetic}</p></aside>`}
${
  isPartial &&
  html`<aside class="banner" role="note" data-banner="partial"><p><strong>Partial results.</strong> ${done} of ${countText(plannedTrials, "planned trial")} ${done === 1 ? "is" : "are"} in this report; every figure below speaks of ${done === 1 ? "that one" : "those"} only.</p></aside>`
}
${
  failures.length > 0 &&
  html`<aside class="banner" role="note" data-banner="failures"><p><strong>${countText(failures.length, "failure")}.</strong> What failed is missing from every figure below.</p>
<details${failures.length <= 10 && html` open`}><summary>What failed and why</summary><div class="scroll"><table>
<thead><tr><th scope="col">Subject</th><th scope="col">Trial</th><th scope="col">Code</th><th scope="col">Reason</th></tr></thead>
<tbody>${failures.map(({ subject, trial, code, message }) => html`<tr><td>${subject}</td><td>${trial}</td><td><code>${code}</code></td><td>${message}</td></tr>\n`)}</tbody>
</table></div></details></aside>`
}`;
}

/** Two or three sentences on what was done, made from the data. */
export function renderSummary({ scores, decisions, methods, details, synthetic }: StudyResults): Html {
  const rows = [...scores, ...decisions];
  const subjects = new Set(rows.map(({ subject }) => subject)).size;
  const mixtures = new Set(rows.map(({ mixture }) => mixture)).size;
  const trials = trialKeys({ scores, decisions }).size;
  const candidates = [...scores.map(({ sources }) => sources), ...decisions.map(({ sources }) => sources.length)];
  const fewest = candidates.reduce((a, b) => Math.min(a, b), Infinity);
  const most = candidates.reduce((a, b) => Math.max(a, b), 0);
  const features = [...new Set(decisions.map(({ feature }) => feature))];
  const roles = roleOrder
    .map((role) => ({ role, count: methods.filter((method) => method.role === role).length }))
    .filter(({ count }) => count > 0)
    .map(({ role, count }) => countText(count, role));
  const sources = fewest === most ? countText(most, "source") : `${fewest} to ${most} sources`;
  return html`<p class="lead">${capital(countText(subjects, synthetic === undefined ? "subject" : "simulated subject"))} listened to ${countText(mixtures, "mixture")} of ${sources}, attending to one source in each of ${countText(trials, "trial")}.
${scores.length > 0 && html`The attended source was estimated in ${countText(methods.length, "way")} (${listText(roles)}), and every estimate was compared with the true source: ${countText(scores.length, "row")} of scores.`}
${decisions.length > 0 && html`From EEG alone, by its ${listText(features)}, the attended source was picked among the candidates in ${countText(decisions.length, "decision")}.`}
${details.length > 0 && html`${capital(countText(details.length, "trial"))} can be looked at and listened to further down.`}</p>`;
}

/** The order roles are listed in. */
export const roleOrder: readonly MethodRole[] = ["baseline", "method", "control", "oracle"];

function trialKeys({ scores, decisions }: Pick<StudyResults, "scores" | "decisions">): Set<string> {
  return new Set([...scores, ...decisions].map(({ subject, trial }) => JSON.stringify([subject, trial])));
}

const smallNumbers = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"];

/** A sentence does not start with a digit, where the number is small. */
function capital(text: string): string {
  return text.replace(/^\d+/, (digits) => smallNumbers[Number(digits)] ?? digits);
}
