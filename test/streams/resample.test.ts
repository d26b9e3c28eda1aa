import { concat, of, throwError } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { describe, expect, it } from "vitest";
import { resample } from "../../src/signal/resample.ts";
import { join } from "../../src/streams/join.ts";
import { resampleTo } from "../../src/streams/resample.ts";
import { all, block, blocksOf, noise, randomCuts } from "./blocks.ts";

describe("resampleTo", () => {
  it("emits a block for each block and what was held back at the end", () => {
    const scheduler = new TestScheduler((actual, expected) =>
      expect(actual.map(({ frame }: { frame: number }) => frame)).toEqual(
        expected.map(({ frame }: { frame: number }) => frame),
      ),
    );
    scheduler.run(({ cold, expectObservable }) => {
      const source = cold("                       --a--b--|", { a: block(0, [1, 2]), b: block(2, [3, 4]) });
      expectObservable(source.pipe(resampleTo(5))).toBe("--x--y--(z|)");
    });
  });

  it.each([1, 2, 3])("equals the resampling of the whole signal, however it is cut (seed %i)", async (seed) => {
    const signal = noise(300, 256);
    const [joined] = await all(blocksOf(...randomCuts(signal, seed)).pipe(resampleTo(96), join()));
    signal.channels.forEach((channel, c) => {
      expect(joined!.channels[c]).toEqual(resample(channel, { up: 3, down: 8 }, { padding: "hold" }));
    });
    expect(joined).toMatchObject({ rateHz: 96, startSample: 0 });
  });

  it("gives each subscriber a filter of its own", async () => {
    const resampled = blocksOf(...randomCuts(noise(100), 1)).pipe(resampleTo(4), join());
    expect(await all(resampled)).toEqual(await all(resampled));
  });

  it("lets errors pass", async () => {
    const failing = concat(
      of(block(0, [1])),
      throwError(() => new Error("disk")),
    );
    await expect(all(failing.pipe(resampleTo(5)))).rejects.toThrow("disk");
  });

  it("refuses a gap between blocks", async () => {
    await expect(all(blocksOf(block(0, [1]), block(5, [1])).pipe(resampleTo(5)))).rejects.toThrow(/starts at sample 5/);
  });
});
