import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { createRandom } from "../core/random.ts";
import { binomialInterval, type Interval } from "../numeric/binomial.ts";
import {
  type BootstrapStatisticOptions,
  bootstrapDefaults,
  bootstrapStatistic,
  type ResampledInterval,
} from "../numeric/bootstrap.ts";
import { midRanks, pearson, spearman } from "../numeric/statistics.ts";
import { fewSubjects, groupBy } from "./aggregate.ts";

/** One trial in which attention was decoded and the attended source separated. */
export interface JointTrial {
  /** Subject (listener); 1 and "1" are the same. */
  readonly subject: string | number;
  /** Correlation of what was decoded with the attended source. */
  readonly attendedCorrelation: number;
  /** Correlation of what was decoded with the unattended source, or the mean over several. */
  readonly unattendedCorrelation: number;
  /** Gain of the separation over the mixture in dB. */
  readonly gainDb: number;
  /** SDR of the attended source's estimate in dB; NaN if unknown. */
  readonly attendedSdrDb: number;
  /** SDR of the competing source's estimate in dB; NaN if unknown. */
  readonly competingSdrDb: number;
}

/** Options of {@link jointMeasures}. */
export interface JointMeasuresOptions extends Omit<BootstrapStatisticOptions, "clusters" | "within"> {
  /** Number of permutations, default 4999. */
  permutations?: number;
}

/** Default options of {@link jointMeasures}. */
export const jointMeasuresDefaults = {
  permutations: 4999,
  confidence: bootstrapDefaults.confidence,
  resamples: bootstrapDefaults.resamples,
  seed: bootstrapDefaults.seed,
  method: bootstrapDefaults.method,
} as const satisfies Required<JointMeasuresOptions>;

/** A correlation over trials, from {@link jointMeasures}. */
export interface JointCorrelation extends ResampledInterval {
  /** Two-sided, from permutations of the gains; NaN where there is no correlation. */
  readonly pValue: number;
  /** Trials that count. */
  readonly n: number;
  /** Subjects they are from. */
  readonly subjects: number;
  /** Trials left out because something is NaN. */
  readonly nan: number;
  /** Trials left out because something is infinite: ranks take infinities, the other correlations do not. */
  readonly infinite: number;
}

/** Outcome of {@link jointMeasures}. */
export interface JointMeasures {
  /** Pearson's correlation over all trials: of trials and of subjects at once. */
  readonly pearson: JointCorrelation;
  /** Spearman's rank correlation over all trials. */
  readonly spearman: JointCorrelation;
  /** Pearson's correlation of the deviations from each subject's means. */
  readonly pearsonWithinSubjects: JointCorrelation;
  /** Trials in which the attended source came out better than the competing one. */
  readonly attendedAhead: {
    /** Their share; NaN without trials. */
    readonly share: number;
    /** Exact (Clopper & Pearson) interval, which takes trials as independent; NaN without trials. */
    readonly interval: Interval;
    /** Bootstrap interval by subject; NaN for fewer than two subjects. */
    readonly subjectInterval: Interval;
    /** Trials ahead. */
    readonly ahead: number;
    /** Trials with equal SDR, which count as not ahead. */
    readonly ties: number;
    /** Trials that count. */
    readonly n: number;
    /** Trials left out because an SDR is NaN. */
    readonly nan: number;
  };
  /** Whether gains were permuted within subjects, or between them because each has one trial. */
  readonly permuted: "within-subjects" | "between-subjects";
  /** What limits the figures. */
  readonly warnings: readonly string[];
  /** The options, resolved. */
  readonly options: Required<JointMeasuresOptions>;
}

/** Decoding quality x and separation gain y of the trials that count. */
interface Points {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly subjects: readonly string[];
}

/**
 * Whether trials that were decoded well were separated well: correlations of decoding quality (attended less unattended
 * correlation) with the gain of the separation, and the share of trials in which the attended source came out ahead.
 *
 * Intervals draw whole subjects (trials where there is one subject). P-values compare with gains dealt out anew among the trials
 * of each subject, (b + 1) / (permutations + 1) but not below one over the number of ways: differences between subjects stay
 * in every permutation, so that they cannot make a p-value small, though they do enter the correlations over all trials. Pearson's two
 * have the same p-value for this reason.
 *
 * @param trials in any order; NaN is counted and left out, infinite gains count in ranks only
 * @throws ToolkitError `bad-option`
 */
export function jointMeasures(trials: readonly JointTrial[], options: JointMeasuresOptions = {}): JointMeasures {
  const who = "jointMeasures";
  const resolved = { ...jointMeasuresDefaults, ...options };
  checkWhole(who, "permutations", resolved.permutations, 1);
  checkNumber(who, "confidence", resolved.confidence, { above: 0 });
  if (resolved.confidence >= 1) {
    throw new ToolkitError("bad-option", `${who}: confidence is ${resolved.confidence}; it must be below 1`);
  }
  const all: Points = {
    x: Float64Array.from(trials, (trial) => trial.attendedCorrelation - trial.unattendedCorrelation),
    y: Float64Array.from(trials, ({ gainDb }) => gainDb),
    subjects: trials.map(({ subject }) => String(subject)),
  };
  const known = choose(all, (x, y) => !Number.isNaN(x) && !Number.isNaN(y));
  const finite = choose(known, (x, y) => Number.isFinite(x) && Number.isFinite(y));
  const counts = { nan: all.x.length - known.x.length, infinite: known.x.length - finite.x.length };
  const within = deviations(finite);
  const ranks = { ...known, x: midRanks(known.x), y: midRanks(known.y) };
  const subjects = new Set(known.subjects).size;
  const between = subjects === known.x.length;
  const correlate = (points: Points, permutable: Points, measure: typeof pearson) => ({
    ...correlation(points, measure, resolved),
    pValue: permutationPValue(permutable, { between, ...resolved }),
  });
  const ways = between ? factorial(subjects) : waysWithin(known.subjects);
  return {
    pearson: { ...correlate(finite, finite, pearson), ...counts },
    spearman: { ...correlate(known, ranks, spearman), nan: counts.nan, infinite: 0 },
    // With one trial a subject all deviations are zero.
    pearsonWithinSubjects: { ...correlate(within, between ? within : finite, pearson), ...counts },
    attendedAhead: attendedAhead(trials, resolved),
    permuted: between ? "between-subjects" : "within-subjects",
    warnings: [
      ...(subjects > 1 && subjects < fewSubjects
        ? [`${who}: ${subjects} subjects; below ${fewSubjects} the intervals are too narrow`]
        : []),
      ...(subjects === 1 ? [`${who}: one subject; the intervals, over its trials, say nothing about others`] : []),
      ...(ways <= resolved.permutations
        ? [`${who}: there are ${ways} permutations, fewer than the ${resolved.permutations} drawn`]
        : []),
    ],
    options: resolved,
  };
}

function correlation(
  { x, y, subjects }: Points,
  measure: typeof pearson,
  { confidence, resamples, seed, method }: Required<JointMeasuresOptions>,
): ResampledInterval & { n: number; subjects: number } {
  const counts = { n: x.length, subjects: new Set(subjects).size };
  const undefinedInterval = { estimate: Number.NaN, low: Number.NaN, high: Number.NaN, undefinedResamples: 0 };
  if (x.length < 2) return { ...undefinedInterval, ...counts };
  const statistic = (rows: Int32Array): number =>
    rows.length < 2
      ? Number.NaN
      : measure(
          Float64Array.from(rows, (i) => x[i]!),
          Float64Array.from(rows, (i) => y[i]!),
        );
  const sampling = { confidence, resamples, method, seed: `${seed}/interval`, clusters: subjects, within: false };
  return { ...bootstrapStatistic(x.length, statistic, sampling), ...counts };
}

/** Spread and means are the same in all permutations, so that sums of products are as good as correlations. */
function permutationPValue(
  { x, y, subjects }: Points,
  { between, permutations, seed }: { between: boolean; permutations: number; seed: number | string },
): number {
  if (x.length < 2 || isConstant(x) || isConstant(y)) return Number.NaN;
  const groups = between
    ? [[...x.keys()]]
    : [...groupBy([...x.keys()], (i) => subjects[i]!).values()].filter((group) => group.length > 1);
  const ways = groups.reduce((product, { length }) => product * factorial(length), 1);
  // Deviations from the group's means: their sum of products has the mean 0 over all permutations.
  const a = new Float64Array(x.length);
  const b = new Float64Array(x.length);
  for (const group of groups) {
    const meanX = group.reduce((sum, i) => sum + x[i]!, 0) / group.length;
    const meanY = group.reduce((sum, i) => sum + y[i]!, 0) / group.length;
    for (const i of group) {
      a[i] = x[i]! - meanX;
      b[i] = y[i]! - meanY;
    }
  }
  const random = createRandom(`${seed}/permutations`);
  let observed = 0;
  let magnitude = 0;
  for (let i = 0; i < a.length; i++) {
    observed += a[i]! * b[i]!;
    magnitude += Math.abs(a[i]! * b[i]!);
  }
  const bound = Math.abs(observed) - 1e-12 * magnitude;
  let extreme = 0;
  for (let p = 0; p < permutations; p++) {
    let sum = 0;
    for (const group of groups) {
      const order = random.permutation(group.length);
      for (let k = 0; k < group.length; k++) sum += a[group[k]!]! * b[group[order[k]!]!]!;
    }
    if (Math.abs(sum) >= bound) extreme++;
  }
  return Math.max((extreme + 1) / (permutations + 1), 1 / ways);
}

function attendedAhead(
  trials: readonly JointTrial[],
  { confidence, resamples, seed, method }: Required<JointMeasuresOptions>,
): JointMeasures["attendedAhead"] {
  const known = trials.filter((trial) => !Number.isNaN(trial.attendedSdrDb) && !Number.isNaN(trial.competingSdrDb));
  const hits = known.map((trial) => (trial.attendedSdrDb > trial.competingSdrDb ? 1 : 0));
  const n = known.length;
  const ahead = hits.reduce<number>((sum, hit) => sum + hit, 0);
  const clusters = known.map(({ subject }) => String(subject));
  const unknown = { low: Number.NaN, high: Number.NaN };
  const share = (rows: Int32Array): number => rows.reduce((sum, row) => sum + hits[row]!, 0) / rows.length;
  const sampling = { confidence, resamples, method, seed: `${seed}/ahead`, clusters, within: false };
  const { low, high } = new Set(clusters).size < 2 ? unknown : bootstrapStatistic(n, share, sampling);
  return {
    share: ahead / n,
    interval: n === 0 ? unknown : binomialInterval(ahead, n, { confidence }),
    subjectInterval: { low, high },
    ahead,
    ties: known.filter((trial) => trial.attendedSdrDb === trial.competingSdrDb).length,
    n,
    nan: trials.length - n,
  };
}

function choose({ x, y, subjects }: Points, test: (x: number, y: number) => boolean): Points {
  const kept = [...x.keys()].filter((i) => test(x[i]!, y[i]!));
  return {
    x: Float64Array.from(kept, (i) => x[i]!),
    y: Float64Array.from(kept, (i) => y[i]!),
    subjects: kept.map((i) => subjects[i]!),
  };
}

function deviations(points: Points): Points {
  const groups = [...groupBy([...points.x.keys()], (i) => points.subjects[i]!).values()];
  const centre = (values: Float64Array): Float64Array => {
    const centred = new Float64Array(values.length);
    for (const group of groups) {
      const mean = group.reduce((sum, i) => sum + values[i]!, 0) / group.length;
      // Equal values deviate by nothing, though their mean may be a rounding away from them.
      const constant = group.every((i) => values[i] === values[group[0]!]);
      for (const i of group) centred[i] = constant ? 0 : values[i]! - mean;
    }
    return centred;
  };
  return { ...points, x: centre(points.x), y: centre(points.y) };
}

const isConstant = (values: Float64Array): boolean => values.every((value) => value === values[0]);

const factorial = (count: number): number => (count < 2 ? 1 : count * factorial(count - 1));

function waysWithin(subjects: readonly string[]): number {
  return [...groupBy(subjects, (subject) => subject).values()].reduce(
    (product, { length }) => product * factorial(length),
    1,
  );
}
