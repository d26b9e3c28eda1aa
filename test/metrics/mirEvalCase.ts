import { readFileSync } from "node:fs";
import { sharedPath } from "../shared.ts";

/** One of mir_eval's parts of a recorded case: scores by name, and how the part was made. */
export interface MirEvalPart {
  readonly "Source to Distortion": number[] & number[][];
  readonly "Image to Spatial": number[] & number[][];
  readonly "Source to Interference": number[] & number[][];
  readonly "Source to Artifact": number[] & number[][];
  readonly "Source permutation": number[];
  readonly win: number;
  readonly hop: number;
  readonly nchan: number;
  readonly gain: number;
}

/** The recorded cases and their numbers of sources. */
export const mirEvalCases = [
  { name: "01", count: 2 },
  { name: "02", count: 3 },
  { name: "05", count: 3 },
  { name: "06", count: 2 },
] as const;

/** What mir_eval recorded of a case, by part. */
export function mirEvalExpected(
  name: string,
): Record<"Sources" | "Framewise" | "Images" | "Images Framewise", MirEvalPart> {
  return JSON.parse(readFileSync(sharedPath(`bss_eval/mir_eval/output${name}.json`), "utf8"));
}

/** References or estimates of a case, [sources][channels][samples]; 16-bit PCM. */
export function mirEvalImages(kind: "ref" | "est", { name, count }: { name: string; count: number }): Float64Array[][] {
  return Array.from({ length: count }, (_, i) => readWav(sharedPath(`bss_eval/mir_eval/${kind}${name}/${i}.wav`)));
}

/** The same with the mean of the channels, as mir_eval reads them, [sources][samples]. */
export function mirEvalSources(kind: "ref" | "est", which: { name: string; count: number }): Float64Array[] {
  return mirEvalImages(kind, which).map((channels) =>
    channels[0]!.map((_, t) => channels.reduce((sum, channel) => sum + channel[t]!, 0) / channels.length),
  );
}

/** The images of mir_eval's tests: the source in every channel, from the second on with a gain. */
export function inChannels(sources: Float64Array[], channels: number, gain: number): Float64Array[][] {
  return sources.map((source) =>
    Array.from({ length: channels }, (_, c) => source.map((value) => (c === 0 ? value : gain * value))),
  );
}

function readWav(path: string): Float64Array[] {
  const bytes = readFileSync(path);
  const channels = bytes.readUInt16LE(22);
  let at = 12;
  while (bytes.toString("latin1", at, at + 4) !== "data") at += 8 + bytes.readUInt32LE(at + 4);
  const samples = bytes.readUInt32LE(at + 4) / (2 * channels);
  return Array.from({ length: channels }, (_, c) =>
    Float64Array.from({ length: samples }, (_, t) => bytes.readInt16LE(at + 8 + 2 * (t * channels + c)) / 32768),
  );
}
