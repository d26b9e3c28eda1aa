import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Alternative } from "../../src/numeric/wilcoxon.ts";

/** Reference values that test/fixtures/pairedStatistics.py wrote. */
export interface PairedStatistics {
  normal: { z: number[]; cdf: number[]; levels: number[]; quantiles: number[] };
  wilcoxon: {
    differences: number[];
    cases: {
      method: "exact" | "normal";
      zeros: "wilcox" | "pratt";
      alternative: Alternative;
      continuity: boolean;
      statistic: number;
      pValue: number;
    }[];
  }[];
  wilcoxonEnumerated: ({
    differences: number[];
    zeros: "wilcox" | "pratt";
    positiveRanks: number;
  } & Record<Alternative, number>)[];
  signFlip: { differences: number[]; statistic: number; pValues: Record<Alternative, number> }[];
  signFlipClusters: { differences: number[]; clusters: number[]; statistic: number; pValue: number }[];
  mcnemar: {
    firstOnly: number;
    secondOnly: number;
    exact: Record<Alternative, number>;
    scipy: Record<Alternative, number>;
  }[];
  corrections: { pValues: number[]; holm: number[]; bh: number[] }[];
  bca: {
    values: number[];
    confidence: number;
    estimate: number;
    resampled: number[];
    jackknife: number[];
    bias: number;
    acceleration: number;
    low: number;
    high: number;
  }[];
  ranks: { a: number[]; b: number[]; ranks: number[]; spearman: number }[];
}

/** Reads them. */
export function pairedStatistics(): PairedStatistics {
  const path = join(import.meta.dirname, "../fixtures/pairedStatistics.json");
  return JSON.parse(readFileSync(path, "utf8")) as PairedStatistics;
}

/** The three alternatives. */
export const alternatives: readonly Alternative[] = ["two-sided", "greater", "less"];
