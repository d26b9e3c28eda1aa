import { checkNumber, checkWhole } from "../core/check.ts";
import { energyRatioDb } from "../core/decibels.ts";
import { ToolkitError } from "../core/error.ts";
import { type BlockSpectra, createBlockCorrelator } from "../numeric/correlation.ts";
import { innerProduct } from "../numeric/innerProduct.ts";
import { checkNoCopies, factorNormalEquations } from "./normalEquations.ts";
import { checkSignals } from "./signals.ts";

/** Scores of one estimate against one reference, in dB. */
export interface BssScores {
  /** Source to distortion ratio. */
  readonly sdr: number;
  /** Source to interference ratio; `Infinity` where there is only one reference. */
  readonly sir: number;
  /** Source to artefact ratio. */
  readonly sar: number;
}

/** Options of {@link bssEvalReferences}. */
export interface BssEvalReferenceOptions {
  /** Taps of the filter each reference may have gone through, default 512. */
  filterLength?: number;
  /**
   * White noise assumed on the references, relative to their energy. References that leave part of the spectrum empty
   * (synthetic tones, ideal low-pass filters) are dependent to double precision and refused at 0. `auto`, the default, is 0
   * where that is enough and otherwise 1e-12 (-120 dB); the result's options state the number used.
   */
  diagonalLoading?: number | "auto";
}

const who = "bssEval";

/** Default options of {@link bssEvalReferences}. */
export const bssEvalReferenceDefaults = {
  filterLength: 512,
  diagonalLoading: "auto",
} as const satisfies Required<BssEvalReferenceOptions>;

/** References ready for scoring: the factored normal equations, shared by every estimate. */
export interface BssEvalReferences {
  /** Number of references. */
  readonly count: number;
  /** Samples of each reference. */
  readonly samples: number;
  /** Options as resolved. */
  readonly options: { readonly filterLength: number; readonly diagonalLoading: number };
  /** Smallest relative pivot of the normal equations: 1 for white references, near 0 for nearly dependent ones. */
  readonly smallestPivot: number;
  /**
   * Scores an estimate against one reference.
   *
   * @param estimate [samples], aligned with the references
   * @param target number of the reference it stands for
   * @throws ToolkitError `bad-shape`, `bad-value` if it is silent or not finite, `bad-option` for a target that is not there
   */
  score(estimate: Float64Array, target: number): BssScores;
  /** Scores an estimate against every reference, [references]. */
  scoreAll(estimate: Float64Array): BssScores[];
}

/**
 * Prepares BSS Eval version 3 (sources): each estimate is projected, by least squares, on the references delayed by
 * 0 .. filterLength - 1 samples, and split into `s_target` (projection on its own reference), `e_interf` (what the other
 * references add to the projection) and `e_artif` (the rest).
 *
 *     SDR = |s_target|^2 / |e_interf + e_artif|^2   SIR = |s_target|^2 / |e_interf|^2
 *     SAR = |s_target + e_interf|^2 / |e_artif|^2
 *
 * Source: Vincent, Gribonval & Fevotte, "Performance measurement in blind audio source separation", IEEE TASLP 2006;
 * references are followed by filterLength - 1 zeros, as in version 3 of the toolbox. The scores depend on the set of
 * references, not on their order.
 *
 * @param references true sources, [references][samples]
 * @throws ToolkitError `bad-shape` if lengths differ or are too short for the references to be told apart,
 *   `bad-value` if one is silent, not finite, a copy of another, or (without loading) a filtered sum of the others
 */
export function bssEvalReferences(
  references: readonly Float64Array[],
  options: BssEvalReferenceOptions = {},
): BssEvalReferences {
  const { filterLength, diagonalLoading: wanted } = { ...bssEvalReferenceDefaults, ...options };
  checkWhole(who, "filterLength", filterLength, 1);
  if (wanted !== "auto") checkNumber(who, "diagonalLoading", wanted, { from: 0, to: 1 });
  const samples = checkSignals(who, "reference", references);
  const count = references.length;
  const needed = (count - 1) * filterLength + 1;
  if (samples < needed) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: ${count} references of ${samples} samples cannot be told apart by filters of ${filterLength} taps; at least ${needed} samples are needed, or a smaller filterLength`,
    );
  }

  const correlator = createBlockCorrelator(samples, filterLength);
  const blocks = references.map((reference) => correlator.blocks(reference));
  const correlations = referenceCorrelations(references);
  checkNoCopies(who, correlations);
  const { diagonalLoading, joint, own } = factorNormalEquations(who, correlations, wanted);

  return {
    count,
    samples,
    options: { filterLength, diagonalLoading },
    smallestPivot: joint.smallestPivot,
    score,
    scoreAll,
  };

  function score(estimate: Float64Array, target: number): BssScores {
    checkWhole(who, "target", target, 0, count - 1);
    return scoreTargets(estimate, [target])[0]!;
  }

  function scoreAll(estimate: Float64Array): BssScores[] {
    return scoreTargets(
      estimate,
      references.map((_, j) => j),
    );
  }

  function scoreTargets(estimate: Float64Array, targets: number[]): BssScores[] {
    checkEstimate(estimate);
    const energy = sumOfSquares(estimate);
    const right = correlate(estimate);
    const all = solveJoint(right);
    const quick = targets.map((target) => quickScores(right, all, target, energy));
    if (quick.every((scores) => scores !== undefined)) return quick;
    const projection = projectAll(estimate, all);
    return targets.map((target, i) => quick[i] ?? formedScores(estimate, right, projection, target));
  }

  function checkEstimate(estimate: Float64Array): void {
    if (estimate.length !== samples) {
      throw new ToolkitError(
        "bad-shape",
        `${who}: estimate has ${estimate.length} samples, the references ${samples}; trim them to one length`,
      );
    }
    checkSignals(who, "estimate", [estimate]);
  }

  function referenceCorrelations(signals: readonly Float64Array[]): Float64Array[][] {
    // Column j of the rows: every reference against reference j.
    const columns = signals.map((signal) => correlator.correlate(blocks, signal));
    return signals.map((_, i) => columns.map((column) => column[i]!));
  }

  /** Correlations of a signal with every delayed reference, [references][taps]. */
  function correlate(signal: Float64Array): Float64Array[] {
    return correlator.correlate(blocks, signal);
  }

  /** Filters of the projection on all references, [references][taps]. */
  function solveJoint(right: Float64Array[]): Float64Array[] {
    if (count === 1) return [joint.solve(right[0]!)];
    const interleaved = new Float64Array(count * filterLength);
    for (const [i, row] of right.entries()) for (let a = 0; a < filterLength; a++) interleaved[a * count + i] = row[a]!;
    const solution = joint.solve(interleaved);
    return right.map((_, i) => Float64Array.from({ length: filterLength }, (_, a) => solution[a * count + i]!));
  }

  /**
   * Scores from energies alone: at the solution c of `G c = d` the projection has energy d'c, and the parts are orthogonal.
   * Differences of energies lose digits; undefined where rounding could move a score by more than about 1e-6 dB.
   */
  function quickScores(
    right: Float64Array[],
    all: Float64Array[],
    target: number,
    energy: number,
  ): BssScores | undefined {
    if (diagonalLoading > 0) return undefined;
    const filter = count === 1 ? all[0]! : own[target]!.solve(right[target]!);
    const targetEnergy = innerProduct(filter, right[target]!);
    let allEnergy = 0;
    // Sum of c_i^2 g_ii: how much larger than the projection the delayed references in it are.
    let spread = correlations[target]![target]![0]! * sumOfSquares(filter);
    for (const [i, taps] of all.entries()) {
      allEnergy += innerProduct(taps, right[i]!);
      spread += correlations[i]![i]![0]! * sumOfSquares(taps);
    }
    if (count === 1) allEnergy = targetEnergy;
    const interference = allEnergy - targetEnergy;
    const artefacts = energy - allEnergy;
    const smallest = Math.min(targetEnergy, artefacts, count === 1 ? Infinity : interference);
    const rounding = Number.EPSILON * count * filterLength * (energy + spread);
    if (!(rounding < 2e-7 * smallest)) return undefined;
    return ratios(targetEnergy, interference, artefacts, energy - targetEnergy, allEnergy);
  }

  /** Scores from the projections as signals, which keeps the digits of small residuals. */
  function formedScores(
    estimate: Float64Array,
    right: Float64Array[],
    projection: Float64Array,
    target: number,
  ): BssScores {
    const targetPart = count === 1 ? projection : projectOwn(estimate, right[target]!, target);
    let targetEnergy = 0;
    let interference = 0;
    let artefacts = 0;
    let distortion = 0;
    let allEnergy = 0;
    for (let t = 0; t < projection.length; t++) {
      const e = t < samples ? estimate[t]! : 0;
      const p = projection[t]!;
      const s = targetPart[t]!;
      targetEnergy += s * s;
      allEnergy += p * p;
      interference += (p - s) ** 2;
      artefacts += (e - p) ** 2;
      distortion += (e - s) ** 2;
    }
    return ratios(targetEnergy, interference, artefacts, distortion, allEnergy);
  }

  function projectAll(estimate: Float64Array, filters: Float64Array[]): Float64Array {
    const first = correlator.filterSum(blocks, filters);
    const correction = solveJoint(correlate(residual(estimate, first)));
    return correlator.filterSum(
      blocks,
      filters.map((filter, i) => add(filter, correction[i]!)),
    );
  }

  function projectOwn(estimate: Float64Array, right: Float64Array, target: number): Float64Array {
    const reference: BlockSpectra[] = [blocks[target]!];
    const filter = own[target]!.solve(right);
    const first = correlator.filterSum(reference, [filter]);
    const correction = own[target]!.solve(correlate(residual(estimate, first))[target]!);
    return correlator.filterSum(reference, [add(filter, correction)]);
  }
}

function ratios(target: number, interference: number, artefacts: number, distortion: number, all: number): BssScores {
  return {
    sdr: energyRatioDb(target, distortion),
    sir: energyRatioDb(target, interference),
    sar: energyRatioDb(all, artefacts),
  };
}

function residual(estimate: Float64Array, projection: Float64Array): Float64Array {
  return projection.map((value, t) => (t < estimate.length ? estimate[t]! : 0) - value);
}

function add(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + b[i]!);
}

function sumOfSquares(values: Float64Array): number {
  return innerProduct(values, values);
}
