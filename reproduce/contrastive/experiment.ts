import type { InstrumentName } from "../../datasets/simulated/score.ts";
import { type Matrix, row, zeros } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { bssEvalReferences } from "../../src/metrics/bssEvalReferences.ts";
import type { Precision } from "../../src/numeric/kernels.ts";
import { pearson } from "../../src/numeric/statistics.ts";
import { componentMasks } from "../../src/separation/componentMasks.ts";
import { contrastiveNmf } from "../../src/separation/contrastiveNmf.ts";
import type { Accelerator } from "../../src/separation/createModel.ts";
import { applyMask } from "../../src/separation/masks.ts";
import { nmf } from "../../src/separation/nmf.ts";
import { istft, magnitude, type Stft, stft } from "../../src/signal/stft.ts";
import { makeMusic } from "../shared/music.ts";
import { countRises } from "../shared/rises.ts";
import { spreadOf } from "../shared/spread.ts";

/** The paper's rule and this project's update. */
export const updates = ["multiplicative", "sphere"] as const;
/** What steers: the attended source's activations, or these with noise. */
export const guides = ["true", "noisy"] as const;
/** Weights of the contrast, none first. */
export const weights: readonly Weight[] = [
  { delta: 0, deltaScale: "absolute" },
  ...[1e1, 1e2, 1e3, 1e4].map((delta): Weight => ({ delta, deltaScale: "absolute" })),
  ...[0.01, 0.05, 0.2, 1].map((delta): Weight => ({ delta, deltaScale: "relative" })),
];

/** A weight of the contrast. */
export interface Weight {
  readonly delta: number;
  readonly deltaScale: "absolute" | "relative";
}

/** Sizes: 513 bins and 751 frames. */
export const settings = {
  components: 16,
  attendedComponents: 8,
  windowSize: 1024,
  hopSize: 256,
  seconds: 12,
  /** Standard deviation of the noise on a guide's rows, themselves of standard deviation 1. */
  guideNoise: 3,
} as const;

const duets: readonly (readonly [InstrumentName, InstrumentName])[] = [
  ["guitar", "bass"],
  ["oboe", "drums"],
  ["guitar", "oboe"],
  ["bass", "drums"],
  ["oboe", "bass"],
  ["guitar", "drums"],
];

/** What can be chosen. */
export interface ExperimentOptions {
  /** How many of the six duets. */
  mixtures: number;
  /** Random starts. */
  starts: number;
  iterations: number;
  precision: Precision;
  accelerator: Accelerator;
  /** Called with a line on what is done. */
  onProgress?: (text: string) => void;
}

/** One factorization. */
export interface Run extends Weight {
  readonly mixture: string;
  readonly attended: string;
  readonly start: number;
  readonly guide: (typeof guides)[number];
  readonly update: (typeof updates)[number];
  /** The weight in the cost. */
  readonly absoluteDelta: number;
  /** The cost at the end over the sum of the spectrogram. */
  readonly cost: number;
  /** Iterations in which it rose, in per cent. */
  readonly rises: number;
  /** SDR of the attended source, in dB, and how much it is above that of the mixture. */
  readonly sdr: number;
  readonly gain: number;
}

/** What the experiment found. */
export interface Experiment {
  readonly frames: number;
  readonly bins: number;
  readonly mixtures: readonly string[];
  /** Mean correlation of the noisy guide's rows, rectified, with the true ones. */
  readonly noisyCorrelation: number;
  readonly runs: readonly Run[];
}

/** A mixture with one of its sources attended. */
interface Problem {
  readonly mixture: string;
  readonly attended: string;
  readonly transform: Stft;
  readonly spectrogram: Matrix<Float64Array>;
  readonly guides: Readonly<Record<(typeof guides)[number], Matrix>>;
  readonly noisyCorrelation: number;
  scoreSdr(estimate: Float64Array): number;
  readonly mixtureSdr: number;
}

/**
 * Runs both updates of contrastive NMF over the weights of the contrast, each pair from the same start.
 *
 * @param options see {@link ExperimentOptions}
 */
export function runExperiment(options: ExperimentOptions): Experiment {
  const began = performance.now();
  const problems = duets.slice(0, options.mixtures).flatMap(makeProblems);
  const runs = problems.flatMap((problem, i) => {
    const ofProblem = Array.from({ length: options.starts }, (_, start) =>
      guides.flatMap((guide) =>
        weights.flatMap((weight) =>
          updates.map((update) => runOne(problem, { ...weight, guide, update, start }, options)),
        ),
      ),
    ).flat();
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    options.onProgress?.(
      `${i + 1} of ${problems.length}: ${problem.mixture}, attended ${problem.attended}; ${seconds} s`,
    );
    return ofProblem;
  });
  const { rows: frames, columns: bins } = problems[0]!.spectrogram;
  const noisyCorrelation = spreadOf(problems.map((problem) => problem.noisyCorrelation)).mean;
  return { frames, bins, mixtures: [...new Set(problems.map(({ mixture }) => mixture))], noisyCorrelation, runs };
}

function makeProblems(duet: readonly [InstrumentName, InstrumentName]): Problem[] {
  const name = duet.join(" and ");
  const { stems, samples } = makeMusic(name, duet, settings.seconds);
  const sources = stems.map((stem) => Float64Array.from(stem.samples));
  const mixture = Float64Array.from(samples);
  const { windowSize, hopSize } = settings;
  const transform = stft(mixture, { windowSize, hopSize });
  const references = bssEvalReferences(sources);
  return sources.map((source, target) => {
    const known = nmf(magnitude(stft(source, { windowSize, hopSize })), {
      components: settings.attendedComponents,
      precision: "float64",
      seed: `guide ${name} ${target}`,
    }).activations;
    const noisy = withNoise(known, `noise ${name} ${target}`);
    const scoreSdr = (estimate: Float64Array) => references.score(estimate, target).sdr;
    return {
      mixture: name,
      attended: stems[target]!.source,
      transform,
      spectrogram: magnitude(transform),
      guides: { true: known, noisy },
      noisyCorrelation: meanCorrelation(known, noisy),
      scoreSdr,
      mixtureSdr: scoreSdr(mixture),
    };
  });
}

/** Rows brought to mean 0 and standard deviation 1, with white noise, as a decoder might return them. */
function withNoise(guide: Matrix, seed: string): Matrix<Float64Array> {
  const random = createRandom(seed);
  const out = zeros(guide.rows, guide.columns);
  for (let k = 0; k < guide.rows; k++) {
    const { mean, deviation } = spreadOf([...row(guide, k)]);
    row(guide, k).forEach((value, n) => {
      out.data[k * guide.columns + n] = (value - mean) / deviation + settings.guideNoise * random.normal();
    });
  }
  return out;
}

function meanCorrelation(known: Matrix, noisy: Matrix): number {
  const rows = Array.from({ length: known.rows }, (_, k) =>
    pearson(
      row(known, k),
      row(noisy, k).map((value) => Math.max(0, value)),
    ),
  );
  return spreadOf(rows).mean;
}

function runOne(
  problem: Problem,
  setting: Weight & Pick<Run, "guide" | "update" | "start">,
  { iterations, precision, accelerator }: ExperimentOptions,
): Run {
  const { guide, update, start, delta, deltaScale } = setting;
  const { spectrogram, transform, mixture, attended } = problem;
  const found = contrastiveNmf(spectrogram, problem.guides[guide], {
    components: settings.components,
    attendedComponents: settings.attendedComponents,
    update,
    delta,
    deltaScale,
    iterations,
    precision,
    accelerator,
    tolerance: 0,
    seed: `start ${start}`,
  });
  const [mask] = componentMasks(found, [found.groups.attended, found.groups.unattended]);
  const sdr = problem.scoreSdr(istft(applyMask(transform, mask!)));
  const total = spectrogram.data.reduce((sum, value) => sum + value, 0);
  const size = found.cost.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return {
    mixture,
    attended,
    start,
    guide,
    update,
    delta,
    deltaScale,
    absoluteDelta: found.delta,
    cost: found.cost.at(-1)! / total,
    rises: (100 * countRises(found.cost, precision, size)) / found.iterations,
    sdr,
    gain: sdr - problem.mixtureSdr,
  };
}
