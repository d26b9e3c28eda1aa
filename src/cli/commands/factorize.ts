import { createHash } from "node:crypto";
import { join } from "node:path";
import { ToolkitError } from "../../core/error.ts";
import { toJson } from "../../core/json.ts";
import { openFile, pathKind, removeFile, writeBytes, writeFolder } from "../../formats/file.ts";
import { kernelBuild } from "../../numeric/kernels.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../separation/checkpointFile.ts";
import type { Checkpoint } from "../../separation/descent.ts";
import { nmfDefaults } from "../../separation/nmf.ts";
import { version } from "../../study/version.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";
import { createProgress } from "../progress.ts";
import type { FactorizeArguments } from "./factorizeArguments.ts";
import { encodeDictionary, encodeRows, readDictionary, readRows, readSpectrogram } from "./factorizeArrays.ts";
import { checkBelonging } from "./factorizeBelonging.ts";
import { type Factorization, type FactorizeInputs, factorizeBy, libraryOptions } from "./factorizeMethods.ts";
import type { SliceOptions } from "./factorizeSlices.ts";

/** The file by which a folder is known as a factorization's. */
const factsFileName = "factorization.json";

/**
 * `neurosteer factorize SPECTROGRAM.npy --components K --out DIR`: plain, convolutive or contrastive NMF of an array, shapes as
 * in scikit-learn: X bins x frames, W bins x K (template frames x bins x K), H K x frames.
 */
export async function factorize(path: string, given: FactorizeArguments, io: CommandIo): Promise<number> {
  checkBelonging(given);
  await checkFree(given);
  const inputs = await readInputs(path, given);
  const kept = given.checkpoint === undefined ? undefined : await openCheckpoint(given.checkpoint, given, inputs);
  const progress = createProgress(io, "factorize");
  const iterations = given.iterations ?? nmfDefaults.iterations;
  const startedAt = performance.now();
  const result = await factorizeBy(given, inputs, {
    signal: io.signal,
    ...kept,
    onSlice: (done, cost) => {
      if (done < iterations) progress.update(done, iterations, `cost ${cost.toPrecision(6)}`);
    },
  }).finally(() => progress.stop());
  const seconds = (performance.now() - startedAt) / 1000;

  const { rows: frames, columns: bins } = inputs.spectrogram;
  const { cost, stop, accelerator, warnings } = result;
  const facts = {
    ...{ spectrogram: path, bins, frames, method: given.method },
    ...(given.compat && { compat: given.compat }),
    ...{ stop, iterations: result.iterations, cost: [cost[0], cost.at(-1)], accelerator, warnings },
    files: ["W.npy", "H.npy", "cost.json", factsFileName],
  };
  await writeResult(given, result, facts);
  if (given.checkpoint !== undefined) await removeFile(given.checkpoint);
  for (const warning of warnings) io.error(`neurosteer: warning: ${warning}\n`);
  if (given.json) outJson(io, { out: given.out, ...facts, seconds });
  else {
    outLine(io, `${given.out}: ${facts.files.join(", ")}`);
    outLine(io, `${result.iterations} iterations (${stop}), cost ${cost[0]} to ${cost.at(-1)}, ${accelerator}`);
  }
  return exitCodes.done;
}

function writeResult(given: FactorizeArguments, result: Factorization, facts: object): Promise<void> {
  const { dictionary, activations, cost, diagnostics } = result;
  const { initW, initH, guide } = given;
  const shape = { components: given.components, bins: dictionary.columns, templateFrames: stackedFrames(given) };
  const { loggedCost, ...more } = result.more as { loggedCost?: readonly number[] };
  const files = { ...(initW && { initW }), ...(initH && { initH }), ...(guide && { guide }) };
  const options = { ...result.options, ...files };
  const json = (value: object) => `${toJson(value)}\n`;
  return writeFolder(
    given.out,
    async (folder) => {
      await writeBytes(join(folder, "W.npy"), encodeDictionary(dictionary, shape));
      await writeBytes(join(folder, "H.npy"), encodeRows(activations));
      await writeBytes(join(folder, "cost.json"), json({ cost, ...(loggedCost && { loggedCost }) }));
      const record = { version, kernels: kernelBuild(), ...facts, options, ...more, diagnostics };
      await writeBytes(join(folder, factsFileName), json(record));
    },
    given.overwrite ? { replaceMarkedBy: factsFileName } : {},
  );
}

/** Refuses an output that is there before the work, not after it. */
async function checkFree({ out, overwrite }: FactorizeArguments): Promise<void> {
  if (!(await pathKind(out))) return;
  if (!overwrite) {
    throw new ToolkitError("exists", `${out}: is there already; name another folder, or replace it with --overwrite`);
  }
  if (await pathKind(join(out, factsFileName))) return;
  throw new ToolkitError("exists", `${out}: is there already and holds no ${factsFileName}; name another folder`);
}

/** T where W has an axis for it. */
function stackedFrames({ method, templateFrames = 1 }: FactorizeArguments): number | undefined {
  return method === "convolutive-nmf" || templateFrames > 1 ? templateFrames : undefined;
}

async function readInputs(path: string, given: FactorizeArguments): Promise<FactorizeInputs> {
  const { initW, initH, guide, components, compat } = given;
  const spectrogram = await readSpectrogram(path);
  const { rows: frames, columns: bins } = spectrogram;
  const shape = { components, bins, templateFrames: stackedFrames(given) };
  return {
    spectrogram,
    start: {
      ...(initW !== undefined && { dictionary: await readDictionary(initW, shape) }),
      ...(initH !== undefined && { activations: await readRows(initH, { what: "H", rows: components, frames }) }),
    },
    ...(guide !== undefined && {
      guide: await readRows(guide, { what: "a guide", frames, signed: compat === undefined }),
    }),
  };
}

/**
 * The state an interrupted run left in a file, if there is one, and how to write it.
 *
 * @throws ToolkitError `bad-option` if another run left it; as `decodeCheckpoint`
 */
async function openCheckpoint(
  path: string,
  given: FactorizeArguments,
  inputs: FactorizeInputs,
): Promise<Pick<SliceOptions, "checkpoint" | "resume">> {
  const note = digestOf(given, inputs);
  const every = given.checkpointEvery ?? nmfDefaults.checkpointEvery;
  const write = (state: Checkpoint) => writeBytes(path, encodeCheckpoint({ ...state, note }));
  const checkpoint = { path, every, write };
  if (!(await pathKind(path))) return { checkpoint };
  const source = await openFile(path);
  const bytes = await source.read(0, source.byteLength).finally(() => source.close());
  const resume = decodeCheckpoint(bytes, path);
  if (resume.note === note) return { checkpoint, resume };
  throw new ToolkitError(
    "bad-option",
    `${path}: is the checkpoint of another run, with other data or options; repeat that command, name another file or remove it`,
  );
}

/** Tells runs apart by everything that decides their path, but not by how far they go and what computes them. */
function digestOf(given: FactorizeArguments, { spectrogram, start, guide }: FactorizeInputs): string {
  const {
    iterations: _,
    tolerance: __,
    maxSeconds: ___,
    checkpointEvery: ____,
    ...options
  } = {
    ...(libraryOptions(given) as Record<string, unknown>),
  };
  const hash = createHash("sha256").update(JSON.stringify([given.method, options]));
  for (const matrix of [spectrogram, start.dictionary, start.activations, guide]) {
    hash.update(JSON.stringify(matrix ? [matrix.rows, matrix.columns] : null));
    if (matrix) hash.update(new Uint8Array(matrix.data.buffer, matrix.data.byteOffset, matrix.data.byteLength));
  }
  return hash.digest("hex");
}
