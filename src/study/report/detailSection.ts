import type { StudyResults } from "../results.ts";
import { renderActivationFigure } from "./activationFigure.ts";
import type { Charts } from "./charts.ts";
import { renderCostFigure } from "./costFigure.ts";
import { type Html, html } from "./html.ts";
import { type PlayerLimits, renderPlayerFigure } from "./playerFigure.ts";
import { renderSpectrogramFigure } from "./spectrogramFigure.ts";

/** What the trials in detail are drawn with. */
export interface DetailLimits {
  readonly excerptSeconds: number;
  readonly audioBytesPerSubject: number;
  readonly spectrogramRangeDb: number;
}

/** A section for each trial in detail: sounds, spectrograms, activations, costs. */
export async function renderDetails(charts: Charts, results: StudyResults, limits: DetailLimits): Promise<Html> {
  const { details, methods, scores } = results;
  const sections: Html[] = [];
  for (const [i, detail] of details.entries()) {
    const id = `trial-${i + 1}`;
    const siblings = details.filter(({ subject }) => subject === detail.subject).length;
    const players: PlayerLimits = {
      excerptSeconds: limits.excerptSeconds,
      bytes: limits.audioBytesPerSubject / siblings,
    };
    sections.push(html`<section aria-labelledby="${id}">
<h2 id="${id}">In detail: subject ${detail.subject}, trial ${detail.trial}</h2>
<p>Mixture ${detail.mixture}, attending to ${detail.target}. Why this trial: ${sentence(detail.reason)}</p>
<h3>Listen</h3>
${renderPlayerFigure(`${id}-players`, detail, methods, scores, players)}
${detail.spectrograms.length > 0 && html`<h3>Spectrograms</h3>`}
${await renderSpectrogramFigure(charts, `${id}-spectrograms`, detail, limits.spectrogramRangeDb)}
${detail.decodedActivations.length > 0 && html`<h3>Decoded and true activations</h3>`}
${renderActivationFigure(charts, `${id}-activations`, detail)}
${detail.costTraces.length > 0 && html`<h3>Cost</h3>`}
${renderCostFigure(charts, `${id}-costs`, detail, methods)}
</section>`);
  }
  return html`${sections}`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
