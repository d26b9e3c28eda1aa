import { describe, expect, it, test } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { createArena } from "../../src/numeric/kernels.ts";

describe("createArena", () => {
  test.each([0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 257])("dot of %i values equals the plain loop", (length) => {
    const random = createRandom(length);
    const arena = createArena(8 * length + 64);
    const a = arena.float32(length);
    const b = arena.float32(length);
    for (let i = 0; i < length; i++) {
      a.array[i] = random.normal();
      b.array[i] = random.normal();
    }
    const plain = a.array.reduce((sum, value, i) => sum + value * b.array[i]!, 0);
    // f64 sums of up to 257 products in another order
    expect(arena.kernels.dot(a.address, b.address, length)).toBeCloseTo(plain, 11);
  });

  it("refuses more than it was made for", () => {
    const arena = createArena(16);
    expect(() => arena.float32(100_000)).toThrow(/full/);
    expect(() => createArena(2 ** 33)).toThrow(/at most/);
  });

  it("keeps arrays 16-byte aligned and zeroed", () => {
    const arena = createArena(4096);
    arena.float32(3);
    const second = arena.float64(5);
    expect(second.address % 16).toBe(0);
    expect([...second.array]).toEqual([0, 0, 0, 0, 0]);
  });
});
