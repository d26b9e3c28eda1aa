import { describe, expect, it } from "vitest";
import type { FloatArray, Matrix } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import type { Precision } from "../../src/numeric/kernels.ts";
import { createTemplateModel, normalizePatches, type TemplateModel } from "../../src/separation/templateModel.ts";
import {
  betaDivergence,
  type PlainFactors,
  plainActivationTerms,
  plainDictionaryTerms,
  plainProduct,
} from "./plainFactorization.ts";

interface Shape {
  bins: number;
  frames: number;
  components: number;
  templateFrames: number;
}

/** Random X, patches and H, rounded to single precision so that all see the same numbers. */
function problem(shape: Shape) {
  const { bins, frames, components, templateFrames } = shape;
  const random = createRandom(JSON.stringify(shape));
  const matrix = (rows: number, columns: number, scale: number): Matrix<Float32Array> => ({
    rows,
    columns,
    data: Float32Array.from({ length: rows * columns }, () => scale * (random.uniform() + 0.05)),
  });
  return {
    x: matrix(frames, bins, 0.3 * components * templateFrames),
    w: matrix(components * templateFrames, bins, 1),
    h: matrix(components, frames, 1),
  };
}

const shapes: Shape[] = [
  { bins: 1, frames: 1, components: 1, templateFrames: 1 },
  { bins: 5, frames: 7, components: 3, templateFrames: 1 },
  { bins: 7, frames: 9, components: 3, templateFrames: 4 },
  { bins: 5, frames: 6, components: 2, templateFrames: 6 }, // patches as long as the signal
  { bins: 67, frames: 71, components: 2, templateFrames: 5 },
];
const precisions: { precision: Precision; rtol: number }[] = [
  { precision: "float32", rtol: 1e-5 },
  { precision: "float64", rtol: 1e-13 },
];

/** The factors a model holds. */
function factorsOf({ model, components, templateFrames, dictionary, activations }: TemplateModel): PlainFactors {
  return {
    dictionary: { rows: components * templateFrames, columns: model.bins, data: dictionary },
    activations: { rows: components, columns: model.frames, data: activations },
    templateFrames,
  };
}

describe.each(precisions)("in $precision", ({ precision, rtol }) => {
  const make = ({ x, w, h }: ReturnType<typeof problem>, beta = 1, extraBytes = 0) =>
    createTemplateModel(x, w, h, { beta, precision, accelerator: "portable", extraBytes });
  const small = { bins: 7, frames: 9, components: 3, templateFrames: 4 };

  describe.each(shapes)("with $bins bins, $frames frames, $components components, T = $templateFrames", (shape) => {
    it.each([0, 0.5, 1, 2, 3])("terms and divergence are those of plain loops, at beta %f", (beta) => {
      const numbers = problem(shape);
      const { x } = numbers;
      const template = make(numbers, beta);
      expect(template).toMatchObject({ components: shape.components, templateFrames: shape.templateFrames });
      const factors = factorsOf(template);
      const v = plainProduct(factors);
      const divergence = template.computeActivationTerms(true);
      expect(template.computeActivationTerms(false)).toBeNaN();
      const other = template.model.computeDictionaryTerms(true);
      const activations = plainActivationTerms(x, factors, { beta, v });
      const dictionary = plainDictionaryTerms(x, factors, { beta, v });
      expect(template.activationTerms.numerator).toBeAllclose(activations.numerator.data, { rtol });
      expect(template.activationTerms.denominator).toBeAllclose(activations.denominator.data, { rtol });
      expect(template.model.dictionaryTerms.numerator).toBeAllclose(dictionary.numerator.data, { rtol });
      expect(template.model.dictionaryTerms.denominator).toBeAllclose(dictionary.denominator.data, { rtol });
      // at beta 1 the sums of X and V are taken apart, so that errors are relative to them
      const sumOfX = Array.from(x.data).reduce((sum, value) => sum + value, 0);
      expect([divergence, other, template.model.divergence()]).toBeAllclose(
        Array(3).fill(betaDivergence(x.data, v.data, beta)),
        { rtol, atol: beta === 1 ? rtol * sumOfX : 0 },
      );
    });

    it("joint terms are the terms of both sides", () => {
      const numbers = problem(shape);
      const [joint, apart] = [make(numbers), make(numbers)];
      const divergence = apart.computeActivationTerms(true);
      apart.model.computeDictionaryTerms(false);
      const atol = rtol * Array.from(numbers.x.data).reduce((sum, value) => sum + value, 0);
      expect([joint.computeJointTerms(true)]).toBeAllclose([divergence], { atol });
      for (const [own, other] of [
        [joint.activationTerms, apart.activationTerms],
        [joint.model.dictionaryTerms, apart.model.dictionaryTerms],
      ] as const) {
        expect(own.numerator).toBeAllclose(other.numerator, { rtol });
        expect(own.denominator).toBeAllclose(other.denominator, { rtol });
      }
      expect(joint.computeJointTerms(false)).toBeNaN();
    });

    it("the plain model inside has row k of H, moved t frames later and zeros before, as row k T + t", () => {
      const numbers = problem(shape);
      const { frames, templateFrames, components } = shape;
      const template = make(numbers);
      const expected = (h: ArrayLike<number>) =>
        Array.from({ length: components * templateFrames * frames }, (_, i) => {
          const row = Math.floor(i / frames);
          const from = (i % frames) - (row % templateFrames);
          return from < 0 ? 0 : h[Math.floor(row / templateFrames) * frames + from]!;
        });
      expect([...template.model.activations]).toEqual(expected(numbers.h.data));
      template.activations.fill(0.5).fill(0.25, frames);
      template.shift();
      expect([...template.model.activations]).toEqual(expected(template.activations));
    });
  });

  it("with T = 1 everything is the plain model's own", () => {
    const template = make(problem({ ...small, templateFrames: 1 }));
    const { model } = template;
    expect(template.dictionary).toBe(model.dictionary);
    expect(template.activations).toBe(model.activations);
    expect(template.activationTerms).toBe(model.activationTerms);
    template.activations.fill(0.5);
    const divergence = model.divergence();
    template.shift();
    expect(model.divergence()).toBe(divergence);
  });

  it("what is written into H counts from the next shift on, into the patches at once", () => {
    const numbers = problem(small);
    const template = make(numbers);
    const before = template.model.divergence();
    template.activations.forEach((value, i) => {
      template.activations[i] = 2 * value;
    });
    expect(template.model.divergence()).toBe(before);
    template.dictionary.forEach((value, i) => {
      template.dictionary[i] = value / 2;
    });
    expect(template.model.divergence()).not.toBe(before);
    template.shift();
    expect(template.model.divergence()).toBe(before);
  });

  it("changes nothing it is given", () => {
    const { x, w, h } = problem(small);
    const before = [x, w, h].map(({ data }) => data.slice());
    const template = make({ x, w, h });
    template.computeActivationTerms(true);
    template.dictionary.fill(0);
    template.activations.fill(0);
    template.shift();
    expect([x, w, h].map(({ data }) => data)).toEqual(before);
  });

  it.each([1, 4])("leaves the room asked for in its arena, T = %i", (templateFrames) => {
    const template = make(problem({ ...small, templateFrames }), 1, 8e6);
    const numbers = 8e6 / template.activations.BYTES_PER_ELEMENT;
    expect(template.model.arena.array(numbers).array).toHaveLength(numbers);
  });

  it.each([1, 4])("normalizePatches makes patches sum to 1 and keeps V, T = %i", (templateFrames) => {
    const numbers = problem({ ...small, templateFrames });
    const cells = templateFrames * small.bins;
    // the second patch has nothing to be scaled
    numbers.w.data.fill(0, cells, 2 * cells);
    const template = make(numbers);
    const [v, h] = [plainProduct(factorsOf(template)), template.activations.slice()];
    const divergence = template.model.divergence();
    normalizePatches(template);
    const sums = [0, 1, 2].map((k) =>
      Array.from(template.dictionary.subarray(k * cells, (k + 1) * cells)).reduce((sum, value) => sum + value, 0),
    );
    expect(sums).toBeAllclose([1, 0, 1], { rtol });
    const row = (values: FloatArray) => [...values.subarray(small.frames, 2 * small.frames)];
    expect(row(template.activations)).toEqual(row(h));
    expect(plainProduct(factorsOf(template)).data).toBeAllclose(v.data, { rtol });
    // the shifted rows follow
    const atol = rtol * Array.from(numbers.x.data).reduce((sum, value) => sum + value, 0);
    expect([template.model.divergence()]).toBeAllclose([divergence], { atol });
  });
});
