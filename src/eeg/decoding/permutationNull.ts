import { checkNumber, checkWhole } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import { createRandom, type Random } from "../../core/random.ts";
import { sortedQuantile } from "../../numeric/statistics.ts";
import { createScorers, noWindow, scoreWindows, type WindowLength } from "./decisionCurve.ts";
import { allowedPairs, countPairings, drawPairing } from "./mismatchedTrials.ts";
import { type DecodedTrial, isCorrect, type KnownSums, type WindowScores } from "./windowScores.ts";

/**
 * What is broken between decoding and truth.
 *
 * - `shift` the decoded features of every trial are moved round in time, each trial by its own random number of samples: what is
 *   left is what any two series of such spectra have in common
 * - `shuffle` the decoded features of a trial are compared with the sources of another trial, never one with the same stimulus
 * - `labels` the attended source of every trial is drawn anew; a decoder that always favours the same kind of source, and
 *   listeners who always attended to it, look alike under this one
 */
export type PermutationMethod = "shift" | "shuffle" | "labels";

/** Options of {@link permutationNull}. */
export interface PermutationNullOptions {
  /** Rate of all features. */
  rateHz: number;
  /** Default `shift`. */
  method?: PermutationMethod;
  /** Lengths of windows, which do not overlap; default `trial` alone. */
  windowSeconds?: readonly WindowLength[];
  /** Share of right decisions (default), or attended less unattended correlation. */
  statistic?: "accuracy" | "difference";
  /** Number of permutations, default 1000. */
  permutations?: number;
  /** Least shift either way round, default 1; longer than the features remember. */
  minShiftSeconds?: number;
  /** Level of the bar, default 0.95. */
  confidence?: number;
  /** Seed, default 0. */
  seed?: number | string;
}

/** Default options of {@link permutationNull}. */
export const permutationNullDefaults = {
  method: "shift",
  windowSeconds: ["trial"],
  statistic: "accuracy",
  permutations: 1000,
  minShiftSeconds: 1,
  confidence: 0.95,
  seed: 0,
} as const satisfies Required<Omit<PermutationNullOptions, "rateHz">>;

/** One window length against its null. */
export interface PermutationTest {
  /** Length of the windows. */
  readonly windowSeconds: WindowLength;
  /** The statistic as decoded. */
  readonly value: number;
  /** Its mean over permutations: the chance level these data have. */
  readonly nullMean: number;
  /** Its `confidence` quantile over permutations. */
  readonly nullUpper: number;
  /** (b + 1) / (n + 1), b of n permutations as great or greater; never below one over the number of distinct ones plus 1. */
  readonly pValue: number;
  /**
   * The same against the greatest over all lengths, each in standard deviations from its mean (Westfall & Young 1993): the
   * probability of a length so good anywhere on the curve.
   */
  readonly familyWisePValue: number;
  /** Number of windows. */
  readonly count: number;
}

/** Result of {@link permutationNull}. */
export interface PermutationNull {
  /** One a window length that fits into some trial. */
  readonly tests: readonly PermutationTest[];
  /** Number of trials. */
  readonly trials: number;
  /** Number of distinct permutations there are, 2^53 - 1 for as many or more. */
  readonly distinct: number;
  /** Too few distinct permutations, lengths that fit no trial. */
  readonly warnings: readonly string[];
  /** Options as resolved. */
  readonly options: Required<PermutationNullOptions>;
}

/** What a permutation adds up over trials. */
interface Tally {
  readonly correct: number;
  readonly difference: number;
  readonly count: number;
}

/** Draws one permutation: tallies of all trials, [lengths][trials]. */
type Draw = (random: Random) => Tally[][];

/**
 * How good decoding looks when it cannot be: the statistic over seeded permutations of the trials, for one or more window
 * lengths that are permuted together.
 *
 * @param trials at least one; two of different stimuli for `shuffle`
 * @throws ToolkitError `bad-shape` also for trials too short to shift or too alike to shuffle, `bad-value`, `bad-option`
 */
export function permutationNull(trials: readonly DecodedTrial[], options: PermutationNullOptions): PermutationNull {
  const who = "permutationNull";
  const resolved = { ...permutationNullDefaults, ...options };
  const { permutations, statistic, confidence } = resolved;
  checkOptions(who, resolved);
  const observedOf = scoreAll(who, trials, resolved, resolved.windowSeconds);
  const fits = observedOf.map((scores) => scores.some(({ count }) => count > 0));
  const warnings = resolved.windowSeconds.flatMap((window, i) =>
    fits[i] ? [] : [`${who}: ${noWindow(observedOf[i]!, window)}; that length is left out`],
  );
  const windows = resolved.windowSeconds.filter((_, i) => fits[i]);
  const truth = observedOf.filter((_, i) => fits[i]);
  const { draw, distinct } = prepare(who, trials, resolved, windows, truth);
  if (distinct < permutations) {
    warnings.push(
      `${who}: there are ${distinct} distinct permutations for ${permutations} drawn; no p-value is below ${1 / (distinct + 1)}`,
    );
  }
  const random = createRandom(resolved.seed).fork(resolved.method);
  const observed = truth.map((scores) => tallies(scores));
  const values = observed.map((each) => share(each, statistic));
  const nulls = windows.map(() => new Float64Array(permutations));
  for (let p = 0; p < permutations; p++) {
    for (const [i, each] of draw(random).entries()) nulls[i]![p] = share(each, statistic);
  }
  const familyWise = greatestOf(values, nulls);
  const least = 1 / (distinct + 1);
  const pValueOf = (value: number, drawn: Float64Array) =>
    // Values apart by rounding alone count against the decoder, as does one that is not defined.
    Math.max(least, (drawn.filter((each) => !(each < value - 1e-12)).length + 1) / (permutations + 1));
  const tests = windows.map((windowSeconds, i): PermutationTest => {
    const sorted = nulls[i]!.toSorted();
    return {
      windowSeconds,
      value: values[i]!,
      nullMean: sorted.reduce((sum, value) => sum + value, 0) / permutations,
      nullUpper: sortedQuantile(sorted, confidence),
      pValue: pValueOf(values[i]!, sorted),
      familyWisePValue: pValueOf(familyWise.values[i]!, familyWise.greatest),
      count: observed[i]!.reduce((sum, { count }) => sum + count, 0),
    };
  });
  return { tests, trials: trials.length, distinct, warnings, options: resolved };
}

function checkOptions(who: string, options: Required<PermutationNullOptions>): void {
  const { method, statistic, permutations, minShiftSeconds, confidence } = options;
  if (method !== "shift" && method !== "shuffle" && method !== "labels") {
    throw new ToolkitError(
      "bad-option",
      `${who}: method is "${String(method)}"; it must be "shift", "shuffle" or "labels"`,
    );
  }
  if (statistic !== "accuracy" && statistic !== "difference") {
    throw new ToolkitError(
      "bad-option",
      `${who}: statistic is "${String(statistic)}"; it must be "accuracy" or "difference"`,
    );
  }
  checkWhole(who, "permutations", permutations, 1);
  checkNumber(who, "minShiftSeconds", minShiftSeconds, { above: 0 });
  checkNumber(who, "confidence", confidence, { above: 0, to: 1 });
}

/** Scores of every trial, [lengths][trials]. */
function scoreAll(
  who: string,
  trials: readonly DecodedTrial[],
  { rateHz }: { rateHz: number },
  windows: readonly WindowLength[],
  known?: KnownSums,
): WindowScores[][] {
  const scorers = createScorers(who, trials, known);
  return windows.map((windowSeconds) => scoreWindows(who, scorers, { rateHz, windowSeconds }));
}

/** How to draw a permutation, and how many there are. */
function prepare(
  who: string,
  trials: readonly DecodedTrial[],
  options: Required<PermutationNullOptions>,
  windows: readonly WindowLength[],
  truth: readonly WindowScores[][],
): { draw: Draw; distinct: number } {
  if (options.method === "labels") {
    const byLabel = truth.map((scores) =>
      scores.map((each) => Array.from({ length: each.sources }, (_, s) => tally(each, s))),
    );
    return {
      draw: (random) => {
        const labels = trials.map(({ candidates }) => random.below(candidates.length));
        return byLabel.map((rows) => rows.map((row, t) => row[labels[t]!]!));
      },
      distinct: product(trials.map(({ candidates }) => candidates.length)),
    };
  }
  if (options.method === "shift") {
    const least = Math.max(1, Math.round(options.minShiftSeconds * options.rateHz));
    const choices = trials.map(({ decoded }, t) => {
      const samples = decoded[0]!.length;
      if (samples >= 2 * least) return samples - 2 * least + 1;
      throw new ToolkitError(
        "bad-shape",
        `${who}: trial ${t} has ${samples} samples; shifts of ${least} either way need ${2 * least}`,
      );
    });
    const known: KnownSums = new WeakMap();
    return {
      draw: (random) => {
        const moved = trials.map((trial, t) => {
          const shift = least + random.below(choices[t]!);
          // What must not be compared is decoded: it moves along.
          const valid = trial.valid && { valid: rotate(trial.valid, shift) };
          return { ...trial, decoded: trial.decoded.map((row) => rotate(row, shift)), ...valid };
        });
        return scoreAll(who, moved, options, windows, known).map((scores) => tallies(scores));
      },
      distinct: product(choices),
    };
  }
  const allowed = allowedPairs(trials);
  const distinct = countPairings(allowed);
  if (distinct === 0) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: ${trials.length} trials cannot all be paired with one of another stimulus; use shift or labels`,
    );
  }
  // A pair is the same whatever permutation it is part of.
  const pairs = new Map<number, Tally[]>();
  const pairTally = (own: number, other: number): Tally[] => {
    const key = own * trials.length + other;
    const known = pairs.get(key);
    if (known !== undefined) return known;
    const made = scoreAll(who, [mismatch(trials[own]!, trials[other]!)], options, windows).map((scores) =>
      tally(scores[0]!),
    );
    pairs.set(key, made);
    return made;
  };
  return {
    draw: (random) => {
      const rows = drawPairing(who, allowed, random).map((other, own) => pairTally(own, other));
      return windows.map((_, i) => rows.map((row) => row[i]!));
    },
    distinct,
  };
}

/** The decoded features of one trial with the sources of another, cut to the shorter. */
function mismatch(own: DecodedTrial, other: DecodedTrial): DecodedTrial {
  const samples = Math.min(own.decoded[0]!.length, other.decoded[0]!.length);
  const cut = (rows: readonly Float64Array[]) => rows.map((row) => row.subarray(0, samples));
  const valid = own.valid && { valid: own.valid.subarray(0, samples) };
  return { decoded: cut(own.decoded), candidates: other.candidates.map(cut), attended: other.attended, ...valid };
}

function rotate<Row extends Float64Array | Uint8Array>(row: Row, shift: number): Row {
  const moved = row.slice() as Row;
  moved.set(row.subarray(0, row.length - shift), shift);
  moved.set(row.subarray(row.length - shift), 0);
  return moved;
}

function tallies(scores: readonly WindowScores[]): Tally[] {
  return scores.map((each) => tally(each));
}

function tally(scores: WindowScores, attended: number = scores.attended): Tally {
  const { sources, count, correlations } = scores;
  let correct = 0;
  let difference = 0;
  for (let w = 0; w < count; w++) {
    if (isCorrect(scores, w, attended)) correct++;
    let others = 0;
    for (let s = 0; s < sources; s++) if (s !== attended) others += correlations[w * sources + s]!;
    difference += correlations[w * sources + attended]! - others / (sources - 1);
  }
  return { correct, difference, count };
}

function share(rows: readonly Tally[], statistic: "accuracy" | "difference"): number {
  let sum = 0;
  let count = 0;
  for (const row of rows) {
    sum += statistic === "accuracy" ? row.correct : row.difference;
    count += row.count;
  }
  return sum / count;
}

/** Values and nulls in standard deviations from the mean of both together, and the greatest of each permutation. */
function greatestOf(
  values: readonly number[],
  nulls: readonly Float64Array[],
): { values: number[]; greatest: Float64Array } {
  const greatest = new Float64Array(nulls[0]?.length ?? 0).fill(-Infinity);
  const scaled = values.map((value, i) => {
    const all = [value, ...nulls[i]!];
    const mean = all.reduce((sum, each) => sum + each, 0) / all.length;
    const deviation = Math.sqrt(all.reduce((sum, each) => sum + (each - mean) ** 2, 0) / all.length);
    const scale = (each: number) => (deviation > 0 ? (each - mean) / deviation : 0);
    for (const [p, each] of nulls[i]!.entries()) greatest[p] = Math.max(greatest[p]!, scale(each));
    return scale(value);
  });
  return { values: scaled, greatest };
}

function product(counts: readonly number[]): number {
  return Math.min(
    Number.MAX_SAFE_INTEGER,
    counts.reduce((all, count) => all * count, 1),
  );
}
