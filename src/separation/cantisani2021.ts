import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { type Matrix, row, zeros } from "../core/matrix.ts";
import { createRandom } from "../core/random.ts";
import { innerProduct } from "../numeric/innerProduct.ts";
import { checkNonNegative, checkSpectrogram, checkStart } from "./checkSpectrogram.ts";
import { scaleToUnitNorm } from "./guide.ts";
import { randomFactor } from "./scaling.ts";

/** Options of {@link cantisani2021}. */
export interface Cantisani2021Options {
  /** K, components of the whole mixture; the first `floor(components / sources)` of them are the attended source's, K_a. */
  components: number;
  /** Sources in the mixture. Default 2. */
  sources?: number;
  /** Weight of the contrast, absolute, in units of X. 0 leaves the contrast out. */
  delta: number;
  /** mu, weight of the L1 norm of H (rows of unit l2 norm). Default 0. */
  sparsityActivations?: number;
  /** Weight of the L1 norm of W, the paper's beta. Default 0. */
  sparsityDictionary?: number;
  /** Iterations, all of which are done. Default 100. */
  iterations?: number;
  /** Factors to start from; one that is not given is random: |normal| times sqrt(mean(X) / K). */
  start?: { dictionary?: Matrix; activations?: Matrix };
  /** Seed of the random start. Default 0. */
  seed?: number | string;
  /** Called after each iteration with its number, from 1, and its logged cost. */
  onIteration?: (iteration: number, loggedCost: number) => void;
  /** Stops between two iterations; the factors so far are returned, with `stop: "aborted"`. */
  signal?: AbortSignal;
}

/** Defaults of {@link cantisani2021}, the published ones. */
export const cantisani2021Defaults = {
  sources: 2,
  sparsityActivations: 0,
  sparsityDictionary: 0,
  iterations: 100,
  seed: 0,
} as const satisfies Omit<Required<Cantisani2021Options>, "components" | "delta" | "start" | "onIteration" | "signal">;

/** Options of {@link cantisani2021} with every default filled in. */
export type ResolvedCantisani2021Options = Cantisani2021Options &
  Required<Omit<Cantisani2021Options, "start" | "onIteration" | "signal">>;

/** What {@link cantisani2021} found. */
export interface Cantisani2021Result {
  /** W, [components, bins]. */
  dictionary: Matrix<Float64Array>;
  /** H, rows of unit l2 norm, [components, frames]. */
  activations: Matrix<Float64Array>;
  /** What the original logs after each iteration. It is not the cost that the paper states. */
  loggedCost: number[];
  /** The same formula at the start, floored and with rows of unit norm, before the first iteration; the original has none. */
  startCost: number;
  /** K_a, the number of first rows that model the attended source. */
  attendedComponents: number;
  /** Why it ended. */
  stop: "iterations" | "aborted";
  /** The options as they were used. */
  options: ResolvedCantisani2021Options;
}

const who = "cantisani2021";

/** Entries of X, W, H and V are held at or above this. */
const floor = 1e-9;

/** Entries of X up to this, the resolution of single precision, are left out of the logged divergence. */
const divergenceFloor = 2 ** -23;

/**
 * Contrastive NMF exactly as its authors published it as code, to reproduce results made with it; `contrastiveNmf` is the
 * better algorithm for the same purpose.
 *
 * Source: Cantisani, Essid & Richard 2021 and the code published with it. Each iteration multiplies H by
 * `(W'(X/V) + delta H_a S'S) / (W'1 + mu + delta H_u S'S)`, scales its rows to unit l2 norm, their norms into W, and
 * multiplies W by `(X/V)H' / (1H' + sparsityDictionary)`; the gradient's factor of 2 is part of delta. X, W, H and V are held
 * at 1e-9 or above. Only the first K_a rows of the guide are used, as there. The original fails if delta is 0; here the
 * contrast and its part of the logged cost are then left out. Negative guides, which it accepts, are refused. Double
 * precision.
 *
 * The logged cost is `sqrt(2 D_KL(X | WH)) - delta (|H_a S'|_F - |H_u S'|_F) + mu |H|_F + sparsityDictionary |W|_F`, the two
 * norms of the contrast taken before the update of the iteration, all else after it.
 *
 * @param spectrogram X, magnitudes, [frames, bins]; its scale matters, as floors and delta are absolute
 * @param guide S, at least one row, none negative, [guide components, frames]; rows are scaled to unit l2 norm here
 * @param options {@link Cantisani2021Options}
 * @throws ToolkitError `bad-shape`, `bad-value` (negative or not finite entries, silence, a guide row of zeros), `bad-option`
 */
export function cantisani2021(spectrogram: Matrix, guide: Matrix, options: Cantisani2021Options): Cantisani2021Result {
  const steps = cantisani2021Steps(spectrogram, guide, options);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * {@link cantisani2021} one iteration at a time, for those who have to do something else in between.
 *
 * @returns yields the logged cost after each iteration, and returns the result
 * @throws ToolkitError as {@link cantisani2021}, when the first step is asked for
 */
export function* cantisani2021Steps(
  spectrogram: Matrix,
  guide: Matrix,
  options: Cantisani2021Options,
): Generator<number, Cantisani2021Result, undefined> {
  const resolved: ResolvedCantisani2021Options = { ...cantisani2021Defaults, ...options };
  const total = checkSpectrogram(who, spectrogram);
  checkOptions(spectrogram, resolved);
  const { components, delta, sparsityActivations, sparsityDictionary, iterations, onIteration, signal } = resolved;
  const { rows: frames, columns: bins } = spectrogram;
  const attended = Math.floor(components / resolved.sources);
  const s = unitGuide(guide, attended, frames);

  const random = createRandom(resolved.seed);
  const spread = Math.sqrt(total / (frames * bins) / components);
  const start = (name: "dictionary" | "activations", columns: number) =>
    resolved.start?.[name] ?? randomFactor(random.fork(name), components, columns, spread);
  // rows of zeros fill the factors up to a multiple of four, which the loops below take at a time
  const padded = 4 * Math.ceil(components / 4);
  const factors: Factors = {
    x: { ...spectrogram, data: floored(spectrogram.data, spectrogram.data.length) },
    w: { rows: padded, columns: bins, data: floored(start("dictionary", bins).data, padded * bins) },
    h: { rows: padded, columns: frames, data: floored(start("activations", frames).data, padded * frames) },
  };
  moveNormsIntoDictionary(factors, components);

  const numerator = zeros(padded, frames);
  const loggedCost: number[] = [];
  const penalty = () => sparsityActivations * l2Norm(factors.h.data) + sparsityDictionary * l2Norm(factors.w.data);
  let startCost = Number.NaN;
  let partialCost = penalty() - delta * contrastOf(factors.h, components, attended, s);
  for (let done = 0; ; done++) {
    // V before an iteration's update of H is V after the iteration before: one product serves both
    const divergence = activationNumerator(factors, numerator);
    const cost = Math.sqrt(2 * Math.max(divergence, 0)) + partialCost;
    if (done === 0) {
      startCost = cost;
    } else {
      loggedCost.push(cost);
      onIteration?.(done, cost);
      yield cost;
    }
    if (done === iterations || signal?.aborted === true) {
      return {
        dictionary: { rows: components, columns: bins, data: factors.w.data.slice(0, components * bins) },
        activations: { rows: components, columns: frames, data: factors.h.data.slice(0, components * frames) },
        loggedCost,
        startCost,
        attendedComponents: attended,
        stop: done === iterations ? "iterations" : "aborted",
        options: resolved,
      };
    }
    const contrast = updateActivations(factors, numerator, { components, s, attended, delta, sparsityActivations });
    moveNormsIntoDictionary(factors, components);
    updateDictionary(factors, components, sparsityDictionary);
    partialCost = penalty() - delta * contrast;
  }
}

interface Factors {
  /** [frames, bins] */
  readonly x: Matrix<Float64Array>;
  /** [padded components, bins] */
  readonly w: Matrix<Float64Array>;
  /** [padded components, frames] */
  readonly h: Matrix<Float64Array>;
}

/** Writes W'(X/V) into `out`, [padded components, frames]. @returns the divergence that is logged */
function activationNumerator({ x, w, h }: Factors, out: Matrix<Float64Array>): number {
  const { rows: frames, columns: bins } = x;
  const column = new Float64Array(h.rows);
  const model = new Float64Array(bins);
  let divergence = 0;
  for (let k = 0; k < w.rows; k++) divergence += sumOf(row(w, k)) * sumOf(row(h, k));
  for (let n = 0; n < frames; n++) {
    const data = row(x, n);
    modelFrame(w, h, n, column, model);
    for (let m = 0; m < bins; m++) {
      const value = data[m]!;
      const product = model[m]!;
      if (value > divergenceFloor) divergence += value * Math.log(value / product) - value;
      model[m] = value / (product > floor ? product : floor);
    }
    for (let k = 0; k < w.rows; k += 4) {
      const w0 = row(w, k);
      const w1 = row(w, k + 1);
      const w2 = row(w, k + 2);
      const w3 = row(w, k + 3);
      let a0 = 0;
      let a1 = 0;
      let a2 = 0;
      let a3 = 0;
      for (let m = 0; m < bins; m++) {
        const ratio = model[m]!;
        a0 += w0[m]! * ratio;
        a1 += w1[m]! * ratio;
        a2 += w2[m]! * ratio;
        a3 += w3[m]! * ratio;
      }
      const at = k * frames + n;
      out.data[at] = a0;
      out.data[at + frames] = a1;
      out.data[at + 2 * frames] = a2;
      out.data[at + 3 * frames] = a3;
    }
  }
  return divergence;
}

interface Weights {
  components: number;
  /** [guide components, frames], rows of unit norm */
  s: Matrix<Float64Array>;
  attended: number;
  delta: number;
  sparsityActivations: number;
}

/** |H_a S'|_F - |H_u S'|_F. */
function contrastOf(h: Matrix<Float64Array>, components: number, attended: number, s: Matrix<Float64Array>): number {
  const squares = [0, 0];
  for (let k = 0; k < components; k++) {
    for (let j = 0; j < s.rows; j++) squares[k < attended ? 0 : 1]! += innerProduct(row(h, k), row(s, j)) ** 2;
  }
  return Math.sqrt(squares[0]!) - Math.sqrt(squares[1]!);
}

/** Multiplies H, its rows then no longer of unit norm. @returns |H_a S'|_F - |H_u S'|_F before, 0 if delta is 0 */
function updateActivations(
  { w, h }: Factors,
  numerator: Matrix<Float64Array>,
  { components, s, attended, delta, sparsityActivations }: Weights,
): number {
  let ofAttended = 0;
  let ofOthers = 0;
  const pull = new Float64Array(h.columns);
  for (let k = 0; k < components; k++) {
    const activations = row(h, k);
    const top = row(numerator, k);
    const bottom = sumOf(row(w, k)) + sparsityActivations;
    pull.fill(0);
    for (let j = 0; delta > 0 && j < s.rows; j++) {
      const guide = row(s, j);
      const inner = innerProduct(activations, guide);
      for (let n = 0; n < guide.length; n++) pull[n]! += delta * inner * guide[n]!;
      if (k < attended) ofAttended += inner ** 2;
      else ofOthers += inner ** 2;
    }
    for (let n = 0; n < activations.length; n++) {
      const gain =
        k < attended ? (top[n]! + pull[n]!) / Math.max(bottom, floor) : top[n]! / Math.max(bottom + pull[n]!, floor);
      activations[n] = Math.max(activations[n]! * gain, floor);
    }
  }
  return Math.sqrt(ofAttended) - Math.sqrt(ofOthers);
}

/** Multiplies W; entries that are not above 0 then become the floor. */
function updateDictionary({ x, w, h }: Factors, components: number, sparsity: number): void {
  const { rows: frames, columns: bins } = x;
  const column = new Float64Array(h.rows);
  const model = new Float64Array(bins);
  const numerator = zeros(w.rows, bins);
  for (let n = 0; n < frames; n++) {
    const data = row(x, n);
    modelFrame(w, h, n, column, model);
    for (let m = 0; m < bins; m++) {
      const product = model[m]!;
      model[m] = data[m]! / (product > floor ? product : floor);
    }
    for (let k = 0; k < w.rows; k += 4) {
      const t0 = row(numerator, k);
      const t1 = row(numerator, k + 1);
      const t2 = row(numerator, k + 2);
      const t3 = row(numerator, k + 3);
      const h0 = column[k]!;
      const h1 = column[k + 1]!;
      const h2 = column[k + 2]!;
      const h3 = column[k + 3]!;
      for (let m = 0; m < bins; m++) {
        const ratio = model[m]!;
        t0[m]! += h0 * ratio;
        t1[m]! += h1 * ratio;
        t2[m]! += h2 * ratio;
        t3[m]! += h3 * ratio;
      }
    }
  }
  for (let k = 0; k < components; k++) {
    const spectrum = row(w, k);
    const top = row(numerator, k);
    const bottom = Math.max(sumOf(row(h, k)) + sparsity, floor);
    for (let m = 0; m < bins; m++) {
      const value = spectrum[m]! * (top[m]! / bottom);
      spectrum[m] = value <= 0 ? floor : value;
    }
  }
}

/** Writes one frame of WH into `model` and that frame's activations into `column`. */
function modelFrame(
  w: Matrix<Float64Array>,
  h: Matrix<Float64Array>,
  frame: number,
  column: Float64Array,
  model: Float64Array,
): void {
  for (let k = 0; k < column.length; k++) column[k] = h.data[k * h.columns + frame]!;
  model.fill(0);
  for (let k = 0; k < column.length; k += 4) {
    const w0 = row(w, k);
    const w1 = row(w, k + 1);
    const w2 = row(w, k + 2);
    const w3 = row(w, k + 3);
    const h0 = column[k]!;
    const h1 = column[k + 1]!;
    const h2 = column[k + 2]!;
    const h3 = column[k + 3]!;
    for (let m = 0; m < model.length; m++) model[m]! += h0 * w0[m]! + h1 * w1[m]! + h2 * w2[m]! + h3 * w3[m]!;
  }
}

function moveNormsIntoDictionary({ w, h }: Factors, components: number): void {
  for (let k = 0; k < components; k++) {
    const activations = row(h, k);
    const spectrum = row(w, k);
    const norm = l2Norm(activations);
    for (let n = 0; n < activations.length; n++) activations[n]! /= norm;
    for (let m = 0; m < spectrum.length; m++) spectrum[m]! *= norm;
  }
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}

function l2Norm(values: Float64Array): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += values[i]! ** 2;
  return Math.sqrt(squares);
}

/** A copy with the floor applied, followed by zeros up to `length`. */
function floored(values: ArrayLike<number>, length: number): Float64Array {
  const out = new Float64Array(length);
  for (let i = 0; i < values.length; i++) out[i] = Math.max(values[i]!, floor);
  return out;
}

function unitGuide(guide: Matrix, attended: number, frames: number): Matrix<Float64Array> {
  checkNonNegative(who, "guide", guide, "guide row", "frame");
  if (guide.columns !== frames) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: guide has ${guide.columns} frames, the spectrogram ${frames}; resample the guide to the spectrogram's frames`,
    );
  }
  const rows = Math.min(guide.rows, attended);
  const out = { rows, columns: frames, data: Float64Array.from(guide.data.subarray(0, rows * frames)) };
  for (let j = 0; j < rows; j++) {
    if (!scaleToUnitNorm(row(out, j))) {
      throw new ToolkitError("bad-value", `${who}: guide row ${j} is zero; leave the row out`);
    }
  }
  return out;
}

function checkOptions({ rows: frames, columns: bins }: Matrix, options: ResolvedCantisani2021Options): void {
  const { components, sources, start } = options;
  checkWhole(who, "components", components, 1);
  checkWhole(who, "sources", sources, 1, components);
  checkNumber(who, "delta", options.delta, { from: 0 });
  checkNumber(who, "sparsityActivations", options.sparsityActivations, { from: 0 });
  checkNumber(who, "sparsityDictionary", options.sparsityDictionary, { from: 0 });
  checkWhole(who, "iterations", options.iterations, 0);
  checkStart(who, "start.dictionary", start?.dictionary, components, bins, "bin");
  checkStart(who, "start.activations", start?.activations, components, frames, "frame");
}
