import { type Matrix as DenseMatrix, matrix as dense, dotDivide, dotMultiply, multiply, ones, transpose } from "mathjs";
import { describe, expect, it, test } from "vitest";
import type { Matrix } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { nmfModel } from "../../src/separation/modelSpectrogram.ts";
import { type NmfOptions, nmf } from "../../src/separation/nmf.ts";
import recorded from "../fixtures/nmf.json" with { type: "json" };

/** A matrix from rows of numbers. */
const fromRows = (rows: number[][]): Matrix<Float64Array> => ({
  rows: rows.length,
  columns: rows[0]!.length,
  data: Float64Array.from(rows.flat()),
});
const toDense = ({ rows, columns, data }: Matrix): DenseMatrix =>
  dense(Array.from({ length: rows }, (_, r) => [...data.subarray(r * columns, (r + 1) * columns)]));
const flat = (value: DenseMatrix): number[] => (value.toArray() as number[][]).flat();

function randomMatrix(name: string, rows: number, columns: number, zeroShare = 0): Matrix<Float64Array> {
  const random = createRandom(name);
  const data = Float64Array.from({ length: rows * columns }, () =>
    random.uniform() < zeroShare ? 0 : random.uniform() ** 2 + 0.01,
  );
  return { rows, columns, data };
}

const sumOf = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

describe("nmf", () => {
  const x = fromRows(recorded.spectrogram);
  const start = { dictionary: fromRows(recorded.dictionary), activations: fromRows(recorded.activations) };

  it("leaves a perfect factorization where it is, at cost 0", () => {
    const dictionary = randomMatrix("w", 3, 12, 0.2);
    const activations = randomMatrix("h", 3, 17, 0.2);
    const product = nmfModel(dictionary, activations);
    const result = nmf(product, { components: 3, start: { dictionary, activations }, iterations: 20, tolerance: 0 });
    // every factor is multiplied twenty times by a ratio of two single-precision sums
    expect(result.dictionary.data).toBeAllclose(dictionary.data, { rtol: 2e-5 });
    expect(result.activations.data).toBeAllclose(activations.data, { rtol: 2e-5 });
    expect(result.cost).toBeAllclose(new Array(21).fill(0), { atol: 1e-6 * sumOf(product.data) });
  });

  it("does in one iteration what Lee & Seung's eq. 5 says, activations first", () => {
    // theirs is bins x frames: V ~ W H
    const v = transpose(toDense(x));
    let w = transpose(toDense(start.dictionary));
    let h = toDense(start.activations);
    const all = ones(v.size()) as DenseMatrix;
    const ratio = () => dotDivide(v, multiply(w, h)) as DenseMatrix;
    h = dotMultiply(h, dotDivide(multiply(transpose(w), ratio()), multiply(transpose(w), all))) as DenseMatrix;
    w = dotMultiply(w, dotDivide(multiply(ratio(), transpose(h)), multiply(all, transpose(h)))) as DenseMatrix;

    const result = nmf(x, { components: 3, start, iterations: 1 });
    // a few single-precision roundings
    expect(result.activations.data).toBeAllclose(flat(h), { rtol: 1e-6 });
    expect(result.dictionary.data).toBeAllclose(flat(transpose(w)), { rtol: 1e-6 });
  });

  test.each(recorded.cases)(
    "agrees with scikit-learn after $iterations iterations, sparsity $sparsityActivations, fixed dictionary: $fixDictionary",
    (expected) => {
      const { iterations, sparsityActivations, sparsityDictionary, fixDictionary } = expected;
      const options = { iterations, sparsityActivations, sparsityDictionary, fixDictionary, tolerance: 0 };
      const from = { dictionary: start.dictionary, activations: fromRows(expected.start) };
      const result = nmf(x, { components: 3, start: from, ...options });
      // single-precision roundings of fifty iterations, some of which the following ones amplify
      const close = { rtol: 1e-4, atol: 1e-5 };
      expect(result.activations.data).toBeAllclose(expected.activations.flat(), close);
      expect(result.dictionary.data).toBeAllclose(expected.dictionary.flat(), close);
      const penalties =
        sparsityActivations * sumOf(expected.activations.flat()) +
        sparsityDictionary * sumOf(expected.dictionary.flat());
      // the cost is flat around the factors: errors of 1e-5 in them count squared
      expect(result.cost.at(-1)!).toBeCloseTo(expected.divergence + penalties, 4);
    },
  );

  test.each(Array.from({ length: 30 }, (_, i) => i))("never raises the cost, problem %i", (i) => {
    const random = createRandom(`monotone ${i}`);
    const frames = 2 + random.below(40);
    const bins = 2 + random.below(40);
    const data = randomMatrix(`x ${i}`, frames, bins, [0, 0.3, 0.8][i % 3]!);
    data.data[0] = 1;
    const sparse = i % 2 === 0 ? 0 : 10 ** (random.uniform() * 3 - 2);
    const result = nmf(data, {
      components: 1 + random.below(Math.min(frames, bins)),
      seed: i,
      iterations: 60,
      tolerance: 0,
      sparsityActivations: sparse,
      sparsityDictionary: i % 4 === 3 ? sparse : 0,
    });
    expect(result.cost).toHaveLength(61);
    // the sums behind a cost are of the size of sum(X) or the first cost; single precision rounds each term by 6e-8
    const allowance = 1e-6 * Math.max(sumOf(data.data), result.cost[0]!);
    for (let j = 1; j < result.cost.length; j++) {
      expect(result.cost[j]! - result.cost[j - 1]!).toBeLessThanOrEqual(allowance);
    }
    expect(result.cost.at(-1)!).toBeLessThan(result.cost[0]!);
  });

  it("keeps frames and bins of zeros at zero, without NaN", () => {
    const data = randomMatrix("holes", 12, 10);
    data.data.fill(0, 30, 40);
    for (let n = 0; n < 12; n++) data.data[n * 10 + 4] = 0;
    const result = nmf(data, { components: 3, iterations: 30 });
    const model = nmfModel(result.dictionary, result.activations);
    expect([...model.data.subarray(30, 40)]).toEqual(new Array(10).fill(0));
    expect(model.data.every(Number.isFinite)).toBe(true);
    expect(result.cost.every(Number.isFinite)).toBe(true);
  });

  test.each([1e-12, 1e-6, 1 / 3, 1e6, 1e12])("scales with the data: times %d", (gain) => {
    const options: NmfOptions = { components: 3, seed: 5, iterations: 25, tolerance: 0 };
    const plain = nmf(x, options);
    const loud = nmf({ ...x, data: x.data.map((value) => value * gain) }, options);
    const expected = nmfModel(plain.dictionary, plain.activations).data.map((value) => value * gain);
    // single-precision roundings, other ones for another scale
    expect(nmfModel(loud.dictionary, loud.activations).data).toBeAllclose(expected, { rtol: 1e-3, atol: 1e-5 * gain });
    expect(loud.cost.map((value) => value / gain)).toBeAllclose(plain.cost, { rtol: 1e-5 });
  });

  it("is bit-exact under a gain that is a power of four", () => {
    const options: NmfOptions = { components: 3, seed: 5, iterations: 25, tolerance: 0 };
    const loud = nmf({ ...x, data: x.data.map((value) => value * 256) }, options);
    expect(loud.cost).toEqual(nmf(x, options).cost.map((value) => value * 256));
  });

  it("gives the same result for the same seed and another for another", () => {
    const run = (seed: number) => nmf(x, { components: 2, seed, iterations: 5 }).dictionary.data;
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  it("finds the activations of a fixed dictionary exactly where they exist, and returns that dictionary", () => {
    const dictionary = randomMatrix("fixed w", 2, 20, 0.3);
    const activations = randomMatrix("fixed h", 2, 15);
    const result = nmf(nmfModel(dictionary, activations), {
      components: 2,
      start: { dictionary },
      fixDictionary: true,
      iterations: 2000,
      tolerance: 0,
    });
    expect(result.dictionary.data).toBeAllclose(dictionary.data, { rtol: 1e-7 });
    expect(result.activations.data).toBeAllclose(activations.data, { rtol: 1e-3, atol: 1e-4 });
  });

  it("reports the same costs, fewer of them, with costEvery", () => {
    const options = { components: 2, iterations: 25, tolerance: 0 };
    const every = nmf(x, options);
    const tenth = nmf(x, { ...options, costEvery: 10 });
    // entries 0, 10, 20 and the end
    expect(tenth.cost).toBeAllclose(
      [0, 10, 20, 25].map((i) => every.cost[i]!),
      { rtol: 1e-6 },
    );
    expect(tenth.dictionary.data).toEqual(every.dictionary.data);
  });

  it("stops at the tolerance, at the last iteration, or when told to, and says which", () => {
    const settled = nmf(x, { components: 2, iterations: 5000, tolerance: 1e-3 });
    expect(settled.stop).toBe("tolerance");
    expect(settled.iterations).toBeLessThan(5000);
    expect(settled.cost).toHaveLength(settled.iterations + 1);
    const { cost } = settled;
    expect(cost.at(-11)! - cost.at(-1)!).toBeLessThan(1e-3 * cost[0]!);
    expect(nmf(x, { components: 2, iterations: 3 }).stop).toBe("iterations");

    const stopper = new AbortController();
    const seen: number[] = [];
    const stopped = nmf(x, {
      components: 2,
      signal: stopper.signal,
      onIteration: (iteration) => {
        seen.push(iteration);
        if (iteration === 4) stopper.abort();
      },
    });
    expect(stopped).toMatchObject({ stop: "aborted", iterations: 4 });
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it("does not change its inputs", () => {
    const copy = structuredClone({ x, start });
    nmf(x, { components: 3, start, iterations: 3 });
    expect({ x, start }).toEqual(copy);
  });

  const bad = (index: number, value: number) => ({ ...x, data: x.data.with(index, value) });
  test.each<[string, Matrix, NmfOptions, RegExp]>([
    ["negative entries", bad(13, -1), { components: 2 }, /nmf: spectrogram has 1 entries.*\(-1\) at bin 4, frame 1/],
    ["NaN", bad(0, Number.NaN), { components: 2 }, /\(NaN\) at bin 0, frame 0/],
    ["silence", { ...x, data: x.data.map(() => 0) }, { components: 2 }, /sums to 0/],
    ["a shape that is not filled", { ...x, rows: 12 }, { components: 2 }, /12 x 9 but has 99/],
    ["no component", x, { components: 0 }, /components is 0/],
    ["more components than the data can tell apart", x, { components: 10 }, /components is 10 .* 11 frames and 9 bins/],
    ["another divergence", x, { components: 2, beta: 2 }, /beta is 2/],
    ["a start of another shape", x, { components: 2, start }, /start.dictionary is 3 x 9; .* 2 x 9/],
    [
      "a negative start",
      x,
      { components: 3, start: { activations: fromRows(recorded.activations.map((r) => r.map((v) => -v))) } },
      /start.activations has 33/,
    ],
    ["a fixed dictionary that is not given", x, { components: 3, fixDictionary: true }, /start.dictionary is missing/],
    ["a negative weight", x, { components: 2, sparsityActivations: -1 }, /sparsityActivations is -1/],
    ["a fraction of an iteration", x, { components: 2, iterations: 1.5 }, /iterations is 1.5/],
    ["a negative tolerance", x, { components: 2, tolerance: -1 }, /tolerance is -1/],
  ])("refuses %s", (_, data, options, message) => {
    expect(() => nmf(data, options)).toThrow(message);
  });
});

describe("nmfModel", () => {
  const dictionary = randomMatrix("model w", 5, 9);
  const activations = randomMatrix("model h", 5, 13);

  it("is the matrix product of the chosen components", () => {
    for (const components of [[], [3], [0, 4], [0, 1, 2, 3, 4]]) {
      const expected = Float64Array.from({ length: 9 * 13 }, (_, i) =>
        sumOf(components.map((k) => dictionary.data[k * 9 + (i % 9)]! * activations.data[k * 13 + Math.floor(i / 9)]!)),
      );
      const model = nmfModel(dictionary, activations, components);
      expect([model.rows, model.columns]).toEqual([13, 9]);
      expect(model.data).toBeAllclose(expected, { rtol: 1e-6 });
    }
  });

  it("refuses factors that do not fit and components that are not there", () => {
    expect(() => nmfModel(dictionary, randomMatrix("h", 4, 13))).toThrow(/5 components, activations 4/);
    expect(() => nmfModel(dictionary, activations, [5])).toThrow(/component 5 .* there are 5/);
  });
});
