import { from, lastValueFrom } from "rxjs";
import { ToolkitError } from "../../core/error.ts";
import { type Block, sampleCount } from "../../core/signal.ts";
import { encodeWav } from "../../formats/encodeWav.ts";
import { type FileWriter, openFile, pathKind, writeFileAside } from "../../formats/file.ts";
import { npyHeader } from "../../formats/npy.ts";
import { openRecordingFile } from "../../formats/openRecordingFile.ts";
import { readBlocks, type SampleSource } from "../../streams/blocks.ts";
import { join } from "../../streams/join.ts";
import { audioSource, recordingSource } from "../../streams/sources.ts";
import { exitCodes } from "../exitCode.ts";
import { fileKind } from "../fileKind.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";
import { checkNotAborted } from "../untilAborted.ts";

/** Options of `neurosteer export`. */
export interface ExportOptions {
  out: string;
  signals?: string[];
  from?: number;
  to?: number;
  json?: boolean;
}

/** What is exported: names, rate and the range of samples. */
interface Selection {
  readonly names: readonly string[];
  readonly rateHz: number;
  readonly startSample: number;
  readonly endSample: number;
}

type Exporter = (write: FileWriter, selection: Selection, blocks: AsyncIterable<Block>) => Promise<void>;

const exporters: Readonly<Record<string, Exporter>> = { npy: exportNpy, csv: exportCsv, wav: exportWav };

/**
 * `neurosteer export FILE --out F.npy|.csv|.wav`: signals of a recording or audio file in physical units. NPY and CSV are
 * written block by block, so a file may be longer than memory.
 */
export async function exportSignals(path: string, options: ExportOptions, io: CommandIo): Promise<number> {
  const ending = /\.([^.]+)$/.exec(options.out)?.[1]?.toLowerCase() ?? "";
  const exporter = exporters[ending];
  if (!exporter) {
    throw new ToolkitError(
      "usage",
      `export: ${options.out} ends in none of ${Object.keys(exporters)
        .map((name) => `.${name}`)
        .join(", ")}`,
    );
  }
  if (await pathKind(options.out))
    throw new ToolkitError("exists", `${options.out}: is there already; name another file`);
  const { open, names } = await chooseSource(path, options.signals);
  const { rateHz, samples, close } = await open();
  await close?.();
  const startSample = toSample(options.from ?? 0, rateHz, "--from");
  const endSample = options.to === undefined ? samples : toSample(options.to, rateHz, "--to");
  if (startSample >= endSample || endSample > samples) {
    throw new ToolkitError(
      "bad-option",
      `export: ${path} lasts ${samples / rateHz} s; --from ${options.from ?? 0} --to ${options.to ?? samples / rateHz} is no stretch of it`,
    );
  }
  const selection = { names, rateHz, startSample, endSample };
  const blocks = untilInterrupted(readBlocks(open, { startSample, endSample }), io.signal);
  await writeFileAside(options.out, (write) => exporter(write, selection, blocks));
  const facts = { out: options.out, signals: names, rateHz, samples: endSample - startSample };
  if (options.json) outJson(io, facts);
  else outLine(io, `${facts.out}: ${names.length} signals x ${facts.samples} samples at ${rateHz} Hz`);
  return exitCodes.done;
}

async function chooseSource(
  path: string,
  signals: string[] | undefined,
): Promise<{ open: () => Promise<SampleSource>; names: string[] }> {
  const file = await openFile(path);
  try {
    const kind = await fileKind(file);
    if (kind === "npy")
      throw new ToolkitError("unsupported", `${path}: is an NPY file; recordings and WAV files can be exported`);
    if (kind === "recording") {
      const recording = await openRecordingFile(path);
      await recording.close();
      const names =
        signals ?? recording.signals.filter(({ isAnnotations }) => !isAnnotations).map(({ label }) => label);
      return { open: () => recordingSource(path, signals), names };
    }
    if (signals)
      throw new ToolkitError("usage", `export: ${path} is audio, its channels have no names; leave out --signals`);
    const source = await audioSource(path);
    const { channels } = await source.read(0, 1);
    await source.close?.();
    return { open: () => audioSource(path), names: channels.map((_, c) => `channel ${c + 1}`) };
  } finally {
    await file.close();
  }
}

function toSample(seconds: number, rateHz: number, name: string): number {
  if (!(seconds >= 0)) throw new ToolkitError("bad-option", `export: ${name} is ${seconds}; it must be 0 s or later`);
  return Math.round(seconds * rateHz);
}

/** [signals, samples], float64. */
async function exportNpy(
  write: FileWriter,
  { names, startSample, endSample }: Selection,
  blocks: AsyncIterable<Block>,
) {
  const samples = endSample - startSample;
  const header = npyHeader("<f8", [names.length, samples]);
  await write(header, 0);
  for await (const block of blocks) {
    const offset = block.startSample - startSample;
    for (const [c, channel] of block.channels.entries()) {
      await write(littleEndian(channel), header.length + 8 * (c * samples + offset));
    }
  }
}

/** One row a sample: time in seconds from the start of the file, then each signal. */
async function exportCsv(write: FileWriter, { names, rateHz }: Selection, blocks: AsyncIterable<Block>) {
  const encoder = new TextEncoder();
  let at = 0;
  const append = async (text: string) => {
    const bytes = encoder.encode(text);
    await write(bytes, at);
    at += bytes.length;
  };
  await append(`${["time_s", ...names.map(quoted)].join(",")}\n`);
  for await (const block of blocks) {
    const lines = Array.from({ length: sampleCount(block) }, (_, i) =>
      [(block.startSample + i) / rateHz, ...block.channels.map((channel) => channel[i])].join(","),
    );
    await append(`${lines.join("\n")}\n`);
  }
}

/** float32, so that physical units beyond full scale are kept. */
async function exportWav(write: FileWriter, _: Selection, blocks: AsyncIterable<Block>) {
  await write(encodeWav(await lastValueFrom(from(blocks).pipe(join())), { sampleFormat: "float32" }), 0);
}

async function* untilInterrupted(blocks: AsyncIterable<Block>, signal: AbortSignal): AsyncGenerator<Block> {
  for await (const block of blocks) {
    checkNotAborted(signal);
    yield block;
  }
}

function quoted(name: string): string {
  return /[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}

function littleEndian(values: Float64Array): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat64(8 * i, values[i]!, true);
  return bytes;
}
