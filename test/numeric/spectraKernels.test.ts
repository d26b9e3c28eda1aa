import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { createArena } from "../../src/numeric/kernels.ts";

const random = createRandom("spectra kernels");
const bins = 65;

/** Cosine and minus sine of 2 pi k / 64, then of 2 pi k / 128, k to 63 each. */
const twiddles = [64, 128].flatMap((points) =>
  Array.from({ length: 64 }, (_, k) => (2 * Math.PI * k) / points).flatMap((angle) => [
    Math.cos(angle),
    -Math.sin(angle),
  ]),
);

describe("blockSpectra", () => {
  it.each([1, 2, 3, 31, 64, 65, 112, 127, 128])("is twice the transform of %i samples and zeros", (used) => {
    const arena = createArena(8 * (512 + 1024 + 256 + 16 * bins) + 64);
    const x = arena.float64(512);
    const work = arena.float64(1024);
    const table = arena.float64(256);
    const out = arena.float64(16 * bins);
    table.array.set(twiddles);
    x.array.set(Float64Array.from({ length: 512 }, random.normal));
    const before = x.array.slice();
    arena.kernels.blockSpectra(x.address, used, work.address, table.address, out.address, out.address + 64, 128);
    expect(x.array).toEqual(before);
    for (let k = 0; k < bins; k++) {
      const expected = new Float64Array(16);
      for (let lane = 0; lane < 4; lane++) {
        for (let n = 0; n < used; n++) {
          const angle = (-2 * Math.PI * ((n * k) % 128)) / 128;
          expected[lane]! += 2 * x.array[4 * n + lane]! * Math.cos(angle);
          expected[4 + lane]! += 2 * x.array[4 * n + lane]! * Math.sin(angle);
        }
        expected[8 + lane] = expected[4 + lane]!;
        expected[12 + lane] = -expected[lane]!;
      }
      expect(out.array.slice(16 * k, 16 * k + 16)).toBeAllclose(expected, { atol: 1e-12 });
    }
  });

  it("leaves no trace of a series in the others of its group", () => {
    const arena = createArena(8 * (512 + 1024 + 256 + 8 * bins) + 64);
    const [x, work, table, out] = [512, 1024, 256, 8 * bins].map((length) => arena.float64(length));
    table!.array.set(twiddles);
    const run = (loud: number) => {
      for (let n = 0; n < 128; n++)
        for (let lane = 0; lane < 4; lane++) x!.array[4 * n + lane] = (lane === 1 ? loud : 1) * Math.sin(n + lane);
      arena.kernels.blockSpectra(x!.address, 128, work!.address, table!.address, out!.address, 0, 64);
      return out!.array.filter((_, i) => i % 4 !== 1);
    };
    expect(run(1e12)).toEqual(run(0));
  });
});

describe("binsToLags", () => {
  it.each([
    [1, 1, 4],
    [1, 3, 8],
    [3, 65, 12],
  ])("sums over bins by definition: %i groups of lags, %i bins, %i columns", (groups, count, columns) => {
    const rowNumbers = 2 * columns + 6;
    const arena = createArena(8 * (8 * groups * count + count * rowNumbers + 4 * groups * columns) + 64);
    const a = arena.float64(8 * groups * count);
    const b = arena.float64(count * rowNumbers);
    const c = arena.float64(4 * groups * columns);
    for (const each of [a, b]) each.array.set(Float64Array.from(each.array, random.normal));
    arena.kernels.binsToLags(
      ...([a.address, groups, count, b.address, 8 * rowNumbers, 8 * columns, columns, c.address, 8 * columns] as const),
    );
    const expected = Array.from({ length: 4 * groups * columns }, (_, i) => {
      const [lag, column] = [Math.floor(i / columns), i % columns];
      let sum = 0;
      for (let k = 0; k < count; k++) {
        const at = ((lag >> 2) * count + k) * 8 + (lag & 3);
        sum += a.array[at]! * b.array[k * rowNumbers + column]!;
        sum += a.array[at + 4]! * b.array[k * rowNumbers + columns + column]!;
      }
      return sum;
    });
    expect(c.array).toBeAllclose(expected, { atol: 1e-12 });
  });
});
