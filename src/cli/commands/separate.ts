import { lastValueFrom } from "rxjs";
import { ToolkitError } from "../../core/error.ts";
import { toJson } from "../../core/json.ts";
import { type Matrix, row, zeros } from "../../core/matrix.ts";
import { type Signal, toMono } from "../../core/signal.ts";
import { encodeWav } from "../../formats/encodeWav.ts";
import { openFile, pathKind, writeBytes, writeFolder } from "../../formats/file.ts";
import { readNpy } from "../../formats/npy.ts";
import { applyMask } from "../../separation/masks.ts";
import { resampleByTime } from "../../signal/interpolate.ts";
import { frameCount, istft, magnitude, resolveStftOptions, type StftOptions, stft } from "../../signal/stft.ts";
import { signalBlocks } from "../../streams/blocks.ts";
import { join } from "../../streams/join.ts";
import { audioSource } from "../../streams/sources.ts";
import { studyDefaults } from "../../study/studyOptions.ts";
import { version } from "../../study/version.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";
import { createProgress } from "../progress.ts";
import { checkNotAborted } from "../untilAborted.ts";
import { runInSlices } from "./factorizeSlices.ts";
import {
  type FactorizedSeparation,
  factorizedSeparation,
  type SeparateArguments,
  separateMethod,
} from "./separateArguments.ts";
import { separateDuet } from "./separateDuet.ts";
import { estimateFiles, factorizeMixture, numberedFiles, sourceGains } from "./separateGains.ts";
import { separateLong } from "./separateLong.ts";

/** What a separation leaves beside its WAV files; `files` and `cost` go into the record, `more` too. */
interface Outcome {
  readonly method: string;
  readonly files: readonly string[];
  /** Short, for standard output. */
  readonly facts: object;
  /** The whole, for separation.json. */
  readonly record: object;
}

/** A mixture's length and rate, and how it is transformed. */
interface Mixture {
  readonly path: string;
  readonly rateHz: number;
  readonly samples: number;
  readonly transform: StftOptions;
}

/**
 * `neurosteer separate MIXTURE.wav`: with a guide the attended source and the rest by contrastive NMF, without one the
 * components of blind NMF; their estimates by masks add up to the mixture, each channel filtered with the same mask. Stereo
 * mixtures also by DUET, into mono sources.
 */
export async function separate(path: string, given: SeparateArguments, io: CommandIo): Promise<number> {
  const method = separateMethod(given);
  if (await pathKind(given.out)) {
    throw new ToolkitError("exists", `${given.out}: is there already; name a new folder or remove it first`);
  }
  const mixture = await measure(path);
  const { rateHz, samples } = mixture;
  const outcome = await writeFolder(given.out, async (folder) => {
    const done = await separateInto(folder, mixture, { given, method, io });
    checkNotAborted(io.signal);
    const { json: _, ...asked } = given;
    const facts = { mixture: path, rateHz, samples, method: done.method, files: done.files };
    await writeBytes(
      `${folder}/separation.json`,
      `${toJson({ version, options: asked, ...facts, ...done.facts, ...done.record })}\n`,
    );
    return { ...facts, ...done.facts };
  });
  if (given.json) outJson(io, { out: given.out, ...outcome });
  else for (const file of outcome.files) outLine(io, `${given.out}/${file}`);
  return exitCodes.done;
}

async function measure(path: string): Promise<Mixture> {
  const source = await audioSource(path);
  await source.close?.();
  const { rateHz, samples } = source;
  const { windowSeconds, hopSeconds } = studyDefaults.spectrogram;
  const transform = { windowSize: Math.round(windowSeconds * rateHz), hopSize: Math.round(hopSeconds * rateHz) };
  return { path, rateHz, samples, transform };
}

async function separateInto(
  folder: string,
  mixture: Mixture,
  { given, method, io }: { given: SeparateArguments; method: ReturnType<typeof separateMethod>; io: CommandIo },
): Promise<Outcome> {
  if (method === "duet") return byDuet(folder, mixture, given.sources);
  const options = factorizedSeparation(given, method);
  const { rateHz, samples, transform } = mixture;
  const frames = frameCount(samples, resolveStftOptions("separate", transform));
  const guide =
    options.guide === undefined
      ? undefined
      : await readGuide(options.guide, { frames, rateHz: options.guideRate, hopSeconds: transform.hopSize! / rateHz });
  return options.blockSeconds === undefined
    ? whole(folder, mixture, { options, guide, io })
    : inBlocks(folder, mixture, { options, guide, io });
}

const names = { nmf: "NMF", "contrastive-nmf": "contrastive NMF" } as const;

function nameOf({ method, update }: FactorizedSeparation): string {
  return method === "nmf" ? names.nmf : `${names[method]}, ${update} update`;
}

interface Factorized {
  readonly options: FactorizedSeparation;
  readonly guide: Matrix | undefined;
  readonly io: CommandIo;
}

async function whole(
  folder: string,
  { path, transform }: Mixture,
  { options, guide, io }: Factorized,
): Promise<Outcome> {
  const signal = await readAll(path);
  const transforms = signal.channels.map((channel) => stft(channel, transform));
  const spectrogram = magnitude(stft(toMono(signal), transform));
  const { iterations } = options;
  const factors = await runInSlices((slice) => factorizeMixture(spectrogram, guide, options, { slice }), {
    ...{ iterations, maxSeconds: Number.POSITIVE_INFINITY, signal: io.signal },
  });
  const { cost, accelerator } = factors;
  const files = estimateFiles(options);
  for (const [s, gains] of sourceGains(factors, transforms, options).entries()) {
    checkNotAborted(io.signal);
    const channels = transforms.map((channel) => istft(applyMask(channel, gains)));
    await writeWav(`${folder}/${files[s]}`, { rateHz: signal.rateHz, channels });
  }
  return {
    method: nameOf(options),
    files,
    facts: { accelerator, iterations: factors.iterations, cost: [cost[0], cost.at(-1)] },
    record: { options, cost },
  };
}

async function inBlocks(
  folder: string,
  { path, samples, transform }: Mixture,
  { options, guide, io }: Factorized,
): Promise<Outcome> {
  const progress = createProgress(io, "separate");
  const { costs, accelerator, iterations } = await separateLong(folder, options, {
    ...{ open: () => audioSource(path), samples, guide, transform, signal: io.signal },
    onProgress: (done) => {
      if (done < samples) progress.update(done, samples, path);
    },
  }).finally(() => progress.stop());
  return {
    method: nameOf(options),
    files: estimateFiles(options),
    facts: { accelerator, iterations, blocks: costs.length },
    record: { options, costs },
  };
}

async function byDuet(folder: string, { path, transform }: Mixture, sources: number): Promise<Outcome> {
  const found = separateDuet(path, await readAll(path), { sources, transform });
  const files = numberedFiles("source", sources);
  for (const [s, source] of found.sources.entries()) await writeWav(`${folder}/${files[s]}`, source);
  await writeBytes(`${folder}/histogram.json`, `${toJson(found.histogram, 0)}\n`);
  return { method: "DUET", files: [...files, "histogram.json"], facts: { peaks: found.peaks }, record: {} };
}

function readAll(path: string): Promise<Signal> {
  return lastValueFrom(signalBlocks(() => audioSource(path)).pipe(join()));
}

function writeWav(path: string, signal: Signal): Promise<void> {
  return writeBytes(path, encodeWav(signal, { sampleFormat: "float32" }));
}

/** A guide at the spectrogram's frames: as it is where the file has that many columns, else by time from its own rate. */
async function readGuide(
  path: string,
  { frames, rateHz, hopSeconds }: { frames: number; rateHz: number | undefined; hopSeconds: number },
): Promise<Matrix> {
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
  if (rateHz === undefined) {
    if (columns === frames) return given;
    throw new ToolkitError(
      "bad-shape",
      `${path}: has ${columns} frames, the spectrogram ${frames}; give the guide's frames per second with --guide-rate`,
    );
  }
  const times = Float64Array.from({ length: frames }, (_, n) => n * hopSeconds);
  const out = zeros(rows, frames);
  for (let k = 0; k < rows; k++) row(out, k).set(resampleByTime(row(given, k), { rateHz, startSeconds: 0 }, times));
  return out;
}
