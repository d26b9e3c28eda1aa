import { type ByteSource, memorySource } from "../../src/formats/byteSource.ts";
import {
  type BrainVisionRecording,
  type OpenBrainVisionOptions,
  openBrainVision,
} from "../../src/formats/openBrainVision.ts";

/** How a recording built by hand differs from a plain one. */
export interface BrainVisionParts {
  /** Lines that replace those of the same key in [Common Infos] and [Binary Infos], or come on top; empty removes one. */
  common?: Record<string, string>;
  binary?: Record<string, string>;
  /** Values of Ch1, Ch2, ... */
  channels?: readonly string[];
  /** Values of Mk1, Mk2, ... */
  markers?: readonly string[];
  /** First line of both files. */
  version?: string;
  /** What the marker file says it belongs to. */
  markerDataFile?: string;
  /** Bytes behind [Comment]. */
  comment?: string;
}

const lines = (entries: Record<string, string>) =>
  Object.entries(entries)
    .filter(([, value]) => value !== "")
    .map(([key, value]) => `${key}=${value}`);

/** Text of a header file. */
export function headerText({
  common,
  binary,
  channels = ["Fp1,,0.5,uV", "Cz,,0.5,uV"],
  version,
  comment,
}: BrainVisionParts) {
  return [
    `Brain Vision Data Exchange Header File Version ${version ?? "1.0"}`,
    "; a comment, with = and [brackets]",
    "",
    "[Common Infos]",
    ...lines({
      DataFile: "made.eeg",
      MarkerFile: "made.vmrk",
      DataFormat: "BINARY",
      DataOrientation: "MULTIPLEXED",
      NumberOfChannels: String(channels.length),
      SamplingInterval: "250000",
      ...common,
    }),
    "[Binary Infos]",
    ...lines({ BinaryFormat: "INT_16", ...binary }),
    "[Channel Infos]",
    ...channels.map((value, c) => `Ch${c + 1}=${value}`),
    "",
    "[Comment]",
    comment ?? "free = text",
    "",
  ].join("\r\n");
}

/** Text of a marker file. */
export function markerText({ markers = [], version, markerDataFile = "made.eeg" }: BrainVisionParts) {
  return [
    `Brain Vision Data Exchange Marker File, Version ${version ?? "1.0"}`,
    "[Common Infos]",
    `DataFile=${markerDataFile}`,
    "[Marker Infos]",
    ...markers.map((value, m) => `Mk${m + 1}=${value}`),
    "",
  ].join("\r\n");
}

/** Bytes of 16-bit integers, the low byte first. */
export function int16Bytes(values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value & 0xff, (value >> 8) & 0xff]));
}

const encode = (text: string | Uint8Array) => (typeof text === "string" ? new TextEncoder().encode(text) : text);

/** Opens files in memory by name, and remembers what was asked for and what is still open. */
export function siblingsOf(files: Record<string, string | Uint8Array>) {
  const asked: string[] = [];
  const opened = new Set<string>();
  const open = async (name: string): Promise<ByteSource | undefined> => {
    asked.push(name);
    if (!Object.hasOwn(files, name)) return undefined;
    opened.add(name);
    return {
      ...memorySource(encode(files[name]!), `folder/${name}`),
      close: async () => {
        opened.delete(name);
      },
    };
  };
  return { open, asked, opened };
}

/** Opens a recording of 2 channels at 4 Hz; `data` is 6 samples unless given. */
export function openParts(
  parts: BrainVisionParts = {},
  data: Uint8Array = int16Bytes([0, 100, 1, 101, 2, 102, 3, 103, 4, 104, 5, 105]),
  options: OpenBrainVisionOptions = {},
): Promise<BrainVisionRecording> {
  const { open } = siblingsOf({ "made.eeg": data, "made.vmrk": markerText(parts) });
  return openBrainVision(memorySource(encode(headerText(parts)), "folder/made.vhdr"), open, options);
}
