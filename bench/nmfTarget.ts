import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeMixture } from "../datasets/simulated/mixtures.ts";
import { type Matrix, transpose } from "../src/core/matrix.ts";
import { createRandom } from "../src/core/random.ts";
import { writeBytes } from "../src/formats/file.ts";
import { encodeNpy } from "../src/formats/npy.ts";
import { type NmfOptions, nmf } from "../src/separation/nmf.ts";
import { randomFactor, sum } from "../src/separation/scaling.ts";
import { magnitude, stft } from "../src/signal/stft.ts";
import { type Variant, variants } from "./accelerators.ts";
import type { BenchCase, Contender } from "./measure.ts";

const rateHz = 16_000;
/** Iterations of the peer, whose divergence is to be reached. */
const iterations = 200;
/** Random starts, each with a divergence of its own to be reached; times are of all of them. */
const starts = 3;
/** Another way may end in another minimum, from which there is no way down to the peer's. */
const mostIterations = 2 * iterations;

const sizes = [
  { bins: 512, frames: 3000, components: 8, iterations, starts },
  { bins: 1025, frames: 1300, components: 16, iterations, starts },
];

/** Ways to go: as the peer does, with longer steps, and with both factors updated from one V. */
const ways: readonly (readonly [string, Partial<NmfOptions>])[] = [
  ["plain", { costEvery: 5 }],
  ["over-relaxed", { overRelaxation: 1.7, costEvery: 5 }],
  ["joint", { updateOrder: "joint", costEvery: 5 }],
];

/** Factors to start from. */
type Start = Required<NonNullable<NmfOptions["start"]>>;

/**
 * Time from a spectrogram and a start to the divergence that scikit-learn reaches in single precision after 200 iterations from
 * the same start, on synthetic music. Without peers it is that of this project's plain iterations, which are the same.
 */
export const nmfTargetCases: BenchCase[] = sizes.map((size) => {
  const folder = join(tmpdir(), `neurosteer-bench-${randomUUID()}`);
  return {
    work: "kl-nmf to a divergence",
    sizes: size,
    peers: true,
    file: folder,
    setup: async (askPeers) => {
      const x = music(size);
      const given = Array.from({ length: starts }, (_, i) => randomStart(x, size.components, i));
      await mkdir(folder);
      await writeMatrix(join(folder, "x.npy"), x);
      for (const [i, { dictionary, activations }] of given.entries()) {
        await writeMatrix(join(folder, `w${i}.npy`), dictionary);
        await writeMatrix(join(folder, `h${i}.npy`), transpose(activations));
      }
      const targets =
        (await askPeers?.())?.find(({ divergences }) => divergences !== undefined)?.divergences ??
        given.map((start) => plainDivergence(x, start));
      return ways.flatMap(([way, options]) =>
        variants("float32").map((variant) =>
          contender(`${variant.name}, ${way}`, { x, given, targets }, { ...options, ...variant }),
        ),
      );
    },
    finish: () => rm(folder, { recursive: true, force: true }),
  };
});

function contender(
  name: string,
  { x, given, targets }: { x: Matrix; given: readonly Start[]; targets: readonly number[] },
  { accelerator, precision, ...options }: Partial<NmfOptions> & Pick<Variant, "accelerator" | "precision">,
): Contender {
  const done = given.map(() => 0);
  return {
    name,
    run: () => {
      for (const [i, start] of given.entries()) {
        const reached = new AbortController();
        done[i] = nmf(x, {
          ...options,
          accelerator,
          precision,
          components: start.dictionary.rows,
          start,
          tolerance: 0,
          iterations: mostIterations,
          signal: reached.signal,
          onIteration: (_, cost) => {
            if (cost <= targets[i]!) reached.abort();
          },
        }).iterations;
      }
    },
    remark: () => `${done.join(" + ")} iterations`,
    failure: () => {
      const missed = done.filter((count) => count === mostIterations).length;
      return missed > 0
        ? `not reached within ${mostIterations} iterations from ${missed} of ${starts} starts`
        : undefined;
    },
  };
}

function plainDivergence(x: Matrix, start: Start): number {
  return nmf(x, { components: start.dictionary.rows, start, iterations, tolerance: 0 }).cost.at(-1)!;
}

function randomStart(x: Matrix, components: number, index: number): Start {
  const spread = Math.sqrt(sum(x.data) / x.data.length / components);
  const factor = (name: string, columns: number) =>
    inSingle(randomFactor(createRandom(`${name} ${index}`), components, columns, spread));
  return { dictionary: factor("w", x.columns), activations: factor("h", x.rows) };
}

function writeMatrix(path: string, { rows, columns, data }: Matrix): Promise<void> {
  return writeBytes(path, encodeNpy(Float32Array.from(data), [rows, columns]));
}

/** Magnitudes of four synthetic instruments. */
function music({ bins, frames }: (typeof sizes)[number]): Matrix<Float32Array> {
  const windowSize = 2 * (bins - 1);
  const hopSize = Math.floor(windowSize / 4);
  const { samples } = makeMixture("bench", ["guitar", "oboe", "bass", "drums"], {
    durationSeconds: ((frames - 1) * hopSize) / rateHz,
    rateHz,
    random: createRandom("bench"),
  });
  return inSingle(magnitude(stft(Float64Array.from(samples), { windowSize, hopSize })));
}

/** As the peers see it. */
function inSingle({ rows, columns, data }: Matrix): Matrix<Float32Array> {
  return { rows, columns, data: Float32Array.from(data) };
}
