import { checkNumber, checkWhole } from "../core/check.ts";
import { findRatio } from "./resample.ts";

/** Two rates that frames are to meet. */
export interface FrameClockOptions {
  /** Sampling rate of the sound. */
  rateHz: number;
  /** Rate of the frames, that of the EEG as a rule; at most `rateHz`. */
  outputRateHz: number;
}

/** Where frames lie in a sound. */
export interface FrameClock {
  readonly rateHz: number;
  readonly outputRateHz: number;
  /** Samples from one frame to the next, `rateHz / outputRateHz`; need not be whole. */
  readonly hopSamples: number;
  /** Centre of frame n: the sample at or before it, and how far behind that sample it is, from 0 to below 1. */
  centre(n: number): { sample: number; fraction: number };
  /** Frames centred before the end of a sound of so many samples, `ceil(samples * outputRateHz / rateHz)`. */
  count(samples: number): number;
  /** `n / outputRateHz` for n = 0 .. count - 1, in seconds. */
  times(count: number): Float64Array;
}

/**
 * Frames that keep step with another clock: frame n is centred at n / outputRateHz exactly, wherever that is between two
 * samples. A hop cut to whole samples drifts (44100 / 256 = 172.265625: with 172, 37 ms in 24 s).
 *
 * For rates in a ratio of whole numbers (`rationalRatio`) the centres come from whole-number arithmetic, n times the
 * numerator over the denominator; for others from one multiplication, so that errors never add up either way.
 *
 * @throws ToolkitError `bad-option` if a rate is not above 0 or the frames' rate above the sound's; `count`, `times` and
 *   `centre` for arguments that are not whole or below 0
 */
export function framesAt({ rateHz, outputRateHz }: FrameClockOptions): FrameClock {
  const who = "framesAt";
  checkNumber(who, "rateHz", rateHz, { above: 0 });
  checkNumber(who, "outputRateHz", outputRateHz, { above: 0, to: rateHz });
  const ratio = findRatio(rateHz, outputRateHz);
  const hopSamples = rateHz / outputRateHz;
  return {
    rateHz,
    outputRateHz,
    hopSamples,
    centre(n) {
      checkWhole(who, "the frame's number", n, 0);
      if (ratio) {
        const steps = n * ratio.down;
        const rest = steps % ratio.up;
        return { sample: (steps - rest) / ratio.up, fraction: rest / ratio.up };
      }
      const place = (n * rateHz) / outputRateHz;
      return { sample: Math.floor(place), fraction: place - Math.floor(place) };
    },
    count(samples) {
      checkWhole(who, "samples", samples, 0);
      if (ratio) return Math.ceil((samples * ratio.up) / ratio.down);
      // A frame that is at the end but for rounding is beyond it
      return Math.max(0, Math.ceil(samples / hopSamples - 1e-9));
    },
    times(count) {
      checkWhole(who, "count", count, 0);
      return Float64Array.from({ length: count }, (_, n) => n / outputRateHz);
    },
  };
}
