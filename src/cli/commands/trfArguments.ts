import { type Command, Option } from "commander";
import { crossValidateTrfDefaults, type TrfCrossValidationOptions } from "../../eeg/decoding/crossValidateTrf.ts";
import {
  resolveTrfOptions,
  type TrfDirection,
  type TrfLambda,
  type TrfLambdaConvention,
  type TrfMethod,
  trfDefaults,
} from "../../eeg/decoding/trfOptions.ts";
import { labels, number, whole } from "../argumentParsers.ts";

/** What every command of `neurosteer trf` is given: a file of stimulus or response for each trial, and a folder to make. */
export interface TrfFileArguments {
  stimulus?: string[];
  response?: string[];
  out: string;
  overwrite?: boolean;
  json?: boolean;
}

/** The command line of `neurosteer trf train`; what is not given is left out, the library's defaults hold. */
export interface TrfTrainArguments extends TrfFileArguments {
  stimulus: string[];
  response: string[];
  rate: number;
  direction: TrfDirection;
  tmin?: number;
  tmax?: number;
  edges?: "valid" | "zeropad";
  method?: TrfMethod;
  lambda?: TrfLambda[];
  lambdaConvention?: TrfLambdaConvention;
  bands?: number[];
  standardize?: boolean;
  biasPenalty?: number;
}

/** The command line of `neurosteer trf predict`. */
export interface TrfPredictArguments extends TrfFileArguments {
  model: string;
}

/** The command line of `neurosteer trf crossval`. */
export interface TrfCrossvalArguments extends TrfTrainArguments {
  nested?: boolean;
  foldModel?: NonNullable<TrfCrossValidationOptions["foldModel"]>;
  criterion?: NonNullable<TrfCrossValidationOptions["criterion"]>;
}

/** The options of the library's functions but for lambda, those that are given. */
export function trfOptionsOf(given: TrfCrossvalArguments): TrfCrossValidationOptions {
  const { rate, direction, tmin, tmax, edges, method, lambdaConvention, bands, standardize, biasPenalty } = given;
  const { foldModel, criterion } = given;
  return {
    rateHz: rate,
    direction,
    ...(tmin !== undefined && { minLagSeconds: tmin }),
    ...(tmax !== undefined && { maxLagSeconds: tmax }),
    ...(edges && { edges }),
    ...(method && { method }),
    ...(lambdaConvention && { lambdaConvention }),
    ...(bands && { bands }),
    ...(standardize !== undefined && { standardize }),
    ...(biasPenalty !== undefined && { biasPenalty }),
    ...(foldModel && { foldModel }),
    ...(criterion && { criterion }),
  };
}

/** A lambda as it is written on the command line: `10`, or `1:100` with one for each band. */
export function lambdaText(lambda: TrfLambda): string {
  return typeof lambda === "number" ? `${lambda}` : lambda.join(":");
}

/** Declares the arguments of `neurosteer trf train`, their defaults taken from the library. */
export function addTrfTrainArguments(command: Command): Command {
  addTrials(command, "the folder to make, with weights.npy, bias.npy and model.json");
  return addModel(command, "regularization, from 0; with banded one for each band, 1:100");
}

/** Declares the arguments of `neurosteer trf crossval`. */
export function addTrfCrossvalArguments(command: Command): Command {
  const { foldModel, criterion } = crossValidateTrfDefaults;
  addTrials(command, "the folder to make, with crossval.json and crossval.tsv");
  addModel(command, "grid of regularizations, 0.01,1,100 or repeated; with banded one for each band, 1:1,1:100");
  command.optionsGroup("Cross-validation, a trial left out at a time:");
  command.option("--nested", "choose lambda within the training trials of each fold, so that no accuracy rests on it");
  command.addOption(
    new Option(
      "--criterion <name>",
      byDefault("what the best lambda has: most correlation or least error", criterion),
    ).choices(["correlation", "error"]),
  );
  return command.addOption(
    new Option(
      "--fold-model <how>",
      byDefault("one model of all training trials, or the mean of one of each, as in mTRF-Toolbox 1", foldModel),
    ).choices(["pooled", "averaged"]),
  );
}

/** Declares the arguments of `neurosteer trf predict`. */
export function addTrfPredictArguments(command: Command): Command {
  command.requiredOption("--model <path>", "folder that train made, or its model.json");
  command.option("--stimulus <files...>", "NPY, samples x features, one a trial: a forward model predicts from it");
  command.option("--response <files...>", "NPY, samples x channels, one a trial: a backward model predicts from it");
  return addOutput(command, "the folder to make, with a prediction for each trial, and scores.json if both are given");
}

function addTrials(command: Command, folder: string): void {
  command.requiredOption("--stimulus <files...>", "NPY, samples x features; one a trial, repeat it for more");
  command.requiredOption("--response <files...>", "NPY, samples x channels: the EEG of each stimulus, in their order");
  command.requiredOption("--rate <Hz>", "sampling rate of all arrays", number({ above: 0 }));
  command.addOption(
    new Option("--direction <name>", "what is predicted: the stimulus from EEG (backward) or EEG from it (forward)")
      .choices(["backward", "forward"])
      .makeOptionMandatory(),
  );
  addOutput(command, folder);
}

function addOutput(command: Command, folder: string): Command {
  command.requiredOption("--out <dir>", folder);
  command.option("--overwrite", "replace the folder if the same command wrote it");
  return command.option("--json", "one JSON object on standard output, nothing else there");
}

function addModel(command: Command, lambdaWords: string): Command {
  const all = trfDefaults;
  const lambdaOf = (method: TrfMethod) => resolveTrfOptions("trf", { rateHz: 64, direction: "forward", method }).lambda;
  const choice = (flags: string, words: string, choices: readonly string[]) =>
    command.addOption(new Option(flags, words).choices(choices));

  command.optionsGroup("Model:");
  const lag = "lag in seconds, EEG after the stimulus in both directions";
  command.option("--tmin <s>", byDefault(`first ${lag}`, all.minLagSeconds), number());
  command.option("--tmax <s>", byDefault(`last ${lag}`, all.maxLagSeconds), number());
  choice("--edges <how>", byDefault("samples without all their lags: left out, or filled up with zeros", all.edges), [
    "valid",
    "zeropad",
  ]);
  choice("--method <name>", byDefault("how weights are kept small", all.method), [
    "ridge",
    "tikhonov",
    "banded",
    "shrinkage",
    "ols",
  ]);
  command.option(
    "--lambda <list>",
    byDefault(lambdaWords, `${lambdaOf("ridge")}; shrinkage ${lambdaOf("shrinkage")}, ols ${lambdaOf("ols")}`),
    (text: string, before: TrfLambda[] = []) => [...before, ...lambdas(text)],
  );
  choice(
    "--lambda-convention <name>",
    byDefault(
      "what lambda is a multiple of: mean variance, 1 (mTRF-Toolbox 1, MNE), the rate (mTRF-Toolbox 2), rate times trials (mTRFpy); with mtrf and mtrfpy weights.npy and bias.npy are in their scale",
      all.lambdaConvention,
    ),
    ["relative", "plain", "mtrf", "mtrfpy"],
  );
  command.option("--bands <sizes>", "with banded: how many inputs each band has, in order, such as 16,1", (text) =>
    labels(text).map(whole(1)),
  );
  command.option("--standardize", "scale inputs to unit variance; default with --lambda-convention relative");
  command.option("--no-standardize", "leave inputs as they are; default with the other conventions");
  return command.option(
    "--bias-penalty <k>",
    byDefault("weight of the squared bias in the penalty; mTRF-Toolbox 1 has one over the inputs", all.biasPenalty),
    number({ from: 0 }),
  );
}

/** Lambdas with commas between them, those of the bands of one with colons. */
function lambdas(text: string): TrfLambda[] {
  const value = number({ from: 0 });
  return labels(text).map((label) => (label.includes(":") ? label.split(":").map(value) : value(label)));
}

function byDefault(words: string, value: unknown): string {
  return `${words} (default: ${value})`;
}
