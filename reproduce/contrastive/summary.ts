import { type BootstrapInterval, bootstrapInterval } from "../../src/numeric/bootstrap.ts";
import { median } from "../../src/numeric/statistics.ts";
import { spreadOf } from "../shared/spread.ts";
import { guides, type Run, type Weight, weights } from "./experiment.ts";

/** One update at one weight with one guide. */
export interface UpdateSummary {
  /** Iterations in which the cost rose, in per cent: mean over the runs, and the most. */
  readonly rises: number;
  readonly mostRises: number;
  /** Median of the final cost over the sum of the spectrogram. */
  readonly cost: number;
  /** Median gain in SDR over the mixture in dB, with a 95 % bootstrap interval over mixtures and runs within them. */
  readonly gain: BootstrapInterval;
}

/** Both updates at one weight with one guide, from the same starts. */
export interface WeightSummary extends Weight {
  readonly guide: (typeof guides)[number];
  /** Runs of each update. */
  readonly count: number;
  /** Median of the weight in the cost. */
  readonly absoluteDelta: number;
  readonly multiplicative: UpdateSummary;
  readonly sphere: UpdateSummary;
  /** Starts from which the sphere update ended at a lower cost. */
  readonly lower: number;
  /** Median over the starts of the rule's final cost less the sphere update's, over the sum of the spectrogram. */
  readonly excess: number;
  /** Median over the starts of the sphere update's SDR less the rule's in dB, with its interval. */
  readonly gainDifference: BootstrapInterval;
}

/** Something that is to be so, and whether it is. */
export interface Claim {
  readonly claim: string;
  readonly holds: boolean;
  readonly found: string;
}

/**
 * Sums the runs up.
 *
 * @param runs of both updates, each from the same starts
 */
export function summarize(runs: readonly Run[]): WeightSummary[] {
  return guides.flatMap((guide) =>
    weights.map(({ delta, deltaScale }) => {
      const own = runs.filter((run) => run.guide === guide && run.delta === delta && run.deltaScale === deltaScale);
      const rule = own.filter(({ update }) => update === "multiplicative");
      const sphere = own.filter(({ update }) => update === "sphere");
      const excesses = rule.map(({ cost }, i) => cost - sphere[i]!.cost);
      return {
        guide,
        delta,
        deltaScale,
        count: rule.length,
        absoluteDelta: median(rule.map(({ absoluteDelta }) => absoluteDelta)),
        multiplicative: summarizeUpdate(rule),
        sphere: summarizeUpdate(sphere),
        lower: excesses.filter((excess) => excess > 0).length,
        excess: median(excesses),
        gainDifference: bootstrapInterval(
          rule.map(({ gain }, i) => sphere[i]!.gain - gain),
          { clusters: rule.map(({ mixture }) => mixture) },
        ),
      };
    }),
  );
}

function summarizeUpdate(runs: readonly Run[]): UpdateSummary {
  return {
    rises: spreadOf(runs.map(({ rises }) => rises)).mean,
    mostRises: Math.max(...runs.map(({ rises }) => rises)),
    cost: median(runs.map(({ cost }) => cost)),
    gain: bootstrapInterval(
      runs.map(({ gain }) => gain),
      { clusters: runs.map(({ mixture }) => mixture) },
    ),
  };
}

/**
 * What the derivation of the sphere update promises and what was found of the rule before.
 *
 * @param summaries of all weights
 */
export function judgeClaims(summaries: readonly WeightSummary[]): Claim[] {
  const steered = summaries.filter(({ delta }) => delta > 0);
  const absolute = steered.filter(({ deltaScale }) => deltaScale === "absolute");
  const strong = absolute.filter(({ delta }) => delta >= 1e3);
  const strongest = absolute.filter(({ delta }) => delta === 1e4);
  const most = (values: readonly number[]) => Math.max(...values).toFixed(1);
  const lowerClaim = (where: string, at: readonly WeightSummary[]): Claim => {
    const [lower, count] = [at.reduce((sum, own) => sum + own.lower, 0), at.reduce((sum, own) => sum + own.count, 0)];
    const inMedian = at.filter(({ excess }) => excess > 0).length;
    return {
      claim: `The sphere update ends at a lower cost than the rule, in the median, ${where}`,
      holds: inMedian === at.length,
      found: `${inMedian} of ${at.length} weights and guides; from ${lower} of ${count} starts`,
    };
  };
  return [
    {
      claim: "The sphere update never raises the cost",
      holds: summaries.every(({ sphere }) => sphere.mostRises === 0),
      found: `most in one run: ${most(summaries.map(({ sphere }) => sphere.mostRises))} % of the iterations`,
    },
    {
      claim: "The rule raises the cost at delta 1e4",
      holds: strongest.every(({ multiplicative }) => multiplicative.rises > 0),
      found: strongest
        .map(({ guide, multiplicative }) => `${guide} guide: ${multiplicative.rises.toFixed(1)} % of the iterations`)
        .join(", "),
    },
    lowerClaim("at delta 1e3 and 1e4", strong),
    lowerClaim("at every weight", steered),
  ];
}
