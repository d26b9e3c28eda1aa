import { describe, expect, it } from "vitest";
import type { FloatArray } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { createFactorArena, type KernelBuild, kernelBuild, type Precision } from "../../src/numeric/kernels.ts";

const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 257];
const rows = 3;

// Everything is compared with plain loops in double precision on the same inputs. Entries take a few roundings (of 6e-8 in
// single precision); sums take blocks of 16 additions a lane in the kernels' precision.
const kernelsHere = [
  { precision: "float32", build: "simd128", entry: 1e-6 },
  { precision: "float64", build: "simd128", entry: 2e-15 },
  { precision: "float32", build: "relaxed-simd", entry: 1e-6 },
  { precision: "float64", build: "relaxed-simd", entry: 2e-15 },
].filter(({ build }) => build === "simd128" || build === kernelBuild()) as {
  precision: Precision;
  build: KernelBuild;
  entry: number;
}[];
const noRelaxed = kernelBuild() === "relaxed-simd" ? "" : " (skipped: this engine refuses relaxed SIMD)";

it.skipIf(noRelaxed !== "")(`the builds with relaxed SIMD are tested as well${noRelaxed}`, () => {
  expect(kernelsHere).toHaveLength(4);
});

/** Numbers kept free on either side of an array, odd so that arrays start between vectors as rows of a matrix do. */
const margin = 17;
const mark = -7;

const squaresOf = (x: ArrayLike<number>) => Array.from(x).reduce((sum, value) => sum + value * value, 0);

describe.each(kernelsHere)("in $precision, $build", ({ precision, build, entry }) => {
  const round = precision === "float32" ? Math.fround : (value: number) => value;
  const close = { rtol: entry, atol: entry };
  const relative = (actual: number, expected: number) =>
    expect([actual]).toBeAllclose([expected], { rtol: 2 * entry, atol: 0 });

  describe.each(lengths)("on rows of %i entries", (frames) => {
    /** Arrays with values from `least` to `least + 2`, with marks around each. */
    const setUp = () => {
      const arena = createFactorArena(8 * 16 * (frames + 3 * margin), precision, build);
      const marked: FloatArray[] = [];
      const values = (length: number, name: string, least = 0) => {
        const random = createRandom(`${name} ${length}`);
        const all = arena.array(length + 2 * margin).array.fill(mark);
        marked.push(all);
        const array = all.subarray(margin, margin + length);
        for (let i = 0; i < length; i++) array[i] = least + 2 * random.uniform();
        return { address: array.byteOffset, array };
      };
      const h = values(frames, "h");
      const g = values(frames, "g");
      const base = values(frames, "base", 0.5);
      const guide = values(rows * frames, "guide");
      const projection = values(rows, "projection");
      const a = values(frames, "a");
      const c = values(frames, "c", 3);
      const out = values(frames, "out");
      const slope = arena.float64(1);
      const inputs = [h, g, base, guide].map(({ array }) => ({ array, before: array.slice() }));
      return {
        kernels: arena.kernels,
        ...{ values, h, g, base, guide, projection, a, c, out, slope },
        /** p'S. */
        pulled: Array.from({ length: frames }, (_, n) =>
          Array.from(projection.array).reduce((sum, p, j) => sum + p * guide.array[j * frames + n]!, 0),
        ),
        /** Fails where an input was changed or something written outside the arrays. */
        check: () => {
          for (const { array, before } of inputs) expect(array).toEqual(before);
          const edges = marked.flatMap((all) => [...all.subarray(0, margin), ...all.subarray(-margin)]);
          expect(edges.every((value) => value === mark)).toBe(true);
        },
      };
    };

    it("guideProject equals the plain loop", () => {
      const { kernels, guide, h, projection, check } = setUp();
      const squares = kernels.guideProject(guide.address, rows, frames, h.address, projection.address);
      const expected = Array.from({ length: rows }, (_, j) =>
        Array.from(h.array).reduce((sum, value, n) => sum + value * guide.array[j * frames + n]!, 0),
      );
      expect(projection.array).toBeAllclose(expected, { rtol: entry });
      relative(squares, squaresOf(expected));
      check();
    });

    it("guidePull equals the plain loop", () => {
      const { kernels, guide, projection, out, pulled, check } = setUp();
      kernels.guidePull(guide.address, projection.address, rows, frames, out.address);
      expect(out.array).toBeAllclose(pulled, close);
      check();
    });

    it("sphereTerms equals the plain loop", () => {
      const { kernels, h, g, guide, projection, base, a, c, pulled, check } = setUp();
      const [scale, sparsity, pull, shift] = [0.25, 20, -0.5, 0.125];
      const free = kernels.sphereTerms(
        h.address,
        g.address,
        guide.address,
        projection.address,
        rows,
        frames,
        scale,
        base.address,
        sparsity,
        pull,
        shift,
        a.address,
        c.address,
      );
      expect(a.array).toBeAllclose(
        Array.from(h.array, (value, n) => scale * value * g.array[n]!),
        close,
      );
      const expected = Array.from(
        h.array,
        (value, n) => scale * (base.array[n]! + sparsity) - pull * pulled[n]! - shift * value,
      );
      expect(c.array).toBeAllclose(expected, { rtol: 2 * entry });
      relative(free, squaresOf(a.array.map((value, n) => value / c.array[n]!)));
      check();
    });

    it("sphereShift lowers c along h and finds the free minimiser's norm infinite where a c is negative", () => {
      const { kernels, h, a, c, check } = setUp();
      const expected = Array.from(c.array, (value, n) => value - 0.25 * h.array[n]!);
      const free = kernels.sphereShift(a.address, c.address, h.address, frames, 0.25);
      expect(c.array).toBeAllclose(expected, close);
      relative(free, squaresOf(expected.map((value, n) => a.array[n]! / value)));
      for (let at = 0; at < frames; at++) {
        const before = c.array[at]!;
        c.array[at] = -1e-3;
        expect(kernels.sphereShift(a.address, c.address, h.address, frames, 0)).toBe(Infinity);
        c.array[at] = before;
      }
      check();
    });

    it("sphereRoot solves 2 nu x^2 + c x = a entry by entry, c of either sign, and gives the norm's slope", () => {
      const { kernels, values, a, out, slope, check } = setUp();
      const signed = values(frames, "signed", -1);
      for (let n = 4; n < frames; n += 5) a.array[n] = 0;
      for (const nu of [0.01, 0.5, 40]) {
        const rootsAt = (multiplier: number) =>
          Array.from(a.array, (an, n) => {
            const cn = signed.array[n]!;
            const root = Math.sqrt(cn * cn + 8 * multiplier * an);
            return cn < 0 ? (root - cn) / (4 * multiplier) : an === 0 ? 0 : (2 * an) / (cn + root);
          });
        const x = rootsAt(round(nu));
        const squares = kernels.sphereRoot(a.address, signed.address, frames, nu, out.address, slope.address);
        expect(out.array).toBeAllclose(x, close);
        relative(squares, squaresOf(x));
        // d sum x^2 / d nu by a central difference, good to its step squared
        const step = 1e-4 * nu;
        const derivative = (squaresOf(rootsAt(nu + step)) - squaresOf(rootsAt(nu - step))) / (2 * step);
        expect([-4 * slope.array[0]!]).toBeAllclose([derivative], { rtol: 1e-5, atol: 1e-12 });
      }
      check();
    });

    it("contrastStep equals the plain loop, in place too, 0 / 0 being 0", () => {
      for (const [sparsity, pull, push] of [
        [1, 0.5, 0],
        [0.5, 0, 0.75],
      ] as const) {
        const { kernels, values, h, g, guide, projection, base, out, pulled, check } = setUp();
        const expected = Array.from(
          h.array,
          (value, n) => (value * (g.array[n]! + pull * pulled[n]!)) / (base.array[n]! + sparsity + push * pulled[n]!),
        );
        const step = (row: number, top: number, bottom: number, weights: [number, number, number], to: number) =>
          kernels.contrastStep(row, top, guide.address, projection.address, rows, frames, bottom, ...weights, to);
        relative(step(h.address, g.address, base.address, [sparsity, pull, push], out.address), squaresOf(expected));
        expect(out.array).toBeAllclose(expected, close);
        const own = values(frames, "h");
        step(own.address, g.address, base.address, [sparsity, pull, push], own.address);
        expect(own.array).toEqual(out.array);
        const nothing = values(frames, "nothing");
        nothing.array.fill(0);
        expect(step(h.address, nothing.address, nothing.address, [0, 0, 0], out.address)).toBe(0);
        expect([...out.array]).toEqual(new Array(frames).fill(0));
        check();
      }
    });
  });
});
