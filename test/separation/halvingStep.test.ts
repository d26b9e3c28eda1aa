import { describe, expect, it, test } from "vitest";
import { monotoneExponent } from "../../src/separation/factorizationOptions.ts";
import { halvingStep } from "../../src/separation/halvingStep.ts";
import { contrastBytes, createContrast } from "../../src/separation/sphereUpdate.ts";
import { createTemplateModel } from "../../src/separation/templateModel.ts";
import {
  costParts,
  filled,
  type Problem,
  randomProblem,
  sphereGradient,
  templateFramesOf,
  unitRows,
  withUnitRows,
} from "./contrastiveReference.ts";
import { plainProduct } from "./plainFactorization.ts";

/** Plain and convolutive problems, with and without a background, over the divergences. */
const kinds = [-1, 0, 0.5, 1, 1.5, 2, 3].map((beta, i) => ({
  beta,
  templateFrames: 1 + (i % 3),
  background: i % 2,
}));

/** One step of a problem in double precision, taking the answers of `cost` for the cost. */
function stepOf(problem: Problem, cost: () => number, current = 0): Problem {
  const { x, w, h, s, attended, background = 0, beta = 1, delta, sparsityActivations, sparsityDictionary } = problem;
  const precision = "float64";
  const extraBytes = contrastBytes(s.rows, h.columns, precision);
  const template = createTemplateModel(x, w, h, { beta, precision, accelerator: "portable", extraBytes });
  const weights = {
    attendedComponents: attended,
    backgroundComponents: background,
    delta,
    sparsity: sparsityActivations,
  };
  const contrast = createContrast(template, s, weights);
  template.computeActivationTerms(false);
  const exponent = monotoneExponent(beta);
  halvingStep(template, current, { ...weights, contrast, sparsityDictionary, exponent, cost });
  // V must be that of the factors that are left behind
  const after = {
    ...problem,
    w: { ...w, data: template.dictionary.slice() },
    h: { ...h, data: template.activations.slice() },
  };
  const v = plainProduct({ dictionary: after.w, activations: after.h, templateFrames: templateFramesOf(problem) });
  const own = plainProduct({
    dictionary: { ...after.w, data: template.model.dictionary },
    activations: { rows: after.w.rows, columns: h.columns, data: template.model.activations },
  });
  expect(own.data).toBeAllclose(v.data, { rtol: 1e-13 });
  return after;
}

/** The step with a share of the exponent, by the formula. */
function expectedStep(problem: Problem, share: number): Problem {
  const { numerator, denominator } = sphereGradient(problem);
  const exponent = share * monotoneExponent(problem.beta ?? 1);
  const data = problem.h.data.map((value, i) => value * (numerator[i]! / denominator[i]!) ** exponent);
  return withUnitRows({ ...problem, h: { ...problem.h, data } });
}

const accepted = () => -Infinity;
const close = { rtol: 1e-11, atol: 1e-300 };

describe("halvingStep", () => {
  test.each(kinds)("follows the gradient of the cost over rows brought to unit norm, beta $beta", (kind) => {
    const problem = randomProblem(4, kind);
    const scale = costParts(problem).magnitude;
    const { numerator, denominator } = sphereGradient(problem);
    const { h } = problem;
    for (let k = 0; k < h.rows; k++) {
      for (const n of [0, 3, h.columns - 2, h.columns - 1]) {
        const at = k * h.columns + n;
        const step = 1e-4 * h.data[at]!;
        const moved = (by: number) => {
          const data = Float64Array.from(h.data);
          data[at]! += by;
          return costParts(withUnitRows({ ...problem, h: { ...h, data } })).cost;
        };
        const slope = (moved(step) - moved(-step)) / (2 * step);
        const [up, down] = [numerator[at]!, denominator[at]!];
        // the difference of two costs, each rounded to 1e-15 or so, over a step of 1e-4 of the entry
        const atol = 1e-6 * (up + down) + (1e-11 * scale) / h.data[at]!;
        expect([slope]).toBeAllclose([down - up], { atol });
      }
    }
  });

  test.each(kinds)("takes the whole step where the cost does not rise, beta $beta", (kind) => {
    for (const i of [0, 3, 4, 7]) {
      const problem = randomProblem(i, kind);
      const result = stepOf(problem, accepted);
      const expected = expectedStep(problem, 1);
      expect(result.h.data).toBeAllclose(expected.h.data, close);
      expect(result.w.data).toBeAllclose(expected.w.data, close);
    }
  });

  test.each([1, 2, 5])("halves the exponent as often as the cost rises: %i times", (times) => {
    const problem = randomProblem(2, { beta: 0.5, templateFrames: 2 });
    let asked = 0;
    const result = stepOf(problem, () => (asked++ < times ? 1 : 0), 0);
    expect(asked).toBe(times + 1);
    const expected = expectedStep(problem, 2 ** -times);
    expect(result.h.data).toBeAllclose(expected.h.data, close);
    expect(result.w.data).toBeAllclose(expected.w.data, close);
  });

  test.each(kinds)("takes a step at which the true cost is lower, beta $beta", (kind) => {
    for (const i of [0, 3, 4, 7]) {
      const problem = randomProblem(i, kind);
      const { cost } = costParts(problem);
      // the longest of the formula's steps that does not raise it; all short ones lower it
      const lowered = Array.from({ length: 30 }, (_, j) => costParts(expectedStep(problem, 2 ** -j)).cost - cost);
      const first = lowered.findIndex((change) => change <= 0);
      expect(Math.max(...lowered.slice(8, 16))).toBeLessThan(0);
      let asked = 0;
      const result = stepOf(problem, () => lowered[asked++]!, 0);
      expect(asked).toBe(first + 1);
      expect(costParts(result).cost).toBeLessThan(cost);
    }
  });

  it("leaves both factors exactly as they are where every step raises the cost", () => {
    const problem = randomProblem(2, { beta: 2, templateFrames: 3, background: 1 });
    let asked = 0;
    const result = stepOf(problem, () => ++asked, 0);
    expect(asked).toBe(31);
    expect(result.h.data).toEqual(problem.h.data);
    expect(result.w.data).toEqual(problem.w.data);
  });

  it("stays at a perfect fit that nothing pulls at", () => {
    const problem = randomProblem(5, { beta: 1.5, templateFrames: 2 });
    const x = plainProduct({ dictionary: problem.w, activations: problem.h, templateFrames: 2 });
    const fitted = { ...problem, x, delta: 0, sparsityActivations: 0, sparsityDictionary: 0 };
    expect(stepOf(fitted, accepted).h.data).toBeAllclose(problem.h.data, { rtol: 1e-12 });
  });

  it("keeps zeros, and lowers an entry that nothing supports by at most e^20", () => {
    const { x, w, h, s, ...rest } = randomProblem(5, { beta: 1 });
    // frame 0 is silent, and the last row is in no contrast
    x.data.fill(0, 0, x.columns);
    h.data[h.columns * h.rows - 1] = 0;
    const problem = { x, w, h: unitRows(h), s, ...rest, background: 1, sparsityActivations: 0, sparsityDictionary: 0 };
    const result = stepOf(problem, accepted);
    const first = (h.rows - 1) * h.columns;
    expect(result.h.data.at(-1)).toBe(0);
    const { numerator, denominator } = sphereGradient(problem);
    const gain = (at: number) => result.h.data[at]! / problem.h.data[at]!;
    // all entries of the row are scaled by its norm: compare with another one
    const other = numerator[first + 2]! / denominator[first + 2]!;
    expect((gain(first) / gain(first + 2)) * Math.exp(20) * other).toBeCloseTo(1, 10);
    expect(numerator[first]).toBe(0);
  });

  it("leaves a row of zeros as it is", () => {
    const { h, ...rest } = randomProblem(6, { beta: 0 });
    const holed = { ...h, data: h.data.map((value, i) => (i < h.columns ? 0 : value)) };
    const result = stepOf({ h: holed, ...rest }, accepted);
    expect([...result.h.data.subarray(0, h.columns)]).toEqual([...filled(1, h.columns, () => 0).data]);
    expect(result.h.data.every(Number.isFinite) && result.w.data.every(Number.isFinite)).toBe(true);
  });
});
