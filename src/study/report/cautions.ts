import type { StudyResults } from "../results.ts";
import { type Html, html } from "./html.ts";
import { countText } from "./numbers.ts";

/** Lines from which on a list is folded. */
const longList = 8;

/** Warnings of everything that was computed, each once, and the remarks of the study. */
export function renderCautions({ decoding, comparisons, joint, notes = [] }: StudyResults): Html | undefined {
  const warnings = [
    ...new Set([
      ...decoding.warnings,
      ...(comparisons?.comparisons.flatMap((row) => row.warnings) ?? []),
      ...(joint?.warnings ?? []),
    ]),
  ];
  if (warnings.length === 0 && notes.length === 0) return undefined;
  return html`${warnings.length > 0 && html`<h3>Warnings</h3>${list(warnings, "warning")}`}
${notes.length > 0 && html`<h3>Notes</h3>${list(notes, "note")}`}`;
}

function list(lines: readonly string[], noun: string): Html {
  const items = html`<ul class="cautions" data-list="${noun}">${lines.map((line) => html`<li>${line}</li>\n`)}</ul>`;
  return lines.length <= longList
    ? items
    : html`<details><summary>${countText(lines.length, noun)}</summary>${items}</details>`;
}
