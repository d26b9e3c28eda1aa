import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { type Matrix, zeros } from "../core/matrix.ts";
import type { Stft } from "../signal/stft.ts";
import { binFrequencies, duetCues } from "./duetCues.ts";

/** Options of {@link duetHistogram}. */
export interface DuetHistogramOptions {
  /**
   * Power p of |X1 X2| in a bin's weight, from 0. Default 1, the choice of Rickard 2007; 0.5 where sources differ much in
   * loudness, so that the loud one does not hide the others; 0 counts every bin alike.
   */
  amplitudePower?: number;
  /** Power q of omega (radians a sample) in a bin's weight, from 0. Default 0; 2 trusts high frequencies for the delay. */
  frequencyPower?: number;
  /** Attenuations a - 1/a beyond plus or minus this are left out. Default 3, a level ratio of 3.3 or 10.4 dB. */
  maximumAttenuation?: number;
  /** Cells over the attenuations, odd, so that 0 is the centre of one. Default 121. */
  attenuationBins?: number;
  /** Delays beyond plus or minus this, in samples, are left out. Default 4. */
  maximumDelay?: number;
  /** Cells over the delays, odd. Default 81. */
  delayBins?: number;
  /** Standard deviation of the Gaussian that `values` are smoothed with, in cells; 0 for none. Default 1. */
  smoothing?: number;
  /**
   * What becomes of frequencies so high that their phase fits several delays in range: they are left out (`exclude`,
   * default), or a bin's weight is shared among all those delays (`every`), which for microphones far apart keeps the high
   * frequencies: the true delays add up over frequency, the others scatter.
   */
  aliases?: "exclude" | "every";
}

/** Defaults of {@link duetHistogram}. */
export const duetHistogramDefaults = {
  amplitudePower: 1,
  frequencyPower: 0,
  maximumAttenuation: 3,
  attenuationBins: 121,
  maximumDelay: 4,
  delayBins: 81,
  smoothing: 1,
  aliases: "exclude",
} as const satisfies Required<DuetHistogramOptions>;

/** Why a bin is not in the histogram; the first of these that holds. */
export type DuetExclusion = "zeroFrequency" | "silent" | "aliased" | "attenuation" | "delay";

/** Where in level and time the energy of a stereo mixture lies. Matrices are [attenuationBins, delayBins]. */
export interface DuetHistogram {
  /** Centres of the cells, symmetric attenuation `a - 1/a`, ascending, [attenuationBins]. */
  readonly attenuations: Float64Array;
  /** Centres of the cells, delay of the right channel in samples, ascending, [delayBins]. */
  readonly delays: Float64Array;
  /** Each cell's share of the mixture's weight, smoothed: the picture, in which `duetPeaks` looks for maxima. */
  readonly values: Matrix<Float64Array>;
  /** The same, not smoothed. With the shares of `excluded` they sum to 1. */
  readonly weights: Matrix<Float64Array>;
  /** Sum of weight times attenuation in each cell: divided by the weight, the mean attenuation in the cell. */
  readonly attenuationSums: Matrix<Float64Array>;
  /** Sum of weight times delay in each cell. */
  readonly delaySums: Matrix<Float64Array>;
  /** Time-frequency bins in the histogram. */
  readonly countedBins: number;
  /**
   * Time-frequency bins left out and the share of the weight that went with them: of frequency 0, which carries no delay
   * (share 0 by definition); silent in a channel; too high in frequency for one delay; out of the attenuations' range; out
   * of the delays' range.
   */
  readonly excluded: Readonly<Record<DuetExclusion, { bins: number; share: number }>>;
  /** The options, defaults filled in. */
  readonly options: Required<DuetHistogramOptions>;
}

/**
 * Histogram of DUET: each time-frequency bin of a stereo mixture is put at its symmetric attenuation `a - 1/a`, a =
 * |X2 / X1|, and its delay `-arg(X2 / X1) / omega`, with weight `|X1 X2|^p omega^q`. Sources that do not overlap in time and
 * frequency are its peaks.
 *
 * Source: Yilmaz & Rickard, "Blind separation of speech mixtures via time-frequency masking", IEEE Transactions on Signal
 * Processing 52(7), 2004; weights of Rickard, "The DUET blind source separation algorithm", 2007.
 *
 * A phase is known up to 2 pi, so bin k tells delays apart within plus or minus windowSize / (2k) samples, the highest bin
 * within 1 sample. See `aliases` for bins that cannot cover `maximumDelay`. Scaling the mixture changes nothing.
 *
 * @param left transform of the left channel, X1
 * @param right transform of the right channel, X2, made alike
 * @throws ToolkitError `bad-option`; `bad-shape` if a channel is missing or the two differ in shape or options; `bad-value` if
 *   a value is not finite, or a channel or all of the mixture but its frequency 0 silent
 */
export function duetHistogram(left: Stft, right: Stft, options: DuetHistogramOptions = {}): DuetHistogram {
  const resolved = resolve(options);
  const { amplitudePower, frequencyPower, maximumAttenuation, attenuationBins, maximumDelay, delayBins, aliases } =
    resolved;
  const { attenuations, phases, products } = duetCues("duetHistogram", left, right);
  const frequencies = binFrequencies(left);
  const weights = zeros(attenuationBins, delayBins);
  const attenuationSums = zeros(attenuationBins, delayBins);
  const delaySums = zeros(attenuationBins, delayBins);
  const excluded = {
    zeroFrequency: { bins: left.frames, share: 0 },
    silent: { bins: 0, share: 0 },
    aliased: { bins: 0, share: 0 },
    attenuation: { bins: 0, share: 0 },
    delay: { bins: 0, share: 0 },
  };
  let countedBins = 0;
  let total = 0;
  for (let k = 1; k < left.bins; k++) {
    const omega = frequencies[k]!;
    const period = (2 * Math.PI) / omega;
    const severalFit = omega * maximumDelay >= Math.PI;
    const emphasis = omega ** frequencyPower;
    for (let i = k; i < products.length; i += left.bins) {
      if (products[i] === 0) {
        excluded.silent.bins++;
        continue;
      }
      const weight = (amplitudePower === 1 ? products[i]! : products[i]! ** amplitudePower) * emphasis;
      total += weight;
      const attenuation = attenuations[i]!;
      const delay = phases[i]! / omega;
      const first = Math.ceil((-maximumDelay - delay) / period);
      const last = Math.floor((maximumDelay - delay) / period);
      let reason: DuetExclusion | undefined;
      if (severalFit && aliases === "exclude") reason = "aliased";
      else if (Math.abs(attenuation) > maximumAttenuation) reason = "attenuation";
      else if (last < first) reason = "delay";
      if (reason) {
        excluded[reason].bins++;
        excluded[reason].share += weight;
        continue;
      }
      countedBins++;
      const share = weight / (last - first + 1);
      const rowStart = cellOf(attenuation, maximumAttenuation, attenuationBins) * delayBins;
      for (let m = first; m <= last; m++) {
        const alias = delay + m * period;
        const cell = rowStart + cellOf(alias, maximumDelay, delayBins);
        weights.data[cell]! += share;
        attenuationSums.data[cell]! += share * attenuation;
        delaySums.data[cell]! += share * alias;
      }
    }
  }
  if (total === 0) {
    throw new ToolkitError(
      "bad-value",
      "duetHistogram: no time-frequency bin above frequency 0 sounds in both channels; sources must be heard in both",
    );
  }
  for (const reason of Object.values(excluded)) reason.share /= total;
  for (const sums of [weights, attenuationSums, delaySums]) {
    for (let cell = 0; cell < sums.data.length; cell++) sums.data[cell]! /= total;
  }
  return {
    attenuations: centres(maximumAttenuation, attenuationBins),
    delays: centres(maximumDelay, delayBins),
    values: smoothed(weights, resolved.smoothing),
    weights,
    attenuationSums,
    delaySums,
    countedBins,
    excluded,
    options: resolved,
  };
}

function resolve(options: DuetHistogramOptions): Required<DuetHistogramOptions> {
  const who = "duetHistogram";
  const resolved = { ...duetHistogramDefaults, ...options };
  checkNumber(who, "amplitudePower", resolved.amplitudePower, { from: 0, to: 10 });
  checkNumber(who, "frequencyPower", resolved.frequencyPower, { from: 0, to: 10 });
  checkNumber(who, "maximumAttenuation", resolved.maximumAttenuation, { above: 0 });
  checkNumber(who, "maximumDelay", resolved.maximumDelay, { above: 0 });
  checkNumber(who, "smoothing", resolved.smoothing, { from: 0, to: 100 });
  for (const name of ["attenuationBins", "delayBins"] as const) {
    const value = resolved[name];
    checkWhole(who, name, value, 3, 9999);
    if (value % 2 === 0) {
      throw new ToolkitError("bad-option", `${who}: ${name} is ${value}; it must be odd, so that 0 is a cell's centre`);
    }
  }
  if (resolved.aliases !== "exclude" && resolved.aliases !== "every") {
    throw new ToolkitError(
      "bad-option",
      `${who}: aliases is "${String(resolved.aliases)}"; it must be exclude or every`,
    );
  }
  return resolved;
}

/** Cell of a value from -maximum to maximum; the cell of -value is its mirror image, to the last digit. */
function cellOf(value: number, maximum: number, bins: number): number {
  const middle = (bins - 1) / 2;
  const steps = Math.min(middle, Math.floor((Math.abs(value) / maximum) * (bins / 2) + 0.5));
  return middle + (value < 0 ? -steps : steps);
}

function centres(maximum: number, bins: number): Float64Array {
  const middle = (bins - 1) / 2;
  return Float64Array.from({ length: bins }, (_, i) => ((i - middle) * 2 * maximum) / bins);
}

/** Gaussian smoothing along both axes; what spreads over the edge is lost. Mirrored input gives mirrored output exactly. */
function smoothed(matrix: Matrix<Float64Array>, deviation: number): Matrix<Float64Array> {
  if (deviation === 0) return matrix;
  const kernel = Float64Array.from({ length: Math.ceil(3 * deviation) + 1 }, (_, j) =>
    Math.exp(-0.5 * (j / deviation) ** 2),
  );
  const sum = kernel.reduce((total, value, j) => total + (j === 0 ? value : 2 * value), 0);
  const { rows, columns } = matrix;
  const along = (data: Float64Array, step: number, length: number) =>
    data.map((value, i) => {
      const place = Math.floor(i / step) % length;
      let out = value * kernel[0]!;
      for (let j = 1; j < kernel.length; j++) {
        const before = place - j >= 0 ? data[i - j * step]! : 0;
        const after = place + j < length ? data[i + j * step]! : 0;
        out += kernel[j]! * (before + after);
      }
      return out / sum;
    });
  return { rows, columns, data: along(along(matrix.data, 1, columns), columns, rows) };
}
