import { Command, CommanderError, Option } from "commander";
import { ToolkitError } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import { queueDefaults } from "../study/executors/queueOptions.ts";
import { parseShard } from "../study/shardUnits.ts";
import { version } from "../study/version.ts";
import { labels, number, whole } from "./argumentParsers.ts";
import { compare } from "./commands/compare.ts";
import { addCompareArguments } from "./commands/compareArguments.ts";
import { addConvertArguments, convert } from "./commands/convert.ts";
import { decode } from "./commands/decode.ts";
import { demo } from "./commands/demo.ts";
import { evaluate } from "./commands/evaluate.ts";
import { addEvaluateArguments } from "./commands/evaluateArguments.ts";
import { exportSignals } from "./commands/export.ts";
import { factorize } from "./commands/factorize.ts";
import { addFactorizeArguments } from "./commands/factorizeArguments.ts";
import { inspect } from "./commands/inspect.ts";
import { run } from "./commands/run.ts";
import { separate } from "./commands/separate.ts";
import { addSeparateArguments } from "./commands/separateArguments.ts";
import { simulate } from "./commands/simulate.ts";
import { addTrfCrossvalArguments, addTrfPredictArguments, addTrfTrainArguments } from "./commands/trfArguments.ts";
import { trfCrossval } from "./commands/trfCrossval.ts";
import { trfPredict } from "./commands/trfPredict.ts";
import { trfTrain } from "./commands/trfTrain.ts";
import { worker } from "./commands/worker.ts";
import { exitCodeOf, exitCodes } from "./exitCode.ts";
import type { CommandIo } from "./io.ts";
import type { Joined } from "./joined.ts";
import { addStudyCommands, progressOption } from "./studyProgram.ts";

/**
 * Runs the command line.
 *
 * @param args the words after `neurosteer`
 * @param io where to write, and when to stop
 * @param joined corpora and pipelines
 * @returns the exit code: 0 done, 1 an input is defective, 2 wrong use, 3 some units failed, 130 interrupted
 */
export async function main(args: readonly string[], io: CommandIo, joined: Joined): Promise<number> {
  let code: number = exitCodes.done;
  const program = createProgram(io, joined, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUse;
    if (!(error instanceof ToolkitError)) throw error;
    io.error(`neurosteer: ${plainText(error.message)}\n`);
    return exitCodeOf(error);
  }
}

function createProgram(io: CommandIo, joined: Joined, finish: (code: number) => void): Command {
  const program = new Command("neurosteer")
    .description("EEG-guided source separation: decode the attended source from EEG and pull it out of the mixture")
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.error })
    .showHelpAfterError("(--help says more)")
    .addHelpText(
      "after",
      "\nExit codes: 0 done, 1 an input is defective, 2 wrong use, 3 some trials failed, 130 interrupted.",
    );
  const json = "one JSON object on standard output, nothing else there";
  const { simulatedStudyDefaults: simulated } = joined;

  const withStudySize = (command: Command): Command =>
    command
      .option("--subjects <count>", "simulated listeners", whole(1), simulated.subjects)
      .option(
        "--trials <count>",
        "trials of each listener; every mixture once for each of its sources",
        whole(2),
        simulated.trials,
      )
      .option("--seconds <s>", "length of a trial in seconds", number(), simulated.seconds)
      .option(
        "--snr <dB>",
        "power of the response to sound over the other EEG, 1-8 Hz, in dB",
        number(),
        simulated.snrDb,
      )
      .option("--seed <n>", "seed of everything drawn by chance", whole(0), simulated.seed);

  withStudySize(program.command("demo"))
    .description("write a small synthetic study, run it and make the report")
    .option(
      "--out <dir>",
      "folder for study and results; one that the demo wrote before is replaced",
      "neurosteer-demo",
    )
    .option("--json", json)
    .action(async (options) => finish(await demo(options, io, joined)));

  withStudySize(program.command("simulate"))
    .description("write a synthetic study: EDF+ recordings, WAV mixtures and stems, BIDS tables")
    .argument("<dir>", "folder to make")
    .option("--json", json)
    .action(async (folder, options) => finish(await simulate(folder, options, io, joined)));

  program
    .command("inspect")
    .description("say what is in an EDF, BDF, BrainVision (.vhdr), EEGLAB (.set), WAV or NPY file")
    .argument("<file>")
    .option("--cross-check", "read an EDF file with a second, independent decoder as well and compare every sample")
    .option("--json", json)
    .action(async (file, options) => finish(await inspect(file, options, io)));

  addSeparateArguments(program.command("separate"))
    .description("separate a mixture: attended source and rest with a guide, components without one, stereo by DUET")
    .action(async (mixture, options) => finish(await separate(mixture, options, io)));

  addFactorizeArguments(program.command("factorize"))
    .description("factorize a spectrogram X ~ WH: NMF, convolutive NMF, contrastive NMF; arrays as NPY")
    .action(async (spectrogram, options) => finish(await factorize(spectrogram, options, io)));

  const trf = program
    .command("trf")
    .description("temporal response functions between stimulus and EEG: train, predict, cross-validate; arrays as NPY");
  addTrfTrainArguments(trf.command("train"))
    .description("train a decoder (backward) or an encoding model (forward) on trials")
    .action(async (options) => finish(await trfTrain(options, io)));
  addTrfPredictArguments(trf.command("predict"))
    .description("predict trials with a trained model, and score it where both arrays are given")
    .action(async (options) => finish(await trfPredict(options, io)));
  addTrfCrossvalArguments(trf.command("crossval"))
    .description("test models of a grid of lambdas on trials left out")
    .action(async (options) => finish(await trfCrossval(options, io)));

  program
    .command("decode")
    .description("decode what listeners attended to: accuracies with nulls, intervals and controls, nothing separated")
    .argument("<study>", "study file, or folder with data and perhaps a study.yaml")
    .option("--out <dir>", "folder to make for tables and decoding.json; default none, tables on the terminal only")
    .option("--overwrite", "replace the folder if it holds a decoding of an earlier run")
    .option("--seed <n>", "seed of every random start; default that of study.yaml", whole(0))
    .addOption(progressOption())
    .option("--json", json)
    .action(async (study, options) => finish(await decode(study, options, io, joined)));

  const asRun = (command: Command): Command =>
    command
      .description("run a study: decode, separate, score and report")
      .argument("<study>", "study file, or folder with data and perhaps a study.yaml")
      .requiredOption("--out <dir>", "folder to make")
      .option("--resume", "go on with what is done; only what changed is done again")
      .option("--overwrite", "replace the folder if it holds results of an earlier run")
      .option("--workers <count>", "threads; default as many as the machine has cores", whole(1))
      .option("--shard <i/n>", "do the i-th of n parts of the work, to be merged", parseShard)
      .addOption(new Option("--executor <kind>", "who runs units").choices(["threads", "queue"]).default("threads"))
      .addOption(new Option("--redis <url>", "Redis of the queue, such as redis://host:6379").env("NEUROSTEER_REDIS"))
      .option("--queue <name>", "name of the queue", queueDefaults.queue)
      .option("--timeout <s>", "seconds that a worker may take for a unit; default no limit", number({ above: 0 }))
      .option("--partial", "compare methods although trials are missing")
      .option("--seed <n>", "seed of every random start; default that of study.yaml", whole(0))
      .addOption(progressOption())
      .option("--json", json)
      .action(async (study, options) => finish(await run(study, options, io, joined)));
  asRun(program.command("run"));
  const study = addStudyCommands(program, { io, joined, finish });
  asRun(study.command("run"));

  addConvertArguments(program.command("convert"))
    .description("write a recording of any format as EDF+")
    .action(async (file, options) => finish(await convert(file, options, io)));

  program
    .command("worker")
    .description("run units of studies from a queue in Redis, until interrupted")
    .addOption(
      new Option("--redis <url>", "Redis of the queue, such as redis://host:6379")
        .env("NEUROSTEER_REDIS")
        .makeOptionMandatory(),
    )
    .requiredOption("--root <dirs...>", "folders to work in: studies, data and results; what is outside is refused")
    .option("--concurrency <count>", "units at a time", whole(1), queueDefaults.concurrency)
    .option("--queue <name>", "name of the queue", queueDefaults.queue)
    .option(
      "--lock <s>",
      "seconds without a sign of life after which another worker gets the unit",
      number({ above: 0 }),
      queueDefaults.lockSeconds,
    )
    .action(async (options) => finish(await worker(options, io, joined)));

  program
    .command("export")
    .description(
      "write signals of a recording or audio file as NPY (signals x samples, float64), CSV or WAV, physical units",
    )
    .argument("<file>", "EDF, BDF, BrainVision (.vhdr), EEGLAB (.set) or WAV file")
    .requiredOption("--out <file>", "file to make, ending in .npy, .csv or .wav")
    .option("--signals <labels>", "labels of signals of one rate, separated by commas; default all", labels)
    .option("--from <s>", "start in seconds; default the beginning", number())
    .option("--to <s>", "end in seconds; default the end", number())
    .option("--json", json)
    .action(async (file, options) => finish(await exportSignals(file, options, io)));

  addEvaluateArguments(program.command("evaluate"))
    .description("score estimates against references: BSS Eval versions 3 and 4, SI-SDR, SNR, museval's files")
    .action(async (options) => finish(await evaluate(options, io)));

  addCompareArguments(program.command("compare"))
    .description("compare methods with a baseline on the same trials, or two decoders: paired tests with intervals")
    .action(async (results, options) => finish(await compare(results, options, io)));

  return program;
}
