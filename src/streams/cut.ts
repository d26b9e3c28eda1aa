import { concatMap, defer, type OperatorFunction } from "rxjs";
import { ToolkitError } from "../core/error.ts";
import { type Block, sampleCount } from "../core/signal.ts";
import { endedBy } from "./endedBy.ts";
import { checkFollows, joinBlocks } from "./join.ts";

/** A stretch of a recording: samples `startSample` to `endSample` (excluded). */
export interface Span {
  readonly startSample: number;
  readonly endSample: number;
}

/** Cuts spans out of blocks that come one after the other; keeps only the blocks a span still needs. */
export class SpanCutter {
  readonly #spans: readonly Span[];
  #next = 0;
  #kept: Block[] = [];
  #last: Block | undefined;

  /**
   * @param spans sorted by start; they may overlap
   * @throws ToolkitError `bad-option` if they are not sorted or one is empty
   */
  constructor(spans: readonly Span[]) {
    spans.forEach((span, i) => {
      if (!(span.endSample > span.startSample)) {
        throw new ToolkitError(
          "bad-option",
          `cut: span ${i} is ${span.startSample} to ${span.endSample}; it has no samples`,
        );
      }
      if (i > 0 && span.startSample < spans[i - 1]!.startSample) {
        throw new ToolkitError("bad-option", `cut: span ${i} starts before span ${i - 1}; sort them by start`);
      }
    });
    this.#spans = spans;
  }

  /** Takes the next block and returns the spans that are complete with it, in order. */
  push(block: Block): Block[] {
    if (this.#last) checkFollows(this.#last, block);
    this.#last = block;
    this.#kept.push(block);
    const end = block.startSample + sampleCount(block);
    const done: Block[] = [];
    while (this.#next < this.#spans.length && this.#spans[this.#next]!.endSample <= end) {
      done.push(this.#cut(this.#spans[this.#next]!));
      this.#next++;
    }
    const needed = this.#spans[this.#next]?.startSample ?? Infinity;
    this.#kept = this.#kept.filter((kept) => kept.startSample + sampleCount(kept) > needed);
    return done;
  }

  /** Ends the stream: a span that is still open lies outside the recording. */
  finish(): void {
    const open = this.#spans[this.#next];
    if (!open) return;
    const end = this.#last ? this.#last.startSample + sampleCount(this.#last) : 0;
    throw new ToolkitError(
      "bad-shape",
      `cut: span ${this.#next} ends at sample ${open.endSample}; the recording ends at ${end}`,
    );
  }

  #cut(span: Span): Block {
    const first = this.#kept[0]!;
    if (span.startSample < first.startSample) {
      throw new ToolkitError(
        "bad-shape",
        `cut: span starts at sample ${span.startSample}, the blocks at ${first.startSample}`,
      );
    }
    const used = this.#kept.filter(
      (kept) => kept.startSample < span.endSample && kept.startSample + sampleCount(kept) > span.startSample,
    );
    const joined = joinBlocks(used);
    const from = span.startSample - joined.startSample;
    const to = span.endSample - joined.startSample;
    return {
      rateHz: joined.rateHz,
      startSample: span.startSample,
      channels: joined.channels.map((channel) => channel.slice(from, to)),
    };
  }
}

/**
 * Cuts spans (trials, say) out of a stream of blocks.
 *
 *     source                --A----B----C--|     3 samples each
 *     cut([1..3, 2..5])     --x----y-------|     x = samples 1, 2; y = samples 2, 3, 4
 *
 * @param spans sorted by start; they may overlap
 * @returns one block a span, each as soon as its last sample has come; a span beyond the end of the stream is an error
 */
export function cut(spans: readonly Span[]): OperatorFunction<Block, Block> {
  return (source) =>
    defer(() => {
      const cutter = new SpanCutter(spans);
      return endedBy(source.pipe(concatMap((block) => cutter.push(block))), () => {
        cutter.finish();
        return [];
      });
    });
}
