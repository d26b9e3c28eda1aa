import { ToolkitError } from "../../core/error.ts";
import { toJson } from "../../core/json.ts";
import { encodeTrf } from "../../eeg/decoding/encodeTrf.ts";
import { trainTrf } from "../../eeg/decoding/trainTrf.ts";
import { resolveTrfOptions } from "../../eeg/decoding/trfOptions.ts";
import { version } from "../../study/version.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";
import { type TrfTrainArguments, trfOptionsOf } from "./trfArguments.ts";
import { encodeTrfBias, encodeTrfWeights, readTrfTrials, trfFileScale } from "./trfArrays.ts";
import { checkTrfFolder, showWarnings, writeTrfFolder } from "./trfFolder.ts";

/** The file of a trained model, by which its folder is known. */
export const trfModelFileName = "model.json";

/**
 * `neurosteer trf train --stimulus S.npy --response R.npy --rate HZ --direction NAME --out DIR`: a temporal response function of
 * one or more trials. `model.json` is what `decodeTrf` reads, with the times of the lags and the files' scale beside it.
 */
export async function trfTrain(given: TrfTrainArguments, io: CommandIo): Promise<number> {
  const who = "trf train";
  const { lambda: lambdas = [], stimulus, response, out } = given;
  if (lambdas.length > 1) {
    throw new ToolkitError(
      "usage",
      `${who}: ${lambdas.length} lambdas; a model has one, or one for each band written 1:100; crossval compares several`,
    );
  }
  const options = { ...trfOptionsOf(given), ...(lambdas[0] !== undefined && { lambda: lambdas[0] }) };
  resolveTrfOptions(who, options);
  await checkTrfFolder(given, trfModelFileName);
  const trials = await readTrfTrials(who, given);
  const startedAt = performance.now();
  const model = trainTrf(trials, options);
  const seconds = (performance.now() - startedAt) / 1000;

  const { lagSeconds, lagSamples, inputs, weights, warnings } = model;
  const shape = [inputs, lagSamples.length, weights.length];
  const scale = trfFileScale(model);
  const files = ["weights.npy", "bias.npy", trfModelFileName];
  const record = {
    ...(JSON.parse(encodeTrf(model)) as object),
    lagSeconds,
    weightsFile: { axes: "inputs x lags x outputs", shape, scale },
    trials: stimulus.map((path, t) => ({ stimulus: path, response: response[t]! })),
    neurosteer: version,
  };
  await writeTrfFolder(given, {
    mark: trfModelFileName,
    files: {
      "weights.npy": encodeTrfWeights(model),
      "bias.npy": encodeTrfBias(model),
      [trfModelFileName]: `${toJson(record, 0)}\n`,
    },
    io,
  });
  showWarnings(io, warnings);
  if (given.json) {
    const { direction, trainingSamples } = model;
    const facts = { out, files, direction, shape, scale, lagSeconds, trials: trials.length, trainingSamples, warnings };
    outJson(io, { ...facts, options: model.options, seconds });
  } else {
    const [inputName, outputName] =
      model.direction === "forward" ? ["stimulus features", "EEG channels"] : ["EEG channels", "stimulus features"];
    const range = `${lagSamples.length} lags (${lagSeconds[0]} to ${lagSeconds.at(-1)} s)`;
    outLine(io, `${out}: ${files.join(", ")}`);
    outLine(io, `${model.direction}: ${inputs} ${inputName} x ${range} x ${weights.length} ${outputName}`);
    outLine(io, `trained on ${model.trainingSamples} samples of ${trials.length} trials`);
  }
  return exitCodes.done;
}
