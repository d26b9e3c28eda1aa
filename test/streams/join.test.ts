import { concat, of, throwError } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { describe, expect, it } from "vitest";
import { join } from "../../src/streams/join.ts";
import { all, block, blocksOf, noise, randomCuts } from "./blocks.ts";

describe("join", () => {
  it("gives one block when the source is complete", () => {
    const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
    scheduler.run(({ cold, expectObservable }) => {
      const source = cold("  --a--b--|", { a: block(4, [1, 2]), b: block(6, [3]) });
      expectObservable(source.pipe(join())).toBe("--------(c|)", { c: block(4, [1, 2, 3]) });
    });
  });

  it("gives each subscriber its own result", async () => {
    const joined = blocksOf(block(0, [1]), block(1, [2])).pipe(join());
    expect(await all(joined)).toEqual(await all(joined));
  });

  it("lets errors pass", async () => {
    const failing = concat(
      of(block(0, [1])),
      throwError(() => new Error("disk")),
    );
    await expect(all(failing.pipe(join()))).rejects.toThrow("disk");
  });

  it.each([1, 2, 3])("does not depend on how the source is cut (seed %i)", async (seed) => {
    const signal = noise(50);
    expect(await all(blocksOf(...randomCuts(signal, seed)).pipe(join()))).toEqual([signal]);
  });

  it("gives nothing for an empty source", async () => {
    expect(await all(blocksOf().pipe(join()).pipe())).toEqual([]);
  });

  it.each([
    ["a gap", block(3, [1]), /starts at sample 3; the one before ends at 2/],
    ["another rate", block(2, [1], 20), /at 10 Hz are followed by 1 at 20 Hz/],
  ])("refuses %s", async (_, second, message) => {
    await expect(all(blocksOf(block(0, [1, 2]), second).pipe(join()))).rejects.toThrow(message);
  });
});
