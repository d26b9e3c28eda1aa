import { type Command, Option } from "commander";
import { kernelBuild } from "../../numeric/kernels.ts";
import { cantisani2021Defaults } from "../../separation/cantisani2021.ts";
import { type ContrastiveUpdate, contrastiveNmfDefaults } from "../../separation/contrastiveNmf.ts";
import { type ConvolutiveUpdate, convolutiveNmfDefaults } from "../../separation/convolutiveNmf.ts";
import { type Accelerator, acceleratorName, accelerators } from "../../separation/createModel.ts";
import type { Rectification } from "../../separation/guide.ts";
import type { UpdateOrder } from "../../separation/multiplicativeRule.ts";
import { type NmfOptions, nmfDefaults } from "../../separation/nmf.ts";
import { indices, number, whole } from "../argumentParsers.ts";

/** The methods of `neurosteer factorize`. */
export type FactorizeMethod = "nmf" | "convolutive-nmf" | "contrastive-nmf";

/** All of them, for messages and help. */
export const factorizeMethods: readonly FactorizeMethod[] = ["nmf", "convolutive-nmf", "contrastive-nmf"];

/** The command line of `neurosteer factorize`; what is not given is left out, the library's defaults hold. */
export interface FactorizeArguments {
  method: FactorizeMethod;
  components: number;
  out: string;
  overwrite?: boolean;
  json?: boolean;
  beta?: number;
  initW?: string;
  initH?: string;
  iterations?: number;
  tolerance?: number;
  maxSeconds?: number;
  costEvery?: number;
  precision?: "float32" | "float64";
  accelerator?: Accelerator;
  seed?: number;
  floor?: number;
  checkpoint?: string;
  checkpointEvery?: number;
  sparsityH?: number;
  sparsityW?: number;
  sparsityScale?: "absolute" | "relative";
  fixW?: true | number[];
  fixH?: true | number[];
  initialization?: NonNullable<NmfOptions["initialization"]>;
  starts?: number;
  overRelaxation?: number;
  updateOrder?: UpdateOrder;
  templateFrames?: number;
  update?: ConvolutiveUpdate | ContrastiveUpdate;
  guide?: string;
  delta?: number;
  relativeDelta?: number;
  attendedComponents?: number;
  backgroundComponents?: number;
  rectification?: Rectification;
  compat?: "cantisani2021";
  sources?: number;
}

/** Declares the arguments of `neurosteer factorize`, their defaults taken from the library. */
export function addFactorizeArguments(command: Command): Command {
  const text = (words: string, byDefault: unknown) => `${words} (default: ${byDefault})`;
  const option = <T>(flags: string, words: string, parse?: (given: string) => T) =>
    command.addOption(parse ? new Option(flags, words).argParser(parse) : new Option(flags, words));
  const choice = (flags: string, words: string, choices: readonly string[]) =>
    command.addOption(new Option(flags, words).choices(choices));
  const all = nmfDefaults;
  const contrast = contrastiveNmfDefaults;

  command.argument("<spectrogram>", "X, NPY of any number type: bins x frames, no entry negative");
  command.addOption(
    new Option("--method <name>", "what is computed")
      .choices(factorizeMethods)
      .default("nmf" satisfies FactorizeMethod),
  );
  command.requiredOption("--components <K>", "number of components", whole(1));
  command.requiredOption("--out <dir>", "folder to make, with W.npy, H.npy, cost.json and factorization.json");
  command.option("--overwrite", "replace the folder if an earlier factorization wrote it");
  option(
    "--beta <b>",
    text("the divergence: 0 Itakura-Saito, 1 Kullback-Leibler, 2 half the squared distance, any other", all.beta),
    number(),
  );
  option("--init-w <file>", "W to start from, NPY, as W.npy; default random");
  option("--init-h <file>", "H to start from, NPY, components x frames; default random");
  option("--iterations <n>", text("most iterations", all.iterations), whole(0));
  option(
    "--tolerance <E>",
    text("stop when ten iterations lower the cost by less than this share of the first; 0 never does", all.tolerance),
    number({ from: 0 }),
  );
  option("--max-seconds <s>", "stop after so many seconds; default no limit", number({ above: 0 }));
  option("--cost-every <n>", text("compute the cost every so many iterations", all.costEvery), whole(1));
  choice("--precision <type>", text("of factors, products and the files written", all.precision), [
    "float32",
    "float64",
  ]);
  choice("--accelerator <name>", text("what computes the products", all.accelerator), accelerators);
  option("--seed <n>", text("seed of the random start", all.seed), whole(0));
  option(
    "--floor <share>",
    text("entries of X below this share of its mean are raised to it", all.floor),
    number({ from: 0 }),
  );
  option("--checkpoint <file>", "go on from this file if it is there, keep the state in it, remove it at the end");
  option("--checkpoint-every <n>", text("iterations between two checkpoints", all.checkpointEvery), whole(1));
  command.option("--json", "one JSON object on standard output, nothing else there");

  command.optionsGroup("Of nmf and contrastive-nmf:");
  option(
    "--sparsity-h <weight>",
    text("weight of the sum of H in the cost", all.sparsityActivations),
    number({ from: 0 }),
  );
  option(
    "--sparsity-w <weight>",
    text("weight of the sum of W in the cost", all.sparsityDictionary),
    number({ from: 0 }),
  );

  command.optionsGroup("Of nmf:");
  choice(
    "--sparsity-scale <scale>",
    text("weights are those of the cost, or hold for a spectrogram of mean 1", all.sparsityScale),
    ["absolute", "relative"],
  );
  option(
    "--fix-w [components]",
    "spectra that stay as in --init-w: all, or a list such as 0,3 (also convolutive-nmf)",
    indices,
  );
  option("--fix-h [components]", "activations that stay as in --init-h: all, or a list", indices);
  choice("--initialization <name>", text("where factors that are not given start", all.initialization), [
    "random",
    "nndsvd",
    "nndsvda",
    "nndsvdar",
  ]);
  option("--starts <n>", text("random starts, of which the best is kept", all.starts), whole(1));
  option(
    "--over-relaxation <factor>",
    text("largest factor of the steps' exponents, 1 to below 2", all.overRelaxation),
    number({ from: 1 }),
  );
  choice(
    "--update-order <order>",
    text("which factor is updated first, or both from one product (beta 1)", all.updateOrder),
    ["hw", "wh", "joint"],
  );

  command.optionsGroup("Of convolutive-nmf and contrastive-nmf:");
  option(
    "--template-frames <T>",
    text("length of a component's patch in frames; contrastive-nmf", contrast.templateFrames),
    whole(1),
  );
  choice(
    "--update <rule>",
    `how H is updated; convolutive-nmf: mm2, mm1, heuristic (default: ${convolutiveNmfDefaults.update}); contrastive-nmf: sphere, multiplicative, halving (default: sphere at beta 1, else halving)`,
    ["mm2", "mm1", "heuristic", "sphere", "multiplicative", "halving"],
  );

  command.optionsGroup("Of contrastive-nmf:");
  option("--guide <file>", "S, activations of the attended source, NPY, rows x frames");
  command.addOption(
    new Option(
      "--relative-delta <R>",
      text("weight of the contrast as a share of the sum of X", contrast.delta),
    ).argParser(number({ from: 0 })),
  );
  command.addOption(
    new Option("--delta <D>", "weight of the contrast in the cost, in place of the relative one")
      .argParser(number({ from: 0 }))
      .conflicts("relativeDelta"),
  );
  option(
    "--attended-components <n>",
    "the first rows of H, drawn to the guide; default as many as the guide has",
    whole(1),
  );
  option(
    "--background-components <n>",
    text("the last rows of H, which take no part in the contrast", contrast.backgroundComponents),
    whole(0),
  );
  choice("--rectification <how>", text("what becomes of negative entries of the guide", contrast.rectification), [
    "relu",
    "shift",
    "abs",
  ]);
  choice(
    "--compat <name>",
    `exactly what the authors' published code does, in double precision, ${cantisani2021Defaults.iterations} iterations unless said otherwise; needs --delta`,
    ["cantisani2021"],
  );
  option(
    "--sources <n>",
    text("with --compat: sources in the mixture, K / n components are attended", cantisani2021Defaults.sources),
    whole(1),
  );
  return command.addHelpText(
    "after",
    () =>
      `\nHere --accelerator auto is ${acceleratorName("auto")}; the kernels of portable are the ${kernelBuild()} build.`,
  );
}
