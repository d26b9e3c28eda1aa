import { encodeWav, fullScaleGain } from "../../formats/encodeWav.ts";
import { rationalRatio, resample } from "../../signal/resample.ts";
import type { MethodInfo, ScoreRow, TrialDetail } from "../results.ts";
import { type FigureData, renderFigure } from "./figure.ts";
import { type Html, html } from "./html.ts";
import { fileLink } from "./links.ts";
import { countText, decibelText, numberText } from "./numbers.ts";

/** Highest rate of the players' excerpts. */
const highestRateHz = 16_000;

/** How long the excerpts may be. */
export interface PlayerLimits {
  /** Longest excerpt. */
  readonly excerptSeconds: number;
  /** Characters all players of this trial may take in the page together. */
  readonly bytes: number;
}

/** What plays, and which excerpt of it; undefined where nothing does. */
export function playerData(detail: TrialDetail, limits: PlayerLimits): FigureData | undefined {
  const { players, audioRateHz } = detail;
  if (players.length === 0) return undefined;
  const { start, length } = excerptOf(detail, limits);
  return {
    columns: ["signal", "kind", "method", "file", "from second", "seconds"],
    rows: players.map((player) => [
      player.label,
      player.kind,
      player.method ?? "",
      player.file,
      start / audioRateHz,
      length / audioRateHz,
    ]),
  };
}

/** The excerpt that all players of a trial have. */
function excerptOf({ players, audioRateHz }: TrialDetail, { excerptSeconds, bytes }: PlayerLimits) {
  const rateHz = audioRateHz > highestRateHz && audioRateHz % 25 === 0 ? highestRateHz : audioRateHz;
  // base64 writes 3 bytes as 4 characters; a sample has 2 bytes
  const affordable = ((bytes / players.length) * (3 / 4)) / (2 * rateHz);
  const guide = players.find(({ kind }) => kind === "mixture") ?? players[0]!;
  const wanted = Math.floor(Math.min(excerptSeconds, affordable) * audioRateHz);
  const length = Math.max(1, Math.min(wanted, guide.samples.length));
  const start = loudestStart(guide.samples, length);
  return { rateHz, start, length, isWhole: length === guide.samples.length };
}

/**
 * The players of one trial: mixture, reference and every estimate. Each plays the same excerpt, the loudest stretch of the
 * mixture, as 16-bit PCM of at most 16 kHz; beside it a link to the whole file in the results folder.
 */
export function renderPlayerFigure(
  id: string,
  detail: TrialDetail,
  methods: readonly MethodInfo[],
  scores: readonly ScoreRow[],
  { excerptSeconds, bytes }: PlayerLimits,
): Html | undefined {
  const { players, audioRateHz } = detail;
  if (players.length === 0) return undefined;
  const { rateHz, start, length, isWhole } = excerptOf(detail, { excerptSeconds, bytes });
  const hasFiles = players.some(({ file }) => file !== "");
  const own = new Map(
    scores
      .filter(({ subject, trial }) => subject === detail.subject && trial === detail.trial)
      .map((row) => [row.method, row]),
  );
  const roles = new Map(methods.map(({ id: method, role }) => [method, role]));
  const rows = players.map((player) => {
    const excerpt = player.samples.slice(start, start + length);
    const role = player.method === undefined ? undefined : roles.get(player.method);
    const score = player.method === undefined ? undefined : own.get(player.method);
    return html`<tr${role !== undefined && html` class="${role}"`}><th scope="row">${player.label} ${
      role === undefined
        ? html`<span class="role baseline">${player.kind}</span>`
        : html`<span class="role ${role}">${role}</span>`
    }</th><td class="sound">${sound(player.label, excerpt, audioRateHz, rateHz)}</td><td class="number">${score && decibelText(score.sdrImprovement)}</td>${hasFiles && html`<td>${player.file !== "" && html`<a href="${fileLink(player.file)}">${player.file}</a>`}</td>`}</tr>\n`;
  });
  const seconds = numberText(length / audioRateHz, 1);
  const from = numberText(start / audioRateHz, 1);
  return renderFigure({
    id,
    content: html`<table class="players">
<thead><tr><th scope="col">Signal</th><th scope="col" class="sound">Listen</th><th scope="col" class="number">SDR gain<br>dB</th>${hasFiles && html`<th scope="col">Whole file</th>`}</tr></thead>
<tbody>${rows}</tbody></table>`,
    caption: html`${isWhole ? html`The whole trial of ${seconds} s` : html`An excerpt of ${seconds} s, the loudest of the mixture, from ${from} s on`}, the same for every signal (n = ${countText(players.length, "player")}), 16 bit at ${numberText(rateHz / 1000, 1)} kHz. A signal beyond full scale is turned down to it, all others play at their own level.${hasFiles && " The links lead to the whole files in the results folder, if this page still lies in it."}`,
    data: playerData(detail, { excerptSeconds, bytes })!,
  });
}

function sound(label: string, samples: Float64Array, fromHz: number, rateHz: number): Html {
  let odd = 0;
  for (const value of samples) if (!Number.isFinite(value)) odd++;
  if (odd > 0) return html`no sound: ${countText(odd, "sample")} of the excerpt ${odd === 1 ? "is" : "are"} not finite`;
  if (samples.length === 0) return html`no sound: the signal ends before the excerpt`;
  const channel = rateHz === fromHz ? samples : resample(samples, rationalRatio(fromHz, rateHz));
  const signal = { rateHz, channels: [channel] };
  const wav = encodeWav(signal, { sampleFormat: "pcm16", overflow: "scale" });
  const quieter = fullScaleGain(signal) < 1 && html`<small>turned down</small>`;
  return html`<audio controls preload="metadata" aria-label="${label}" src="data:audio/wav;base64,${Buffer.from(wav).toString("base64")}"></audio>${quieter}`;
}

/** First sample of the stretch with the most energy. */
function loudestStart(samples: Float64Array, length: number): number {
  let energy = 0;
  for (let i = 0; i < length; i++) energy += samples[i]! ** 2;
  let [best, start] = [energy, 0];
  for (let i = length; i < samples.length; i++) {
    energy += samples[i]! ** 2 - samples[i - length]! ** 2;
    if (energy > best) [best, start] = [energy, i - length + 1];
  }
  return start;
}
