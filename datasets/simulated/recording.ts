import type { Random } from "../../src/index.ts";
import { createBackground } from "./background.ts";
import { applyBiquad, designBiquad } from "./biquad.ts";
import { electrodes } from "./electrodes.ts";
import { addResponse, createListener, type Listener } from "./listener.ts";

/** One presentation of one mixture. */
export interface Presentation {
  /** Index of the mixture. */
  readonly mixture: number;
  /** Index of the attended source in that mixture. */
  readonly target: number;
}

/** A presentation at its place in the recording. */
export interface TimedPresentation extends Presentation {
  readonly startSample: number;
}

/** A simulated recording in microvolts, [channels][samples]. */
export interface SimulatedRecording {
  readonly rateHz: number;
  readonly trials: readonly TimedPresentation[];
  readonly listener: Listener;
  /** Microvolts per unit of the listener's answer, such that the ratio below holds. */
  readonly responseScale: number;
  /** What the sound evokes, scaled. */
  readonly response: readonly Float64Array[];
  /** All the rest. */
  readonly background: readonly Float64Array[];
  /** Their sum: what is written. */
  readonly channels: readonly Float64Array[];
}

/** Settings of `simulateRecording`. */
export interface RecordingSettings {
  readonly eegRateHz: number;
  /** EEG samples of each mixture. */
  readonly trialSamples: number;
  /** Power of the response over that of the background, 1 to 8 Hz, during the trials, mean over channels, in dB. */
  readonly snrDb: number;
  /** Strength of the answer to sources that are not attended; the attended one has 1. */
  readonly unattendedGain: number;
  /** Seeded numbers of the subject. */
  readonly random: Random;
}

/**
 * Simulates one subject who hears every mixture once per source, in an order of the subject's own, with 2 to 4 s of rest
 * before, between and after. No trial starts on a whole second.
 *
 * @param features auditory features of each source of each mixture, [mixtures][sources][bands][trialSamples]
 * @param settings rates, lengths, ratio and seeded numbers
 */
export function simulateRecording(
  features: readonly (readonly Float64Array[])[][],
  settings: RecordingSettings,
): SimulatedRecording {
  const { eegRateHz: rateHz, trialSamples, snrDb, unattendedGain, random } = settings;
  const { trials, samples } = layOut(
    features.map((sources) => sources.length),
    rateHz,
    trialSamples,
    random.fork("order"),
  );
  const listener = createListener(random.fork("listener"), rateHz);
  const response = electrodes.map(() => new Float64Array(samples));
  for (const { mixture, target, startSample } of trials) {
    features[mixture]!.forEach((source, s) => {
      addResponse(response, listener, source, { startSample, gain: s === target ? 1 : unattendedGain });
    });
  }
  const parts = Object.values(createBackground(random.fork("background"), rateHz, samples));
  const background = electrodes.map((_, c) => sumOf(parts.map((part) => part[c]!)));
  const power = (channels: readonly Float64Array[]) => bandPower(channels, rateHz, trials, trialSamples);
  const responseScale = Math.sqrt((10 ** (snrDb / 10) * power(background)) / power(response));
  for (const channel of response) for (let n = 0; n < samples; n++) channel[n]! *= responseScale;
  const channels = electrodes.map((_, c) => sumOf([response[c]!, background[c]!]));
  return { rateHz, trials, listener, responseScale, response, background, channels };
}

function layOut(sourceCounts: readonly number[], rateHz: number, trialSamples: number, random: Random) {
  const pairs = sourceCounts.flatMap((count, mixture) =>
    Array.from({ length: count }, (_, target) => ({ mixture, target })),
  );
  const rest = () => Math.round((2 + 2 * random.uniform()) * rateHz);
  const trials: TimedPresentation[] = [];
  let sample = 0;
  for (const index of random.permutation(pairs.length)) {
    let startSample = sample + rest();
    if (startSample % rateHz === 0) startSample++;
    trials.push({ ...pairs[index]!, startSample });
    sample = startSample + trialSamples;
  }
  return { trials, samples: Math.ceil((sample + rest()) / rateHz) * rateHz };
}

/**
 * Mean power from 1 to 8 Hz over channels and trials, by second-order Butterworth high-pass and low-pass filters.
 *
 * @param channels [channels][samples]
 */
export function bandPower(
  channels: readonly Float64Array[],
  rateHz: number,
  trials: readonly { startSample: number }[],
  trialSamples: number,
): number {
  const highPass = designBiquad("high-pass", 1, rateHz);
  const lowPass = designBiquad("low-pass", 8, rateHz);
  let energy = 0;
  for (const channel of channels) {
    const band = applyBiquad(lowPass, applyBiquad(highPass, channel));
    for (const { startSample } of trials) {
      for (let n = startSample; n < startSample + trialSamples; n++) energy += band[n]! * band[n]!;
    }
  }
  return energy / (channels.length * trials.length * trialSamples);
}

function sumOf(parts: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(parts[0]!.length);
  for (const part of parts) for (let n = 0; n < sum.length; n++) sum[n]! += part[n]!;
  return sum;
}
