import { ToolkitError } from "../../core/error.ts";
import type { Interval } from "../../numeric/binomial.ts";
import {
  type ClusterIntervalOptions,
  checkClusterInterval,
  clusterInterval,
  clusterIntervalDefaults,
} from "./clusterInterval.ts";
import { createScorers, scoreWindows } from "./decisionCurve.ts";
import {
  type SwitchDuration,
  type SwitchDurationOptions,
  switchDuration,
  switchDurationDefaults,
} from "./switchDuration.ts";
import { type DecodedTrial, isCorrect } from "./windowScores.ts";

/** Options of {@link decodedSwitchDuration}. */
export interface DecodedSwitchDurationOptions extends SwitchDurationOptions {
  /** Rate of all features. */
  rateHz: number;
  /** Window lengths of the curve, default 1, 2, 5, 10, 20 and 30 s. */
  windowSeconds?: readonly number[];
  /** How the interval is made; `confidence` of the chain is another thing. Default 200 resamples. */
  bootstrap?: ClusterIntervalOptions;
}

/** Default options of {@link decodedSwitchDuration}. */
export const decodedSwitchDurationDefaults = {
  ...switchDurationDefaults,
  windowSeconds: [1, 2, 5, 10, 20, 30],
  bootstrap: { ...clusterIntervalDefaults, resamples: 200 },
} as const satisfies Required<Omit<DecodedSwitchDurationOptions, "rateHz">>;

/** A minimal expected switch duration and where it may lie. */
export interface DecodedSwitchDuration extends SwitchDuration {
  /** Its value by chance: the switch never ends. */
  readonly chance: number;
  /** Bootstrap over clusters of trials, high end `Infinity` where resamples are not above chance; null for fewer than two clusters. */
  readonly interval: Interval | null;
  /** Number of trials. */
  readonly trials: number;
  /** Number of windows of each length that some trial is long enough for. */
  readonly counts: readonly { readonly windowSeconds: number; readonly count: number; readonly accuracy: number }[];
}

/**
 * {@link switchDuration} of decoded trials: accuracies over windows that do not overlap, and an interval by drawing trials
 * anew, accuracies and minimum from the beginning. The minimum over a noisy curve is optimistic; the interval does not mend
 * that.
 *
 * @param trials of two sources each
 * @throws ToolkitError `bad-shape` for another number of sources or trials shorter than all windows, else as `decisionCurve`
 */
export function decodedSwitchDuration(
  trials: readonly DecodedTrial[],
  options: DecodedSwitchDurationOptions,
): DecodedSwitchDuration {
  const who = "decodedSwitchDuration";
  const { rateHz, windowSeconds, bootstrap, ...chain } = { ...decodedSwitchDurationDefaults, ...options };
  const resampling = { ...decodedSwitchDurationDefaults.bootstrap, ...bootstrap };
  checkClusterInterval(who, resampling);
  const scorers = createScorers(who, trials);
  const other = scorers.findIndex(({ sources }) => sources !== 2);
  if (other >= 0) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: trial ${other} has ${scorers[other]!.sources} sources; the chain is defined for two`,
    );
  }
  const tallies = windowSeconds.map((window) =>
    scoreWindows(who, scorers, { rateHz, windowSeconds: window }).map((scores) => {
      let correct = 0;
      for (let w = 0; w < scores.count; w++) if (isCorrect(scores, w)) correct++;
      return { correct, count: scores.count };
    }),
  );
  const curveOf = (drawn: readonly number[]) =>
    windowSeconds.flatMap((window, i) => {
      const count = drawn.reduce((sum, t) => sum + tallies[i]![t]!.count, 0);
      const correct = drawn.reduce((sum, t) => sum + tallies[i]![t]!.correct, 0);
      return count === 0 ? [] : [{ windowSeconds: window, count, accuracy: correct / count }];
    });
  const counts = curveOf(trials.map((_, t) => t));
  if (counts.length === 0) throw new ToolkitError("bad-shape", `${who}: every trial is shorter than all windows`);
  return {
    ...switchDuration(counts, chain),
    chance: Infinity,
    interval: clusterInterval(
      trials.map(({ cluster }) => cluster),
      (drawn) => {
        const curve = curveOf(drawn);
        return curve.length === 0 ? Number.NaN : switchDuration(curve, chain).seconds;
      },
      resampling,
    ),
    trials: trials.length,
    counts,
  };
}
