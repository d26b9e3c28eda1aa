import { checkNumber } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { createFft } from "../numeric/fft.ts";
import { checkSignal } from "./checkSignal.ts";
import { resampleToRate } from "./interpolate.ts";
import { findRatio, resample } from "./resample.ts";

/** How an envelope is made. */
export interface EnvelopeOptions {
  /** Sampling rate of the audio. */
  rateHz: number;
  /** Rate of the envelope, at most `rateHz`; value k is at k / outputRateHz. */
  outputRateHz: number;
  /** `hilbert`: magnitude of the analytic signal; `rms`: root mean square around each output time. Default `hilbert`. */
  method?: "hilbert" | "rms";
  /** The magnitude is raised to this power; 1 leaves it, 0.6 is close to loudness (Biesmans et al. 2017). Default 0.6. */
  exponent?: number;
  /** Of `rms` alone: length of the mean in output periods, at least 1. Default 1. */
  windowPeriods?: number;
}

/** Options of `envelope` where none are given. */
export const envelopeDefaults = {
  method: "hilbert",
  exponent: 0.6,
  windowPeriods: 1,
} as const satisfies Partial<EnvelopeOptions>;

/**
 * Broadband envelope of a sound.
 *
 * `hilbert`: |analytic signal| ^ exponent, then low-passed and brought to the output rate by `resample` with held ends
 * (by `resampleToRate` where the rates have no ratio of small whole numbers); the little that the filter undershoots
 * below 0 is set to 0. `rms`: (mean square over `windowPeriods` output periods centred at the output time, cut off at
 * the ends) ^ (exponent / 2); there is no other low-pass.
 *
 * @param samples [samples], at least 1
 * @returns [ceil(samples * outputRateHz / rateHz)]
 * @throws ToolkitError `bad-option` if a rate is not above 0, the output rate above the input's or the exponent not above
 *   0; `bad-shape`, `bad-value`
 */
export function envelope(samples: Float64Array, options: EnvelopeOptions): Float64Array {
  const { rateHz, outputRateHz, method, exponent, windowPeriods } = { ...envelopeDefaults, ...options };
  checkSignal("envelope", "the signal", samples);
  checkNumber("envelope", "rateHz", rateHz, { above: 0 });
  checkNumber("envelope", "outputRateHz", outputRateHz, { above: 0 });
  checkNumber("envelope", "exponent", exponent, { above: 0 });
  checkNumber("envelope", "windowPeriods", windowPeriods, { from: 1 });
  if (outputRateHz > rateHz) {
    throw new ToolkitError(
      "bad-option",
      `envelope: outputRateHz is ${outputRateHz}, above the signal's rate of ${rateHz} Hz; an envelope has the same rate or a lower one`,
    );
  }
  if (method === "rms") {
    return meanSquares(samples, rateHz / outputRateHz, windowPeriods).map((value) => value ** (exponent / 2));
  }
  if (method !== "hilbert") {
    throw new ToolkitError("bad-option", `envelope: method is "${String(method)}"; it must be hilbert or rms`);
  }
  const fine = analyticMagnitude(samples);
  if (exponent !== 1) for (let i = 0; i < fine.length; i++) fine[i] = fine[i]! ** exponent;
  return toRate(fine, rateHz, outputRateHz).map((value) => Math.max(0, value));
}

/**
 * Magnitude of the analytic signal, `sqrt(x^2 + h^2)` with h the Hilbert transform of x (each sine turned to minus a
 * cosine; 0 Hz and half the rate dropped), over the whole signal at once. The same values as
 * `abs(scipy.signal.hilbert(x))`.
 *
 * @param samples [samples], at least 1
 * @returns [samples]
 * @throws ToolkitError `bad-shape`, `bad-value`; `bad-option` for more samples than a transform can have (`createFft`)
 */
export function analyticMagnitude(samples: Float64Array): Float64Array {
  checkSignal("analyticMagnitude", "the signal", samples);
  const size = samples.length;
  const fft = createFft(size);
  const real = new Float64Array(fft.bins);
  const imag = new Float64Array(fft.bins);
  fft.forwardReal(samples, real, imag);
  const top = Math.ceil(size / 2);
  for (let k = 0; k < fft.bins; k++) {
    const re = real[k]!;
    real[k] = k > 0 && k < top ? imag[k]! : 0;
    imag[k] = k > 0 && k < top ? -re : 0;
  }
  const out = new Float64Array(size);
  fft.inverseReal(real, imag, out);
  for (let i = 0; i < size; i++) out[i] = Math.sqrt(out[i]! * out[i]! + samples[i]! * samples[i]!);
  return out;
}

function toRate(values: Float64Array, rateHz: number, outputRateHz: number): Float64Array {
  const ratio = findRatio(rateHz, outputRateHz);
  if (ratio) return resample(values, ratio, { padding: "hold" });
  const samples = outputCount(values.length, rateHz / outputRateHz);
  return resampleToRate(values, { rateHz }, { rateHz: outputRateHz, samples });
}

/** Mean square over [(k - periods / 2) period, (k + periods / 2) period), border samples counted by their part inside. */
function meanSquares(samples: Float64Array, period: number, periods: number): Float64Array {
  const out = new Float64Array(outputCount(samples.length, period));
  for (let k = 0; k < out.length; k++) {
    // Sample i stands for the time from i - 1/2 to i + 1/2
    const from = Math.max(0, (k - periods / 2) * period + 0.5);
    const to = Math.min(samples.length, (k + periods / 2) * period + 0.5);
    let sum = 0;
    for (let i = Math.floor(from); i < to; i++) {
      const part = Math.min(i + 1, to) - Math.max(i, from);
      sum += part * samples[i]! * samples[i]!;
    }
    out[k] = sum / (to - from);
  }
  return out;
}

function outputCount(samples: number, period: number): number {
  return Math.max(1, Math.ceil(samples / period - 1e-9));
}
