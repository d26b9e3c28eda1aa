import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import type { BlockToeplitzFactor } from "../numeric/blockToeplitz.ts";
import { type BlockCorrelator, type BlockSpectra, createBlockCorrelator } from "../numeric/correlation.ts";
import { innerProduct } from "../numeric/innerProduct.ts";
import { type BssEvalEquations, equationsOf, factorNormalEquations, type NormalEquations } from "./normalEquations.ts";
import { addParts, noParts, type PartEnergies } from "./partEnergies.ts";
import { channelName, checkSources, referenceSeries, type Series, withoutCopies } from "./referenceSeries.ts";
import type { ScoreReason } from "./scoreReason.ts";

/** Options of the projections, which every version of BSS Eval shares. */
export interface BssEvalReferenceOptions {
  /** Taps of the filter each reference may have gone through, default 512. */
  filterLength?: number;
  /**
   * White noise assumed on the references, relative to their energy. References that leave part of the spectrum empty
   * (synthetic tones, ideal low-pass filters) are dependent to double precision and `rank-deficient` at 0. `auto`, the
   * default, is 0 where that is enough and otherwise 1e-12 (-120 dB); results state the number used.
   */
  diagonalLoading?: number | "auto";
}

/** Default options of every version of BSS Eval. */
export const bssEvalReferenceDefaults = {
  filterLength: 512,
  diagonalLoading: "auto",
} as const satisfies Required<BssEvalReferenceOptions>;

/** Filters of the projections, [estimate channels][series][taps]. */
export type Filters = readonly (readonly Float64Array[])[];

/** References ready for projections on their delayed copies: correlated and factored once, shared by every estimate. */
export interface Projections {
  readonly samples: number;
  readonly filterLength: number;
  /** What entered the equations. */
  readonly series: readonly Series[];
  /** Numbers of the sources in the equations. */
  readonly members: readonly number[];
  /** For each source why it cannot be scored; undefined where it can. */
  readonly reasons: readonly (ScoreReason | undefined)[];
  readonly warnings: readonly string[];
  readonly equations: BssEvalEquations;
  /**
   * Energies of an estimate's parts for several targets.
   *
   * @param estimate [channels][samples], checked and not silent
   * @param targets sources without a reason
   * @param options `energy` of the estimate; `images`: whether the spatial part, the source and the error are wanted, which
   *   are NaN if not
   */
  energies(
    estimate: readonly Float64Array[],
    targets: readonly number[],
    options: { readonly energy: number; readonly images: boolean },
  ): PartEnergies[];
  /** Filters of the projection on all series, refined once. */
  allFilters(estimate: readonly Float64Array[]): Filters;
  /** Filters of the projection on the series of one source without a reason, refined once. */
  ownFilters(estimate: readonly Float64Array[], target: number): Filters;
  /** Numbers of the series of a source. */
  seriesOf(source: number): readonly number[];
}

/** Reciprocal condition below which few digits of the filters are left; a warning says so. */
const poorCondition = 1e-12;

/** A part of the equations: which series, and their factor. */
interface Group {
  readonly series: readonly number[];
  readonly factor: BlockToeplitzFactor;
}

/**
 * Prepares the least-squares projections of estimates on delayed references. Silent channels, multiples of another channel
 * of the same source and copies of another source's channel stay out; what cannot be scored has a reason.
 *
 * @param who the function that asks, for messages
 * @param sources [sources][channels][samples]
 * @param options see `BssEvalReferenceOptions`; `correlator` to share one between windows of one length
 * @throws ToolkitError `bad-shape` for empty or unequal signals, `bad-value` for samples that are not finite, `bad-option`
 */
export function prepareProjections(
  who: string,
  sources: readonly (readonly Float64Array[])[],
  options: Required<BssEvalReferenceOptions> & { readonly correlator?: BlockCorrelator },
): Projections {
  const { filterLength, diagonalLoading: wanted } = options;
  checkWhole(who, "filterLength", filterLength, 1);
  if (wanted !== "auto") checkNumber(who, "diagonalLoading", wanted, { from: 0, to: 1 });
  const samples = checkSources(who, sources);
  const correlator = options.correlator ?? createBlockCorrelator(samples, filterLength);
  const found = referenceSeries(who, sources);
  const allBlocks = found.series.map(({ signal }) => correlator.blocks(signal));
  // Column j of the rows: every series against series j.
  const columns = found.series.map(({ signal }) => correlator.correlate(allBlocks, signal));
  const allCorrelations = columns.map((_, i) => columns.map((column) => column[i]!));
  const { series, reasons, warnings, kept } = withoutCopies(found, allCorrelations, sources);
  const blocks = kept.map((i) => allBlocks[i]!);
  const correlations = kept.map((i) => kept.map((j) => allCorrelations[i]![j]!));
  const seriesOf = sources.map((_, source) => series.flatMap((one, i) => (one.source === source ? [i] : [])));
  const normal = factored();
  const equations = equationsOf(normal, series.length * filterLength);
  if (equations.diagonalLoading === 0 && equations.reciprocalCondition < poorCondition) {
    warnings.push(
      `the equations are nearly dependent: reciprocal condition ${equations.reciprocalCondition.toExponential(1)}`,
    );
  }
  const every: Group | undefined = normal && { series: series.map((_, i) => i), factor: normal.joint };

  return {
    samples,
    filterLength,
    series,
    members: seriesOf.flatMap((numbers, source) => (numbers.length > 0 ? [source] : [])),
    reasons,
    warnings,
    equations,
    energies,
    allFilters: (estimate) => filtersOf(estimate, every!),
    ownFilters: (estimate, target) => filtersOf(estimate, own(target)),
    seriesOf: (source) => seriesOf[source]!,
  };

  function factored(): NormalEquations | undefined {
    const refuse = (reason: ScoreReason, warning: string): undefined => {
      warnings.push(warning);
      for (const [j, earlier] of reasons.entries()) reasons[j] = earlier ?? reason;
    };
    if (series.length === 0) return undefined;
    const needed = (series.length - 1) * filterLength + 1;
    if (samples < needed) {
      const what = series.length === sources.length ? "references" : "reference channels";
      return refuse(
        "too-short",
        `${series.length} ${what} of ${samples} samples cannot be told apart by filters of ${filterLength} taps: nothing is scored; at least ${needed} samples are needed, or a smaller filterLength`,
      );
    }
    const nameSeries = (i: number) => channelName(sources, series[i]!.source, series[i]!.channel);
    const groups = seriesOf.map((numbers, source) => (reasons[source] === undefined ? numbers : []));
    try {
      const scored = groups.filter((group) => group.length > 0);
      const equations = factorNormalEquations(who, correlations, scored, { wanted, nameSeries });
      if (equations.diagonalLoading > 0 && wanted === "auto") {
        warnings.push("references are filtered sums of each other to double precision: noise at -120 dB is assumed");
      }
      let next = 0;
      return { ...equations, own: groups.map((group) => equations.own[group.length > 0 ? next++ : 0]!) };
    } catch (error) {
      if (!(error instanceof ToolkitError && error.code === "bad-value")) throw error;
      return refuse("rank-deficient", error.message.slice(who.length + 2));
    }
  }

  function filtersOf(estimate: readonly Float64Array[], group: Group): Filters {
    const scratch = createScratch();
    return estimate.map((channel) => refined(channel, group, rightSide(channel), scratch));
  }

  function own(target: number): Group {
    return { series: seriesOf[target]!, factor: normal!.own[target]! };
  }

  /** Correlations of a signal with every delayed series, [series][taps]. */
  function rightSide(signal: Float64Array): Float64Array[] {
    return correlator.correlate(blocks, signal);
  }

  function energies(
    estimate: readonly Float64Array[],
    targets: readonly number[],
    options: { readonly energy: number; readonly images: boolean },
  ): PartEnergies[] {
    const rights = estimate.map(rightSide);
    const all = rights.map((right) => solve(every!, right));
    const quick = targets.map((target) => quickEnergies(estimate, rights, all, { target, ...options }));
    const missing = targets.filter((_, i) => quick[i] === undefined);
    const formed = missing.length === 0 ? [] : formedEnergies(estimate, rights, missing);
    return quick.map((energies) => energies ?? formed.shift()!);
  }

  /**
   * Energies without forming the projections: at the solution c of `G c = d` the projection has energy d'c, and the parts are
   * orthogonal. Differences of energies lose digits; undefined where rounding could move a score by about 1e-6 dB.
   */
  function quickEnergies(
    estimate: readonly Float64Array[],
    rights: readonly Float64Array[][],
    all: readonly Float64Array[][],
    { target, energy, images }: { readonly target: number; readonly energy: number; readonly images: boolean },
  ): PartEnergies | undefined {
    if (normal!.diagonalLoading > 0) return undefined;
    const group = own(target);
    const alone = group.series.length === series.length;
    let targetEnergy = 0;
    let allEnergy = 0;
    let [spatial, source, error] = images ? [0, 0, 0] : [Number.NaN, Number.NaN, Number.NaN];
    // Sum of c_i^2 g_ii: how much larger than the projection the delayed references in it are.
    let spread = 0;
    for (const [channel, right] of rights.entries()) {
      const ofTarget = alone ? all[channel]! : solve(group, right);
      for (const [k, i] of group.series.entries()) {
        targetEnergy += innerProduct(ofTarget[k]!, right[i]!);
        spread += correlations[i]![i]![0]! * sumOfSquares(ofTarget[k]!);
      }
      for (const [i, taps] of all[channel]!.entries()) {
        allEnergy += innerProduct(taps, right[i]!);
        spread += correlations[i]![i]![0]! * sumOfSquares(taps);
      }
      if (!images) continue;
      const cross = channelProduct(target, channel, right, estimate[channel]!);
      const signal = sources[target]![channel]!;
      const loudness = sumOfSquares(signal);
      source += loudness;
      error += energyOfDifference(estimate[channel]!, signal);
      spatial += loudness - 2 * cross;
      spread += loudness;
    }
    if (alone) allEnergy = targetEnergy;
    spatial += targetEnergy;
    const interference = allEnergy - targetEnergy;
    const artefacts = energy - allEnergy;
    const smallest = Math.min(targetEnergy, artefacts, images ? spatial : Infinity, alone ? Infinity : interference);
    const rounding = Number.EPSILON * series.length * filterLength * (energy + spread);
    if (!(rounding < 2e-7 * smallest)) return undefined;
    const distortion = energy - targetEnergy;
    return { target: targetEnergy, all: allEnergy, interference, artefacts, distortion, spatial, source, error };
  }

  /** Inner product of a channel of the target and the same channel of the estimate. */
  function channelProduct(target: number, channel: number, right: readonly Float64Array[], e: Float64Array): number {
    const known = seriesOf[target]!.find((i) => series[i]!.channel === channel);
    return known === undefined ? innerProduct(sources[target]![channel]!, e) : right[known]![0]!;
  }

  /** Energies from the projections as signals, which keeps the digits of small residuals; piece by piece. */
  function formedEnergies(
    estimate: readonly Float64Array[],
    rights: readonly Float64Array[][],
    targets: readonly number[],
  ): PartEnergies[] {
    const sums = targets.map(noParts);
    const scratch = createScratch();
    const alone = targets.map((target) => seriesOf[target]!.length === series.length);
    for (const [c, channel] of estimate.entries()) {
      const groups = [every!, ...targets.filter((_, n) => !alone[n]).map(own)];
      const parts = groups.map((group) => ({
        signals: spectraOf(group),
        responses: correlator.responses(refined(channel, group, rights[c]!, scratch)),
      }));
      correlator.visitSums(parts, (start, [projection, ...others]) => {
        let next = 0;
        for (const [n, target] of targets.entries()) {
          const part = alone[n] ? projection! : others[next++]!;
          addParts(sums[n]!, start, {
            estimate: channel,
            reference: sources[target]![c]!,
            projection: projection!,
            part,
          });
        }
      });
    }
    return sums;
  }

  /** Room for a residual. */
  function createScratch(): Float64Array {
    return new Float64Array(samples + filterLength - 1);
  }

  function spectraOf({ series: numbers }: Group): BlockSpectra[] {
    return numbers.map((i) => blocks[i]!);
  }

  /** Filters of a projection, the residual of the first solution projected once more. */
  function refined(
    signal: Float64Array,
    group: Group,
    right: readonly Float64Array[],
    scratch: Float64Array,
  ): Float64Array[] {
    const signals = spectraOf(group);
    const first = solve(group, right);
    correlator.visitSums([{ signals, responses: correlator.responses(first) }], (start, [projection]) => {
      for (let k = 0, t = start; k < projection!.length; k++, t++) {
        scratch[t] = (t < samples ? signal[t]! : 0) - projection![k]!;
      }
    });
    const correction = solveRows(group.factor, correlator.correlate(signals, scratch));
    return first.map((filter, k) => filter.map((tap, m) => tap + correction[k]![m]!));
  }

  /** Filters of the projection on a group's series, [series of the group][taps]. */
  function solve(group: Group, right: readonly Float64Array[]): Float64Array[] {
    return solveRows(
      group.factor,
      group.series.map((i) => right[i]!),
    );
  }
}

/** Rows go in and come out apart; the equations have the delay as the slow index. */
function solveRows(factor: BlockToeplitzFactor, rows: readonly Float64Array[]): Float64Array[] {
  if (rows.length === 1) return [factor.solve(rows[0]!)];
  const count = rows.length;
  const taps = rows[0]!.length;
  const interleaved = new Float64Array(count * taps);
  for (const [i, row] of rows.entries()) for (let a = 0; a < taps; a++) interleaved[a * count + i] = row[a]!;
  const solution = factor.solve(interleaved);
  return rows.map((_, i) => Float64Array.from({ length: taps }, (_, a) => solution[a * count + i]!));
}

function sumOfSquares(values: Float64Array): number {
  return innerProduct(values, values);
}

function energyOfDifference(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let t = 0; t < a.length; t++) sum += (a[t]! - b[t]!) ** 2;
  return sum;
}
