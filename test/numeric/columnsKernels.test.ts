import { describe, expect, it } from "vitest";
import type { FloatArray } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { createFactorArena, type KernelBuild, kernelBuild, type Precision } from "../../src/numeric/kernels.ts";
import {
  betaDivergence,
  exponentOf,
  type PlainFactors,
  plainActivationTerms,
  plainProduct,
} from "../separation/plainFactorization.ts";

// Sums of at most 257 products that are not negative, and columns that follow from the columns before them.
const kernelsHere = [
  { precision: "float32", build: "simd128", rtol: 1e-5 },
  { precision: "float64", build: "simd128", rtol: 1e-13 },
  { precision: "float32", build: "relaxed-simd", rtol: 1e-5 },
  { precision: "float64", build: "relaxed-simd", rtol: 1e-13 },
].filter(({ build }) => build === "simd128" || build === kernelBuild()) as {
  precision: Precision;
  build: KernelBuild;
  rtol: number;
}[];
const noRelaxed = kernelBuild() === "relaxed-simd" ? "" : " (skipped: this engine refuses relaxed SIMD)";

it.skipIf(noRelaxed !== "")(`the builds with relaxed SIMD are tested as well${noRelaxed}`, () => {
  expect(kernelsHere).toHaveLength(4);
});

interface Shape {
  bins: number;
  frames: number;
  components: number;
  templateFrames: number;
}

const shapes: Shape[] = [
  ...[1, 2, 3, 4, 5, 7, 8, 9, 31, 257].map((bins) => ({ bins, frames: 5, components: 3, templateFrames: 2 })),
  ...[1, 2, 3, 7, 9].map((frames) => ({ bins: 5, frames, components: 2, templateFrames: 3 })),
  ...[1, 4, 5, 9].map((components) => ({ bins: 3, frames: 4, components, templateFrames: 2 })),
  { bins: 6, frames: 8, components: 3, templateFrames: 1 },
  { bins: 6, frames: 3, components: 2, templateFrames: 5 }, // patches longer than the signal
];
const betas = [-1, 0, 0.5, 1, 1.5, 2, 2.3, 3];

/** Numbers kept free on either side of an array, odd so that arrays start between vectors. */
const margin = 17;
const mark = -7;

interface Setting {
  precision: Precision;
  build: KernelBuild;
  beta: number;
  /** Added to V. */
  floor?: number;
}

const usualFloor = 1e-6;

/** Random data and factors in kernel memory, and what the kernels are called with. */
function setUp(shape: Shape, { precision, build, beta, floor = usualFloor }: Setting) {
  const { bins, frames, components, templateFrames } = shape;
  const stride = 4 * Math.ceil(bins / 4);
  const patches = components * templateFrames;
  const grouped = 4 * Math.ceil(components / 4);
  const lanes = precision === "float32" ? 4 : 2;
  const random = createRandom(JSON.stringify(shape));
  const arena = createFactorArena(
    8 * (stride * (4 * frames + grouped * templateFrames) + 20 * margin + 64 + (components + 4) * frames),
    precision,
    build,
  );
  const marked: FloatArray[] = [];
  const make = (length: number, value: (i: number) => number) => {
    const all = arena.array(length + 2 * margin).array.fill(mark);
    marked.push(all);
    const array = all.subarray(margin, margin + length);
    for (let i = 0; i < length; i++) array[i] = value(i);
    return { address: array.byteOffset, array };
  };
  const inRow = (i: number) => i % stride < bins;
  const x = make(frames * stride, (i) =>
    inRow(i) ? (beta > 0 && i % 5 === 1 ? 0 : 0.1 + 2 * random.uniform()) : floor,
  );
  const v = make(frames * stride, () => 5);
  const top = make(frames * stride, () => 5);
  const bottom = make(frames * stride, () => (beta === 1 ? 1 : 5));
  // groups of four components, interleaved by vectors: where number m of w_k(t) stands
  const placeOf = (k: number, t: number, m: number) =>
    (Math.floor(k / 4) * templateFrames + t) * 4 * stride + 4 * (m - (m % lanes)) + (k % 4) * lanes + (m % lanes);
  const w = make(grouped * templateFrames * stride, () => 0);
  for (let k = 0; k < components; k++) {
    for (let t = 0; t < templateFrames; t++) {
      for (let m = 0; m < bins; m++) w.array[placeOf(k, t, m)] = 0.1 + random.uniform();
    }
  }
  const h = make(components * frames, (i) => (i % 7 === 3 ? 0 : 0.1 + random.uniform()));
  const gains = make(grouped, (i) => (i < components ? 5 : 0));
  const inputs = [x, w].map(({ array }) => ({ array, before: array.slice() }));

  /** Rows without what fills them up. */
  const cut = (array: FloatArray, rows: number) => ({
    rows,
    columns: bins,
    data: Float64Array.from({ length: rows * bins }, (_, i) => array[Math.floor(i / bins) * stride + (i % bins)]!),
  });
  const places = [x.address, v.address, top.address, bottom.address, w.address, h.address, gains.address] as const;
  const { kernels } = arena;
  return {
    ...{ x, h, v },
    stride,
    /** Takes a component's patch out. */
    silence: (k: number) => {
      for (let t = 0; t < templateFrames; t++) for (let m = 0; m < bins; m++) w.array[placeOf(k, t, m)] = 0;
    },
    data: cut(x.array, frames),
    /** V, X o V^(beta-2) and V^(beta-1) as the kernels left them. */
    state: () => [v, top, bottom].map(({ array }) => cut(array, frames).data),
    factors: (): PlainFactors => ({
      dictionary: {
        rows: patches,
        columns: bins,
        data: Float64Array.from({ length: patches * bins }, (_, i) => {
          const row = Math.floor(i / bins);
          return w.array[placeOf(Math.floor(row / templateFrames), row % templateFrames, i % bins)]!;
        }),
      },
      activations: { rows: components, columns: frames, data: Float64Array.from(h.array) },
      templateFrames,
    }),
    runModel: () => kernels.columnsModel(...places, frames, stride, components, templateFrames, beta, floor),
    runColumns: (exponent: number) =>
      kernels.columnsInOrder(...places, frames, stride, components, templateFrames, beta, exponent, floor),
    /** Fails where an input was changed or something written outside the arrays. */
    check: () => {
      for (const { array, before } of inputs) expect(array).toEqual(before);
      const edges = marked.flatMap((all) => [...all.subarray(0, margin), ...all.subarray(-margin)]);
      expect(edges.every((value) => value === mark)).toBe(true);
    },
  };
}

/** V = W^H^ + the usual floor. */
function floored(factors: PlainFactors) {
  const v = plainProduct(factors);
  for (let i = 0; i < v.data.length; i++) v.data[i]! += usualFloor;
  return v;
}

/** V, X o V^(beta-2) and V^(beta-1). */
function expectedState(data: { data: FloatArray }, factors: PlainFactors, beta: number) {
  const v = floored(factors).data;
  return [v, v.map((value, i) => data.data[i]! * value ** (beta - 2)), v.map((value) => value ** (beta - 1))];
}

/** MM1 as it is defined: column after column by eq. 12, V made anew for each. */
function plainColumns(data: ReturnType<typeof setUp>["data"], factors: PlainFactors, beta: number) {
  const { rows: components, columns: frames, data: start } = factors.activations;
  const activations = { rows: components, columns: frames, data: Float64Array.from(start) };
  for (let n = 0; n < frames; n++) {
    const now = { ...factors, activations };
    const { numerator, denominator } = plainActivationTerms(data, now, { beta, v: floored(now) });
    for (let at = n; at < activations.data.length; at += frames) {
      if (activations.data[at]! > 0) {
        activations.data[at]! *= (numerator.data[at]! / denominator.data[at]!) ** exponentOf(beta);
      }
    }
  }
  return { ...factors, activations };
}

describe.each(kernelsHere)("in $precision, $build", ({ precision, build, rtol }) => {
  describe.each(shapes)("with $bins bins, $frames frames, $components components, T = $templateFrames", (shape) => {
    it("columnsModel makes V and its terms from nothing, as the plain loops do", () => {
      for (const beta of betas) {
        const { runModel, data, factors, state, v, stride, check } = setUp(shape, { precision, build, beta });
        runModel();
        expect(state().flatMap((part) => [...part])).toBeAllclose(
          expectedState(data, factors(), beta).flatMap((part) => [...part]),
          { rtol },
        );
        // what fills up a row stays at the floor, where no term is large
        const beyond = Array.from(v.array).filter((_, i) => i % stride >= shape.bins);
        expect(beyond).toBeAllclose(new Array(beyond.length).fill(usualFloor), { rtol });
        check();
      }
    });

    it("columnsInOrder is MM1 by the plain loops, and leaves the V and the terms of the new H", () => {
      for (const beta of betas) {
        const { runModel, runColumns, data, factors, state, h, check } = setUp(shape, { precision, build, beta });
        const expected = plainColumns(data, factors(), beta);
        runModel();
        runColumns(exponentOf(beta));
        expect(h.array).toBeAllclose(expected.activations.data, { rtol });
        expect(state().flatMap((part) => [...part])).toBeAllclose(
          expectedState(data, factors(), beta).flatMap((part) => [...part]),
          { rtol: 10 * rtol },
        );
        check();
      }
    });
  });

  const shape = { bins: 9, frames: 12, components: 3, templateFrames: 4 };

  it.each(betas)("columnsInOrder never raises the divergence, at beta %d", (beta) => {
    const { runModel, runColumns, data, factors } = setUp(shape, { precision, build, beta });
    const cost = () => betaDivergence(data.data, floored(factors()).data, beta);
    runModel();
    let before = cost();
    for (let i = 0; i < 10; i++) {
      runColumns(exponentOf(beta));
      const after = cost();
      expect(after - before).toBeLessThanOrEqual(rtol * before);
      before = after;
    }
  });

  it("a component without a patch gets no activations, and zeros stay zeros", () => {
    const { runModel, runColumns, h, silence } = setUp(shape, { precision, build, beta: 1 });
    const { frames } = shape;
    silence(1);
    h.array.fill(0, 2 * frames);
    runModel();
    runColumns(1);
    expect(h.array.every((value) => value >= 0)).toBe(true);
    expect(h.array.slice(0, frames).filter((value) => value > 0)).not.toHaveLength(0);
    expect([...h.array.slice(frames)]).toEqual(new Array(2 * frames).fill(0));
  });

  it("an activation below 1e-30 becomes 0", () => {
    const { runModel, runColumns, h } = setUp(shape, { precision, build, beta: 1 });
    h.array[5] = 1e-31;
    runModel();
    runColumns(1);
    expect(h.array[5]).toBe(0);
  });

  it("V never falls below its floor where rounding is all that is left of it", () => {
    const floor = 1e-20;
    const { runModel, runColumns, x, h, v } = setUp(shape, { precision, build, beta: 1, floor });
    // without data no activation stays: V is what the components added less what they take away again
    x.array.fill(0);
    runModel();
    runColumns(1);
    expect(h.array.every((value) => value === 0)).toBe(true);
    const least = Math.min(...v.array);
    expect([least]).toBeAllclose([floor], { rtol });
  });

  it("no frames are no work", () => {
    const { runModel, runColumns, check } = setUp({ ...shape, frames: 0 }, { precision, build, beta: 1 });
    runModel();
    runColumns(1);
    check();
  });
});
