import { from, lastValueFrom, type Observable, toArray } from "rxjs";
import { createRandom } from "../../src/core/random.ts";
import type { Block } from "../../src/core/signal.ts";

/** A block of one channel. */
export function block(startSample: number, values: number[], rateHz = 10): Block {
  return { rateHz, startSample, channels: [Float64Array.from(values)] };
}

/** A signal cut into blocks at random places; the same signal whatever the seed of the cuts. */
export function randomCuts(signal: Block, seed: number): Block[] {
  const random = createRandom(seed);
  const length = signal.channels[0]!.length;
  const blocks: Block[] = [];
  for (let start = 0; start < length; ) {
    const end = Math.min(length, start + 1 + random.below(Math.ceil(length / 3)));
    blocks.push({
      ...signal,
      startSample: signal.startSample + start,
      channels: signal.channels.map((channel) => channel.slice(start, end)),
    });
    start = end;
  }
  return blocks;
}

/** Noise on two channels. */
export function noise(length: number, rateHz = 10): Block {
  const random = createRandom("noise");
  const channel = () => Float64Array.from({ length }, random.normal);
  return { rateHz, startSample: 0, channels: [channel(), channel()] };
}

/** All values of a stream. */
export function all<T>(source: Observable<T>): Promise<T[]> {
  return lastValueFrom(source.pipe(toArray()), { defaultValue: [] });
}

/** A stream of given blocks. */
export const blocksOf = (...blocks: Block[]): Observable<Block> => from(blocks);
