import { describe, expect, it, test } from "vitest";
import { type Matrix, row } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { type ContrastiveNmfResult, contrastiveNmf } from "../../src/separation/contrastiveNmf.ts";
import { convolutiveNmf } from "../../src/separation/convolutiveNmf.ts";
import { softMasks } from "../../src/separation/masks.ts";
import { convolutiveModel } from "../../src/separation/modelSpectrogram.ts";
import {
  costParts,
  factorise,
  filled,
  halvingIteration,
  largestRise,
  type Problem,
  randomProblem,
  sphereIteration,
  unitRows,
} from "./contrastiveReference.ts";
import { plainProduct } from "./plainFactorization.ts";

const precisions = ["float32", "float64"] as const;

/** What the cost is rounded by: its parts at the start or at the end. */
const magnitude = (problem: Problem, { dictionary, activations }: ContrastiveNmfResult) =>
  Math.max(costParts(problem).magnitude, costParts({ ...problem, w: dictionary, h: activations }).magnitude);

describe("contrastive convolutive NMF", () => {
  test.each([
    { templateFrames: 3, precision: "float32" },
    { templateFrames: 3, precision: "float64" },
    { templateFrames: 5, precision: "float32" },
    { templateFrames: 5, precision: "float64" },
  ] as const)(
    "never raises the cost with the sphere update: $templateFrames frames, $precision",
    ({ templateFrames, precision }) => {
      for (let i = 0; i < 60; i++) {
        const problem = randomProblem(i, { templateFrames, background: i % 2 });
        const result = factorise(problem, { precision, iterations: 30 });
        const allowance = (precision === "float32" ? 1e-6 : 1e-11) * magnitude(problem, result);
        expect(largestRise(result.cost), `problem ${i}`).toBeLessThanOrEqual(allowance);
        expect(result.cost.at(-1)!).toBeLessThan(result.cost[0]! - allowance);
      }
    },
  );

  test.each([-1, 0, 0.5, 1, 1.5, 2, 3])("never raises the cost with the halving update: beta %d", (beta) => {
    for (let i = 0; i < 20; i++) {
      const problem = randomProblem(i, { beta, templateFrames: i % 2 === 0 ? 3 : 5 });
      const result = factorise(problem, { update: "halving", precision: "float64", iterations: 30 });
      const allowance = 1e-11 * magnitude(problem, result);
      expect(largestRise(result.cost), `problem ${i}`).toBeLessThanOrEqual(allowance);
      expect(result.cost.at(-1)!).toBeLessThan(result.cost[0]! - allowance);
    }
  });

  test.each(Array.from({ length: 20 }, (_, i) => i))("takes the steps of plain loops, problem %i", (i) => {
    const updates = [
      { update: "sphere", beta: 1, step: sphereIteration, close: 1e-8 },
      { update: "halving", beta: [0, 0.5, 1, 2][i % 4]!, step: halvingIteration, close: 1e-10 },
    ] as const;
    for (const { update, beta, step, close } of updates) {
      const problem = randomProblem(i, { beta, templateFrames: 2 + (i % 4), background: i % 3 });
      const twin = step(step(problem));
      const result = factorise(problem, { update, precision: "float64", iterations: 2 });
      expect(result.activations.data).toBeAllclose(twin.h.data, { atol: close });
      expect(result.dictionary.data).toBeAllclose(twin.w.data, { atol: close * Math.max(...twin.w.data) });
      expect([result.cost.at(-1)!]).toBeAllclose([costParts(twin).cost], { atol: close * costParts(twin).magnitude });
    }
  });

  test.each(precisions)("models v_n as the sum over t of W(t) h_(n-t), at the cost it states: %s", (precision) => {
    for (const i of [0, 3, 4, 6]) {
      const problem = randomProblem(i, { templateFrames: 4 });
      const result = factorise(problem, { precision, iterations: 20 });
      const { components } = result.options;
      expect(result.dictionary).toMatchObject({ rows: 4 * components, columns: problem.x.columns });
      expect(result.activations).toMatchObject({ rows: components, columns: problem.x.rows });
      expect(result.templateFrames).toBe(4);
      for (let k = 0; k < components; k++) {
        expect(Math.hypot(...row(result.activations, k))).toBeCloseTo(1, precision === "float32" ? 6 : 12);
      }
      const close = precision === "float32" ? 1e-6 : 1e-12;
      const v = plainProduct(result);
      expect(convolutiveModel(result).data).toBeAllclose(v.data, { rtol: close });
      const { cost, magnitude: size } = costParts({ ...problem, w: result.dictionary, h: result.activations });
      expect([result.cost.at(-1)!]).toBeAllclose([cost], { atol: close * size });
    }
  });

  it("is the plain one, bit for bit, with patches of one frame", () => {
    for (const update of ["sphere", "multiplicative", "halving"] as const) {
      const { x, s } = randomProblem(4);
      const options = { components: 5, attendedComponents: 2, update, iterations: 30, tolerance: 0 };
      const [plain, convolutive] = [options, { ...options, templateFrames: 1 }].map((o) => contrastiveNmf(x, s, o));
      expect(convolutive!.cost).toEqual(plain!.cost);
      expect(convolutive!.activations).toEqual(plain!.activations);
      expect(convolutive!.dictionary).toEqual(plain!.dictionary);
    }
  });

  it("is the plain one with patches whose later frames are silent", () => {
    for (const update of ["sphere", "multiplicative", "halving"] as const) {
      const plain = randomProblem(5);
      const { columns: bins, rows: components } = plain.w;
      // w_k(0) as in the plain problem, w_k(1) and w_k(2) zero: zeros stay
      const w = filled(3 * components, bins, () => 0);
      for (let k = 0; k < components; k++) w.data.set(row(plain.w, k), 3 * k * bins);
      const options = { update, precision: "float64", iterations: 20 } as const;
      const expected = factorise(plain, options);
      const result = factorise({ ...plain, w }, options);
      const size = magnitude(plain, expected);
      expect(result.cost).toBeAllclose(expected.cost, { atol: 1e-10 * size });
      expect(result.activations.data).toBeAllclose(expected.activations.data, { atol: 1e-8 });
    }
  });

  test.each(precisions)(
    "without contrast and weights has the costs of convolutiveNmf, bit for bit: %s",
    (precision) => {
      for (const beta of [0, 0.5, 1, 1.5, 2, 3]) {
        for (const templateFrames of [2, 5]) {
          const { x, s } = randomProblem(7, { beta });
          const options = { components: 4, templateFrames, beta, precision, iterations: 30, tolerance: 0 };
          const contrastive = contrastiveNmf(x, s, { ...options, delta: 0, attendedComponents: 2 });
          const plain = convolutiveNmf(x, options);
          expect(contrastive.cost).toEqual(plain.cost);
          const close = { rtol: precision === "float32" ? 1e-5 : 1e-12, atol: 1e-20 * Math.max(...x.data) };
          expect(convolutiveModel(contrastive).data).toBeAllclose(convolutiveModel(plain).data, close);
        }
      }
    },
  );

  it("knows patches that end beyond the last frame: what they show of themselves fits", () => {
    const random = createRandom("the end");
    const [frames, bins, templateFrames] = [20, 12, 5];
    const w = filled(3 * templateFrames, bins, () => random.uniform() ** 2);
    const h = filled(3, frames, () => 0);
    // the second one's last patch has room for two frames, the third one's for one
    for (const [k, n] of [
      [0, 2],
      [0, 9],
      [1, 5],
      [1, frames - 2],
      [2, 8],
      [2, frames - 1],
    ]) {
      h.data[k! * frames + n!] = 0.5 + random.uniform();
    }
    const x = plainProduct({ dictionary: w, activations: h, templateFrames });
    const guide = filled(1, frames, () => random.uniform());
    for (const delta of [0, 1e-6]) {
      const options = { components: 3, templateFrames, delta, precision: "float64", tolerance: 0 } as const;
      const result = contrastiveNmf(x, guide, { ...options, start: { dictionary: w, activations: h }, iterations: 50 });
      const share = delta * x.data.reduce((sum, value) => sum + value, 0);
      for (const cost of result.cost) expect(Math.abs(cost)).toBeLessThanOrEqual(2 * share + 1e-12);
      expect(result.activations.data).toBeAllclose(unitRows(h).data, { atol: 1e-4 });
      expect(convolutiveModel(result).data).toBeAllclose(x.data, { atol: 1e-3 });
      expect(row(result.activations, 1)[frames - 2]!).toBeGreaterThan(0.3);
    }
  });

  it("draws the attended rows to the guide and the others away from it, the more the larger delta", () => {
    const random = createRandom("steered patches");
    const [frames, bins] = [120, 30];
    const truth = {
      dictionary: filled(6 * 3, bins, () => random.uniform() ** 6 + 1e-3),
      activations: filled(6, frames, () => (random.uniform() < 0.12 ? 0.5 + random.uniform() : 0.01)),
      templateFrames: 3,
    };
    const x = plainProduct(truth);
    const guide: Matrix = { rows: 3, columns: frames, data: truth.activations.data.slice(0, 3 * frames) };
    const s = unitRows(guide);
    /** Mean over the rows of the squared inner product with the guide's rows. */
    const likeness = ({ activations }: ContrastiveNmfResult, from: number, to: number) => {
      let sum = 0;
      for (let k = from; k < to; k++) {
        for (let j = 0; j < 3; j++) {
          sum += row(s, j).reduce((inner, value, n) => inner + value * row(activations, k)[n]!, 0) ** 2;
        }
      }
      return sum / (to - from);
    };
    for (const seed of [0, 1, 2]) {
      const results = [0, 0.05, 0.3, 2].map((delta) =>
        contrastiveNmf(x, guide, {
          components: 6,
          templateFrames: 3,
          delta,
          seed,
          precision: "float64",
          iterations: 100,
          tolerance: 0,
        }),
      );
      const attended = results.map((result) => likeness(result, 0, 3));
      const others = results.map((result) => likeness(result, 3, 6));
      for (let j = 1; j < results.length; j++) expect(attended[j]!).toBeGreaterThan(attended[j - 1]!);
      expect(others.at(-1)!).toBeLessThan(others[0]!);
      expect(attended.at(-1)!).toBeGreaterThan(others.at(-1)! + 0.3);
    }
  });

  it("gives the same masks for audio at any level", () => {
    const { x, s } = randomProblem(6);
    for (const precision of precisions) {
      const masksOf = (scale: number) => {
        const result = contrastiveNmf({ ...x, data: x.data.map((value) => value * scale) }, s, {
          components: 5,
          attendedComponents: 2,
          templateFrames: 3,
          precision,
          iterations: 100,
          tolerance: 0,
        });
        const { attended, unattended } = result.groups;
        return softMasks([convolutiveModel(result, attended), convolutiveModel(result, unattended)])[0]!.data;
      };
      for (const scale of [1e-3, 0.3, 1e3]) expect(masksOf(scale)).toBeAllclose(masksOf(1), { atol: 1e-6 });
    }
  });

  it("refuses patches of no frame, longer than the spectrogram, and starts that are not K * T rows", () => {
    const { x, s } = randomProblem(0);
    const options = { components: 3, attendedComponents: 1 };
    const withFrames = (templateFrames: number) => () => contrastiveNmf(x, s, { ...options, templateFrames });
    expect(withFrames(0)).toThrow(/templateFrames is 0/);
    expect(withFrames(1.5)).toThrow(/templateFrames is 1.5/);
    expect(withFrames(x.rows + 1)).toThrow(new RegExp(`templateFrames is ${x.rows + 1}; .*${x.rows}`));
    const start = { dictionary: filled(3, x.columns, () => 1) };
    expect(() => contrastiveNmf(x, s, { ...options, templateFrames: 2, start })).toThrow(/start.dictionary is 3 x/);
  });
});
