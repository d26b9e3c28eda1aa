import { describe, expect, it, test } from "vitest";
import { type Matrix, row } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { componentMasks } from "../../src/separation/componentMasks.ts";
import { type ContrastiveNmfOptions, contrastiveNmf } from "../../src/separation/contrastiveNmf.ts";
import { nmfModel } from "../../src/separation/modelSpectrogram.ts";
import { nmf } from "../../src/separation/nmf.ts";
import {
  costParts,
  filled,
  largestRise,
  type Problem,
  sphereIteration,
  total,
  unitRows,
} from "./contrastiveReference.ts";

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
const start = { dictionary: randomMatrix("w", 5, bins), activations: randomMatrix("h", 5, frames) };
const updates = ["sphere", "multiplicative", "halving"] as const;
const precisions = ["float32", "float64"] as const;

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

  test.each(precisions)(
    "with delta 0 is nmf, costs bit for bit and norms moved into the dictionary: %s",
    (precision) => {
      for (const given of [{}, { start }, { seed: "another" }]) {
        const options = { components: 5, iterations: 20, tolerance: 0, precision, ...given };
        const contrastive = contrastiveNmf(x, guide, { ...options, delta: 0 });
        const plain = nmf(x, options);
        expect(contrastive.cost).toEqual(plain.cost);
        const close = { rtol: precision === "float32" ? 1e-6 : 1e-14 };
        const { data } = unitRows(plain.activations);
        expect(contrastive.activations.data).toBeAllclose(data, { ...close, atol: 1e-27 });
        expect(nmfModel(contrastive.dictionary, contrastive.activations).data).toBeAllclose(
          nmfModel(plain.dictionary, plain.activations).data,
          close,
        );
      }
    },
  );

  it("with delta 0 and weights of the L1 norms minimises nmf's cost over rows of unit norm", () => {
    const unit = { ...start, activations: unitRows(start.activations) };
    const weights = { delta: 0, sparsityActivations: 0.5, sparsityDictionary: 0.2 };
    let problem: Problem = { x, w: unit.dictionary, h: unit.activations, s: guide, attended: 2, ...weights };
    for (let i = 0; i < 5; i++) problem = sphereIteration(problem);
    // roundings of five iterations
    for (const [precision, close] of [
      ["float32", 1e-6],
      ["float64", 1e-10],
    ] as const) {
      const result = contrastiveNmf(x, guide, { ...base, ...weights, precision, start: unit, iterations: 5 });
      expect(result.activations.data).toBeAllclose(problem.h.data, { rtol: 100 * close, atol: close });
      expect(result.dictionary.data).toBeAllclose(problem.w.data, { rtol: 100 * close, atol: close });
      expect(result.cost.slice(5)).toBeAllclose([costParts(problem).cost], { atol: close * total(x) });
    }
  });

  it("with delta 0 and the multiplicative rule takes nmf's step, weight of the activations' L1 norm included", () => {
    const unit = { ...start, activations: unitRows(start.activations) };
    const options = { components: 5, iterations: 1, tolerance: 0, sparsityActivations: 0.5, start: unit };
    const contrastive = contrastiveNmf(x, guide, { ...options, delta: 0, update: "multiplicative" });
    const plain = nmf(x, options);
    // one iteration: nmf does not bring rows to unit norm before the next, where the weight would count differently
    expect(contrastive.activations.data).toBeAllclose(unitRows(plain.activations).data, { rtol: 1e-5 });
    expect(nmfModel(contrastive.dictionary, contrastive.activations).data).toBeAllclose(
      nmfModel(plain.dictionary, plain.activations).data,
      { rtol: 1e-5 },
    );
  });

  test.each(updates)(
    "does not depend on the order of the guide's rows, nor on that of the attended and of the other rows: %s",
    (update) => {
      const options = { ...base, update, precision: "float64" } as const;
      const one = contrastiveNmf(x, guide, { ...options, start });
      for (const order of [
        [1, 0, 2, 3, 4],
        [0, 1, 4, 2, 3],
        [1, 0, 3, 4, 2],
      ]) {
        const from = {
          dictionary: reordered(start.dictionary, order),
          activations: reordered(start.activations, order),
        };
        const other = contrastiveNmf(x, reordered(guide, [1, 0]), { ...options, start: from });
        // sums in another order, over thirty iterations
        const close = { rtol: 1e-9, atol: 1e-9 };
        expect(other.activations.data).toBeAllclose(reordered(one.activations, order).data, close);
        expect(other.dictionary.data).toBeAllclose(reordered(one.dictionary, order).data, close);
        expect(other.cost).toBeAllclose(one.cost, { atol: 1e-12 * total(x) });
      }
    },
  );

  it("does not depend on the scale of the guide's rows", () => {
    const louder = withRow(guide, 1, (value) => 4096 * value);
    expect(contrastiveNmf(x, louder, base).cost).toBeAllclose(contrastiveNmf(x, guide, base).cost, { rtol: 1e-6 });
  });

  it("counts a guide that is there twice once, where the weight is relative", () => {
    const options = { ...base, attendedComponents: 2, precision: "float64" } as const;
    const twoTimes = { ...guide, rows: 4, data: Float64Array.from([...guide.data, ...guide.data]) };
    const twice = contrastiveNmf(x, twoTimes, options);
    const once = contrastiveNmf(x, guide, options);
    expect(twice.delta).toBeCloseTo(once.delta / 2, 10);
    expect(twice.cost).toBeAllclose(once.cost, { rtol: 1e-10 });
  });

  test.each([1, 2, 4, 5])("takes %i attended of 5 components with a guide of 2 rows", (attendedComponents) => {
    for (const update of ["sphere", "halving"] as const) {
      const result = contrastiveNmf(x, guide, { ...base, update, attendedComponents, precision: "float64" });
      expect(largestRise(result.cost)).toBeLessThanOrEqual(1e-12 * total(x));
      expect(result.delta).toBeCloseTo((0.3 * total(x)) / (2 * attendedComponents), 8);
      const parts = { s: unitRows(guide), attended: attendedComponents, sparsityActivations: 0, sparsityDictionary: 0 };
      const { cost } = costParts({
        ...parts,
        x,
        w: result.dictionary,
        h: result.activations,
        delta: result.delta,
      });
      expect(result.cost.at(-1)!).toBeCloseTo(cost, 9);
    }
  });

  it("gives the same bytes for the same seed and others for another", () => {
    expect(contrastiveNmf(x, guide, base)).toEqual(contrastiveNmf(x, guide, base));
    expect(contrastiveNmf(x, guide, { ...base, seed: 1 }).cost).not.toEqual(contrastiveNmf(x, guide, base).cost);
  });

  it("does not change what it is given", () => {
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
    ["more attended components than components", x, guide, { attendedComponents: 6 }, /attendedComponents is 6/],
    ["no attended component", x, guide, { attendedComponents: 0 }, /attendedComponents is 0/],
    ["a guide of more rows than components", x, guide, { components: 1 }, /attendedComponents is 2/],
    ["nothing but a background", x, guide, { backgroundComponents: 5 }, /backgroundComponents is 5/],
    ["more background than is left", x, guide, { backgroundComponents: 4 }, /attendedComponents is 2.*1/],
    ["part of a background component", x, guide, { backgroundComponents: 0.5 }, /backgroundComponents is 0.5/],
    ["a negative delta", x, guide, { delta: -1 }, /delta is -1/],
    ["delta that is not a number", x, guide, { delta: NaN }, /delta is NaN/],
    ["a negative weight of H", x, guide, { sparsityActivations: -1 }, /sparsityActivations is -1/],
    ["a negative weight of W", x, guide, { sparsityDictionary: -1 }, /sparsityDictionary is -1/],
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

  it("warns of more components than the data tell apart", () => {
    const { warnings } = contrastiveNmf(x, guide, { ...base, components: 21, iterations: 1 });
    expect(warnings).toEqual([expect.stringMatching(/components is 21 .* at most 20/)]);
    expect(contrastiveNmf(x, guide, { ...base, iterations: 1 }).warnings).toEqual([]);
  });

  it("refuses words it does not know", () => {
    // as they come from a file
    const given = (option: object) => () => contrastiveNmf(x, guide, { ...base, ...option });
    expect(given({ update: "heuristic" })).toThrow(/update is "heuristic"/);
    expect(given({ deltaScale: "db" })).toThrow(/deltaScale is "db"/);
    expect(given({ rectification: "square" })).toThrow(/rectification is "square"/);
    expect(given({ precision: "float16" })).toThrow(/precision is "float16"/);
    expect(given({ accelerator: "gpu" })).toThrow(/accelerator is "gpu"/);
  });
});

describe("components outside the contrast", () => {
  const options = { ...base, components: 6, backgroundComponents: 2, precision: "float64" } as const;

  it("are the last ones, and the result says which components are whose", () => {
    const result = contrastiveNmf(x, guide, { ...options, iterations: 2 });
    expect(result.groups).toEqual({ attended: [0, 1], unattended: [2, 3], background: [4, 5] });
    expect(contrastiveNmf(x, guide, { ...base, iterations: 2 }).groups).toEqual({
      attended: [0, 1],
      unattended: [2, 3, 4],
      background: [],
    });
    const masks = componentMasks(result, Object.values(result.groups));
    expect(masks[0]!.data.map((value, i) => value + masks[1]!.data[i]! + masks[2]!.data[i]!)).toBeAllclose(
      new Float64Array(frames * bins).fill(1),
      { atol: 1e-12 },
    );
  });

  test.each(updates)("count in the divergence and the weights alone: %s", (update) => {
    const weights = { sparsityActivations: 0.2, sparsityDictionary: 0.1 };
    const result = contrastiveNmf(x, guide, { ...options, ...weights, update });
    const { dictionary: w, activations: h, delta } = result;
    const problem = { x, w, h, s: unitRows(guide), attended: 2, background: 2, delta, ...weights };
    expect(result.cost.at(-1)!).toBeCloseTo(costParts(problem).cost, 9);
    // the contrast is that of the first four rows alone
    const first = { rows: 4, columns: frames, data: h.data.slice(0, 4 * frames) };
    expect(costParts(problem).contrast).toBeCloseTo(costParts({ ...problem, h: first, background: 0 }).contrast, 12);
    expect(costParts(problem).contrast).not.toBeCloseTo(costParts({ ...problem, background: 0 }).contrast, 2);
    if (update !== "multiplicative") expect(largestRise(result.cost)).toBeLessThanOrEqual(1e-12 * total(x));
  });

  test.each(["sphere", "multiplicative"] as const)(
    "are moved by the mixture alone, whatever delta is: %s",
    (update) => {
      const [weak, strong] = [1e-6, 100].map((delta) => {
        // one iteration: later ones see what the contrast made of the others
        const result = contrastiveNmf(x, guide, { ...options, update, delta, iterations: 1 });
        return result.activations.data;
      });
      expect(strong!.subarray(4 * frames)).toEqual(weak!.subarray(4 * frames));
      expect(strong!.subarray(0, 4 * frames)).not.toEqual(weak!.subarray(0, 4 * frames));
    },
  );

  it("may sound like the guide, where the others may not", () => {
    const inner = (background: number) => {
      const { activations } = contrastiveNmf(x, guide, { ...options, delta: 3, backgroundComponents: background });
      const unit = unitRows(guide);
      return [4, 5].map((k) => row(unit, 0).reduce((sum, value, n) => sum + value * row(activations, k)[n]!, 0));
    };
    const [outside, inside] = [inner(2), inner(0)];
    for (const j of [0, 1]) expect(outside[j]!).toBeGreaterThan(inside[j]! + 0.2);
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
  const sources = [sourceOf(), sourceOf(), sourceOf()];
  const mixtureOf = (count: number) => ({
    ...sources[0]!.spectrogram,
    data: sources[0]!.spectrogram.data.map((_, i) =>
      sources.slice(0, count).reduce((sum, { spectrogram }) => sum + spectrogram.data[i]!, 0),
    ),
  });
  const correlation = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    const centred = (values: ArrayLike<number>) => {
      const mean = Array.from(values).reduce((s, value) => s + value, 0) / values.length;
      return Array.from(values, (value) => value - mean);
    };
    const [p, q] = [centred(a), centred(b)];
    return p.reduce((s, value, i) => s + value * q[i]!, 0) / (Math.hypot(...p) * Math.hypot(...q));
  };
  /** Correlation of the attended part with the guide's own source and with the others, of which there are one or two. */
  const separated = (attended: number, seed: number, delta: number, count = 2) => {
    const mixture = mixtureOf(count);
    const result = contrastiveNmf(mixture, sources[attended]!.courses, {
      components: 2 * count,
      seed,
      delta,
      iterations: 150,
      tolerance: 0,
    });
    const [mask] = componentMasks(result, [result.groups.attended, result.groups.unattended]);
    const estimate = mixture.data.map((value, i) => value * mask!.data[i]!);
    const others = sources.slice(0, count).filter((_, i) => i !== attended);
    return {
      own: correlation(estimate, sources[attended]!.spectrogram.data),
      other: Math.max(...others.map(({ spectrogram }) => correlation(estimate, spectrogram.data))),
      groups: result.groups,
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

  test.each([0, 1, 2])("finds source %i among three, the components of the other two in one group", (attended) => {
    const steered = [0, 1, 2].map((seed) => separated(attended, seed, 0.1, 3));
    const mean = (name: "own" | "other") => steered.reduce((sum, found) => sum + found[name], 0) / steered.length;
    expect(mean("own")).toBeGreaterThan(mean("other") + 0.2);
    expect(steered[0]!.groups).toEqual({ attended: [0, 1], unattended: [2, 3, 4, 5], background: [] });
  });
});
