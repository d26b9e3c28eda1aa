import type { SpectrogramPicture, TrialDetail } from "../results.ts";
import type { Charts } from "./charts.ts";
import { type FigureData, renderFigure } from "./figure.ts";
import { type Html, html } from "./html.ts";
import { renderPictures } from "./spectrogramFigure.ts";

/** Colours of the masks: a share needs fewer than a level. */
const colourCount = 16;

/** Cells of the mixture this far below its loudest say nothing about a share. */
const floorDb = 60;

/** A mask as it can be seen from outside: what of the mixture is in the estimate. */
interface ShownMask {
  readonly label: string;
  readonly picture: SpectrogramPicture;
  /** Mean over the cells that are not quiet, weighted by the mixture's energy. */
  readonly mean: number;
}

/** The share of the mixture's energy that each estimate lets through; undefined where it cannot be told. */
export function maskData(detail: TrialDetail): FigureData | undefined {
  const masks = shownMasks(detail);
  if (masks.length === 0) return undefined;
  return {
    columns: ["estimate", "frames", "bins", "mean share of magnitude"],
    rows: masks.map(({ label, picture, mean }) => [label, picture.frames, picture.bins, mean]),
  };
}

/** What each estimate lets through of the mixture, cell by cell, as images. */
export async function renderMaskFigure(charts: Charts, id: string, detail: TrialDetail): Promise<Html | undefined> {
  const masks = shownMasks(detail);
  if (masks.length === 0) return undefined;
  const colours = charts.colours("viridis", colourCount);
  const { panels } = await renderPictures(masks, { what: "Mask", scale: { low: 0, high: 1 }, colours });
  const gradient = colours.filter((_, i) => i % 3 === 0).map((rgb) => `rgb(${rgb.join(",")})`);
  return renderFigure({
    id,
    content: html`<p class="colours"><span>0: nothing</span><i style="background:linear-gradient(to right,${gradient.join(",")})"></i><span>1: all</span></p>
<div class="panels">${panels}</div>`,
    caption: html`What each estimate lets through of the mixture: its magnitude over that of the mixture, from 0 to 1, in every other cell of the spectrograms above (n = ${masks.length}). Where the mixture is ${floorDb} dB below its loudest point there is nothing to let through, and the colour is that of 0. The masks are those seen from outside, from mixture and estimate.`,
    data: maskData(detail)!,
  });
}

function shownMasks({ spectrograms, players }: TrialDetail): ShownMask[] {
  const labelOf = (kind: string) => players.filter((player) => player.kind === kind).map(({ label }) => label);
  const mixture = spectrograms.find(({ label }) => labelOf("mixture").includes(label))?.picture;
  const estimates = labelOf("estimate");
  if (mixture === undefined) return [];
  return spectrograms
    .filter(
      ({ label, picture }) =>
        estimates.includes(label) && picture.frames === mixture.frames && picture.bins === mixture.bins,
    )
    .map(({ label, picture }) => ({ label, ...share(picture, mixture) }));
}

/** Every other cell in time and frequency, so that the images take a quarter of the room. */
function share(estimate: SpectrogramPicture, mixture: SpectrogramPicture): Omit<ShownMask, "label"> {
  const loudest = mixture.decibels.reduce(
    (peak, value) => (value > peak && value < Infinity ? value : peak),
    -Infinity,
  );
  const [frames, bins] = [Math.ceil(mixture.frames / 2), Math.ceil(mixture.bins / 2)];
  const cells = new Float32Array(frames * bins);
  let [sum, weights] = [0, 0];
  for (let n = 0; n < frames; n++) {
    for (let m = 0; m < bins; m++) {
      const cell = 2 * n * mixture.bins + 2 * m;
      const level = mixture.decibels[cell]!;
      if (!(level > loudest - floorDb)) continue;
      const ratio = Math.min(1, 10 ** ((estimate.decibels[cell]! - level) / 20));
      if (Number.isNaN(ratio)) continue;
      cells[n * bins + m] = ratio;
      const weight = 10 ** ((level - loudest) / 10);
      sum += weight * ratio;
      weights += weight;
    }
  }
  return { picture: { ...mixture, frames, bins, decibels: cells }, mean: weights > 0 ? sum / weights : Number.NaN };
}
