import { type Command, Option } from "commander";
import { ToolkitError } from "../../core/error.ts";
import { type ContrastiveUpdate, contrastiveNmfDefaults } from "../../separation/contrastiveNmf.ts";
import { type Accelerator, accelerators } from "../../separation/createModel.ts";
import { factorizationDefaults } from "../../separation/factorizationOptions.ts";
import { softMaskDefaults } from "../../separation/masks.ts";
import { studyDefaults } from "../../study/studyOptions.ts";
import { number, whole } from "../argumentParsers.ts";

/** The methods of `neurosteer separate`. */
export type SeparateMethod = "nmf" | "contrastive-nmf" | "duet";

/** The command line of `neurosteer separate`; what is not given is left out. */
export interface SeparateArguments {
  out: string;
  sources: number;
  method?: SeparateMethod;
  json?: boolean;
  components?: number;
  iterations?: number;
  seed?: number;
  accelerator?: Accelerator;
  maskExponent?: number;
  synthesis?: boolean;
  blockSeconds?: number;
  guide?: string;
  guideRate?: number;
  delta?: number;
  update?: ContrastiveUpdate;
}

/** `SeparateArguments` of a factorization with every default filled in. */
export interface FactorizedSeparation {
  readonly out: string;
  readonly method: "nmf" | "contrastive-nmf";
  readonly sources: number;
  /** For each source. */
  readonly components: number;
  readonly iterations: number;
  readonly seed: number;
  readonly accelerator: Accelerator;
  readonly maskExponent: number;
  readonly synthesis: boolean;
  readonly blockSeconds?: number;
  readonly guide?: string;
  readonly guideRate?: number;
  readonly delta: number;
  readonly update: ContrastiveUpdate;
}

const { separation, seed } = studyDefaults;
const defaults = {
  components: separation.componentsPerSource,
  iterations: separation.iterations,
  seed,
  accelerator: factorizationDefaults.accelerator,
  maskExponent: softMaskDefaults.exponent,
  synthesis: false,
  delta: contrastiveNmfDefaults.delta,
  update: "sphere",
} as const satisfies Partial<FactorizedSeparation>;

/** Declares the arguments of `neurosteer separate`. */
export function addSeparateArguments(command: Command): Command {
  const text = (words: string, byDefault: unknown) => `${words} (default: ${byDefault})`;
  const option = (flags: string, words: string) => new Option(flags, words);
  return command
    .argument("<mixture>", "WAV file")
    .requiredOption("--out <dir>", "folder to make")
    .addOption(
      option("--method <name>", "default contrastive-nmf with a guide, else nmf; duet is for stereo").choices([
        "nmf",
        "contrastive-nmf",
        "duet",
      ]),
    )
    .option("--sources <count>", "sources in the mixture", whole(1), 2)
    .option("--json", "one JSON object on standard output, nothing else there")
    .optionsGroup("Of nmf and contrastive-nmf:")
    .addOption(
      option("--components <count>", text("components for each source", defaults.components)).argParser(whole(1)),
    )
    .addOption(option("--iterations <count>", text("updates", defaults.iterations)).argParser(whole(1)))
    .addOption(option("--seed <n>", text("seed of the random start", defaults.seed)).argParser(whole(0)))
    .addOption(
      option("--accelerator <name>", text("what computes the products", defaults.accelerator)).choices(accelerators),
    )
    .addOption(
      option(
        "--mask-exponent <a>",
        text("masks compare magnitudes to this power: 1 ratio, 2 Wiener", defaults.maskExponent),
      )
        .argParser(number({ above: 0 }))
        .conflicts("synthesis"),
    )
    .option("--synthesis", "the model's own spectrogram with the mixture's phase in place of masks")
    .addOption(
      option(
        "--block-seconds <s>",
        "separate in overlapping blocks of this length, for files larger than memory",
      ).argParser(number({ above: 0 })),
    )
    .optionsGroup("Of contrastive-nmf:")
    .option("--guide <file>", "decoded activations S_a, NPY, components x frames")
    .option(
      "--guide-rate <Hz>",
      "frames per second of the guide, if not those of the spectrogram",
      number({ above: 0 }),
    )
    .addOption(
      option("--delta <weight>", text("contrast weight, relative to the spectrogram's sum", defaults.delta)).argParser(
        number(),
      ),
    )
    .addOption(
      option("--update <rule>", text("how the activations are updated", defaults.update)).choices([
        "sphere",
        "multiplicative",
        "halving",
      ]),
    );
}

type Name = keyof SeparateArguments;

const ofFactorizations: readonly Name[] = [
  ...(["components", "iterations", "seed", "accelerator", "maskExponent", "synthesis", "blockSeconds"] as Name[]),
];
const own: Readonly<Record<SeparateMethod, readonly Name[]>> = {
  nmf: ofFactorizations,
  "contrastive-nmf": [...ofFactorizations, "guide", "guideRate", "delta", "update"],
  duet: [],
};

/**
 * The method that is asked for, after refusing options that it does not have.
 *
 * @throws ToolkitError `usage`
 */
export function separateMethod(given: SeparateArguments): SeparateMethod {
  const method = given.method ?? (given.guide === undefined ? "nmf" : "contrastive-nmf");
  const allowed: readonly Name[] = ["out", "sources", "method", "json", ...own[method]];
  for (const [name, value] of Object.entries(given) as [Name, unknown][]) {
    if (value === undefined || allowed.includes(name)) continue;
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const owners = (Object.keys(own) as SeparateMethod[]).filter((other) => own[other].includes(name));
    throw new ToolkitError(
      "usage",
      `separate: ${flag} does not belong to method ${method}; it belongs to ${owners.join(" and ")}`,
    );
  }
  if (method === "contrastive-nmf" && given.guide === undefined) {
    throw new ToolkitError("usage", "separate: --method contrastive-nmf needs --guide");
  }
  return method;
}

/** Fills in the defaults of a separation by factorization. */
export function factorizedSeparation(
  { json: _, ...given }: SeparateArguments,
  method: "nmf" | "contrastive-nmf",
): FactorizedSeparation {
  return { ...defaults, ...given, method };
}
