import { type BootstrapOptions, bootstrapInterval } from "../../numeric/bootstrap.ts";
import type { ScoreRow, StudyResults } from "../results.ts";

/** Scores the headline table shows. */
export type MetricKey = "sdr" | "sir" | "sar" | "siSdr" | "sdrImprovement";

/** The headline's columns, in order. */
export const metrics: readonly { readonly key: MetricKey; readonly label: string }[] = [
  { key: "sdr", label: "SDR" },
  { key: "sir", label: "SIR" },
  { key: "sar", label: "SAR" },
  { key: "siSdr", label: "SI-SDR" },
  { key: "sdrImprovement", label: "SDR gain" },
];

/** One method, one metric, over all trials. */
export interface Summary {
  /** In dB; infinities sort as infinities, NaN is left out; NaN if nothing is left. */
  readonly median: number;
  /** Bootstrap interval of the median; NaN where there is none. */
  readonly low: number;
  readonly high: number;
  /** Scores that are numbers. */
  readonly finite: number;
  /** Scores of ∞ or −∞. */
  readonly infinite: number;
  /** Scores that are NaN. */
  readonly missing: number;
}

/** One method's row: a summary a metric, and the number of trials with a score of any kind. */
export type SummaryRow = Readonly<Record<MetricKey, Summary>> & { readonly trials: number };

/**
 * Median and interval of every metric and method. The bootstrap draws subjects, then trials within each, both with
 * replacement; it is seeded by the study's seed, the method and the metric.
 *
 * @param results the study
 * @param resamples number of bootstrap resamples
 * @param confidence share the interval covers, 0 to 1
 * @returns a row a method, by `MethodInfo.id`
 */
export function summariseScores(
  { methods, scores, provenance }: StudyResults,
  resamples: number,
  confidence: number,
): Map<string, SummaryRow> {
  return new Map(
    methods.map(({ id }) => {
      const rows = scores.filter(({ method }) => method === id);
      const summary = (key: MetricKey) =>
        summarise(rows, key, { resamples, confidence, seed: `${provenance.seed}/report/${id}/${key}` });
      const trials = rows.length;
      return [
        id,
        {
          sdr: summary("sdr"),
          sir: summary("sir"),
          sar: summary("sar"),
          siSdr: summary("siSdr"),
          sdrImprovement: summary("sdrImprovement"),
          trials,
        },
      ];
    }),
  );
}

/** Stands for infinity in the bootstrap, which takes finite values only: far beyond any decibel, so it sorts alike. */
const beyond = 1e12;

function summarise(rows: readonly ScoreRow[], key: MetricKey, options: BootstrapOptions): Summary {
  const known = rows.filter((row) => !Number.isNaN(row[key]));
  const counts = {
    finite: known.filter((row) => Number.isFinite(row[key])).length,
    infinite: known.filter((row) => !Number.isFinite(row[key])).length,
    missing: rows.length - known.length,
  };
  if (known.length === 0) return { median: Number.NaN, low: Number.NaN, high: Number.NaN, ...counts };
  const values = known.map((row) => Math.max(-beyond, Math.min(beyond, row[key])));
  const interval = bootstrapInterval(values, { ...options, clusters: known.map(({ subject }) => subject) });
  return {
    median: fromStandIn(interval.estimate),
    low: fromStandIn(interval.low),
    high: fromStandIn(interval.high),
    ...counts,
  };
}

/** Back from the stand-in; what lies between it and a decibel, as a mean of the two does, is infinite too. */
function fromStandIn(value: number): number {
  return Math.abs(value) > beyond / 1e6 ? Math.sign(value) * Infinity : value;
}
