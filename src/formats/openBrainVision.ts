import { ToolkitError } from "../core/error.ts";
import { type BrainVisionHeader, type BrainVisionSignal, parseBrainVisionHeader } from "./brainVisionHeader.ts";
import { type BrainVisionMarkers, parseBrainVisionMarkers } from "./brainVisionMarkers.ts";
import { brainVisionSampleBytes, digitalReader, physicalReader } from "./brainVisionSamples.ts";
import { brainVisionSegments } from "./brainVisionSegments.ts";
import { readBrainVisionText } from "./brainVisionText.ts";
import type { ByteSource } from "./byteSource.ts";
import type { Annotation, FormatWarning, Recording, Segment } from "./recording.ts";
import { durations, recordedAt, sampleToSeconds } from "./segments.ts";
import { windowReaders } from "./windowReaders.ts";

/**
 * Opens a file that lies beside another one.
 *
 * @param name its name alone, without a folder
 * @returns `undefined` if there is none
 */
export type SiblingOpener = (name: string) => Promise<ByteSource | undefined>;

/** Options of `openBrainVision`. */
export interface OpenBrainVisionOptions {
  /** Read what is there of a multiplexed file that ends before its header says, with a warning. Default false. */
  readonly allowTruncated?: boolean;
}

/** Defaults of `openBrainVision`. */
export const openBrainVisionDefaults = { allowTruncated: false } as const satisfies OpenBrainVisionOptions;

/** An opened BrainVision recording. */
export interface BrainVisionRecording extends Recording {
  readonly format: "BrainVision";
  /** Version of the header, such as `1.0`. */
  readonly formatVersion: string;
  /** Name of the file with the samples. */
  readonly dataFile: string;
  /** Name of the file with the markers; missing if there is none. */
  readonly markerFile?: string;
  readonly sampleFormat: BrainVisionHeader["sampleFormat"];
  readonly orientation: BrainVisionHeader["orientation"];
  readonly signals: readonly BrainVisionSignal[];
}

/**
 * Opens a BrainVision recording, versions 1 and 2: the header (.vhdr), which names the data (.eeg) and the markers
 * (.vmrk) beside it. Samples are read by byte range when asked for. A physical value is the stored number times the
 * channel's resolution, in float64. Format: Brain Products, "BrainVision Core Data Format" 1.0 and 2.0.
 *
 * A file that the header names but that is not there is looked for under the header's own name (all three renamed).
 *
 * @param source the header; the recording closes it, as well as what it opens
 * @param siblings opens the other two
 * @throws ToolkitError `bad-format` for a header that is none or contradicts itself, `not-found` without the data,
 * `truncated` if they end before the header says, `unsupported` for ASCII data and data that are no time series
 */
export async function openBrainVision(
  source: ByteSource,
  siblings: SiblingOpener,
  options: OpenBrainVisionOptions = {},
): Promise<BrainVisionRecording> {
  const { allowTruncated } = { ...openBrainVisionDefaults, ...options };
  const { name } = source;
  const header = parseBrainVisionHeader(name, await readBrainVisionText(source, "header"));
  const warnings = [...header.warnings];
  const data = await openData(name, header, siblings, warnings);
  try {
    const samples = countSamples(data.source, header, allowTruncated, warnings);
    const found = await readMarkers(name, header, siblings, data.name, warnings);
    const { rateHz, segmentDataPoints } = header;
    const layout = { rateHz, samples, ...(segmentDataPoints ? { segmentDataPoints } : {}) };
    const times = brainVisionSegments(name, found.markers, layout, warnings);
    const annotations = toAnnotations(found.markers, times.segments, rateHz);
    const outside = annotations.filter(({ outOfRange }) => outOfRange).length;
    if (outside > 0) {
      warnings.push({
        code: "markers-outside",
        message: `${name}: ${outside} of ${annotations.length} markers are outside the ${samples} samples; they are kept and flagged`,
      });
    }
    const signals = header.signals.map((signal) => ({ ...signal, samples }));
    const file = { source: data.source, header, samples };
    const digital = digitalReader(file);
    return {
      name,
      format: "BrainVision",
      formatVersion: header.version,
      dataFile: data.name,
      ...(found.file === undefined ? {} : { markerFile: found.file }),
      sampleFormat: header.sampleFormat,
      orientation: header.orientation,
      ...(times.startTime ? { startTime: times.startTime } : {}),
      startOffsetSeconds: times.startOffsetSeconds,
      ...durations(times.segments),
      signals,
      segments: times.segments,
      warnings,
      ...windowReaders({
        name,
        signals,
        segments: times.segments,
        physical: physicalReader(file),
        ...(digital ? { digital } : {}),
      }),
      annotations: async () => annotations.map((annotation) => ({ ...annotation })),
      close: async () => {
        await data.source.close();
        await source.close();
      },
    };
  } catch (error) {
    await data.source.close();
    throw error;
  }
}

/** The names a file may have: the one the header gives, and the header's own with that one's ending. */
function namesOf(headerName: string, stated: string | undefined, ending: string): string[] {
  const own = lastPart(headerName).replace(/\.[^.]*$/, "");
  // $b stands for the header's own name; folders are not followed, files are moved together
  const named = lastPart((stated ?? "").replaceAll("$b", own));
  const kind = /\.[^.]+$/.exec(named)?.[0] ?? ending;
  return [...new Set([named, own + kind, own + ending])].filter((name) => !/^\.*$/.test(name));
}

function lastPart(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

async function openFirst(names: readonly string[], siblings: SiblingOpener) {
  for (const name of names) {
    const source = await siblings(name);
    if (source) return { name, source };
  }
  return undefined;
}

async function openData(
  name: string,
  { dataFile }: BrainVisionHeader,
  siblings: SiblingOpener,
  warnings: FormatWarning[],
): Promise<{ name: string; source: ByteSource }> {
  const names = namesOf(name, dataFile, ".eeg");
  const data = await openFirst(names, siblings);
  if (!data) {
    throw new ToolkitError(
      "not-found",
      `${name}: names the data file ${JSON.stringify(dataFile)}; beside it there is neither ${names.join(" nor ")}`,
    );
  }
  if (data.name !== names[0]) {
    warnings.push({
      code: "data-file-renamed",
      message: `${name}: names the data file ${JSON.stringify(dataFile)}, which is not there; ${data.name} is read`,
    });
  }
  return data;
}

async function readMarkers(
  name: string,
  { markerFile }: BrainVisionHeader,
  siblings: SiblingOpener,
  dataFile: string,
  warnings: FormatWarning[],
): Promise<Pick<BrainVisionMarkers, "markers"> & { file?: string }> {
  const names = namesOf(name, markerFile, ".vmrk");
  const file = await openFirst(names, siblings);
  if (!file) {
    const stated = markerFile === undefined ? "names no marker file" : `names the marker file "${markerFile}"`;
    warnings.push({
      code: "no-marker-file",
      message: `${name}: ${stated}; beside it there is neither ${names.join(" nor ")}; there are no annotations`,
    });
    return { markers: [] };
  }
  try {
    if (markerFile !== undefined && file.name !== names[0]) {
      warnings.push({
        code: "marker-file-renamed",
        message: `${name}: names the marker file ${JSON.stringify(markerFile)}, which is not there; ${file.name} is read`,
      });
    }
    const found = parseBrainVisionMarkers(file.source.name, await readBrainVisionText(file.source, "markers"));
    warnings.push(...found.warnings);
    const own = lastPart(name).replace(/\.[^.]*$/, "");
    if (found.dataFile !== undefined && lastPart(found.dataFile.replaceAll("$b", own)) !== dataFile) {
      warnings.push({
        code: "marker-file-link",
        message: `${file.source.name}: says it belongs to ${JSON.stringify(found.dataFile)}, the header names it beside ${dataFile}; its markers are used`,
      });
    }
    return { markers: found.markers, file: file.name };
  } finally {
    await file.source.close();
  }
}

function countSamples(
  { name, byteLength }: ByteSource,
  { sampleFormat, orientation, signals, dataPoints }: BrainVisionHeader,
  allowTruncated: boolean,
  warnings: FormatWarning[],
): number {
  const frameBytes = brainVisionSampleBytes[sampleFormat] * signals.length;
  const held = Math.floor(byteLength / frameBytes);
  const warn = (code: string, message: string) => warnings.push({ code, message: `${name}: ${message}` });
  if (dataPoints !== undefined && dataPoints > held) {
    const message = `the header says ${dataPoints} samples of ${signals.length} channels, ${dataPoints * frameBytes} bytes; the file has ${byteLength}, ${held} whole samples`;
    if (!allowTruncated || orientation === "VECTORIZED") {
      const remedy = orientation === "VECTORIZED" ? "the last channels are missing" : "or allow truncated files";
      throw new ToolkitError("truncated", `${name}: ${message}; get the whole file, ${remedy}`);
    }
    warn("truncated", message);
    return held;
  }
  const samples = dataPoints ?? held;
  const left = byteLength - samples * frameBytes;
  if (left > 0 && orientation === "VECTORIZED" && dataPoints === undefined) {
    throw new ToolkitError(
      "bad-format",
      `${name}: has ${byteLength} bytes, which ${signals.length} channels of ${sampleFormat} one behind the other do not share evenly; where they begin is unknown, the header needs DataPoints`,
    );
  }
  if (left > 0) {
    const what = dataPoints === undefined ? "are no whole sample of all channels" : "follow the last sample";
    warn("trailing-bytes", `${left} bytes ${what}; they are ignored`);
  }
  if (samples === 0) warn("no-records", "the file has no samples");
  return samples;
}

function toAnnotations(
  markers: BrainVisionMarkers["markers"],
  segments: readonly Segment[],
  rateHz: number,
): Annotation[] {
  const recorded = recordedAt(segments);
  return markers
    .map(({ type, description, sample, samples, signal }) => {
      const onsetSeconds = sampleToSeconds(segments, { rateHz, sample });
      return {
        onsetSeconds,
        durationSeconds: samples / rateHz,
        text: description,
        type,
        ...(signal === undefined ? {} : { signal }),
        ...(recorded(onsetSeconds) ? {} : { outOfRange: true as const }),
      };
    })
    .sort((a, b) => a.onsetSeconds - b.onsetSeconds);
}
