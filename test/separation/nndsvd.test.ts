import { describe, expect, it, test } from "vitest";
import { type Matrix, row, transpose } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { nmfModel } from "../../src/separation/modelSpectrogram.ts";
import { nmf } from "../../src/separation/nmf.ts";
import { type NndsvdOptions, nndsvd } from "../../src/separation/nndsvd.ts";
import recorded from "../fixtures/nndsvd.json" with { type: "json" };
import { filled } from "./contrastiveReference.ts";

const fromRows = (rows: number[][]) => ({
  rows: rows.length,
  columns: rows[0]!.length,
  data: Float64Array.from(rows.flat()),
});
const variants = ["nndsvd", "nndsvda", "nndsvdar"] as const;

const product = (name: string, { frames, bins, rank }: { frames: number; bins: number; rank: number }) => {
  const random = createRandom(name);
  const sparse = (rows: number, columns: number) => filled(rows, columns, () => random.uniform() ** 4 + 1e-3);
  return nmfModel(sparse(rank, bins), sparse(rank, frames));
};
const x = product("x", { frames: 60, bins: 40, rank: 12 });
const times = (matrix: Matrix, factor: number) => ({
  ...matrix,
  data: Float64Array.from(matrix.data, (value) => value * factor),
});
const least = (matrix: Matrix) => Math.min(...matrix.data);
const meanOf = ({ data }: Matrix) => Array.from(data).reduce((a, b) => a + b, 0) / data.length;

describe("nndsvd", () => {
  // recorded as bins x frames, W bins x components, H components x frames
  test.each(recorded.cases.filter(({ init }) => init !== "nndsvdar"))("is scikit-learn's $init", ({ init, W, H }) => {
    const matrix = transpose(fromRows(recorded.X));
    const variant = init as (typeof variants)[number];
    const start = nndsvd(matrix, recorded.components, { variant, fillScale: "absolute" });
    expect(start.dictionary.data).toBeAllclose(transpose(fromRows(W)).data, { atol: 1e-9 });
    expect(start.activations.data).toBeAllclose(H.flat(), { atol: 1e-9 });
  });

  it("is scikit-learn's nndsvdar where that is not random, and zeros become as small as there", () => {
    const [plain, , random] = recorded.cases;
    const start = nndsvd(transpose(fromRows(recorded.X)), recorded.components, {
      variant: "nndsvdar",
      fillScale: "absolute",
    });
    const kept = random!.H.flat().map((value, i) => (plain!.H.flat()[i] === 0 ? 0 : value));
    const own = start.activations.data.map((value, i) => (plain!.H.flat()[i] === 0 ? 0 : value));
    expect(own).toBeAllclose(kept, { atol: 1e-9 });
    const fills = Array.from(start.activations.data).filter((_, i) => plain!.H.flat()[i] === 0);
    expect(Math.min(...fills)).toBeGreaterThan(0);
    expect(Math.max(...fills)).toBeLessThan((5 * recorded.mean) / 100);
  });

  it.each(variants.slice(0, 2))("of the matrix turned over is the same with the factors exchanged, %s", (variant) => {
    const one = nndsvd(x, 5, { variant });
    const other = nndsvd(transpose(x), 5, { variant });
    expect(other.dictionary.data).toBeAllclose(one.activations.data, { atol: 1e-6 });
    expect(other.activations.data).toBeAllclose(one.dictionary.data, { atol: 1e-6 });
  });

  it("of a product of one spectrum and one course is that product", () => {
    const one = product("one", { frames: 9, bins: 7, rank: 1 });
    const { dictionary, activations } = nndsvd(one, 1);
    expect(nmfModel(dictionary, activations).data).toBeAllclose(one.data, { rtol: 1e-5 });
  });

  it("of sounds that share neither bins nor frames finds each of them", () => {
    const data = new Float64Array(6 * 6);
    for (let i = 0; i < 2; i++) for (let j = 0; j < 2; j++) data[i * 6 + j] = 3;
    for (let i = 2; i < 4; i++) for (let j = 2; j < 4; j++) data[i * 6 + j] = 2;
    for (let i = 4; i < 6; i++) for (let j = 4; j < 6; j++) data[i * 6 + j] = 1;
    const { dictionary, activations } = nndsvd({ rows: 6, columns: 6, data }, 3, { variant: "nndsvd" });
    [3, 2, 1].forEach((value, k) => {
      const expected = Float64Array.from({ length: 6 }, (_, i) => (Math.floor(i / 2) === k ? Math.sqrt(value) : 0));
      expect(row(dictionary, k)).toBeAllclose(expected, { atol: 1e-9 });
      expect(row(activations, k)).toBeAllclose(expected, { atol: 1e-9 });
    });
  });

  test.each(variants)("%s is non-negative, and without zeros unless it is the plain one", (variant) => {
    const { dictionary, activations } = nndsvd(x, 8, { variant });
    for (const factor of [dictionary, activations]) {
      if (variant === "nndsvd") expect(least(factor)).toBe(0);
      else expect(least(factor)).toBeGreaterThan(0);
    }
  });

  it("fills zeros with sqrt(mean / K), or with the mean, and nothing else", () => {
    const plain = nndsvd(x, 8, { variant: "nndsvd" });
    for (const [fillScale, fill] of [
      ["relative", Math.sqrt(meanOf(x) / 8)],
      ["absolute", meanOf(x)],
    ] as const) {
      const filledIn = nndsvd(x, 8, { fillScale });
      const expected = plain.dictionary.data.map((value) => value || fill);
      expect(filledIn.dictionary.data).toBeAllclose(expected, { rtol: 1e-9 });
    }
  });

  it("draws the random fill by the seed: a half-normal of the fill's size", () => {
    const plain = nndsvd(x, 8, { variant: "nndsvd" });
    const drawn = (options: NndsvdOptions) => {
      const { dictionary, activations } = nndsvd(x, 8, { variant: "nndsvdar", ...options });
      return [...dictionary.data, ...activations.data].filter(
        (_, i) => (plain.dictionary.data[i] ?? plain.activations.data[i - plain.dictionary.data.length]) === 0,
      );
    };
    for (const [fillScale, size] of [
      ["relative", Math.sqrt(meanOf(x) / 8)],
      ["absolute", meanOf(x) / 100],
    ] as const) {
      const values = drawn({ fillScale, seed: 3 });
      // the mean of |normal| is sqrt(2 / pi), its standard deviation 0.6
      const average = values.reduce((a, b) => a + b, 0) / values.length / size;
      expect(Math.abs(average - Math.sqrt(2 / Math.PI))).toBeLessThan((4 * 0.6) / Math.sqrt(values.length));
    }
    expect(drawn({ seed: 3 })).toEqual(drawn({ seed: 3 }));
    expect(drawn({ seed: 3 })).not.toEqual(drawn({ seed: 4 }));
  });

  test.each([1e-12, 1e-4, 1e9])("scales with the data, factor %d", (factor) => {
    const start = nndsvd(x, 5);
    const scaled = nndsvd(times(x, factor), 5);
    const expected = start.dictionary.data.map((value) => value * Math.sqrt(factor));
    expect(scaled.dictionary.data).toBeAllclose(expected, { rtol: 1e-6 });
  });

  test.each([
    { name: "the rank", matrix: product("rank 3", { frames: 30, bins: 20, rank: 3 }), components: 6 },
    { name: "the frames", matrix: product("short", { frames: 4, bins: 20, rank: 4 }), components: 7 },
  ])("beyond $name fills components at random, no two alike, and leaves plain ones zero", ({ matrix, components }) => {
    for (const variant of ["nndsvda", "nndsvdar"] as const) {
      const { dictionary, activations } = nndsvd(matrix, components, { variant });
      expect(Math.min(least(dictionary), least(activations))).toBeGreaterThan(0);
      const rows = Array.from({ length: components }, (_, k) => row(dictionary, k).join());
      expect(new Set(rows).size).toBe(components);
    }
    const tiny = { rows: 4, columns: 6, data: Float64Array.from({ length: 24 }, (_, i) => (i % 6) + 1) };
    const { dictionary } = nndsvd(tiny, 5, { variant: "nndsvd" });
    expect(dictionary.data.subarray(6).every((value) => value === 0)).toBe(true);
  });

  it("starts an nmf that soon fits better than random starts do", () => {
    const costAfter = (start?: ReturnType<typeof nndsvd>, seed = 0) =>
      nmf(x, { components: 12, iterations: 30, tolerance: 0, seed, ...(start ? { start } : {}) }).cost.at(-1)!;
    const random = [0, 1, 2, 3].map((seed) => costAfter(undefined, seed));
    expect(costAfter(nndsvd(x, 12))).toBeLessThan(Math.min(...random));
  });

  it("refuses what is no spectrogram and unknown options", () => {
    expect(() => nndsvd(times(x, -1), 2)).toThrow(/nndsvd: spectrogram has .* negative/);
    expect(() => nndsvd(times(x, 0), 2)).toThrow(/nndsvd: .*some energy/);
    expect(() => nndsvd(x, 0)).toThrow(/components is 0/);
    expect(() => nndsvd(x, 2, { variant: "svd" as "nndsvd" })).toThrow(/variant is "svd"/);
    expect(() => nndsvd(x, 2, { fillScale: "big" as "relative" })).toThrow(/fillScale is "big"/);
  });
});
