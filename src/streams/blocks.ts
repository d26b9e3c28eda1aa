import { defer, from, type Observable } from "rxjs";
import { checkNumber } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { type Block, type Signal, sampleCount } from "../core/signal.ts";

/** How a source is cut into blocks. */
export interface BlockOptions {
  /** Length of a block, in seconds; the last one may be shorter. Default 4. */
  blockSeconds?: number;
  /** First sample; default 0. */
  startSample?: number;
  /** Sample after the last; default the end. */
  endSample?: number;
}

/** Options of `signalBlocks` where none are given. */
export const blockDefaults = { blockSeconds: 4, startSample: 0 } as const satisfies BlockOptions;

/** Anything that gives a range of samples: a recording's signals of one rate, an audio file, an array. */
export interface SampleSource {
  readonly rateHz: number;
  /** Length, in samples. */
  readonly samples: number;
  /** Reads samples `startSample` to `endSample` (excluded). */
  read(startSample: number, endSample: number): Promise<Signal>;
  /** Gives back what the source holds; called when the stream ends, fails or is stopped. */
  close?(): Promise<void>;
}

/**
 * Streams a source as blocks, in order. A block is read when the operators below have dealt with the one before it, so
 * that memory holds one block whatever the length of the source. Unsubscribing stops the reading and closes the source.
 *
 * An operator that works asynchronously (writes to disk, say) does not hold back the reading: iterate `readBlocks` there.
 *
 * @param open opens the source; called anew for each subscriber
 * @param options see `blockDefaults`
 * @returns blocks whose `startSample` counts from the start of the source; errors of `open` and `read` pass through
 */
export function signalBlocks(open: () => Promise<SampleSource>, options: BlockOptions = {}): Observable<Block> {
  return defer(() => from(readBlocks(open, options)));
}

/**
 * Reads a source as blocks, in order, each when it is asked for; leaving the loop closes the source.
 *
 * @param open opens the source when the first block is asked for
 * @param options see `blockDefaults`
 * @throws ToolkitError `bad-option` if the samples asked for are not in the source; errors of `open` and `read`
 */
export async function* readBlocks(
  open: () => Promise<SampleSource>,
  options: BlockOptions = {},
): AsyncGenerator<Block> {
  const { blockSeconds = blockDefaults.blockSeconds, startSample = blockDefaults.startSample, endSample } = options;
  checkNumber("signalBlocks", "blockSeconds", blockSeconds, { above: 0 });
  const source = await open();
  try {
    const end = endSample ?? source.samples;
    if (!(startSample >= 0 && startSample <= end && end <= source.samples)) {
      throw new ToolkitError(
        "bad-option",
        `signalBlocks: samples ${startSample} to ${end} asked for; the source has ${source.samples}`,
      );
    }
    const length = Math.max(1, Math.round(blockSeconds * source.rateHz));
    for (let start = startSample; start < end; start += length) {
      const signal = await source.read(start, Math.min(end, start + length));
      yield { ...signal, startSample: start };
    }
  } finally {
    await source.close?.();
  }
}

/**
 * A sample source on a signal in memory.
 *
 * @param signal [channels, samples]
 */
export function arraySource(signal: Signal): SampleSource {
  return {
    rateHz: signal.rateHz,
    samples: sampleCount(signal),
    read: async (start, end) => ({
      rateHz: signal.rateHz,
      channels: signal.channels.map((channel) => channel.slice(start, end)),
    }),
  };
}
