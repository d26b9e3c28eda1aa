import type { StudyResults } from "../results.ts";
import { type Html, html } from "./html.ts";
import { roleOrder } from "./opening.ts";

const roleMeanings = {
  baseline: "something simple to beat",
  method: "what the study is about",
  control: "a check that must not work",
  oracle: "an upper bound that knows the truth",
} as const;

/** What every row of the table is; controls and oracles with what they know that they should not. */
export function renderMethods({ methods }: StudyResults): Html {
  return html`<section aria-labelledby="methods"><h2 id="methods">The rows explained</h2>
${roleOrder.map((role) => {
  const members = methods.filter((method) => method.role === role);
  if (members.length === 0) return undefined;
  return html`<h3><span class="role ${role}">${role}</span> ${roleMeanings[role]}</h3>
<ul>${members.map(({ label, description }) => html`<li><strong>${label}.</strong> ${description}</li>\n`)}</ul>`;
})}</section>`;
}

/** The resolved options, and where the numbers come from. */
export function renderProvenance({ options, provenance }: StudyResults): Html {
  const { version, node, accelerator, seed, command } = provenance;
  return html`<section aria-labelledby="provenance"><h2 id="provenance">How these numbers were made</h2>
<dl><dt>neurosteer</dt><dd>${version}</dd><dt>Node</dt><dd>${node}</dd><dt>Factorizations by</dt><dd>${accelerator}</dd><dt>Seed</dt><dd>${seed}</dd>${
    command !== undefined && html`<dt>Command</dt><dd><code>${command}</code></dd>`
  }</dl>
<details><summary>Options of the pipeline, with every default filled in</summary><pre>${JSON.stringify(options, null, 2) ?? "none"}</pre></details>
</section>`;
}
