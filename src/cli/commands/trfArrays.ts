import { ToolkitError } from "../../core/error.ts";
import type { TrfTrial } from "../../eeg/decoding/trfCovariance.ts";
import type { TrfModel } from "../../eeg/decoding/trfPath.ts";
import { openFile } from "../../formats/file.ts";
import { encodeNpy, readNpy } from "../../formats/npy.ts";
import { checkNotAborted } from "../untilAborted.ts";

/** What an array is, for messages. */
export type TrfArrayKind = "stimulus" | "response";

/** Files with the series they hold. */
export interface TrfArray {
  readonly path: string;
  /** [columns][samples] */
  readonly columns: readonly Float64Array[];
}

const columnName: Record<TrfArrayKind, string> = { stimulus: "feature", response: "channel" };

/**
 * Reads arrays of stimuli or responses, samples x columns on file, one a trial.
 *
 * @throws ToolkitError as `openFile` and `readNpy`; `bad-shape` if one is empty, has not two axes or not as many columns as
 *   the first; `bad-value` for entries that are not finite; `aborted`
 */
export async function readTrfArrays(
  kind: TrfArrayKind,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<TrfArray[]> {
  const arrays: TrfArray[] = [];
  for (const path of paths) {
    if (signal) checkNotAborted(signal);
    arrays.push({ path, columns: await readColumns(kind, path) });
  }
  const first = arrays[0]!;
  for (const { path, columns } of arrays) {
    if (columns.length === first.columns.length) continue;
    throw new ToolkitError(
      "bad-shape",
      `${path}: has ${columns.length} ${columnName[kind]}s, ${first.path} ${first.columns.length}; all trials need the same`,
    );
  }
  return arrays;
}

/**
 * Joins stimuli and responses to trials.
 *
 * @throws ToolkitError `usage` for another number of either, `bad-shape` if their lengths differ
 */
export function joinTrfTrials(
  stimuli: readonly TrfArray[],
  responses: readonly TrfArray[],
  rateHz: number,
): TrfTrial[] {
  return stimuli.map((stimulus, t) => {
    const response = responses[t]!;
    const [samples, others] = [stimulus.columns[0]!.length, response.columns[0]!.length];
    if (samples !== others) {
      throw new ToolkitError(
        "bad-shape",
        `${stimulus.path} has ${samples} samples, ${response.path} ${others}; stimulus and response of a trial are samples x columns, equally long`,
      );
    }
    return { stimulus: stimulus.columns, eeg: response.columns, rateHz };
  });
}

/**
 * Reads trials for training.
 *
 * @param signal stops it between two files
 * @throws ToolkitError as {@link readTrfArrays} and {@link joinTrfTrials}
 */
export async function readTrfTrials(
  command: string,
  { stimulus, response, rate }: { stimulus: string[]; response: string[]; rate: number },
  signal?: AbortSignal,
): Promise<TrfTrial[]> {
  checkTrfFiles(command, stimulus, response);
  const stimuli = await readTrfArrays("stimulus", stimulus, signal);
  return joinTrfTrials(stimuli, await readTrfArrays("response", response, signal), rate);
}

/** Refuses unequal numbers of files: `usage`. */
export function checkTrfFiles(command: string, stimulus: readonly string[], response: readonly string[]): void {
  if (stimulus.length === response.length) return;
  throw new ToolkitError(
    "usage",
    `${command}: ${stimulus.length} --stimulus and ${response.length} --response; every trial needs one of each, in the same order`,
  );
}

/**
 * What weights and bias are multiplied with on file: the rate in the conventions of mTRF-Toolbox 2 and mTRFpy, whose
 * predictions divide by it, otherwise 1.
 */
export function trfFileScale({ options }: TrfModel): number {
  const { lambdaConvention, rateHz } = options;
  return lambdaConvention === "mtrf" || lambdaConvention === "mtrfpy" ? rateHz : 1;
}

/** NPY bytes of the weights, inputs x lags x outputs, lags ascending, in the scale of {@link trfFileScale}. */
export function encodeTrfWeights(model: TrfModel): Uint8Array {
  const { weights, inputs, lagSamples } = model;
  const [lags, outputs, scale] = [lagSamples.length, weights.length, trfFileScale(model)];
  const data = new Float64Array(inputs * lags * outputs);
  for (const [o, row] of weights.entries()) {
    for (let lag = 0; lag < lags; lag++) {
      for (let c = 0; c < inputs; c++) data[(c * lags + lag) * outputs + o] = scale * row[lag * inputs + c]!;
    }
  }
  return encodeNpy(data, [inputs, lags, outputs]);
}

/** NPY bytes of the bias of each output, in the scale of {@link trfFileScale}. */
export function encodeTrfBias(model: TrfModel): Uint8Array {
  const scale = trfFileScale(model);
  return encodeNpy(model.bias.map((value) => scale * value));
}

/** NPY bytes of series [columns][samples], samples x columns. */
export function encodeColumns(columns: readonly Float64Array[]): Uint8Array {
  const samples = columns[0]!.length;
  const data = new Float64Array(samples * columns.length);
  for (const [c, column] of columns.entries()) {
    for (let t = 0; t < samples; t++) data[t * columns.length + c] = column[t]!;
  }
  return encodeNpy(data, [samples, columns.length]);
}

async function readColumns(kind: TrfArrayKind, path: string): Promise<Float64Array[]> {
  const source = await openFile(path);
  const { shape, data } = await source
    .read(0, source.byteLength)
    .then((bytes) => readNpy(bytes, path))
    .finally(() => source.close());
  const name = columnName[kind];
  if (shape.length !== 2 || shape.includes(0)) {
    const hint = shape.length === 1 ? "; a single one is array[:, None]" : "";
    throw new ToolkitError(
      "bad-shape",
      `${path}: has shape (${shape.join(", ")}${shape.length === 1 ? "," : ""}); a ${kind} is samples x ${name}s, neither 0${hint}`,
    );
  }
  const [samples, count] = shape as [number, number];
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    let total = 0;
    for (const value of data) if (!Number.isFinite(value)) total++;
    throw new ToolkitError(
      "bad-value",
      `${path}: has ${total} entries that are not finite, the first (${data[bad]}) at sample ${Math.floor(bad / count)}, ${name} ${bad % count}; all must be finite`,
    );
  }
  return Array.from({ length: count }, (_, c) =>
    Float64Array.from({ length: samples }, (_, t) => data[t * count + c]!),
  );
}
