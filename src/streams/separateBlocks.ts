import { concatMap, defer, type OperatorFunction } from "rxjs";
import type { Block } from "../core/signal.ts";
import { type BlockMasker, type BlockSeparationOptions, BlockSeparator } from "../separation/longFile.ts";
import { endedBy } from "./endedBy.ts";

/**
 * Separates a stream of blocks of a mixture of any length; the values are those of `separateInBlocks` on the whole signal.
 *
 *     source                    --A--B--C-----D--|
 *     separateBlocks(masker)    --------x--------(yz)|    x, y, z: [a block of source 0, a block of source 1, ...]
 *
 * A list comes whenever a block of the separation (30 s, say) is complete and when the source ends; blocks of a source
 * follow each other without a gap. The masker gets blocks of the separation, not of the stream.
 *
 * @param masker finds the masks of a block of the separation
 * @param options see `blockSeparationDefaults`
 */
export function separateBlocks<State = unknown>(
  masker: BlockMasker<State>,
  options: BlockSeparationOptions = {},
): OperatorFunction<Block, Block[]> {
  return (source) =>
    defer(() => {
      const separator = new BlockSeparator(masker, options);
      return endedBy(source.pipe(concatMap((block) => separator.push(block))), () => separator.finish());
    });
}
