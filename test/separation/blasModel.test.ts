import { describe, expect, it } from "vitest";
import type { Matrix } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { type Blas, loadBlas } from "../../src/numeric/blas.ts";
import type { Precision } from "../../src/numeric/kernels.ts";
import { createBlasModel } from "../../src/separation/blasModel.ts";

const found = loadBlas();
const missing = "reason" in found ? found.reason : "";

/** Random X (with zeros where beta allows), W and H, rounded to single precision so that all see the same numbers. */
function problem(bins: number, frames: number, components: number, beta: number) {
  const random = createRandom(`${bins} ${frames} ${components}`);
  const matrix = (rows: number, columns: number, zeros: boolean): Matrix<Float32Array> => ({
    rows,
    columns,
    data: Float32Array.from({ length: rows * columns }, () =>
      zeros && random.below(4) === 0 ? 0 : random.uniform() ** 2 + 0.01,
    ),
  });
  const scale = 0.2 * components;
  const x = matrix(frames, bins, beta > 0);
  // like V in size, so that neither end of the divergence dominates
  x.data.forEach((value, i) => {
    x.data[i] = value * scale;
  });
  return { x, w: matrix(components, bins, false), h: matrix(components, frames, false) };
}

/** Terms and divergence by plain loops in double precision. */
function plain({ x, w, h }: ReturnType<typeof problem>, beta: number) {
  const { rows: frames, columns: bins } = x;
  const components = w.rows;
  const activation = { top: new Float64Array(h.data.length), bottom: new Float64Array(h.data.length) };
  const dictionary = { top: new Float64Array(w.data.length), bottom: new Float64Array(w.data.length) };
  let divergence = 0;
  for (let n = 0; n < frames; n++) {
    for (let m = 0; m < bins; m++) {
      let v = 0;
      for (let k = 0; k < components; k++) v += w.data[k * bins + m]! * h.data[k * frames + n]!;
      const value = x.data[n * bins + m]!;
      if (beta === 0) divergence += value / v - Math.log(value / v) - 1;
      else if (beta === 1) divergence += (value === 0 ? 0 : value * Math.log(value / v)) - value + v;
      else
        divergence += (value ** beta + (beta - 1) * v ** beta - beta * value * v ** (beta - 1)) / (beta * (beta - 1));
      const top = value * v ** (beta - 2);
      const bottom = v ** (beta - 1);
      for (let k = 0; k < components; k++) {
        const wk = w.data[k * bins + m]!;
        const hk = h.data[k * frames + n]!;
        activation.top[k * frames + n]! += wk * top;
        activation.bottom[k * frames + n]! += wk * bottom;
        dictionary.top[k * bins + m]! += hk * top;
        dictionary.bottom[k * bins + m]! += hk * bottom;
      }
    }
  }
  return { activation, dictionary, divergence };
}

const shapes = [
  { bins: 1, frames: 1, components: 1 },
  { bins: 7, frames: 5, components: 3 },
  { bins: 5, frames: 6, components: 9 }, // more components than either side
  { bins: 257, frames: 61, components: 5 },
  { bins: 31, frames: 203, components: 17 },
  { bins: 700, frames: 100, components: 3 }, // bins in pieces where small products are packed
  { bins: 1500, frames: 19, components: 67 }, // where they are not; components in two groups
];
const precisions: { precision: Precision; rtol: number }[] = [
  { precision: "float32", rtol: 1e-5 },
  { precision: "float64", rtol: 1e-12 },
];

describe.skipIf(missing)(`blasModel${missing && ` (skipped: ${missing})`}`, () => {
  describe.each([-1, 0, 0.5, 0.7, 1, 1.5, 2, 3])("at beta %f", (beta) => {
    it.each(shapes)(
      "terms and divergence are those of plain loops for $bins bins, $frames frames, $components components",
      ({ bins, frames, components }) => {
        const numbers = problem(bins, frames, components, beta);
        const truth = plain(numbers, beta);
        for (const { precision, rtol } of precisions) {
          for (const smallProducts of [false, true]) {
            const blas = { ...(found as Blas), smallProducts };
            const model = createBlasModel(numbers.x, numbers.w, numbers.h, { beta, precision, blas });
            const divergences = [
              model.computeActivationTerms(true),
              model.computeDictionaryTerms(true),
              model.divergence(),
            ];
            expect(model.activationTerms.numerator).toBeAllclose(truth.activation.top, { rtol });
            expect(model.activationTerms.denominator).toBeAllclose(truth.activation.bottom, { rtol });
            expect(model.dictionaryTerms.numerator).toBeAllclose(truth.dictionary.top, { rtol });
            expect(model.dictionaryTerms.denominator).toBeAllclose(truth.dictionary.bottom, { rtol });
            // at beta 1 the sums of X and V are taken apart, so that errors are relative to them
            const atol = beta === 1 ? rtol * numbers.x.data.reduce((sum, value) => sum + value, 0) : 0;
            expect(divergences).toBeAllclose(Array(3).fill(truth.divergence), { rtol, atol });
            expect(model.computeActivationTerms(false)).toBeNaN();
          }
        }
      },
    );
  });

  it.each(precisions)("joint terms are the terms of both sides, in $precision", ({ precision }) => {
    const blas = found as Blas;
    const { x, w, h } = problem(257, 61, 5, 1);
    const apart = createBlasModel(x, w, h, { beta: 1, precision, blas });
    const joint = createBlasModel(x, w, h, { beta: 1, precision, blas });
    const divergence = apart.computeActivationTerms(true);
    apart.computeDictionaryTerms(false);
    expect(joint.computeJointTerms(true)).toBe(divergence);
    expect(joint.activationTerms).toEqual(apart.activationTerms);
    expect(joint.dictionaryTerms).toEqual(apart.dictionaryTerms);
  });

  it("joint terms are refused at other betas than 1", () => {
    const { x, w, h } = problem(5, 6, 2, 2);
    const model = createBlasModel(x, w, h, { beta: 2, precision: "float64", blas: found as Blas });
    expect(() => model.computeJointTerms(false)).toThrow("joint terms at beta 2");
  });

  it("what is written into the factors counts from the next call on, and inputs are not changed", () => {
    const { x, w, h } = problem(9, 13, 4, 1);
    const copies = [x, w, h].map(({ data }) => data.slice());
    const model = createBlasModel(x, w, h, { beta: 1, precision: "float64", blas: found as Blas });
    const before = model.divergence();
    model.dictionary.forEach((value, i) => {
      model.dictionary[i] = 2 * value;
    });
    model.activations.forEach((value, i) => {
      model.activations[i] = value / 2;
    });
    expect([model.divergence()]).toBeAllclose([before], { rtol: 1e-12 });
    model.activations.fill(0);
    expect(model.divergence()).toBeGreaterThan(before);
    expect([x, w, h].map(({ data }) => data)).toEqual(copies);
  });

  it.each([-1, 0, 0.5, 1, 2, 3])("nothing overflows at beta %f where no component reaches a cell", (beta) => {
    const { x, w, h } = problem(20, 30, 3, beta);
    for (let k = 0; k < 3; k++) w.data[k * 20 + 4] = 0;
    for (const { precision } of precisions) {
      const model = createBlasModel(x, w, h, { beta, precision, blas: found as Blas });
      const divergence = model.computeActivationTerms(true);
      model.computeDictionaryTerms(false);
      expect(Number.isFinite(divergence)).toBe(true);
      for (const { numerator, denominator } of [model.activationTerms, model.dictionaryTerms]) {
        expect(numerator.every(Number.isFinite)).toBe(true);
        expect(denominator.every(Number.isFinite)).toBe(true);
      }
    }
  });

  it("leaves the room asked for in its arena", () => {
    const { x, w, h } = problem(5, 6, 2, 1);
    const model = createBlasModel(x, w, h, { beta: 1, precision: "float64", blas: found as Blas, extraBytes: 8e6 });
    expect(model.arena.array(1e6).array).toHaveLength(1e6);
  });
});
