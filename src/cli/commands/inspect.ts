import type { ByteSource } from "../../formats/byteSource.ts";
import { openFile } from "../../formats/file.ts";
import { readNpy } from "../../formats/npy.ts";
import { openWav } from "../../formats/openWav.ts";
import type { FormatWarning, RecordingSignal } from "../../formats/recording.ts";
import { exitCodes } from "../exitCode.ts";
import { fileKind } from "../fileKind.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";
import { type RecordingFacts, recordingFacts } from "./inspectRecording.ts";

/** Options of `neurosteer inspect`. */
export interface InspectOptions {
  json?: boolean;
  crossCheck?: boolean;
}

/** As many of a list are shown to people; `--json` has all. */
const shown = 10;

/**
 * `neurosteer inspect FILE`: what is in a recording, audio or array file.
 *
 * @returns 0, or 1 if `--cross-check` finds that the two decoders disagree
 */
export async function inspect(path: string, options: InspectOptions, io: CommandIo): Promise<number> {
  const source = await openFile(path);
  try {
    const kind = await fileKind(source);
    if (kind === "recording") {
      const { header, ...facts } = await recordingFacts(source, options);
      if (options.json) outJson(io, { ...header, ...facts });
      else printRecording(io, { header, ...facts });
      return facts.crossCheck && !facts.crossCheck.agrees ? exitCodes.defectiveInput : exitCodes.done;
    }
    const facts = kind === "wav" ? await wavFacts(source) : await npyFacts(source);
    if (options.json) outJson(io, facts);
    else printFacts(io, facts);
    return exitCodes.done;
  } finally {
    await source.close();
  }
}

function printRecording(
  io: CommandIo,
  { header, signals, segments, annotations, status, warnings, crossCheck }: RecordingFacts,
) {
  printFacts(io, { ...header, segments: segments.length, annotations: annotations.length, warnings });
  outLine(io, "signals:");
  for (const signal of signals) outLine(io, `  ${signalLine(signal)}`);
  if (segments.length > 1) {
    printSome(io, segments, "segments", ({ startSeconds, durationSeconds, gapSeconds }, s) => {
      const gap =
        gapSeconds === undefined ? ", gap of unknown length before it" : `, ${gapSeconds} s after the one before it`;
      return `segment at ${startSeconds} s for ${durationSeconds} s${s === 0 ? "" : gap}`;
    });
  }
  printSome(io, annotations, "annotations", ({ onsetSeconds, durationSeconds, type, text, outOfRange }) => {
    const span = `at ${onsetSeconds} s${durationSeconds === undefined ? "" : ` for ${durationSeconds} s`}`;
    return `${span}: ${[type, text].filter(Boolean).join(" ")}${outOfRange ? " (nothing was recorded then)" : ""}`;
  });
  if (status) {
    const counts = new Map<number, number>();
    for (const { value } of status.events) counts.set(value, (counts.get(value) ?? 0) + 1);
    const triggers = [...counts].sort(([a], [b]) => a - b);
    printSome(io, triggers, "triggers", ([value, count]) => `trigger ${value}: ${count} times`);
  }
  for (const { label, samples, largestDifferenceSteps, agrees } of crossCheck?.signals ?? []) {
    const verdict = agrees ? "agrees" : `differs by up to ${largestDifferenceSteps} steps`;
    outLine(io, `cross-check ${label}: ${samples} samples, ${verdict}`);
  }
}

function signalLine(signal: RecordingSignal & { physicalMinimum?: number; physicalMaximum?: number }): string {
  const { index, label, unit, rateHz, samples, type, isAnnotations, physicalMinimum, physicalMaximum } = signal;
  if (isAnnotations) return `${index} ${label}: annotations`;
  const range = physicalMinimum === undefined ? unit : `${physicalMinimum} to ${physicalMaximum} ${unit}`;
  return `${index} ${label}: ${rateHz} Hz, ${samples} samples, ${range}${type === "unknown" ? "" : `, ${type}`}`;
}

function printSome<T>(io: CommandIo, items: readonly T[], what: string, line: (item: T, i: number) => string): void {
  items.slice(0, shown).forEach((item, i) => {
    outLine(io, `  ${line(item, i)}`);
  });
  if (items.length > shown) outLine(io, `  and ${items.length - shown} more ${what} (--json lists them)`);
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
