import { describe, expect, it } from "vitest";
import type { Matrix } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { kernelBuild, type Precision } from "../../src/numeric/kernels.ts";
import { type FactorModel, modelFloor } from "../../src/separation/factorModel.ts";
import { createPortableModel } from "../../src/separation/portableModel.ts";
import { betaDivergence, plainActivationTerms, plainDictionaryTerms, plainProduct } from "./plainFactorization.ts";

/** Random X (with zeros where beta allows them), W and H, rounded to single precision so that all see the same numbers. */
function problem(shape: { bins: number; frames: number; components: number }, beta = 1) {
  const { bins, frames, components } = shape;
  const random = createRandom(JSON.stringify(shape));
  const matrix = (rows: number, columns: number, scale: number, zeroIn = 0): Matrix<Float32Array> => ({
    rows,
    columns,
    data: Float32Array.from({ length: rows * columns }, () =>
      zeroIn > 0 && random.below(zeroIn) === 0 ? 0 : scale * (random.uniform() ** 2 + 0.01),
    ),
  });
  // X is like V in size, so that neither end of the divergence dominates
  return {
    x: matrix(frames, bins, 0.2 * components, beta > 0 ? 4 : 0),
    w: matrix(components, bins, 1),
    h: matrix(components, frames, 1),
  };
}

/** Terms and divergence by plain loops in double precision. */
function plain({ x, w, h }: ReturnType<typeof problem>, beta: number, floor = 0) {
  const factors = { dictionary: w, activations: h };
  const v = plainProduct(factors);
  for (let i = 0; i < v.data.length; i++) v.data[i]! += floor;
  return {
    activations: plainActivationTerms(x, factors, { beta, v }),
    dictionary: plainDictionaryTerms(x, factors, { beta, v }),
    divergence: betaDivergence(x.data, v.data, beta),
  };
}

/** Compares the terms the model holds. Above beta 1 what the floor alone leaves, some 1e-20, is below what counts. */
function expectTerms(model: FactorModel, truth: ReturnType<typeof plain>, rtol: number) {
  const close = { rtol, atol: 1e-18 };
  expect(model.activationTerms.numerator).toBeAllclose(truth.activations.numerator.data, close);
  expect(model.activationTerms.denominator).toBeAllclose(truth.activations.denominator.data, close);
  expect(model.dictionaryTerms.numerator).toBeAllclose(truth.dictionary.numerator.data, close);
  expect(model.dictionaryTerms.denominator).toBeAllclose(truth.dictionary.denominator.data, close);
}

/** Errors of a divergence are relative to it; at beta 1 the sums of X and V are taken apart, so there to those. */
function allowance(x: Matrix, beta: number, rtol: number) {
  return { rtol, atol: beta === 1 ? rtol * Array.from(x.data).reduce((sum, value) => sum + value, 0) : 0 };
}

const shapes = [
  { bins: 1, frames: 1, components: 1 },
  { bins: 7, frames: 5, components: 3 },
  { bins: 3, frames: 5, components: 61 }, // many more components than either side
  { bins: 66, frames: 67, components: 13 }, // two pieces of steps on both sides
  { bins: 257, frames: 31, components: 9 },
  { bins: 33, frames: 523, components: 5 }, // two blocks of strips along the frames
  { bins: 530, frames: 21, components: 4 }, // and along the bins
];
/** Sums of up to 530 products that are not negative, in practice far from their bound. */
const precisions: { precision: Precision; rtol: number }[] = [
  { precision: "float32", rtol: 1e-5 },
  { precision: "float64", rtol: 1e-13 },
];

describe.each([-1, 0, 0.3, 0.5, 1, 1.5, 2, 3])("at beta %f", (beta) => {
  it.each(shapes)(
    "terms and divergence are those of plain loops for $bins bins, $frames frames, $components components",
    (shape) => {
      const numbers = problem(shape, beta);
      const truth = plain(numbers, beta);
      for (const { precision, rtol } of precisions) {
        const model = createPortableModel(numbers.x, numbers.w, numbers.h, { beta, precision });
        expect(model).toMatchObject({ ...shape, beta });
        const divergences = [
          model.computeActivationTerms(true),
          model.computeDictionaryTerms(true),
          model.divergence(),
        ];
        expectTerms(model, truth, rtol);
        expect(divergences).toBeAllclose(Array(3).fill(truth.divergence), allowance(numbers.x, beta, rtol));
        // the divergence is made on the way: terms are the same without it
        const terms = [model.activationTerms, model.dictionaryTerms].flatMap((two) => [two.numerator, two.denominator]);
        const kept = terms.map((values) => values.slice());
        expect([model.computeActivationTerms(false), model.computeDictionaryTerms(false)]).toEqual([NaN, NaN]);
        terms.forEach((values, i) => {
          expect(values).toBeAllclose(kept[i]!);
        });
      }
    },
  );

  it.each(precisions)("cells and factors of zeros cost what the floor of V says, in $precision", (setting) => {
    const { precision, rtol } = setting;
    const numbers = problem({ bins: 13, frames: 19, components: 4 }, beta);
    const { x, w, h } = numbers;
    // bin 4 and frame 6 are reached by no component; component 1 has no spectrum, 2 no activations, 3 neither
    for (let k = 0; k < 4; k++) w.data[k * 13 + 4] = h.data[k * 19 + 6] = 0;
    w.data.fill(0, 13, 26).fill(0, 39);
    h.data.fill(0, 38);
    const truth = plain(numbers, beta, modelFloor(x, beta, precision));
    const model = createPortableModel(x, w, h, { beta, precision });
    const divergences = [model.computeActivationTerms(true), model.computeDictionaryTerms(true), model.divergence()];
    expect(divergences).toBeAllclose(Array(3).fill(truth.divergence), allowance(x, beta, rtol));
    expectTerms(model, truth, rtol);
  });

  it.each(precisions)("nothing is NaN or infinite where all factors are zero, in $precision", ({ precision }) => {
    const { x, w, h } = problem({ bins: 13, frames: 19, components: 3 }, beta);
    w.data.fill(0);
    h.data.fill(0);
    const model = createPortableModel(x, w, h, { beta, precision });
    const divergences = [model.computeActivationTerms(true), model.computeDictionaryTerms(true), model.divergence()];
    expect(divergences.every(Number.isFinite)).toBe(true);
    for (const { numerator, denominator } of [model.activationTerms, model.dictionaryTerms]) {
      expect([...numerator, ...denominator].every((value) => value === 0)).toBe(true);
    }
  });
});

describe.each(precisions)("joint terms in $precision", ({ precision, rtol }) => {
  it.each([...shapes, { bins: 90, frames: 83, components: 6 }])(
    "are those of plain loops for $bins bins, $frames frames, $components components",
    (shape) => {
      const numbers = problem(shape);
      const truth = plain(numbers, 1);
      const model = createPortableModel(numbers.x, numbers.w, numbers.h, { beta: 1, precision });
      const divergence = model.computeJointTerms(true);
      expectTerms(model, truth, rtol);
      expect([divergence]).toBeAllclose([truth.divergence], allowance(numbers.x, 1, rtol));
      expect(model.computeJointTerms(false)).toBeNaN();
      expectTerms(model, truth, rtol);
    },
  );

  it("are those of plain loops where a component, a bin and a frame are zero", () => {
    const numbers = problem({ bins: 13, frames: 19, components: 3 });
    const { x, w, h } = numbers;
    for (let k = 0; k < 3; k++) w.data[k * 13 + 4] = h.data[k * 19 + 6] = 0;
    w.data.fill(0, 13, 26);
    h.data.fill(0, 19, 38);
    const model = createPortableModel(x, w, h, { beta: 1, precision });
    const divergence = model.computeJointTerms(true);
    const truth = plain(numbers, 1, modelFloor(x, 1, precision));
    expect([divergence]).toBeAllclose([truth.divergence], allowance(x, 1, rtol));
    expectTerms(model, truth, rtol);
  });
});

describe.each(precisions)("the portable model in $precision", ({ precision }) => {
  const Floats = precision === "float32" ? Float32Array : Float64Array;

  it.each([0, 1, 2])("what is written into the factors counts from the next call on, at beta %d", (beta) => {
    const { x, w, h } = problem({ bins: 9, frames: 13, components: 4 }, beta);
    const model = createPortableModel(x, w, h, { beta, precision });
    model.computeActivationTerms(false);
    const other = {
      w: { ...w, data: w.data.map((value) => 2 * value + 0.1) },
      h: { ...h, data: h.data.map((value) => 3 * value + 0.2) },
    };
    model.dictionary.set(other.w.data);
    model.activations.set(other.h.data);
    const fresh = createPortableModel(x, other.w, other.h, { beta, precision });
    expect(model.divergence()).toBe(fresh.divergence());
    expect(model.computeActivationTerms(true)).toBe(fresh.computeActivationTerms(true));
    expect(model.computeDictionaryTerms(true)).toBe(fresh.computeDictionaryTerms(true));
    expect(model.activationTerms).toEqual(fresh.activationTerms);
    expect(model.dictionaryTerms).toEqual(fresh.dictionaryTerms);
  });

  it("copies what it is given, changes none of it, and has the same arrays at every call", () => {
    const { x, w, h } = problem({ bins: 9, frames: 13, components: 4 });
    const before = [x, w, h].map(({ data }) => data.slice());
    const model = createPortableModel(x, w, h, { beta: 1, precision });
    const arrays = () => [
      model.dictionary,
      model.activations,
      model.activationTerms.numerator,
      model.activationTerms.denominator,
      model.dictionaryTerms.numerator,
      model.dictionaryTerms.denominator,
    ];
    const first = arrays();
    model.computeActivationTerms(true);
    model.computeDictionaryTerms(true);
    model.computeJointTerms(true);
    arrays().forEach((array, i) => {
      expect(array).toBe(first[i]);
      expect(array).toBeInstanceOf(Floats);
      expect(array.buffer).toBe(model.arena.buffer);
    });
    expect([...model.dictionary]).toEqual([...w.data]);
    expect([...model.activations]).toEqual([...h.data]);
    model.dictionary.fill(0);
    expect([x, w, h].map(({ data }) => data)).toEqual(before);
  });

  it("leaves the room asked for in its arena, and what is put there stays", () => {
    const { x, w, h } = problem({ bins: 33, frames: 41, components: 5 });
    const model = createPortableModel(x, w, h, { beta: 2, precision, extraBytes: 8e6 });
    const own = model.arena.array(8e6 / Floats.BYTES_PER_ELEMENT).array.fill(-7);
    model.computeActivationTerms(true);
    model.computeDictionaryTerms(true);
    expect(own.every((value) => value === -7)).toBe(true);
    expect(() => model.arena.array(8e6 / Floats.BYTES_PER_ELEMENT)).toThrow(/full/);
  });

  it("names its kernels", () => {
    const { x, w, h } = problem({ bins: 3, frames: 4, components: 2 });
    const model = createPortableModel(x, w, h, { beta: 1, precision });
    expect(model.accelerator).toBe(`portable (${kernelBuild()})`);
    expect(model.arena.precision).toBe(precision);
  });
});

describe("the floor of V", () => {
  it.each(precisions)("follows the mean of X, in $precision", ({ precision }) => {
    const { x } = problem({ bins: 9, frames: 13, components: 4 });
    const mean = x.data.reduce((sum, value) => sum + value, 0) / x.data.length;
    expect([modelFloor(x, 1, precision)]).toBeAllclose([1e-20 * mean], { rtol: 1e-12 });
    const louder = { ...x, data: x.data.map((value) => 1024 * value) };
    expect(modelFloor(louder, 1, precision)).toBe(1024 * modelFloor(x, 1, precision));
    expect(modelFloor({ ...x, data: x.data.map((value) => 1e-25 * value) }, 1, precision)).toBe(1e-37);
  });

  it.each([-3, -1, 0, 0.3, 0.5, 0.99])("leaves the powers of V in single precision, at beta %f", (beta) => {
    const x = { rows: 1, columns: 1, data: Float32Array.of(1) };
    const power = Math.fround(modelFloor(x, beta, "float32")) ** (beta - 2);
    expect(power).toBeLessThan(1.001e30);
    expect(modelFloor(x, beta, "float64")).toBe(1e-20);
  });
});
