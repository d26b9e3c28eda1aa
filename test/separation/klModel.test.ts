import { describe, expect, it, test } from "vitest";
import { type Matrix, row } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { createKlModel } from "../../src/separation/klModel.ts";

/** Random X (with zeros), W and H, rounded to single precision so that both sides see the same numbers. */
function problem(bins: number, frames: number, components: number) {
  const random = createRandom(`${bins} ${frames} ${components}`);
  const matrix = (rows: number, columns: number, zeroIn: number): Matrix<Float32Array> => ({
    rows,
    columns,
    data: Float32Array.from({ length: rows * columns }, () =>
      random.below(zeroIn) === 0 ? 0 : random.uniform() ** 2 + 0.01,
    ),
  });
  return { x: matrix(frames, bins, 4), w: matrix(components, bins, 50), h: matrix(components, frames, 50) };
}

/** The same quantities by plain loops in double precision. */
function plain({ x, w, h }: ReturnType<typeof problem>) {
  const { rows: frames, columns: bins } = x;
  const components = w.rows;
  const top = new Float64Array(components * frames);
  const dictionaryTop = new Float64Array(components * bins);
  let divergence = 0;
  for (let n = 0; n < frames; n++) {
    for (let m = 0; m < bins; m++) {
      let v = 0;
      for (let k = 0; k < components; k++) v += w.data[k * bins + m]! * h.data[k * frames + n]!;
      const value = x.data[n * bins + m]!;
      const ratio = value === 0 ? 0 : value / v;
      divergence += (value === 0 ? 0 : value * Math.log(ratio)) - value + v;
      for (let k = 0; k < components; k++) {
        top[k * frames + n]! += w.data[k * bins + m]! * ratio;
        dictionaryTop[k * bins + m]! += h.data[k * frames + n]! * ratio;
      }
    }
  }
  return { top, dictionaryTop, divergence };
}

const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 31, 257];
const shapes = [
  ...sizes.map((bins) => [bins, 6, 3]),
  ...sizes.map((frames) => [6, frames, 3]),
  ...sizes.slice(0, 9).map((components) => [10, 11, components]),
  [70, 530, 5], // more than one block of strips and of steps
];

describe.each(shapes)("with %i bins, %i frames and %i components", (bins, frames, components) => {
  const numbers = problem(bins, frames, components);
  // no cell of X may be left unreached, or the true divergence is infinite
  for (let i = 0; i < numbers.w.data.length; i++) if (i < bins) numbers.w.data[i]! += 0.1;
  for (let i = 0; i < numbers.h.data.length; i++) if (i < frames) numbers.h.data[i]! += 0.1;
  const model = createKlModel(numbers.x, numbers.w, numbers.h);
  const truth = plain(numbers);
  // single-precision sums of up to 530 non-negative products: below 530 * 6e-8, in practice the root of it
  const close = { rtol: 3e-6, atol: 1e-12 };

  it("the numerators are those of the plain loops", () => {
    expect(model.activationNumerator()).toBeAllclose(truth.top, close);
    expect(model.dictionaryNumerator()).toBeAllclose(truth.dictionaryTop, close);
  });

  it("the divergence is that of the plain loops, alone and together with the numerator", () => {
    // errors are relative to the terms, which are of the size of X
    const atol = 1e-6 * model.total;
    expect([model.divergence()]).toBeAllclose([truth.divergence], { atol });
    const both = model.activationNumeratorAndDivergence();
    expect([both.divergence]).toBeAllclose([truth.divergence], { atol });
    expect(both.numerator).toBeAllclose(truth.top, close);
  });
});

it("sums are taken row by row", () => {
  const { x, w, h } = problem(9, 13, 4);
  const model = createKlModel(x, w, h);
  const sums = (factor: Matrix) =>
    Array.from({ length: 4 }, (_, k) => Array.from(row(factor, k)).reduce((a, b) => a + b, 0));
  expect(model.dictionarySums()).toBeAllclose(sums(w), { rtol: 1e-6 });
  expect(model.activationSums()).toBeAllclose(sums(h), { rtol: 1e-6 });
});

it("factors are live: what is written counts from the next call on", () => {
  const { x, w, h } = problem(9, 13, 4);
  const model = createKlModel(x, w, h);
  model.activations.fill(1);
  const other = createKlModel(x, w, { ...h, data: h.data.map(() => 1) });
  expect(model.activationNumerator()).toBeAllclose(other.activationNumerator());
});

test.each([
  ["a silent component", 1, "both"],
  ["a component without activations", 2, "h"],
  ["a component without spectrum", 0, "w"],
])("%s stays without making anything NaN", (_, k, which) => {
  const numbers = problem(9, 13, 3);
  if (which !== "h") numbers.w.data.fill(0, k * 9, (k + 1) * 9);
  if (which !== "w") numbers.h.data.fill(0, k * 13, (k + 1) * 13);
  const model = createKlModel(numbers.x, numbers.w, numbers.h);
  for (let i = 0; i < 5; i++) {
    model.updateActivations({ sparsity: 0 });
    model.updateDictionary();
  }
  expect(Number.isFinite(model.divergence())).toBe(true);
  expect(model.dictionary.every(Number.isFinite) && model.activations.every(Number.isFinite)).toBe(true);
});

it("cells no component reaches cost a finite number and never rise", () => {
  const numbers = problem(9, 13, 2);
  for (let k = 0; k < 2; k++) numbers.w.data[k * 9 + 4] = 0;
  const model = createKlModel(numbers.x, numbers.w, numbers.h);
  let before = model.divergence();
  expect(before).toBeGreaterThan(numbers.x.data[4]! * 30);
  for (let i = 0; i < 20; i++) {
    model.updateActivations();
    model.updateDictionary();
    const after = model.divergence();
    expect(after - before).toBeLessThanOrEqual(1e-5 * model.total);
    before = after;
  }
});
