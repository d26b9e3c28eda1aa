import type { MethodRole, StudyResults } from "../results.ts";
import { controlMeanings } from "./checksSection.ts";
import { type Html, html } from "./html.ts";
import { countText, listText, percentText, probabilityText } from "./numbers.ts";

/** The banners on top: simulated data, a control that failed, trials that are missing, trials that failed. */
export function renderBanners(results: StudyResults): Html {
  const { plannedTrials, failures, synthetic, partial, decoding } = results;
  const { done, planned } = partial ?? { done: trialKeys(results).size, planned: plannedTrials };
  const missing =
    done < planned &&
    html`${done} of ${countText(planned, "planned trial")} ${done === 1 ? "is" : "are"} in this report; every figure below speaks of ${done === 1 ? "that one" : "those"} only.`;
  const failed = decoding.controls.filter(({ passed }) => !passed);
  return html`${synthetic !== undefined && banner("synthetic", html`<strong>Simulated data.</strong> ${synthetic}`)}
${failed.map((control) =>
  banner(
    "control",
    html`<strong>The ${control.control} control failed.</strong> With ${controlMeanings[control.control]}, ${percentText(control.accuracy)} of ${countText(control.count, "decision")} were right (95 % interval ${percentText(control.interval.low)} to ${percentText(control.interval.high)}; chance ${percentText(control.chance)}, p = ${probabilityText(control.pValue)}). ${
      control.control === "positive"
        ? `At least ${percentText(control.bar ?? 0)} were needed: this decoder does not find what is there, and no result below says anything about attention.`
        : "Nothing was there to be found: something leaks and no accuracy below can be believed, or this is the one study in twenty in which noise looks so good. Run it again with another seed: what is by chance goes away."
    }`,
  ),
)}
${missing && banner("partial", html`<strong>Partial results.</strong> ${missing}`)}
${
  failures.length > 0 &&
  banner(
    "failures",
    html`<strong>${countText(failures.length, "failure")}.</strong> What failed is missing from every figure below; <a href="#left-out">what it was and why</a>.`,
  )
}`;
}

function banner(kind: string, text: Html): Html {
  return html`<aside class="banner" role="note" data-banner="${kind}"><p>${text}</p></aside>`;
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
