import type { StudyResults } from "../results.ts";
import { type Html, html } from "./html.ts";

/** A work that the numbers of a report rest on. */
export interface Reference {
  /** Citation key. */
  readonly key: string;
  readonly text: string;
  /** What it stands for here. */
  readonly use: string;
  readonly bibtex: string;
}

/** The works that a study used: its methods and metrics, the data, and this toolkit. */
export function studyReferences(results: StudyResults): Reference[] {
  const { origin, provenance } = results;
  const toolkit: Reference = {
    key: "neurosteer",
    text: `neurosteer ${provenance.version}: EEG-guided source separation.`,
    use: "this toolkit",
    bibtex: entry("software", "neurosteer", {
      title: "neurosteer: EEG-guided source separation",
      version: provenance.version,
    }),
  };
  const data = (origin?.citations ?? []).map((text, i) => ({
    key: `data${i + 1}`,
    text,
    use: "data",
    // some corpora state their citation as BibTeX
    bibtex: /^\s*@\w+\s*\{/.test(text) ? text.trim() : entry("misc", `data${i + 1}`, { note: text }),
  }));
  return [...data, ...works.filter(({ isUsed }) => isUsed(results)).map(toReference), toolkit];
}

/** The list of references, the licence of the data, and all of it as BibTeX. */
export function renderReferences(results: StudyResults): Html {
  const references = studyReferences(results);
  const { licence, source } = results.origin ?? {};
  return html`<section aria-labelledby="references"><h2 id="references">References</h2>
<ol>${references.map(({ text, use }) => html`<li>${text} <span class="role baseline">${use}</span></li>\n`)}</ol>
${(licence !== undefined || source !== undefined) && html`<dl>${licence !== undefined && html`<dt>Licence of the data</dt><dd>${licence}</dd>`}${source !== undefined && html`<dt>Source of the data</dt><dd>${source}</dd>`}</dl>`}
<details><summary>BibTeX</summary><pre data-bibtex>${references.map(({ bibtex }) => bibtex).join("\n\n")}</pre></details></section>`;
}

interface Work {
  readonly key: string;
  readonly kind: "article" | "inproceedings";
  readonly authors: string;
  readonly title: string;
  readonly journal: string;
  readonly year: number;
  readonly use: string;
  readonly isUsed: (results: StudyResults) => boolean;
}

const hasMethod =
  (pattern: RegExp) =>
  ({ methods }: StudyResults): boolean =>
    methods.some(({ id, label }) => pattern.test(id) || pattern.test(label));
const hasDecoding = ({ decisions }: StudyResults): boolean => decisions.length > 0;
const hasScores = ({ scores }: StudyResults): boolean => scores.length > 0;

const works: readonly Work[] = [
  {
    key: "osullivan2015",
    kind: "article",
    authors:
      "J. A. O'Sullivan and A. J. Power and N. Mesgarani and S. Rajaram and J. J. Foxe and B. G. Shinn-Cunningham and M. Slaney and S. A. Shamma and E. C. Lalor",
    title: "Attentional selection in a cocktail party environment can be decoded from single-trial EEG",
    journal: "Cerebral Cortex",
    year: 2015,
    use: "decoding attention by reconstruction",
    isUsed: hasDecoding,
  },
  {
    key: "crosse2016",
    kind: "article",
    authors: "M. J. Crosse and G. M. Di Liberto and A. Bednar and E. C. Lalor",
    title:
      "The multivariate temporal response function (mTRF) toolbox: a MATLAB toolbox for relating neural signals to continuous stimuli",
    journal: "Frontiers in Human Neuroscience",
    year: 2016,
    use: "backward models",
    isUsed: hasDecoding,
  },
  {
    key: "geirnaert2020",
    kind: "article",
    authors: "S. Geirnaert and T. Francart and A. Bertrand",
    title:
      "An interpretable performance metric for auditory attention decoding algorithms in a context of neuro-steered gain control",
    journal: "IEEE Transactions on Neural Systems and Rehabilitation Engineering",
    year: 2020,
    use: "switch duration",
    isUsed: ({ decoding }) => decoding.features.some(({ switchDuration }) => !("reason" in switchDuration)),
  },
  {
    key: "puffay2023",
    kind: "article",
    authors: "C. Puffay and others",
    title: "Relating EEG to continuous speech using deep neural networks: a review",
    journal: "Journal of Neural Engineering",
    year: 2023,
    use: "leakage audit",
    isUsed: ({ decoding }) => decoding.audits.some((each) => "audit" in each),
  },
  {
    key: "haufe2014",
    kind: "article",
    authors: "S. Haufe and F. Meinecke and K. Görgen and S. Dähne and J.-D. Haynes and B. Blankertz and F. Bießmann",
    title: "On the interpretation of weight vectors of linear models in multivariate neuroimaging",
    journal: "NeuroImage",
    year: 2014,
    use: "scalp patterns",
    isUsed: ({ patterns = [] }) => patterns.length > 0,
  },
  {
    key: "lee2001",
    kind: "inproceedings",
    authors: "D. D. Lee and H. S. Seung",
    title: "Algorithms for non-negative matrix factorization",
    journal: "Advances in Neural Information Processing Systems 13",
    year: 2001,
    use: "multiplicative updates",
    isUsed: hasMethod(/nmf/i),
  },
  {
    key: "fagot2019",
    kind: "inproceedings",
    authors: "D. Fagot and H. Wendt and C. Févotte and P. Smaragdis",
    title: "Majorization-minimization algorithms for convolutive NMF with the beta-divergence",
    journal: "IEEE International Conference on Acoustics, Speech and Signal Processing (ICASSP)",
    year: 2019,
    use: "convolutive NMF",
    isUsed: hasMethod(/convolutive/i),
  },
  {
    key: "cantisani2021",
    kind: "inproceedings",
    authors: "G. Cantisani and S. Essid and G. Richard",
    title: "Neuro-steered music source separation with EEG-based auditory attention decoding and contrastive-NMF",
    journal: "IEEE International Conference on Acoustics, Speech and Signal Processing (ICASSP)",
    year: 2021,
    use: "contrastive NMF, activations decoded from EEG",
    isUsed: hasMethod(/contrastive/i),
  },
  {
    key: "yilmaz2004",
    kind: "article",
    authors: "Ö. Yılmaz and S. Rickard",
    title: "Blind separation of speech mixtures via time-frequency masking",
    journal: "IEEE Transactions on Signal Processing",
    year: 2004,
    use: "DUET",
    isUsed: hasMethod(/\bduet\b/i),
  },
  {
    key: "vincent2006",
    kind: "article",
    authors: "E. Vincent and R. Gribonval and C. Févotte",
    title: "Performance measurement in blind audio source separation",
    journal: "IEEE Transactions on Audio, Speech and Language Processing",
    year: 2006,
    use: "SDR, SIR, SAR",
    isUsed: hasScores,
  },
  {
    key: "leroux2019",
    kind: "inproceedings",
    authors: "J. Le Roux and S. Wisdom and H. Erdogan and J. R. Hershey",
    title: "SDR – half-baked or well done?",
    journal: "IEEE International Conference on Acoustics, Speech and Signal Processing (ICASSP)",
    year: 2019,
    use: "SI-SDR",
    isUsed: hasScores,
  },
];

function toReference({ key, kind, authors, title, journal, year, use }: Work): Reference {
  const names = authors.split(" and ").map((name) => (name === "others" ? "et al." : name));
  const last = names.length > 1 ? names.pop()! : "";
  const list = last === "" ? names[0]! : `${names.join(", ")}${last === "et al." ? " " : " and "}${last}`;
  return {
    key,
    text: `${list}, “${title}”, ${journal}, ${year}.`,
    use,
    bibtex: entry(kind, key, {
      author: authors,
      title: `{${title}}`,
      [kind === "article" ? "journal" : "booktitle"]: journal,
      year: String(year),
    }),
  };
}

function entry(kind: string, key: string, fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries(fields).map(([name, value]) => `  ${name} = {${balanced(value)}}`);
  return `@${kind}{${key},\n${lines.join(",\n")}\n}`;
}

/** Braces that do not pair up would end a BibTeX entry early. */
function balanced(text: string): string {
  let depth = 0;
  for (const character of text) {
    if (character === "{") depth++;
    if (character === "}") depth--;
    if (depth < 0) return text.replace(/[{}]/g, "");
  }
  return depth === 0 ? text : text.replace(/[{}]/g, "");
}
