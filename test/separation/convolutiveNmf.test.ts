import { describe, expect, it, test } from "vitest";
import { type Matrix, row, transpose, zeros } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { loadBlas } from "../../src/numeric/blas.ts";
import {
  type ConvolutiveNmfOptions,
  type ConvolutiveUpdate,
  convolutiveNmf,
} from "../../src/separation/convolutiveNmf.ts";
import { convolutiveModel } from "../../src/separation/modelSpectrogram.ts";
import { nmf } from "../../src/separation/nmf.ts";
import recorded from "../fixtures/convolutiveNmf.json" with { type: "json" };
import {
  betaDivergence,
  exponentOf,
  plainActivationTerms,
  plainDictionaryTerms,
  plainProduct,
  plainUpdate,
} from "./plainFactorization.ts";

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
const updates = ["mm2", "mm1", "heuristic"] as const;
const betas = [-1, 0, 0.5, 1, 1.5, 2, 3];

interface Factors {
  dictionary: Matrix;
  activations: Matrix;
}

/** Patches scaled to sum 1, their scale moved into the activations. */
function normalized({ dictionary, activations }: Factors) {
  const w = Float64Array.from(dictionary.data);
  const h = Float64Array.from(activations.data);
  const cells = w.length / activations.rows;
  for (let k = 0; k < activations.rows; k++) {
    const sum = sumOf(w.subarray(k * cells, (k + 1) * cells));
    for (let i = 0; i < cells; i++) w[k * cells + i]! /= sum;
    for (let n = 0; n < activations.columns; n++) h[k * activations.columns + n]! *= sum;
  }
  return { w, h };
}

describe("convolutiveNmf and the recorded updates of Fagot et al. 2019", () => {
  /** [T][bins][components] to rows k T + t. */
  const patches = (w: number[][][]): Matrix<Float64Array> =>
    fromRows(w[0]![0]!.flatMap((_, k) => w.map((spectra) => spectra.map((gains) => gains[k]!))));
  const cases = recorded.cases
    .filter(({ dictionaryUpdate, tail }) => dictionaryUpdate !== "sequential" && (tail === null || tail === "keep"))
    .flatMap((expected) => expected.algorithms.map((update) => ({ ...expected, update: update as ConvolutiveUpdate })));
  const run = (expected: (typeof cases)[number], precision: "float32" | "float64") => {
    const start = recorded.starts[String(expected.templateFrames) as keyof typeof recorded.starts];
    return convolutiveNmf(transpose(fromRows(recorded[expected.spectrogram as "positive" | "withZeros"])), {
      components: 2,
      start: { dictionary: patches(start.W0), activations: fromRows(start.H0) },
      templateFrames: expected.templateFrames,
      beta: expected.beta,
      update: expected.update,
      iterations: expected.iterations,
      tolerance: 0,
      precision,
    });
  };
  const title = "$update agrees at beta $beta, T = $templateFrames, on $spectrogram data over $iterations iterations";

  it("has cases of every update", () => {
    expect(cases).toHaveLength(24);
    for (const update of updates) expect(cases.filter((each) => each.update === update)).toHaveLength(8);
  });

  test.each(cases)(title, (expected) => {
    const result = run(expected, "float64");
    expect(result.cost).toBeAllclose(expected.cost, { rtol: 1e-8 });
    const close = { rtol: 1e-8, atol: 1e-12 };
    expect(result.dictionary.data).toBeAllclose(patches(expected.W).data, close);
    expect(result.activations.data).toBeAllclose(fromRows(expected.H).data, close);
  });

  test.each(cases)(`${title}, in single precision`, (expected) => {
    const result = run(expected, "float32");
    // sums of 96 terms, each rounded to 6e-8 of the powers it is the difference of
    expect(result.cost).toBeAllclose(expected.cost, { rtol: 1e-6 });
    // roundings of twenty iterations
    const close = { rtol: 1e-4, atol: 1e-5 };
    expect(result.dictionary.data).toBeAllclose(patches(expected.W).data, close);
    expect(result.activations.data).toBeAllclose(fromRows(expected.H).data, close);
  });
});

describe("convolutiveNmf", () => {
  test.each(
    betas.flatMap((beta) => [
      { beta, templateFrames: 2, frames: 11 },
      { beta, templateFrames: 5, frames: 5 },
    ]),
  )("does what eq. 12 and eq. 6 say at beta $beta, T = $templateFrames of $frames frames", (sizes) => {
    const { beta, templateFrames, frames } = sizes;
    const x = randomMatrix("x", frames, 7, beta > 0 ? 0.2 : 0);
    let dictionary = randomMatrix("w", 3 * templateFrames, 7);
    let activations = randomMatrix("h", 3, frames);
    const start = { dictionary, activations };
    const divergence = () =>
      betaDivergence(x.data, plainProduct({ dictionary, activations, templateFrames }).data, beta);
    const cost = [divergence()];
    for (let i = 0; i < 5; i++) {
      const ofH = plainActivationTerms(x, { dictionary, activations, templateFrames }, { beta });
      activations = plainUpdate(activations, ofH, { beta });
      const ofW = plainDictionaryTerms(x, { dictionary, activations, templateFrames }, { beta });
      dictionary = plainUpdate(dictionary, ofW, { beta });
      cost.push(divergence());
    }
    const result = convolutiveNmf(x, { components: 3, templateFrames, beta, start, iterations: 5, ...exact });
    const { w, h } = normalized({ dictionary, activations });
    expect(result.activations.data).toBeAllclose(h, { rtol: 1e-10 });
    expect(result.dictionary.data).toBeAllclose(w, { rtol: 1e-10 });
    expect(result.cost).toBeAllclose(cost, { rtol: 1e-10 });
    expect([result.templateFrames, result.dictionary.rows]).toEqual([templateFrames, 3 * templateFrames]);
  });

  test.each(betas)("MM2 is the update of the unfolded problem, eq. 13 and 14, at beta %d", (beta) => {
    const [frames, bins, components, templateFrames] = [6, 4, 2, 3];
    const x = randomMatrix("unfolded x", frames, bins);
    const dictionary = randomMatrix("unfolded w", components * templateFrames, bins);
    const activations = randomMatrix("unfolded h", components, frames);
    // vec(X) ~ (sum over t of the shift by t, times W(t)) vec(H): one frame of frames * bins entries, a component for each h_kn
    const large = zeros(components * frames, frames * bins);
    for (let k = 0; k < components; k++)
      for (let n = 0; n < frames; n++)
        for (let t = 0; t < templateFrames && n + t < frames; t++)
          row(large, k * frames + n).set(row(dictionary, k * templateFrames + t), (n + t) * bins);
    const unfolded = nmf(
      { rows: 1, columns: frames * bins, data: x.data },
      {
        components: components * frames,
        beta,
        start: { dictionary: large, activations: { ...activations, rows: components * frames, columns: 1 } },
        fixDictionary: true,
        iterations: 1,
        ...exact,
      },
    );
    const start = { dictionary, activations };
    const options = { components, templateFrames, beta, start, fixDictionary: true, iterations: 1, ...exact };
    const folded = convolutiveNmf(x, options);
    expect(folded.activations.data).toBeAllclose(unfolded.activations.data, { rtol: 1e-12 });
    expect(folded.cost).toBeAllclose(unfolded.cost, { rtol: 1e-12 });
  });

  test.each(betas)("MM1 is eq. 12 frame after frame, V formed anew for each, at beta %d", (beta) => {
    const [frames, templateFrames] = [9, 3];
    const x = randomMatrix("columns x", frames, 5);
    const dictionary = randomMatrix("columns w", 2 * templateFrames, 5);
    const start = { dictionary, activations: randomMatrix("columns h", 2, frames) };
    const activations = { ...start.activations, data: start.activations.data.slice() };
    for (let n = 0; n < frames; n++) {
      const terms = plainActivationTerms(x, { dictionary, activations, templateFrames }, { beta });
      const all = plainUpdate(activations, terms, { beta });
      for (let k = 0; k < 2; k++) row(activations, k)[n] = row(all, k)[n]!;
    }
    const options = { components: 2, templateFrames, beta, start, fixDictionary: true, iterations: 1, ...exact };
    const result = convolutiveNmf(x, { ...options, update: "mm1" });
    expect(result.activations.data).toBeAllclose(activations.data, { rtol: 1e-12 });
    expect(result.activations.data).not.toBeAllclose(convolutiveNmf(x, options).activations.data, { rtol: 1e-3 });
  });

  test.each(betas)("the heuristic is the mean of the shifts' own updates, eq. 7 and 8, at beta %d", (beta) => {
    const [frames, templateFrames] = [9, 3];
    const x = randomMatrix("mean x", frames, 5);
    const dictionary = randomMatrix("mean w", 2 * templateFrames, 5);
    const activations = randomMatrix("mean h", 2, frames);
    const v = plainProduct({ dictionary, activations, templateFrames });
    const expected = Array.from(activations.data, (h, i) => {
      const [k, n] = [Math.floor(i / frames), i % frames];
      let sum = 0;
      for (let t = 0; t < templateFrames; t++) {
        const w = row(dictionary, k * templateFrames + t);
        // past the end a shift asks for no change
        if (n + t >= frames) sum += 1;
        else {
          const top = sumOf(w.map((value, m) => value * row(x, n + t)[m]! * row(v, n + t)[m]! ** (beta - 2)));
          const bottom = sumOf(w.map((value, m) => value * row(v, n + t)[m]! ** (beta - 1)));
          sum += (top / bottom) ** exponentOf(beta);
        }
      }
      return (h * sum) / templateFrames;
    });
    const start = { dictionary, activations };
    const options = { components: 2, templateFrames, beta, start, fixDictionary: true, iterations: 1, ...exact };
    const result = convolutiveNmf(x, { ...options, update: "heuristic" });
    expect(result.activations.data).toBeAllclose(expected, { rtol: 1e-12 });
  });

  it("the heuristic's cost can rise: a shift of next to no weight counts as much as the others", () => {
    // one bin: at frame 1 the model is half the data, so frame 0 is raised as well, by the mean of the ratios 1 and 2
    const x = fromRows([[100], [2], [100]]);
    const start = { dictionary: fromRows([[1], [1e-9]]), activations: fromRows([[100, 1, 100]]) };
    const options: ConvolutiveNmfOptions = { components: 1, templateFrames: 2, beta: 2, start, ...exact };
    const run = (update: ConvolutiveUpdate) =>
      convolutiveNmf(x, { ...options, update, fixDictionary: true, iterations: 1 });
    const heuristic = run("heuristic");
    expect(heuristic.activations.data).toBeAllclose([150, 1.5, 100], { rtol: 1e-6 });
    expect(heuristic.cost).toBeAllclose([0.5, (50 ** 2 + 0.5 ** 2) / 2], { rtol: 1e-6 });
    for (const update of ["mm1", "mm2"] as const) {
      expect(run(update).activations.data).toBeAllclose([100, 2, 100], { rtol: 1e-6 });
      expect(run(update).cost[1]).toBeLessThan(1e-9);
    }
  });

  test.each(updates)("with T = 1 %s is nmf with spectra that sum to 1, at every beta", (update) => {
    for (const beta of betas) {
      const x = randomMatrix("plain", 20, 15, beta > 0 ? 0.2 : 0);
      const options = { components: 4, seed: 3, iterations: 30, beta, ...exact };
      const plain = nmf(x, options);
      const convolutive = convolutiveNmf(x, { ...options, templateFrames: 1, update });
      const expected = normalized(plain);
      expect(convolutive.cost).toBeAllclose(plain.cost, { rtol: 1e-10 });
      expect(convolutive.dictionary.data).toBeAllclose(expected.w, { rtol: 1e-8, atol: 1e-30 });
      expect(convolutive.activations.data).toBeAllclose(expected.h, { rtol: 1e-8, atol: 1e-30 });
    }
  });

  test.each(updates)("%s leaves a perfect factorization where it is, at cost 0", (update) => {
    for (const beta of betas) {
      const dictionary = randomMatrix("w", 6, 9, beta > 0 ? 0.2 : 0);
      const activations = randomMatrix("h", 2, 14);
      const x = plainProduct({ dictionary, activations, templateFrames: 3 });
      const options: ConvolutiveNmfOptions = {
        components: 2,
        templateFrames: 3,
        iterations: 20,
        beta,
        update,
        ...exact,
      };
      const result = convolutiveNmf(x, { ...options, start: { dictionary, activations } });
      const expected = normalized({ dictionary, activations });
      expect(result.dictionary.data).toBeAllclose(expected.w, { rtol: 1e-10 });
      expect(result.activations.data).toBeAllclose(expected.h, { rtol: 1e-10 });
      expect(result.cost).toBeAllclose(new Array(21).fill(0), { atol: 1e-12 });
    }
  });

  it("fits better the longer the patches are", () => {
    // three drum-like patches with random onsets and some noise
    const dictionary = randomMatrix("drums", 3 * 6, 20, 0.5);
    const activations = randomMatrix("onsets", 3, 80, 0.9);
    const noise = randomMatrix("noise", 80, 20);
    const hits = plainProduct({ dictionary, activations, templateFrames: 6 });
    const x = { ...hits, data: hits.data.map((value, i) => value + 0.05 * noise.data[i]!) };
    const end = (templateFrames: number) =>
      convolutiveNmf(x, { components: 3, templateFrames, iterations: 150 }).cost.at(-1)!;
    expect(end(3)).toBeLessThan(end(1));
    expect(end(6)).toBeLessThan(end(3));
  });

  test.each(updates)("%s moves its activations with the data: a delay delays them and leaves the patches", (update) => {
    // silence at both ends, longer than a patch and the delay, so that nothing is cut off
    const [delay, quiet, frames] = [4, 8, 40];
    const place = (matrix: Matrix, by: number): Matrix<Float64Array> => {
      const out = zeros(matrix.rows, frames);
      for (let k = 0; k < matrix.rows; k++) row(out, k).set(row(matrix, k), quiet + by);
      return out;
    };
    const dictionary = randomMatrix("shift w", 2 * 3, 8);
    const inner = randomMatrix("shift h", 2, 20, 0.4);
    const content = randomMatrix("shift x", 20, 8);
    for (const beta of [0.5, 1, 2, 3]) {
      const run = (by: number) => {
        const x = zeros(frames, 8);
        x.data.set(content.data, (quiet + by) * 8);
        const start = { dictionary, activations: place(inner, by) };
        const options = { components: 2, templateFrames: 3, start, iterations: 25, beta, update, ...exact };
        return convolutiveNmf(x, options);
      };
      const early = run(0);
      const late = run(delay);
      // the same sums, their terms in other lanes of the kernels
      expect(late.cost).toBeAllclose(early.cost, { rtol: 1e-10 });
      expect(late.dictionary.data).toBeAllclose(early.dictionary.data, { rtol: 1e-8, atol: 1e-16 });
      for (let k = 0; k < 2; k++) {
        const moved = row(late.activations, k).subarray(delay);
        const close = { rtol: 1e-8, atol: 1e-14 };
        expect(moved).toBeAllclose(row(early.activations, k).subarray(0, frames - delay), close);
      }
    }
  });

  test.each([1e-6, 1e3])("scales with the data: times %d", (gain) => {
    const x = randomMatrix("gain", 20, 12);
    for (const beta of [0, 1, 2]) {
      const options = { components: 2, templateFrames: 3, iterations: 20, beta, ...exact };
      const plain = convolutiveNmf(x, options);
      const loud = convolutiveNmf({ ...x, data: x.data.map((value) => value * gain) }, options);
      expect(loud.cost.map((value) => value / gain ** beta)).toBeAllclose(plain.cost, { rtol: 1e-10 });
      expect(loud.dictionary.data).toBeAllclose(plain.dictionary.data, { rtol: 1e-8 });
      expect(loud.activations.data.map((value) => value / gain)).toBeAllclose(plain.activations.data, { rtol: 1e-8 });
    }
  });

  test.each(updates)(
    "%s keeps patches that are to stay, bit-exact and in their scale, and learns the others",
    (update) => {
      const x = randomMatrix("fixed x", 20, 9, 0.1);
      const start = { dictionary: randomMatrix("fixed w", 3 * 2, 9), activations: randomMatrix("fixed h", 3, 20) };
      const patch = (matrix: Matrix, k: number) => matrix.data.subarray(18 * k, 18 * (k + 1));
      for (const fixed of [true, [1], [0, 2], []]) {
        const options = { components: 3, templateFrames: 2, start, fixDictionary: fixed, iterations: 12, update };
        for (const precision of ["float64", "float32"] as const) {
          const result = convolutiveNmf(x, { ...options, precision, tolerance: 0 });
          for (let k = 0; k < 3; k++) {
            const given = Array.from(patch(start.dictionary, k), precision === "float32" ? Math.fround : Number);
            if (fixed === true || (fixed as number[]).includes(k))
              expect([...patch(result.dictionary, k)]).toEqual(given);
            else expect(sumOf(patch(result.dictionary, k))).toBeCloseTo(1, 6);
          }
          // whatever the scale of each patch, the factors are those of the cost
          const divergence = betaDivergence(x.data, plainProduct({ ...result, templateFrames: 2 }).data, 1);
          expect(divergence / result.cost.at(-1)!).toBeCloseTo(1, precision === "float64" ? 12 : 5);
          expect(result.cost.at(-1)!).toBeLessThan(result.cost[0]!);
        }
      }
    },
  );

  it("gives the same bytes for the same seed and others for another, and does not change its inputs", () => {
    const x = randomMatrix("bytes", 15, 9);
    const copy = structuredClone(x);
    const run = (seed: number) => {
      const { dictionary, activations, cost } = convolutiveNmf(x, {
        components: 2,
        templateFrames: 3,
        seed,
        iterations: 4,
      });
      return { dictionary: dictionary.data, activations: activations.data, cost };
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1).dictionary).not.toEqual(run(2).dictionary);
    expect(run(1).dictionary).toBeInstanceOf(Float32Array);
    expect(x).toEqual(copy);
  });

  it("warns of more components than the data can tell apart", () => {
    const x = randomMatrix("many", 8, 6);
    const result = convolutiveNmf(x, { components: 7, templateFrames: 2, iterations: 5 });
    expect(result.warnings).toEqual([expect.stringMatching(/convolutiveNmf: components is 7 .* 8 frames and 6 bins/)]);
    expect(convolutiveNmf(x, { components: 6, templateFrames: 2, iterations: 1 }).warnings).toEqual([]);
  });

  it("names what computed it", () => {
    const x = randomMatrix("blas", 15, 9);
    const options = { components: 2, templateFrames: 3, iterations: 10, ...exact };
    const portable = convolutiveNmf(x, options);
    expect(portable.accelerator).toMatch(/^portable \((simd128|relaxed-simd)\)$/);
    const blas = loadBlas();
    for (const update of updates) {
      const auto = convolutiveNmf(x, { ...options, update, accelerator: "auto" });
      expect(auto.accelerator).toMatch("reason" in blas ? /^portable/ : blas.name);
      expect(auto.cost).toBeAllclose(convolutiveNmf(x, { ...options, update }).cost, { rtol: 1e-10 });
    }
  });

  const x = randomMatrix("refuse", 8, 6);
  const holes = { ...x, data: x.data.with(15, 0) };
  const set = (name: string, value: unknown) =>
    ({ components: 2, templateFrames: 2, [name]: value }) as ConvolutiveNmfOptions;
  test.each<[string, Matrix, ConvolutiveNmfOptions, RegExp]>([
    ["patches longer than the data", x, set("templateFrames", 9), /templateFrames is 9; .* 1 to 8/],
    ["patches of no frame", x, set("templateFrames", 0), /templateFrames is 0/],
    ["half a frame", x, set("templateFrames", 1.5), /templateFrames is 1.5/],
    ["no component", x, set("components", 0), /convolutiveNmf: components is 0/],
    ["negative entries", { ...x, data: x.data.with(7, -2) }, set("seed", 1), /\(-2\) at bin 1, frame 1/],
    ["NaN", { ...x, data: x.data.with(3, Number.NaN) }, set("seed", 1), /\(NaN\) at bin 3, frame 0/],
    ["a beta that is no number", x, set("beta", Number.NaN), /beta is NaN/],
    ["zeros at beta 0", holes, set("beta", 0), /1 entries that are 0 .*first at bin 3, frame 2.*a floor/],
    ["another update", x, set("update", "mm3"), /update is "mm3".*mm2, mm1, heuristic/],
    ["another precision", x, set("precision", "double"), /precision is "double"/],
    ["another accelerator", x, set("accelerator", "cuda"), /accelerator is "cuda"/],
    ["fixed patches that are not given", x, set("fixDictionary", true), /start.dictionary is missing/],
    [
      "a start of another shape",
      x,
      set("start", { dictionary: randomMatrix("s", 2, 6) }),
      /start.dictionary is 2 x 6; .* 4 x 6/,
    ],
  ])("refuses %s", (_, data, options, message) => {
    expect(() => convolutiveNmf(data, options)).toThrow(message);
  });

  it("takes zeros at beta 0 with a floor", () => {
    const { cost } = convolutiveNmf(holes, { components: 2, templateFrames: 2, beta: 0, floor: 1e-6, iterations: 5 });
    expect(cost.every(Number.isFinite)).toBe(true);
  });
});

describe("convolutiveModel", () => {
  const dictionary = randomMatrix("model w", 3 * 4, 9);
  const activations = randomMatrix("model h", 3, 13);
  const factors = { dictionary, activations, templateFrames: 4 };

  it("is the sum of shifted products, cut off at the end", () => {
    expect(convolutiveModel(factors).data).toBeAllclose(plainProduct(factors).data, { rtol: 1e-6 });
  });

  it("adds up: the models of the components sum to the model of all", () => {
    const parts = [[0], [1, 2], []].map((components) => convolutiveModel(factors, components).data);
    const total = parts[0]!.map((value, i) => value + parts[1]![i]! + parts[2]![i]!);
    expect(total).toBeAllclose(convolutiveModel(factors).data, { rtol: 1e-6 });
  });

  it("refuses factors that do not fit and components that are not there", () => {
    expect(() => convolutiveModel({ ...factors, templateFrames: 5 })).toThrow(/12 rows; 3 components of 5 frames/);
    expect(() => convolutiveModel(factors, [-1])).toThrow(/component -1 .* there are 3/);
  });
});
