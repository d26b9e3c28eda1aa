import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { createArena, type KernelArena } from "../../src/numeric/kernels.ts";

const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 257];
const rows = 3;

/** An array in kernel memory with values from `least` to `least + 2`. */
function values(arena: KernelArena, length: number, name: string, least = 0) {
  const random = createRandom(`${name} ${length}`);
  const made = arena.float32(length);
  for (let i = 0; i < length; i++) made.array[i] = least + 2 * random.uniform();
  return made;
}

// Everything is compared with plain loops in double precision on the same single-precision inputs. Entries take a few
// roundings of 6e-8; sums take blocks of 16 additions a lane in single precision.
const entry = { rtol: 1e-6, atol: 1e-6 };

describe.each(lengths)("on rows of %i entries", (frames) => {
  const arena = createArena(4 * 16 * (frames + 16));
  const { kernels } = arena;
  const h = values(arena, frames, "h");
  const g = values(arena, frames, "g");
  const guide = values(arena, rows * frames, "guide");
  const projection = arena.float32(rows);
  const a = arena.float32(frames);
  const c = arena.float32(frames);
  const out = arena.float32(frames);
  const slope = arena.float64(1);
  const guard = values(arena, 4, "guard");
  const untouched = [...guard.array];

  /** p'S at entry n, with the p that the kernel uses. */
  const combined = (n: number) =>
    Array.from({ length: rows }, (_, j) => projection.array[j]! * guide.array[j * frames + n]!).reduce(
      (x, y) => x + y,
      0,
    );
  const squaresOf = (x: ArrayLike<number>) => Array.from(x).reduce((sum, value) => sum + value * value, 0);
  const relative = (actual: number, expected: number) =>
    expect(Math.abs(actual - expected)).toBeLessThanOrEqual(2e-6 * Math.abs(expected));

  it("guideProject equals the plain loop", () => {
    const squares = kernels.guideProject(guide.address, rows, frames, h.address, projection.address);
    const expected = Array.from({ length: rows }, (_, j) =>
      h.array.reduce((sum, value, n) => sum + value * guide.array[j * frames + n]!, 0),
    );
    expect(projection.array).toBeAllclose(expected, { rtol: 1e-6 });
    relative(squares, squaresOf(expected));
  });

  it("sphereTerms equals the plain loop", () => {
    const [scale, base, pull, shift] = [0.25, 3, -0.5, 0.125];
    projection.array.set([0.5, 0.25, 1.5]);
    const free = kernels.sphereTerms(
      h.address,
      g.address,
      guide.address,
      projection.address,
      rows,
      frames,
      scale,
      base,
      pull,
      shift,
      a.address,
      c.address,
    );
    expect(a.array).toBeAllclose(
      h.array.map((value, n) => scale * value * g.array[n]!),
      entry,
    );
    const expected = Array.from(h.array, (value, n) => base - pull * combined(n) - shift * value);
    expect(c.array).toBeAllclose(expected, entry);
    relative(free, squaresOf(a.array.map((value, n) => value / expected[n]!)));
  });

  it("sphereShift lowers c along h and finds the free minimiser's norm infinite where a c is negative", () => {
    for (let n = 0; n < frames; n++) {
      a.array[n] = g.array[n]!;
      c.array[n] = 3 + guide.array[n]!;
    }
    const expected = Array.from(c.array, (value, n) => value - 0.25 * h.array[n]!);
    const free = kernels.sphereShift(a.address, c.address, h.address, frames, 0.25);
    expect(c.array).toBeAllclose(expected, entry);
    relative(free, squaresOf(expected.map((value, n) => a.array[n]! / value)));
    for (const at of [0, frames - 1]) {
      if (frames === 0) break;
      const before = c.array[at]!;
      c.array[at] = -1e-3;
      expect(kernels.sphereShift(a.address, c.address, h.address, frames, 0)).toBe(Infinity);
      c.array[at] = before;
    }
  });

  it("sphereRoot solves 2 nu x^2 + c x = a entry by entry, c of either sign, and gives the norm's slope", () => {
    const signed = values(arena, frames, "signed", -1);
    const some = a.array;
    for (let n = 0; n < frames; n++) some[n] = n % 5 === 4 ? 0 : g.array[n]!;
    for (const nu of [0.01, 0.5, 40]) {
      const rootsAt = (multiplier: number) =>
        Array.from(some, (an, n) => {
          const cn = signed.array[n]!;
          const root = Math.sqrt(cn * cn + 8 * multiplier * an);
          return cn < 0 ? (root - cn) / (4 * multiplier) : an === 0 ? 0 : (2 * an) / (cn + root);
        });
      const x = rootsAt(Math.fround(nu));
      const squares = kernels.sphereRoot(a.address, signed.address, frames, nu, out.address, slope.address);
      expect(out.array).toBeAllclose(x, entry);
      relative(squares, squaresOf(x));
      // d sum x^2 / d nu by a central difference, good to its step squared
      const step = 1e-4 * nu;
      const derivative = (squaresOf(rootsAt(nu + step)) - squaresOf(rootsAt(nu - step))) / (2 * step);
      expect([-4 * slope.array[0]!]).toBeAllclose([derivative], { rtol: 1e-5, atol: 1e-12 });
    }
  });

  it("scaleRow equals the plain loop and puts out what is below 1e-30, in place too", () => {
    const source = arena.float32(frames);
    source.array.set(h.array);
    if (frames > 2) source.array[2] = 1e-31;
    const expected = source.array.map((value) => Math.fround(value * Math.fround(0.3)));
    if (frames > 2) expected[2] = 0;
    kernels.scaleRow(source.address, frames, 0.3, out.address);
    expect(out.array).toBeAllclose(expected);
    kernels.scaleRow(source.address, frames, 0.3, source.address);
    expect(source.array).toBeAllclose(expected);
  });

  it("contrastStep equals the plain loop, 0 / 0 being 0", () => {
    projection.array.set([0.5, 0.25, 1.5]);
    for (const [base, pull, push] of [
      [1, 0.5, 0],
      [0.5, 0, 0.75],
    ] as const) {
      const expected = Array.from(
        h.array,
        (value, n) => (value * (g.array[n]! + pull * combined(n))) / (base + push * combined(n)),
      );
      const step = (numerator: number, bottom: number, down: number) =>
        kernels.contrastStep(
          h.address,
          numerator,
          guide.address,
          projection.address,
          rows,
          frames,
          bottom,
          pull,
          down,
          out.address,
        );
      relative(step(g.address, base, push), squaresOf(expected));
      expect(out.array).toBeAllclose(expected, entry);
      if (pull > 0) continue;
      const nothing = arena.float32(frames);
      expect(step(nothing.address, 0, 0)).toBe(0);
      expect([...out.array]).toEqual(new Array(frames).fill(0));
    }
  });

  it("writes nothing outside its arrays", () => {
    expect([...guard.array]).toEqual(untouched);
  });
});
