import { checkNumber, checkWhole } from "../core/check.ts";
import type { Matrix } from "../core/matrix.ts";
import { median } from "../numeric/statistics.ts";
import { checkFactors } from "./checkFactors.ts";
import type { Factors } from "./componentMasks.ts";
import { type Grouping, split, upperPart } from "./grouping.ts";
import { type GuideEvidenceOptions, guideEvidence } from "./guideEvidence.ts";
import type { MfccOptions } from "./timbre.ts";
import { squaredDistance, timbrePoints } from "./timbreClusters.ts";

/** Options of {@link groupByTimbreNeighbours}. */
export interface TimbreNeighbourOptions extends Omit<MfccOptions, "level">, GuideEvidenceOptions {
  /** Share of the evidence that comes from the neighbours, 0 (as `groupByGuide`) to 1. Default 0.95. */
  smoothing?: number;
  /** Width of the Gaussian kernel, in medians of the distance between two components. Default 1. */
  bandwidth?: number;
  /** Most components that are attended, from 0; all divided by the number of sources is a sensible limit. Default all. */
  attendedComponents?: number;
  /**
   * Components are attended only if their evidence lies in the upper part of the range of all: at least this share of the
   * way from the lowest to the highest, 0 (no such condition) to 1. Default 0.7.
   */
  threshold?: number;
}

/** Defaults of {@link groupByTimbreNeighbours}. */
export const timbreNeighbourDefaults = {
  pooling: "positive",
  smoothing: 0.95,
  bandwidth: 1,
  threshold: 0.7,
} as const satisfies Omit<Required<TimbreNeighbourOptions>, keyof MfccOptions | "guideWeights" | "attendedComponents">;

/** Which components belong to the attended source, and the evidence for it. */
export interface TimbreNeighbourGrouping extends Grouping {
  /** Correlations smoothed over components of similar timbre, [components]. */
  readonly evidence: Float64Array;
}

/**
 * Finds the attended source among the components of a blind factorization by the guide, each component heard together with
 * those that sound like it.
 *
 * Correlations e with a noisy guide are unreliable one by one; components of one instrument sound alike. So
 *
 *     f = (1 - smoothing) e + smoothing P e,    P_ij = a_ij / sum_j a_ij,    a_ij = exp(-d_ij^2 / (2 b^2))
 *
 * with d the Euclidean distance of the mel-frequency cepstral coefficients and b = bandwidth times the median of all d_ij,
 * i < j (Nadaraya 1964, Watson 1964: kernel regression of the evidence on timbre). The components of highest f are attended,
 * ties going to the lower index. With smoothing 0 and threshold 0 that is `groupByGuide`, silent
 * components apart.
 *
 * Components that are silent (a factor is all zero) are nobody's neighbours and never attended. Where all evidence is equal,
 * the threshold leaves nothing out.
 *
 * @param factors dictionary [components, bins] and activations [components, frames]; the activations may be band-passed as
 *   the guide was, which for guides decoded from EEG is well worth it
 * @param guide decoded activations of the attended source, [guide rows, frames]; may be negative
 * @throws ToolkitError as `dictionaryMfcc` and `groupByGuide`
 */
export function groupByTimbreNeighbours(
  factors: Factors,
  guide: Matrix,
  options: TimbreNeighbourOptions,
): TimbreNeighbourGrouping {
  const who = "groupByTimbreNeighbours";
  const components = checkFactors(who, factors);
  const { pooling, guideWeights, smoothing, bandwidth, attendedComponents, threshold, ...mfcc } = {
    ...timbreNeighbourDefaults,
    attendedComponents: components,
    ...options,
  };
  checkNumber(who, "smoothing", smoothing, { from: 0, to: 1 });
  checkNumber(who, "bandwidth", bandwidth, { above: 0 });
  checkNumber(who, "threshold", threshold, { from: 0, to: 1 });
  checkWhole(who, "attendedComponents", attendedComponents, 0, components);
  const weights = guideWeights === undefined ? {} : { guideWeights };
  const correlations = guideEvidence(factors.activations, guide, { pooling, ...weights, who });

  const { voiced, points } = timbrePoints(factors.dictionary, mfcc);
  const heard = voiced.filter((k) => isActive(factors.activations, k));
  const heardPoints = points.filter((_, i) => heard.includes(voiced[i]!));
  const smoothed = smoothOverNeighbours(
    heard.map((k) => correlations[k]!),
    heardPoints,
    { smoothing, bandwidth },
  );
  const evidence = correlations.slice();
  for (const [i, k] of heard.entries()) evidence[k] = smoothed[i]!;

  const ranked = heard.map((_, i) => i).sort((i, j) => smoothed[j]! - smoothed[i]! || i - j);
  const high = upperPart(smoothed, threshold);
  const isAttended = new Array<boolean>(components).fill(false);
  for (const i of ranked.slice(0, attendedComponents)) isAttended[heard[i]!] = high[i]!;
  return { ...split(isAttended), correlations, evidence };
}

/** Mixes each value with the mean of all, weighted by how near they are. */
function smoothOverNeighbours(
  values: readonly number[],
  points: readonly (readonly number[])[],
  { smoothing, bandwidth }: { smoothing: number; bandwidth: number },
): number[] {
  const squares = points.map((a) => points.map((b) => squaredDistance(a, b)));
  const distances = squares.flatMap((line, i) => line.slice(0, i).map(Math.sqrt));
  const width = bandwidth * (distances.length > 0 ? median(distances) : 0);
  return values.map((own, i) => {
    let sum = 0;
    let total = 0;
    for (const [j, value] of values.entries()) {
      const square = squares[i]![j]!;
      // where half of all pairs or more sound the same, the width is 0 and only those are neighbours
      const affinity = square === 0 ? 1 : width > 0 ? Math.exp(-square / (2 * width * width)) : 0;
      sum += affinity * value;
      total += affinity;
    }
    return (1 - smoothing) * own + (smoothing * sum) / total;
  });
}

function isActive({ data, columns }: Matrix, k: number): boolean {
  for (let n = k * columns; n < (k + 1) * columns; n++) if (data[n] !== 0) return true;
  return false;
}
