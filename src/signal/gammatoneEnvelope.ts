import { checkNumber } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { checkSignal } from "./checkSignal.ts";
import { framesAt } from "./framesAt.ts";
import { type ErbOptions, erbCentres, erbDefaults, gammatone } from "./gammatone.ts";
import { resampleToRate } from "./interpolate.ts";
import { findRatio, Resampler, rationalRatio } from "./resample.ts";
import { CausalFilter } from "./sosFilter.ts";
import type { StimulusFeature } from "./stimulusFeature.ts";

/** How a gammatone envelope is made: the bands as in `erbCentres`. */
export interface GammatoneEnvelopeOptions extends ErbOptions {
  /** Sampling rate of the sound, above twice `highHz`. */
  rateHz: number;
  /** Rate of the envelope, at most `rateHz`; value n is at n / outputRateHz. */
  outputRateHz: number;
  /** The absolute value of each band is raised to this power. Default 0.6. */
  exponent?: number;
  /** `sum`: one row, all bands added up; `bands`: a row for each. Default `sum`. */
  combine?: "sum" | "bands";
}

/** Options of `gammatoneEnvelope` where none are given. */
export const gammatoneEnvelopeDefaults = {
  ...erbDefaults,
  exponent: 0.6,
  combine: "sum",
} as const satisfies Omit<Required<GammatoneEnvelopeOptions>, "rateHz" | "outputRateHz">;

/**
 * Envelope of a sound as the ear makes it: gammatone bands, the absolute value of each sample of a band to the power 0.6,
 * all bands added up, then low-passed and brought to the output rate with held ends (`resample`, 6 dB down at half the
 * output rate; `resampleToRate` where the rates have no ratio of small whole numbers); the little that the low-pass
 * undershoots below 0 is set to 0.
 *
 * Source: Biesmans, Das, Francart & Bertrand, "Auditory-inspired speech envelope extraction methods for improved EEG-based
 * auditory attention detection in a cocktail party scenario", IEEE TNSRE 2017 ("powerlaw subbands").
 *
 * The delays of the gammatone filters stay in (see `gammatone`). Works in blocks: besides the sound, memory is needed for
 * the outputs only (at rates without a ratio, for the rows at the rate of the sound).
 *
 * @param samples [samples], at least 1
 * @returns ceil(samples * outputRateHz / rateHz) values a row, named "gammatone envelope" or "gammatone 440 Hz"
 * @throws ToolkitError `bad-option`, also for a band at or above half the rate; `bad-shape`, `bad-value`
 */
export function gammatoneEnvelope(samples: Float64Array, options: GammatoneEnvelopeOptions): StimulusFeature {
  const who = "gammatoneEnvelope";
  checkSignal(who, "the signal", samples);
  const bank = new CompressedBank(who, options);
  const { rateHz, outputRateHz } = options;
  const clock = framesAt({ rateHz, outputRateHz });
  const frames = clock.count(samples.length);
  const rows = bank.names.map(() => new Float64Array(Math.max(1, frames)));
  if (findRatio(rateHz, outputRateHz)) {
    const resampler = new Resampler(rationalRatio(rateHz, outputRateHz), { channels: rows.length, padding: "hold" });
    let at = 0;
    const keep = (parts: readonly Float64Array[]) => {
      for (const [r, part] of parts.entries()) rows[r]!.set(part, at);
      at += parts[0]!.length;
    };
    for (const block of blocks(samples)) keep(resampler.push(bank.push(block)));
    keep(resampler.flush());
  } else {
    const fine = rows.map(() => new Float64Array(samples.length));
    let at = 0;
    for (const block of blocks(samples)) {
      for (const [r, part] of bank.push(block).entries()) fine[r]!.set(part, at);
      at += block.length;
    }
    for (const [r, values] of fine.entries()) {
      rows[r]!.set(resampleToRate(values, { rateHz }, { rateHz: outputRateHz, samples: rows[r]!.length }));
    }
  }
  return { rateHz: outputRateHz, times: clock.times(rows[0]!.length), rows: rows.map(aboveZero), names: bank.names };
}

/**
 * The gammatone envelope of a sound that comes in blocks: whatever the blocks are, the outputs joined are the bytes
 * `gammatoneEnvelope` gives for the blocks joined. Outputs come 10 output samples late.
 */
export class GammatoneEnvelopeStream {
  readonly #bank: CompressedBank;
  readonly #resampler: Resampler;

  /** @throws ToolkitError `bad-option`, also for rates that are in no ratio of small whole numbers (`rationalRatio`) */
  constructor(options: GammatoneEnvelopeOptions) {
    this.#bank = new CompressedBank("GammatoneEnvelopeStream", options);
    this.#resampler = new Resampler(rationalRatio(options.rateHz, options.outputRateHz), {
      channels: this.#bank.names.length,
      padding: "hold",
    });
  }

  /** What each row is. */
  get names(): readonly string[] {
    return this.#bank.names;
  }

  /**
   * Takes the next block.
   *
   * @param samples [any number of samples]
   * @returns the values that are complete now, [rows][values], possibly none
   * @throws ToolkitError `bad-value` for samples that are not finite, `bad-shape` after `flush`
   */
  push(samples: Float64Array): Float64Array[] {
    return this.#resampler.push(this.#bank.push(samples)).map(aboveZero);
  }

  /**
   * Ends the sound.
   *
   * @returns the values that were waiting for samples, [rows][values]
   * @throws ToolkitError `bad-shape` if called twice
   */
  flush(): Float64Array[] {
    return this.#resampler.flush().map(aboveZero);
  }
}

/** Compressed absolute values of all bands at the rate of the sound, block after block. */
class CompressedBank {
  readonly names: readonly string[];
  readonly #filters: readonly CausalFilter[];
  readonly #exponent: number;
  readonly #sum: boolean;

  constructor(who: string, options: GammatoneEnvelopeOptions) {
    const { rateHz, outputRateHz, exponent, combine, bands, lowHz, highHz } = {
      ...gammatoneEnvelopeDefaults,
      ...options,
    };
    checkNumber(who, "rateHz", rateHz, { above: 0 });
    checkNumber(who, "outputRateHz", outputRateHz, { above: 0, to: rateHz });
    checkNumber(who, "exponent", exponent, { above: 0 });
    if (combine !== "sum" && combine !== "bands") {
      throw new ToolkitError("bad-option", `${who}: combine is "${String(combine)}"; it must be sum or bands`);
    }
    if (highHz >= rateHz / 2) {
      throw new ToolkitError(
        "bad-option",
        `${who}: the last band is at ${highHz} Hz; at a rate of ${rateHz} Hz it must be below ${rateHz / 2} Hz, set highHz`,
      );
    }
    const centres = [...erbCentres({ bands, lowHz, highHz })];
    this.#filters = centres.map((centreHz) => new CausalFilter(gammatone(centreHz, { rateHz })));
    this.#exponent = exponent;
    this.#sum = combine === "sum";
    this.names = this.#sum ? ["gammatone envelope"] : centres.map((hz) => `gammatone ${Math.round(hz)} Hz`);
  }

  push(samples: Float64Array): Float64Array[] {
    const total = new Float64Array(samples.length);
    const rows: Float64Array[] = [];
    for (const filter of this.#filters) {
      const band = filter.push([samples])[0]!;
      // v ^ exponent, 0 for 0; `**` takes more than twice as long
      for (let i = 0; i < band.length; i++) band[i] = Math.exp(this.#exponent * Math.log(Math.abs(band[i]!)));
      if (this.#sum) for (let i = 0; i < band.length; i++) total[i]! += band[i]!;
      else rows.push(band);
    }
    return this.#sum ? [total] : rows;
  }
}

const blockSamples = 2 ** 14;

function* blocks(samples: Float64Array): Generator<Float64Array> {
  for (let i = 0; i < samples.length; i += blockSamples) yield samples.subarray(i, i + blockSamples);
}

function aboveZero(values: Float64Array): Float64Array {
  return values.map((value) => Math.max(0, value));
}
