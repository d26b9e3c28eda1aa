import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { ToolkitError } from "../../core/error.ts";
import { type ConversionGapPolicy, convertToEdf, convertToEdfDefaults } from "../../formats/convertToEdf.ts";
import { pathKind, writeFileAside } from "../../formats/file.ts";
import { openRecordingFile } from "../../formats/openRecordingFile.ts";
import { labels, number } from "../argumentParsers.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";
import { createProgress } from "../progress.ts";
import { checkNotAborted } from "../untilAborted.ts";

/** Options of `neurosteer convert`. */
export interface ConvertOptions {
  out: string;
  signals?: string[];
  from?: number;
  to?: number;
  gapPolicy?: ConversionGapPolicy;
  overwrite?: boolean;
  json?: boolean;
}

/** Adds what `neurosteer convert` takes to a command. */
export function addConvertArguments(command: Command): Command {
  return command
    .argument("<file>", "EDF, BDF, BrainVision (.vhdr) or EEGLAB (.set) file")
    .requiredOption("--out <file>", "EDF+ file to make, ending in .edf")
    .option("--signals <labels>", "labels of signals, separated by commas; default all", labels)
    .option("--from <s>", "start in seconds; default the beginning", number({ from: 0 }))
    .option("--to <s>", "end in seconds; default the end", number({ above: 0 }))
    .addOption(
      new Option("--gap-policy <policy>", "gaps: kept (EDF+D), an error, or the samples side by side")
        .choices(["keep", "error", "join"])
        .default(convertToEdfDefaults.gapPolicy),
    )
    .option("--overwrite", "replace the file if it is there")
    .option("--json", "one JSON object on standard output, nothing else there");
}

/**
 * `neurosteer convert FILE --out F.edf`: a recording of any format as EDF+. It is written block by block aside and gets its
 * name when it is complete, so a recording may be longer than memory and an interrupted conversion leaves nothing.
 */
export async function convert(path: string, options: ConvertOptions, io: CommandIo): Promise<number> {
  const { out, signals, from, to, gapPolicy } = options;
  if (!/\.edf$/i.test(out)) throw new ToolkitError("usage", `convert: ${out} does not end in .edf`);
  if (resolve(out) === resolve(path)) {
    throw new ToolkitError("usage", `convert: ${out} is the recording itself; name another file`);
  }
  const there = await pathKind(out);
  if (there === "folder" || (there && !options.overwrite)) {
    const remedy = there === "folder" ? "a folder; name a file" : "there already; name another file or --overwrite it";
    throw new ToolkitError("exists", `${out}: is ${remedy}`);
  }
  const recording = await openRecordingFile(path);
  const progress = createProgress(io, "convert");
  try {
    let facts: Awaited<ReturnType<typeof convertToEdf>> | undefined;
    await writeFileAside(out, async (write) => {
      facts = await convertToEdf(recording, write, {
        ...(signals && { signals }),
        ...(from === undefined ? {} : { startSeconds: from }),
        ...(to === undefined ? {} : { endSeconds: to }),
        ...(gapPolicy && { gapPolicy }),
        onBlock: (done) => {
          checkNotAborted(io.signal);
          progress.update(Math.round(100 * done), 100, done === 0 ? "ranges" : "records");
        },
      });
    });
    progress.stop();
    const { warnings, ...rest } = facts!;
    const all = [...recording.warnings, ...warnings];
    if (options.json) outJson(io, { out, source: path, sourceFormat: recording.format, ...rest, warnings: all });
    else print(io, { out, ...rest, warnings: all });
    return exitCodes.done;
  } finally {
    progress.stop();
    await recording.close();
  }
}

function print(io: CommandIo, facts: { out: string } & Awaited<ReturnType<typeof convertToEdf>>): void {
  const { out, format, records, recordSeconds, signals, annotations, warnings } = facts;
  outLine(
    io,
    `${out}: ${format}, ${signals.length} signals, ${records} records of ${recordSeconds} s, ${annotations} annotations`,
  );
  const rounded = signals.filter(({ exact }) => !exact);
  if (rounded.length < signals.length) outLine(io, `${signals.length - rounded.length} signals are digitally exact`);
  for (const { label, unit, largestError, relativeError } of rounded) {
    const share = relativeError.toExponential(1);
    outLine(
      io,
      `  ${label}: rounded by at most ${Number(largestError.toPrecision(3))} ${unit} (${share} of the range)`,
    );
  }
  for (const { code, message } of warnings) outLine(io, `warning ${code}: ${message}`);
}
