import { checkNumber } from "../core/check.ts";
import type { Matrix } from "../core/matrix.ts";
import { checkFactors } from "./checkFactors.ts";
import type { Factors } from "./componentMasks.ts";
import { type Grouping, split, upperPart } from "./grouping.ts";
import { type GuideEvidenceOptions, guideEvidence } from "./guideEvidence.ts";
import type { MfccOptions } from "./timbre.ts";
import {
  clusterByTimbre,
  type TimbreClusterOptions,
  type TimbreClusters,
  timbreClusterDefaults,
} from "./timbreClusters.ts";

/** Options of {@link groupByTimbre}. */
export interface TimbreGroupingOptions extends TimbreClusterOptions, GuideEvidenceOptions {
  /**
   * Clusters whose score lies in the upper part of the range of all scores are attended: at least this share of the way from
   * the lowest to the highest. 1 takes the best cluster only. Default 0.7.
   */
  threshold?: number;
}

/** Defaults of {@link groupByTimbre}. */
export const timbreGroupingDefaults = {
  ...timbreClusterDefaults,
  pooling: "positive",
  threshold: 0.7,
} as const satisfies Omit<Required<TimbreGroupingOptions>, keyof MfccOptions | "guideWeights">;

/** Which timbres belong to the attended source. */
export interface TimbreGrouping extends Grouping, TimbreClusters {
  /** Score of each cluster: mean evidence of its components. */
  readonly scores: Float64Array;
}

/**
 * Finds the attended source among the components of a blind factorization by timbre: components are clustered by how they
 * sound, and the clusters that follow the guide most are attended.
 *
 * Weak evidence for single components adds up within a cluster. The clusters are returned, so that another choice can be
 * made, such as the best possible one. Silent components are with the rest.
 *
 * @param factors dictionary [components, bins] and activations [components, frames], which may be filtered as the guide was
 * @param guide decoded activations of the attended source, [guide rows, frames]; may be negative
 * @throws ToolkitError as {@link clusterByTimbre} and `groupByGuide`
 */
export function groupByTimbre(factors: Factors, guide: Matrix, options: TimbreGroupingOptions): TimbreGrouping {
  const who = "groupByTimbre";
  const { pooling, threshold, guideWeights, ...clustering } = { ...timbreGroupingDefaults, ...options };
  checkFactors(who, factors);
  checkNumber(who, "threshold", threshold, { from: 0, to: 1 });
  const weights = guideWeights === undefined ? {} : { guideWeights };
  const correlations = guideEvidence(factors.activations, guide, { pooling, ...weights, who });
  const found = clusterByTimbre(factors.dictionary, clustering);
  const scores = Float64Array.from(
    found.clusters,
    (members) => members.reduce((sum, k) => sum + correlations[k]!, 0) / members.length,
  );
  const isAttended = new Array<boolean>(correlations.length).fill(false);
  const chosen = upperPart(scores, threshold);
  for (const [c, members] of found.clusters.entries()) for (const k of members) isAttended[k] = chosen[c]!;
  return { ...split(isAttended), correlations, ...found, scores };
}
