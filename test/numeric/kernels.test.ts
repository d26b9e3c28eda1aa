import { describe, expect, it, test } from "vitest";
import { createArena, createFactorArena, kernelBuild } from "../../src/numeric/kernels.ts";

const noRelaxed = kernelBuild() === "relaxed-simd" ? "" : " (skipped: this engine refuses relaxed SIMD)";

describe("createArena", () => {
  it("refuses more than it was made for, and more than WebAssembly can address", () => {
    const arena = createArena(16);
    expect(() => arena.float64(100_000)).toThrow(expect.objectContaining({ code: "bad-option" }));
    expect(() => arena.float64(100_000)).toThrow(/arena of 131072 bytes is full/);
    for (const bytes of [2 ** 33, 2 ** 32, -1, Number.NaN]) {
      expect(() => createArena(bytes)).toThrow(expect.objectContaining({ code: "bad-option" }));
      expect(() => createArena(bytes)).toThrow(/at most/);
    }
  });

  it("keeps arrays 16-byte aligned and zeroed", () => {
    const arena = createArena(4096);
    arena.float64(3);
    const second = arena.float64(5);
    expect(second.address % 16).toBe(0);
    expect([...second.array]).toEqual([0, 0, 0, 0, 0]);
  });
});

describe.each([
  { precision: "float32", Floats: Float32Array, bytes: 4 },
  { precision: "float64", Floats: Float64Array, bytes: 8 },
] as const)("createFactorArena in $precision", ({ precision, Floats, bytes }) => {
  it("hands out zeroed arrays of its precision at cache lines, one after the other", () => {
    const arena = createFactorArena(4096, precision);
    let end = 0;
    for (const length of [0, 1, 5, 16, 17, 33]) {
      const { address, array } = arena.array(length);
      expect(array).toBeInstanceOf(Floats);
      expect(array).toHaveLength(length);
      expect(array.every((value) => value === 0)).toBe(true);
      expect(array.buffer).toBe(arena.buffer);
      expect(array.byteOffset).toBe(address);
      expect(address % 64).toBe(0);
      expect(address).toBeGreaterThanOrEqual(end);
      end = address + bytes * length;
    }
  });

  it("has room for what it was made for, down to the last line, and for no page more", () => {
    const arena = createFactorArena(2 ** 20, precision);
    const page = 65_536;
    for (let i = 0; i < 16; i++) arena.array(page / bytes);
    expect(() => arena.array(page / bytes)).toThrow(/is full/);
    expect(() => createFactorArena(2 ** 32, precision)).toThrow(/at most/);
  });

  it("has double-precision arrays too", () => {
    const arena = createFactorArena(4096, precision);
    arena.array(1);
    const { address, array } = arena.float64(5);
    expect(array).toEqual(new Float64Array(5));
    expect(address % 64).toBe(0);
  });

  it("states its precision and the width of a strip, 32 bytes", () => {
    const arena = createFactorArena(0, precision);
    expect(arena.precision).toBe(precision);
    expect(arena.stripLength * bytes).toBe(32);
  });

  it("runs the fastest build of this engine unless told otherwise, and says which", () => {
    expect(createFactorArena(0, precision).build).toBe(kernelBuild());
    expect(createFactorArena(0, precision, "simd128").build).toBe("simd128");
  });

  test.skipIf(noRelaxed !== "")(`runs the build with relaxed SIMD by name${noRelaxed}`, () => {
    expect(createFactorArena(0, precision, "relaxed-simd").build).toBe("relaxed-simd");
  });

  it("keeps arenas apart", () => {
    const [one, other] = [createFactorArena(64, precision), createFactorArena(64, precision)];
    const [a, b] = [one.array(4), other.array(4)];
    expect(a.address).toBe(b.address);
    one.kernels.fill(a.address, 1, 4);
    expect([...a.array]).toEqual([1, 1, 1, 1]);
    expect([...b.array]).toEqual([0, 0, 0, 0]);
  });
});
