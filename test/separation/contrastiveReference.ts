import type { Matrix } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { type ContrastiveNmfOptions, contrastiveNmf } from "../../src/separation/contrastiveNmf.ts";
import {
  betaDivergence,
  exponentOf,
  plainActivationTerms,
  plainDictionaryTerms,
  plainProduct,
  plainUpdate,
} from "./plainFactorization.ts";

// The cost of contrastive NMF and its updates in plain double precision loops, one index at a time, for the tests: slow,
// obvious, and sharing no code with the kernels.

/** A problem in the toolkit's layout: X [frames, bins], W [components * T, bins], H [components, frames], S [rows, frames]. */
export interface Problem {
  x: Matrix;
  w: Matrix;
  h: Matrix;
  s: Matrix;
  /** The first rows of H. */
  attended: number;
  /** The last rows of H, outside the contrast. Default 0. */
  background?: number;
  /** Default 1. */
  beta?: number;
  delta: number;
  sparsityActivations: number;
  sparsityDictionary: number;
}

/** What {@link randomProblem} may differ in. */
export interface ProblemKind {
  /** Default 1. */
  beta?: number;
  /** Default 1. */
  templateFrames?: number;
  /** Default 0. */
  background?: number;
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

/**
 * A seeded problem: zeros in X (above beta 0) and S, sparsity 0 and large, delta over 4.5 decades, scale of X over 6 decades.
 */
export function randomProblem(
  seed: number,
  { beta = 1, templateFrames = 1, background = 0 }: ProblemKind = {},
): Problem {
  const random = createRandom(`contrastive ${seed}`);
  const inContrast = 2 + random.below(6);
  const attended = 1 + random.below(inContrast - 1);
  const rows = random.below(3) === 0 ? 1 + random.below(4) : attended;
  const bins = 8 + random.below(25);
  const frames = 8 + random.below(40);
  const scale = 10 ** (6 * random.uniform() - 3);
  const zerosInX = random.below(2) === 1 && beta > 0;
  const zerosInS = random.below(2) === 1;
  const x = filled(frames, bins, () => (zerosInX && random.uniform() < 0.3 ? 0 : scale * random.normal() ** 2));
  const s = filled(rows, frames, () => (zerosInS && random.uniform() < 0.5 ? 0 : random.uniform()));
  for (let j = 0; j < rows; j++) s.data[j * frames + random.below(frames)]! += 0.5;
  const components = inContrast + background;
  const mean = total(x) / (frames * bins);
  const sparsity = () => [0, 0, 0.1, 10][random.below(4)]!;
  return {
    x,
    w: filled(components * templateFrames, bins, () => scale * (0.1 + random.uniform())),
    h: unitRows(filled(components, frames, () => 0.1 + random.uniform())),
    s: unitRows(s),
    attended,
    background,
    beta,
    delta: (10 ** (4.5 * random.uniform() - 3) * frames * bins * mean ** beta) / (attended * rows),
    sparsityActivations: sparsity() * scale ** beta,
    sparsityDictionary: sparsity() * scale ** (beta - 1),
  };
}

/** T. */
export const templateFramesOf = ({ w, h }: Problem): number => w.rows / h.rows;

/** 1 for attended rows, 0 for the background, -1 for the others. */
export const signOf = ({ h, attended, background = 0 }: Problem, k: number): number =>
  k < attended ? 1 : k < h.rows - background ? -1 : 0;

/** The toolkit's factorization of a problem, from its own start, with its own weights. */
export function factorise(problem: Problem, options: Partial<ContrastiveNmfOptions> = {}) {
  return contrastiveNmf(problem.x, problem.s, {
    components: problem.h.rows,
    attendedComponents: problem.attended,
    backgroundComponents: problem.background ?? 0,
    templateFrames: templateFramesOf(problem),
    beta: problem.beta ?? 1,
    delta: problem.delta,
    deltaScale: "absolute",
    sparsityActivations: problem.sparsityActivations,
    sparsityDictionary: problem.sparsityDictionary,
    start: { dictionary: problem.w, activations: problem.h },
    tolerance: 0,
    ...options,
  });
}

/** The parts of the cost `divergence + sparsity - delta contrast`, and what their rounding is measured by. */
export function costParts(problem: Problem) {
  const { x, h, s, w, delta, beta = 1 } = problem;
  const v = plainProduct(factorsOf(problem));
  const divergence = betaDivergence(x.data, v.data, beta);
  let contrast = 0;
  let gross = 0;
  for (let k = 0; k < h.rows; k++) {
    for (let j = 0; j < s.rows; j++) {
      contrast += signOf(problem, k) * inner(h, k, s, j) ** 2;
      gross += Math.abs(signOf(problem, k)) * inner(h, k, s, j) ** 2;
    }
  }
  const sparsity = problem.sparsityActivations * total(h) + problem.sparsityDictionary * total(w);
  return {
    divergence,
    sparsity,
    contrast,
    cost: divergence + sparsity - delta * contrast,
    magnitude: divergenceMagnitude(x.data, v.data, beta) + sparsity + delta * gross,
  };
}

/** The terms of the beta-divergence added up without their signs, of which it is a difference. */
function divergenceMagnitude(x: ArrayLike<number>, v: ArrayLike<number>, beta: number): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const [data, model] = [x[i]!, v[i]!];
    if (beta === 0) sum += data / model + Math.abs(Math.log(data / model)) + 1;
    else if (beta === 1) sum += (data > 0 ? Math.abs(data * Math.log(data / model)) : 0) + data + model;
    else {
      const cross = data > 0 ? Math.abs(beta) * data * model ** (beta - 1) : 0;
      sum += (data ** beta + Math.abs(beta - 1) * model ** beta + cross) / Math.abs(beta * (beta - 1));
    }
  }
  return sum;
}

/** The largest rise from one entry to the next. */
export const largestRise = (cost: readonly number[]): number =>
  cost.reduce((most, value, j) => (j === 0 ? most : Math.max(most, value - cost[j - 1]!)), -Infinity);

/** One row's majorizer `sum -a log(h) + c h` on the unit sphere, up to a constant, at the row `old`. */
export interface RowProblem {
  a: Float64Array;
  c: Float64Array;
  old: Float64Array;
  /** The part of c that does not come from the contrast, at the first frame, where it is largest. */
  base: number;
}

/** The majorizers of all rows of H, from one ratio X / V. Beta 1. */
export function rowProblems(problem: Problem): RowProblem[] {
  const { x, h, s, delta, sparsityActivations } = problem;
  const frames = h.columns;
  const lambda = largestEigenvalue(s);
  const { numerator, denominator } = plainActivationTerms(x, factorsOf(problem), { beta: 1 });
  return Array.from({ length: h.rows }, (_, k) => {
    const sign = signOf(problem, k);
    const shift = sign < 0 ? delta * lambda : 0;
    const pull = pullOf(h, k, s);
    const at = (n: number) => k * frames + n;
    const old = Float64Array.from(h.data.subarray(at(0), at(frames)));
    return {
      a: old.map((value, n) => value * numerator.data[at(n)]!),
      c: old.map(
        (value, n) => denominator.data[at(n)]! + sparsityActivations - 2 * sign * delta * pull[n]! - 2 * shift * value,
      ),
      old,
      base: denominator.data[at(0)]! + sparsityActivations,
    };
  });
}

/** One iteration of the sphere update: all rows of H from one ratio, then W. */
export function sphereIteration(problem: Problem): Problem {
  const { h } = problem;
  const next = { ...h, data: Float64Array.from(h.data) };
  rowProblems(problem).forEach((rowProblem, k) => {
    next.data.set(sphereRow(rowProblem), k * h.columns);
  });
  return withDictionaryStep({ ...problem, h: next });
}

/** W <- W o (numerator / (denominator + weight))^exponent. */
export function withDictionaryStep(problem: Problem): Problem {
  const { x, w, sparsityDictionary, beta = 1 } = problem;
  const terms = plainDictionaryTerms(x, factorsOf(problem), { beta });
  return { ...problem, w: plainUpdate(w, terms, { beta, sparsity: sparsityDictionary }) };
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

/**
 * The two halves of the gradient of the cost as a function of free rows of H, each brought to unit norm with its norm moved
 * into its patch, at rows of unit norm: denominator less numerator is the gradient.
 */
export function sphereGradient(problem: Problem): { numerator: Float64Array; denominator: Float64Array } {
  const { x, w, h, s, delta, sparsityActivations: mu, sparsityDictionary, beta = 1 } = problem;
  const { columns: frames } = h;
  const terms = plainActivationTerms(x, factorsOf(problem), { beta });
  const numerator = Float64Array.from(terms.numerator.data);
  const denominator = Float64Array.from(terms.denominator.data);
  const patchCells = templateFramesOf(problem) * w.columns;
  for (let k = 0; k < h.rows; k++) {
    const sign = signOf(problem, k);
    const pull = pullOf(h, k, s);
    const own = Float64Array.from(h.data.subarray(k * frames, (k + 1) * frames));
    const ofRow = own.reduce((sum, value) => sum + value, 0);
    const patch = Float64Array.from(w.data.subarray(k * patchCells, (k + 1) * patchCells));
    const ofPatch = patch.reduce((sum, value) => sum + value, 0);
    const along = own.reduce((sum, value, n) => sum + value * pull[n]!, 0);
    for (let n = 0; n < frames; n++) {
      const at = k * frames + n;
      numerator[at]! += mu * ofRow * own[n]!;
      denominator[at]! += mu + sparsityDictionary * ofPatch * own[n]!;
      const [towards, back] = [2 * delta * pull[n]!, 2 * delta * along * own[n]!];
      if (sign > 0) numerator[at]! += towards;
      if (sign > 0) denominator[at]! += back;
      if (sign < 0) numerator[at]! += back;
      if (sign < 0) denominator[at]! += towards;
    }
  }
  return { numerator, denominator };
}

/** One iteration of the halving update: all rows of H, halved until the cost does not rise, then W. */
export function halvingIteration(problem: Problem): Problem {
  const { numerator, denominator } = sphereGradient(problem);
  const { cost } = costParts(problem);
  for (let share = 1; share > 1e-9; share /= 2) {
    const exponent = share * exponentOf(problem.beta ?? 1);
    const data = problem.h.data.map((value, i) =>
      value > 0 ? value * (numerator[i]! / denominator[i]!) ** exponent : 0,
    );
    const step = withUnitRows({ ...problem, h: { ...problem.h, data } });
    if (costParts(step).cost <= cost) return withDictionaryStep(step);
  }
  return withDictionaryStep(problem);
}

/** Rows of H to unit norm, their norms into the patches: V stays as it is. */
export function withUnitRows(problem: Problem): Problem {
  const { w, h } = problem;
  const norms = Array.from({ length: h.rows }, (_, k) =>
    Math.hypot(...h.data.subarray(k * h.columns, (k + 1) * h.columns)),
  );
  const patchCells = templateFramesOf(problem) * w.columns;
  const data = Float64Array.from(w.data, (value, i) => value * norms[Math.floor(i / patchCells)]!);
  return { ...problem, w: { ...w, data }, h: unitRows(h) };
}

const factorsOf = (problem: Problem) => ({
  dictionary: problem.w,
  activations: problem.h,
  templateFrames: templateFramesOf(problem),
});

/** S'S h_k. */
function pullOf(h: Matrix, k: number, s: Matrix): Float64Array {
  const out = new Float64Array(s.columns);
  for (let j = 0; j < s.rows; j++) {
    const product = inner(h, k, s, j);
    for (let n = 0; n < s.columns; n++) out[n]! += product * s.data[j * s.columns + n]!;
  }
  return out;
}

function inner(a: Matrix, i: number, b: Matrix, j: number): number {
  let sum = 0;
  for (let n = 0; n < a.columns; n++) sum += a.data[i * a.columns + n]! * b.data[j * b.columns + n]!;
  return sum;
}

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
