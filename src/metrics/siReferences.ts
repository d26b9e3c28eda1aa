import { checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { zeros } from "../core/matrix.ts";
import { type CholeskyFactor, factorCholesky } from "../numeric/cholesky.ts";
import { innerProduct } from "../numeric/innerProduct.ts";
import { partRatioDb } from "./ratio.ts";
import { type ReferenceSet, referenceSet } from "./referenceSet.ts";
import type { ScoreReason } from "./scoreReason.ts";
import { checkEstimateLength, checkedEnergy, checkLengths } from "./signals.ts";

/** Scores with one gain for each reference in place of a filter, in dB. */
export interface SiScores {
  /** Scale-invariant signal to distortion ratio. */
  readonly siSdr: number;
  /** Scale-invariant source to interference ratio; `Infinity` where there is only one reference. */
  readonly siSir: number;
  /** Scale-invariant source to artefact ratio. */
  readonly siSar: number;
  /** Scale-dependent signal to distortion ratio: the SNR, less what the gain of the estimate costs. */
  readonly sdSdr: number;
  /** Signal to noise ratio: everything that differs from the reference is noise. */
  readonly snr: number;
  /** Why all of them are NaN; absent where they are not. */
  readonly reason?: ScoreReason;
}

/** References ready for scoring with one gain each. */
export interface SiReferences {
  /** Number of references. */
  readonly count: number;
  /** Samples of each. */
  readonly samples: number;
  /** Which references the others are told apart from. */
  readonly set: ReferenceSet;
  /** For each reference why nothing can be scored against it; undefined where it can. */
  readonly reasons: readonly (ScoreReason | undefined)[];
  /**
   * Scores an estimate against one reference. Silence and dependent references give NaN with a `reason`.
   *
   * @param estimate [samples], aligned with the references
   * @param target number of the reference it stands for
   * @throws ToolkitError `bad-shape` for another length, `bad-value` for samples that are not finite, `bad-option` for a
   *   target that is not there
   */
  score(estimate: Float64Array, target: number): SiScores;
  /** Scores an estimate against every reference, [references]. */
  scoreAll(estimate: Float64Array): SiScores[];
}

const who = "siReferences";

/** References whose correlation is this close to 1 are one and the same. */
const copyTolerance = 1e-9;

/**
 * Prepares the scale-invariant scores. With `a s` the projection of the estimate e on its reference s, and P e that on all
 * references:
 *
 *     e_interf = P e - a s   e_artif = e - P e
 *     SI-SDR = |a s|^2 / |e - a s|^2   SI-SIR = |a s|^2 / |e_interf|^2   SI-SAR = |a s|^2 / |e_artif|^2
 *     SD-SDR = |a s|^2 / |e - s|^2     SNR = |s|^2 / |e - s|^2
 *
 * Source: Le Roux, Wisdom, Erdogan & Hershey, "SDR - half-baked or well done?", ICASSP 2019: there the inverse ratios of
 * SI-SIR and SI-SAR add up to that of SI-SDR. The SAR of BSS Eval has |P e|^2 in its numerator, and so has Scheibler,
 * "SDR - medium rare with fast computations", ICASSP 2022: `bssEvalReferences` with `filterLength` 1 gives that one. Means are not
 * removed.
 *
 * A silent reference is left out and the others are scored as if it were not there. Of two references that are multiples of each
 * other neither is scored, and the first stays for the others; references that depend on each other in another way are all
 * `rank-deficient`.
 *
 * @param references true sources, [references][samples]
 * @throws ToolkitError `bad-shape` if there are none, they are empty or their lengths differ, `bad-value` naming the first
 *   index of a sample that is not finite
 */
export function siReferences(references: readonly Float64Array[]): SiReferences {
  const samples = checkLengths(who, (j) => `reference ${j}`, references);
  const energies = references.map((reference, j) => checkedEnergy(who, `reference ${j}`, reference));
  const reasons = energies.map((energy): ScoreReason | undefined => (energy > 0 ? undefined : "silent-reference"));
  const members = withoutMultiples(references, energies, reasons);
  const factor = members.length === 0 ? undefined : factored();

  return {
    count: references.length,
    samples,
    set: referenceSet(
      references.map((reference) => [reference]),
      members,
    ),
    reasons,
    score: (estimate, target) => {
      checkWhole(who, "target", target, 0, references.length - 1);
      return scoreTargets(estimate, [target])[0]!;
    },
    scoreAll: (estimate) =>
      scoreTargets(
        estimate,
        references.map((_, j) => j),
      ),
  };

  function factored(): CholeskyFactor | undefined {
    const gram = zeros(members.length, members.length);
    for (const [row, i] of members.entries()) {
      for (const [column, j] of members.slice(0, row + 1).entries()) {
        gram.data[row * members.length + column] = innerProduct(references[i]!, references[j]!);
      }
    }
    const refuse = (why: ScoreReason): undefined => {
      for (const [j, reason] of reasons.entries()) reasons[j] = reason ?? why;
    };
    if (samples < members.length) return refuse("too-short");
    try {
      return factorCholesky(gram, { who });
    } catch (error) {
      if (!(error instanceof ToolkitError && error.code === "bad-value")) throw error;
      return refuse("rank-deficient");
    }
  }

  function scoreTargets(estimate: Float64Array, targets: readonly number[]): SiScores[] {
    checkEstimateLength(who, estimate, samples);
    const silent = checkedEnergy(who, "estimate", estimate) === 0;
    const why = targets.map((target) => reasons[target] ?? (silent ? "silent-estimate" : undefined));
    if (why.every(Boolean)) return why.map((reason) => ({ ...noScores, reason: reason! }));
    const projection = project(estimate);
    return targets.map((target, i) =>
      why[i] ? { ...noScores, reason: why[i] } : compare(estimate, target, projection),
    );
  }

  /** On all members, the residual projected once more. */
  function project(estimate: Float64Array): Float64Array {
    const out = new Float64Array(samples);
    let rest = estimate;
    for (let round = 0; round < 2; round++) {
      const right = Float64Array.from(members, (j) => innerProduct(references[j]!, rest));
      for (const [k, gain] of factor!.solve(right).entries()) {
        const reference = references[members[k]!]!;
        for (let t = 0; t < samples; t++) out[t]! += gain * reference[t]!;
      }
      if (round === 0) rest = estimate.map((value, t) => value - out[t]!);
    }
    return out;
  }

  function compare(estimate: Float64Array, target: number, projection: Float64Array): SiScores {
    const reference = references[target]!;
    const scale = innerProduct(reference, estimate) / energies[target]!;
    const alone = members.length === 1;
    let [part, distortion, interference, artefacts, noise] = [0, 0, 0, 0, 0];
    for (let t = 0; t < samples; t++) {
      const e = estimate[t]!;
      const s = reference[t]!;
      const scaled = scale * s;
      const p = alone ? scaled : projection[t]!;
      part += scaled * scaled;
      distortion += (e - scaled) ** 2;
      interference += (p - scaled) ** 2;
      artefacts += (e - p) ** 2;
      noise += (e - s) ** 2;
    }
    return {
      siSdr: partRatioDb(part, distortion),
      siSir: partRatioDb(part, interference),
      siSar: partRatioDb(part, artefacts),
      sdSdr: partRatioDb(part, noise),
      snr: partRatioDb(energies[target]!, noise),
    };
  }
}

const noScores = {
  siSdr: Number.NaN,
  siSir: Number.NaN,
  siSar: Number.NaN,
  sdSdr: Number.NaN,
  snr: Number.NaN,
};

/** Numbers of the references that are left; those that are multiples of each other get their reason. */
function withoutMultiples(
  references: readonly Float64Array[],
  energies: readonly number[],
  reasons: (ScoreReason | undefined)[],
): number[] {
  const members: number[] = [];
  for (const [j, reference] of references.entries()) {
    if (energies[j] === 0) continue;
    const same = members.find(
      (i) =>
        Math.abs(innerProduct(references[i]!, reference)) >
        (1 - copyTolerance) * Math.sqrt(energies[i]! * energies[j]!),
    );
    if (same === undefined) members.push(j);
    else for (const i of [same, j]) reasons[i] = "rank-deficient";
  }
  return members;
}
