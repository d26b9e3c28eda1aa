import type { StudyResults } from "../results.ts";
import { type Html, html } from "./html.ts";
import { roleOrder } from "./opening.ts";

const roleMeanings = {
  baseline: "something simple to beat",
  method: "what the study is about",
  control: "a check that must not work",
  oracle: "an upper bound that knows the truth",
} as const;

/** Papers the methods and metrics come from. */
const references: readonly { readonly paper: string; readonly use: string }[] = [
  {
    paper:
      "D. D. Lee and H. S. Seung, “Algorithms for non-negative matrix factorization”, Advances in Neural Information Processing Systems 13, 2001.",
    use: "multiplicative updates",
  },
  {
    paper:
      "D. Fagot, H. Wendt, C. Févotte and P. Smaragdis, “Majorization-minimization algorithms for convolutive NMF with the beta-divergence”, ICASSP 2019.",
    use: "convolutive NMF",
  },
  {
    paper:
      "G. Cantisani, S. Essid and G. Richard, “Neuro-steered music source separation with EEG-based auditory attention decoding and contrastive-NMF”, ICASSP 2021.",
    use: "contrastive NMF, activations decoded from EEG",
  },
  {
    paper:
      "E. Vincent, R. Gribonval and C. Févotte, “Performance measurement in blind audio source separation”, IEEE Transactions on Audio, Speech and Language Processing 14(4), 2006.",
    use: "SDR, SIR, SAR",
  },
  {
    paper: "J. Le Roux, S. Wisdom, H. Erdogan and J. R. Hershey, “SDR – half-baked or well done?”, ICASSP 2019.",
    use: "SI-SDR",
  },
];

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

/** Citations, the resolved options, and where the numbers come from. */
export function renderClosing({ options, provenance }: StudyResults): Html {
  const { version, node, accelerator, seed, command } = provenance;
  return html`<section aria-labelledby="references"><h2 id="references">References</h2>
<ol>${references.map(({ paper, use }) => html`<li>${paper} <span class="role baseline">${use}</span></li>\n`)}</ol></section>
<section aria-labelledby="provenance"><h2 id="provenance">How these numbers were made</h2>
<dl><dt>neurosteer</dt><dd>${version}</dd><dt>Node</dt><dd>${node}</dd><dt>Factorizations by</dt><dd>${accelerator}</dd><dt>Seed</dt><dd>${seed}</dd>${
    command !== undefined && html`<dt>Command</dt><dd><code>${command}</code></dd>`
  }</dl>
<details><summary>Options of the pipeline, with every default filled in</summary><pre>${JSON.stringify(options, null, 2) ?? "none"}</pre></details>
</section>`;
}
