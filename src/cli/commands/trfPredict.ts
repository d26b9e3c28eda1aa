import { join } from "node:path";
import { ToolkitError } from "../../core/error.ts";
import { toJson } from "../../core/json.ts";
import { decodeTrf } from "../../eeg/decoding/encodeTrf.ts";
import { predictTrf, scoreTrf } from "../../eeg/decoding/predictTrf.ts";
import type { TrfModel } from "../../eeg/decoding/trfPath.ts";
import { pathKind, readText } from "../../formats/file.ts";
import { mean } from "../../numeric/statistics.ts";
import { version } from "../../study/version.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";
import type { TrfPredictArguments } from "./trfArguments.ts";
import { checkTrfFiles, encodeColumns, joinTrfTrials, readTrfArrays, type TrfArray } from "./trfArrays.ts";
import { checkTrfFolder, showWarnings, writeTrfFolder } from "./trfFolder.ts";
import { trfModelFileName } from "./trfTrain.ts";

const factsFileName = "prediction.json";
const scoresFileName = "scores.json";

/**
 * `neurosteer trf predict --model DIR --stimulus S.npy --out DIR` (forward) or `--response R.npy` (backward): what a trained model
 * makes of each trial; with both arrays also how well that fits.
 */
export async function trfPredict(given: TrfPredictArguments, io: CommandIo): Promise<number> {
  const who = "trf predict";
  const { stimulus, response, out } = given;
  if (!stimulus && !response) {
    throw new ToolkitError("usage", `${who}: neither --stimulus nor --response; name what to predict from`);
  }
  if (stimulus && response) checkTrfFiles(who, stimulus, response);
  await checkTrfFolder(given, factsFileName);
  const { path: modelPath, model } = await readModel(given.model);
  const forward = model.direction === "forward";
  if (!(forward ? stimulus : response)) {
    const [from, needed] = forward ? ["the stimulus", "--stimulus"] : ["EEG", "--response"];
    throw new ToolkitError("usage", `${who}: ${modelPath} is ${model.direction}: it predicts from ${from}, ${needed}`);
  }
  const stimuli = stimulus && (await readTrfArrays("stimulus", stimulus));
  const responses = response && (await readTrfArrays("response", response));
  const [inputs, outputs] = forward ? [stimuli!, responses] : [responses!, stimuli];
  checkColumns(modelPath, inputs[0]!, { count: model.inputs, what: forward ? "features" : "channels" });
  if (outputs)
    checkColumns(modelPath, outputs[0]!, { count: model.weights.length, what: forward ? "channels" : "features" });
  const trials = stimuli && responses && joinTrfTrials(stimuli, responses, model.options.rateHz);

  const predictions = inputs.map(({ columns }) => predictTrf(model, columns));
  const names = predictions.map((_, t) => (predictions.length === 1 ? "prediction.npy" : `prediction-${t + 1}.npy`));
  const scores = trials?.map((trial, t) => {
    const { samples, correlations, meanSquaredErrors } = scoreTrf(model, trial);
    return {
      ...{ prediction: names[t]!, stimulus: stimulus![t]!, response: response![t]! },
      samples,
      correlations,
      meanSquaredErrors,
    };
  });
  const warnings = scores ? undefinedWarnings(scores) : [];
  const files = [...names, ...(scores ? [scoresFileName] : []), factsFileName];
  const facts = { model: modelPath, direction: model.direction, outputs: model.weights.length, warnings, files };
  const record = {
    format: "neurosteer prediction",
    neurosteer: version,
    ...facts,
    inputs: inputs.map(({ path }) => path),
  };
  await writeTrfFolder(given, {
    mark: factsFileName,
    files: {
      ...Object.fromEntries(names.map((name, t) => [name, encodeColumns(predictions[t]!)])),
      ...(scores && { [scoresFileName]: `${toJson({ trials: scores, warnings })}\n` }),
      [factsFileName]: `${toJson(record)}\n`,
    },
    io,
  });
  showWarnings(io, warnings);
  if (given.json) outJson(io, { out, ...facts, ...(scores && { trials: scores }) });
  else {
    outLine(io, `${out}: ${files.join(", ")}`);
    for (const { prediction, correlations, meanSquaredErrors, samples } of scores ?? []) {
      outLine(
        io,
        `${prediction}: mean r ${mean(correlations).toFixed(4)}, mean mse ${mean(meanSquaredErrors).toPrecision(4)} over ${correlations.length} outputs, ${samples} samples`,
      );
    }
  }
  return exitCodes.done;
}

/** The model of a folder that train made, or of its file. */
async function readModel(path: string): Promise<{ path: string; model: TrfModel }> {
  const file = (await pathKind(path)) === "folder" ? join(path, trfModelFileName) : path;
  const text = await readText(file);
  try {
    return { path: file, model: decodeTrf(text) };
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    throw new ToolkitError(error.code, `${file}: ${error.message}`, { cause: error });
  }
}

/** Refuses a file that does not fit the model, naming both. */
function checkColumns(
  model: string,
  { path, columns }: TrfArray,
  { count, what }: { count: number; what: string },
): void {
  if (columns.length === count) return;
  throw new ToolkitError("bad-shape", `${path}: has ${columns.length} ${what}; ${model} was trained with ${count}`);
}

function undefinedWarnings(scores: readonly { prediction: string; correlations: Float64Array }[]): string[] {
  return scores.flatMap(({ prediction, correlations }) => {
    const first = correlations.findIndex(Number.isNaN);
    if (first < 0) return [];
    const count = correlations.filter(Number.isNaN).length;
    return [
      `${prediction}: ${count} of ${correlations.length} correlations are undefined, as a prediction or output is constant, the first of output ${first}`,
    ];
  });
}
