import { concat, of, throwError } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { describe, expect, it } from "vitest";
import { cut } from "../../src/streams/cut.ts";
import { all, block, blocksOf, noise, randomCuts } from "./blocks.ts";

const spans = [
  { startSample: 1, endSample: 3 },
  { startSample: 2, endSample: 5 },
];

describe("cut", () => {
  it("gives each span as soon as its last sample has come", () => {
    const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
    scheduler.run(({ cold, expectObservable }) => {
      const values = { a: block(0, [0, 1, 2]), b: block(3, [3, 4, 5]), c: block(6, [6]) };
      const source = cold("                   --a--b--c--|", values);
      expectObservable(source.pipe(cut(spans))).toBe("--x--y-----|", { x: block(1, [1, 2]), y: block(2, [2, 3, 4]) });
    });
  });

  it("gives each subscriber all spans", async () => {
    const pieces = blocksOf(noise(10)).pipe(cut(spans));
    expect(await all(pieces)).toEqual(await all(pieces));
    expect(await all(pieces)).toHaveLength(2);
  });

  it("lets errors pass", async () => {
    const failing = concat(
      of(block(0, [1])),
      throwError(() => new Error("disk")),
    );
    await expect(all(failing.pipe(cut(spans)))).rejects.toThrow("disk");
  });

  it.each([1, 2, 3, 4])("does not depend on how the source is cut (seed %i)", async (seed) => {
    const signal = noise(60);
    const wanted = [
      { startSample: 0, endSample: 20 },
      { startSample: 7, endSample: 9 },
      { startSample: 8, endSample: 60 },
    ];
    const pieces = await all(blocksOf(...randomCuts(signal, seed)).pipe(cut(wanted)));
    expect(pieces).toHaveLength(3);
    for (const { startSample, endSample } of wanted) {
      const channels = signal.channels.map((channel) => channel.slice(startSample, endSample));
      expect(pieces).toContainEqual({ rateHz: 10, startSample, channels });
    }
  });

  it("keeps spans in the order of their start even where a later one ends first", async () => {
    const wanted = [
      { startSample: 0, endSample: 9 },
      { startSample: 1, endSample: 2 },
    ];
    const pieces = await all(blocksOf(noise(10)).pipe(cut(wanted)));
    expect(pieces.map(({ startSample }) => startSample)).toEqual([0, 1]);
  });

  it("refuses spans beyond the recording, unsorted or empty ones", async () => {
    await expect(all(blocksOf(block(0, [1, 2])).pipe(cut([{ startSample: 1, endSample: 4 }])))).rejects.toThrow(
      /ends at sample 4; the recording ends at 2/,
    );
    await expect(all(blocksOf(noise(9)).pipe(cut([...spans].reverse())))).rejects.toThrow(/starts before span/);
    await expect(all(blocksOf(noise(9)).pipe(cut([{ startSample: 3, endSample: 3 }])))).rejects.toThrow(/no samples/);
  });
});
