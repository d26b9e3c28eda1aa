import { checkFinite, checkNumber, checkWhole } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import { createRandom, type Random } from "../../core/random.ts";
import { binomialUpperTail, type Interval } from "../../numeric/binomial.ts";
import { sortedQuantile } from "../../numeric/statistics.ts";
import { type AuditWindows, createLabelScorer } from "./labelClassifier.ts";

/** Features of the windows of one trial, [windows][features]: whatever a classifier could be given. */
export type AuditTrial = readonly ArrayLike<number>[];

/** Options of {@link leakageAudit}. */
export interface LeakageAuditOptions {
  /**
   * What trials may share, such as their mixture or listener, for each trial: a random label belongs to a group. Default: every
   * trial is a group, and folds of trials can then only be above chance by an error in them.
   */
  groups?: readonly (string | number)[];
  /** Number of random labellings, default 200. */
  labelings?: number;
  /** Number of folds, default 5; for folds of trials at most their number. */
  folds?: number;
  /** Regularization of the classifier, relative to the mean variance of features, default 0.1. */
  lambda?: number;
  /** Number of times windows are dealt out to trials at random, for the null; default 99. */
  deals?: number;
  /** Level of intervals and, less from 1, of the verdict; default 0.95. */
  confidence?: number;
  /** Seed, default 0. */
  seed?: number | string;
}

/** Default options of {@link leakageAudit}. */
export const leakageAuditDefaults = {
  labelings: 200,
  folds: 5,
  lambda: 0.1,
  deals: 99,
  confidence: 0.95,
  seed: 0,
} as const satisfies Required<Omit<LeakageAuditOptions, "groups">>;

/** Accuracy for labels that mean nothing. */
export interface PseudoAccuracy {
  /** Mean over labellings. */
  readonly accuracy: number;
  /** Where the accuracies of single labellings lie, by quantiles. */
  readonly interval: Interval;
  /** 0.5. */
  readonly chance: number;
  /** Number of windows tested in each labelling. */
  readonly count: number;
  /** Number of trials. */
  readonly trials: number;
}

/** Result of {@link leakageAudit}. */
export interface LeakageAudit {
  /** Windows of a trial in training and test. */
  readonly windowWise: PseudoAccuracy & {
    /** Mean accuracy where windows are dealt out to trials at random, so that trials have nothing of their own. */
    readonly nullMean: number;
    /** (b + 1) / (deals + 1), b deals with as great a mean accuracy. */
    readonly pValue: number;
  };
  /** All windows of a trial on one side. */
  readonly trialWise: PseudoAccuracy & {
    /** Shares of right decisions that guessing once a group stays within, with `confidence` at least. */
    readonly band: Interval;
    /** Share of labellings within it. */
    readonly insideBand: number;
  };
  /**
   * - `windows` windows tell which trial they are from: folds of windows are above chance for labels that mean nothing, and any
   *   accuracy from such folds is void
   * - `trials` so are folds of trials: they tell their group, and folds have to leave out groups
   * - `none` neither was seen
   */
  readonly verdict: "none" | "windows" | "trials";
  /** The verdict in a sentence with its figures. */
  readonly statement: string;
  /** Options as resolved. */
  readonly options: ResolvedLeakageAuditOptions;
}

/** Options of {@link leakageAudit} with defaults filled in. */
export type ResolvedLeakageAuditOptions = Required<LeakageAuditOptions>;

/**
 * Whether a way of cross-validation is above chance where nothing can be decoded: every trial gets a random label, half of
 * them 0 and half 1, and a linear classifier is tested on left-out windows, then on left-out trials. Above chance it can only
 * recognise trials, by drifts, electrode contacts or the neighbouring windows it was trained on, not attention (Puffay et al.,
 * "Relating EEG to continuous speech using deep neural networks: a review", J. Neural Eng. 2023).
 *
 * Accuracies of folds of trials lie a little below one half: the label of a trial left out is rarer among the others.
 *
 * @param trials at least four, features as for the classifier that is audited
 * @throws ToolkitError `bad-shape` for fewer trials or groups, one without windows or other numbers of features, `bad-value`, `bad-option`
 */
export function leakageAudit(trials: readonly AuditTrial[], options: LeakageAuditOptions = {}): LeakageAudit {
  const who = "leakageAudit";
  const groups = options.groups ?? trials.map((_, t) => t);
  const resolved = { ...leakageAuditDefaults, ...options, groups };
  const { labelings, lambda, deals, confidence, seed } = resolved;
  checkOptions(who, resolved);
  const windows = collectWindows(who, trials);
  const count = windows.trialOf.length;
  checkWhole(who, "folds", resolved.folds, 2, count);
  const random = createRandom(seed);
  const names = [...new Set(groups)];
  const groupOf = groups.map((name) => names.indexOf(name));
  if (groups.length !== trials.length || names.length < 4) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: ${groups.length} names of ${names.length} groups for ${trials.length} trials; one a trial and 4 groups are needed`,
    );
  }
  const labels = drawLabels(random.fork("labels"), names.length, labelings).map((ofGroup) =>
    Uint8Array.from(groupOf, (g) => ofGroup[g]!),
  );
  const windowFolds = dealOut(random.fork("windows"), count, resolved.folds);
  const trialFolds = dealOut(random.fork("trials"), trials.length, Math.min(resolved.folds, trials.length));

  const byWindow = labels.map(createLabelScorer(windows, windowFolds, lambda));
  const byTrial = labels.map(
    createLabelScorer(
      windows,
      windows.trialOf.map((t) => trialFolds[t]!),
      lambda,
    ),
  );
  const dealing = random.fork("deals");
  const nulls = Array.from({ length: deals }, () => {
    const trialOf = Int32Array.from(dealing.permutation(count), (w) => windows.trialOf[w]!);
    return average(labels.map(createLabelScorer({ ...windows, trialOf }, windowFolds, lambda)));
  });

  const summary = (accuracies: readonly number[]): PseudoAccuracy => {
    const sorted = Float64Array.from(accuracies).sort();
    const tail = (1 - confidence) / 2;
    return {
      accuracy: average(accuracies),
      interval: { low: sortedQuantile(sorted, tail), high: sortedQuantile(sorted, 1 - tail) },
      chance: 0.5,
      count,
      trials: trials.length,
    };
  };
  const band = guessingBand(names.length, confidence);
  const inside = byTrial.filter((accuracy) => accuracy >= band.low && accuracy <= band.high).length;
  const mean = average(byWindow);
  const windowWise = {
    ...summary(byWindow),
    nullMean: average(nulls),
    pValue: (nulls.filter((accuracy) => accuracy >= mean).length + 1) / (deals + 1),
  };
  const trialWise = { ...summary(byTrial), band, insideBand: inside / labelings };
  const verdict = decide(windowWise, trialWise, confidence);
  return { windowWise, trialWise, verdict, statement: state(verdict, windowWise, trialWise), options: resolved };
}

function checkOptions(who: string, options: Required<LeakageAuditOptions>): void {
  checkWhole(who, "labelings", options.labelings, 1);
  checkWhole(who, "folds", options.folds, 2);
  checkWhole(who, "deals", options.deals, 1);
  checkNumber(who, "lambda", options.lambda, { from: 0 });
  checkNumber(who, "confidence", options.confidence, { above: 0 });
  if (options.confidence < 1) return;
  throw new ToolkitError("bad-option", `${who}: confidence is ${options.confidence}; it must be below 1`);
}

/** All windows at mean 0 and variance 1, features that are constant at 0. */
function collectWindows(who: string, trials: readonly AuditTrial[]): AuditWindows {
  if (trials.length < 4) throw new ToolkitError("bad-shape", `${who}: ${trials.length} trials given; 4 are needed`);
  const features = trials[0]![0]?.length ?? 0;
  const trialOf: number[] = [];
  for (const [t, trial] of trials.entries()) {
    if (trial.length === 0) throw new ToolkitError("bad-shape", `${who}: trial ${t} has no windows`);
    for (const [w, window] of trial.entries()) {
      if (features === 0 || window.length !== features) {
        throw new ToolkitError(
          "bad-shape",
          `${who}: window ${w} of trial ${t} has ${window.length} features; ${Math.max(1, features)} are needed`,
        );
      }
      checkFinite(who, `window ${w} of trial ${t}`, window);
      trialOf.push(t);
    }
  }
  const values = Float64Array.from(trials.flatMap((trial) => trial.flatMap((window) => Array.from(window))));
  const count = trialOf.length;
  for (let f = 0; f < features; f++) {
    let mean = 0;
    for (let w = 0; w < count; w++) mean += values[w * features + f]! / count;
    let variance = 0;
    for (let w = 0; w < count; w++) variance += (values[w * features + f]! - mean) ** 2 / count;
    const scale = variance > 0 ? 1 / Math.sqrt(variance) : 0;
    for (let w = 0; w < count; w++) values[w * features + f] = (values[w * features + f]! - mean) * scale;
  }
  return { trials: trials.length, trialOf: Int32Array.from(trialOf), features, values };
}

/** Half of the trials 0, half 1, in random order; of an odd number the last label is random too. */
function drawLabels(random: Random, trials: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, () => {
    const extra = random.below(2);
    return Uint8Array.from(random.permutation(trials), (place) => (place + extra) % 2);
  });
}

/** A fold for each of `count` things, in random order, as many in each as in the others or one more. */
function dealOut(random: Random, count: number, folds: number): Int32Array {
  return Int32Array.from(random.permutation(count), (place) => place % folds);
}

/** The narrowest band around one half that guesses of so many trials leave with probability 1 - confidence at most. */
function guessingBand(trials: number, confidence: number): Interval {
  let least = Math.floor(trials / 2);
  // Leaving the band that ends at `least` means at least trials - least + 1 right, or as many wrong.
  while (least > 0 && 2 * binomialUpperTail(trials - least + 1, trials, 0.5) > 1 - confidence) least--;
  return { low: least / trials, high: (trials - least) / trials };
}

function decide(
  windowWise: LeakageAudit["windowWise"],
  trialWise: LeakageAudit["trialWise"],
  confidence: number,
): LeakageAudit["verdict"] {
  if (trialWise.accuracy > trialWise.band.high) return "trials";
  const significant = windowWise.pValue <= 1 - confidence + 1e-12;
  return significant && windowWise.accuracy > windowWise.chance ? "windows" : "none";
}

function state(
  verdict: LeakageAudit["verdict"],
  windowWise: LeakageAudit["windowWise"],
  trialWise: LeakageAudit["trialWise"],
): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const figures = `random labels of ${windowWise.trials} trials: folds of windows ${percent(windowWise.accuracy)} right (p = ${windowWise.pValue.toPrecision(2)}), folds of trials ${percent(trialWise.accuracy)}, chance 50 %`;
  if (verdict === "windows") return `${figures}; windows tell their trial, leave out whole trials`;
  if (verdict === "trials") return `${figures}; trials tell their group, leave out whole groups`;
  return `${figures}; no leakage seen`;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
