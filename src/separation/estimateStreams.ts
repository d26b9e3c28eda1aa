import type { Matrix } from "../core/matrix.ts";
import type { Block } from "../core/signal.ts";
import type { StftOptions } from "../signal/stft.ts";
import { IstftStream, type StftFrames } from "../signal/stftStream.ts";

/** What estimates take over from the mixture. */
export interface EstimateFormat {
  readonly rateHz: number;
  /** Number of the first sample. */
  readonly startSample: number;
  /** Number of channels. */
  readonly channels: number;
}

/** Estimates of several sources, each masked out of the mixture's transform and brought back to samples as frames come. */
export class EstimateStreams {
  readonly #rateHz: number;
  readonly #streams: IstftStream[][];
  #startSample: number;

  /**
   * @param sources how many
   * @param format of the mixture, and so of every estimate
   * @param transform options of the mixture's transform
   */
  constructor(sources: number, { rateHz, startSample, channels }: EstimateFormat, transform: StftOptions) {
    this.#rateHz = rateHz;
    this.#startSample = startSample;
    this.#streams = Array.from({ length: sources }, () =>
      Array.from({ length: channels }, () => new IstftStream(transform)),
    );
  }

  /** Number of sources. */
  get sources(): number {
    return this.#streams.length;
  }

  /**
   * Takes the next frames.
   *
   * @param mixture transform of each channel
   * @param masks of each source, [frames, bins]
   * @returns the samples that are complete now, one block a source
   */
  push(mixture: readonly StftFrames[], masks: readonly Matrix[]): Block[] {
    return this.#blocks((stream, s, c) => stream.push(masked(mixture[c]!, masks[s]!)));
  }

  /**
   * Ends the signal.
   *
   * @param samples length of the mixture
   * @returns the samples that were waiting for frames
   */
  flush(samples: number): Block[] {
    return this.#blocks((stream) => stream.flush(samples));
  }

  #blocks(samplesOf: (stream: IstftStream, source: number, channel: number) => Float64Array): Block[] {
    const blocks = this.#streams.map((streams, s) => ({
      rateHz: this.#rateHz,
      startSample: this.#startSample,
      channels: streams.map((stream, c) => samplesOf(stream, s, c)),
    }));
    this.#startSample += blocks[0]!.channels[0]!.length;
    return blocks;
  }
}

function masked({ real, imag, ...frames }: StftFrames, { data }: Matrix): StftFrames {
  return {
    ...frames,
    real: real.map((value, i) => value * data[i]!),
    imag: imag.map((value, i) => value * data[i]!),
  };
}
