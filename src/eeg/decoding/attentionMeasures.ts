import { checkWhole } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import { createRandom } from "../../core/random.ts";
import type { Interval } from "../../numeric/binomial.ts";
import { sortedQuantile } from "../../numeric/statistics.ts";
import {
  type ClusterIntervalOptions,
  checkClusterInterval,
  clusterInterval,
  clusterIntervalDefaults,
} from "./clusterInterval.ts";
import { createScorers, noWindow, scoreWindows, type WindowLength } from "./decisionCurve.ts";
import { discriminability, informationRate, rankAuc } from "./measureFormulas.ts";
import { type DecodedTrial, isCorrect, type WindowScores } from "./windowScores.ts";

/** Options of {@link attentionMeasures}. */
export interface AttentionMeasuresOptions extends ClusterIntervalOptions {
  /** Rate of all features. */
  rateHz: number;
  /** Length of the windows, which do not overlap; default `trial`. */
  windowSeconds?: WindowLength;
  /** Number of random labellings for the null, default 1000. */
  permutations?: number;
}

/** Default options of {@link attentionMeasures}. */
export const attentionMeasuresDefaults = {
  ...clusterIntervalDefaults,
  windowSeconds: "trial",
  permutations: 1000,
} as const satisfies Required<Omit<AttentionMeasuresOptions, "rateHz">>;

/** One measure, never alone. */
export interface AttentionMeasure {
  /** The measure of all windows. */
  readonly value: number;
  /** Its value where decoding knows nothing and windows are without number. */
  readonly chance: number;
  /** Bootstrap over clusters of trials; null for fewer than two. */
  readonly interval: Interval | null;
  /** Mean over random labellings: what these very windows give by chance. */
  readonly nullMean: number;
  /** The `confidence` quantile over random labellings: the bar to be above. */
  readonly nullUpper: number;
  /** (b + 1) / (permutations + 1), b labellings with as great a value. */
  readonly pValue: number;
  /** Number of windows. */
  readonly count: number;
  /** Number of trials with a window at least. */
  readonly trials: number;
}

/** Measures of attention decoding at one window length. */
export interface AttentionMeasures {
  /** Share of right decisions; a tie is wrong. */
  readonly accuracy: AttentionMeasure;
  /** Attended less unattended correlation, mean over windows. */
  readonly difference: AttentionMeasure;
  /** d': the attention modulation index, see `discriminability`. */
  readonly dPrime: AttentionMeasure;
  /** Probability that an attended correlation is above an unattended one, see `rankAuc`. */
  readonly auc: AttentionMeasure;
  /** Bits per minute, see `informationRate`; NaN for windows of whole trials of different lengths. */
  readonly bitsPerMinute: AttentionMeasure;
  /** Options as resolved. */
  readonly options: Required<AttentionMeasuresOptions>;
}

type MeasureName = keyof Omit<AttentionMeasures, "options">;
const names = ["accuracy", "difference", "dPrime", "auc", "bitsPerMinute"] as const satisfies readonly MeasureName[];

/**
 * Accuracy, correlation difference, d', AUC and information rate of windows that do not overlap, each with chance, interval
 * and a null. The null draws the attended source of every trial anew, with equal probabilities: windows of a trial stay
 * together, so that trials and not windows are what is counted. Unattended correlations are those of all other sources.
 *
 * @param trials at least one
 * @throws ToolkitError `bad-shape` also where no trial is as long as the window, `bad-value`, `bad-option`
 */
export function attentionMeasures(
  trials: readonly DecodedTrial[],
  options: AttentionMeasuresOptions,
): AttentionMeasures {
  const who = "attentionMeasures";
  const resolved = { ...attentionMeasuresDefaults, ...options };
  const { windowSeconds, permutations, confidence, rateHz } = resolved;
  checkClusterInterval(who, options);
  checkWhole(who, "permutations", permutations, 1);
  const scorers = createScorers(who, trials);
  const scores = scoreWindows(who, scorers, { rateHz, windowSeconds });
  const used = scores.flatMap(({ count }, t) => (count > 0 ? [t] : []));
  if (used.length === 0) {
    throw new ToolkitError("bad-shape", `${who}: ${noWindow(scores, windowSeconds)}`);
  }
  const lengths = new Set(used.map((t) => scorers[t]!.samples));
  const trialSeconds = lengths.size === 1 ? [...lengths][0]! / rateHz : Number.NaN;
  const seconds = windowSeconds === "trial" ? trialSeconds : windowSeconds;

  const random = createRandom(resolved.seed).fork("labels");
  const truth = used.map((t) => scores[t]!);
  const observed = computeMeasures(truth, seconds);
  const nulls = Object.fromEntries(names.map((name) => [name, new Float64Array(permutations)])) as Record<
    MeasureName,
    Float64Array
  >;
  for (let p = 0; p < permutations; p++) {
    const drawn = computeMeasures(
      truth.map((each) => ({ ...each, attended: random.below(each.sources) })),
      seconds,
    );
    for (const name of names) nulls[name][p] = drawn[name];
  }
  const clusters = used.map((t) => trials[t]!.cluster ?? `trial ${t}`);
  const count = truth.reduce((sum, each) => sum + each.count, 0);
  const chances = {
    accuracy: truth.reduce((sum, each) => sum + each.count / each.sources, 0) / count,
    difference: 0,
    dPrime: 0,
    auc: 0.5,
    bitsPerMinute: 0,
  };
  // One bootstrap for all measures would draw the same trials; the same seed does that too.
  const measure = (name: MeasureName): AttentionMeasure => {
    const sorted = nulls[name].toSorted();
    return {
      value: observed[name],
      chance: chances[name],
      interval: clusterInterval(
        clusters,
        (drawn) =>
          computeMeasures(
            drawn.map((t) => truth[t]!),
            seconds,
            name,
          )[name],
        resolved,
      ),
      nullMean: sorted.reduce((sum, value) => sum + value, 0) / permutations,
      nullUpper: sortedQuantile(sorted, confidence),
      // A null that cannot be told from the value by rounding counts against it.
      pValue: (sorted.filter((value) => !(value < observed[name] - 1e-12)).length + 1) / (permutations + 1),
      count,
      trials: used.length,
    };
  };
  return {
    accuracy: measure("accuracy"),
    difference: measure("difference"),
    dPrime: measure("dPrime"),
    auc: measure("auc"),
    bitsPerMinute: measure("bitsPerMinute"),
    options: resolved,
  };
}

/** All measures of windows pooled over trials, or just the one named (the others NaN). */
function computeMeasures(
  scores: readonly WindowScores[],
  seconds: number,
  only?: MeasureName,
): Record<MeasureName, number> {
  const attended: number[] = [];
  const unattended: number[] = [];
  const bySources = new Map<number, { correct: number; count: number }>();
  let difference = 0;
  for (const each of scores) {
    const tally = bySources.get(each.sources) ?? { correct: 0, count: 0 };
    bySources.set(each.sources, tally);
    for (let w = 0; w < each.count; w++) {
      const at = w * each.sources;
      const own = each.correlations[at + each.attended]!;
      attended.push(own);
      let others = 0;
      for (let s = 0; s < each.sources; s++) {
        if (s === each.attended) continue;
        unattended.push(each.correlations[at + s]!);
        others += each.correlations[at + s]!;
      }
      difference += own - others / (each.sources - 1);
      if (isCorrect(each, w)) tally.correct++;
      tally.count++;
    }
  }
  const count = attended.length;
  const tallies = [...bySources];
  const wanted = (name: MeasureName) => only === undefined || only === name;
  return {
    accuracy: tallies.reduce((sum, [, { correct }]) => sum + correct, 0) / count,
    difference: difference / count,
    dPrime: wanted("dPrime") ? discriminability(attended, unattended) : Number.NaN,
    auc: wanted("auc") ? rankAuc(attended, unattended) : Number.NaN,
    bitsPerMinute:
      wanted("bitsPerMinute") && seconds > 0
        ? tallies.reduce(
            (sum, [sources, tally]) =>
              sum + informationRate(tally.correct / tally.count, { sources, windowSeconds: seconds }) * tally.count,
            0,
          ) / count
        : Number.NaN,
  };
}
