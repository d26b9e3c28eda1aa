import type { ByteSource } from "../../formats/byteSource.ts";
import { crossCheckEdf } from "../../formats/crossCheckEdf.ts";
import { openFile } from "../../formats/file.ts";
import { readNpy } from "../../formats/npy.ts";
import { openEdf } from "../../formats/openEdf.ts";
import { openWav } from "../../formats/openWav.ts";
import type { FormatWarning } from "../../formats/recording.ts";
import { exitCodes } from "../exitCode.ts";
import { fileKind } from "../fileKind.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";

/** Options of `neurosteer inspect`. */
export interface InspectOptions {
  json?: boolean;
  crossCheck?: boolean;
}

/**
 * `neurosteer inspect FILE`: what is in a recording, audio or array file.
 *
 * @returns 0, or 1 if `--cross-check` finds that the two decoders disagree
 */
export async function inspect(path: string, options: InspectOptions, io: CommandIo): Promise<number> {
  const source = await openFile(path);
  try {
    const kind = await fileKind(source);
    if (kind === "edf") return await inspectRecording(source, options, io);
    const facts = kind === "wav" ? await wavFacts(source) : await npyFacts(source);
    if (options.json) outJson(io, facts);
    else printFacts(io, facts);
    return exitCodes.done;
  } finally {
    await source.close();
  }
}

async function inspectRecording(source: ByteSource, options: InspectOptions, io: CommandIo): Promise<number> {
  const recording = await openEdf(source);
  const annotations = await recording.annotations();
  const { warnings, signals, read: _, readDigital: __, close: ___, annotations: ____, ...header } = recording;
  const crossCheck = options.crossCheck ? await crossCheckEdf(source) : undefined;
  if (options.json) outJson(io, { ...header, signals, annotations, warnings, ...(crossCheck && { crossCheck }) });
  else {
    printFacts(io, { ...header, warnings, annotations: annotations.length });
    outLine(io, "signals:");
    for (const { index, label, unit, rateHz, samples, physicalMinimum, physicalMaximum, isAnnotations } of signals) {
      const range = `${physicalMinimum} to ${physicalMaximum} ${unit}`;
      outLine(
        io,
        `  ${index} ${label}: ${isAnnotations ? "annotations" : `${rateHz} Hz, ${samples} samples, ${range}`}`,
      );
    }
    for (const { onsetSeconds, durationSeconds, text } of annotations.slice(0, 10)) {
      outLine(io, `  at ${onsetSeconds} s${durationSeconds === undefined ? "" : ` for ${durationSeconds} s`}: ${text}`);
    }
    if (annotations.length > 10) outLine(io, `  and ${annotations.length - 10} more annotations (--json lists them)`);
    for (const { label, samples, largestDifferenceSteps, agrees } of crossCheck?.signals ?? []) {
      const verdict = agrees ? "agrees" : `differs by up to ${largestDifferenceSteps} steps`;
      outLine(io, `cross-check ${label}: ${samples} samples, ${verdict}`);
    }
  }
  return crossCheck && !crossCheck.agrees ? exitCodes.defectiveInput : exitCodes.done;
}

async function wavFacts(source: ByteSource) {
  const wav = await openWav(source);
  const { name, rateHz, channels, samples, sampleFormat, bitsPerSample, durationSeconds, warnings } = wav;
  return { name, format: "WAV", rateHz, channels, samples, sampleFormat, bitsPerSample, durationSeconds, warnings };
}

async function npyFacts(source: ByteSource) {
  const { shape, data } = readNpy(await source.read(0, source.byteLength), source.name);
  let [minimum, maximum, notFinite] = [Infinity, -Infinity, 0];
  for (const value of data) {
    if (!Number.isFinite(value)) notFinite++;
    else {
      minimum = Math.min(minimum, value);
      maximum = Math.max(maximum, value);
    }
  }
  return { name: source.name, format: "NPY", shape, type: data.constructor.name, minimum, maximum, notFinite };
}

function printFacts(io: CommandIo, facts: Record<string, unknown> & { warnings?: readonly FormatWarning[] }): void {
  const { warnings, ...rest } = facts;
  for (const [name, value] of Object.entries(rest)) {
    outLine(io, `${name}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`);
  }
  for (const { code, message } of warnings ?? []) outLine(io, `warning ${code}: ${message}`);
}
