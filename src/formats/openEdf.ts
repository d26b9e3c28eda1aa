import { ToolkitError } from "../core/error.ts";
import type { ByteSource } from "./byteSource.ts";
import { type EdfHeader, readEdfHeader } from "./edfHeader.ts";
import { type EdfPiece, readPieces } from "./edfPieces.ts";
import { decodeDigitalInto, decodePhysicalInto } from "./edfSamples.ts";
import { parseTals } from "./edfTals.ts";
import { selectSignals, selectWindow } from "./readWindow.ts";
import type { Annotation, FormatWarning, ReadOptions, Recording, RecordingSignal } from "./recording.ts";

/** Options of `openEdf`. */
export interface OpenEdfOptions {
  /** Read the whole records of a file that ends before its header says, with a warning. Default false: refuse it. */
  readonly allowTruncated?: boolean;
}

/** Defaults of `openEdf`. */
export const openEdfDefaults = { allowTruncated: false } as const satisfies OpenEdfOptions;

/**
 * Opens an EDF, EDF+C, BDF or BDF+C file: reads and checks its header and the first annotation, no samples. Windows are
 * read by byte range, so a file may be far larger than memory. Formats: Kemp et al. 1992; Kemp & Olivan 2003 (EDF+);
 * BioSemi (BDF, 24 bits).
 *
 * Physical values are (digital - digitalMinimum) * gain + physicalMinimum with
 * gain = (physicalMaximum - physicalMinimum) / (digitalMaximum - digitalMinimum), in float64.
 *
 * @param source the file; the recording uses it until it is closed
 * @throws ToolkitError `bad-format` if it is no such file or its header contradicts itself, `truncated` if it ends before
 * its header says, `unsupported` if it is EDF+D or BDF+D (with gaps)
 */
export async function openEdf(source: ByteSource, options: OpenEdfOptions = {}): Promise<Recording> {
  const { allowTruncated } = { ...openEdfDefaults, ...options };
  const header = await readEdfHeader(source, allowTruncated);
  const { signals, sampleBytes, records, recordSeconds } = header;
  const warnings = [...header.warnings];
  const startOffsetSeconds = await readStartOffset(source, header, warnings);
  let annotationsRead = false;

  async function read<T extends Float64Array | Int32Array>(
    who: string,
    options: ReadOptions,
    make: (samples: number) => T,
    decode: (bytes: Uint8Array, offset: number, count: number, signal: RecordingSignal, out: T, at: number) => void,
  ) {
    const chosen = selectSignals(source.name, who, signals, options.signals);
    const { rateHz, samples } = chosen[0]!;
    const { startSample, endSample } = selectWindow(source.name, who, options, rateHz, samples);
    const channels = allocate(source.name, who, chosen.length, endSample - startSample, make);
    const take = (bytes: Uint8Array, offset: number, { channel, sample, start, end }: EdfPiece) =>
      decode(bytes, offset, (end - start) / sampleBytes, chosen[channel]!, channels[channel]!, sample - startSample);
    const indices = chosen.map(({ index }) => index);
    await readPieces(source, header, indices, startSample, endSample, take);
    return { rateHz, channels };
  }

  return {
    name: source.name,
    format: header.format,
    patient: header.patient,
    recording: header.recording,
    ...(header.startTime ? { startTime: header.startTime } : {}),
    startOffsetSeconds,
    recordSeconds,
    records,
    durationSeconds: records * recordSeconds,
    signals,
    warnings,
    read: (options = {}) =>
      read(
        "read",
        options,
        (samples) => new Float64Array(samples),
        (bytes, offset, count, signal, out, at) =>
          decodePhysicalInto(bytes, offset, sampleBytes, count, scaleOf(signal), out, at),
      ),
    readDigital: (options = {}) =>
      read(
        "readDigital",
        options,
        (samples) => new Int32Array(samples),
        (bytes, offset, count, _, out, at) => decodeDigitalInto(bytes, offset, sampleBytes, count, out, at),
      ),
    annotations: async () => {
      const result = await readAnnotations(source, header, startOffsetSeconds);
      if (!annotationsRead) warnings.push(...result.warnings);
      annotationsRead = true;
      return result.annotations;
    },
    close: () => source.close(),
  };
}

function scaleOf({ digitalMinimum, digitalMaximum, physicalMinimum, physicalMaximum }: RecordingSignal) {
  return {
    digitalMinimum,
    gain: (physicalMaximum - physicalMinimum) / (digitalMaximum - digitalMinimum),
    physicalMinimum,
  };
}

function allocate<T>(name: string, who: string, count: number, samples: number, make: (samples: number) => T): T[] {
  try {
    return Array.from({ length: count }, () => make(samples));
  } catch (cause) {
    throw new ToolkitError(
      "bad-option",
      `${name}: ${who}: ${count} signals of ${samples} samples do not fit in memory; read a shorter window or fewer signals`,
      { cause },
    );
  }
}

/** Onset of the first time-keeping list; 0 where there is none. */
async function readStartOffset(source: ByteSource, header: EdfHeader, warnings: FormatWarning[]): Promise<number> {
  const keeper = header.signals.find(({ isAnnotations }) => isAnnotations);
  if (!keeper || header.records === 0) return 0;
  const start = header.headerBytes + header.signalOffsets[keeper.index]!;
  const bytes = await source.read(start, start + keeper.samplesPerRecord * header.sampleBytes);
  const { tals, badOffsets } = parseTals(bytes);
  if (tals[0] && badOffsets[0] !== 0) return tals[0].onsetSeconds;
  warnings.push({
    code: "no-time-keeping",
    message: `${source.name}: signal "${keeper.label}" (number ${keeper.index}) starts with no time-keeping list at byte ${start}; the start is taken to be a whole second`,
  });
  return 0;
}

async function readAnnotations(source: ByteSource, header: EdfHeader, startOffsetSeconds: number) {
  const annotations: Annotation[] = [];
  const warnings: FormatWarning[] = [];
  const warn = (code: string, message: string) => warnings.push({ code, message: `${source.name}: ${message}` });
  const { sampleBytes, recordSeconds } = header;
  const holders = header.signals.filter(({ isAnnotations }) => isAnnotations);
  for (const holder of holders) {
    const { samplesPerRecord, samples, index, label } = holder;
    const whole = new Uint8Array(samplesPerRecord * sampleBytes);
    await readPieces(source, header, [index], 0, samples, (bytes, offset, { record, sample, start, end }) => {
      const inRecord = (sample - record * samplesPerRecord) * sampleBytes;
      whole.set(bytes.subarray(offset, offset + end - start), inRecord);
      if (inRecord + end - start < whole.length) return;
      const { tals, badOffsets } = parseTals(whole);
      for (const bad of badOffsets) {
        const byte = end - whole.length + bad;
        warn("bad-annotation", `signal "${label}" has a list at byte ${byte} that is not as EDF+ says; it is left out`);
      }
      tals.forEach(({ onsetSeconds, durationSeconds, texts }, t) => {
        const keepsTime = holder === holders[0] && t === 0 && texts[0] === "";
        if (keepsTime && Math.abs(onsetSeconds - startOffsetSeconds - record * recordSeconds) > 1e-3) {
          const expected = startOffsetSeconds + record * recordSeconds;
          warn(
            "time-jump",
            `record ${record} says it starts at ${onsetSeconds} s; a continuous recording is at ${expected}`,
          );
        }
        for (const text of keepsTime ? texts.slice(1) : texts) {
          const onset = { onsetSeconds: onsetSeconds - startOffsetSeconds };
          annotations.push({ ...onset, ...(durationSeconds === undefined ? {} : { durationSeconds }), text });
        }
      });
    });
  }
  // sort is stable, so that equal onsets keep the file's order
  annotations.sort((a, b) => a.onsetSeconds - b.onsetSeconds);
  return { annotations, warnings };
}
