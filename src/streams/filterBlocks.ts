import { defer, map, type OperatorFunction } from "rxjs";
import type { Block } from "../core/signal.ts";
import type { FilterSections } from "../signal/butterworth.ts";
import { CausalFilter, type CausalFilterOptions } from "../signal/sosFilter.ts";
import { checkFollows } from "./join.ts";

/** Filters blocks that come one after the other. */
export class BlockFilter {
  readonly #sections: FilterSections;
  readonly #start: "zero" | "steady";
  #filter: CausalFilter | undefined;
  #last: Block | undefined;

  /**
   * @param sections second-order sections, [sections, 6]
   * @param start what stood before the first sample: silence (`zero`) or the first sample's value forever (`steady`)
   */
  constructor(sections: FilterSections, start: "zero" | "steady") {
    this.#sections = sections;
    this.#start = start;
  }

  /** Takes the next block and returns it filtered. */
  push(block: Block): Block {
    if (this.#last) checkFollows(this.#last, block);
    this.#last = block;
    this.#filter ??= new CausalFilter(this.#sections, { channels: block.channels.length, start: this.#start });
    return { ...block, channels: this.#filter.push(block.channels) };
  }
}

/**
 * Filters a stream of blocks causally; the values are those of `sosFilter` on the whole signal.
 *
 *     source                    --A--B--|
 *     filterBlocks(sections)    --a--b--|
 *
 * @param sections second-order sections, designed for the blocks' rate
 * @param options `start`: what stood before the first sample, default `steady`
 */
export function filterBlocks(
  sections: FilterSections,
  { start = "steady" }: Pick<CausalFilterOptions, "start"> = {},
): OperatorFunction<Block, Block> {
  return (source) =>
    defer(() => {
      const filter = new BlockFilter(sections, start);
      return source.pipe(map((block) => filter.push(block)));
    });
}
