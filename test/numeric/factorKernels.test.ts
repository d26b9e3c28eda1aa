import { describe, expect, it } from "vitest";
import type { FloatArray } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import {
  createFactorArena,
  type FactorArena,
  type KernelBuild,
  kernelBuild,
  type Precision,
} from "../../src/numeric/kernels.ts";

// The kernels that `betaTerms` (terms.test.ts), sphereKernels.test.ts and columnsKernels.test.ts leave; those that only make sense
// together (factorTerms, factorDivergence, dataProduct, jointTerms) are in ../separation/portableModel.test.ts.

const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 257];
/** Precisions and builds that run here. */
const kernelsHere = [
  { precision: "float32", build: "simd128" },
  { precision: "float64", build: "simd128" },
  { precision: "float32", build: "relaxed-simd" },
  { precision: "float64", build: "relaxed-simd" },
].filter(({ build }) => build === "simd128" || build === kernelBuild()) as {
  precision: Precision;
  build: KernelBuild;
}[];
const noRelaxed = kernelBuild() === "relaxed-simd" ? "" : " (skipped: this engine refuses relaxed SIMD)";

/** Numbers kept free on either side of an array, odd so that arrays start between vectors as rows of a matrix do. */
const margin = 17;
const mark = -7;

/** Arrays of one arena, with marks around each. */
function place(arena: FactorArena) {
  const marked: FloatArray[] = [];
  const edges = () => marked.map((all) => [...all.subarray(0, margin), ...all.subarray(-margin)]);
  return {
    make(length: number, value: (i: number) => number) {
      const all = arena.array(length + 2 * margin).array.fill(mark);
      marked.push(all);
      const array = all.subarray(margin, margin + length);
      for (let i = 0; i < length; i++) array[i] = value(i);
      return { address: array.byteOffset, array };
    },
    /** Fails where something was written outside the arrays. */
    check: () => expect(edges()).toEqual(marked.map(() => new Array(2 * margin).fill(mark))),
  };
}

/** Values between 0 and 2, some of them 0. */
function values(name: string) {
  const random = createRandom(name);
  return () => (random.below(6) === 0 ? 0 : 2 * random.uniform());
}

it.skipIf(noRelaxed !== "")(`the builds with relaxed SIMD are tested as well${noRelaxed}`, () => {
  expect(kernelsHere).toHaveLength(4);
});

describe.each(kernelsHere)("in $precision, $build", ({ precision, build }) => {
  const round = precision === "float32" ? Math.fround : (value: number) => value;
  const unit = precision === "float32" ? 2 ** -24 : 2 ** -53;
  const start = (numbers: number) => {
    const arena = createFactorArena(8 * numbers + 1e4, precision, build);
    return { kernels: arena.kernels, ...place(arena) };
  };

  describe.each(lengths)("on %i elements", (length) => {
    it("dot and sum equal the plain loops, summed in double precision", () => {
      const { kernels, make, check } = start(4 * length);
      const random = createRandom(`signed ${length}`);
      const [a, b] = [make(length, random.normal), make(length, random.normal)];
      const products = Float64Array.from(a.array, (value, i) => value * b.array[i]!);
      for (const [result, terms] of [
        [kernels.dot(a.address, b.address, length), products],
        [kernels.sum(a.address, length), a.array],
      ] as const) {
        let expected = 0;
        let size = 0;
        for (const term of terms) {
          expected += term;
          size += Math.abs(term);
        }
        // the same terms in another order
        expect([result]).toBeAllclose([expected], { atol: length * 2 ** -53 * size });
      }
      check();
    });

    it("fill writes every entry", () => {
      const { kernels, make, check } = start(2 * length);
      const target = make(length, () => 1);
      kernels.fill(target.address, 0.3, length);
      expect([...target.array]).toEqual(new Array(length).fill(round(0.3)));
      check();
    });

    it("addInto equals the plain loop", () => {
      const { kernels, make, check } = start(4 * length);
      const [target, source] = [make(length, values("a")), make(length, values("b"))];
      const before = source.array.slice();
      const expected = Array.from(target.array, (value, i) => round(value + before[i]!));
      kernels.addInto(target.address, source.address, length);
      expect([...target.array]).toEqual(expected);
      expect(source.array).toEqual(before);
      check();
    });

    it("scaleRow equals the plain loop and puts out what is below 1e-30, in place too", () => {
      const { kernels, make, check } = start(4 * length);
      const x = make(length, values("x"));
      for (let i = 0; i < length; i += 3) x.array[i] = i % 2 ? 1e-29 : 1e-30;
      const out = make(length, () => 5);
      const expected = Array.from(x.array, (value) => (value === round(1e-30) ? 0 : round(round(0.3) * value)));
      kernels.scaleRow(x.address, length, 0.3, out.address);
      expect([...out.array]).toEqual(expected);
      kernels.scaleRow(x.address, length, 0.3, x.address);
      expect([...x.array]).toEqual(expected);
      check();
    });

    it.each([1, 0.5, 1.3, 1 / 3, 2])("multiplicativeStep equals the plain loop with exponent %d", (exponent) => {
      // every kind of entry comes to every place of a vector and of what is left after the last
      for (const kind of [0, 1, 2, 3, 4, 5]) {
        for (const weight of [0, 0.7]) {
          const { kernels, make, check } = start(8 * length);
          const random = createRandom(`${kind}`);
          const target = make(length, () => 0.1 + random.uniform());
          const numerator = make(length, () => 0.1 + random.uniform());
          const denominator = make(length, () => 0.1 + random.uniform());
          for (let i = 0; i < length; i++) {
            const at = (i + kind) % 6;
            if (at === 0) target.array[i] = 0;
            if (at === 1) numerator.array[i] = 0;
            if (at === 2) denominator.array[i] = 9e-31;
            if (at === 3) denominator.array[i] = numerator.array[i] = 0;
            if (at === 4) target.array[i] = 1e-31;
          }
          const before = [numerator.array.slice(), denominator.array.slice()];
          const expected = Array.from(target.array, (value, i) => {
            const bottom = denominator.array[i]! + round(weight);
            const stepped = value * (numerator.array[i]! / bottom) ** round(exponent);
            return bottom < 1e-30 || stepped < 1e-30 ? 0 : stepped;
          });
          kernels.multiplicativeStep(target.address, numerator.address, denominator.address, weight, exponent, length);
          // a few roundings, and where there is a power those of a logarithm of at most 3 times the exponent
          expect(target.array).toBeAllclose(expected, { rtol: 16 * unit });
          expect([numerator.array, denominator.array]).toEqual(before);
          check();
        }
      }
    });

    it("logTerms equals the plain loop with 0 log 0 = 0", () => {
      const { kernels, make, check } = start(4 * length);
      const x = make(length, values("x"));
      const random = createRandom("ratio");
      // over 40 decades, and some near 1 where the logarithm is small
      const wide = (i: number) => (i % 3 === 0 ? 1 + 1e-3 * random.normal() : 10 ** (40 * random.uniform() - 20));
      const ratio = make(length, (i) => (x.array[i] === 0 ? 0 : wide(i)));
      let expected = 0;
      let size = 0;
      for (let i = 0; i < length; i++) {
        if (x.array[i] === 0) continue;
        const term = x.array[i]! * Math.log(ratio.array[i]!);
        expected += term;
        size += Math.abs(term);
      }
      // each term rounded once after a logarithm to 2e-7 or 1 unit in the last place, summed in double precision
      const atol = (6 * unit + length * 2 ** -53) * size;
      expect([kernels.logTerms(x.address, ratio.address, length)]).toBeAllclose([expected], { atol });
      check();
    });
  });

  const logarithms = [1e-37, 1e-30, 1e-5, 0.5, 0.7, 0.71, 0.999, 1, 1.0001, 1.41, 1.42, 2, 3, 1e7, 1e38];

  it.each(logarithms)("the logarithm of %d is that of Math.log", (number) => {
    const { kernels, make } = start(200);
    const [x, ratio] = [make(4, () => 1), make(4, () => number)];
    const rtol = precision === "float32" ? 2e-7 : 2 ** -52;
    const truth = 4 * Math.log(ratio.array[0]!);
    expect([kernels.logTerms(x.address, ratio.address, 4)]).toBeAllclose([truth], { rtol });
  });

  /** The power of each base, by a step from ones. */
  const powers = (bases: number[], exponent: number) => {
    const { kernels, make } = start(200);
    const [x, ones] = [make(4, () => 1), make(4, () => 1)];
    const base = make(4, (i) => bases[i]!);
    kernels.multiplicativeStep(x.address, base.address, ones.address, 0, exponent, 4);
    return { base: base.array, result: x.array };
  };

  it.each([
    [1e-20, 1.3],
    [1e-4, 7],
    [0.999, 250],
    [3.7, 1e-3],
    [1e7, 4.9],
    [1e20, 1.3],
  ])("%d to the power of %d is that of Math.pow, and 0 to it is 0", (number, exponent) => {
    const { base, result } = powers([number, number, 0, number], exponent);
    const expected = Array.from(base, (value) => value ** round(exponent));
    // the error of the logarithm counts exponent-fold
    expect(result).toBeAllclose(expected, { rtol: unit * (6 + 4 * Math.abs(exponent * Math.log(number))) });
  });

  it("powers beyond the largest number stay at it", () => {
    const [number, largest] = precision === "float32" ? [1e30, 3.4028e38] : [1e300, 1.7976e308];
    const { result } = powers([number, number, number, number], 1.3);
    expect(result).toBeAllclose(new Array(4).fill(largest), { rtol: 1e-4 });
  });

  const shapes = lengths.filter((n) => n > 0).flatMap((columns) => [1, 3, 4, 9].map((rows) => ({ rows, columns })));

  describe.each(shapes)("$rows x $columns", ({ rows, columns }) => {
    const strip = precision === "float32" ? 8 : 4;
    /** A matrix in a memory of its own and its entry, 0 outside. */
    const matrix = (numbers: number) => {
      const tools = start(2 * rows * columns + numbers);
      const source = tools.make(rows * columns, values(`${rows} ${columns}`));
      const at = (r: number, c: number) => (r < rows && c < columns ? source.array[r * columns + c]! : 0);
      return { ...tools, source, at };
    };

    it("packStrips cuts the columns into strips of 4 or of two vectors, the last filled with zeros", () => {
      for (const width of [4, strip]) {
        const length = Math.ceil(columns / width) * rows * width;
        const { kernels, make, check, source, at } = matrix(2 * length);
        const target = make(length, () => 7);
        kernels.packStrips(source.address, rows, columns, width, target.address);
        const expected = Array.from(target.array, (_, i) =>
          at(Math.floor(i / width) % rows, width * Math.floor(i / width / rows) + (i % width)),
        );
        expect([...target.array]).toEqual(expected);
        check();
      }
    });

    it("unpackStrips undoes packStrips, leaving rows out that were only there to fill up", () => {
      const sourceRows = rows + 3;
      const length = Math.ceil(columns / strip) * sourceRows * strip;
      const { kernels, make, check } = matrix(2 * length + sourceRows * columns);
      const filled = make(sourceRows * columns, values("filled"));
      const packed = make(length, () => 7);
      const back = make(rows * columns, () => 7);
      kernels.packStrips(filled.address, sourceRows, columns, strip, packed.address);
      kernels.unpackStrips(packed.address, sourceRows, back.address, rows, columns);
      expect(back.array).toEqual(filled.array.slice(0, rows * columns));
      check();
    });

    it.each([0, 4, 8])("packInterleaved puts four rows side by side, with %i columns more of zeros", (more) => {
      const padded = 4 * Math.ceil(columns / 4) + more;
      const length = 4 * Math.ceil(rows / 4) * padded;
      const { kernels, make, check, source, at } = matrix(2 * length);
      const target = make(length, () => 7);
      kernels.packInterleaved(source.address, rows, columns, padded, target.address);
      const expected = Array.from(target.array, (_, i) =>
        at(4 * Math.floor(i / 4 / padded) + (i % 4), Math.floor(i / 4) % padded),
      );
      expect([...target.array]).toEqual(expected);
      check();
    });

    it("product equals the plain loop, fresh or added to what is there", () => {
      // the matrix is A and B at once: A'A, [columns, columns]
      const padded = 4 * Math.ceil(columns / 4);
      const panels = Math.ceil(columns / strip);
      const length = panels * strip * padded;
      const { kernels, make, check, source, at } = matrix(2 * length + 2 * columns ** 2 + 4 * rows * (padded + strip));
      const a = make(rows * padded, () => 7);
      const b = make(rows * strip * panels, () => 7);
      const out = make(length, () => 7);
      const result = make(columns * columns, () => 7);
      kernels.packStrips(source.address, rows, columns, 4, a.address);
      kernels.packStrips(source.address, rows, columns, strip, b.address);
      const expected = Float64Array.from({ length: columns * columns }, (_, i) => {
        let sum = 0;
        for (let r = 0; r < rows; r++) sum += at(r, Math.floor(i / columns)) * at(r, i % columns);
        return sum;
      });
      for (const [fresh, times] of [
        [true, 1],
        [false, 2],
      ] as const) {
        kernels.product(a.address, b.address, out.address, padded, rows, panels, fresh);
        kernels.unpackStrips(out.address, padded, result.address, columns, columns);
        // sums of at most 18 products that are not negative
        const scaled = expected.map((value) => times * value);
        expect(result.array).toBeAllclose(scaled, { rtol: 20 * unit });
      }
      check();
    });
  });
});
