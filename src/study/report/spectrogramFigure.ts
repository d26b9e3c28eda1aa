import { ToolkitError } from "../../core/error.ts";
import type { SpectrogramPicture, TrialDetail } from "../results.ts";
import type { Charts } from "./charts.ts";
import { renderFigure } from "./figure.ts";
import { type Html, html } from "./html.ts";
import { countText, decibelText, numberText } from "./numbers.ts";

/** Colours of the map: enough that no step is seen, few enough that the images stay small. */
const colourCount = 64;

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
  const { encode } = await import("fast-png");
  const panels = spectrograms.map(({ label, picture }) => {
    const image = {
      width: picture.frames,
      height: picture.bins,
      data: colourIndices(picture, scale),
      depth: 8 as const,
    };
    const png = encode({ ...image, channels: 1, palette: colours }, { zlib: { level: 9 } });
    const { durationSeconds, maximumHz } = picture;
    const alt = `Spectrogram of ${label}: ${numberText(durationSeconds, 1)} s, 0 to ${numberText(maximumHz / 1000, 1)} kHz`;
    return html`<div><h4>${label}</h4><div class="spectrogram">
<div class="frequency">${[0, 0.5, 1].map((share) => html`<span style="bottom:${100 * share}%">${numberText((share * maximumHz) / 1000, 1)}</span>`)}</div>
<img alt="${alt}" width="${picture.frames}" height="${picture.bins}" src="data:image/png;base64,${Buffer.from(png).toString("base64")}">
<div class="time">${[0, 0.25, 0.5, 0.75, 1].map((share) => html`<span style="left:${100 * share}%">${numberText(share * durationSeconds, 1)}${share === 1 && " s"}</span>`)}</div>
</div></div>`;
  });
  const gradient = colours.filter((_, i) => i % 7 === 0).map((rgb) => `rgb(${rgb.join(",")})`);
  return renderFigure({
    id,
    content: html`<p class="colours"><span>${decibelText(scale.low)} dB</span><i style="background:linear-gradient(to right,${gradient.join(",")})"></i><span>${decibelText(scale.high)} dB</span></p>
<div class="panels">${panels}</div>`,
    caption: html`Magnitude spectrograms (n = ${spectrograms.length}), time in seconds to the right, frequency in kHz upwards. All share one colour scale, from the loudest point down ${rangeDb} dB; what is quieter has the darkest colour.`,
    data: {
      columns: ["spectrogram", "frames", "bins", "seconds", "maximum Hz", "loudest dB"],
      rows: spectrograms.map(({ label, picture }) => [
        label,
        picture.frames,
        picture.bins,
        picture.durationSeconds,
        picture.maximumHz,
        loudest(picture),
      ]),
    },
  });
}

/** Colour number of every pixel, top row first: [bins, frames] from the highest bin down. */
function colourIndices({ frames, bins, decibels }: SpectrogramPicture, { low, high }: { low: number; high: number }) {
  const pixels = new Uint8Array(frames * bins);
  const step = (colourCount - 1) / (high - low);
  for (let frame = 0; frame < frames; frame++) {
    for (let bin = 0; bin < bins; bin++) {
      const level = (decibels[frame * bins + bin]! - low) * step;
      // NaN and everything below the scale are 0
      pixels[(bins - 1 - bin) * frames + frame] = level > 0 ? Math.min(colourCount - 1, Math.round(level)) : 0;
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
