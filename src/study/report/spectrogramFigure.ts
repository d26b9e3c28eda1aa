import { ToolkitError } from "../../core/error.ts";
import type { SpectrogramPicture, TrialDetail } from "../results.ts";
import type { Charts } from "./charts.ts";
import { type FigureData, renderFigure } from "./figure.ts";
import { type Html, html } from "./html.ts";
import { countText, decibelText, numberText } from "./numbers.ts";

/** Colours of the map: enough that no step is seen, few enough that the images stay small. */
const colourCount = 64;

/** Sizes and loudest points; undefined where there are no spectrograms. */
export function spectrogramData({ spectrograms }: TrialDetail): FigureData | undefined {
  if (spectrograms.length === 0) return undefined;
  return {
    columns: ["spectrogram", "frames", "bins", "seconds", "maximum Hz", "loudest dB"],
    rows: spectrograms.map(({ label, picture }) => [
      label,
      picture.frames,
      picture.bins,
      picture.durationSeconds,
      picture.maximumHz,
      loudest(picture),
    ]),
  };
}

/**
 * The spectrograms of one trial as images with axes, all on one colour scale.
 *
 * @param id of the figure
 * @param rangeDb how far below the loudest point of all pictures the scale ends
 */
export async function renderSpectrogramFigure(
  charts: Charts,
  id: string,
  detail: TrialDetail,
  rangeDb: number,
): Promise<Html | undefined> {
  const { spectrograms } = detail;
  if (spectrograms.length === 0) return undefined;
  for (const { label, picture } of spectrograms) checkPicture(label, picture);
  const top = Math.ceil(spectrograms.reduce((peak, { picture }) => Math.max(peak, loudest(picture)), -Infinity));
  const scale = { low: (Number.isFinite(top) ? top : 0) - rangeDb, high: Number.isFinite(top) ? top : 0 };
  const colours = charts.colours("magma", colourCount);
  const pictures = spectrograms.map(({ label, picture }) => ({ label, picture }));
  const { panels, thinning } = await renderPictures(pictures, { what: "Spectrogram", scale, colours });
  const gradient = colours.filter((_, i) => i % 7 === 0).map((rgb) => `rgb(${rgb.join(",")})`);
  return renderFigure({
    id,
    content: html`<p class="colours"><span>${decibelText(scale.low)} dB</span><i style="background:linear-gradient(to right,${gradient.join(",")})"></i><span>${decibelText(scale.high)} dB</span></p>
<div class="panels">${panels}</div>`,
    caption: html`Magnitude spectrograms (n = ${spectrograms.length}), time in seconds to the right, frequency in kHz upwards. All share one colour scale, from the loudest point down ${rangeDb} dB; what is quieter has the darkest colour.${thinning > 1 && ` To keep the page small, one in ${thinning} frames is drawn.`}`,
    data: spectrogramData(detail)!,
  });
}

/** How pictures of one figure are drawn. */
export interface PictureStyle {
  /** What is shown: `Spectrogram`. */
  readonly what: string;
  /** Values of the first and the last colour. */
  readonly scale: { readonly low: number; readonly high: number };
  /** [red, green, blue] */
  readonly colours: number[][];
}

/** Characters the images of one figure may take in the page. */
const mostBytes = 700_000;

/**
 * Pictures as images with a time and a frequency axis. Where all of them together would take too much room in the page, one frame in two, four..
 * is drawn.
 */
export async function renderPictures(
  pictures: readonly { readonly label: string; readonly picture: SpectrogramPicture }[],
  style: PictureStyle,
): Promise<{ panels: Html[]; thinning: number }> {
  const { encode } = await import("fast-png");
  for (let thinning = 1; ; thinning *= 2) {
    const panels = pictures.map(({ label, picture }) =>
      picturePanel(label, { encode, style, picture: thinned(picture, thinning) }),
    );
    const bytes = panels.reduce((sum, { markup }) => sum + markup.length, 0);
    if (bytes <= mostBytes || pictures.every(({ picture }) => picture.frames < 2 * thinning))
      return { panels, thinning };
  }
}

function thinned(picture: SpectrogramPicture, thinning: number): SpectrogramPicture {
  if (thinning === 1) return picture;
  const { bins } = picture;
  const frames = Math.ceil(picture.frames / thinning);
  const decibels = new Float32Array(frames * bins);
  for (let n = 0; n < frames; n++) {
    const from = n * thinning * bins;
    decibels.set(picture.decibels.subarray(from, from + bins), n * bins);
  }
  return { ...picture, frames, decibels };
}

function picturePanel(
  label: string,
  {
    encode,
    picture,
    style: { what, scale, colours },
  }: { encode: typeof import("fast-png").encode; picture: SpectrogramPicture; style: PictureStyle },
): Html {
  const { frames, bins, durationSeconds, maximumHz } = picture;
  const image = {
    width: frames,
    height: bins,
    data: colourIndices(picture, { ...scale, colours: colours.length }),
    depth: 8 as const,
  };
  const png = encode({ ...image, channels: 1, palette: colours }, { zlib: { level: 9 } });
  const alt = `${what} of ${label}: ${numberText(durationSeconds, 1)} s, 0 to ${numberText(maximumHz / 1000, 1)} kHz`;
  return html`<div><h4>${label}</h4><div class="spectrogram">
<div class="frequency">${[0, 0.5, 1].map((share) => html`<span style="bottom:${100 * share}%">${numberText((share * maximumHz) / 1000, 1)}</span>`)}</div>
<img alt="${alt}" width="${frames}" height="${bins}" src="data:image/png;base64,${Buffer.from(png).toString("base64")}">
<div class="time">${[0, 0.25, 0.5, 0.75, 1].map((share) => html`<span style="left:${100 * share}%">${numberText(share * durationSeconds, 1)}${share === 1 && " s"}</span>`)}</div>
</div></div>`;
}

/** Colour number of every pixel, top row first: [bins, frames] from the highest bin down. */
function colourIndices(
  { frames, bins, decibels }: SpectrogramPicture,
  { low, high, colours }: { low: number; high: number; colours: number },
): Uint8Array {
  const pixels = new Uint8Array(frames * bins);
  const step = (colours - 1) / (high - low);
  for (let frame = 0; frame < frames; frame++) {
    for (let bin = 0; bin < bins; bin++) {
      const level = (decibels[frame * bins + bin]! - low) * step;
      // NaN and everything below the scale are 0
      pixels[(bins - 1 - bin) * frames + frame] = level > 0 ? Math.min(colours - 1, Math.round(level)) : 0;
    }
  }
  return pixels;
}

function loudest({ decibels }: SpectrogramPicture): number {
  let peak = -Infinity;
  for (const value of decibels) if (value > peak && value < Infinity) peak = value;
  return peak;
}

function checkPicture(label: string, { frames, bins, decibels }: SpectrogramPicture): void {
  if (frames > 0 && bins > 0 && decibels.length === frames * bins) return;
  throw new ToolkitError(
    "bad-shape",
    `renderReport: spectrogram ${JSON.stringify(label)} is ${countText(frames, "frame")} x ${countText(bins, "bin")} but has ${decibels.length} values`,
  );
}
