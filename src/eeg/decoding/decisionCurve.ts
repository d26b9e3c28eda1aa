import { checkNumber } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import { binomialInterval, type Interval } from "../../numeric/binomial.ts";
import {
  type ClusterIntervalOptions,
  checkClusterInterval,
  clusterInterval,
  clusterIntervalDefaults,
  groupTrials,
} from "./clusterInterval.ts";
import {
  createWindowScorer,
  type DecodedTrial,
  isCorrect,
  type KnownSums,
  tieTolerance,
  type WindowScorer,
  type WindowScores,
} from "./windowScores.ts";

/** A window length in seconds, or the whole of each trial. */
export type WindowLength = number | "trial";

/** Options of {@link decisionCurve}. */
export interface DecisionCurveOptions extends ClusterIntervalOptions {
  /** Rate of all features. */
  rateHz: number;
  /** Default 1, 2, 5, 10, 20, 30, 60 and `trial`. */
  windowSeconds?: readonly WindowLength[];
  /** Share of a window that the next one covers again, from 0 (default) to below 1. */
  overlap?: number;
}

/** Default options of {@link decisionCurve}. */
export const decisionCurveDefaults = {
  ...clusterIntervalDefaults,
  windowSeconds: [1, 2, 5, 10, 20, 30, 60, "trial"],
  overlap: 0,
} as const satisfies Required<Omit<DecisionCurveOptions, "rateHz">>;

/** A mean and where it may lie. */
export interface MeanInterval {
  /** Mean over windows. */
  readonly mean: number;
  /** Bootstrap over clusters of trials; null for fewer than two. */
  readonly interval: Interval | null;
}

/** Decisions of one window length. */
export interface DecisionCurvePoint {
  /** Length in seconds, or `trial`. */
  readonly windowSeconds: WindowLength;
  /** Share of right decisions; a tie is wrong. */
  readonly accuracy: number;
  /** Number of right decisions. */
  readonly correct: number;
  /** Number of windows. */
  readonly count: number;
  /** Number of trials with a window at least. */
  readonly trials: number;
  /** Number of clusters of those trials. */
  readonly clusters: number;
  /** Number of windows with two or more greatest correlations that are equal. */
  readonly ties: number;
  /** Expected accuracy of guessing: one over the number of sources, mean over windows. */
  readonly chance: number;
  /** Exact binomial interval of the accuracy, as if windows were independent; null where they overlap. */
  readonly binomial: Interval | null;
  /** Interval of the accuracy by a bootstrap over clusters of trials; null for fewer than two. */
  readonly interval: Interval | null;
  /** Correlation with the attended source. */
  readonly attended: MeanInterval;
  /** Correlation with the other sources. */
  readonly unattended: MeanInterval;
  /** Number of trials without a window: shorter than it, or with too few valid samples in each. */
  readonly shortTrials: number;
  /** Number of trials with samples left over after the last window, short ones not counted. */
  readonly tails: number;
  /** Seconds that no window reaches, short trials included. */
  readonly droppedSeconds: number;
  /** Number of windows left out as fewer than half of their samples are valid, see `DecodedTrial`. */
  readonly excludedWindows: number;
}

/** Accuracy over the length of the decision window. */
export interface DecisionCurve {
  /** One a length that fits into some trial, in the order given. */
  readonly points: readonly DecisionCurvePoint[];
  /** Number of trials. */
  readonly trials: number;
  /** What to beware of. */
  readonly warnings: readonly string[];
  /** Options as resolved. */
  readonly options: Required<DecisionCurveOptions>;
}

/**
 * Accuracy of attention decisions by the length of the decision window. Windows start at the beginning of each trial, never
 * span two trials, and what is left at the end is dropped and counted. Each window decides for the source of greatest correlation
 * (Pearson, mean over features).
 *
 * @param trials at least one; they may differ in length and number of sources
 * @throws ToolkitError `bad-shape`, `bad-value` if something is not finite, `bad-option`
 */
export function decisionCurve(trials: readonly DecodedTrial[], options: DecisionCurveOptions): DecisionCurve {
  const who = "decisionCurve";
  const resolved = { ...decisionCurveDefaults, ...options };
  const { rateHz, overlap, windowSeconds } = resolved;
  checkClusterInterval(who, options);
  checkNumber(who, "overlap", overlap, { from: 0 });
  if (overlap >= 1) throw new ToolkitError("bad-option", `${who}: overlap is ${overlap}; it must be below 1`);
  for (const window of windowSeconds) windowLength(who, window, rateHz);
  const scorers = createScorers(who, trials);
  const warnings: string[] = [];
  const points: DecisionCurvePoint[] = [];
  for (const window of windowSeconds) {
    const scores = scoreWindows(who, scorers, { rateHz, windowSeconds: window, overlap });
    if (scores.every(({ count }) => count === 0)) {
      warnings.push(`${who}: ${noWindow(scores, window)}; that length is left out`);
    } else points.push(curvePoint(trials, scores, { ...resolved, window }));
  }
  const clusters = groupTrials(trials.map(({ cluster }) => cluster)).size;
  if (clusters < fewClusters) {
    warnings.push(
      `${who}: ${clusters} cluster${clusters === 1 ? "" : "s"} of trials; intervals from fewer than ${fewClusters} are too narrow, or none`,
    );
  }
  return { points, trials: trials.length, warnings, options: resolved };
}

// Percentile intervals of fewer clusters fall short of their confidence by several per cent.
const fewClusters = 10;

/** A scorer for each trial, the trials checked and named in messages. */
export function createScorers(who: string, trials: readonly DecodedTrial[], known?: KnownSums): WindowScorer[] {
  if (trials.length === 0) throw new ToolkitError("bad-shape", `${who}: no trials given; at least one is needed`);
  return trials.map((trial, t) => createWindowScorer(`${who}: trial ${t}`, trial, known));
}

/** Scores of the windows of every trial, [trials]. */
export function scoreWindows(
  who: string,
  scorers: readonly WindowScorer[],
  { rateHz, windowSeconds, overlap = 0 }: { rateHz: number; windowSeconds: WindowLength; overlap?: number },
): WindowScores[] {
  const length = windowLength(who, windowSeconds, rateHz);
  return scorers.map((scorer) => {
    const samples = length ?? scorer.samples;
    return scorer.score(samples, Math.max(1, Math.round(samples * (1 - overlap))));
  });
}

/** Why no trial has a window of a length. */
export function noWindow(scores: readonly WindowScores[], window: WindowLength): string {
  const length = window === "trial" ? "a whole trial" : `${window} s`;
  return scores.some(({ excludedWindows }) => excludedWindows > 0)
    ? `half of the samples are valid in no window of ${length}`
    : `no trial is as long as ${length}`;
}

/** Length of a window in samples; null for whole trials. */
function windowLength(who: string, window: WindowLength, rateHz: number): number | null {
  checkNumber(who, "rateHz", rateHz, { above: 0 });
  if (window === "trial") return null;
  checkNumber(who, "windowSeconds", window, { above: 0 });
  const samples = Math.round(window * rateHz);
  if (samples >= 2) return samples;
  throw new ToolkitError(
    "bad-option",
    `${who}: a window of ${window} s has ${samples} samples at ${rateHz} Hz; 2 are needed`,
  );
}

function curvePoint(
  trials: readonly DecodedTrial[],
  scores: readonly WindowScores[],
  options: Required<DecisionCurveOptions> & { window: WindowLength },
): DecisionCurvePoint {
  const used = scores.flatMap(({ count }, t) => (count > 0 ? [t] : []));
  const sums = used.map((t) => trialSums(scores[t]!));
  const clusters = used.map((t) => trials[t]!.cluster ?? `trial ${t}`);
  const all = sums.map((_, i) => i);
  const total = (name: keyof TrialSums, drawn: readonly number[] = all) =>
    drawn.reduce((sum, t) => sum + sums[t]![name], 0);
  const over = (name: keyof TrialSums) => {
    const share = (drawn: readonly number[]) => total(name, drawn) / total("count", drawn);
    return { mean: share(all), interval: clusterInterval(clusters, share, options) };
  };
  const count = total("count");
  const correct = total("correct");
  const accuracy = over("correct");
  return {
    windowSeconds: options.window,
    accuracy: accuracy.mean,
    correct,
    count,
    trials: used.length,
    clusters: new Set(clusters).size,
    ties: total("ties"),
    chance: total("guesses") / count,
    binomial: options.overlap > 0 ? null : binomialInterval(correct, count, options),
    interval: accuracy.interval,
    attended: over("attended"),
    unattended: over("unattended"),
    shortTrials: scores.length - used.length,
    tails: used.filter((t) => scores[t]!.tailSamples > 0).length,
    droppedSeconds: scores.reduce((sum, { tailSamples }) => sum + tailSamples, 0) / options.rateHz,
    excludedWindows: scores.reduce((sum, each) => sum + each.excludedWindows, 0),
  };
}

interface TrialSums {
  count: number;
  correct: number;
  ties: number;
  guesses: number;
  attended: number;
  unattended: number;
}

function trialSums(scores: WindowScores): TrialSums {
  const { count, sources, attended, correlations } = scores;
  const sums = { count, correct: 0, ties: 0, guesses: count / sources, attended: 0, unattended: 0 };
  for (let w = 0; w < count; w++) {
    const row = correlations.subarray(w * sources, (w + 1) * sources);
    const best = Math.max(...row);
    if (row.filter((value) => value >= best - tieTolerance).length > 1) sums.ties++;
    if (isCorrect(scores, w)) sums.correct++;
    sums.attended += row[attended]!;
    sums.unattended += (row.reduce((sum, value) => sum + value, 0) - row[attended]!) / (sources - 1);
  }
  return sums;
}
