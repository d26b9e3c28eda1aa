import { checkFinite, checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { createFft } from "../numeric/fft.ts";
import { checkBlock, checkSignal } from "./checkSignal.ts";
import type { Filtering } from "./filtering.ts";

/** What a zero-phase filter finds beyond the ends of a signal. */
export interface FirZeroPhaseOptions {
  /**
   * `turned`: the signal turned about its end point, 2 x[0] - x[i], which keeps value and slope; `hold`: the end sample;
   * `zeros`: silence. Default `turned`.
   */
  padding?: "turned" | "hold" | "zeros";
}

/** Options of `firZeroPhase` where none are given. */
export const firZeroPhaseDefaults = { padding: "turned" } as const satisfies Required<FirZeroPhaseOptions>;

/**
 * Applies a linear-phase filter without delay: output i is centred on input i. By overlap-save (blocks of a Fourier
 * transform; Oppenheim & Schafer, section 8.7.3), about `8 taps` samples at a time.
 *
 * @param taps [taps], an odd number, symmetric
 * @param samples [samples]; with `turned` more than (taps - 1) / 2
 * @returns [samples]
 * @throws ToolkitError `bad-shape` if taps are even in number or the signal is too short for its padding, `bad-value` if
 *   taps are not symmetric or something is not finite, `bad-option`
 */
export function firZeroPhase(
  taps: Float64Array,
  samples: Float64Array,
  options: FirZeroPhaseOptions = {},
): Float64Array {
  const { padding } = { ...firZeroPhaseDefaults, ...options };
  checkTaps("firZeroPhase", taps);
  checkSignal("firZeroPhase", "the signal", samples);
  const half = (taps.length - 1) / 2;
  const count = samples.length;
  const padded = new Float64Array(count + 2 * half);
  padded.set(samples, half);
  const [first, last] = [samples[0]!, samples[count - 1]!];
  if (padding === "turned") {
    if (count <= half) {
      throw new ToolkitError(
        "bad-shape",
        `firZeroPhase: the signal has ${count} samples; ${taps.length} taps need at least ${half + 1}, or padding "hold"`,
      );
    }
    for (let i = 1; i <= half; i++) {
      padded[half - i] = 2 * first - samples[i]!;
      padded[half + count - 1 + i] = 2 * last - samples[count - 1 - i]!;
    }
  } else if (padding === "hold") {
    padded.fill(first, 0, half);
    padded.fill(last, half + count);
  } else if (padding !== "zeros") {
    throw new ToolkitError(
      "bad-option",
      `firZeroPhase: padding is "${String(padding)}"; it must be turned, hold or zeros`,
    );
  }
  return overlapSave(taps, padded);
}

/** Convolution where the taps lie wholly inside, [padded - taps + 1]. */
function overlapSave(taps: Float64Array, padded: Float64Array): Float64Array {
  const outputs = padded.length - taps.length + 1;
  const size = 2 ** Math.ceil(Math.log2(Math.max(64, Math.min(8 * taps.length, padded.length))));
  const step = size - taps.length + 1;
  const fft = createFft(size);
  const [tapsReal, tapsImag] = [new Float64Array(fft.bins), new Float64Array(fft.bins)];
  const [real, imag] = [new Float64Array(fft.bins), new Float64Array(fft.bins)];
  const block = new Float64Array(size);
  block.set(taps);
  fft.forwardReal(block, tapsReal, tapsImag);
  const out = new Float64Array(outputs);
  for (let start = 0; start < outputs; start += step) {
    const piece = padded.subarray(start, start + size);
    block.set(piece);
    block.fill(0, piece.length);
    fft.forwardReal(block, real, imag);
    for (let k = 0; k < fft.bins; k++) {
      const [a, b] = [real[k]!, imag[k]!];
      real[k] = a * tapsReal[k]! - b * tapsImag[k]!;
      imag[k] = a * tapsImag[k]! + b * tapsReal[k]!;
    }
    fft.inverseReal(real, imag, block);
    // The first taps - 1 of each block are wrapped around
    out.set(block.subarray(taps.length - 1, taps.length - 1 + Math.min(step, outputs - start)), start);
  }
  return out;
}

/** How a `FirFilter` is set up. */
export interface FirFilterOptions {
  /** Sampling rate, for the delay in seconds. */
  rateHz: number;
  /** Number of channels in each block. Default 1. */
  channels?: number;
  /** `zero`: silence before the signal; `steady`: the first sample of each channel stood there for ever. Default `zero`. */
  start?: "zero" | "steady";
}

/** Options of `FirFilter` where none are given. */
export const firFilterDefaults = { channels: 1, start: "zero" } as const satisfies Omit<
  Required<FirFilterOptions>,
  "rateHz"
>;

/** Outputs worked on at a time, so that they and their inputs stay in the cache. */
const batch = 2048;

/**
 * A linear-phase filter for signals that come in blocks: output i is `sum_k taps[k] x[i - k]`, summed in the order of k,
 * so that whatever the blocks are, the outputs joined are the same bytes. Late by (taps - 1) / 2 samples at every
 * frequency.
 */
export class FirFilter {
  /** Phase `causal` and the delay in seconds. */
  readonly filtering: Filtering;
  readonly #taps: Float64Array;
  readonly #start: "zero" | "steady";
  /** The last taps - 1 inputs of each channel. */
  readonly #held: Float64Array[];
  #started = false;

  /**
   * @param taps [taps], an odd number, symmetric
   * @throws ToolkitError `bad-shape`, `bad-value`, `bad-option`
   */
  constructor(taps: Float64Array, options: FirFilterOptions) {
    const { rateHz, channels, start } = { ...firFilterDefaults, ...options };
    checkTaps("FirFilter", taps);
    checkNumber("FirFilter", "rateHz", rateHz, { above: 0 });
    checkWhole("FirFilter", "channels", channels, 1);
    if (start !== "zero" && start !== "steady") {
      throw new ToolkitError("bad-option", `FirFilter: start is "${String(start)}"; it must be zero or steady`);
    }
    this.#taps = taps.slice();
    this.#start = start;
    this.#held = Array.from({ length: channels }, () => new Float64Array(taps.length - 1));
    this.filtering = { phase: "causal", groupDelaySeconds: (taps.length - 1) / 2 / rateHz, delayAtHz: null };
  }

  /**
   * Filters the next block.
   *
   * @param channels [channels, any number of samples]
   * @returns [channels, the same number]
   * @throws ToolkitError `bad-shape`, `bad-value`; a refused block leaves the state as it was
   */
  push(channels: readonly Float64Array[]): Float64Array[] {
    const length = checkBlock("FirFilter", channels, this.#held.length);
    if (length > 0 && !this.#started) {
      this.#started = true;
      if (this.#start === "steady") for (const [c, held] of this.#held.entries()) held.fill(channels[c]![0]!);
    }
    return channels.map((channel, c) => {
      const held = this.#held[c]!;
      const joined = new Float64Array(held.length + length);
      joined.set(held);
      joined.set(channel, held.length);
      held.set(joined.subarray(length));
      return this.#filter(joined, length);
    });
  }

  #filter(joined: Float64Array, length: number): Float64Array {
    const taps = this.#taps;
    const out = new Float64Array(length);
    for (let from = 0; from < length; from += batch) {
      const to = Math.min(length, from + batch);
      for (let k = 0; k < taps.length; k++) {
        const tap = taps[k]!;
        for (let i = from, j = from + taps.length - 1 - k; i < to; i++, j++) out[i]! += tap * joined[j]!;
      }
    }
    return out;
  }
}

function checkTaps(who: string, taps: Float64Array): void {
  if (taps.length % 2 === 0) {
    throw new ToolkitError("bad-shape", `${who}: ${taps.length} taps; an odd number is needed, 1 or more`);
  }
  checkFinite(who, "taps", taps);
  let largest = 0;
  for (const tap of taps) largest = Math.max(largest, Math.abs(tap));
  for (let i = 0; i < taps.length / 2; i++) {
    const other = taps.length - 1 - i;
    if (Math.abs(taps[i]! - taps[other]!) > 1e-12 * largest) {
      throw new ToolkitError(
        "bad-value",
        `${who}: tap ${i} is ${taps[i]}, tap ${other} ${taps[other]}; they must be equal for a linear phase`,
      );
    }
  }
}
