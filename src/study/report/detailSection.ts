import type { StudyResults } from "../results.ts";
import { renderActivationFigure } from "./activationFigure.ts";
import type { Charts } from "./charts.ts";
import { renderCostFigure } from "./costFigure.ts";
import { type Html, html } from "./html.ts";
import { renderMaskFigure } from "./maskFigure.ts";
import { type PlayerLimits, renderPlayerFigure } from "./playerFigure.ts";
import { renderSpectrogramFigure } from "./spectrogramFigure.ts";

/** What the trials in detail are drawn with. */
export interface DetailLimits {
  readonly excerptSeconds: number;
  readonly audioBytesPerSubject: number;
  readonly spectrogramRangeDb: number;
}

/** A section for each trial in detail: sounds, spectrograms, masks, activations, costs. */
export async function renderDetails(charts: Charts, results: StudyResults, limits: DetailLimits): Promise<Html> {
  const { details, methods, scores } = results;
  const sections: Html[] = [];
  for (const [i, detail] of details.entries()) {
    const id = detailId(i);
    const parts: readonly (readonly [title: string, content: Html | undefined])[] = [
      ["Listen", renderPlayerFigure(`${id}-players`, detail, methods, scores, playerLimits(results, i, limits))],
      ["Spectrograms", await renderSpectrogramFigure(charts, `${id}-spectrograms`, detail, limits.spectrogramRangeDb)],
      ["Masks", await renderMaskFigure(charts, `${id}-masks`, detail)],
      ["Decoded and true activations", renderActivationFigure(charts, `${id}-activations`, detail)],
      ["Cost", renderCostFigure(charts, `${id}-costs`, detail, methods)],
    ];
    sections.push(html`<section aria-labelledby="${id}">
<h2 id="${id}">In detail: subject <bdi>${detail.subject}</bdi>, trial <bdi>${detail.trial}</bdi></h2>
<p>Mixture <bdi>${detail.mixture}</bdi>, attending to <bdi>${detail.target}</bdi>. Why this trial: ${sentence(detail.reason)}</p>
${parts.map(([title, content]) => content && html`<h3>${title}</h3>\n${content}`)}
</section>\n`);
  }
  return html`${sections}`;
}

/** The `id` of a trial's section, and how the names of its figures begin. */
export function detailId(index: number): string {
  return `trial-${index + 1}`;
}

/** What the players of a trial may take: the trials of a subject share its room. */
export function playerLimits({ details }: StudyResults, index: number, limits: DetailLimits): PlayerLimits {
  const siblings = details.filter(({ subject }) => subject === details[index]!.subject).length;
  return { excerptSeconds: limits.excerptSeconds, bytes: limits.audioBytesPerSubject / siblings };
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
