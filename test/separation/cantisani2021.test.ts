import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { type Matrix, row, transpose } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { readNpy } from "../../src/formats/npy.ts";
import {
  type Cantisani2021Options,
  type Cantisani2021Result,
  cantisani2021,
} from "../../src/separation/cantisani2021.ts";
import recorded from "../fixtures/cantisani2021.json" with { type: "json" };
import { sharedPath, testWithShared } from "../shared.ts";

const fromRows = (rows: number[][]): Matrix<Float64Array> => ({
  rows: rows.length,
  columns: rows[0]!.length,
  data: Float64Array.from(rows.flat()),
});

function fromFile(name: string): Matrix<Float64Array> {
  const { shape, data } = readNpy(readFileSync(sharedPath(`contrastive-nmf/${name}.npy`)), name);
  return { rows: shape[0]!, columns: shape[1]!, data: Float64Array.from(data) };
}

type PublishedCase = Record<"K" | "nr" | "delta" | "mu" | "beta" | "it", number> & { loggedCost: number[] };

/** What a recording holds, as the papers lay it out: X bins x frames, W bins x components. */
interface Recording {
  X: Matrix;
  W0: Matrix;
  H0: Matrix;
  S: Matrix;
  W: Matrix;
  H: Matrix;
  loggedCost: number[];
}

function expectSame(recording: Recording, options: Omit<Cantisani2021Options, "start">): Cantisani2021Result {
  const { X, W0, H0, S, W, H, loggedCost } = recording;
  const result = cantisani2021(transpose(X), S, {
    ...options,
    start: { dictionary: transpose(W0), activations: H0 },
  });
  expect(result.dictionary.data).toBeAllclose(transpose(W).data, { rtol: 1e-10 });
  expect(result.activations.data).toBeAllclose(H.data, { rtol: 1e-10 });
  // the logged cost is a difference of terms of its size or above
  expect(result.loggedCost).toBeAllclose(loggedCost, { rtol: 1e-10, atol: 1e-12 * Math.abs(loggedCost[0]!) });
  return result;
}

const random = createRandom("cantisani2021");
const filled = (rows: number, columns: number): Matrix<Float64Array> => ({
  rows,
  columns,
  data: Float64Array.from({ length: rows * columns }, () => random.uniform()),
});

describe("cantisani2021", () => {
  for (const name of ["a", "b"]) {
    testWithShared(`reproduces factors and log of the published code, case ${name}`, () => {
      const cases: Record<string, PublishedCase> = JSON.parse(
        readFileSync(sharedPath("contrastive-nmf/cases.json"), "utf8"),
      );
      const { K, nr, delta, mu, beta, it: iterations, loggedCost } = cases[name]!;
      const [X, W0, H0, S, W, H] = ["X", "W0", "H0", "S", "W", "H"].map((array) => fromFile(`${name}_${array}`));
      expectSame(
        { X: X!, W0: W0!, H0: H0!, S: S!, W: W!, H: H!, loggedCost },
        { components: K, sources: nr, delta, sparsityActivations: mu, sparsityDictionary: beta, iterations },
      );
    });
  }

  test.each(recorded)("takes the steps of the published code: $name", (expected) => {
    const { components, sources, delta, sparsityActivations, sparsityDictionary, iterations, loggedCost } = expected;
    const [X, W0, H0, S, W, H] = (["X", "W0", "H0", "S", "W", "H"] as const).map((name) => fromRows(expected[name]));
    const result = expectSame(
      { X: X!, W0: W0!, H0: H0!, S: S!, W: W!, H: H!, loggedCost },
      { components, sources, delta, sparsityActivations, sparsityDictionary, iterations },
    );
    expect(result.attendedComponents).toBe(expected.attendedComponents);
  });

  const x = filled(14, 11);
  const guide = filled(2, 14);
  const start = { dictionary: filled(4, 11), activations: filled(4, 14) };
  const options: Cantisani2021Options = { components: 4, delta: 5, iterations: 6, start };

  it("returns activations of unit rows, all entries above zero", () => {
    const { activations, dictionary } = cantisani2021(x, guide, options);
    for (let k = 0; k < 4; k++) expect(Math.hypot(...row(activations, k))).toBeCloseTo(1, 12);
    expect([...activations.data, ...dictionary.data].every((value) => value > 0)).toBe(true);
  });

  it("does not depend on the guide if delta is 0, nor on the scale of the guide's rows otherwise", () => {
    const without = { ...options, delta: 0 };
    expect(cantisani2021(x, filled(2, 14), without).loggedCost).toEqual(cantisani2021(x, guide, without).loggedCost);
    const loud = { ...guide, data: guide.data.map((value, i) => value * (i < 14 ? 1e4 : 1e-3)) };
    const expected = cantisani2021(x, guide, options);
    expect(cantisani2021(x, loud, options).dictionary.data).toBeAllclose(expected.dictionary.data, { rtol: 1e-11 });
    expect(cantisani2021(x, loud, options).dictionary.data).not.toEqual(
      cantisani2021(x, filled(2, 14), options).dictionary.data,
    );
  });

  it("uses the first floor(components / sources) rows of the guide only", () => {
    const longer = { rows: 3, columns: 14, data: Float64Array.from([...guide.data, ...filled(1, 14).data]) };
    expect(cantisani2021(x, longer, options).dictionary.data).toEqual(cantisani2021(x, guide, options).dictionary.data);
    expect(cantisani2021(x, guide, options).attendedComponents).toBe(2);
    expect(cantisani2021(x, guide, { ...options, sources: 3 }).attendedComponents).toBe(1);
  });

  it("treats bins alike, wherever they stand", () => {
    const order = random.permutation(11);
    const shuffled = (matrix: Matrix): Matrix<Float64Array> => ({
      ...matrix,
      data: Float64Array.from(matrix.data, (_, i) => matrix.data[i - (i % 11) + order[i % 11]!]!),
    });
    const expected = cantisani2021(x, guide, options);
    const result = cantisani2021(shuffled(x), guide, {
      ...options,
      start: { ...start, dictionary: shuffled(start.dictionary) },
    });
    expect(result.dictionary.data).toBeAllclose(shuffled(expected.dictionary).data, { rtol: 1e-10 });
    expect(result.loggedCost).toBeAllclose(expected.loggedCost, { rtol: 1e-10 });
  });

  it("starts at random from a seed where no start is given, at the scale of the data", () => {
    const run = (seed: number) => cantisani2021(x, guide, { components: 4, delta: 0, iterations: 1, seed });
    expect(run(1).dictionary.data).toEqual(run(1).dictionary.data);
    expect(run(1).dictionary.data).not.toEqual(run(2).dictionary.data);
    // of independent half-normal factors: K times the product of their means, (2 / pi) mean(X)
    const large = { rows: 200, columns: 180, data: new Float64Array(36000).fill(50) };
    const { dictionary, activations } = cantisani2021(large, filled(1, 200), {
      components: 30,
      delta: 0,
      iterations: 0,
    });
    let sum = 0;
    for (let k = 0; k < 30; k++) {
      const total = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
      sum += total(row(dictionary, k)) * total(row(activations, k));
    }
    expect(sum / 36000 / 50).toBeCloseTo(2 / Math.PI, 1);
  });

  it("stops between iterations when told to, having reported each", () => {
    const stopper = new AbortController();
    const seen: [number, number][] = [];
    const result = cantisani2021(x, guide, {
      ...options,
      signal: stopper.signal,
      onIteration: (iteration, loggedCost) => {
        seen.push([iteration, loggedCost]);
        if (iteration === 3) stopper.abort();
      },
    });
    const expected = cantisani2021(x, guide, { ...options, iterations: 3 });
    expect(result.stop).toBe("aborted");
    expect(expected.stop).toBe("iterations");
    expect(result.dictionary.data).toEqual(expected.dictionary.data);
    expect(seen).toEqual(expected.loggedCost.map((cost, i) => [i + 1, cost]));
  });

  it("does not change its inputs", () => {
    const copy = structuredClone({ x, guide, start });
    cantisani2021(x, guide, options);
    expect({ x, guide, start }).toEqual(copy);
  });

  const silent = { ...guide, data: guide.data.map((value, i) => (i < 14 ? value : 0)) };
  const signed = { ...guide, data: guide.data.with(17, -0.25) };
  test.each<[string, Matrix, Matrix, Partial<Cantisani2021Options>, string, RegExp]>([
    ["a negative guide", x, signed, {}, "bad-value", /guide has 1 entries.*-0.25.* at frame 3, guide row 1;/],
    ["a guide row of zeros", x, silent, {}, "bad-value", /guide row 1 is zero/],
    ["a guide of other length", x, filled(2, 13), {}, "bad-shape", /guide has 13 frames, the spectrogram 14/],
    ["silence", { ...x, data: x.data.map(() => 0) }, guide, {}, "bad-value", /sums to 0/],
    ["negative entries", { ...x, data: x.data.with(12, -1) }, guide, {}, "bad-value", /\(-1\) at bin 1, frame 1/],
    ["no components", x, guide, { components: 0 }, "bad-option", /components is 0/],
    ["more sources than components", x, guide, { sources: 5 }, "bad-option", /sources is 5.*from 1 to 4/],
    ["a negative weight", x, guide, { delta: -1 }, "bad-option", /delta is -1/],
    [
      "a weight that is no number",
      x,
      guide,
      { sparsityDictionary: Number.NaN },
      "bad-option",
      /sparsityDictionary is NaN/,
    ],
    ["half an iteration", x, guide, { iterations: 0.5 }, "bad-option", /iterations is 0.5/],
    ["a start that does not fit", x, guide, { components: 3 }, "bad-shape", /start.dictionary is 4 x 11/],
  ])("refuses %s", (_, data, rows, changes, code, message) => {
    expect(() => cantisani2021(data, rows, { ...options, ...changes })).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});
