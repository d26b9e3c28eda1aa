import { describe, expect, it } from "vitest";
import { memorySource } from "../../src/formats/byteSource.ts";
import { expectRefusal } from "./refusal.ts";

describe("memorySource", () => {
  const source = memorySource(Uint8Array.of(1, 2, 3, 4), "bytes");

  it("reads any range inside", async () => {
    expect(source.byteLength).toBe(4);
    expect(await source.read(1, 3)).toEqual(Uint8Array.of(2, 3));
    expect(await source.read(4, 4)).toEqual(new Uint8Array(0));
  });

  it.each([
    [0, 5],
    [-1, 2],
    [3, 2],
  ])("refuses bytes %i to %i", (start, end) =>
    expectRefusal(() => source.read(start, end), "truncated", "bytes", String(start), String(end), "4"),
  );
});
