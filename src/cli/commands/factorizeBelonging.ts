import { ToolkitError } from "../../core/error.ts";
import type { FactorizeArguments } from "./factorizeArguments.ts";

type Name = keyof FactorizeArguments;

const always: readonly Name[] = [
  "method",
  "components",
  "out",
  "overwrite",
  "json",
  "iterations",
  "seed",
  "initW",
  "initH",
];
const ofEvery: readonly Name[] = [
  ...["beta", "tolerance", "maxSeconds", "costEvery", "precision", "accelerator", "floor"],
  ...["checkpoint", "checkpointEvery"],
] as Name[];
const sparsity: readonly Name[] = ["sparsityH", "sparsityW"];

/** The kinds of run, named as the command line asks for them, and the options of each beside those of all. */
const own: Readonly<Record<string, readonly Name[]>> = {
  "--method nmf": [
    ...ofEvery,
    ...sparsity,
    ...(["sparsityScale", "fixW", "fixH", "initialization", "starts", "overRelaxation", "updateOrder"] as Name[]),
  ],
  "--method convolutive-nmf": [...ofEvery, "templateFrames", "update", "fixW"],
  "--method contrastive-nmf": [
    ...ofEvery,
    ...sparsity,
    ...(["templateFrames", "update", "guide", "delta", "relativeDelta"] as Name[]),
    ...(["attendedComponents", "backgroundComponents", "rectification", "compat"] as Name[]),
  ],
  "--compat cantisani2021": [...sparsity, "guide", "delta", "compat", "sources", "precision"],
};

/**
 * Refuses options that the method does not have, by name, and those that are missing.
 *
 * @throws ToolkitError `usage`
 */
export function checkBelonging(given: FactorizeArguments): void {
  const { method, compat } = given;
  if (compat && method !== "contrastive-nmf") {
    throw usage(`--compat ${compat} belongs to --method contrastive-nmf, not to ${method}`);
  }
  const kind = compat ? `--compat ${compat}` : `--method ${method}`;
  const allowed = [...always, ...own[kind]!];
  for (const [name, value] of Object.entries(given) as [Name, unknown][]) {
    if (value === undefined || allowed.includes(name)) continue;
    const owners = Object.keys(own).filter((other) => own[other]!.includes(name));
    throw usage(`${flagOf(name)} does not belong to ${kind}; it belongs to ${owners.join(" and ")}`);
  }
  const needs = (name: Name, by: string) => {
    if (given[name] === undefined) throw usage(`${by} needs ${flagOf(name)}`);
  };
  if (method === "convolutive-nmf") needs("templateFrames", kind);
  if (method === "contrastive-nmf") needs("guide", kind);
  if (compat) needs("delta", kind);
  if (compat && given.precision === "float32") throw usage(`${kind} computes in float64; leave out --precision`);
  const { beta = 1, update, updateOrder } = given;
  if (beta !== 1 && (update === "sphere" || update === "multiplicative")) {
    throw usage(`--update ${update} is for --beta 1, not ${beta}; take halving`);
  }
  if (beta !== 1 && updateOrder === "joint") throw usage(`--update-order joint is for --beta 1, not ${beta}; take hw`);
  if (given.fixW !== undefined) needs("initW", "--fix-w");
  if (given.fixH !== undefined) needs("initH", "--fix-h");
  if (given.checkpointEvery !== undefined) needs("checkpoint", "--checkpoint-every");
  if (given.checkpoint !== undefined && (given.starts ?? 1) > 1) {
    throw usage("--checkpoint is of one start; leave out --starts");
  }
}

function usage(message: string): ToolkitError {
  return new ToolkitError("usage", `factorize: ${message}`);
}

/** The option on the command line: `--init-w` for `initW`. */
function flagOf(name: Name): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
