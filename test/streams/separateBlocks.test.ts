import { concat, map, of, throwError } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { type BlockMasker, separateInBlocks } from "../../src/separation/longFile.ts";
import { join } from "../../src/streams/join.ts";
import { separateBlocks } from "../../src/streams/separateBlocks.ts";
import { all, block, blocksOf, noise, randomCuts } from "./blocks.ts";

/** 10 Hz, windows of 8 samples every 2: blocks of 10 frames of which 4 are shared. */
const options = { windowSize: 8, hopSize: 2, blockSeconds: 2, overlapSeconds: 0.8 } as const;

/** Random masks that take after the block before. */
const masker: BlockMasker<number> = ({ spectrogram: { rows, columns }, previous = 0 }) => {
  const random = createRandom(`masks ${previous}`);
  const data = Float64Array.from({ length: rows * columns }, random.uniform);
  return {
    masks: [
      { rows, columns, data },
      { rows, columns, data: data.map((value) => 1 - value) },
    ],
    state: previous + 1,
  };
};

describe("separateBlocks", () => {
  it("gives a block of every source as soon as a block of the separation is complete, and the rest at the end", () => {
    const scheduler = new TestScheduler((actual, expected) =>
      expect(actual.map(({ frame }: { frame: number }) => frame)).toEqual(
        expected.map(({ frame }: { frame: number }) => frame),
      ),
    );
    scheduler.run(({ cold, expectObservable }) => {
      // the last of ten frames is centred on sample 18 and ends with sample 21
      const values = { a: block(0, new Array(21).fill(1)), b: block(21, [1]), c: block(22, [1, 1]) };
      const source = cold("                                    --a--b--c--|", values);
      expectObservable(source.pipe(separateBlocks(masker, options))).toBe("-----x-----(yzw|)");
    });
  });

  it.each([1, 2, 3])("equals the separation of the whole signal, however it is cut (seed %i)", async (seed) => {
    const signal = noise(150);
    const sources = separateInBlocks(signal, masker, options);
    for (const [s, source] of sources.entries()) {
      const separated = blocksOf(...randomCuts(signal, seed)).pipe(
        separateBlocks(masker, options),
        map((blocks) => blocks[s]!),
        join(),
      );
      expect(await all(separated)).toEqual([{ ...source, startSample: 0 }]);
    }
  });

  it("gives each subscriber a separation of its own", async () => {
    const separated = blocksOf(...randomCuts(noise(100), 1)).pipe(separateBlocks(masker, options));
    expect(await all(separated)).toEqual(await all(separated));
    expect((await all(separated)).length).toBeGreaterThan(2);
  });

  it("lets errors of the source and the masker pass, and refuses a gap", async () => {
    const failing = concat(
      of(block(0, [1])),
      throwError(() => new Error("disk")),
    );
    await expect(all(failing.pipe(separateBlocks(masker, options)))).rejects.toThrow("disk");
    const broken = () => {
      throw new Error("no memory");
    };
    await expect(all(blocksOf(noise(30)).pipe(separateBlocks(broken, options)))).rejects.toThrow("no memory");
    await expect(all(blocksOf(block(0, [1]), block(3, [1])).pipe(separateBlocks(masker, options)))).rejects.toThrow(
      /at sample 3; 1 is next/,
    );
  });

  it("is empty where the source is empty", async () => {
    expect(await all(blocksOf().pipe(separateBlocks(masker, options)))).toEqual([]);
  });
});
