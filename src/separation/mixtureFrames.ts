import { ToolkitError } from "../core/error.ts";
import { type Matrix, zeros } from "../core/matrix.ts";
import { type Block, sampleCount } from "../core/signal.ts";
import type { StftOptions } from "../signal/stft.ts";
import { type StftFrames, StftStream } from "../signal/stftStream.ts";

/** Frames transformed at once, so that the transform of a long piece does not fill the memory. */
const framesAtOnce = 64;

/** How long blocks are, in frames. */
export interface BlockFrames {
  readonly blockFrames: number;
  /** Frames that a block and the next have in common, fewer than `blockFrames`. */
  readonly overlapFrames: number;
}

/**
 * The transform of a mixture that comes in pieces, of which the last frames are held: always a whole block of them, at most
 * a block and the way to the next.
 */
export class MixtureFrames {
  readonly bins: number;
  readonly rateHz: number;
  /** Number of the signal's first sample. */
  readonly startSample: number;
  readonly #who: string;
  readonly #streams: StftStream[];
  readonly #held: { real: Float64Array; imag: Float64Array }[];
  readonly #blockFrames: number;
  readonly #hopFrames: number;
  #firstHeld = 0;
  #count = 0;

  /**
   * @param who names the user in messages
   * @param first the first piece: rate, channels and where the signal starts; its samples are not taken yet
   * @param options of the transform, and the length of the blocks
   * @throws ToolkitError `bad-shape` if there is no channel
   */
  constructor(who: string, first: Block, { blockFrames, overlapFrames, ...transform }: StftOptions & BlockFrames) {
    if (first.channels.length === 0) throw new ToolkitError("bad-shape", `${who}: the signal has no channels`);
    this.#who = who;
    this.rateHz = first.rateHz;
    this.startSample = first.startSample;
    this.#streams = first.channels.map(() => new StftStream(transform));
    this.bins = Math.floor(this.#streams[0]!.options.windowSize / 2) + 1;
    this.#blockFrames = blockFrames;
    this.#hopFrames = blockFrames - overlapFrames;
    const size = (blockFrames + this.#hopFrames) * this.bins;
    this.#held = first.channels.map(() => ({ real: new Float64Array(size), imag: new Float64Array(size) }));
  }

  /** Frames so far. */
  get frames(): number {
    return this.#firstHeld + this.#count;
  }

  /** Samples so far. */
  get samples(): number {
    return this.#streams[0]!.samples;
  }

  /** Number of channels. */
  get channels(): number {
    return this.#streams.length;
  }

  /**
   * Takes the next piece.
   *
   * @param whenComplete called whenever the newest frame is the last of a block
   * @throws ToolkitError `bad-shape` for a gap, another rate or other channels, `bad-value` for samples that are not finite
   */
  push(piece: Block, whenComplete: () => void): void {
    this.#checkFollows(piece);
    const { hopSize } = this.#streams[0]!.options;
    for (let start = 0; start < sampleCount(piece); start += framesAtOnce * hopSize) {
      const end = start + framesAtOnce * hopSize;
      const parts = piece.channels.map((channel, c) => this.#streams[c]!.push(channel.subarray(start, end)));
      this.#append(parts, whenComplete);
    }
  }

  /** Ends the signal; as `push`. */
  flush(whenComplete: () => void): void {
    this.#append(
      this.#streams.map((stream) => stream.flush()),
      whenComplete,
    );
  }

  /**
   * Some of the frames that are held, as views that the next call overwrites.
   *
   * @param firstFrame counted from the start of the signal
   * @param frames how many
   * @returns one entry a channel
   */
  view(firstFrame: number, frames: number): StftFrames[] {
    const { bins } = this;
    const from = (firstFrame - this.#firstHeld) * bins;
    const to = from + frames * bins;
    return this.#held.map(({ real, imag }) => ({
      firstFrame,
      frames,
      bins,
      real: real.subarray(from, to),
      imag: imag.subarray(from, to),
    }));
  }

  #append(parts: readonly StftFrames[], whenComplete: () => void): void {
    const { bins } = this;
    for (let i = 0; i < parts[0]!.frames; i++) {
      parts.forEach(({ real, imag }, c) => {
        this.#held[c]!.real.set(real.subarray(i * bins, (i + 1) * bins), this.#count * bins);
        this.#held[c]!.imag.set(imag.subarray(i * bins, (i + 1) * bins), this.#count * bins);
      });
      this.#count++;
      const beyondFirst = this.frames - this.#blockFrames;
      if (beyondFirst >= 0 && beyondFirst % this.#hopFrames === 0) whenComplete();
      if (this.#count === this.#blockFrames + this.#hopFrames) this.#drop(this.#hopFrames);
    }
  }

  #drop(frames: number): void {
    for (const { real, imag } of this.#held) {
      real.copyWithin(0, frames * this.bins);
      imag.copyWithin(0, frames * this.bins);
    }
    this.#firstHeld += frames;
    this.#count -= frames;
  }

  #checkFollows({ startSample, rateHz, channels }: Block): void {
    const next = this.startSample + this.samples;
    if (startSample !== next) {
      throw new ToolkitError("bad-shape", `${this.#who}: a piece starts at sample ${startSample}; ${next} is next`);
    }
    if (rateHz !== this.rateHz || channels.length !== this.channels) {
      throw new ToolkitError(
        "bad-shape",
        `${this.#who}: ${this.channels} channels at ${this.rateHz} Hz are followed by ${channels.length} at ${rateHz} Hz`,
      );
    }
    const odd = channels.findIndex((channel) => channel.length !== channels[0]!.length);
    if (odd >= 0) {
      throw new ToolkitError(
        "bad-shape",
        `${this.#who}: channel ${odd} of a piece has ${channels[odd]!.length} samples, channel 0 ${channels[0]!.length}`,
      );
    }
  }
}

/**
 * Magnitudes of the mean of all channels.
 *
 * @param channels transforms of the same frames
 * @returns [frames, bins]
 */
export function meanMagnitude(channels: readonly StftFrames[]): Matrix<Float64Array> {
  const { frames, bins } = channels[0]!;
  const out = zeros(frames, bins);
  for (let i = 0; i < out.data.length; i++) {
    let real = 0;
    let imag = 0;
    for (const channel of channels) {
      real += channel.real[i]!;
      imag += channel.imag[i]!;
    }
    out.data[i] = Math.sqrt(real * real + imag * imag) / channels.length;
  }
  return out;
}
