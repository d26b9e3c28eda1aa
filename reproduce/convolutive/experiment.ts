import type { Matrix } from "../../src/core/matrix.ts";
import type { Precision } from "../../src/numeric/kernels.ts";
import { type ConvolutiveUpdate, convolutiveNmf } from "../../src/separation/convolutiveNmf.ts";
import type { Accelerator } from "../../src/separation/createModel.ts";
import { magnitude, stft } from "../../src/signal/stft.ts";
import { makeMusic, rateHz } from "../shared/music.ts";
import { countRises } from "../shared/rises.ts";
import { spreadOf } from "../shared/spread.ts";
import { betas, type Outcome, templateLengths } from "./paper.ts";

/** What can be chosen. */
export interface ExperimentOptions {
  /** Random starts, the same for every algorithm. */
  starts: number;
  iterations: number;
  precision: Precision;
  accelerator: Accelerator;
  /** No new start after so many minutes, nor the rest of one, which is then left out of the tables. */
  minutes: number;
  /** What an interrupted experiment of the same options found; its runs are taken over. */
  previous?: Pick<Experiment, "runs" | "courses">;
  /** Called with a line on what is done. */
  onProgress?: (text: string) => void;
}

/** One factorization. */
export interface Run {
  readonly start: number;
  readonly beta: number;
  readonly templateFrames: number;
  readonly update: ConvolutiveUpdate;
  /** The objective at the end, of the spectrogram scaled to mean 1. */
  readonly objective: number;
  /** Iterations in which it rose. */
  readonly rises: number;
  readonly iterations: number;
}

/** The course of the objective from the first start, every iteration at first and ever fewer later. */
export interface Course {
  readonly beta: number;
  readonly templateFrames: number;
  readonly update: ConvolutiveUpdate;
  /** From 1 on. */
  readonly iterations: readonly number[];
  /** The objective after each of these. */
  readonly cost: readonly number[];
}

/** What the experiment found. */
export interface Experiment {
  readonly frames: number;
  readonly bins: number;
  /** Starts that are complete. */
  readonly starts: number;
  /** All runs, those of a start that is not complete as well. */
  readonly runs: readonly Run[];
  /** With the longest patch. */
  readonly courses: readonly Course[];
  /** Over the complete starts. */
  readonly outcomes: readonly Outcome[];
}

/** Settings of Fagot et al. 2019, section 4.1. */
export const settings = {
  components: 10,
  windowSize: 640,
  hopSize: 320,
  // 1191 frames, the first centred on sample 0, the last on the last one
  seconds: (1190 * 320) / rateHz,
  instruments: ["guitar", "oboe", "bass", "drums"],
} as const;

/** Every setting is timed in several rounds, so that all see the same states of the machine. */
export const timingRounds = 3;
/** Iterations timed in a round. */
export const timedIterations = 6;

type Setting = Pick<Run, "beta" | "templateFrames" | "update">;

/** Every algorithm at every beta and T, in an order that has the quick ones first. */
const everySetting: readonly Setting[] = (["heuristic", "mm2", "mm1"] as const).flatMap((update) =>
  betas.flatMap((beta) => templateLengths.map((templateFrames) => ({ beta, templateFrames, update }))),
);

/**
 * Runs the experiment of Fagot et al. 2019, section 4, on synthetic music.
 *
 * @param options see {@link ExperimentOptions}
 */
export function runExperiment(options: ExperimentOptions): Experiment {
  const { starts, iterations, precision, minutes, onProgress } = options;
  const began = performance.now();
  const data = spectrograms();
  const { rows: frames, columns: bins } = data.magnitude;
  const seconds = () => ((performance.now() - began) / 1000).toFixed(0);
  const factorize = (setting: Setting, seed: number, more: { iterations: number; onIteration?: () => void }) =>
    convolutiveNmf(setting.beta === 0 ? data.power : data.magnitude, {
      ...setting,
      ...more,
      components: settings.components,
      precision,
      accelerator: options.accelerator,
      seed: `start ${seed}`,
      tolerance: 0,
      // without a function to call only the times are wanted
      costEvery: more.onIteration ? iterations + 1 : 1,
    });

  const times = everySetting.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < timingRounds; round++) {
    everySetting.forEach((setting, i) => {
      const ends: number[] = [];
      factorize(setting, 0, { iterations: timedIterations + 1, onIteration: () => ends.push(performance.now()) });
      times[i] = Math.min(times[i]!, ...ends.slice(1).map((end, j) => end - ends[j]!));
    });
  }
  onProgress?.(`times taken, ${seconds()} s`);

  const runs: Run[] = [];
  const courses: Course[] = [];
  let start = 0;
  for (; start < starts; start++) {
    const left = everySetting.filter(
      (setting) => !takeOver(options.previous, { ...setting, start }, { runs, courses }),
    );
    for (const setting of left) {
      if (start > 0 && performance.now() - began > 60_000 * minutes) break;
      const { cost } = factorize(setting, start, { iterations });
      runs.push({ start, ...setting, objective: cost.at(-1)!, rises: countRises(cost, precision), iterations });
      if (hasCourse({ ...setting, start })) courses.push({ ...setting, ...thinned(cost) });
    }
    if (runs.length < (start + 1) * everySetting.length) break;
    onProgress?.(`start ${start + 1} of ${starts}, ${seconds()} s`);
  }
  const complete = runs.filter((run) => run.start < start);
  return { frames, bins, starts: start, runs, courses, outcomes: summarize(complete, times) };
}

function isOf(setting: Setting) {
  return ({ beta, templateFrames, update }: Setting) =>
    beta === setting.beta && templateFrames === setting.templateFrames && update === setting.update;
}

function hasCourse({ start, templateFrames }: Pick<Run, "start" | "templateFrames">): boolean {
  return start === 0 && templateFrames === templateLengths.at(-1);
}

/** Takes over a run that was made before, with its course where there is to be one. */
function takeOver(
  previous: ExperimentOptions["previous"],
  setting: Setting & Pick<Run, "start">,
  to: { runs: Run[]; courses: Course[] },
): boolean {
  const run = previous?.runs.filter(isOf(setting)).find(({ start }) => start === setting.start);
  const course = previous?.courses?.find(isOf(setting));
  if (!run || (hasCourse(setting) && !course)) return false;
  to.runs.push(run);
  if (hasCourse(setting)) to.courses.push(course!);
  return true;
}

/** The objective after iterations 1 to the last, all of the first ones and ever fewer of the others. */
function thinned(cost: readonly number[]): Pick<Course, "iterations" | "cost"> {
  const last = cost.length - 1;
  const iterations = [...new Set(Array.from({ length: 400 }, (_, i) => Math.round(last ** (i / 399))))];
  return { iterations, cost: iterations.map((iteration) => cost[iteration]!) };
}

/** Magnitudes and powers of the excerpt, each scaled to mean 1. */
function spectrograms(): { magnitude: Matrix<Float64Array>; power: Matrix<Float64Array> } {
  const { samples } = makeMusic("convolutive", settings.instruments, settings.seconds);
  const { windowSize, hopSize } = settings;
  const found = magnitude(stft(Float64Array.from(samples), { windowSize, hopSize, window: "sine" }));
  return {
    magnitude: withMeanOne(found),
    power: withMeanOne({ ...found, data: found.data.map((value) => value ** 2) }),
  };
}

function withMeanOne(matrix: Matrix<Float64Array>): Matrix<Float64Array> {
  const mean = spreadOf([...matrix.data]).mean;
  return { ...matrix, data: matrix.data.map((value) => value / mean) };
}

function summarize(runs: readonly Run[], times: readonly number[]): Outcome[] {
  return everySetting.map((setting, i) => {
    const own = runs.filter(isOf(setting));
    const objective = spreadOf(own.map((run) => run.objective / 1000));
    const rises = spreadOf(own.map((run) => (100 * run.rises) / run.iterations));
    return {
      ...setting,
      milliseconds: times[i]!,
      starts: own.length,
      objective: objective.mean,
      deviation: objective.deviation,
      rises: rises.mean,
      risesDeviation: rises.deviation,
    };
  });
}
