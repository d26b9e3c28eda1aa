import { describe, expect, it, test } from "vitest";
import { type Matrix, row, zeros } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { loadBlas } from "../../src/numeric/blas.ts";
import { componentMasks } from "../../src/separation/componentMasks.ts";
import { nmfModel } from "../../src/separation/modelSpectrogram.ts";
import { type NmfOptions, nmf } from "../../src/separation/nmf.ts";
import { nndsvd } from "../../src/separation/nndsvd.ts";

function randomMatrix(name: string, rows: number, columns: number, zeroShare = 0): Matrix<Float64Array> {
  const random = createRandom(name);
  const data = Float64Array.from({ length: rows * columns }, () =>
    random.uniform() < zeroShare ? 0 : random.uniform() ** 2 + 0.01,
  );
  return { rows, columns, data };
}

/** Five notes: harmonics of a fundamental that fade after each onset, with noise; 80 frames, 60 bins. */
function music(): Matrix<Float64Array> {
  const random = createRandom("music");
  const dictionary = zeros(5, 60);
  const activations = zeros(5, 80);
  for (let k = 0; k < 5; k++) {
    const spectrum = row(dictionary, k);
    for (let m = 0; m < 60; m++) spectrum[m] = Math.exp(-m / 30) * (m % (k + 4) === 0 ? 1 : 0.02);
    const gains = row(activations, k);
    for (let n = 0; n < 80; n++) gains[n] = random.uniform() < 0.06 ? 1 + random.uniform() : 0.8 * (gains[n - 1] ?? 0);
  }
  const { data } = nmfModel(dictionary, activations);
  return { rows: 80, columns: 60, data: Float64Array.from(data, (value) => (value + 1e-3) * (0.5 + random.uniform())) };
}

const times = (matrix: Matrix, gain: number): Matrix => ({ ...matrix, data: matrix.data.map((value) => value * gain) });
const sumOf = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
const largestRise = (cost: readonly number[]) =>
  Math.max(...cost.slice(1).map((value, i) => (value - cost[i]!) / Math.abs(cost[i]!)));
/** Each component's own mask. */
const masksOf = (factors: { dictionary: Matrix; activations: Matrix }) =>
  componentMasks(
    factors,
    Array.from({ length: factors.dictionary.rows }, (_, k) => [k]),
  ).flatMap(({ data }) => [...data]);

const x = randomMatrix("x", 11, 9, 0.15);
const positive = randomMatrix("positive", 11, 9);
const start = { dictionary: randomMatrix("start w", 3, 9), activations: randomMatrix("start h", 3, 11) };
const exact = { precision: "float64", tolerance: 0 } as const;

describe("nmf", () => {
  test.each(Array.from({ length: 30 }, (_, i) => i))("never raises the cost, problem %i, in single precision", (i) => {
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
    for (const beta of [0.5, 1, 2, 3]) {
      const result = nmf(data, { components: 3, iterations: 30, beta });
      const model = nmfModel(result.dictionary, result.activations);
      expect([...model.data.subarray(30, 40)]).toEqual(new Array(10).fill(0));
      expect(model.data.every(Number.isFinite)).toBe(true);
      expect(result.cost.every(Number.isFinite)).toBe(true);
    }
  });

  test.each([1e-12, 1e-3, 1 / 3, 1e3, 1e12])("gives the same masks for the data times %d", (gain) => {
    for (const beta of [0, 1, 2]) {
      const options = { components: 4, beta, seed: 5, iterations: 50, tolerance: 0 };
      const plain = nmf(positive, options);
      const loud = nmf(times(positive, gain), options);
      // a mask is at most 1, and single precision has seven digits
      expect(masksOf(loud)).toBeAllclose(masksOf(plain), { atol: 1e-6 });
      // the divergence of scaled data is gain^beta times larger
      expect(times({ rows: 1, columns: 51, data: Float64Array.from(loud.cost) }, gain ** -beta).data).toBeAllclose(
        plain.cost,
        { rtol: 1e-6 },
      );
    }
  });

  it("is bit-exact under a gain that is a power of four", () => {
    const options: NmfOptions = { components: 3, seed: 5, iterations: 25, tolerance: 0 };
    expect(nmf(times(x, 256), options).cost).toEqual(nmf(x, options).cost.map((value) => value * 256));
  });

  it("gives the same bytes for the same seed and others for another", () => {
    for (const precision of ["float32", "float64"] as const) {
      const run = (seed: number | string) => {
        const { dictionary, activations, cost } = nmf(x, { components: 2, seed, iterations: 5, precision });
        return { dictionary: dictionary.data, activations: activations.data, cost };
      };
      expect(run(1)).toEqual(run(1));
      expect(run("1")).toEqual(run(1));
      expect(run(1).dictionary).not.toEqual(run(2).dictionary);
    }
  });

  it("computes in the precision asked for, single by default", () => {
    expect(nmf(x, { components: 2, iterations: 1 }).dictionary.data).toBeInstanceOf(Float32Array);
    const double = nmf(x, { components: 2, iterations: 50, ...exact });
    expect(double.dictionary.data).toBeInstanceOf(Float64Array);
    expect(double.activations.data).toBeInstanceOf(Float64Array);
    const single = nmf(x, { components: 2, iterations: 50, tolerance: 0 });
    expect(single.cost).toBeAllclose(double.cost, { rtol: 1e-6 });
    expect(single.cost).not.toEqual(double.cost);
  });

  it("takes data in single precision as it takes data in double", () => {
    const data = Float32Array.from(x.data);
    const options = { components: 2, iterations: 5, ...exact };
    expect(nmf({ ...x, data }, options).cost).toEqual(nmf({ ...x, data: Float64Array.from(data) }, options).cost);
  });

  it("does not change its inputs", () => {
    const copy = structuredClone({ x, start });
    nmf(x, { components: 3, start, iterations: 3, fixDictionary: [1] });
    expect({ x, start }).toEqual(copy);
  });

  it("returns the options as they were used", () => {
    const { options } = nmf(x, { components: 2, beta: 0.5, iterations: 1 });
    expect(options).toMatchObject({ components: 2, beta: 0.5, iterations: 1, updateOrder: "hw", precision: "float32" });
  });

  it("warns of more components than the data can tell apart, and factorizes all the same", () => {
    const many = nmf(x, { components: 10, iterations: 20 });
    expect(many.warnings).toEqual([expect.stringMatching(/nmf: components is 10 .* 11 frames and 9 bins; at most 9/)]);
    expect(many.dictionary.rows).toBe(10);
    expect(many.cost.at(-1)!).toBeLessThan(many.cost[0]!);
    expect(nmf(x, { components: 9, iterations: 1 }).warnings).toEqual([]);
  });

  it("names what computed it", () => {
    expect(nmf(x, { components: 2, iterations: 1 }).accelerator).toMatch(/^portable \((simd128|relaxed-simd)\)$/);
    const blas = loadBlas();
    const auto = nmf(x, { components: 2, iterations: 20, accelerator: "auto", ...exact });
    expect(auto.accelerator).toMatch("reason" in blas ? /^portable/ : blas.name);
    expect(auto.cost).toBeAllclose(nmf(x, { components: 2, iterations: 20, ...exact }).cost, { rtol: 1e-10 });
  });

  it("diagnoses a component that is dead", () => {
    const dictionary = randomMatrix("dead w", 3, 9);
    row(dictionary, 1).fill(0);
    const { diagnostics } = nmf(x, { components: 3, start: { dictionary }, iterations: 10 });
    expect(diagnostics.dead).toEqual([1]);
    expect(diagnostics.isDegenerate).toBe(true);
    expect(nmf(x, { components: 3, iterations: 10 }).diagnostics.dead).toEqual([]);
  });
});

describe("a factor that stays", () => {
  it("fixed dictionary: finds the activations exactly where they exist", () => {
    const dictionary = randomMatrix("fixed w", 2, 20, 0.3);
    const activations = randomMatrix("fixed h", 2, 15);
    const product = nmfModel(dictionary, activations);
    const options = { components: 2, start: { dictionary }, fixDictionary: true, iterations: 2000, ...exact };
    for (const beta of [0.5, 1, 2]) {
      const result = nmf(product, { ...options, beta });
      expect(result.dictionary.data).toEqual(dictionary.data);
      expect(result.activations.data).toBeAllclose(activations.data, { rtol: 1e-6 });
    }
  });

  test.each([
    { fixDictionary: true, fixActivations: false },
    { fixDictionary: false, fixActivations: true },
    { fixDictionary: [0, 2], fixActivations: false },
    { fixDictionary: [1], fixActivations: [0, 1] },
    { fixDictionary: [0, 1, 2], fixActivations: [2] },
    { fixDictionary: true, fixActivations: true },
    { fixDictionary: [], fixActivations: [] },
  ])("dictionary $fixDictionary, activations $fixActivations: bit-exact, the others are learnt", (fixed) => {
    const rowsOf = (which: boolean | number[]) => (Array.isArray(which) ? which : which ? [0, 1, 2] : []);
    for (const updateOrder of ["hw", "wh", "joint"] as const) {
      for (const precision of ["float64", "float32"] as const) {
        const options: NmfOptions = { components: 3, start, iterations: 20, tolerance: 0, updateOrder, precision };
        const result = nmf(x, { ...options, ...fixed });
        for (const [name, which] of [
          ["dictionary", fixed.fixDictionary],
          ["activations", fixed.fixActivations],
        ] as const) {
          for (let k = 0; k < 3; k++) {
            const given = Array.from(row(start[name], k), precision === "float32" ? Math.fround : Number);
            const found = [...row(result[name], k)];
            if (rowsOf(which).includes(k)) expect(found).toEqual(given);
            else expect(Math.max(...found.map((value, i) => Math.abs(value - given[i]!)))).toBeGreaterThan(0.01);
          }
        }
        expect(largestRise(result.cost)).toBeLessThanOrEqual(precision === "float64" ? 1e-9 : 1e-6);
      }
    }
  });

  it("some spectra known: the unknown source is learnt beside them", () => {
    // each source has bins of its own, so that the factorization is unique
    const random = createRandom("semi");
    const known = zeros(2, 16);
    const unknown = zeros(1, 16);
    for (let m = 0; m < 16; m++) {
      row(known, 0)[m] = m < 4 || m > 11 ? 0.5 + random.uniform() : 0;
      row(known, 1)[m] = m > 3 && m < 8 ? 0.5 + random.uniform() : m > 11 ? 0.3 : 0;
      row(unknown, 0)[m] = m > 7 ? 0.5 + random.uniform() : 0;
    }
    const dictionary = { rows: 3, columns: 16, data: Float64Array.from([...known.data, ...unknown.data]) };
    const truth = randomMatrix("semi h", 3, 30, 0.4);
    const begin = { ...dictionary, data: Float64Array.from([...known.data, ...new Float64Array(16).fill(0.5)]) };
    const options = { components: 3, start: { dictionary: begin }, fixDictionary: [0, 1], ...exact };
    const result = nmf(nmfModel(dictionary, truth), { ...options, iterations: 3000 });
    const scale = sumOf(row(unknown, 0)) / sumOf(row(result.dictionary, 2));
    expect(row(result.dictionary, 2).map((value) => value * scale)).toBeAllclose(row(unknown, 0), { atol: 1e-3 });
    expect(row(result.activations, 0)).toBeAllclose(row(truth, 0), { atol: 1e-3 });
  });
});

describe("the start", () => {
  const data = music();
  const options = { components: 5, ...exact };

  it("from the singular values has no zeros and a lower cost than a random one", () => {
    const random = nmf(data, { ...options, iterations: 0 });
    for (const variant of ["nndsvda", "nndsvdar"] as const) {
      const first = nmf(data, { ...options, iterations: 0, initialization: variant });
      expect(Math.min(...first.dictionary.data, ...first.activations.data)).toBeGreaterThan(0);
      expect(first.cost[0]!).toBeLessThan(random.cost[0]!);
    }
    const bare = nmf(data, { ...options, iterations: 0, initialization: "nndsvd" });
    expect(Math.min(...bare.dictionary.data)).toBe(0);
  });

  it("from the singular values is that of nndsvd, and yields to a factor that is given", () => {
    const of = nndsvd(data, 5, { variant: "nndsvdar", seed: 4 });
    const run = (more: Partial<NmfOptions>) =>
      nmf(data, { ...options, iterations: 0, initialization: "nndsvdar", seed: 4, ...more });
    expect(run({}).dictionary.data).toBeAllclose(of.dictionary.data, { rtol: 1e-10 });
    expect(run({}).activations.data).toBeAllclose(of.activations.data, { rtol: 1e-10 });
    const dictionary = randomMatrix("given", 5, 60);
    const mixed = run({ start: { dictionary } });
    expect(mixed.dictionary.data).toBeAllclose(dictionary.data, { rtol: 1e-12 });
    expect(mixed.activations.data).toBeAllclose(of.activations.data, { rtol: 1e-10 });
  });

  it("several: the lowest cost is kept, start 0 is a single run, no start ends higher for the others", () => {
    const run = (starts: number, seed: number | string = 3) => nmf(data, { ...options, iterations: 30, seed, starts });
    const several = run(4);
    const single = run(1);
    expect(several.startCosts).toHaveLength(4);
    expect(several.startCosts![0]).toBe(single.cost.at(-1));
    expect(several.cost.at(-1)).toBe(Math.min(...several.startCosts!));
    expect(new Set(several.startCosts).size).toBe(4);
    expect(several.options).toMatchObject({ starts: 4, seed: 3 });
    expect(run(2).startCosts).toEqual(several.startCosts!.slice(0, 2));
    expect(single.startCosts).toBeUndefined();
    const model = nmfModel(several.dictionary, several.activations).data;
    const divergence = sumOf(data.data.map((v, i) => v * Math.log(v / model[i]!) - v + model[i]!));
    expect(divergence).toBeCloseTo(several.cost.at(-1)!, 8);
  });
});

describe("zeros and beta of 0 or below", () => {
  const holes = { ...positive, data: positive.data.with(31, 0).with(50, 0) };

  test.each([0, -1])("are refused without a floor, at beta %d, naming the first", (beta) => {
    expect(() => nmf(holes, { components: 2, beta })).toThrow(
      /2 entries that are 0 .*first at bin 4, frame 3.*a floor/,
    );
  });

  it("also zeros of single precision are", () => {
    const tiny = { ...positive, data: positive.data.with(13, 1e-50) };
    expect(() => nmf(tiny, { components: 2, beta: 0 })).toThrow(/1 entries that are 0 in float32.*bin 4, frame 1/);
    expect(nmf(tiny, { components: 2, beta: 0, iterations: 5, precision: "float64" }).iterations).toBe(5);
  });

  test.each([0, -1])("with a floor the data are as if raised to that share of their mean, beta %d", (beta) => {
    const mean = sumOf(holes.data) / holes.data.length;
    const raised = { ...holes, data: holes.data.map((value) => Math.max(value, 1e-3 * mean)) };
    const options = { components: 3, beta, start, iterations: 30, ...exact };
    const floored = nmf(holes, { ...options, floor: 1e-3 });
    const byHand = nmf(raised, options);
    expect(floored.cost).toBeAllclose(byHand.cost, { rtol: 1e-10 });
    expect(floored.activations.data).toBeAllclose(byHand.activations.data, { rtol: 1e-8 });
    expect(largestRise(floored.cost)).toBeLessThanOrEqual(1e-9);
  });
});

describe("nmf refuses", () => {
  const bad = (index: number, value: number) => ({ ...x, data: x.data.with(index, value) });
  const set = <K extends keyof NmfOptions>(name: K, value: unknown): NmfOptions => ({
    components: 2,
    [name]: value as NmfOptions[K],
  });
  const negative = { ...start.activations, data: start.activations.data.map((v) => -v) };
  test.each<[string, Matrix, NmfOptions, RegExp]>([
    ["negative entries", bad(13, -1), { components: 2 }, /nmf: spectrogram has 1 entries.*\(-1\) at bin 4, frame 1/],
    ["NaN", bad(0, Number.NaN), { components: 2 }, /\(NaN\) at bin 0, frame 0/],
    ["infinity", bad(20, Infinity), { components: 2 }, /\(Infinity\) at bin 2, frame 2/],
    ["silence", times(x, 0), { components: 2 }, /sums to 0/],
    ["a shape that is not filled", { ...x, rows: 12 }, { components: 2 }, /12 x 9 but has 99/],
    ["no component", x, { components: 0 }, /nmf: components is 0/],
    ["half a component", x, { components: 2.5 }, /components is 2.5/],
    ["a beta that is no number", x, set("beta", Number.NaN), /nmf: beta is NaN/],
    ["an infinite beta", x, set("beta", Infinity), /beta is Infinity/],
    ["a negative floor", x, set("floor", -1e-9), /floor is -1e-9/],
    ["another precision", x, set("precision", "float16"), /precision is "float16".*"float32" or "float64"/],
    ["another accelerator", x, set("accelerator", "cuda"), /accelerator is "cuda".*auto, portable, blas/],
    ["another order", x, set("updateOrder", "both"), /updateOrder is "both".*hw, wh, joint/],
    [
      "joint order at another beta",
      x,
      { components: 2, updateOrder: "joint", beta: 2 },
      /"joint" is for beta 1, not 2/,
    ],
    ["another start", x, set("initialization", "zeros"), /initialization is "zeros".*random, nndsvd/],
    ["another scale of the weights", x, set("sparsityScale", "both"), /sparsityScale is "both"/],
    ["a start of another shape", x, { components: 2, start }, /start.dictionary is 3 x 9; .* 2 x 9/],
    ["a negative start", x, { components: 3, start: { activations: negative } }, /start.activations has 33/],
    ["a fixed dictionary that is not given", x, { components: 3, fixDictionary: true }, /start.dictionary is missing/],
    ["fixed activations that are not given", x, { components: 3, fixActivations: [1] }, /start.activations is missing/],
    [
      "a fixed component that is not there",
      x,
      { components: 3, start, fixDictionary: [3] },
      /fixDictionary is 3; .* 0 to 2/,
    ],
    ["a negative weight", x, set("sparsityActivations", -1), /sparsityActivations is -1/],
    ["an infinite weight", x, set("sparsityDictionary", Infinity), /sparsityDictionary is Infinity/],
    ["over-relaxation of 2", x, set("overRelaxation", 2), /overRelaxation is 2; .* 1.99/],
    ["under-relaxation", x, set("overRelaxation", 0.9), /overRelaxation is 0.9; .* at least 1/],
    ["no start", x, set("starts", 0), /starts is 0/],
    [
      "checkpoints of several starts",
      x,
      { components: 2, starts: 2, onCheckpoint: () => {} },
      /checkpoints are of one start/,
    ],
    ["a fraction of an iteration", x, set("iterations", 1.5), /iterations is 1.5/],
    ["a negative tolerance", x, set("tolerance", -1), /tolerance is -1/],
    ["no time", x, set("maxSeconds", 0), /maxSeconds is 0/],
    ["costs that never come", x, set("costEvery", 0), /costEvery is 0/],
    ["checkpoints that never come", x, set("checkpointEvery", 0), /checkpointEvery is 0/],
  ])("%s", (_, data, options, message) => {
    expect(() => nmf(data, options)).toThrow(message);
  });

  it("a BLAS that is not there, saying what to do", () => {
    const before = process.env.NEUROSTEER_BLAS;
    process.env.NEUROSTEER_BLAS = "none";
    try {
      expect(() => nmf(x, { components: 2, accelerator: "blas" })).toThrow(/no BLAS .*use "portable"/);
      const auto = nmf(x, { components: 2, accelerator: "auto", iterations: 1 });
      expect(auto.accelerator).toMatch(/^portable/);
    } finally {
      if (before === undefined) delete process.env.NEUROSTEER_BLAS;
      else process.env.NEUROSTEER_BLAS = before;
    }
  });
});
