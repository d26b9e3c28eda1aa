import { type Matrix as DenseMatrix, dotDivide, dotMultiply, log, matrix, multiply, sum, transpose } from "mathjs";
import { describe, expect, it, test } from "vitest";
import { type Matrix, row, transpose as transposed } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { openFile } from "../../src/formats/file.ts";
import { readNpy } from "../../src/formats/npy.ts";
import { contrastiveNmf } from "../../src/separation/contrastiveNmf.ts";
import { sharedPath, testWithShared } from "../shared.ts";
import {
  costParts,
  factorise,
  filled,
  largestRise,
  type Problem,
  randomProblem,
  rowProblems,
  sphereIteration,
  sphereRow,
  total,
  unitRows,
} from "./contrastiveReference.ts";

const problems = Array.from({ length: 100 }, (_, i) => i);
const some = problems.slice(0, 8);

/** What rounding of the cost is measured by: the magnitudes of its parts, at the start or at the end. */
function magnitude(problem: Problem, { dictionary, activations }: { dictionary: Matrix; activations: Matrix }): number {
  const after = costParts({ ...problem, w: dictionary, h: activations });
  return Math.max(costParts(problem).magnitude, after.magnitude);
}

describe("the sphere update", () => {
  // 6e-8 is one rounding of single precision; each term of the cost meets a few
  test.each([
    { precision: "float32", allowed: 1e-6 },
    { precision: "float64", allowed: 1e-11 },
  ] as const)("never raises the cost beyond rounding in $precision, on 100 problems", ({ precision, allowed }) => {
    for (const i of problems) {
      const problem = randomProblem(i);
      const result = factorise(problem, { precision, iterations: 60 });
      expect(result.cost).toHaveLength(61);
      expect(largestRise(result.cost), `problem ${i}`).toBeLessThanOrEqual(allowed * magnitude(problem, result));
      expect(result.cost.at(-1)!).toBeLessThan(result.cost[0]!);
      for (let k = 0; k < problem.h.rows; k++) {
        expect(Math.hypot(...row(result.activations, k))).toBeCloseTo(1, precision === "float32" ? 6 : 12);
      }
    }
  });

  test("never raises the cost where the problems are tiny and have run to their end", () => {
    for (const i of problems) {
      const { x, w, h, s, ...rest } = randomProblem(i);
      // the first four frames and three bins
      const corner = (m: Matrix, columns: number, rows = m.rows) => filled(rows, columns, valuesOf(m, columns));
      const small = { x: corner(x, 3, 4), w: corner(w, 3), h: unitRows(corner(h, 4)), s: corner(s, 4), ...rest };
      for (let j = 0; j < s.rows; j++) small.s.data[4 * j]! += 0.1;
      if (total(small.x) === 0) continue;
      const problem = { ...small, s: unitRows(small.s) };
      const result = factorise(problem, { precision: "float64", iterations: 300 });
      expect(result.cost.every(Number.isFinite)).toBe(true);
      expect(largestRise(result.cost), `problem ${i}`).toBeLessThanOrEqual(1e-11 * magnitude(problem, result));
    }
  });

  test.each(problems.slice(0, 60))("is that of plain loops, which never raise the cost either, problem %i", (i) => {
    const problem = randomProblem(i, { background: i % 3 });
    const iterations = 3;
    let twin = problem;
    const cost = [costParts(twin).cost];
    for (let j = 0; j < iterations; j++) {
      twin = sphereIteration(twin);
      cost.push(costParts(twin).cost);
    }
    const size = magnitude(problem, { dictionary: twin.w, activations: twin.h });
    const largest = Math.max(...twin.w.data);
    expect(largestRise(cost)).toBeLessThanOrEqual(1e-12 * size);
    // rows are met to 1e-12 (single: 1e-5) in their squared norm, and errors pass from one iteration to the next
    for (const [precision, close] of [
      ["float64", 1e-8],
      ["float32", 2e-5],
    ] as const) {
      const result = factorise(problem, { precision, iterations });
      expect(result.cost).toBeAllclose(cost, { atol: Math.min(1e-6, close) * size });
      expect(result.activations.data).toBeAllclose(twin.h.data, { atol: close });
      expect(result.dictionary.data).toBeAllclose(twin.w.data, { atol: close * largest });
    }
  });

  test.each(some)("has a majorizer: no step on the spheres gains less than it says, problem %i", (i) => {
    const problem = randomProblem(i, { templateFrames: 1 + (i % 3), background: i % 2 });
    const random = createRandom(`majorizer ${i}`);
    const rows = rowProblems(problem);
    const boundOf = (h: Matrix) =>
      rows.reduce((value, { a, c }, k) => {
        const x = row(h, k);
        return value + a.reduce((part, an, n) => part + (an > 0 ? -an * Math.log(x[n]!) : 0) + c[n]! * x[n]!, 0);
      }, 0);
    const here = { cost: costParts(problem).cost, bound: boundOf(problem.h) };
    for (const spread of [1e-3, 0.1, 1, 3]) {
      const step = { ...problem.h, data: problem.h.data.map((value) => value * Math.exp(spread * random.normal())) };
      const there = { ...problem, h: unitRows(step) };
      const gain = here.cost - costParts(there).cost;
      const size = costParts(problem).magnitude + costParts(there).magnitude;
      expect(gain).toBeGreaterThanOrEqual(here.bound - boundOf(there.h) - 1e-11 * size);
    }
  });

  test.each(some)("minimises the row problem: one multiplier for all entries, problem %i", (i) => {
    const { h, ...rest } = randomProblem(i);
    const random = createRandom(`row ${i}`);
    for (const { a, c, old, base } of rowProblems({ h, ...rest })) {
      const x = sphereRow({ a, c, old, base });
      expect(Math.hypot(...x)).toBeCloseTo(1, 12);
      const valueAt = (point: Float64Array) =>
        a.reduce((value, an, n) => value + (an > 0 ? -an * Math.log(point[n]!) : 0) + c[n]! * point[n]!, 0);
      const scale = a.reduce((value, an, n) => value + an + Math.abs(c[n]!), 0);
      expect(valueAt(x)).toBeLessThanOrEqual(valueAt(old) + 1e-12 * scale);
      // with no entry of c below 0 the problem that is solved may be a lowered one, which the update is free to choose
      if (c.every((value) => value >= 0)) continue;
      // 2 nu x^2 + c x - a = 0
      const multipliers = Array.from(x.keys())
        .filter((n) => x[n]! > 1e-3)
        .map((n) => (a[n]! / x[n]! - c[n]!) / (2 * x[n]!));
      const largest = c.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(multipliers).toBeAllclose(new Array(multipliers.length).fill(multipliers[0]), {
        rtol: 1e-6,
        atol: 1e-6 * largest,
      });
      for (let trial = 0; trial < 5; trial++) {
        const other = unitRows(filled(1, x.length, () => random.uniform() + 1e-6)).data;
        expect(valueAt(other)).toBeGreaterThanOrEqual(valueAt(x) - 1e-12 * scale);
      }
    }
  });

  it("leaves a row of zeros zero, which has no direction, and goes on with the others", () => {
    const problem = randomProblem(3);
    problem.h.data.fill(0, 0, problem.h.columns);
    const result = factorise(problem, { iterations: 20 });
    expect(row(result.activations, 0).every((value) => value === 0)).toBe(true);
    expect(Math.hypot(...row(result.activations, 1))).toBeCloseTo(1, 6);
    expect(largestRise(result.cost)).toBeLessThanOrEqual(1e-6 * magnitude(problem, result));
  });

  it.each([0, 3, 4, 5, 6, 8])("does not raise the cost where the L1 norm of W is the only weight, problem %i", (i) => {
    const problem = { ...randomProblem(i), delta: 0, sparsityActivations: 0, sparsityDictionary: 3 };
    const result = factorise(problem, { precision: "float64", iterations: 40 });
    expect(largestRise(result.cost)).toBeLessThanOrEqual(1e-11 * magnitude(problem, result));
  });
});

/** The entries of the first columns of a matrix, row after row. */
function valuesOf(m: Matrix, columns: number): () => number {
  let i = 0;
  return () => m.data[Math.floor(i / columns) * m.columns + (i++ % columns)]!;
}

/** The problem in the paper's orientation, X bins x frames, as mathjs matrices. */
function papers({ x, w, h, s }: Pick<Problem, "x" | "w" | "h" | "s">) {
  const dense = ({ rows, columns, data }: Matrix): DenseMatrix =>
    matrix(Array.from({ length: rows }, (_, r) => [...data.subarray(r * columns, (r + 1) * columns)]));
  return { X: dense(transposed(x)), W: dense(transposed(w)), H: dense(h), S: dense(s) };
}
const flat = (value: DenseMatrix): number[] => (value.toArray() as number[][]).flat();
const mapped = (value: DenseMatrix, to: (entry: number, r: number, c: number) => number): DenseMatrix =>
  value.map((entry, [r, c]) => to(entry as number, r as number, c as number));
const sumOf = (value: DenseMatrix) => sum(value) as number;

/** eq. 1 of the paper and the two halves of its gradient by H (eq. 8, 9, 16) and W (eq. 5, 6), with matrices. */
function papersCost(problem: Problem, { X, W, H, S }: ReturnType<typeof papers>) {
  const { attended, delta, sparsityActivations: mu, sparsityDictionary: beta } = problem;
  const V = multiply(W, H) as DenseMatrix;
  const ratio = dotDivide(X, V) as DenseMatrix;
  // P- = H_a S'S on the attended rows, P+ = H_u S'S on the others: H S'S with the other rows put out
  const pulled = multiply(multiply(H, transpose(S)), S) as DenseMatrix;
  const down = mapped(pulled, (entry, r) => (r < attended ? entry : 0));
  const up = mapped(pulled, (entry, r) => (r < attended ? 0 : entry));
  const products = mapped(multiply(H, transpose(S)) as DenseMatrix, (entry, r) => (r < attended ? 1 : -1) * entry ** 2);
  const logs = dotMultiply(
    X,
    mapped(ratio, (entry) => (entry > 0 ? (log(entry) as number) : 0)),
  ) as DenseMatrix;
  const spectra = multiply(
    transpose(W),
    mapped(X, () => 1),
  ) as DenseMatrix;
  const courses = multiply(
    mapped(X, () => 1),
    transpose(H),
  ) as DenseMatrix;
  return {
    cost: sumOf(logs) - sumOf(X) + sumOf(V) + mu * sumOf(H) + beta * sumOf(W) - delta * sumOf(products),
    minusH: mapped(multiply(transpose(W), ratio) as DenseMatrix, (entry, r, c) => entry + 2 * delta * down.get([r, c])),
    plusH: mapped(spectra, (entry, r, c) => entry + mu + 2 * delta * up.get([r, c])),
    minusW: multiply(ratio, transpose(H)) as DenseMatrix,
    plusW: mapped(courses, (entry) => entry + beta),
  };
}

describe("the cost", () => {
  test.each([0, 1, 2, 3])("is that of the paper, with its gradient, problem %i", (i) => {
    const problem = randomProblem(i);
    const scale = costParts(problem).magnitude;
    const { cost, minusH, plusH, minusW, plusW } = papersCost(problem, papers(problem));
    expect(Math.abs(cost - costParts(problem).cost)).toBeLessThanOrEqual(1e-12 * scale);
    // that of the kernels, before the first iteration
    for (const [precision, close] of [
      ["float32", 1e-6],
      ["float64", 1e-12],
    ] as const) {
      const [ofKernels] = factorise(problem, { precision, iterations: 0 }).cost;
      expect(Math.abs(cost - ofKernels!)).toBeLessThanOrEqual(close * scale);
    }
    const slopes = (name: "h" | "w", at: number) => {
      const step = 1e-5 * problem[name].data[at]!;
      const moved = (by: number) => {
        const data = Float64Array.from(problem[name].data);
        data[at]! += by;
        return costParts({ ...problem, [name]: { ...problem[name], data } }).cost;
      };
      return (moved(step) - moved(-step)) / (2 * step);
    };
    // the difference of two costs, each rounded to 1e-15 or so, over a step of 1e-5 of the entry
    const close = (entry: number, plus: number, minus: number) => ({
      atol: 1e-5 * (plus + minus) + (1e-9 * scale) / entry,
    });
    for (const at of [0, 5, problem.h.data.length - 1]) {
      const [plus, minus] = [flat(plusH)[at]!, flat(minusH)[at]!];
      expect([slopes("h", at)]).toBeAllclose([plus - minus], close(problem.h.data[at]!, plus, minus));
    }
    for (const at of [0, 5, problem.w.data.length - 1]) {
      // the dictionary here is the paper's W transposed
      const [plus, minus] = [flat(transpose(plusW))[at]!, flat(transpose(minusW))[at]!];
      expect([slopes("w", at)]).toBeAllclose([plus - minus], close(problem.w.data[at]!, plus, minus));
    }
  });
});

describe("the multiplicative rule", () => {
  test.each([0, 1, 2, 3, 4, 5])("is eq. 3 and 4 of the paper, rows of H to unit norm in between, problem %i", (i) => {
    const problem = randomProblem(i);
    const iterations = 4;
    const at = papers(problem);
    for (let j = 0; j < iterations; j++) {
      const ofH = papersCost(problem, at);
      at.H = dotMultiply(at.H, dotDivide(ofH.minusH, ofH.plusH)) as DenseMatrix;
      const norms = (at.H.toArray() as number[][]).map((values) => Math.hypot(...values));
      at.H = mapped(at.H, (entry, r) => entry / norms[r]!);
      at.W = mapped(at.W, (entry, _, c) => entry * norms[c]!);
      const ofW = papersCost(problem, at);
      at.W = dotMultiply(at.W, dotDivide(ofW.minusW, ofW.plusW)) as DenseMatrix;
    }
    const largest = Math.max(...flat(at.W));
    const { cost } = papersCost(problem, at);
    // roundings of four iterations
    for (const [precision, close] of [
      ["float32", 1e-6],
      ["float64", 1e-13],
    ] as const) {
      const result = factorise(problem, { update: "multiplicative", precision, iterations });
      expect(result.activations.data).toBeAllclose(flat(at.H), { rtol: 100 * close, atol: close });
      expect(result.dictionary.data).toBeAllclose(flat(transpose(at.W)), { rtol: 100 * close, atol: close * largest });
      expect(Math.abs(result.cost.at(-1)! - cost)).toBeLessThanOrEqual(2 * close * magnitude(problem, result));
    }
  });

  it("raises the true cost on many problems, where the sphere update does not", () => {
    const rising = problems.filter((i) => {
      const problem = randomProblem(i);
      const result = factorise(problem, { update: "multiplicative", precision: "float64", iterations: 60 });
      return largestRise(result.cost) > 1e-4 * magnitude(problem, result);
    });
    expect(rising.length).toBeGreaterThan(10);
  });
});

describe("the authors' published code", () => {
  const read = async (name: string): Promise<Matrix<Float64Array>> => {
    const source = await openFile(sharedPath(`contrastive-nmf/${name}.npy`));
    try {
      const { shape, data } = readNpy(await source.read(0, source.byteLength), name);
      return { rows: shape[0]!, columns: shape[1]!, data: Float64Array.from(data) };
    } finally {
      await source.close();
    }
  };

  // Recorded outputs of that code. The order is the same (H, its rows to unit norm, W). It leaves out the factor 2 of the
  // gradient, so that delta here is half of delta there, and holds X, W, H and the denominator above 1e-9, which is below
  // the tolerance. Its logged cost is not the cost (roots of the divergence and of the contrast) and is not compared.
  const cases = [
    { name: "a", sources: 2, delta: 2, mu: 0.1, beta: 0.05, iterations: 10 },
    { name: "b", sources: 3, delta: 50, mu: 0, beta: 0, iterations: 25 },
  ];
  testWithShared("gives the factors recorded, case a and b", async () => {
    for (const recorded of cases) await agrees(recorded);
  });

  async function agrees({ name, sources, delta, mu, beta, iterations }: (typeof cases)[number]): Promise<void> {
    const [x, s, w0, h0, w, h] = await Promise.all(
      ["X", "S", "W0", "H0", "W", "H"].map((part) => read(`${name}_${part}`)),
    );
    const result = contrastiveNmf(transposed(x!), s!, {
      precision: "float64",
      components: h0!.rows,
      attendedComponents: Math.floor(h0!.rows / sources),
      update: "multiplicative",
      delta: delta / 2,
      deltaScale: "absolute",
      sparsityActivations: mu,
      sparsityDictionary: beta,
      start: { dictionary: transposed(w0!), activations: h0! },
      iterations,
      tolerance: 0,
    });
    // what the floors of that code make over up to 25 iterations
    expect(result.activations.data).toBeAllclose(h!.data, { rtol: 1e-6, atol: 1e-7 });
    expect(result.dictionary.data).toBeAllclose(transposed(w!).data, { rtol: 1e-6, atol: 1e-7 });
  }
});
