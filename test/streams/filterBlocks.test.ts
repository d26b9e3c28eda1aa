import { concat, of, throwError } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { describe, expect, it } from "vitest";
import { butterworth } from "../../src/signal/butterworth.ts";
import { sosFilter } from "../../src/signal/sosFilter.ts";
import { filterBlocks } from "../../src/streams/filterBlocks.ts";
import { join } from "../../src/streams/join.ts";
import { all, block, blocksOf, noise, randomCuts } from "./blocks.ts";

const sections = butterworth({ type: "bandpass", order: 2, lowHz: 1, highHz: 4, rateHz: 10 });

describe("filterBlocks", () => {
  it("gives each block at once", () => {
    const scheduler = new TestScheduler((actual, expected) =>
      expect(actual.map(({ frame }: { frame: number }) => frame)).toEqual(
        expected.map(({ frame }: { frame: number }) => frame),
      ),
    );
    scheduler.run(({ cold, expectObservable }) => {
      const source = cold("                                --a--b--|", { a: block(0, [1, 2]), b: block(2, [3]) });
      expectObservable(source.pipe(filterBlocks(sections))).toBe("--x--y--|");
    });
  });

  it.each([1, 2, 3])("equals the filtering of the whole signal, however it is cut (seed %i)", async (seed) => {
    const signal = noise(80);
    const [joined] = await all(
      blocksOf(...randomCuts(signal, seed)).pipe(filterBlocks(sections, { start: "zero" }), join()),
    );
    expect(joined!.channels).toEqual(signal.channels.map((channel) => sosFilter(sections, channel).output));
  });

  it("starts steady: a constant passes a band-pass as silence from its first sample on", async () => {
    const [filtered] = await all(blocksOf(block(0, new Array(20).fill(7))).pipe(filterBlocks(sections)));
    expect(filtered!.channels[0]!).toBeAllclose(new Float64Array(20), { atol: 1e-12 });
  });

  it("gives each subscriber a filter of its own", async () => {
    const filtered = blocksOf(...randomCuts(noise(40), 1)).pipe(filterBlocks(sections), join());
    expect(await all(filtered)).toEqual(await all(filtered));
  });

  it("lets errors pass, and refuses a gap", async () => {
    const failing = concat(
      of(block(0, [1])),
      throwError(() => new Error("disk")),
    );
    await expect(all(failing.pipe(filterBlocks(sections)))).rejects.toThrow("disk");
    await expect(all(blocksOf(block(0, [1]), block(3, [1])).pipe(filterBlocks(sections)))).rejects.toThrow(/starts at/);
  });
});
