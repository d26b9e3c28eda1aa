import { take } from "rxjs";
import { describe, expect, it } from "vitest";
import { arraySource, type SampleSource, signalBlocks } from "../../src/streams/blocks.ts";
import { join } from "../../src/streams/join.ts";
import { all, noise } from "./blocks.ts";

/** A source that counts what is done with it. */
function counted(length: number) {
  const calls = { opened: 0, closed: 0, reads: 0 };
  const open = async (): Promise<SampleSource> => {
    calls.opened++;
    const inner = arraySource(noise(length));
    return {
      ...inner,
      read: (start, end) => {
        calls.reads++;
        return inner.read(start, end);
      },
      close: async () => {
        calls.closed++;
      },
    };
  };
  return { calls, open };
}

describe("signalBlocks", () => {
  it.each([0.1, 0.7, 3, 100])("gives the whole signal in blocks of %s s", async (blockSeconds) => {
    const signal = noise(57);
    const blocks = signalBlocks(async () => arraySource(signal), { blockSeconds });
    expect(await all(blocks.pipe(join()))).toEqual([signal]);
    const lengths = (await all(blocks)).map(({ channels }) => channels[0]!.length);
    expect(Math.max(...lengths)).toBe(Math.min(57, Math.round(blockSeconds * 10)));
  });

  it("opens anew for each subscriber and closes after each", async () => {
    const { calls, open } = counted(20);
    const blocks = signalBlocks(open, { blockSeconds: 1 });
    expect(calls.opened).toBe(0);
    await all(blocks);
    await all(blocks);
    expect(calls).toEqual({ opened: 2, closed: 2, reads: 4 });
  });

  it("reads no further and closes when nobody listens any more", async () => {
    const { calls, open } = counted(1000);
    await all(signalBlocks(open, { blockSeconds: 1 }).pipe(take(3)));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(calls.closed).toBe(1);
    expect(calls.reads).toBeLessThanOrEqual(4);
  });

  it("leaves nothing open over 1000 subscriptions", async () => {
    const { calls, open } = counted(100);
    for (let i = 0; i < 1000; i++) await all(signalBlocks(open, { blockSeconds: 1 }).pipe(take(1)));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(calls.opened).toBe(1000);
    expect(calls.closed).toBe(1000);
  });

  it("lets errors of reading pass and closes", async () => {
    const { calls, open } = counted(100);
    const failing = signalBlocks(async () => ({ ...(await open()), read: () => Promise.reject(new Error("disk")) }));
    await expect(all(failing)).rejects.toThrow("disk");
    expect(calls.closed).toBe(1);
  });

  it("refuses a range the source does not have", async () => {
    const { open } = counted(10);
    await expect(all(signalBlocks(open, { endSample: 11 }))).rejects.toThrow(
      /samples 0 to 11 asked for; the source has 10/,
    );
    await expect(all(signalBlocks(open, { blockSeconds: 0 }))).rejects.toThrow(/blockSeconds is 0/);
  });
});
