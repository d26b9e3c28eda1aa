import type { Matrix } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";

// The cost of contrastive NMF and its monotone update in plain double precision loops, one index at a time, for the
// tests: slow, obvious, and sharing no code with the kernels.

/** A problem in the toolkit's layout: X [frames, bins], W [components, bins], H [components, frames], S [rows, frames]. */
export interface Problem {
  x: Matrix<Float64Array>;
  w: Matrix<Float64Array>;
  h: Matrix<Float64Array>;
  s: Matrix<Float64Array>;
  attended: number;
  delta: number;
  sparsityActivations: number;
  sparsityDictionary: number;
}

/** A copy with rows of unit l2 norm. */
export function unitRows(source: Matrix): Matrix<Float64Array> {
  const data = Float64Array.from(source.data);
  for (let r = 0; r < source.rows; r++) {
    const part = data.subarray(r * source.columns, (r + 1) * source.columns);
    const norm = Math.hypot(...part);
    for (let i = 0; i < part.length; i++) part[i]! /= norm;
  }
  return { ...source, data };
}

/** A matrix filled value by value. */
export function filled(rows: number, columns: number, value: () => number): Matrix<Float64Array> {
  return { rows, columns, data: Float64Array.from({ length: rows * columns }, value) };
}

/** Sum of all entries. */
export const total = (m: Matrix): number => Array.from(m.data).reduce((sum, value) => sum + value, 0);

/** A seeded problem: zeros in X and S, sparsity 0 and large, delta over 4.5 decades, scale of X over 6 decades. */
export function randomProblem(seed: number): Problem {
  const random = createRandom(`contrastive ${seed}`);
  const components = 2 + random.below(6);
  const attended = 1 + random.below(components - 1);
  const rows = random.below(3) === 0 ? 1 + random.below(4) : attended;
  const bins = 8 + random.below(25);
  const frames = 8 + random.below(40);
  const scale = 10 ** (6 * random.uniform() - 3);
  const zerosInX = random.below(2) === 1;
  const zerosInS = random.below(2) === 1;
  const x = filled(frames, bins, () => (zerosInX && random.uniform() < 0.3 ? 0 : scale * random.normal() ** 2));
  const s = filled(rows, frames, () => (zerosInS && random.uniform() < 0.5 ? 0 : random.uniform()));
  for (let j = 0; j < rows; j++) s.data[j * frames + random.below(frames)]! += 0.5;
  const sparsity = () => [0, 0, 0.1, 10][random.below(4)]!;
  return {
    x,
    w: filled(components, bins, () => scale * (0.1 + random.uniform())),
    h: unitRows(filled(components, frames, () => 0.1 + random.uniform())),
    s: unitRows(s),
    attended,
    delta: (10 ** (4.5 * random.uniform() - 3) * total(x)) / (attended * rows),
    sparsityActivations: sparsity() * scale,
    sparsityDictionary: sparsity(),
  };
}

/** The parts of the cost `divergence + sparsity - delta contrast`. */
export function costParts({ x, w, h, s, attended, delta, sparsityActivations, sparsityDictionary }: Problem) {
  const v = model(w, h);
  let divergence = 0;
  for (let i = 0; i < v.length; i++) {
    divergence += (x.data[i]! > 0 ? x.data[i]! * Math.log(x.data[i]! / v[i]!) : 0) - x.data[i]! + v[i]!;
  }
  let contrast = 0;
  for (let k = 0; k < h.rows; k++) {
    for (let j = 0; j < s.rows; j++) contrast += (k < attended ? 1 : -1) * inner(h, k, s, j) ** 2;
  }
  const sparsity = sparsityActivations * total(h) + sparsityDictionary * total(w);
  return { divergence, sparsity, contrast, cost: divergence + sparsity - delta * contrast };
}

/** One row's majorizer `sum -a log(h) + c h` on the unit sphere, up to a constant, at the row `old`. */
export interface RowProblem {
  a: Float64Array;
  c: Float64Array;
  old: Float64Array;
  /** The part of c that does not come from the contrast. */
  base: number;
}

/** The majorizers of all rows of H, from one ratio X / WH. */
export function rowProblems({ x, w, h, s, attended, delta, sparsityActivations }: Problem): RowProblem[] {
  const frames = h.columns;
  const bins = w.columns;
  const lambda = largestEigenvalue(s);
  const ratio = dividedBy(x, model(w, h));
  return Array.from({ length: h.rows }, (_, k) => {
    const base = sparsityActivations + rowSum(w, k);
    const sign = k < attended ? 1 : -1;
    const shift = sign < 0 ? delta * lambda : 0;
    const inners = Array.from({ length: s.rows }, (_, j) => inner(h, k, s, j));
    const a = new Float64Array(frames);
    const c = new Float64Array(frames);
    const old = h.data.subarray(k * frames, (k + 1) * frames);
    for (let n = 0; n < frames; n++) {
      let data = 0;
      for (let m = 0; m < bins; m++) data += w.data[k * bins + m]! * ratio[n * bins + m]!;
      let pull = 0;
      for (let j = 0; j < s.rows; j++) pull += inners[j]! * s.data[j * frames + n]!;
      a[n] = old[n]! * data;
      c[n] = base - 2 * sign * delta * pull - 2 * shift * old[n]!;
    }
    return { a, c, old, base };
  });
}

/** One iteration of the sphere update: all rows of H from one ratio, then W. Everything in double precision. */
export function sphereIteration(problem: Problem): Problem {
  const { x, w, h, sparsityDictionary } = problem;
  const frames = h.columns;
  const bins = w.columns;
  const next = { ...h, data: Float64Array.from(h.data) };
  rowProblems(problem).forEach((rowProblem, k) => {
    next.data.set(sphereRow(rowProblem), k * frames);
  });
  const ratioAfter = dividedBy(x, model(w, next));
  const dictionary = { ...w, data: Float64Array.from(w.data) };
  for (let k = 0; k < w.rows; k++) {
    const bottom = rowSum(next, k) + sparsityDictionary;
    for (let m = 0; m < bins; m++) {
      let top = 0;
      for (let n = 0; n < frames; n++) top += ratioAfter[n * bins + m]! * next.data[k * frames + n]!;
      dictionary.data[k * bins + m]! *= top / bottom;
    }
  }
  return { ...problem, w: dictionary, h: next };
}

/** Minimises sum -a log(x) + c x over the unit sphere, x >= 0, by bisection; c is lowered along `old` where it must be. */
export function sphereRow({ a, c, old, base }: RowProblem): Float64Array {
  const costs = Float64Array.from(c);
  const free = () =>
    costs.some((value) => value < 0)
      ? Infinity
      : a.reduce((sum, value, n) => sum + (value > 0 ? (value / costs[n]!) ** 2 : 0), 0);
  let raised = 0;
  while (!(free() > 1.001)) {
    const extra = raised || base || 1;
    for (let n = 0; n < costs.length; n++) costs[n]! -= 2 * extra * old[n]!;
    raised += extra;
  }
  const at = (nu: number) =>
    costs.map((value, n) => {
      const q = Math.abs(value) + Math.sqrt(value * value + 8 * nu * a[n]!);
      if (value < 0) return q / (4 * nu);
      return q > 0 ? (2 * a[n]!) / q : 0;
    });
  let low = Math.log(1e-30 * (base + costs.reduce((most, value) => Math.max(most, Math.abs(value)), 0)));
  let high = -low + 100;
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2;
    if (Math.hypot(...at(Math.exp(middle))) > 1) low = middle;
    else high = middle;
  }
  const row = at(Math.exp(high));
  const norm = Math.hypot(...row);
  return row.map((value) => value / norm);
}

function model(w: Matrix, h: Matrix): Float64Array {
  const v = new Float64Array(h.columns * w.columns);
  for (let n = 0; n < h.columns; n++) {
    for (let m = 0; m < w.columns; m++) {
      for (let k = 0; k < w.rows; k++) v[n * w.columns + m]! += w.data[k * w.columns + m]! * h.data[k * h.columns + n]!;
    }
  }
  return v;
}

const dividedBy = (x: Matrix, v: Float64Array) => v.map((value, i) => (x.data[i]! > 0 ? x.data[i]! / value : 0));

function inner(a: Matrix, i: number, b: Matrix, j: number): number {
  let sum = 0;
  for (let n = 0; n < a.columns; n++) sum += a.data[i * a.columns + n]! * b.data[j * b.columns + n]!;
  return sum;
}

const rowSum = (m: Matrix, k: number) =>
  Array.from(m.data.subarray(k * m.columns, (k + 1) * m.columns)).reduce((sum, value) => sum + value, 0);

/** Largest eigenvalue of S S' by many power iterations, a hair upwards. */
function largestEigenvalue(s: Matrix): number {
  let x = new Array<number>(s.rows).fill(1);
  let value = 0;
  for (let step = 0; step < 500; step++) {
    const y = x.map((_, i) => x.reduce((sum, xj, j) => sum + inner(s, i, s, j) * xj, 0));
    value = Math.hypot(...y);
    x = y.map((yi) => yi / value);
  }
  return value * (1 + 1e-9);
}
