import { setImmediate } from "node:timers/promises";
import { ToolkitError } from "../../core/error.ts";
import type { Matrix } from "../../core/matrix.ts";
import { type Cantisani2021Options, cantisani2021Steps } from "../../separation/cantisani2021.ts";
import { type ContrastiveNmfOptions, contrastiveNmf } from "../../separation/contrastiveNmf.ts";
import { type ConvolutiveNmfOptions, convolutiveNmf } from "../../separation/convolutiveNmf.ts";
import type { DescentResult } from "../../separation/descent.ts";
import { diagnoseFactors, type FactorDiagnostics } from "../../separation/diagnostics.ts";
import type { FactorizationOptions, FactorStart } from "../../separation/factorizationOptions.ts";
import { type NmfOptions, nmf, nmfDefaults } from "../../separation/nmf.ts";
import { bestOfStarts } from "../../separation/restarts.ts";
import type { FactorizeArguments } from "./factorizeArguments.ts";
import { runInSlices, type Slice, type SliceOptions } from "./factorizeSlices.ts";

/** What a factorization starts from, read from its files. */
export interface FactorizeInputs {
  /** [frames, bins] */
  readonly spectrogram: Matrix;
  readonly start: FactorStart;
  /** [rows, frames] */
  readonly guide?: Matrix;
}

/** What a factorization found, alike for all methods. */
export interface Factorization {
  readonly dictionary: Matrix;
  readonly activations: Matrix;
  /** The start first. */
  readonly cost: readonly number[];
  readonly stop: string;
  readonly iterations: number;
  readonly accelerator: string;
  readonly warnings: readonly string[];
  readonly diagnostics: FactorDiagnostics;
  /** Resolved. */
  readonly options: object;
  /** What only this method has. */
  readonly more: object;
}

/** How a run is cut into slices, but for what its own options say. */
export type FactorizeSlicing = Omit<SliceOptions, "iterations" | "maxSeconds">;

/** The options of the library's function for a method, those that are given. */
export function libraryOptions(given: FactorizeArguments): object {
  const { method, components, fixW, fixH, templateFrames, update, delta, relativeDelta, sources } = given;
  const { sparsityH: sparsityActivations, sparsityW: sparsityDictionary, iterations, seed } = given;
  const sparsity = { sparsityActivations, sparsityDictionary };
  if (given.compat) return defined({ components, sources, delta, ...sparsity, iterations, seed });
  const { beta, tolerance, maxSeconds, costEvery, precision, accelerator, floor, checkpointEvery } = given;
  const ofEvery = defined({
    ...{ components, beta, iterations, tolerance, maxSeconds, costEvery, precision, accelerator, seed, floor },
    checkpointEvery,
  });
  if (method === "convolutive-nmf") return { ...ofEvery, ...defined({ templateFrames, update, fixDictionary: fixW }) };
  if (method === "contrastive-nmf") {
    const { attendedComponents, backgroundComponents, rectification } = given;
    const contrast = { delta: delta ?? relativeDelta, deltaScale: delta === undefined ? undefined : "absolute" };
    const sizes = { attendedComponents, backgroundComponents, templateFrames };
    return { ...ofEvery, ...defined({ ...contrast, ...sizes, update, rectification, ...sparsity }) };
  }
  const { sparsityScale, initialization, starts, overRelaxation, updateOrder } = given;
  const fixed = { fixDictionary: fixW, fixActivations: fixH };
  return {
    ...ofEvery,
    ...defined({ ...sparsity, sparsityScale, ...fixed, initialization, starts, overRelaxation, updateOrder }),
  };
}

/**
 * Runs a method of `neurosteer factorize`.
 *
 * @param given the command line
 * @param inputs what it reads
 * @param slicing see `runInSlices`
 * @throws ToolkitError as the library's functions and `runInSlices`
 */
export function factorizeBy(
  given: FactorizeArguments,
  inputs: FactorizeInputs,
  slicing: FactorizeSlicing,
): Promise<Factorization> {
  const options = libraryOptions(given) as FactorizationOptions;
  if (given.compat) return asPublished(options as unknown as Cantisani2021Options, inputs, slicing);
  if (given.method === "convolutive-nmf") return convolutive(options as ConvolutiveNmfOptions, inputs, slicing);
  if (given.method === "contrastive-nmf") return contrastive(options, inputs, slicing);
  return plain(options, inputs, slicing);
}

async function plain(
  options: NmfOptions,
  { spectrogram, start }: FactorizeInputs,
  slicing: FactorizeSlicing,
): Promise<Factorization> {
  const { starts = nmfDefaults.starts, seed = nmfDefaults.seed } = options;
  const run = (ownSeed: number | string) =>
    sliced(options, slicing, (slice) =>
      nmf(spectrogram, {
        ...options,
        ...slice,
        start,
        starts: 1,
        seed: ownSeed,
        // where a slice goes on no start is needed, and a singular value decomposition is dear
        ...(slice.resume && { initialization: "random" as const }),
      }),
    );
  const seeds = seedsOf(starts, seed);
  let best = await run(seeds[0]!);
  const startCosts = [best.cost.at(-1)!];
  for (const ownSeed of seeds.slice(1)) {
    const result = await run(ownSeed);
    startCosts.push(result.cost.at(-1)!);
    if (result.cost.at(-1)! < best.cost.at(-1)!) best = result;
  }
  const resolved = { ...nmfDefaults, ...options };
  return { ...best, options: resolved, more: starts > 1 ? { startCosts } : {} };
}

/** The seeds that `bestOfStarts` hands out. */
function seedsOf(starts: number, seed: number | string): (number | string)[] {
  const seeds: (number | string)[] = [];
  bestOfStarts(starts, seed, (own) => {
    seeds.push(own);
    return { cost: [0] };
  });
  return seeds;
}

async function convolutive(
  options: ConvolutiveNmfOptions,
  { spectrogram, start }: FactorizeInputs,
  slicing: FactorizeSlicing,
): Promise<Factorization> {
  const result = await sliced(options, slicing, (slice) =>
    convolutiveNmf(spectrogram, { ...options, ...slice, start }),
  );
  return { ...result, diagnostics: diagnoseFactors(result), options: unsliced(result.options, options), more: {} };
}

async function contrastive(
  options: ContrastiveNmfOptions,
  { spectrogram, start, guide }: FactorizeInputs,
  slicing: FactorizeSlicing,
): Promise<Factorization> {
  const result = await sliced(options, slicing, (slice) =>
    contrastiveNmf(spectrogram, guide!, { ...options, ...slice, start }),
  );
  const { delta, groups } = result;
  return { ...result, options: unsliced(result.options, options), more: { delta, groups } };
}

/** Iterations between two looks at the interrupt take no longer than this, in milliseconds. */
const patienceMs = 200;

async function asPublished(
  options: Cantisani2021Options,
  { spectrogram, start, guide }: FactorizeInputs,
  { signal }: FactorizeSlicing,
): Promise<Factorization> {
  const steps = cantisani2021Steps(spectrogram, guide!, { ...options, start });
  let lookedAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    if (performance.now() - lookedAt > patienceMs) {
      await setImmediate();
      if (signal.aborted) throw new ToolkitError("aborted", "interrupted; nothing was left behind");
      lookedAt = performance.now();
    }
    const step = steps.next();
    if (!step.done) continue;
    const { dictionary, activations, startCost, loggedCost, attendedComponents, stop } = step.value;
    const { rows: frames, columns: bins } = spectrogram;
    const most = Math.min(frames, bins);
    return {
      dictionary,
      activations,
      cost: [startCost, ...loggedCost],
      stop,
      iterations: loggedCost.length,
      accelerator: "plain loops",
      warnings:
        options.components > most
          ? [
              `cantisani2021: components is ${options.components} for a spectrogram of ${frames} frames and ${bins} bins; at most ${most} can be told apart`,
            ]
          : [],
      diagnostics: diagnoseFactors({ dictionary, activations }),
      options: withoutData(step.value.options),
      more: { loggedCost, attendedComponents },
    };
  }
}

function sliced<T extends DescentResult>(
  options: FactorizationOptions,
  slicing: FactorizeSlicing,
  run: (slice: Slice) => T,
): Promise<T> {
  const { iterations, maxSeconds } = { ...nmfDefaults, ...options };
  return runInSlices(run, { ...slicing, iterations, maxSeconds });
}

/** Resolved options of the whole, not of the last slice. */
function unsliced(resolved: FactorizationOptions, options: FactorizationOptions): object {
  const { iterations, maxSeconds } = { ...nmfDefaults, ...options };
  return withoutData({ ...resolved, iterations, maxSeconds });
}

function withoutData<T extends object>(options: T): object {
  const { start: _, resume: __, ...plainOptions } = options as T & { start?: unknown; resume?: unknown };
  return plainOptions;
}

/** The entries that are given. */
function defined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
