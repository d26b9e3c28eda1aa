import { checkNumber, checkWhole } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";

/** Accuracy at one length of the decision window. */
export interface AccuracyPoint {
  /** Length of the window, above 0. */
  readonly windowSeconds: number;
  /** Share of right decisions between two sources, from 0 to 1. */
  readonly accuracy: number;
}

/** Options of {@link switchDuration}. */
export interface SwitchDurationOptions {
  /** Least number of states of the chain, default 5. */
  minStates?: number;
  /** P0: share of the time that is spent in the upper states, default 0.8. */
  confidence?: number;
  /** c: relative gain that counts as comfortable, from 0 to below 1, default 0.65. */
  comfort?: number;
  /** K: number of points on the interpolated curve, default 1000. */
  curveSamples?: number;
}

/** Default options of {@link switchDuration}. */
export const switchDurationDefaults = {
  minStates: 5,
  confidence: 0.8,
  comfort: 0.65,
  curveSamples: 1000,
} as const satisfies Required<SwitchDurationOptions>;

/** How long a gain control takes to follow a switch of attention at one working point. */
export interface ExpectedSwitch extends AccuracyPoint {
  /** Number of states of the chain. */
  readonly states: number;
  /** The state to be reached, from 1 to `states`. */
  readonly target: number;
  /** Expected duration of a switch. */
  readonly seconds: number;
}

/** Result of {@link switchDuration}. */
export interface SwitchDuration {
  /** Minimal expected switch duration in seconds; `Infinity` if no accuracy is above chance. */
  readonly seconds: number;
  /** Where it is; null if no accuracy is above chance. */
  readonly best: ExpectedSwitch | null;
  /** At each window length given with an accuracy above chance, ascending. */
  readonly points: readonly ExpectedSwitch[];
  /** Number of lengths given that are left out: accuracy not above 0.5, or so close that the chain is beyond 100 000 states. */
  readonly excluded: number;
  /** The minimum at an end of the curve, points left out. */
  readonly warnings: readonly string[];
}

/**
 * Minimal expected switch duration (MESD; Geirnaert, Francart & Bertrand, "An interpretable performance metric for auditory
 * attention decoding algorithms in a context of neuro-steered gain control", IEEE Trans. Neural Syst. Rehabil. Eng. 2020).
 *
 * A gain control moves one of N steps a decision, up with the accuracy p, else down. N is the least number, from `minStates`, at
 * which the gain is at `comfort` or above for `confidence` of the time. A switch begins where the chain was when the
 * other source was attended, and ends when the first state of at least `comfort` is reached. The curve of accuracy over window
 * length is drawn piecewise linear through the points above chance, and the duration minimised over `curveSamples` lengths.
 *
 * For two sources only. It is a figure of a fitted curve: with few trials give an interval, see `decodedSwitchDuration`.
 *
 * @param points at least one, each window length once
 * @throws ToolkitError `bad-shape` for no points, `bad-option`
 */
export function switchDuration(points: readonly AccuracyPoint[], options: SwitchDurationOptions = {}): SwitchDuration {
  const who = "switchDuration";
  const resolved = { ...switchDurationDefaults, ...options };
  checkSwitchDuration(who, resolved);
  if (points.length === 0) throw new ToolkitError("bad-shape", `${who}: no points given; at least one is needed`);
  for (const { windowSeconds, accuracy } of points) {
    checkNumber(who, "windowSeconds", windowSeconds, { above: 0 });
    checkNumber(who, `accuracy at ${windowSeconds} s`, accuracy, { from: 0, to: 1 });
  }
  const ordered = points.toSorted((a, b) => a.windowSeconds - b.windowSeconds);
  const twice = ordered.find((point, i) => point.windowSeconds === ordered[i + 1]?.windowSeconds);
  if (twice) throw new ToolkitError("bad-option", `${who}: there are two points at ${twice.windowSeconds} s`);
  const expected = (point: AccuracyPoint) => expectedSwitch(point, resolved) ?? [];
  const usable = ordered.flatMap(expected);
  const excluded = points.length - usable.length;
  const warnings =
    excluded > 0 ? [`${who}: ${excluded} of ${points.length} points are not above chance and left out`] : [];
  const first = usable[0];
  if (first === undefined) return { seconds: Infinity, best: null, points: [], excluded, warnings };
  const last = usable.at(-1)!;
  const curve = usable.length === 1 ? usable : sampleCurve(usable, resolved.curveSamples).flatMap(expected);
  const best = curve.reduce((least, each) => (each.seconds < least.seconds ? each : least));
  if (best.windowSeconds === first.windowSeconds || best.windowSeconds === last.windowSeconds) {
    warnings.push(
      `${who}: the minimum is at ${best.windowSeconds} s, an end of the curve; other window lengths may give less`,
    );
  }
  return { seconds: best.seconds, best, points: usable, excluded, warnings };
}

/** Refuses options of {@link switchDuration}, naming who asks. */
function checkSwitchDuration(who: string, options: Required<SwitchDurationOptions>): void {
  const { minStates, confidence, comfort, curveSamples } = options;
  checkWhole(who, "minStates", minStates, 2);
  checkNumber(who, "confidence", confidence, { above: 0 });
  checkNumber(who, "comfort", comfort, { from: 0 });
  if (confidence >= 1) throw new ToolkitError("bad-option", `${who}: confidence is ${confidence}; it must be below 1`);
  if (comfort >= 1) throw new ToolkitError("bad-option", `${who}: comfort is ${comfort}; it must be below 1`);
  checkWhole(who, "curveSamples", curveSamples, 2);
}

/** More states than this are no gain control; an accuracy that needs them is chance. */
const mostStates = 100_000;

// Whole numbers of states that a product of decimals misses by rounding.
const rounding = 1e-9;

/** The working point of one accuracy; null where it is not above chance. */
function expectedSwitch(point: AccuracyPoint, options: Required<SwitchDurationOptions>): ExpectedSwitch | null {
  const { windowSeconds, accuracy } = point;
  const { comfort } = options;
  if (accuracy <= 0.5) return null;
  const states = countStates(accuracy, options);
  if (states === null) return null;
  const target = Math.ceil(comfort * (states - 1) + 1 - rounding);
  return { windowSeconds, accuracy, states, target, seconds: windowSeconds * transitTime(accuracy, target) };
}

/** Least number of states whose upper `confidence` share of the time lies at `comfort` or above. */
function countStates(accuracy: number, options: Required<SwitchDurationOptions>): number | null {
  const { minStates, confidence, comfort } = options;
  const logRatio = Math.log(accuracy / (1 - accuracy));
  for (let states = minStates; states <= mostStates; states++) {
    // log(r^N (1 - P0) + P0) / log r, with r^N taken out so that it cannot overflow
    const tail = Math.log1p(-confidence + confidence * Math.exp(-states * logRatio)) / logRatio;
    const lowest = logRatio === Infinity ? states : Math.floor(states + tail + 1 + rounding);
    if ((lowest - 1) / (states - 1) >= comfort - rounding) return states;
  }
  return null;
}

/**
 * Expected number of decisions until the target state, from the states below it with the probabilities they had while the
 * other source was attended: r^-i, r = p / (1 - p). The expected number from one state to the next one up follows from that of
 * the state below: positive terms only, so no digits are lost near chance.
 */
function transitTime(accuracy: number, target: number): number {
  const down = 1 - accuracy;
  const steps: number[] = [];
  // The lowest state is left with probability p at each decision.
  for (let i = 1; i < target; i++) steps.push((1 + (i === 1 ? 0 : down * steps[i - 2]!)) / accuracy);
  let time = 0;
  let weighted = 0;
  let weights = 0;
  for (let i = target - 1; i >= 1; i--) {
    time += steps[i - 1]!;
    const weight = (down / accuracy) ** (i - 1);
    weighted += weight * time;
    weights += weight;
  }
  return weights === 0 ? 0 : weighted / weights;
}

/** Points of the piecewise linear curve at equal distances. */
function sampleCurve(points: readonly AccuracyPoint[], count: number): AccuracyPoint[] {
  const first = points[0]!.windowSeconds;
  const last = points.at(-1)!.windowSeconds;
  let piece = 0;
  return Array.from({ length: count }, (_, i) => {
    const windowSeconds = i === count - 1 ? last : first + ((last - first) * i) / (count - 1);
    while (piece < points.length - 2 && points[piece + 1]!.windowSeconds < windowSeconds) piece++;
    const [a, b] = [points[piece]!, points[piece + 1]!];
    const share = (windowSeconds - a.windowSeconds) / (b.windowSeconds - a.windowSeconds);
    return { windowSeconds, accuracy: a.accuracy * (1 - share) + b.accuracy * share };
  });
}
