import { defer, filter, map, type OperatorFunction, reduce } from "rxjs";
import { ToolkitError } from "../core/error.ts";
import { type Block, sampleCount } from "../core/signal.ts";

/**
 * Joins blocks that follow each other into one.
 *
 *     source   --A----B--|
 *     join()   ----------(AB)|
 *
 * An empty source gives nothing; a gap or overlap between blocks is an error.
 */
export function join(): OperatorFunction<Block, Block> {
  return (source) =>
    defer(() =>
      source.pipe(
        reduce<Block, Block[]>((blocks, block) => {
          const last = blocks.at(-1);
          if (last) checkFollows(last, block);
          blocks.push(block);
          return blocks;
        }, []),
        filter((blocks) => blocks.length > 0),
        map(joinBlocks),
      ),
    );
}

/**
 * Refuses a block that does not begin where the one before it ended, or has another rate or number of channels.
 *
 * @throws ToolkitError `bad-shape`
 */
export function checkFollows(before: Block, block: Block): void {
  const expected = before.startSample + sampleCount(before);
  if (block.startSample !== expected) {
    throw new ToolkitError(
      "bad-shape",
      `blocks: one starts at sample ${block.startSample}; the one before ends at ${expected}`,
    );
  }
  if (block.rateHz !== before.rateHz || block.channels.length !== before.channels.length) {
    throw new ToolkitError(
      "bad-shape",
      `blocks: ${before.channels.length} channels at ${before.rateHz} Hz are followed by ${block.channels.length} at ${block.rateHz} Hz`,
    );
  }
}

/** One block from several that follow each other; at least one. */
export function joinBlocks(blocks: readonly Block[]): Block {
  const first = blocks[0];
  if (!first) throw new ToolkitError("bad-shape", "blocks: there are none to join");
  const total = blocks.reduce((sum, block) => sum + sampleCount(block), 0);
  const channels = first.channels.map((_, c) => {
    const joined = new Float64Array(total);
    let at = 0;
    for (const block of blocks) {
      joined.set(block.channels[c]!, at);
      at += sampleCount(block);
    }
    return joined;
  });
  return { rateHz: first.rateHz, startSample: first.startSample, channels };
}
