import { checkNumber, checkWhole } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import { createRandom, type Random } from "../../core/random.ts";
import { createFft } from "../../numeric/fft.ts";
import { zScored } from "./standardSeries.ts";
import type { TrfTrial } from "./trfCovariance.ts";

/** Options of {@link simulateEeg}. */
export interface SimulateEegOptions {
  /** Rate of features and EEG. */
  rateHz: number;
  /** Number of channels, default 16. */
  channels?: number;
  /**
   * Power of the response over that of the noise, both summed over channels and samples of a trial, in dB; default -10. `-Infinity`
   * is noise alone, of power 1.
   */
  snrDb?: number;
  /** Seed, default 0. */
  seed?: number | string;
}

/** Default options of {@link simulateEeg}. */
export const simulateEegDefaults = { channels: 16, snrDb: -10, seed: 0 } as const satisfies Required<
  Omit<SimulateEegOptions, "rateHz">
>;

/** Simulated EEG with its parts. */
export interface SimulatedEeg extends TrfTrial {
  /** The part that follows the stimulus, [channels][samples]; zeros at `-Infinity` dB. */
  readonly response: readonly Float64Array[];
  /** The other part, [channels][samples]. */
  readonly noise: readonly Float64Array[];
}

/**
 * EEG that follows features by a known forward temporal response function, plus noise. Every feature, at mean 0 and variance 1,
 * passes three Gaussian waves (at 50, 100 and 200 ms, widths 15, 25 and 40 ms, signs +, -, +), each with a weight of its own
 * for every channel, drawn once for all trials. Noise has a power spectrum of 1/f without a mean and is mixed over
 * channels. It has no eye blinks and no alpha rhythm and is far easier than real EEG.
 *
 * @param trials features that are followed, [trials][features][samples]
 * @returns for each trial the features as given and the EEG
 * @throws ToolkitError `bad-shape`, `bad-value` for a constant feature, `bad-option`
 */
export function simulateEeg(trials: readonly (readonly Float64Array[])[], options: SimulateEegOptions): SimulatedEeg[] {
  const who = "simulateEeg";
  const { rateHz, channels, snrDb, seed } = { ...simulateEegDefaults, ...options };
  checkNumber(who, "rateHz", rateHz, { above: 0 });
  checkWhole(who, "channels", channels, 1);
  if (snrDb !== -Infinity) checkNumber(who, "snrDb", snrDb);
  const features = trials[0]?.length ?? 0;
  if (features === 0)
    throw new ToolkitError("bad-shape", `${who}: no features given; at least one trial and feature are needed`);
  const random = createRandom(seed);
  const draw = (name: string, count: number) => {
    const numbers = random.fork(name);
    return Float64Array.from({ length: count }, () => numbers.normal());
  };
  const kernels = Array.from({ length: channels }, (_, c) =>
    Array.from({ length: features }, (_, f) => responseKernel(draw(`gains ${c} ${f}`, waves.length), rateHz)),
  );
  const mixing = Array.from({ length: channels }, (_, c) => draw(`mixing ${c}`, channels));
  return trials.map((stimulus, t) => {
    const samples = stimulus[0]?.length ?? 0;
    if (stimulus.length !== features || stimulus.some((row) => row.length !== samples) || samples < 2) {
      throw new ToolkitError(
        "bad-shape",
        `${who}: trial ${t} has ${stimulus.length} features, the first of ${samples} samples; ${features} of one length, 2 or more, are needed`,
      );
    }
    const inputs = stimulus.map((row, f) => zScored(who, `feature ${f} of trial ${t}`, row));
    const numbers = random.fork(`noise ${t}`);
    const latent = Array.from({ length: channels }, () => pinkNoise(numbers, samples));
    const noise = mixing.map((weights) => weightedSum(latent, weights));
    let response = kernels.map((own) => {
      const out = new Float64Array(samples);
      for (const [f, kernel] of own.entries()) addFiltered(out, inputs[f]!, kernel);
      return out;
    });
    const noisePower = power(noise);
    const noiseGain = 1 / Math.sqrt(noisePower);
    const responseGain = Math.sqrt(10 ** (snrDb / 10) / power(response));
    const scaledNoise = noise.map((row) => row.map((value) => value * noiseGain));
    response = response.map((row) => row.map((value) => value * responseGain));
    const eeg = response.map((row, c) => row.map((value, i) => value + scaledNoise[c]![i]!));
    return { eeg, stimulus, rateHz, response, noise: scaledNoise };
  });
}

/** Waves of the response: when, how wide (standard deviation), which way. */
const waves = [
  { seconds: 0.05, width: 0.015, sign: 1 },
  { seconds: 0.1, width: 0.025, sign: -1 },
  { seconds: 0.2, width: 0.04, sign: 1 },
] as const;

/** Response of one channel to one feature, from 0 to 350 ms. */
function responseKernel(gains: Float64Array, rateHz: number): Float64Array {
  return Float64Array.from({ length: Math.floor(0.35 * rateHz) + 1 }, (_, i) =>
    waves.reduce(
      (sum, { seconds, width, sign }, w) =>
        sum + sign * gains[w]! * Math.exp(-0.5 * ((i / rateHz - seconds) / width) ** 2),
      0,
    ),
  );
}

function addFiltered(out: Float64Array, input: Float64Array, kernel: Float64Array): void {
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let k = 0; k < kernel.length && k <= i; k++) sum += kernel[k]! * input[i - k]!;
    out[i]! += sum;
  }
}

/** Noise whose power falls as 1/f from the first bin up, without a mean. */
function pinkNoise(random: Random, samples: number): Float64Array {
  const fft = createFft(samples);
  const real = new Float64Array(fft.bins);
  const imag = new Float64Array(fft.bins);
  for (let k = 1; k < fft.bins; k++) {
    real[k] = random.normal() / Math.sqrt(k);
    imag[k] = random.normal() / Math.sqrt(k);
  }
  const out = new Float64Array(samples);
  fft.inverseReal(real, imag, out);
  return out;
}

function weightedSum(rows: readonly Float64Array[], weights: Float64Array): Float64Array {
  const out = new Float64Array(rows[0]!.length);
  for (const [r, row] of rows.entries()) for (let i = 0; i < out.length; i++) out[i]! += weights[r]! * row[i]!;
  return out;
}

/** Mean square over all channels and samples. */
function power(rows: readonly Float64Array[]): number {
  const sum = rows.reduce((all, row) => all + row.reduce((own, value) => own + value * value, 0), 0);
  return sum / (rows.length * rows[0]!.length);
}
