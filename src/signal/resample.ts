import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { createArena, type KernelArray, type KernelExports } from "../numeric/kernels.ts";
import { checkBlock, checkSignal } from "./checkSignal.ts";
import { kaiser } from "./window.ts";

/** A ratio of two rates in lowest terms: `up` output samples for every `down` input samples. */
export interface RateRatio {
  readonly up: number;
  readonly down: number;
}

/** How a signal is resampled. */
export interface ResampleOptions {
  /** What stands beyond both ends: silence, or the end sample held. Default `zeros`. */
  padding?: "zeros" | "hold";
}

/** Options of `resample` and `Resampler` where none are given. */
export const resampleDefaults = { padding: "zeros" } as const satisfies Required<ResampleOptions>;

/** Largest term of a ratio: 44100 Hz to 64 Hz is 16 / 11025. */
const largestTerm = 20_000;

/**
 * The ratio `toHz / fromHz` in lowest terms, by continued fractions.
 *
 * @throws ToolkitError `bad-option` if a rate is not positive, or the ratio has no terms up to 20000 that meet it to
 *   1e-13 (use `resampleToRate` for such rates)
 */
export function rationalRatio(fromHz: number, toHz: number): RateRatio {
  checkNumber("rationalRatio", "fromHz", fromHz, { above: 0 });
  checkNumber("rationalRatio", "toHz", toHz, { above: 0 });
  const ratio = findRatio(fromHz, toHz);
  if (ratio) return ratio;
  throw new ToolkitError(
    "bad-option",
    `rationalRatio: ${toHz} Hz over ${fromHz} Hz is no ratio of whole numbers up to ${largestTerm}; use resampleToRate instead`,
  );
}

/** As `rationalRatio`, for positive rates; undefined where there is no such ratio. */
export function findRatio(fromHz: number, toHz: number): RateRatio | undefined {
  const ratio = toHz / fromHz;
  let [up, down, lastUp, lastDown] = [Math.floor(ratio), 1, 1, 0];
  let rest = ratio - up;
  while (up <= largestTerm && down <= largestTerm) {
    if (Math.abs(up / down - ratio) <= 1e-13 * ratio) return { up, down };
    const digit = Math.floor(1 / rest);
    rest = 1 / rest - digit;
    [up, down, lastUp, lastDown] = [digit * up + lastUp, digit * down + lastDown, up, down];
  }
  return undefined;
}

/**
 * Resamples by a ratio of whole numbers, with an anti-aliasing filter: a windowed sinc of Kaiser shape (beta 5) that
 * reaches 10 samples of the lower rate to either side and is 6 dB down at half the lower rate. Linear phase, no delay:
 * output m is at the time of input m * down / up. Computes only the outputs that are kept (polyphase; Crochiere &
 * Rabiner 1983). The same filter and edges as `scipy.signal.resample_poly` (its `padtype` "constant" for `zeros`;
 * "edge" has the name `hold` here).
 *
 * @param samples [samples], at least 1
 * @param ratio whole numbers from 1; they need not be in lowest terms
 * @returns [ceil(samples * up / down)]
 * @throws ToolkitError `bad-option`, `bad-shape` for no samples, `bad-value` for samples that are not finite
 */
export function resample(samples: Float64Array, ratio: RateRatio, options: ResampleOptions = {}): Float64Array {
  checkSignal("resample", "the signal", samples);
  const { padding } = resolveOptions("resample", options);
  const filter = designPolyphase(lowestTerms("resample", ratio));
  if (filter.up === filter.down) return samples.slice();
  const out = new Float64Array(outputCount(samples.length, filter));
  const kernel = out.length * filter.taps >= leastKernelProducts ? polyphaseKernel(filter) : undefined;
  // outputs near the ends need what stands beyond them, those between the samples alone
  const inside = (m: number) => firstInput(m, filter) >= 0 && lastInput(m, filter) < samples.length;
  let head = 0;
  while (head < out.length && !inside(head)) head++;
  let tail = out.length;
  while (tail > head && !inside(tail - 1)) tail--;
  const fill = (from: number, to: number) => {
    if (from === to) return;
    const first = firstInput(from, filter);
    const inputs = padded(samples, first, lastInput(to - 1, filter) + 1, padding);
    filterInto(out.subarray(from, to), from, inputs, first, filter);
  };
  fill(0, head);
  filterInto(out.subarray(head, tail), head, samples, 0, filter, kernel);
  fill(tail, out.length);
  return out;
}

/** Samples `first` to `end` (excluded), with silence or the end samples where there are none. */
function padded(samples: Float64Array, first: number, end: number, padding: "zeros" | "hold"): Float64Array {
  const out = new Float64Array(end - first);
  const from = Math.min(samples.length, Math.max(0, first));
  const to = Math.min(samples.length, Math.max(0, end));
  out.set(samples.subarray(from, to), from - first);
  if (padding === "hold") {
    out.fill(samples[0]!, 0, from - first);
    out.fill(samples[samples.length - 1]!, to - first);
  }
  return out;
}

/**
 * Resamples blocks as they come: whatever the blocks are, the outputs joined are the bytes `resample` gives for the
 * blocks joined. Outputs come as soon as the samples they need are there, 10 samples of the lower rate late.
 */
export class Resampler {
  readonly #filter: Polyphase;
  readonly #padding: "zeros" | "hold";
  #kernel: PolyphaseKernel | false | undefined;
  /** Inputs still needed, one array a channel; entry 0 is input number `#first`, negative before the signal starts. */
  #held: Float64Array[];
  #first: number;
  #received = 0;
  #produced = 0;
  #ended = false;

  /**
   * @param ratio as in `resample`
   * @param options `channels`, how many arrays each block has, default 1; `padding` as in `resample`
   * @throws ToolkitError `bad-option`
   */
  constructor(ratio: RateRatio, options: ResampleOptions & { channels?: number } = {}) {
    const { channels = 1 } = options;
    checkWhole("Resampler", "channels", channels, 1);
    this.#padding = resolveOptions("Resampler", options).padding;
    this.#filter = designPolyphase(lowestTerms("Resampler", ratio));
    this.#first = firstInput(0, this.#filter);
    this.#held = Array.from({ length: channels }, () => new Float64Array(-this.#first));
  }

  /** Outputs given so far, each channel. */
  get produced(): number {
    return this.#produced;
  }

  /**
   * Takes the next block.
   *
   * @param channels [channels, any number of samples]
   * @returns the outputs that are complete now, [channels, samples], possibly none
   * @throws ToolkitError `bad-shape` for another number of channels, channels of unequal length or a call after `flush`;
   *   `bad-value` for samples that are not finite
   */
  push(channels: readonly Float64Array[]): Float64Array[] {
    this.#checkOpen();
    const length = checkBlock("Resampler", channels, this.#held.length);
    if (length === 0) return this.#held.map(() => new Float64Array(0));
    if (this.#received === 0 && this.#padding === "hold") {
      for (const [c, held] of this.#held.entries()) held.fill(channels[c]![0]!);
    }
    this.#held = this.#held.map((held, c) => extend(held, channels[c]!));
    this.#received += length;
    // Output m needs its last input, floor((halfLength + m down) / up), to be there
    const { up, down, halfLength } = this.#filter;
    return this.#produce(Math.ceil((this.#received * up - halfLength) / down));
  }

  /**
   * Ends the signal.
   *
   * @returns the outputs that were waiting for samples, [channels, samples]
   * @throws ToolkitError `bad-shape` if called twice
   */
  flush(): Float64Array[] {
    this.#checkOpen();
    this.#ended = true;
    const outputs = outputCount(this.#received, this.#filter);
    const missing = outputs === 0 ? 0 : lastInput(outputs - 1, this.#filter) + 1 - this.#received;
    if (missing > 0) {
      this.#held = this.#held.map((held) => {
        const end = this.#padding === "hold" ? held[held.length - 1]! : 0;
        return extend(held, new Float64Array(missing).fill(end));
      });
    }
    return this.#produce(outputs);
  }

  #checkOpen(): void {
    if (this.#ended) throw new ToolkitError("bad-shape", "Resampler: the signal has ended; make a new Resampler");
  }

  /** Computes the outputs up to number `end`, then lets go of inputs that no later output needs. */
  #produce(end: number): Float64Array[] {
    const count = Math.max(0, end - this.#produced);
    if (count * this.#filter.taps * this.#held.length >= leastKernelProducts) {
      this.#kernel ??= polyphaseKernel(this.#filter) ?? false;
    }
    const outs = this.#held.map((held) => {
      const out = new Float64Array(count);
      filterInto(out, this.#produced, held, this.#first, this.#filter, this.#kernel || undefined);
      return out;
    });
    this.#produced += count;
    const first = firstInput(this.#produced, this.#filter);
    const dropped = Math.min(first - this.#first, this.#held[0]!.length);
    if (dropped > 0) {
      this.#held = this.#held.map((held) => held.slice(dropped));
      this.#first += dropped;
    }
    return outs;
  }
}

/** A filter taken apart into `up` phases, one for each position of an output between two inputs. */
interface Polyphase extends RateRatio {
  /** Reach of the whole filter to either side, in steps of the raised rate. */
  readonly halfLength: number;
  /** Coefficients of a phase, a multiple of 4 (filled up with zeros at the oldest input). */
  readonly taps: number;
  /** [up, taps], each phase from the oldest input to the newest. */
  readonly phases: Float64Array;
}

function designPolyphase({ up, down }: RateRatio): Polyphase {
  if (up === down) return { up, down, halfLength: 0, taps: 1, phases: Float64Array.of(1) };
  const larger = Math.max(up, down);
  const halfLength = 10 * larger;
  const filter = new Float64Array(2 * halfLength + 1);
  let sum = 0;
  for (let i = 0; i < filter.length; i++) {
    const offset = i - halfLength;
    const angle = (Math.PI * offset) / larger;
    filter[i] = (offset === 0 ? 1 : Math.sin(angle) / angle) * kaiser(offset / halfLength, 5);
    sum += filter[i]!;
  }
  const taps = 4 * Math.ceil(Math.ceil(filter.length / up) / 4);
  const phases = new Float64Array(up * taps);
  for (let i = 0; i < filter.length; i++) {
    phases[(i % up) * taps + (taps - 1 - Math.floor(i / up))] = (filter[i]! * up) / sum;
  }
  return { up, down, halfLength, taps, phases };
}

/** Number of the newest input that output `m` needs. */
function lastInput(m: number, { up, down, halfLength }: Polyphase): number {
  return Math.floor((halfLength + m * down) / up);
}

/** Number of the oldest input that output `m` needs, below 0 before the signal. */
function firstInput(m: number, filter: Polyphase): number {
  return lastInput(m, filter) - filter.taps + 1;
}

function outputCount(samples: number, { up, down }: RateRatio): number {
  return Math.ceil((samples * up) / down);
}

/** Fewer products than this are computed before kernel memory is made. */
const leastKernelProducts = 2 ** 18;
/** Inputs in kernel memory at a time, above what one group of outputs needs: they stay in the processor's cache. */
const chunkInputs = 2 ** 13;
/** Outputs that the kernel computes at once. */
const kernelOutputs = 4;

/** The kernel, with its memory for one filter. */
interface PolyphaseKernel {
  readonly polyphaseInto: KernelExports["polyphaseInto"];
  /** Outputs in memory at a time, a multiple of `kernelOutputs`. */
  readonly chunk: number;
  readonly phases: KernelArray<Float64Array>;
  readonly inputs: KernelArray<Float64Array>;
  readonly out: KernelArray<Float64Array>;
}

function polyphaseKernel({ up, down, taps, phases }: Polyphase): PolyphaseKernel | undefined {
  if (taps === 1) return undefined;
  const groups = Math.max(1, Math.floor((chunkInputs * up) / down / kernelOutputs));
  const chunk = Math.min(chunkInputs, groups * kernelOutputs);
  const most = Math.ceil((chunk * down) / up) + taps + 1;
  const arena = createArena(8 * (phases.length + most + chunk) + 64);
  const { polyphaseInto } = arena.kernels;
  const held = arena.float64(phases.length);
  held.array.set(phases);
  return { polyphaseInto, chunk, phases: held, inputs: arena.float64(most), out: arena.float64(chunk) };
}

/** Computes outputs number `firstOutput` and on; `inputs[0]` is input number `first`. Each sum has one fixed order. */
function filterInto(
  out: Float64Array,
  firstOutput: number,
  inputs: Float64Array,
  first: number,
  filter: Polyphase,
  kernel?: PolyphaseKernel,
): void {
  let done = 0;
  if (kernel) {
    const { up, down, halfLength, taps } = filter;
    const whole = out.length - (out.length % kernelOutputs);
    for (; done < whole; done += kernel.chunk) {
      const count = Math.min(kernel.chunk, whole - done);
      const start = firstInput(firstOutput + done, filter) - first;
      const end = lastInput(firstOutput + done + count - 1, filter) + 1 - first;
      kernel.inputs.array.set(inputs.subarray(start, end));
      const phase = (halfLength + (firstOutput + done) * down) % up;
      const [at, data, phases] = [kernel.out.address, kernel.inputs.address, kernel.phases.address];
      kernel.polyphaseInto(at, count, data, phases, taps, up, phase, Math.floor(down / up), down % up);
      out.set(kernel.out.array.subarray(0, count), done);
    }
    done = whole;
  }
  if (done < out.length) filterPlainly(out.subarray(done), firstOutput + done, inputs, first, filter);
}

function filterPlainly(
  out: Float64Array,
  firstOutput: number,
  inputs: Float64Array,
  first: number,
  filter: Polyphase,
): void {
  const { up, down, halfLength, taps, phases } = filter;
  if (taps === 1) {
    for (let i = 0; i < out.length; i++) out[i] = inputs[firstOutput + i - first]!;
    return;
  }
  const stride = Math.floor(down / up);
  const turn = down % up;
  let phase = (halfLength + firstOutput * down) % up;
  let start = firstInput(firstOutput, filter) - first;
  for (let i = 0; i < out.length; i++) {
    let [a, b, c, d] = [0, 0, 0, 0];
    const base = phase * taps;
    for (let j = 0; j < taps; j += 4) {
      a += phases[base + j]! * inputs[start + j]!;
      b += phases[base + j + 1]! * inputs[start + j + 1]!;
      c += phases[base + j + 2]! * inputs[start + j + 2]!;
      d += phases[base + j + 3]! * inputs[start + j + 3]!;
    }
    out[i] = a + b + (c + d);
    start += stride;
    phase += turn;
    if (phase >= up) {
      phase -= up;
      start++;
    }
  }
}

function extend(held: Float64Array, more: Float64Array): Float64Array {
  const joined = new Float64Array(held.length + more.length);
  joined.set(held);
  joined.set(more, held.length);
  return joined;
}

function resolveOptions(who: string, options: ResampleOptions): Required<ResampleOptions> {
  const { padding = resampleDefaults.padding } = options;
  if (padding !== "zeros" && padding !== "hold") {
    throw new ToolkitError("bad-option", `${who}: padding is "${String(padding)}"; it must be zeros or hold`);
  }
  return { padding };
}

function lowestTerms(who: string, { up, down }: RateRatio): RateRatio {
  checkWhole(who, "up", up, 1);
  checkWhole(who, "down", down, 1);
  let [a, b] = [up, down];
  while (b > 0) [a, b] = [b, a % b];
  if (Math.max(up, down) / a > largestTerm) {
    throw new ToolkitError(
      "bad-option",
      `${who}: the ratio is ${up / a} / ${down / a}; its terms must be at most ${largestTerm}`,
    );
  }
  return { up: up / a, down: down / a };
}
