import type { AttentionMeasure } from "../eeg/decoding/attentionMeasures.ts";
import type { Interval } from "../numeric/binomial.ts";
import type { DecodingSummary } from "./decodingSummary.ts";

/** One row of a table: numbers may be infinite or NaN, missing ones are null. */
export type TableRow = Readonly<Record<string, string | number | boolean | null>>;

/**
 * A decoding as tables, by name of the file: `curve`, `measures`, `nulls`, `subjects`, `switch-duration`, `controls`,
 * `leakage-audit`, `identifiability`. Beside every accuracy and measure stand its chance level or
 * null, its interval or band, and its count.
 */
export function decodingTables(summary: DecodingSummary): Readonly<Record<string, readonly TableRow[]>> {
  const { features, controls, audits, identifiability } = summary;
  return {
    curve: features.flatMap(({ feature, curve }) =>
      curve.points.map((point) => ({
        feature,
        windowSeconds: point.windowSeconds,
        accuracy: point.accuracy,
        chance: point.chance,
        ...ends(point.interval),
        count: point.count,
        trials: point.trials,
        ties: point.ties,
        correlationAttended: point.attended.mean,
        correlationUnattended: point.unattended.mean,
        droppedSeconds: point.droppedSeconds,
      })),
    ),
    measures: features.flatMap(({ feature, measures: { options: _, ...measures } }) =>
      Object.entries(measures).map(([measure, value]) => ({ feature, measure, ...measureCells(value) })),
    ),
    nulls: features.flatMap(({ feature, nulls }) =>
      nulls.flatMap((each): TableRow[] => {
        if ("reason" in each) return [{ feature, method: each.method, ...noNull, reason: each.reason }];
        return each.result.tests.map((test) => ({
          feature,
          method: each.method,
          windowSeconds: test.windowSeconds,
          accuracy: test.value,
          nullMean: test.nullMean,
          nullUpper: test.nullUpper,
          pValue: test.pValue,
          familyWisePValue: test.familyWisePValue,
          count: test.count,
          trials: each.result.trials,
          permutations: each.result.options.permutations,
          reason: "",
        }));
      }),
    ),
    subjects: features.flatMap(({ feature, subjects }) =>
      subjects.map(({ subject, accuracy, chance, interval, pValue, count }) => {
        return { feature, subject, accuracy, chance, ...ends(interval), pValue, count };
      }),
    ),
    "switch-duration": features.map(({ feature, switchDuration: each }) =>
      "reason" in each
        ? { feature, seconds: null, chance: null, ...ends(null), trials: 0, reason: each.reason }
        : {
            feature,
            seconds: each.seconds,
            chance: each.chance,
            ...ends(each.interval),
            trials: each.trials,
            reason: "",
          },
    ),
    controls: controls.map(({ control, accuracy, chance, interval, pValue, count, bar, passed }) => {
      return { control, accuracy, chance, ...ends(interval), pValue, count, bar: bar ?? null, passed };
    }),
    "leakage-audit": audits.map((each): TableRow => {
      if ("reason" in each) return { subject: each.subject, ...noAudit, statement: each.reason };
      const { windowWise, trialWise, verdict, statement } = each.audit;
      return {
        subject: each.subject,
        verdict,
        windowWise: windowWise.accuracy,
        windowWiseNull: windowWise.nullMean,
        pValue: windowWise.pValue,
        trialWise: trialWise.accuracy,
        bandLow: trialWise.band.low,
        bandHigh: trialWise.band.high,
        chance: windowWise.chance,
        count: windowWise.count,
        trials: windowWise.trials,
        statement,
      };
    }),
    identifiability: identifiability.mixtures.map(({ mixture, count, counts, identifiable, neverAttended }) => ({
      mixture,
      count,
      ...Object.fromEntries(identifiability.targets.map((target, t) => [`target ${target}`, counts[t]!])),
      identifiable,
      neverAttended: neverAttended.join(","),
    })),
  };
}

const noNull = {
  windowSeconds: null,
  accuracy: null,
  nullMean: null,
  nullUpper: null,
  pValue: null,
  familyWisePValue: null,
  count: null,
  trials: null,
  permutations: null,
};

const noAudit = {
  verdict: null,
  windowWise: null,
  windowWiseNull: null,
  pValue: null,
  trialWise: null,
  bandLow: null,
  bandHigh: null,
  chance: null,
  count: null,
  trials: null,
};

function measureCells({ value, chance, interval, nullMean, nullUpper, pValue, count, trials }: AttentionMeasure) {
  return { value, chance, ...ends(interval), nullMean, nullUpper, pValue, count, trials };
}

function ends(interval: Interval | null): { low: number | null; high: number | null } {
  return { low: interval?.low ?? null, high: interval?.high ?? null };
}
