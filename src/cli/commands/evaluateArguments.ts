import { type Command, Option } from "commander";
import { ToolkitError } from "../../core/error.ts";
import { bssEvalDefaults } from "../../metrics/bssEval.ts";
import type { Permutation } from "../../metrics/pairing.ts";
import { number, whole } from "../argumentParsers.ts";

/** The command line of `neurosteer evaluate`. */
export interface EvaluateArguments {
  reference: string[];
  estimate: string[];
  mode?: "sources" | "images";
  version?: "3" | "4";
  framewise?: boolean;
  /** Seconds. */
  window?: number;
  /** Seconds. */
  hop?: number;
  filterLength?: number;
  permutation?: Permutation;
  trim?: boolean;
  mixture?: string;
  museval?: string;
  json?: boolean;
}

/** What is to be computed; `mode` is left open where the files' channels decide. */
export interface EvaluateOptions {
  readonly mode: "sources" | "images" | undefined;
  readonly version: 3 | 4;
  readonly framewise: boolean;
  readonly windowSeconds: number;
  readonly hopSeconds: number;
  readonly filterLength: number;
  readonly permutation: Permutation;
  readonly trim: boolean;
}

/** Defaults of the framing: one second without overlap, as museval's. */
export const evaluateDefaults = { windowSeconds: 1, version: 3 } as const;

/** Declares the arguments of `neurosteer evaluate`, defaults taken from the library. */
export function addEvaluateArguments(command: Command): Command {
  // the program has a --version of its own, which must not take the one behind a command's name
  command.parent?.enablePositionalOptions();
  command.requiredOption("--reference <paths...>", "WAV files of the true sources, or a folder of them or of tracks");
  command.requiredOption(
    "--estimate <paths...>",
    "WAV files of the estimates in the order of the references, or a folder: paired by name",
  );
  command.addOption(
    new Option(
      "--mode <kind>",
      "BSS Eval of sources or of images (default: images where files have several channels)",
    ).choices(["sources", "images"]),
  );
  command.addOption(
    new Option(
      "--version <n>",
      `BSS Eval: 3, or 4, filters of the track and scores of windows (default: ${evaluateDefaults.version}, with --museval 4)`,
    ).choices(["3", "4"]),
  );
  command.option("--framewise", "scores of windows; version 4 always has them");
  command.option(
    "--window <s>",
    `length of a window in seconds (default: ${evaluateDefaults.windowSeconds})`,
    number({ above: 0 }),
  );
  command.option("--hop <s>", "from one window to the next in seconds (default: a window)", number({ above: 0 }));
  command.option("--filter-length <taps>", "length of the distortion filter", whole(1), bssEvalDefaults.filterLength);
  command.addOption(
    new Option("--permutation <how>", "which estimate belongs to which reference: as given, or of greatest mean ratio")
      .choices(["none", "sir", "sdr"])
      .default(bssEvalDefaults.permutation),
  );
  command.option("--trim", "cut all files of a track to the shortest");
  command.option(
    "--mixture <file>",
    "WAV file of the mixture: improvements over it (default: mixture.wav in a folder of references)",
  );
  command.option(
    "--museval <path>",
    "also write museval's JSON: a file that ends in .json, or a folder; never replaced",
  );
  return command.option("--json", "one JSON object on standard output, nothing else there");
}

/**
 * What a command line asks for.
 *
 * @throws ToolkitError `usage` for options that contradict each other
 */
export function evaluateOptionsOf(given: EvaluateArguments): EvaluateOptions {
  const wantsMuseval = given.museval !== undefined;
  const version =
    given.version === undefined ? (wantsMuseval ? 4 : evaluateDefaults.version) : given.version === "4" ? 4 : 3;
  const framewise = given.framewise === true || version === 4 || wantsMuseval;
  if (given.mode === "sources" && wantsMuseval) {
    throw new ToolkitError("usage", "evaluate: museval's files hold scores of images; leave out --mode sources");
  }
  if (given.mode === "sources" && version === 4) {
    throw new ToolkitError("usage", "evaluate: version 4 scores images; leave out --mode sources, or take --version 3");
  }
  if (!framewise && (given.window !== undefined || given.hop !== undefined)) {
    throw new ToolkitError("usage", "evaluate: --window and --hop are for scores of windows; add --framewise");
  }
  const windowSeconds = given.window ?? evaluateDefaults.windowSeconds;
  return {
    mode: given.mode ?? (version === 4 || wantsMuseval ? "images" : undefined),
    version,
    framewise,
    windowSeconds,
    hopSeconds: given.hop ?? windowSeconds,
    filterLength: given.filterLength ?? bssEvalDefaults.filterLength,
    permutation: given.permutation ?? bssEvalDefaults.permutation,
    trim: given.trim ?? false,
  };
}
