import { checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { createFft, type Fft } from "../numeric/fft.ts";
import { checkSamples } from "./checkSignal.ts";
import { frameCount, resolveStftOptions, type StftOptions, windowInto } from "./stft.ts";
import { windowValues } from "./window.ts";

/** Some frames of a short-time Fourier transform, in a row. */
export interface StftFrames {
  /** Number of the first of these frames, counted from the start of the signal; its centre is at `firstFrame * hopSize`. */
  readonly firstFrame: number;
  readonly frames: number;
  readonly bins: number;
  /** Real parts, [frames, bins]. */
  readonly real: Float64Array;
  /** Imaginary parts, [frames, bins]. */
  readonly imag: Float64Array;
}

/**
 * Short-time Fourier transform of a signal that comes in pieces: whatever the pieces are, the frames are the bytes `stft`
 * gives for the pieces joined. A frame comes as soon as its last sample is there, half a window after its centre.
 */
export class StftStream {
  /** The options, defaults filled in. */
  readonly options: Required<StftOptions>;
  readonly #fft: Fft;
  readonly #window: Float64Array;
  /** Samples still needed; entry 0 is sample number `#first`. */
  #held = new Float64Array(0);
  #first = 0;
  #received = 0;
  #frames = 0;
  #ended = false;

  /**
   * @param options as in `stft`
   * @throws ToolkitError `bad-option` as in `stft`
   */
  constructor(options: StftOptions = {}) {
    this.options = resolveStftOptions("StftStream", options);
    this.#fft = createFft(this.options.windowSize);
    this.#window = windowValues(this.options.window, this.options.windowSize);
  }

  /** Samples taken so far. */
  get samples(): number {
    return this.#received;
  }

  /**
   * Takes the next piece.
   *
   * @param samples any number, also none
   * @returns the frames that are complete now, possibly none
   * @throws ToolkitError `bad-value` for samples that are not finite, `bad-shape` after `flush`
   */
  push(samples: Float64Array): StftFrames {
    this.#checkOpen();
    checkSamples("StftStream", "the piece", samples);
    const joined = new Float64Array(this.#held.length + samples.length);
    joined.set(this.#held);
    joined.set(samples, this.#held.length);
    this.#held = joined;
    this.#received += samples.length;

    const { windowSize, hopSize, padding } = this.options;
    const centre = Math.floor(windowSize / 2);
    let end = this.#frames;
    while (end * hopSize - centre + windowSize <= this.#received) {
      // A mirrored start needs as many samples after sample 0 as there are before it
      if (padding === "reflect" && centre - end * hopSize >= this.#received) break;
      end++;
    }
    const out = this.#transform(end);
    // The mirrored end reaches back over half a window and a hop
    const needed = Math.min(end * hopSize - centre, this.#received - windowSize - hopSize);
    if (needed > this.#first) {
      this.#held = this.#held.slice(needed - this.#first);
      this.#first = needed;
    }
    return out;
  }

  /**
   * Ends the signal.
   *
   * @returns the last frames, those that reach beyond the end; none if there never was a sample
   * @throws ToolkitError `bad-shape` if called twice
   */
  flush(): StftFrames {
    this.#checkOpen();
    this.#ended = true;
    return this.#transform(this.#received === 0 ? 0 : frameCount(this.#received, this.options));
  }

  #transform(end: number): StftFrames {
    const { windowSize, hopSize, padding } = this.options;
    const centre = Math.floor(windowSize / 2);
    const { bins, scratch: frame } = this.#fft;
    const firstFrame = this.#frames;
    const frames = end - firstFrame;
    const real = new Float64Array(frames * bins);
    const imag = new Float64Array(frames * bins);
    for (let i = 0; i < frames; i++) {
      const start = (firstFrame + i) * hopSize - centre;
      windowInto(frame, this.#window, this.#held, start, this.#first, this.#received, padding);
      this.#fft.forwardReal(frame, real, imag, i * bins);
    }
    this.#frames = end;
    return { firstFrame, frames, bins, real, imag };
  }

  #checkOpen(): void {
    if (this.#ended) throw new ToolkitError("bad-shape", "StftStream: the signal has ended; make a new StftStream");
  }
}

/**
 * Inverse transform of frames that come in pieces: whatever the pieces are, the samples are the bytes `istft` gives for
 * the frames joined. A sample comes when no later frame reaches it and the signal cannot have ended before it.
 */
export class IstftStream {
  /** The options, defaults filled in. */
  readonly options: Required<StftOptions>;
  readonly #fft: Fft;
  readonly #window: Float64Array;
  readonly #frame: Float64Array;
  /** Sums not given out yet; entry 0 is sample number `#given`. */
  readonly #sum: Float64Array;
  readonly #energy: Float64Array;
  #given = 0;
  #frames = 0;
  #ended = false;

  /**
   * @param options those of the transform
   * @throws ToolkitError `bad-option` as in `stft`
   */
  constructor(options: StftOptions = {}) {
    this.options = resolveStftOptions("IstftStream", options);
    const { windowSize, hopSize } = this.options;
    this.#fft = createFft(windowSize);
    this.#window = windowValues(this.options.window, windowSize);
    this.#frame = new Float64Array(windowSize);
    this.#sum = new Float64Array(windowSize + 3 * hopSize);
    this.#energy = new Float64Array(this.#sum.length);
  }

  /**
   * Takes the next frames.
   *
   * @returns the samples that are complete now, possibly none
   * @throws ToolkitError `bad-shape` if the arrays do not fit, a frame is missing or after `flush`
   */
  push({ firstFrame, frames, bins, real, imag }: StftFrames): Float64Array {
    this.#checkOpen();
    if (bins !== this.#fft.bins || real.length !== frames * bins || imag.length !== frames * bins) {
      throw new ToolkitError(
        "bad-shape",
        `IstftStream: ${frames} frames of ${bins} bins with ${real.length} real and ${imag.length} imaginary parts; windows of ${this.options.windowSize} have ${this.#fft.bins} bins`,
      );
    }
    if (firstFrame !== this.#frames) {
      throw new ToolkitError("bad-shape", `IstftStream: frame ${firstFrame} came; frame ${this.#frames} is next`);
    }
    const out: Float64Array[] = [];
    let length = 0;
    for (let i = 0; i < frames; i++) {
      this.#add(real, imag, i * bins);
      const piece = this.#give(this.#complete());
      out.push(piece);
      length += piece.length;
    }
    const joined = new Float64Array(length);
    let at = 0;
    for (const piece of out) {
      joined.set(piece, at);
      at += piece.length;
    }
    return joined;
  }

  /**
   * Ends the signal.
   *
   * @param samples length of the whole signal
   * @returns the samples that were waiting for frames
   * @throws ToolkitError `bad-shape` if a signal of that length has another number of frames
   */
  flush(samples: number): Float64Array {
    this.#checkOpen();
    checkWhole("IstftStream", "samples", samples, 0);
    const frames = samples === 0 ? 0 : frameCount(samples, this.options);
    if (frames !== this.#frames) {
      throw new ToolkitError(
        "bad-shape",
        `IstftStream: ${this.#frames} frames came; a signal of ${samples} samples has ${frames}`,
      );
    }
    this.#ended = true;
    return this.#give(samples);
  }

  #add(real: Float64Array, imag: Float64Array, offset: number): void {
    const { windowSize, hopSize } = this.options;
    this.#fft.inverseReal(real, imag, this.#frame, offset);
    const shift = this.#frames * hopSize - Math.floor(windowSize / 2) - this.#given;
    for (let m = Math.max(0, -shift); m < windowSize; m++) {
      this.#sum[shift + m]! += this.#frame[m]! * this.#window[m]!;
      this.#energy[shift + m]! += this.#window[m]! * this.#window[m]!;
    }
    this.#frames++;
  }

  /** Samples that no later frame reaches and that every signal with so many frames has. */
  #complete(): number {
    const { windowSize, hopSize } = this.options;
    const reached = this.#frames * hopSize - Math.floor(windowSize / 2);
    const certain = this.#frames < 2 ? 1 : (this.#frames - 2) * hopSize + (windowSize % 2) + 1;
    return Math.min(reached, certain);
  }

  #give(end: number): Float64Array {
    const count = Math.max(0, end - this.#given);
    const out = new Float64Array(count);
    for (let i = 0; i < count; i++) out[i] = this.#sum[i]! / this.#energy[i]!;
    for (const array of [this.#sum, this.#energy]) {
      array.copyWithin(0, count);
      array.fill(0, array.length - count);
    }
    this.#given += count;
    return out;
  }

  #checkOpen(): void {
    if (this.#ended) throw new ToolkitError("bad-shape", "IstftStream: the signal has ended; make a new IstftStream");
  }
}
