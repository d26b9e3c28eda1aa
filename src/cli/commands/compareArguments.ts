import { type Command, Option } from "commander";
import { ToolkitError } from "../../core/error.ts";
import { type CompareMethodsOptions, compareMethodsDefaults } from "../../metrics/compareMethods.ts";
import { labels, number, whole } from "../argumentParsers.ts";

/** The command line of `neurosteer compare`; what is not given is left out, the library's defaults hold. */
export interface CompareArguments {
  baseline?: string;
  metric?: string;
  methods?: string[];
  test?: NonNullable<CompareMethodsOptions["test"]>;
  correction?: NonNullable<CompareMethodsOptions["correction"]>;
  alternative?: NonNullable<CompareMethodsOptions["alternative"]>;
  statistic?: NonNullable<CompareMethodsOptions["statistic"]>;
  interval?: NonNullable<CompareMethodsOptions["method"]>;
  confidence?: number;
  resamples?: number;
  seed?: number;
  decisions?: string[];
  partial?: boolean;
  json?: boolean;
}

/** What is compared where nothing else is said. */
export const compareDefaults = { metric: "sdr" } as const;

/** Declares the arguments of `neurosteer compare`, defaults taken from the library. */
export function addCompareArguments(command: Command): Command {
  const all = compareMethodsDefaults;
  const choice = (flags: string, words: string, choices: readonly string[], byDefault: string) =>
    command.addOption(new Option(flags, words).choices(choices).default(byDefault));
  command.argument(
    "<results...>",
    "results folder of run, table of scores (TSV), or files of evaluate --json, one a method: FILE or METHOD=FILE",
  );
  command.option("--baseline <method>", "the method that all others are compared with");
  command.option(
    "--metric <name>",
    "column to compare, such as sdr, sir, siSdr, sdrImprovement",
    compareDefaults.metric,
  );
  command.option("--methods <names>", "compare these only, with commas between them; default all", labels);
  choice("--test <name>", "paired test", ["wilcoxon", "sign-flip"], all.test);
  choice("--correction <name>", "of p-values, for the number of methods", ["holm", "bh", "none"], all.correction);
  choice(
    "--alternative <name>",
    "greater: the method is above the baseline",
    ["two-sided", "greater", "less"],
    all.alternative,
  );
  choice("--statistic <name>", "what is reported of the differences", ["mean", "median"], all.statistic);
  choice("--interval <name>", "kind of bootstrap interval", ["percentile", "bca"], all.method);
  command.option(
    "--confidence <share>",
    "probability the interval is meant to hold",
    number({ above: 0 }),
    all.confidence,
  );
  command.option("--resamples <n>", "draws of the bootstrap", whole(1), all.resamples);
  command.option("--seed <n>", "seed of all draws", whole(0), Number(all.seed));
  command.option("--decisions <features...>", "exact McNemar test of two decoders, such as: envelope activations");
  command.option("--partial", "compare although trials are missing");
  return command.option("--json", "one JSON object on standard output, nothing else there");
}

/** The options of the library's comparison, those that are given. */
export function compareOptionsOf(given: CompareArguments & { readonly baseline: string }): CompareMethodsOptions {
  const { baseline, test, correction, alternative, statistic, interval, confidence, resamples, seed } = given;
  return {
    baseline,
    ...(test && { test }),
    ...(correction && { correction }),
    ...(alternative && { alternative }),
    ...(statistic && { statistic }),
    ...(interval && { method: interval }),
    ...(confidence !== undefined && { confidence }),
    ...(resamples !== undefined && { resamples }),
    ...(seed !== undefined && { seed }),
  };
}

/**
 * The two decoders of `--decisions`.
 *
 * @throws ToolkitError `usage` for another number of them
 */
export function decodersOf(decisions: readonly string[]): [string, string] {
  const [first, second, ...more] = decisions;
  if (first !== undefined && second !== undefined && more.length === 0 && first !== second) return [first, second];
  throw new ToolkitError(
    "usage",
    `compare: --decisions names ${decisions.join(", ")}; name two different features, such as envelope activations`,
  );
}
