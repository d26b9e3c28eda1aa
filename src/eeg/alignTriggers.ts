import { checkFinite, checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { median } from "../numeric/statistics.ts";
import { matchTriggers, type TriggerPairs } from "./matchTriggers.ts";
import { type Line, theilSen } from "./theilSen.ts";

/** What an alignment may be like. */
export interface AlignTriggersOptions {
  /** Largest residual of a matched trigger; above it the alignment is refused. Default 0.02. */
  toleranceSeconds?: number;
  /** Largest difference of the clocks; above it the alignment is refused. Default 500. */
  maxDriftPpm?: number;
  /** Longest run of missing, and of extra, triggers between two matched ones. Default 5. */
  maxRun?: number;
  /** Most stimuli without a trigger, at the ends included. Default half of them. */
  maxMissing?: number;
  /** Closer triggers, or stimuli, count as one given twice and are refused. Default 0.001. */
  minIntervalSeconds?: number;
  /** `fit`, or `none` for one clock on both sides: the slope is then 1. Default `fit`. */
  drift?: "fit" | "none";
  /** EEG time minus stimulus time that is considered, for triggers too regular to be told apart. Default everything. */
  offsetRangeSeconds?: readonly [number, number];
}

/** Options of `alignTriggers` where none are given; `maxMissing` is half the number of stimuli. */
export const alignTriggersDefaults = {
  toleranceSeconds: 0.02,
  maxDriftPpm: 500,
  maxRun: 5,
  minIntervalSeconds: 0.001,
  drift: "fit",
  offsetRangeSeconds: [-Infinity, Infinity],
} as const satisfies Omit<Required<AlignTriggersOptions>, "maxMissing">;

/** 12 bytes each, and 1 s or so for every 10 million. */
const mostPairs = 25_000_000;

/** How one clock reads on the other: EEG seconds = `offsetSeconds` + `slope` * stimulus seconds. */
export interface ClockMap {
  readonly slope: number;
  readonly offsetSeconds: number;
}

/** A stimulus and its trigger. */
export interface TriggerResidual {
  readonly stimulus: number;
  readonly trigger: number;
  readonly stimulusSeconds: number;
  readonly eegSeconds: number;
  /** EEG time minus what the map says. */
  readonly residualSeconds: number;
  /** Whether the final least squares used it. */
  readonly inlier: boolean;
}

/** An alignment of EEG triggers and stimuli. */
export interface TriggerAlignment extends ClockMap {
  /** (slope - 1) * 1e6: above 0 the EEG's clock runs fast. */
  readonly driftPpm: number;
  /** Standard error of the drift by the least squares; NaN with `drift: "none"` or 2 inliers. */
  readonly driftErrorPpm: number;
  /** One row a matched pair. */
  readonly residuals: readonly TriggerResidual[];
  readonly maxResidualSeconds: number;
  /** Root mean square of all matched. */
  readonly rmsResidualSeconds: number;
  /** Places of stimuli without a trigger. */
  readonly missing: readonly number[];
  /** Places of triggers without a stimulus. */
  readonly extra: readonly number[];
  /** Pairs of the next best matching; close to the number of rows, the triggers are nearly periodic. */
  readonly runnerUpPairs: number;
  readonly options: Required<AlignTriggersOptions>;
}

/**
 * Aligns the clock of an EEG recording with that of the stimuli by triggers, some of which may be missing or extra.
 *
 * 1. Pairs are found by intervals (`matchTriggers`), so that any offset will do.
 * 2. A Theil-Sen line through the pairs; every stimulus then takes the nearest trigger between its neighbours' ones.
 * 3. Least squares through the pairs within 3 scaled MAD of the Theil-Sen line.
 *
 * A trigger off by more than twice the tolerance counts as one missing and one extra; between one and two tolerances the
 * alignment is refused.
 *
 * @param eegTriggerSeconds ascending
 * @param stimulusSeconds ascending
 * @throws ToolkitError `bad-shape` for fewer than 3 of either or more than 25 million pairs, `bad-value` for times out of order, given twice or not
 *   finite, too few matches, two matchings that are equally good, too large a drift or residual; `bad-option`
 */
export function alignTriggers(
  eegTriggerSeconds: ArrayLike<number>,
  stimulusSeconds: ArrayLike<number>,
  options: AlignTriggersOptions = {},
): TriggerAlignment {
  const [eeg, stimuli] = [eegTriggerSeconds, stimulusSeconds];
  const resolved = resolveOptions(options, stimuli.length);
  checkTimes("EEG triggers", eeg, resolved.minIntervalSeconds);
  checkTimes("stimuli", stimuli, resolved.minIntervalSeconds);
  if (eeg.length * stimuli.length > mostPairs) {
    throw new ToolkitError(
      "bad-shape",
      `alignTriggers: ${eeg.length} EEG triggers and ${stimuli.length} stimuli are too many to match; align stretches of at most ${Math.sqrt(mostPairs)}`,
    );
  }
  const { pairs, runnerUp } = matchTriggers(eeg, stimuli, resolved);
  checkMatching(pairs, runnerUp, stimuli.length, resolved);

  const first = fitLine(pairs, eeg, stimuli, resolved.drift);
  const final = nearest(pairs, eeg, stimuli, first);
  const rough = fitLine(final, eeg, stimuli, resolved.drift);
  const apart = final.map(([i, j]) => eeg[i]! - (rough.intercept + rough.slope * stimuli[j]!));
  // A microsecond: times that fit to rounding have no spread to speak of
  const limit = Math.max(3 * 1.4826 * median(apart.map(Math.abs)), 1e-6);
  const inliers = final.filter((_, p) => Math.abs(apart[p]!) <= limit);
  const { line, slopeError } = leastSquares(inliers, eeg, stimuli, resolved.drift);

  const residuals = final.map(([i, j], p): TriggerResidual => {
    return {
      stimulus: j,
      trigger: i,
      stimulusSeconds: stimuli[j]!,
      eegSeconds: eeg[i]!,
      residualSeconds: eeg[i]! - (line.intercept + line.slope * stimuli[j]!),
      inlier: Math.abs(apart[p]!) <= limit,
    };
  });
  const driftPpm = (line.slope - 1) * 1e6;
  if (Math.abs(driftPpm) > resolved.maxDriftPpm) {
    throw new ToolkitError(
      "bad-value",
      `alignTriggers: the clocks differ by ${driftPpm.toFixed(1)} ppm (standard error ${(slopeError * 1e6).toFixed(1)}); at most ${resolved.maxDriftPpm} ppm are allowed, or pass drift: "none" for one clock`,
    );
  }
  const worst = residuals.reduce((a, b) => (Math.abs(b.residualSeconds) > Math.abs(a.residualSeconds) ? b : a));
  const maxResidualSeconds = Math.abs(worst.residualSeconds);
  if (maxResidualSeconds > resolved.toleranceSeconds) {
    throw new ToolkitError(
      "bad-value",
      `alignTriggers: the trigger of stimulus ${worst.stimulus} (EEG trigger ${worst.trigger}, ${worst.eegSeconds} s) is ${(1000 * worst.residualSeconds).toFixed(1)} ms off; at most ${1000 * resolved.toleranceSeconds} ms are allowed`,
    );
  }
  const [usedEeg, usedStimuli] = [new Set(final.map(([i]) => i)), new Set(final.map(([, j]) => j))];
  return {
    slope: line.slope,
    offsetSeconds: line.intercept,
    driftPpm,
    driftErrorPpm: slopeError * 1e6,
    residuals,
    maxResidualSeconds,
    rmsResidualSeconds: Math.sqrt(residuals.reduce((sum, r) => sum + r.residualSeconds ** 2, 0) / residuals.length),
    missing: Array.from(stimuli, (_, j) => j).filter((j) => !usedStimuli.has(j)),
    extra: Array.from(eeg, (_, i) => i).filter((i) => !usedEeg.has(i)),
    runnerUpPairs: runnerUp,
    options: resolved,
  };
}

/** EEG time at a stimulus time. */
export function toEegSeconds(map: ClockMap, stimulusSeconds: number): number {
  return map.offsetSeconds + map.slope * stimulusSeconds;
}

/** Stimulus time at an EEG time. */
export function toStimulusSeconds(map: ClockMap, eegSeconds: number): number {
  return (eegSeconds - map.offsetSeconds) / map.slope;
}

function resolveOptions(options: AlignTriggersOptions, stimuli: number): Required<AlignTriggersOptions> {
  const resolved = { ...alignTriggersDefaults, maxMissing: Math.floor(stimuli / 2), ...options };
  checkNumber("alignTriggers", "toleranceSeconds", resolved.toleranceSeconds, { above: 0 });
  checkNumber("alignTriggers", "maxDriftPpm", resolved.maxDriftPpm, { from: 0, to: 1e5 });
  checkNumber("alignTriggers", "minIntervalSeconds", resolved.minIntervalSeconds, { from: 0 });
  checkWhole("alignTriggers", "maxRun", resolved.maxRun, 0, 100);
  checkWhole("alignTriggers", "maxMissing", resolved.maxMissing, 0);
  if (resolved.drift !== "fit" && resolved.drift !== "none") {
    throw new ToolkitError("bad-option", `alignTriggers: drift is "${String(resolved.drift)}"; it must be fit or none`);
  }
  const [from, to] = resolved.offsetRangeSeconds;
  if (!(from <= to)) {
    throw new ToolkitError("bad-option", `alignTriggers: offsetRangeSeconds is from ${from} to ${to}; put it in order`);
  }
  return resolved;
}

function checkTimes(name: string, times: ArrayLike<number>, minInterval: number): void {
  checkFinite("alignTriggers", name, times);
  if (times.length < 3) {
    throw new ToolkitError("bad-shape", `alignTriggers: there are ${times.length} ${name}; at least 3 are needed`);
  }
  for (let i = 1; i < times.length; i++) {
    if (times[i]! < times[i - 1]!) {
      throw new ToolkitError(
        "bad-value",
        `alignTriggers: ${name} are out of order: ${times[i]} s at index ${i} comes after ${times[i - 1]} s; sort them`,
      );
    }
    if (times[i]! - times[i - 1]! < minInterval || times[i] === times[i - 1]) {
      throw new ToolkitError(
        "bad-value",
        `alignTriggers: ${name} ${i - 1} and ${i} are one given twice, at ${times[i - 1]} and ${times[i]} s; drop one`,
      );
    }
  }
}

function checkMatching(
  pairs: TriggerPairs,
  runnerUp: number,
  stimuli: number,
  { maxMissing, toleranceSeconds }: Required<AlignTriggersOptions>,
): void {
  const missing = stimuli - pairs.length;
  if (pairs.length < 3 || missing > maxMissing) {
    throw new ToolkitError(
      "bad-value",
      `alignTriggers: ${pairs.length} of ${stimuli} stimuli have a trigger at matching intervals (tolerance ${1000 * toleranceSeconds} ms); at least ${Math.max(3, stimuli - maxMissing)} are needed`,
    );
  }
  if (runnerUp >= pairs.length) {
    throw new ToolkitError(
      "bad-value",
      `alignTriggers: ${pairs.length} pairs match, and ${runnerUp} others match as well: the intervals are too regular; pass offsetRangeSeconds`,
    );
  }
}

function fitLine(pairs: TriggerPairs, eeg: ArrayLike<number>, stimuli: ArrayLike<number>, drift: "fit" | "none"): Line {
  const x = pairs.map(([, j]) => stimuli[j]!);
  const y = pairs.map(([i]) => eeg[i]!);
  return drift === "fit" ? theilSen(x, y) : { slope: 1, intercept: median(y.map((value, p) => value - x[p]!)) };
}

/** Each stimulus takes the nearest trigger between those of its neighbours. */
function nearest(pairs: TriggerPairs, eeg: ArrayLike<number>, stimuli: ArrayLike<number>, line: Line): TriggerPairs {
  let last = -1;
  return pairs.map(([i, j], p) => {
    const expected = line.intercept + line.slope * stimuli[j]!;
    let best = i;
    for (let other = last + 1; other < (pairs[p + 1]?.[0] ?? eeg.length); other++) {
      if (Math.abs(eeg[other]! - expected) < Math.abs(eeg[best]! - expected)) best = other;
    }
    last = best;
    return [best, j];
  });
}

function leastSquares(
  pairs: TriggerPairs,
  eeg: ArrayLike<number>,
  stimuli: ArrayLike<number>,
  drift: "fit" | "none",
): { line: Line; slopeError: number } {
  const count = pairs.length;
  const meanX = pairs.reduce((sum, [, j]) => sum + stimuli[j]!, 0) / count;
  const meanY = pairs.reduce((sum, [i]) => sum + eeg[i]!, 0) / count;
  if (drift === "none") return { line: { slope: 1, intercept: meanY - meanX }, slopeError: Number.NaN };
  let [xx, xy] = [0, 0];
  for (const [i, j] of pairs) {
    xx += (stimuli[j]! - meanX) ** 2;
    xy += (stimuli[j]! - meanX) * (eeg[i]! - meanY);
  }
  const slope = xy / xx;
  let rest = 0;
  for (const [i, j] of pairs) rest += (eeg[i]! - meanY - slope * (stimuli[j]! - meanX)) ** 2;
  const slopeError = count > 2 ? Math.sqrt(rest / (count - 2) / xx) : Number.NaN;
  return { line: { slope, intercept: meanY - slope * meanX }, slopeError };
}
