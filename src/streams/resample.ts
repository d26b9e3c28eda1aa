import { defer, map, type OperatorFunction } from "rxjs";
import type { Block } from "../core/signal.ts";
import { Resampler, rationalRatio } from "../signal/resample.ts";
import { endedBy } from "./endedBy.ts";
import { checkFollows } from "./join.ts";

/** Changes the rate of blocks that come one after the other. */
export class BlockResampler {
  readonly #toHz: number;
  #resampler: Resampler | undefined;
  #last: Block | undefined;
  #startSample = 0;

  /** @param toHz the new rate, in Hz */
  constructor(toHz: number) {
    this.#toHz = toHz;
  }

  /** Takes the next block and returns the samples that are complete now. */
  push(block: Block): Block {
    if (this.#last) checkFollows(this.#last, block);
    else {
      const ratio = rationalRatio(block.rateHz, this.#toHz);
      this.#startSample = Math.round((block.startSample * ratio.up) / ratio.down);
      this.#resampler = new Resampler(ratio, { channels: block.channels.length, padding: "hold" });
    }
    this.#last = block;
    return this.#block(this.#resampler!.push(block.channels));
  }

  /** Ends the stream and returns what was waiting for samples. */
  finish(): Block[] {
    return this.#resampler ? [this.#block(this.#resampler.flush())] : [];
  }

  #block(channels: Float64Array[]): Block {
    const block = { rateHz: this.#toHz, startSample: this.#startSample, channels };
    this.#startSample += channels[0]!.length;
    return block;
  }
}

/**
 * Brings a stream of blocks to another rate, anti-aliased; the values are those of `resample` on the whole signal.
 *
 *     source             --A-------B-------|
 *     resampleTo(64)     --a-------b-------(c)|    c: what the filter held back
 *
 * Sample n of the result is at time n / toHz. A stream should begin at a sample where both rates meet, such as 0.
 *
 * @param toHz new rate, in Hz; its ratio to the old one must be a ratio of small whole numbers
 */
export function resampleTo(toHz: number): OperatorFunction<Block, Block> {
  return (source) =>
    defer(() => {
      const resampler = new BlockResampler(toHz);
      return endedBy(source.pipe(map((block) => resampler.push(block))), () => resampler.finish());
    });
}
