import { lastValueFrom } from "rxjs";
import { ToolkitError } from "../../core/error.ts";
import { toMono } from "../../core/signal.ts";
import { bssEvalReferences } from "../../metrics/bssEvalReferences.ts";
import { siSdr } from "../../metrics/siSdr.ts";
import { signalBlocks } from "../../streams/blocks.ts";
import { join } from "../../streams/join.ts";
import { audioSource } from "../../streams/sources.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";

/** Options of `neurosteer evaluate`. */
export interface EvaluateOptions {
  reference: string[];
  estimate: string[];
  filterLength: number;
  json?: boolean;
}

/** `neurosteer evaluate`: BSS Eval and SI-SDR of WAV files; estimate k belongs to reference k. */
export async function evaluate(options: EvaluateOptions, io: CommandIo): Promise<number> {
  const { reference: references, estimate: estimates, filterLength } = options;
  if (references.length !== estimates.length) {
    throw new ToolkitError(
      "usage",
      `evaluate: ${references.length} references, ${estimates.length} estimates; give one estimate for each reference, in the same order`,
    );
  }
  const files = [];
  for (const path of [...references, ...estimates]) files.push({ path, ...(await readMono(path)) });
  const first = files[0]!;
  const other = files.find(({ rateHz, samples }) => rateHz !== first.rateHz || samples.length !== first.samples.length);
  if (other) {
    throw new ToolkitError(
      "bad-shape",
      `evaluate: ${first.path} has ${first.samples.length} samples at ${first.rateHz} Hz, ${other.path} ${other.samples.length} at ${other.rateHz} Hz; all files need one length and one rate`,
    );
  }
  const signals = files.map(({ samples }) => samples);
  const prepared = bssEvalReferences(signals.slice(0, references.length), { filterLength });
  const scores = references.map((reference, j) => {
    const estimate = signals[references.length + j]!;
    return { reference, estimate: estimates[j]!, ...prepared.score(estimate, j), siSdr: siSdr(signals[j]!, estimate) };
  });
  if (options.json) outJson(io, { scores, filterLength, samples: first.samples.length, rateHz: first.rateHz });
  else {
    outLine(io, `BSS Eval (sources, ${filterLength} taps) and SI-SDR, in dB; ${references.length} references together`);
    for (const { reference, estimate, sdr, sir, sar, siSdr } of scores) {
      const cells = Object.entries({ SDR: sdr, SIR: sir, SAR: sar, "SI-SDR": siSdr });
      outLine(
        io,
        `${estimate} against ${reference}: ${cells.map(([name, value]) => `${name} ${value.toFixed(2)}`).join("  ")}`,
      );
    }
  }
  return exitCodes.done;
}

async function readMono(path: string): Promise<{ rateHz: number; samples: Float64Array }> {
  const signal = await lastValueFrom(signalBlocks(() => audioSource(path)).pipe(join()));
  if (signal.channels.length > 1) {
    throw new ToolkitError(
      "unsupported",
      `${path}: has ${signal.channels.length} channels; scores of sources need one`,
    );
  }
  return { rateHz: signal.rateHz, samples: toMono(signal) };
}
