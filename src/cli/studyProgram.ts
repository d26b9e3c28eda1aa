import { type Command, Option } from "commander";
import { parseShard } from "../study/shardUnits.ts";
import { whole } from "./argumentParsers.ts";
import { studyCheck } from "./commands/studyCheck.ts";
import { studyDiff } from "./commands/studyDiff.ts";
import { studyMerge } from "./commands/studyMerge.ts";
import { studyPlan } from "./commands/studyPlan.ts";
import { studySchema } from "./commands/studySchema.ts";
import { studyStatus } from "./commands/studyStatus.ts";
import type { CommandIo } from "./io.ts";
import type { Joined } from "./joined.ts";
import { progressModes } from "./progress.ts";

/** What commands need besides their words. */
export interface CommandSurroundings {
  readonly io: CommandIo;
  readonly joined: Joined;
  /** Takes the exit code. */
  finish(code: number): void;
}

const json = "one JSON object on standard output, nothing else there";
const studyArgument = "study file, or folder with data and perhaps a study.yaml";

/** The option `--progress` of commands that take long. */
export function progressOption(): Option {
  return new Option(
    "--progress <how>",
    "on standard error: a bar (on a terminal), lines, JSON events, or none; auto is a bar on a terminal, else lines",
  )
    .choices(progressModes)
    .default("auto");
}

/** Adds `study` with its commands, and returns it. */
export function addStudyCommands(program: Command, { io, joined, finish }: CommandSurroundings): Command {
  const study = program
    .command("study")
    .description("look at studies and their runs: check, plan, status, merge, diff, schema");

  study
    .command("check")
    .description("say what is wrong with a study and what would be run; runs nothing")
    .argument("<study>", studyArgument)
    .option("--json", json)
    .action(async (path, options) => finish(await studyCheck(path, options, io, joined)));

  study
    .command("plan")
    .description("say what a run would do: new, changed, failed and finished units, with reasons, time and memory")
    .argument("<study>", studyArgument)
    .option("--out <dir>", "results folder of earlier runs; without it everything is new")
    .option("--shard <i/n>", "plan the i-th of n parts of the work", parseShard)
    .option("--workers <count>", "units at a time, for the memory; default as many as the machine has cores", whole(1))
    .option("--seed <n>", "seed of every random start; default that of study.yaml", whole(0))
    .option("--all", "list every unit")
    .option("--json", json)
    .action(async (path, options) => finish(await studyPlan(path, options, io, joined)));

  study
    .command("status")
    .description("say how far the run in a results folder is, from that folder alone")
    .argument("<dir>", "results folder")
    .option("--all", "list every failure")
    .option("--json", json)
    .action(async (folder, options) => finish(await studyStatus(folder, options, io)));

  study
    .command("merge")
    .description("put runs of parts of a study together, and write the results if that is all of it")
    .argument("<dirs...>", "results folders of the parts")
    .requiredOption("--out <dir>", "results folder to make, or one of the same study")
    .option("--study <study>", "where the study lies now; default where the parts had it")
    .option("--partial", "write results although units are missing, and compare methods")
    .option("--newer", "where parts have a unit from different inputs or code, take the one that ended last")
    .addOption(progressOption())
    .option("--json", json)
    .action(async (folders, options) => finish(await studyMerge(folders, options, io, joined)));

  study
    .command("diff")
    .description("compare two results folders: options, trials, scores, decisions, failures")
    .argument("<a>", "results folder")
    .argument("<b>", "results folder")
    .option("--exit-code", "end with 1 if they differ")
    .option("--json", json)
    .action(async (a, b, options) => finish(await studyDiff(a, b, options, io)));

  study
    .command("schema")
    .description("print the JSON Schema of study files")
    .action(async () => finish(await studySchema(io)));
  return study;
}
