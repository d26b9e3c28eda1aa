import { lastValueFrom } from "rxjs";
import { ToolkitError } from "../../core/error.ts";
import { toJson } from "../../core/json.ts";
import { type Matrix, row, zeros } from "../../core/matrix.ts";
import { type Signal, sampleCount, toMono } from "../../core/signal.ts";
import { encodeWav } from "../../formats/encodeWav.ts";
import { openFile, writeBytes, writeFolder } from "../../formats/file.ts";
import { readNpy } from "../../formats/npy.ts";
import { componentMasks } from "../../separation/componentMasks.ts";
import { contrastiveNmf } from "../../separation/contrastiveNmf.ts";
import { applyMask } from "../../separation/masks.ts";
import { nmf } from "../../separation/nmf.ts";
import { resampleByTime } from "../../signal/interpolate.ts";
import { istft, magnitude, type Stft, stft } from "../../signal/stft.ts";
import { signalBlocks } from "../../streams/blocks.ts";
import { join } from "../../streams/join.ts";
import { audioSource } from "../../streams/sources.ts";
import { studyDefaults } from "../../study/studyOptions.ts";
import { version } from "../../study/version.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";

/** Options of `neurosteer separate`. */
export interface SeparateOptions {
  out: string;
  guide?: string;
  guideRate?: number;
  sources: number;
  components: number;
  iterations: number;
  delta: number;
  seed: number;
  json?: boolean;
}

interface Estimate {
  readonly file: string;
  readonly mask: Matrix;
}

interface Factorization {
  readonly method: string;
  readonly cost: readonly number[];
  readonly estimates: readonly Estimate[];
}

/**
 * `neurosteer separate MIXTURE.wav`: with a guide the attended source and the rest by contrastive NMF, without one the
 * components of blind NMF. The estimates add up to the mixture; each channel is filtered with the same mask.
 */
export async function separate(path: string, options: SeparateOptions, io: CommandIo): Promise<number> {
  const signal = await lastValueFrom(signalBlocks(() => audioSource(path)).pipe(join()));
  const { windowSeconds, hopSeconds } = studyDefaults.spectrogram;
  const sizes = {
    windowSize: Math.round(windowSeconds * signal.rateHz),
    hopSize: Math.round(hopSeconds * signal.rateHz),
  };
  const spectrogram = magnitude(stft(toMono(signal), sizes));
  const result = options.guide
    ? guided(spectrogram, await readGuide(options, spectrogram.rows, sizes.hopSize / signal.rateHz), options)
    : blind(spectrogram, options);
  const transforms = signal.channels.map((channel) => stft(channel, sizes));
  const facts = {
    mixture: path,
    rateHz: signal.rateHz,
    samples: sampleCount(signal),
    method: result.method,
    iterations: result.cost.length - 1,
    cost: [result.cost[0], result.cost.at(-1)],
    files: result.estimates.map(({ file }) => file),
  };
  await writeFolder(options.out, async (folder) => {
    for (const { file, mask } of result.estimates) {
      await writeBytes(`${folder}/${file}`, encodeWav(masked(transforms, mask, signal), { sampleFormat: "float32" }));
    }
    await writeBytes(`${folder}/separation.json`, `${toJson({ version, options, ...facts, cost: result.cost })}\n`);
  });
  if (options.json) outJson(io, { out: options.out, ...facts });
  else for (const file of facts.files) outLine(io, `${options.out}/${file}`);
  return exitCodes.done;
}

function guided(spectrogram: Matrix, guide: Matrix, options: SeparateOptions): Factorization {
  const { components, sources, iterations, delta, seed } = options;
  const result = contrastiveNmf(spectrogram, guide, {
    components: components * sources,
    attendedComponents: components,
    iterations,
    delta,
    seed,
  });
  const all = Array.from({ length: components * sources }, (_, k) => k);
  const [attended, rest] = componentMasks(result, [all.slice(0, components), all.slice(components)]);
  return {
    method: "contrastive NMF, sphere update",
    cost: result.cost,
    estimates: [
      { file: "attended.wav", mask: attended! },
      { file: "rest.wav", mask: rest! },
    ],
  };
}

function blind(spectrogram: Matrix, { components, sources, iterations, seed }: SeparateOptions): Factorization {
  const count = components * sources;
  const result = nmf(spectrogram, { components: count, iterations, seed });
  const masks = componentMasks(
    result,
    Array.from({ length: count }, (_, k) => [k]),
  );
  const digits = String(count).length;
  return {
    method: "NMF",
    cost: result.cost,
    estimates: masks.map((mask, k) => ({ file: `component-${String(k + 1).padStart(digits, "0")}.wav`, mask })),
  };
}

function masked(transforms: readonly Stft[], mask: Matrix, { rateHz }: Signal): Signal {
  return { rateHz, channels: transforms.map((transform) => istft(applyMask(transform, mask))) };
}

/** A guide at the spectrogram's frames: as it is where the file has that many columns, else by time from its own rate. */
async function readGuide({ guide, guideRate }: SeparateOptions, frames: number, hopSeconds: number): Promise<Matrix> {
  const path = guide!;
  const source = await openFile(path);
  const { shape, data } = await source
    .read(0, source.byteLength)
    .then((bytes) => readNpy(bytes, path))
    .finally(() => source.close());
  if (shape.length !== 2) {
    throw new ToolkitError("bad-shape", `${path}: has shape (${shape.join(", ")}); a guide is components x frames`);
  }
  const [rows, columns] = shape as [number, number];
  const given = { rows, columns, data: Float64Array.from(data) };
  if (guideRate === undefined) {
    if (columns === frames) return given;
    throw new ToolkitError(
      "bad-shape",
      `${path}: has ${columns} frames, the spectrogram ${frames}; give the guide's frames per second with --guide-rate`,
    );
  }
  const times = Float64Array.from({ length: frames }, (_, n) => n * hopSeconds);
  const out = zeros(rows, frames);
  for (let k = 0; k < rows; k++) {
    row(out, k).set(resampleByTime(row(given, k), { rateHz: guideRate, startSeconds: 0 }, times));
  }
  return out;
}
