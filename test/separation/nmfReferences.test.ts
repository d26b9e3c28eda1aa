import { describe, expect, it, test } from "vitest";
import { type Matrix, row, transpose, zeros } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { componentMasks } from "../../src/separation/componentMasks.ts";
import { nmfModel } from "../../src/separation/modelSpectrogram.ts";
import type { UpdateOrder } from "../../src/separation/multiplicativeRule.ts";
import { nmf } from "../../src/separation/nmf.ts";
import ofBeta from "../fixtures/betaNmf.json" with { type: "json" };
import ofKullbackLeibler from "../fixtures/nmf.json" with { type: "json" };
import {
  betaDivergence,
  exponentOf,
  type PlainTerms,
  plainActivationTerms,
  plainDictionaryTerms,
  plainProduct,
  plainUpdate,
} from "./plainFactorization.ts";

// nmf against scikit-learn, the papers' formulas in plain loops and closed forms.

/** A matrix from rows of numbers. */
const fromRows = (rows: number[][]): Matrix<Float64Array> => ({
  rows: rows.length,
  columns: rows[0]!.length,
  data: Float64Array.from(rows.flat()),
});

function randomMatrix(name: string, rows: number, columns: number, zeroShare = 0): Matrix<Float64Array> {
  const random = createRandom(name);
  const data = Float64Array.from({ length: rows * columns }, () =>
    random.uniform() < zeroShare ? 0 : random.uniform() ** 2 + 0.01,
  );
  return { rows, columns, data };
}

const sumOf = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
const exact = { precision: "float64", tolerance: 0 } as const;

describe("nmf and scikit-learn's multiplicative updates", () => {
  const spectrograms = {
    positive: transpose(fromRows(ofBeta.positive)),
    withZeros: transpose(fromRows(ofBeta.withZeros)),
  };
  const start = { dictionary: transpose(fromRows(ofBeta.W0)), activations: fromRows(ofBeta.H0) };
  const run = (expected: (typeof ofBeta.cases)[number], precision: "float32" | "float64") =>
    nmf(spectrograms[expected.spectrogram as keyof typeof spectrograms], {
      components: 4,
      start,
      beta: expected.beta,
      updateOrder: expected.order as UpdateOrder,
      iterations: expected.iterations,
      sparsityActivations: expected.sparsityActivations,
      sparsityDictionary: expected.sparsityDictionary,
      tolerance: 0,
      precision,
    });
  const title =
    "agree at beta $beta, $order, $spectrogram data, sparsity $sparsityActivations, over $iterations iterations";

  test.each(ofBeta.cases)(title, (expected) => {
    const result = run(expected, "float64");
    expect(result.cost).toBeAllclose(expected.cost, { rtol: 1e-8 });
    // scikit-learn sets entries below 2e-16 to zero
    const close = { rtol: 1e-8, atol: 1e-12 };
    expect(result.dictionary.data).toBeAllclose(transpose(fromRows(expected.W)).data, close);
    expect(result.activations.data).toBeAllclose(fromRows(expected.H).data, close);
  });

  test.each(ofBeta.cases)(`${title}, in single precision`, (expected) => {
    const result = run(expected, "float32");
    expect(result.dictionary.data).toBeInstanceOf(Float32Array);
    expect(result.activations.data).toBeInstanceOf(Float32Array);
    // a cost is the sum of 270 positive terms, each rounded to 6e-8 of the powers it is the difference of
    expect(result.cost).toBeAllclose(expected.cost, { rtol: 1e-6 });
    // roundings of fifty iterations, some of which the following ones amplify
    const close = { rtol: 1e-4, atol: 1e-5 };
    expect(result.dictionary.data).toBeAllclose(transpose(fromRows(expected.W)).data, close);
    expect(result.activations.data).toBeAllclose(fromRows(expected.H).data, close);
  });

  test.each(ofKullbackLeibler.cases)(
    "agree after $iterations iterations, sparsity $sparsityActivations, fixed dictionary: $fixDictionary",
    (expected) => {
      const { iterations, sparsityActivations, sparsityDictionary, fixDictionary } = expected;
      const dictionary = fromRows(ofKullbackLeibler.dictionary);
      const result = nmf(fromRows(ofKullbackLeibler.spectrogram), {
        components: 3,
        start: { dictionary, activations: fromRows(expected.start) },
        ...{ iterations, sparsityActivations, sparsityDictionary, fixDictionary },
        ...exact,
      });
      const close = { rtol: 1e-6, atol: 1e-9 };
      expect(result.activations.data).toBeAllclose(expected.activations.flat(), close);
      expect(result.dictionary.data).toBeAllclose(expected.dictionary.flat(), close);
      const penalties =
        sparsityActivations * sumOf(expected.activations.flat()) +
        sparsityDictionary * sumOf(expected.dictionary.flat());
      expect(result.cost.at(-1)!).toBeCloseTo(expected.divergence + penalties, 7);
    },
  );
});

/** Sums over one index, spelled out: W is bins x components, H components x frames, V and X bins x frames, as in the papers. */
interface Papers {
  bins: number;
  frames: number;
  components: number;
  v(i: number, u: number): number;
  w(i: number, a: number): number;
  h(a: number, u: number): number;
  /** (WH)_iu */
  wh(i: number, u: number): number;
}

function asInPapers(x: Matrix, dictionary: Matrix, activations: Matrix): Papers {
  const [bins, frames, components] = [x.columns, x.rows, dictionary.rows];
  const w = (i: number, a: number) => dictionary.data[a * bins + i]!;
  const h = (a: number, u: number) => activations.data[a * frames + u]!;
  const wh = (i: number, u: number) => sumOver(components, (a) => w(i, a) * h(a, u));
  return { bins, frames, components, v: (i, u) => x.data[u * bins + i]!, w, h, wh };
}

function sumOver(count: number, term: (index: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += term(i);
  return sum;
}

function fill(rows: number, columns: number, value: (r: number, c: number) => number): Matrix<Float64Array> {
  const out = zeros(rows, columns);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out.data[r * columns + c] = value(r, c);
  return out;
}

describe("one iteration of nmf", () => {
  const x = randomMatrix("v", 9, 7, 0.2);
  const dictionary = randomMatrix("w0", 3, 7);
  const activations = randomMatrix("h0", 3, 9);
  const options = { components: 3, start: { dictionary, activations }, iterations: 1, ...exact };

  it("at beta 2 is Lee & Seung's eq. 4, activations first", () => {
    const before = asInPapers(x, dictionary, activations);
    const { bins, frames, v, w, h, wh } = before;
    const newActivations = fill(3, frames, (a, u) => {
      const numerator = sumOver(bins, (i) => w(i, a) * v(i, u));
      return (h(a, u) * numerator) / sumOver(bins, (i) => w(i, a) * wh(i, u));
    });
    const between = asInPapers(x, dictionary, newActivations);
    const newDictionary = fill(3, bins, (a, i) => {
      const numerator = sumOver(frames, (u) => v(i, u) * between.h(a, u));
      return (w(i, a) * numerator) / sumOver(frames, (u) => between.wh(i, u) * between.h(a, u));
    });
    const result = nmf(x, { ...options, beta: 2 });
    expect(result.activations.data).toBeAllclose(newActivations.data, { rtol: 1e-12 });
    expect(result.dictionary.data).toBeAllclose(newDictionary.data, { rtol: 1e-12 });
    // theirs is the squared distance, here half of it
    const distance = (p: Papers) => sumOver(bins, (i) => sumOver(frames, (u) => (p.v(i, u) - p.wh(i, u)) ** 2));
    const after = asInPapers(x, newDictionary, newActivations);
    expect(result.cost).toBeAllclose([distance(before) / 2, distance(after) / 2], { rtol: 1e-12 });
  });

  it("at beta 1 is Lee & Seung's eq. 5, activations first", () => {
    const { bins, frames, v, w, h, wh } = asInPapers(x, dictionary, activations);
    const newActivations = fill(3, frames, (a, u) => {
      const numerator = sumOver(bins, (i) => (w(i, a) * v(i, u)) / wh(i, u));
      return (h(a, u) * numerator) / sumOver(bins, (k) => w(k, a));
    });
    const between = asInPapers(x, dictionary, newActivations);
    const newDictionary = fill(3, bins, (a, i) => {
      const numerator = sumOver(frames, (u) => (between.h(a, u) * v(i, u)) / between.wh(i, u));
      return (w(i, a) * numerator) / sumOver(frames, (nu) => between.h(a, nu));
    });
    const result = nmf(x, options);
    expect(result.activations.data).toBeAllclose(newActivations.data, { rtol: 1e-12 });
    expect(result.dictionary.data).toBeAllclose(newDictionary.data, { rtol: 1e-12 });
  });

  it("of the activations at beta 2 is the additive step of eq. 6 with the step size of eq. 7", () => {
    const { bins, frames, v, w, h, wh } = asInPapers(x, dictionary, activations);
    const stepped = fill(3, frames, (a, u) => {
      const wv = sumOver(bins, (i) => w(i, a) * v(i, u));
      const wwh = sumOver(bins, (i) => w(i, a) * wh(i, u));
      return h(a, u) + (h(a, u) / wwh) * (wv - wwh);
    });
    const result = nmf(x, { ...options, beta: 2, fixDictionary: true });
    expect(result.activations.data).toBeAllclose(stepped.data, { rtol: 1e-12 });
    expect(result.dictionary.data).toEqual(dictionary.data);
  });

  it("of the activations at beta 1 is the additive step of eq. 8 with the step size of eq. 9", () => {
    const { bins, frames, v, w, h, wh } = asInPapers(x, dictionary, activations);
    const stepped = fill(3, frames, (a, u) => {
      const sumOfW = sumOver(bins, (i) => w(i, a));
      return h(a, u) + (h(a, u) / sumOfW) * (sumOver(bins, (i) => (w(i, a) * v(i, u)) / wh(i, u)) - sumOfW);
    });
    const result = nmf(x, { ...options, fixDictionary: true });
    expect(result.activations.data).toBeAllclose(stepped.data, { rtol: 1e-12 });
  });

  it("of the dictionary is that of the activations with the two exchanged", () => {
    const swapped = { dictionary: activations, activations: dictionary };
    for (const beta of [0.5, 1, 2, 3]) {
      const ofDictionary = nmf(x, { ...options, beta, fixActivations: true });
      const ofActivations = nmf(transpose(x), { ...options, start: swapped, beta, fixDictionary: true });
      expect(ofDictionary.dictionary.data).toBeAllclose(ofActivations.activations.data, { rtol: 1e-12 });
    }
  });

  it("in joint order minimises one majorizer over the activations, then over the dictionary", () => {
    // the shares phi = w h / v of the majorizer are those of the old factors on both sides
    const { bins, frames, v, w, h, wh } = asInPapers(x, dictionary, activations);
    const [penaltyH, penaltyW] = [0.3, 0.2];
    const newActivations = fill(3, frames, (a, u) => {
      const shares = sumOver(bins, (i) => (w(i, a) * h(a, u) * v(i, u)) / wh(i, u));
      return shares / (sumOver(bins, (i) => w(i, a)) + penaltyH);
    });
    const newDictionary = fill(3, bins, (a, i) => {
      const shares = sumOver(frames, (u) => (w(i, a) * h(a, u) * v(i, u)) / wh(i, u));
      return shares / (sumOf(row(newActivations, a)) + penaltyW);
    });
    const penalties = { sparsityActivations: penaltyH, sparsityDictionary: penaltyW };
    const result = nmf(x, { ...options, ...penalties, updateOrder: "joint" });
    expect(result.activations.data).toBeAllclose(newActivations.data, { rtol: 1e-12 });
    expect(result.dictionary.data).toBeAllclose(newDictionary.data, { rtol: 1e-12 });
  });
});

test.each([0.5, 1, 2])(
  "an over-relaxed iteration of nmf raises both ratios to a power that much larger, beta %d",
  (beta) => {
    const x = randomMatrix("relaxed x", 9, 7);
    const first = { dictionary: randomMatrix("relaxed w", 3, 7), activations: randomMatrix("relaxed h", 3, 9) };
    const power = (factor: Matrix, { numerator, denominator }: PlainTerms) => ({
      ...factor,
      data: Float64Array.from(factor.data, (value, i) => {
        return value * (numerator.data[i]! / denominator.data[i]!) ** (1.3 * exponentOf(beta));
      }),
    });
    const activations = power(first.activations, plainActivationTerms(x, first, { beta }));
    const between = { dictionary: first.dictionary, activations };
    const dictionary = power(first.dictionary, plainDictionaryTerms(x, between, { beta }));
    const options = { components: 3, beta, start: first, iterations: 1, overRelaxation: 1.3, ...exact };
    const result = nmf(x, options);
    // it is kept
    expect(result.cost[1]!).toBeLessThan(result.cost[0]!);
    expect(result.activations.data).toBeAllclose(activations.data, { rtol: 1e-12 });
    expect(result.dictionary.data).toBeAllclose(dictionary.data, { rtol: 1e-12 });
  },
);

const betas = [-1, 0, 0.3, 0.5, 1, 1.5, 2, 2.6, 3];

describe("ten iterations of nmf", () => {
  /** The rows named are those of `old`. */
  const keepRows = (updated: Matrix<Float64Array>, old: Matrix, rows: number[]) => {
    for (const k of rows) row(updated, k).set(row(old, k));
    return updated;
  };

  test.each(betas)("at beta %d are those of plain loops, with weights and with rows that stay", (beta) => {
    // odd sizes, so that rows start anywhere in a vector
    const x = randomMatrix("x", 13, 11, beta > 0 ? 0.2 : 0);
    const first = { dictionary: randomMatrix("w", 5, 11, 0.1), activations: randomMatrix("h", 5, 13, 0.1) };
    const [penaltyH, penaltyW] = [0.2, 0.1];
    const [fixDictionary, fixActivations] = [
      [1, 4],
      [0, 2, 3],
    ];
    const floored = (v: Matrix) => ({ ...v, data: v.data.map((value) => value + 1e-20) });
    const terms = (of: (v: Matrix) => PlainTerms, { dictionary, activations }: typeof first): PlainTerms =>
      of(floored(plainProduct({ dictionary, activations })));
    const costOf = ({ dictionary, activations }: typeof first) =>
      betaDivergence(x.data, plainProduct({ dictionary, activations }).data, beta) +
      penaltyH * sumOf(activations.data) +
      penaltyW * sumOf(dictionary.data);
    let factors = first;
    const cost = [costOf(factors)];
    for (let i = 0; i < 10; i++) {
      const ofH = terms((v) => plainActivationTerms(x, factors, { beta, v }), factors);
      const activations = plainUpdate(factors.activations, ofH, { beta, sparsity: penaltyH });
      factors = { ...factors, activations: keepRows(activations, factors.activations, fixActivations!) };
      const ofW = terms((v) => plainDictionaryTerms(x, factors, { beta, v }), factors);
      const dictionary = plainUpdate(factors.dictionary, ofW, { beta, sparsity: penaltyW });
      factors = { ...factors, dictionary: keepRows(dictionary, factors.dictionary, fixDictionary!) };
      cost.push(costOf(factors));
    }
    const result = nmf(x, {
      components: 5,
      beta,
      start: first,
      iterations: 10,
      sparsityActivations: penaltyH,
      sparsityDictionary: penaltyW,
      fixDictionary: fixDictionary!,
      fixActivations: fixActivations!,
      ...exact,
    });
    expect(result.activations.data).toBeAllclose(factors.activations.data, { rtol: 1e-10 });
    expect(result.dictionary.data).toBeAllclose(factors.dictionary.data, { rtol: 1e-10 });
    expect(result.cost).toBeAllclose(cost, { rtol: 1e-10 });
  });
});

describe("a perfect factorization", () => {
  const dictionary = randomMatrix("w", 3, 12);
  const activations = randomMatrix("h", 3, 17);
  const product = plainProduct({ dictionary, activations });

  test.each(betas)("stays where it is, at cost 0, at beta %d", (beta) => {
    const start = { dictionary, activations };
    const result = nmf(product, { components: 3, beta, start, iterations: 20, ...exact });
    expect(result.dictionary.data).toBeAllclose(dictionary.data, { rtol: 1e-12 });
    expect(result.activations.data).toBeAllclose(activations.data, { rtol: 1e-12 });
    expect(result.cost).toBeAllclose(new Array(21).fill(0), { atol: 1e-12 });
  });

  test.each(["hw", "wh", "joint"] as const)(
    "stays in order %s in single precision, with zeros in it",
    (updateOrder) => {
      const start = { dictionary: randomMatrix("w", 3, 12, 0.2), activations: randomMatrix("h", 3, 17, 0.2) };
      const data = nmfModel(start.dictionary, start.activations);
      const result = nmf(data, { components: 3, start, iterations: 20, tolerance: 0, updateOrder });
      // every factor is multiplied twenty times by a ratio of two single-precision sums
      expect(result.dictionary.data).toBeAllclose(start.dictionary.data, { rtol: 2e-5 });
      expect(result.activations.data).toBeAllclose(start.activations.data, { rtol: 2e-5 });
      expect(result.cost).toBeAllclose(new Array(21).fill(0), { atol: 1e-6 * sumOf(data.data) });
    },
  );
});

describe("weights of the L1 norms", () => {
  const x = randomMatrix("weighted x", 11, 9, 0.15);
  const positive = randomMatrix("positive", 11, 9);
  const start = { dictionary: randomMatrix("start w", 3, 9), activations: randomMatrix("start h", 3, 11) };
  const times = (matrix: Matrix, gain: number): Matrix => ({
    ...matrix,
    data: matrix.data.map((value) => value * gain),
  });
  /** Each component's own mask. */
  const masksOf = (factors: { dictionary: Matrix; activations: Matrix }) =>
    componentMasks(factors, [[0], [1], [2]]).flatMap(({ data }) => [...data]);
  const weights = { sparsityActivations: 0.2, sparsityDictionary: 0.1 };
  const options = { components: 3, seed: 2, iterations: 40, ...exact };

  test.each([0.5, 1, 2])("absolute: the cost is the divergence and the weighted sums at beta %d", (beta) => {
    const plain = nmf(x, { ...options, beta, iterations: 0, start });
    const weighted = nmf(x, { ...options, beta, iterations: 0, start, ...weights });
    const penalties = 0.2 * sumOf(start.activations.data) + 0.1 * sumOf(start.dictionary.data);
    expect(weighted.cost[0]! - plain.cost[0]!).toBeCloseTo(penalties, 10);
  });

  test.each([0.5, 1, 2])(
    "absolute: data a thousand times larger need weights 1000^(beta - 1/2) times larger, beta %d",
    (beta) => {
      const plain = nmf(x, { ...options, beta, ...weights });
      const factor = 1000 ** (beta - 0.5);
      const loud = nmf(times(x, 1000), {
        ...options,
        beta,
        sparsityActivations: 0.2 * factor,
        sparsityDictionary: 0.1 * factor,
      });
      expect(masksOf(loud)).toBeAllclose(masksOf(plain), { atol: 1e-10 });
      expect(loud.cost.map((value) => value / 1000 ** beta)).toBeAllclose(plain.cost, { rtol: 1e-10 });
    },
  );

  test.each([0.5, 1, 2])("relative: data a thousand times larger have the same masks at beta %d", (beta) => {
    const run = (data: Matrix, sparsityScale: "relative" | "absolute") =>
      nmf(data, { ...options, beta, ...weights, sparsityScale });
    const plain = run(x, "relative");
    const loud = run(times(x, 1000), "relative");
    expect(masksOf(loud)).toBeAllclose(masksOf(plain), { atol: 1e-10 });
    expect(loud.cost.map((value) => value / 1000 ** beta)).toBeAllclose(plain.cost, { rtol: 1e-10 });
    // absolute weights do not follow the data, except at beta 1/2
    const followed = masksOf(run(times(x, 1000), "absolute"));
    const distance = Math.max(...masksOf(run(x, "absolute")).map((value, i) => Math.abs(value - followed[i]!)));
    if (beta === 0.5) expect(distance).toBeLessThan(1e-10);
    else expect(distance).toBeGreaterThan(1e-3);
  });

  it("relative and absolute are the same for data of mean 1", () => {
    const unit = times(x, x.data.length / sumOf(x.data));
    const run = (sparsityScale: "relative" | "absolute") => nmf(unit, { ...options, ...weights, sparsityScale });
    expect(run("relative").activations.data).toBeAllclose(run("absolute").activations.data, { rtol: 1e-10 });
  });

  it("of one component's activations lead to the minimum in closed form", () => {
    const dictionary = randomMatrix("one", 1, 9);
    const w = dictionary.data;
    const frame = (n: number) => row(positive, n);
    const fixed = { fixDictionary: true, sparsityActivations: 0.3 };
    const run = (beta: number) =>
      nmf(positive, { ...options, components: 1, beta, start: { dictionary }, iterations: 500, ...fixed });
    // where sum of w (1 - x / (w h)) + 0.3 and sum of w (w h - x) + 0.3 vanish
    const ofBeta1 = Array.from({ length: 11 }, (_, n) => sumOf(frame(n)) / (sumOf(w) + 0.3));
    const product = (a: Float64Array, b: Float64Array) => sumOf(a.map((value, i) => value * b[i]!));
    const ofBeta2 = Array.from({ length: 11 }, (_, n) => (product(w, frame(n)) - 0.3) / product(w, w));
    expect(Math.min(...ofBeta2)).toBeGreaterThan(0);
    expect(run(1).activations.data).toBeAllclose(ofBeta1, { rtol: 1e-12 });
    expect(run(2).activations.data).toBeAllclose(ofBeta2, { rtol: 1e-9 });
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
