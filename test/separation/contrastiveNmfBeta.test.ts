import { describe, expect, it, test } from "vitest";
import type { Matrix } from "../../src/core/matrix.ts";
import { loadBlas } from "../../src/numeric/blas.ts";
import { componentMasks } from "../../src/separation/componentMasks.ts";
import { type ContrastiveNmfOptions, contrastiveNmf } from "../../src/separation/contrastiveNmf.ts";
import type { Checkpoint } from "../../src/separation/descent.ts";
import { nmf } from "../../src/separation/nmf.ts";
import recorded from "../fixtures/contrastiveCost.json" with { type: "json" };
import {
  costParts,
  factorise,
  halvingIteration,
  largestRise,
  type Problem,
  randomProblem,
  total,
} from "./contrastiveReference.ts";

const betas = [-1, 0, 0.5, 1, 1.5, 2, 3];
const precisions = ["float32", "float64"] as const;
/** Every update, and that for any beta at three of them. */
const cases = [
  { update: "sphere", beta: 1 },
  { update: "multiplicative", beta: 1 },
  { update: "halving", beta: 0 },
  { update: "halving", beta: 1 },
  { update: "halving", beta: 1.5 },
] as const;
const halving = { update: "halving", precision: "float64" } as const;

/** A matrix from rows of numbers, and one from its columns. */
const fromRows = (rows: number[][]): Matrix<Float64Array> => ({
  rows: rows.length,
  columns: rows[0]!.length,
  data: Float64Array.from(rows.flat()),
});
const fromColumns = (rows: number[][]) => fromRows(rows[0]!.map((_, c) => rows.map((values) => values[c]!)));

/** The problem at the factors that were found. */
const at = (problem: Problem, { dictionary, activations }: { dictionary: Matrix; activations: Matrix }): Problem => ({
  ...problem,
  w: dictionary,
  h: activations,
});

describe("the cost for any beta", () => {
  test.each(recorded.cases)(
    "is the recorded one: beta $beta, $spectrogram, delta $delta, weights $sparsityActivations and $sparsityDictionary",
    (expected) => {
      const problem: Problem = {
        x: fromColumns(expected.spectrogram === "positive" ? recorded.positive : recorded.withZeros),
        w: fromColumns(recorded.W),
        h: fromRows(recorded.H),
        s: fromRows(recorded.S),
        attended: recorded.attendedComponents,
        ...expected,
      };
      const parts = costParts(problem);
      expect([parts.divergence, parts.contrast]).toBeAllclose([expected.divergence, recorded.contrast], {
        rtol: 1e-12,
      });
      for (const [precision, close] of [
        ["float32", 1e-6],
        ["float64", 1e-13],
      ] as const) {
        const [cost] = factorise(problem, { precision, iterations: 0 }).cost;
        expect([cost!]).toBeAllclose([expected.cost], { atol: close * parts.magnitude });
      }
    },
  );

  test.each(betas)("is that of the factors that are returned, beta %d", (beta) => {
    for (const i of [0, 3, 4, 5, 6, 8]) {
      const problem = randomProblem(i, { beta, background: i % 2 });
      for (const [precision, close] of [
        // a power in single precision is off by up to 2e-7 times the logarithm of its base
        ["float32", 3e-6],
        ["float64", 1e-12],
      ] as const) {
        const result = factorise(problem, { precision, iterations: 15 });
        const { cost, magnitude } = costParts(at(problem, result));
        expect([result.cost.at(-1)!]).toBeAllclose([cost], { atol: close * magnitude });
      }
    }
  });
});

describe("the halving update", () => {
  test.each(betas.flatMap((beta) => precisions.map((precision) => ({ beta, precision }))))(
    "never raises the cost and lowers it, rows of unit norm: beta $beta, $precision",
    ({ beta, precision }) => {
      for (let i = 0; i < 15; i++) {
        const problem = randomProblem(i, { beta, background: i % 3 });
        const { cost, activations } = factorise(problem, { update: "halving", precision, iterations: 40 });
        const allowance = (precision === "float32" ? 1e-6 : 1e-12) * costParts(problem).magnitude;
        expect(largestRise(cost), `problem ${i}`).toBeLessThanOrEqual(allowance);
        expect(cost.at(-1)!).toBeLessThan(cost[0]! - allowance);
        for (let k = 0; k < activations.rows; k++) {
          const { columns, data } = activations;
          const norm = Math.hypot(...data.subarray(k * columns, (k + 1) * columns));
          expect(norm).toBeCloseTo(1, precision === "float32" ? 6 : 12);
        }
      }
    },
  );

  test.each(betas)("is that of plain loops, beta %d", (beta) => {
    for (const i of [0, 1, 3, 4, 9]) {
      const problem = randomProblem(i, { beta, background: i % 2 });
      let twin = problem;
      for (let j = 0; j < 3; j++) twin = halvingIteration(twin);
      const result = factorise(problem, { ...halving, iterations: 3 });
      expect(result.activations.data).toBeAllclose(twin.h.data, { rtol: 1e-9, atol: 1e-14 });
      const largest = Math.max(...twin.w.data);
      expect(result.dictionary.data).toBeAllclose(twin.w.data, { rtol: 1e-9, atol: 1e-14 * largest });
    }
  });

  test.each(betas)(
    "draws the attended rows to the guide and the others away, the more the larger delta, beta %d",
    (beta) => {
      const numbers = [1, 2, 4, 5, 6, 8];
      /** Of its bound. */
      const contrastOf = (i: number, delta: number) => {
        const problem = randomProblem(i, { beta });
        const { components, ...rest } = { components: problem.h.rows, attendedComponents: problem.attended };
        const options = { ...halving, ...rest, components, beta, delta, iterations: 60, tolerance: 0 };
        const found = contrastiveNmf(problem.x, problem.s, options);
        return costParts(at(problem, found)).contrast / (problem.attended * problem.s.rows);
      };
      const contrasts = [0, 0.1, 1, 10].map((delta) => numbers.map((i) => contrastOf(i, delta)));
      const means = contrasts.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
      for (let j = 1; j < means.length; j++) expect(means[j]!).toBeGreaterThan(means[j - 1]!);
      for (const [j, without] of contrasts[0]!.entries()) expect(contrasts[3]![j]!).toBeGreaterThan(without + 0.1);
    },
  );

  it("ends at about the cost of the sphere update at beta 1", () => {
    const gaps = Array.from({ length: 20 }, (_, i) => {
      const problem = randomProblem(i);
      const [sphere, halved] = (["sphere", "halving"] as const).map(
        (update) => factorise(problem, { update, precision: "float64", iterations: 100 }).cost,
      );
      // of what the sphere update gains
      return (halved!.at(-1)! - sphere!.at(-1)!) / (sphere![0]! - sphere!.at(-1)!);
    });
    expect(Math.max(...gaps.map(Math.abs))).toBeLessThan(0.05);
    expect(Math.abs(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length)).toBeLessThan(0.01);
  });

  it("is the default for every beta but 1, where it is the sphere update, and the only one there", () => {
    const { x, s } = randomProblem(5, { beta: 0 });
    const options = { components: 4, attendedComponents: 2, iterations: 2 };
    for (const beta of betas) {
      const { update } = contrastiveNmf(x, s, { ...options, beta }).options;
      expect(update).toBe(beta === 1 ? "sphere" : "halving");
      for (const other of ["sphere", "multiplicative"] as const) {
        if (beta === 1) continue;
        expect(() => contrastiveNmf(x, s, { ...options, beta, update: other })).toThrow(
          expect.objectContaining({
            code: "unsupported",
            message: `contrastiveNmf: update "${other}" is for beta 1, not ${beta}; use "halving"`,
          }),
        );
      }
    }
  });

  it("refuses zeros where the divergence is infinite there, and takes them with a floor", () => {
    const { x, s } = randomProblem(5, { beta: 0 });
    const holed = { ...x, data: x.data.with(7, 0) };
    const options = { components: 4, attendedComponents: 2, beta: 0, iterations: 5 };
    expect(() => contrastiveNmf(holed, s, options)).toThrow(/bin 7, frame 0, .*infinite; give a floor/);
    expect(contrastiveNmf(holed, s, { ...options, floor: 1e-10 }).cost.every(Number.isFinite)).toBe(true);
  });
});

describe("without contrast and weights", () => {
  test.each(betas.flatMap((beta) => precisions.map((precision) => ({ beta, precision }))))(
    "is nmf: the same costs bit for bit and the same factors with unit rows, beta $beta, $precision",
    ({ beta, precision }) => {
      for (let seed = 0; seed < 6; seed++) {
        const { x, s } = randomProblem(seed, { beta });
        const options = { components: 5, seed, beta, precision, iterations: 30, tolerance: 0 } as const;
        const contrastive = contrastiveNmf(x, s, { ...options, attendedComponents: 2, delta: 0 });
        const plain = nmf(x, options);
        expect(contrastive.cost).toEqual(plain.cost);
        // norms of the rows of H move into W, and entries below 1e-30 become 0
        const close = { rtol: precision === "float32" ? 1e-6 : 1e-14, atol: 1e-27 };
        for (let k = 0; k < 5; k++) {
          const part = ({ data, columns }: Matrix) => data.slice(k * columns, (k + 1) * columns);
          const norm = Math.hypot(...part(plain.activations));
          expect(part(contrastive.activations).map((value) => value * norm)).toBeAllclose(
            part(plain.activations),
            close,
          );
          expect(part(contrastive.dictionary).map((value) => value / norm)).toBeAllclose(part(plain.dictionary), close);
        }
      }
    },
  );
});

describe("the level of the audio", () => {
  test.each(cases.flatMap((of) => precisions.map((precision) => ({ ...of, precision }))))(
    "changes no mask: $update, beta $beta, $precision",
    ({ update, beta, precision }) => {
      for (const seed of [0, 1, 2]) {
        const data = randomProblem(seed, { beta });
        const masksOf = (scale: number) => {
          const spectrogram = { ...data.x, data: data.x.data.map((value) => value * scale) };
          const result = contrastiveNmf(spectrogram, data.s, {
            components: 5,
            attendedComponents: 2,
            update,
            precision,
            seed,
            beta,
            // in units of X^beta
            sparsityActivations: 0.01 * total(spectrogram) ** beta,
            iterations: 100,
            tolerance: 0,
          });
          return componentMasks(result, [result.groups.attended, result.groups.unattended])[0]!.data;
        };
        const expected = masksOf(1);
        for (const scale of [1e-3, 0.1, 7, 1e3]) expect(masksOf(scale)).toBeAllclose(expected, { atol: 1e-6 });
      }
    },
  );
});

describe("going on from a checkpoint", () => {
  test.each(cases.flatMap((of) => precisions.map((precision) => ({ ...of, precision }))))(
    "gives the same bytes as not to have stopped: $update, beta $beta, $precision",
    ({ update, beta, precision }) => {
      for (const templateFrames of [1, 3]) {
        const problem = randomProblem(4, { beta, templateFrames, background: 1 });
        const run = (options: Partial<ContrastiveNmfOptions>) => factorise(problem, { update, precision, ...options });
        const taken: Checkpoint[] = [];
        const whole = run({ iterations: 40, checkpointEvery: 16, onCheckpoint: (point) => taken.push(point) });
        const part = run({ iterations: 17 });
        expect(taken.map(({ iterations }) => iterations)).toEqual([16, 32]);
        for (const point of [...taken, part.checkpoint, whole.checkpoint]) {
          const { cost, activations, dictionary, iterations } = run({ iterations: 40, resume: structuredClone(point) });
          expect(iterations).toBe(40);
          expect(cost).toEqual(whole.cost);
          expect(activations).toEqual(whole.activations);
          expect(dictionary).toEqual(whole.dictionary);
        }
      }
    },
  );

  it("works without contrast and with costs at some iterations only", () => {
    for (const options of [{ delta: 0, sparsityActivations: 0, sparsityDictionary: 0 }, { costEvery: 5 }]) {
      const run = (more: Partial<ContrastiveNmfOptions>) => factorise(randomProblem(5), { ...options, ...more });
      const whole = run({ iterations: 30 });
      const rest = run({ iterations: 30, resume: run({ iterations: 12 }).checkpoint });
      expect(rest.cost).toEqual(whole.cost);
      expect(rest.activations).toEqual(whole.activations);
      expect(rest.dictionary).toEqual(whole.dictionary);
    }
  });

  it("refuses a checkpoint of other data or of another function", () => {
    const { x, s } = randomProblem(5);
    const options = { components: 5, attendedComponents: 2, iterations: 2 };
    const { checkpoint } = contrastiveNmf(x, s, options);
    const resume = (more: object) => () => contrastiveNmf(x, s, { ...options, resume: checkpoint, ...more });
    expect(resume({ components: 6 })).toThrow(
      /resume: the checkpoint is one of contrastiveNmf of .*, this run is contrastiveNmf of /,
    );
    expect(resume({ precision: "float64" })).toThrow(/beta 1, float32, this run is .* float64/);
    expect(resume({ resume: nmf(x, { components: 5, iterations: 2 }).checkpoint })).toThrow(/is one of nmf of/);
  });
});

describe("a BLAS", () => {
  const blas = loadBlas();
  const name = "reason" in blas ? `(skipped: ${blas.reason})` : `(${blas.name})`;
  test.skipIf("reason" in blas).each(cases)(
    `gives the masks of the kernels up to rounding ${name}: $update, beta $beta`,
    ({ update, beta }) => {
      for (const [precision, close] of [
        ["float32", 1e-5],
        ["float64", 1e-12],
      ] as const) {
        for (const seed of [0, 1, 2]) {
          const problem = randomProblem(seed, { beta });
          const [portable, other] = (["portable", "blas"] as const).map((accelerator) => {
            const result = factorise(problem, { update, precision, accelerator, iterations: 30 });
            expect(result.accelerator).toMatch(accelerator === "portable" ? /^portable/ : /BLAS|MKL|BLIS|Accelerate/);
            return componentMasks(result, [result.groups.attended, result.groups.unattended])[0]!.data;
          });
          expect(other!).toBeAllclose(portable!, { atol: close });
        }
      }
    },
  );
});
