import { ToolkitError } from "../core/error.ts";
import { envelope } from "./envelope.ts";
import { framesAt } from "./framesAt.ts";
import type { ErbOptions } from "./gammatone.ts";
import { gammatoneEnvelope } from "./gammatoneEnvelope.ts";
import { onsetFeature, type StimulusFeature } from "./stimulusFeature.ts";

/** Kinds of envelope, see `stimulusEnvelope`. */
export type EnvelopeKind = "gammatone" | "hilbert" | "rms";

/** How `stimulusEnvelope` works; `bands`, `lowHz` and `highHz` are of `gammatone` alone. */
export interface StimulusEnvelopeOptions extends ErbOptions {
  /** Sampling rate of the sound. */
  rateHz: number;
  /** Rate of the envelope, at most `rateHz`; value n is at n / outputRateHz. */
  outputRateHz: number;
  /** Default `gammatone`. */
  kind?: EnvelopeKind;
  /** Power law on amplitudes, above 0. Default by kind, see `stimulusEnvelopeDefaults`. */
  exponent?: number;
  /** Whether the half-wave rectified differences are wanted instead (`onsetFeature`). Default false. */
  onset?: boolean;
  /** Of `rms` alone: window in output periods, at least 1. Default 1. */
  windowPeriods?: number;
}

/** Options of `stimulusEnvelope` where none are given; the exponent of `rms` is that of the mTRF toolbox. */
export const stimulusEnvelopeDefaults = {
  kind: "gammatone",
  onset: false,
  exponents: { gammatone: 0.6, hilbert: 0.6, rms: Math.log10(2) },
} as const;

/**
 * One envelope of a sound, of any kind, at the EEG's rate.
 *
 * - `gammatone` power law in auditory bands, added up (`gammatoneEnvelope`; Biesmans et al. 2017)
 * - `hilbert` |analytic signal| ^ 0.6, resampled (`envelope`)
 * - `rms` root mean square around each output time, ^ log10(2) (`envelope`; as `mTRFenvelope` of the mTRF toolbox, Lalor &
 *   Foxe 2010)
 *
 * @param samples [samples], at least 1; silence gives zeros
 * @returns one row of ceil(samples * outputRateHz / rateHz) values, "gammatone envelope" or the like, with " onsets" behind
 *   where those were asked for
 * @throws ToolkitError `bad-option`, also for a band at or above half the rate; `bad-shape`, `bad-value`
 */
export function stimulusEnvelope(samples: Float64Array, options: StimulusEnvelopeOptions): StimulusFeature {
  const { kind = stimulusEnvelopeDefaults.kind, onset = stimulusEnvelopeDefaults.onset } = options;
  if (!Object.hasOwn(stimulusEnvelopeDefaults.exponents, kind)) {
    throw new ToolkitError(
      "bad-option",
      `stimulusEnvelope: kind is "${String(kind)}"; it must be gammatone, hilbert or rms`,
    );
  }
  const feature = envelopeOf(samples, kind, options);
  return onset ? onsetFeature(feature) : feature;
}

function envelopeOf(samples: Float64Array, kind: EnvelopeKind, options: StimulusEnvelopeOptions): StimulusFeature {
  const { rateHz, outputRateHz, bands, lowHz, highHz, windowPeriods } = options;
  const { exponent = stimulusEnvelopeDefaults.exponents[kind] } = options;
  if (kind === "gammatone") {
    const given = {
      ...(bands === undefined ? {} : { bands }),
      ...(lowHz === undefined ? {} : { lowHz }),
      ...(highHz === undefined ? {} : { highHz }),
    };
    return gammatoneEnvelope(samples, { rateHz, outputRateHz, exponent, ...given });
  }
  const window = windowPeriods === undefined ? {} : { windowPeriods };
  const values = envelope(samples, { rateHz, outputRateHz, exponent, method: kind, ...window });
  const times = framesAt({ rateHz, outputRateHz }).times(values.length);
  return { rateHz: outputRateHz, times, rows: [values], names: [`${kind} envelope`] };
}
