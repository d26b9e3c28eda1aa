import { describe, expect, it, test } from "vitest";
import { type Matrix, row } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { componentMasks } from "../../src/separation/componentMasks.ts";
import { type ContrastiveNmfOptions, contrastiveNmf } from "../../src/separation/contrastiveNmf.ts";
import { nmfModel } from "../../src/separation/modelSpectrogram.ts";
import { nmf } from "../../src/separation/nmf.ts";
import { costParts, filled, type Problem, sphereIteration, total, unitRows } from "./contrastiveReference.ts";

function randomMatrix(name: string, rows: number, columns: number): Matrix<Float64Array> {
  const random = createRandom(name);
  return filled(rows, columns, () => 0.05 + random.uniform() ** 2);
}

const frames = 30;
const bins = 20;
const x = randomMatrix("x", frames, bins);
const guide = randomMatrix("guide", 2, frames);
const base: ContrastiveNmfOptions = { components: 5, delta: 0.3, iterations: 30, tolerance: 0 };

const withRow = (matrix: Matrix, index: number, values: (value: number, n: number) => number): Matrix<Float64Array> => {
  const data = Float64Array.from(matrix.data);
  for (let n = 0; n < matrix.columns; n++) {
    data[index * matrix.columns + n] = values(data[index * matrix.columns + n]!, n);
  }
  return { ...matrix, data };
};
const reordered = (matrix: Matrix, order: number[]): Matrix<Float64Array> => ({
  rows: matrix.rows,
  columns: matrix.columns,
  data: Float64Array.from(order.flatMap((k) => [...row(matrix, k)])),
});
const allRise = (cost: number[]) => Math.max(...cost.slice(1).map((value, j) => value - cost[j]!));

describe("contrastiveNmf", () => {
  it("gives rows of unit norm, the cost at the start and after each iteration, and the weight it used", () => {
    const result = contrastiveNmf(x, guide, base);
    for (let k = 0; k < 5; k++) expect(Math.hypot(...row(result.activations, k))).toBeCloseTo(1, 6);
    expect(result).toMatchObject({ stop: "iterations", iterations: 30 });
    expect(result.cost).toHaveLength(31);
    // 0.3 of the sum of X over the bound of the contrast, 2 attended rows times 2 guide rows
    expect(result.delta).toBeCloseTo((0.3 * total(x)) / 4, 8);
    expect(result.options).toMatchObject({ attendedComponents: 2, update: "sphere", deltaScale: "relative", seed: 0 });
  });

  it("means the same by a relative weight and by the absolute one it reports", () => {
    const relative = contrastiveNmf(x, guide, base);
    const absolute = contrastiveNmf(x, guide, { ...base, delta: relative.delta, deltaScale: "absolute" });
    expect(absolute.cost).toEqual(relative.cost);
    expect(absolute.activations).toEqual(relative.activations);
  });

  test.each([
    ["a random start", undefined],
    ["a start given", { dictionary: randomMatrix("w", 5, bins), activations: randomMatrix("h", 5, frames) }],
  ])("with delta 0 is nmf up to the scale of the rows, from %s", (_, start) => {
    const options = { components: 5, iterations: 20, tolerance: 0, ...(start && { start }) };
    const contrastive = contrastiveNmf(x, guide, { ...options, delta: 0 });
    const plain = nmf(x, options);
    // roundings of twenty iterations, other ones for other scales of the rows
    expect(nmfModel(contrastive.dictionary, contrastive.activations).data).toBeAllclose(
      nmfModel(plain.dictionary, plain.activations).data,
      { rtol: 2e-4 },
    );
    expect(contrastive.cost).toBeAllclose(plain.cost, { atol: 2e-6 * total(x) });
  });

  it("with delta 0 and weights of the L1 norms minimises nmf's cost over rows of unit norm", () => {
    const start = { dictionary: randomMatrix("w", 5, bins), activations: unitRows(randomMatrix("h", 5, frames)) };
    const weights = { delta: 0, sparsityActivations: 0.5, sparsityDictionary: 0.2 };
    const result = contrastiveNmf(x, guide, { ...base, ...weights, start, iterations: 5 });
    let problem: Problem = { x, w: start.dictionary, h: start.activations, s: guide, attended: 2, ...weights };
    for (let i = 0; i < 5; i++) problem = sphereIteration(problem);
    // single-precision roundings of five iterations
    expect(result.activations.data).toBeAllclose(problem.h.data, { rtol: 1e-4, atol: 1e-6 });
    expect(result.dictionary.data).toBeAllclose(problem.w.data, { rtol: 1e-4, atol: 1e-6 });
    expect(result.cost[5]).toBeCloseTo(costParts(problem).cost, 3);
  });

  it("with delta 0 and the multiplicative rule takes nmf's step, weight of the activations' L1 norm included", () => {
    const start = { dictionary: randomMatrix("w", 5, bins), activations: unitRows(randomMatrix("h", 5, frames)) };
    const options = { components: 5, iterations: 1, tolerance: 0, sparsityActivations: 0.5, start };
    const contrastive = contrastiveNmf(x, guide, { ...options, delta: 0, update: "multiplicative" });
    const plain = nmf(x, options);
    // one iteration: nmf does not bring rows to unit norm before the next, where the weight would count differently
    expect(contrastive.activations.data).toBeAllclose(unitRows(plain.activations).data, { rtol: 1e-5 });
    expect(nmfModel(contrastive.dictionary, contrastive.activations).data).toBeAllclose(
      nmfModel(plain.dictionary, plain.activations).data,
      { rtol: 1e-5 },
    );
  });

  it("does not depend on the order of the guide's rows, nor on that of the attended and of the other rows", () => {
    const start = { dictionary: randomMatrix("w", 5, bins), activations: randomMatrix("h", 5, frames) };
    const order = [1, 0, 4, 2, 3];
    const one = contrastiveNmf(x, guide, { ...base, start });
    const other = contrastiveNmf(x, reordered(guide, [1, 0]), {
      ...base,
      start: { dictionary: reordered(start.dictionary, order), activations: reordered(start.activations, order) },
    });
    // sums in another order, rounded to single precision, over thirty iterations
    expect(other.activations.data).toBeAllclose(reordered(one.activations, order).data, { rtol: 1e-3, atol: 2e-5 });
    expect(other.dictionary.data).toBeAllclose(reordered(one.dictionary, order).data, { rtol: 1e-3, atol: 2e-4 });
    expect(other.cost).toBeAllclose(one.cost, { atol: 2e-6 * total(x) });
  });

  test.each([1e-3, 0.1, 7, 1e3])("gives the same masks for audio times %d", (gain) => {
    const masksOf = (scale: number) => {
      const spectrogram = { ...x, data: x.data.map((value) => value * scale) };
      const factors = contrastiveNmf(spectrogram, guide, { ...base, sparsityActivations: 0.01 * scale });
      return componentMasks(factors, [
        [0, 1],
        [2, 3, 4],
      ])[0]!.data;
    };
    expect(masksOf(gain)).toBeAllclose(masksOf(1), { atol: 1e-4 });
  });

  it("does not depend on the scale of the guide's rows", () => {
    const louder = withRow(guide, 1, (value) => 4096 * value);
    expect(contrastiveNmf(x, louder, base).cost).toBeAllclose(contrastiveNmf(x, guide, base).cost, { rtol: 1e-6 });
  });

  test.each([1, 2, 4, 5])("takes %i attended of 5 components with a guide of 2 rows", (attendedComponents) => {
    const result = contrastiveNmf(x, guide, { ...base, attendedComponents });
    expect(allRise(result.cost)).toBeLessThanOrEqual(1e-6 * total(x));
    expect(result.delta).toBeCloseTo((0.3 * total(x)) / (2 * attendedComponents), 8);
  });

  it("gives the same bytes for the same seed and others for another", () => {
    expect(contrastiveNmf(x, guide, base)).toEqual(contrastiveNmf(x, guide, base));
    expect(contrastiveNmf(x, guide, { ...base, seed: 1 }).cost).not.toEqual(contrastiveNmf(x, guide, base).cost);
  });

  it("does not change what it is given", () => {
    const start = { dictionary: randomMatrix("w", 5, bins), activations: randomMatrix("h", 5, frames) };
    const before = structuredClone({ x, guide, start });
    contrastiveNmf(x, guide, { ...base, start });
    expect({ x, guide, start }).toEqual(before);
  });

  it("stops once ten iterations gain less than the tolerance's share of the first cost", () => {
    const { cost, stop, iterations } = contrastiveNmf(x, guide, { ...base, iterations: 2000, tolerance: 1e-3 });
    expect(stop).toBe("tolerance");
    expect(cost).toHaveLength(iterations + 1);
    expect(cost[iterations - 10]! - cost[iterations]!).toBeLessThan(1e-3 * Math.abs(cost[0]!));
    expect(cost[iterations - 20]! - cost[iterations - 10]!).toBeGreaterThanOrEqual(1e-3 * Math.abs(cost[0]!));
  });

  it("reports the same costs, fewer of them, with costEvery, and tells of every iteration", () => {
    const every = contrastiveNmf(x, guide, base).cost;
    const seen: [number, number][] = [];
    const some = contrastiveNmf(x, guide, { ...base, costEvery: 10, onIteration: (...args) => seen.push(args) }).cost;
    expect(some).toBeAllclose([every[0]!, every[10]!, every[20]!, every[30]!], { rtol: 1e-6 });
    expect(seen.map(([iteration]) => iteration)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(seen[14]![1]).toBe(some[1]);
  });

  it("stops between two iterations when it is aborted and returns what it has", () => {
    const controller = new AbortController();
    const result = contrastiveNmf(x, guide, {
      ...base,
      signal: controller.signal,
      onIteration: (iteration) => iteration === 3 && controller.abort(),
    });
    expect(result).toMatchObject({ stop: "aborted", iterations: 3 });
    expect(result.cost).toBeAllclose(contrastiveNmf(x, guide, { ...base, iterations: 3 }).cost);
  });

  it("takes a guide that ridge regression made: negative entries count as the rectification says", () => {
    const signed = withRow(guide, 0, (value) => value - 0.3);
    const by = (rectify: (value: number, n: number) => number) =>
      contrastiveNmf(x, withRow(signed, 0, rectify), base).cost;
    const least = row(signed, 0).reduce((a, b) => Math.min(a, b));
    expect(least).toBeLessThan(0);
    expect(contrastiveNmf(x, signed, base).cost).toEqual(by((value) => Math.max(value, 0)));
    expect(contrastiveNmf(x, signed, { ...base, rectification: "abs" }).cost).toEqual(by(Math.abs));
    expect(contrastiveNmf(x, signed, { ...base, rectification: "shift" }).cost).toEqual(by((value) => value - least));
  });

  const silent = withRow(guide, 1, () => 0);
  const negative = withRow(guide, 1, (value) => -value);
  const wide = randomMatrix("wide", 2, frames + 1);
  test.each<[string, Matrix, Matrix, Partial<ContrastiveNmfOptions>, RegExp]>([
    ["a guide row of zeros, by number", x, silent, {}, /guide row 1 is zero after rectification "relu"/],
    ["a guide row without a positive entry, by number", x, negative, {}, /guide row 1 is zero/],
    ["NaN in the guide", x, withRow(guide, 1, (v, n) => (n === 7 ? NaN : v)), {}, /guide row 1 has NaN at frame 7/],
    ["other frames", x, wide, {}, /guide has 31 frames, the spectrogram 30/],
    ["more components than the data tell apart", x, guide, { components: 21 }, /components is 21 .* at most 20/],
    ["more attended components than components", x, guide, { attendedComponents: 6 }, /attendedComponents is 6/],
    ["no attended component", x, guide, { attendedComponents: 0 }, /attendedComponents is 0/],
    ["a negative delta", x, guide, { delta: -1 }, /delta is -1/],
    ["delta that is not a number", x, guide, { delta: NaN }, /delta is NaN/],
    ["a negative weight", x, guide, { sparsityActivations: -1 }, /sparsityActivations is -1/],
    ["a spectrogram with a negative entry", withRow(x, 3, (v) => -v), guide, {}, /20 entries .*bin 0, frame 3/],
    ["a silent spectrogram", { ...x, data: new Float64Array(frames * bins) }, guide, {}, /sums to 0/],
    ["a start of another shape", x, guide, { start: { activations: wide } }, /start.activations is 2 x 31/],
    [
      "a start with a negative entry",
      x,
      guide,
      { start: { dictionary: filled(5, bins, () => -1) } },
      /start.dictionary/,
    ],
  ])("refuses %s", (_, spectrogram, given, options, message) => {
    expect(() => contrastiveNmf(spectrogram, given, { ...base, ...options })).toThrow(message);
  });

  it("refuses words it does not know", () => {
    // as they come from a file
    const given = (option: object) => () => contrastiveNmf(x, guide, { ...base, ...option });
    expect(given({ update: "heuristic" })).toThrow(/update is "heuristic"/);
    expect(given({ deltaScale: "db" })).toThrow(/deltaScale is "db"/);
    expect(given({ rectification: "square" })).toThrow(/rectification is "square"/);
  });
});

describe("steering", () => {
  // Two sources of two notes each, spectra overlapping, every note coming and going on its own. Correlation of the attended
  // part with each source's own spectrogram.
  const random = createRandom("steering");
  const sourceOf = () => {
    const spectra = filled(2, 24, () => random.uniform() ** 4 + 0.02);
    const courses = filled(2, 120, () => 0);
    for (let k = 0; k < 2; k++) {
      let level = 0;
      for (let n = 0; n < 120; n++) {
        if (random.uniform() < 0.15) level = 1 + random.uniform();
        courses.data[k * 120 + n] = level;
        level *= 0.8;
      }
    }
    return { courses, spectrogram: nmfModel(spectra, courses) };
  };
  const sources = [sourceOf(), sourceOf()];
  const mixture = {
    ...sources[0]!.spectrogram,
    data: sources[0]!.spectrogram.data.map((value, i) => value + sources[1]!.spectrogram.data[i]!),
  };
  const correlation = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    const centred = (values: ArrayLike<number>) => {
      const mean = Array.from(values).reduce((s, value) => s + value, 0) / values.length;
      return Array.from(values, (value) => value - mean);
    };
    const [p, q] = [centred(a), centred(b)];
    return p.reduce((s, value, i) => s + value * q[i]!, 0) / (Math.hypot(...p) * Math.hypot(...q));
  };
  /** Correlation of the attended part with the guide's own source and with the other one. */
  const separated = (attended: number, seed: number, delta: number) => {
    const factors = contrastiveNmf(mixture, sources[attended]!.courses, {
      components: 4,
      seed,
      delta,
      iterations: 150,
      tolerance: 0,
    });
    const [mask] = componentMasks(factors, [
      [0, 1],
      [2, 3],
    ]);
    const estimate = mixture.data.map((value, i) => value * mask!.data[i]!);
    return {
      own: correlation(estimate, sources[attended]!.spectrogram.data),
      other: correlation(estimate, sources[1 - attended]!.spectrogram.data),
    };
  };

  test.each([0, 1])("finds source %i in its own components where its true activations are the guide", (attended) => {
    const seeds = [0, 1, 2, 3, 4];
    const steered = seeds.map((seed) => separated(attended, seed, 0.1));
    const blind = seeds.map((seed) => separated(attended, seed, 0));
    for (const { own, other } of steered) {
      expect(own).toBeGreaterThan(0.8);
      expect(own).toBeGreaterThan(other + 0.3);
    }
    const mean = (values: { own: number }[]) => values.reduce((s, { own }) => s + own, 0) / values.length;
    expect(mean(steered)).toBeGreaterThan(mean(blind) + 0.1);
  });
});
