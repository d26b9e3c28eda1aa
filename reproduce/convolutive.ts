// npm run reproduce:convolutive -- [--starts 20] [--iterations 1000] [--precision float64]
//   [--accelerator portable] [--minutes M] [--resume] [--out DIR] [--json]
// --resume goes on with OUT/convolutive.json of the same options, such as one that ran out of minutes
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkWhole } from "../src/core/check.ts";
import { ToolkitError } from "../src/core/error.ts";
import { readText } from "../src/formats/file.ts";
import type { Precision } from "../src/numeric/kernels.ts";
import type { Accelerator } from "../src/separation/createModel.ts";
import { judgeClaims } from "./convolutive/claims.ts";
import { convolutiveDocument, figureFile } from "./convolutive/document.ts";
import { type Experiment, runExperiment } from "./convolutive/experiment.ts";
import { drawCourses } from "./convolutive/figure.ts";
import { describeMachine } from "./shared/machine.ts";
import { deliver, progress } from "./shared/output.ts";

const { values } = parseArgs({
  options: {
    starts: { type: "string", default: "20" },
    iterations: { type: "string", default: "1000" },
    precision: { type: "string", default: "float64" },
    accelerator: { type: "string", default: "portable" },
    minutes: { type: "string", default: "Infinity" },
    resume: { type: "boolean", default: false },
    out: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const options = {
  starts: Number(values.starts),
  iterations: Number(values.iterations),
  precision: values.precision as Precision,
  accelerator: values.accelerator as Accelerator,
  minutes: Number(values.minutes),
};
checkWhole("reproduce:convolutive", "starts", options.starts, 1);
checkWhole("reproduce:convolutive", "iterations", options.iterations, 1);

const before = values.resume ? await readResults(values.out) : undefined;
const { minutes: _, starts: __, ...kept } = options;
for (const [name, value] of Object.entries(kept)) {
  const found = before?.options[name];
  if (before && found !== value) {
    throw new ToolkitError("bad-option", `--resume: the earlier results have ${name} ${found}, now it is ${value}`);
  }
}
const experiment = runExperiment({ ...options, onProgress: progress, ...(before && { previous: before }) });
const machine = describeMachine(options.accelerator);
const claims = judgeClaims(experiment.outcomes);
// what was done, which is less than was asked for where the time was up
const told = { ...kept, starts: experiment.starts };
const words = Object.entries(told).map(([name, value]) => `--${name} ${value}`);
const command = ["npm run reproduce:convolutive --", ...words, ...(values.out ? [`--out ${values.out}`] : [])].join(
  " ",
);
await deliver(
  "convolutive",
  {
    markdown: convolutiveDocument(experiment, claims, { options: told, machine, command }),
    results: { options: told, machine, claims, ...experiment },
    figures: { [figureFile]: await drawCourses(experiment.courses) },
  },
  { out: values.out, json: values.json },
);

/** The results of an earlier call in its folder. */
async function readResults(folder: string | undefined): Promise<Experiment & { options: Record<string, unknown> }> {
  return JSON.parse(await readText(join(folder ?? ".", "convolutive.json")));
}
