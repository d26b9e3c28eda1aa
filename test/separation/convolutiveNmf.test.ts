import { type Matrix as DenseMatrix, matrix as dense, dotDivide, dotMultiply, multiply, ones, transpose } from "mathjs";
import { describe, expect, it, test } from "vitest";
import { type Matrix, row } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { type ConvolutiveNmfOptions, convolutiveNmf } from "../../src/separation/convolutiveNmf.ts";
import { convolutiveModel } from "../../src/separation/modelSpectrogram.ts";
import { nmf } from "../../src/separation/nmf.ts";

function randomMatrix(name: string, rows: number, columns: number, zeroShare = 0): Matrix<Float64Array> {
  const random = createRandom(name);
  const data = Float64Array.from({ length: rows * columns }, () =>
    random.uniform() < zeroShare ? 0 : random.uniform() ** 2 + 0.01,
  );
  return { rows, columns, data };
}

const sumOf = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

/** v_n = sum over t of W(t) h_{n-t}, spelled out, [frames, bins]. */
function spelledOut(dictionary: Matrix, activations: Matrix, templateFrames: number): Float64Array {
  const { columns: bins } = dictionary;
  const { rows: components, columns: frames } = activations;
  const v = new Float64Array(frames * bins);
  for (let n = 0; n < frames; n++)
    for (let t = 0; t < templateFrames && t <= n; t++)
      for (let k = 0; k < components; k++)
        for (let m = 0; m < bins; m++)
          v[n * bins + m]! +=
            dictionary.data[(k * templateFrames + t) * bins + m]! * activations.data[k * frames + n - t]!;
  return v;
}

/** Patches scaled to sum 1, their scale moved into the activations. */
function normalized(dictionary: Matrix, activations: Matrix, templateFrames: number) {
  const w = Float64Array.from(dictionary.data);
  const h = Float64Array.from(activations.data);
  const cells = templateFrames * dictionary.columns;
  for (let k = 0; k < activations.rows; k++) {
    const sum = sumOf(w.subarray(k * cells, (k + 1) * cells));
    for (let i = 0; i < cells; i++) w[k * cells + i]! /= sum;
    for (let n = 0; n < activations.columns; n++) h[k * activations.columns + n]! *= sum;
  }
  return { w, h };
}

describe("convolutiveNmf", () => {
  test.each([
    { templateFrames: 1, frames: 7 },
    { templateFrames: 3, frames: 10 },
    { templateFrames: 5, frames: 5 },
  ])("does in one iteration what eq. 12 and eq. 6 say, T = $templateFrames", ({ templateFrames, frames }) => {
    const bins = 6;
    const components = 2;
    const x = randomMatrix("x", frames, bins, 0.2);
    const dictionary = randomMatrix("w", components * templateFrames, bins);
    const activations = randomMatrix("h", components, frames);

    const w = Float64Array.from(dictionary.data);
    const h = Float64Array.from(activations.data);
    const at = (k: number, t: number, m: number) => (k * templateFrames + t) * bins + m;
    const ratio = (patches: Float64Array, gains: Float64Array) => {
      const v = spelledOut({ ...dictionary, data: patches }, { ...activations, data: gains }, templateFrames);
      return x.data.map((value, i) => value / v[i]!);
    };
    let r = ratio(w, h);
    for (let k = 0; k < components; k++)
      for (let n = 0; n < frames; n++) {
        let top = 0;
        let bottom = 0;
        for (let other = n; other <= Math.min(n + templateFrames - 1, frames - 1); other++)
          for (let m = 0; m < bins; m++) {
            top += w[at(k, other - n, m)]! * r[other * bins + m]!;
            bottom += w[at(k, other - n, m)]!;
          }
        h[k * frames + n]! *= top / bottom;
      }
    r = ratio(w, h);
    // eq. 6 with matrices: bins x frames data, one shifted copy of the activations for each t
    const ratios = dense(
      Array.from({ length: bins }, (_, m) => Array.from({ length: frames }, (_, n) => r[n * bins + m]!)),
    );
    const all = ones(bins, frames) as DenseMatrix;
    for (let t = 0; t < templateFrames; t++) {
      const shifted = dense(
        Array.from({ length: components }, (_, k) =>
          Array.from({ length: frames }, (_, n) => (n < t ? 0 : h[k * frames + n - t]!)),
        ),
      );
      const old = dense(
        Array.from({ length: bins }, (_, m) => Array.from({ length: components }, (_, k) => w[at(k, t, m)]!)),
      );
      const factor = dotDivide(multiply(ratios, transpose(shifted)), multiply(all, transpose(shifted)));
      const updated = (dotMultiply(old, factor) as DenseMatrix).toArray() as number[][];
      for (let k = 0; k < components; k++) for (let m = 0; m < bins; m++) w[at(k, t, m)] = updated[m]![k]!;
    }
    const expected = normalized({ ...dictionary, data: w }, { ...activations, data: h }, templateFrames);

    const result = convolutiveNmf(x, { components, templateFrames, start: { dictionary, activations }, iterations: 1 });
    // a few single-precision roundings
    expect(result.activations.data).toBeAllclose(expected.h, { rtol: 2e-6 });
    expect(result.dictionary.data).toBeAllclose(expected.w, { rtol: 2e-6 });
    const model = spelledOut(dictionary, activations, templateFrames);
    const divergence = sumOf(x.data.map((v, i) => (v > 0 ? v * Math.log(v / model[i]!) : 0) - v + model[i]!));
    expect(result.cost[0]).toBeCloseTo(divergence, 4);
  });

  it("with T = 1 is nmf with spectra that sum to 1", () => {
    const x = randomMatrix("plain", 20, 15, 0.2);
    const options = { components: 4, seed: 3, iterations: 30, tolerance: 0 };
    const plain = nmf(x, options);
    const convolutive = convolutiveNmf(x, { ...options, templateFrames: 1 });
    const expected = normalized(plain.dictionary, plain.activations, 1);
    expect(convolutive.cost).toEqual(plain.cost);
    expect(convolutive.dictionary.data).toBeAllclose(expected.w, { rtol: 1e-6, atol: 1e-30 });
    expect(convolutive.activations.data).toBeAllclose(expected.h, { rtol: 1e-6, atol: 1e-30 });
  });

  it("leaves a perfect factorization where it is, at cost 0", () => {
    const dictionary = randomMatrix("w", 6, 9, 0.2);
    const activations = randomMatrix("h", 2, 14, 0.3);
    const data = spelledOut(dictionary, activations, 3);
    const options: ConvolutiveNmfOptions = { components: 2, templateFrames: 3, iterations: 20, tolerance: 0 };
    const result = convolutiveNmf({ rows: 14, columns: 9, data }, { ...options, start: { dictionary, activations } });
    const expected = normalized(dictionary, activations, 3);
    expect(result.dictionary.data).toBeAllclose(expected.w, { rtol: 3e-5 });
    expect(result.activations.data).toBeAllclose(expected.h, { rtol: 3e-5 });
    expect(result.cost).toBeAllclose(new Array(21).fill(0), { atol: 1e-6 * sumOf(data) });
  });

  test.each(Array.from({ length: 24 }, (_, i) => i))("never raises the cost, problem %i", (i) => {
    const random = createRandom(`convolutive ${i}`);
    const frames = 4 + random.below(40);
    const bins = 3 + random.below(30);
    const x = randomMatrix(`data ${i}`, frames, bins, [0, 0.3, 0.8][i % 3]!);
    x.data[0] = 1;
    const result = convolutiveNmf(x, {
      components: 1 + random.below(3),
      templateFrames: 1 + random.below(Math.min(frames, 10)),
      seed: i,
      iterations: 60,
      tolerance: 0,
    });
    // each of the terms that add up to a cost is rounded to single precision, 6e-8
    const allowance = 1e-6 * Math.max(sumOf(x.data), result.cost[0]!);
    for (let j = 1; j < result.cost.length; j++) {
      expect(result.cost[j]! - result.cost[j - 1]!).toBeLessThanOrEqual(allowance);
    }
    expect(result.cost.at(-1)!).toBeLessThan(result.cost[0]!);
    const cells = result.templateFrames * bins;
    for (let k = 0; k < result.activations.rows; k++) {
      const patch = sumOf(result.dictionary.data.subarray(k * cells, (k + 1) * cells));
      expect(patch === 0 || Math.abs(patch - 1) < 1e-5).toBe(true);
    }
  });

  it("fits better the longer the patches are", () => {
    // three drum-like patches with random onsets and some noise
    const patches = randomMatrix("drums", 3 * 6, 20, 0.5);
    const onsets = randomMatrix("onsets", 3, 80, 0.9);
    const noise = randomMatrix("noise", 80, 20);
    const data = spelledOut(patches, onsets, 6).map((value, i) => value + 0.05 * noise.data[i]!);
    const end = (templateFrames: number) =>
      convolutiveNmf({ rows: 80, columns: 20, data }, { components: 3, templateFrames, iterations: 150 }).cost.at(-1)!;
    expect(end(3)).toBeLessThan(end(1));
    expect(end(6)).toBeLessThan(end(3));
  });

  it("moves its activations with the data: a delay of the signal delays them and leaves the patches", () => {
    // silence at both ends, longer than a patch and the delay, so that nothing is cut off
    const delay = 4;
    const quiet = 8;
    const frames = 40;
    const place = (matrix: Matrix, by: number): Matrix<Float64Array> => {
      const out = { rows: matrix.rows, columns: frames, data: new Float64Array(matrix.rows * frames) };
      for (let k = 0; k < matrix.rows; k++) row(out, k).set(row(matrix, k), quiet + by);
      return out;
    };
    const dictionary = randomMatrix("shift w", 2 * 3, 8);
    const inner = randomMatrix("shift h", 2, 20, 0.4);
    const content = randomMatrix("shift x", 20, 8);
    const run = (by: number) => {
      const x = { rows: frames, columns: 8, data: new Float64Array(frames * 8) };
      x.data.set(content.data, (quiet + by) * 8);
      const start = { dictionary, activations: place(inner, by) };
      return convolutiveNmf(x, { components: 2, templateFrames: 3, start, iterations: 25, tolerance: 0 });
    };
    const early = run(0);
    const late = run(delay);
    // the same sums, their terms in other lanes of the kernels
    expect(late.dictionary.data).toBeAllclose(early.dictionary.data, { rtol: 1e-4, atol: 1e-7 });
    for (let k = 0; k < 2; k++) {
      const moved = row(late.activations, k).subarray(delay);
      expect(moved).toBeAllclose(row(early.activations, k).subarray(0, frames - delay), { rtol: 1e-4, atol: 1e-6 });
    }
  });

  test.each([1e-6, 1e6])("scales with the data: times %d", (gain) => {
    const x = randomMatrix("gain", 20, 12);
    const options = { components: 2, templateFrames: 3, iterations: 20, tolerance: 0 };
    const plain = convolutiveNmf(x, options);
    const loud = convolutiveNmf({ ...x, data: x.data.map((value) => value * gain) }, options);
    expect(loud.cost.map((value) => value / gain)).toBeAllclose(plain.cost, { rtol: 1e-5 });
    expect(loud.dictionary.data).toBeAllclose(plain.dictionary.data, { rtol: 1e-3, atol: 1e-7 });
  });

  const x = randomMatrix("refuse", 8, 6);
  test.each<[string, Matrix, ConvolutiveNmfOptions, RegExp]>([
    ["patches longer than the data", x, { components: 2, templateFrames: 9 }, /templateFrames is 9; .* 1 to 8/],
    ["patches of no frame", x, { components: 2, templateFrames: 0 }, /templateFrames is 0/],
    ["too many components", x, { components: 7, templateFrames: 2 }, /components is 7 .* 8 frames and 6 bins/],
    ["negative entries", { ...x, data: x.data.with(7, -2) }, { components: 2, templateFrames: 2 }, /bin 1, frame 1/],
    ["another divergence", x, { components: 2, templateFrames: 2, beta: 0 }, /beta is 0/],
    [
      "a start of another shape",
      x,
      { components: 2, templateFrames: 2, start: { dictionary: randomMatrix("s", 2, 6) } },
      /start.dictionary is 2 x 6; .* 4 x 6/,
    ],
  ])("refuses %s", (_, data, options, message) => {
    expect(() => convolutiveNmf(data, options)).toThrow(message);
  });
});

describe("convolutiveModel", () => {
  const dictionary = randomMatrix("model w", 3 * 4, 9);
  const activations = randomMatrix("model h", 3, 13);
  const factors = { dictionary, activations, templateFrames: 4 };

  it("is the sum of shifted products, cut off at the end", () => {
    expect(convolutiveModel(factors).data).toBeAllclose(spelledOut(dictionary, activations, 4), { rtol: 1e-6 });
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
