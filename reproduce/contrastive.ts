// npm run reproduce:contrastive -- [--starts 3] [--mixtures 6] [--iterations 150] [--precision float64]
//   [--accelerator portable] [--out DIR] [--json]
import { parseArgs } from "node:util";
import { checkWhole } from "../src/core/check.ts";
import type { Precision } from "../src/numeric/kernels.ts";
import type { Accelerator } from "../src/separation/createModel.ts";
import { contrastiveDocument, figureFiles } from "./contrastive/document.ts";
import { runExperiment } from "./contrastive/experiment.ts";
import { drawGains, drawRises } from "./contrastive/figure.ts";
import { judgeClaims, summarize } from "./contrastive/summary.ts";
import { describeMachine } from "./shared/machine.ts";
import { asTable, deliver, progress } from "./shared/output.ts";

const { values } = parseArgs({
  options: {
    starts: { type: "string", default: "3" },
    mixtures: { type: "string", default: "6" },
    iterations: { type: "string", default: "150" },
    precision: { type: "string", default: "float64" },
    accelerator: { type: "string", default: "portable" },
    out: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const options = {
  starts: Number(values.starts),
  mixtures: Number(values.mixtures),
  iterations: Number(values.iterations),
  precision: values.precision as Precision,
  accelerator: values.accelerator as Accelerator,
};
checkWhole("reproduce:contrastive", "starts", options.starts, 1);
checkWhole("reproduce:contrastive", "mixtures", options.mixtures, 1, 6);
checkWhole("reproduce:contrastive", "iterations", options.iterations, 1);

const experiment = runExperiment({ ...options, onProgress: progress });
const machine = describeMachine(options.accelerator);
const summaries = summarize(experiment.runs);
const claims = judgeClaims(summaries);
const words = Object.entries(options).map(([name, value]) => `--${name} ${value}`);
const command = ["npm run reproduce:contrastive --", ...words, ...(values.out ? [`--out ${values.out}`] : [])].join(
  " ",
);
await deliver(
  "contrastive",
  {
    markdown: contrastiveDocument(experiment, summaries, { claims, options, machine, command }),
    results: { options, machine, claims, summaries, ...experiment, runs: asTable(experiment.runs) },
    figures: { [figureFiles.rises]: await drawRises(summaries), [figureFiles.gains]: await drawGains(summaries) },
  },
  { out: values.out, json: values.json },
);
