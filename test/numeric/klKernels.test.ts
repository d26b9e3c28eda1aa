import { describe, expect, it, test } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { createArena, type KernelArena } from "../../src/numeric/kernels.ts";

const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 257];

/** An array in kernel memory with values between 0 and 2, some of them 0. */
function values(arena: KernelArena, length: number, name: string) {
  const random = createRandom(`${name} ${length}`);
  const made = arena.float32(length);
  for (let i = 0; i < length; i++) made.array[i] = random.below(6) === 0 ? 0 : 2 * random.uniform();
  return made;
}

describe.each(lengths)("on %i elements", (length) => {
  const arena = createArena(64 * (length + 16));
  const { kernels } = arena;
  const a = values(arena, length, "a");
  const b = values(arena, length, "b");
  const guard = values(arena, 4, "guard");
  const untouched = [...guard.array];

  it("sum equals the plain loop", () => {
    // at most 257 double-precision sums in another order
    expect(kernels.sum(a.address, length)).toBeCloseTo(
      a.array.reduce((sum, value) => sum + value, 0),
      11,
    );
  });

  it("addInto equals the plain loop", () => {
    const expected = a.array.map((value, i) => value + b.array[i]!);
    const target = arena.float32(length);
    target.array.set(a.array);
    kernels.addInto(target.address, b.address, length);
    expect(target.array).toBeAllclose(expected);
  });

  it("multiplyInto equals the plain loop and puts out what is below 1e-30", () => {
    const target = arena.float32(length);
    target.array.set(a.array);
    if (length > 2) target.array[2] = 1e-37;
    // two roundings to single precision, in the same order
    const expected = target.array.map((value, i) => Math.fround(Math.fround(value * b.array[i]!) * Math.fround(0.3)));
    if (length > 2) expected[2] = 0;
    kernels.multiplyInto(target.address, b.address, 0.3, length);
    expect(target.array).toBeAllclose(expected);
  });

  it("logSum equals the plain loop with 0 log 0 = 0", () => {
    let expected = 0;
    let scale = 0;
    const ratio = arena.float32(length);
    for (let i = 0; i < length; i++) {
      // ratios over 40 decades, and some near 1 where the logarithm is small
      const r = i % 3 === 0 ? 1 + 1e-3 * (b.array[i]! - 1) : 10 ** (20 * (b.array[i]! - 1));
      ratio.array[i] = a.array[i] === 0 ? 0 : r;
      if (a.array[i] === 0) continue;
      const term = a.array[i]! * Math.log(ratio.array[i]!);
      expected += term;
      scale += Math.abs(term);
    }
    // terms within 2e-7 of themselves, and 64 of them added in single precision per lane
    expect(Math.abs(kernels.logSum(a.address, ratio.address, length) - expected)).toBeLessThanOrEqual(1e-6 * scale);
  });

  it("writes nothing outside its arrays", () => {
    expect([...guard.array]).toEqual(untouched);
  });
});

test.each([1e-30, 1e-5, 0.5, 0.7, 0.71, 0.999, 1, 1.0001, 1.41, 1.42, 2, 3, 1e7, 1e30])(
  "the logarithm of %d is that of Math.log within 2e-7",
  (value) => {
    const arena = createArena(64);
    const x = arena.float32(4);
    const r = arena.float32(4);
    x.array.fill(1);
    r.array.fill(value);
    const truth = 4 * Math.log(r.array[0]!);
    expect(Math.abs(arena.kernels.logSum(x.address, r.address, 4) - truth)).toBeLessThanOrEqual(2e-7 * Math.abs(truth));
  },
);

const shapes = lengths.filter((n) => n > 0).flatMap((columns) => [1, 3, 4, 9].map((rows) => ({ rows, columns })));

describe.each(shapes)("$rows x $columns", ({ rows, columns }) => {
  const arena = createArena(4 * 16 * (rows + 8) * (columns + 16));
  const { kernels } = arena;
  const source = values(arena, rows * columns, `source ${rows}`);
  const at = (r: number, c: number) => (r < rows && c < columns ? source.array[r * columns + c]! : 0);

  test.each([4, 8])("packStrips cuts the columns into strips of %i, the last filled with zeros", (width) => {
    const strips = Math.ceil(columns / width);
    const target = arena.float32(strips * rows * width);
    target.array.fill(7);
    kernels.packStrips(source.address, rows, columns, width, target.address);
    const expected = target.array.map((_, i) =>
      at(Math.floor(i / width) % rows, width * Math.floor(i / width / rows) + (i % width)),
    );
    expect(target.array).toBeAllclose(expected);
  });

  it("unpackStrips undoes packStrips", () => {
    const packed = arena.float32(8 * Math.ceil(columns / 8) * rows);
    const back = arena.float32(rows * columns);
    kernels.packStrips(source.address, rows, columns, 8, packed.address);
    kernels.unpackStrips(packed.address, rows, back.address, rows, columns);
    expect(back.array).toBeAllclose(source.array);
  });

  it("packInterleaved puts four rows side by side", () => {
    const padded = 4 * Math.ceil(columns / 4);
    const target = arena.float32(4 * Math.ceil(rows / 4) * padded);
    target.array.fill(7);
    kernels.packInterleaved(source.address, rows, columns, padded, target.address);
    const expected = target.array.map((_, i) =>
      at(4 * Math.floor(i / 4 / padded) + (i % 4), Math.floor(i / 4) % padded),
    );
    expect(target.array).toBeAllclose(expected);
  });

  it("product equals the plain loop", () => {
    // source is A and B at once: A'A, [columns, columns]
    const paddedColumns = 4 * Math.ceil(columns / 4);
    const panels = Math.ceil(columns / 8);
    const own = createArena(
      4 * (rows * (paddedColumns + 8 * panels) + panels * 8 * paddedColumns + columns * (columns + rows)) + 128,
    );
    const input = own.float32(rows * columns);
    input.array.set(source.array);
    const a = own.float32(rows * paddedColumns);
    const b = own.float32(rows * 8 * panels);
    const out = own.float32(panels * 8 * paddedColumns);
    const result = own.float32(columns * columns);
    own.kernels.packStrips(input.address, rows, columns, 4, a.address);
    own.kernels.packStrips(input.address, rows, columns, 8, b.address);
    own.kernels.product(a.address, b.address, out.address, paddedColumns, rows, panels);
    own.kernels.unpackStrips(out.address, paddedColumns, result.address, columns, columns);
    const expected = Float64Array.from({ length: columns * columns }, (_, i) => {
      let sum = 0;
      for (let r = 0; r < rows; r++) sum += at(r, Math.floor(i / columns)) * at(r, i % columns);
      return sum;
    });
    // sums of at most nine non-negative single-precision products
    expect(result.array).toBeAllclose(expected, { rtol: 1e-6 });
  });
});
