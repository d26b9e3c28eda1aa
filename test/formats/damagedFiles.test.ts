import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ToolkitError } from "../../src/core/error.ts";
import { type ByteSource, memorySource } from "../../src/formats/byteSource.ts";
import { encodeEdf } from "../../src/formats/encodeEdf.ts";
import { encodeWav } from "../../src/formats/encodeWav.ts";
import { encodeNpy, readNpy } from "../../src/formats/npy.ts";
import { openEdf } from "../../src/formats/openEdf.ts";
import { openRecording } from "../../src/formats/openRecording.ts";
import { openWav } from "../../src/formats/openWav.ts";
import { parseTsv } from "../../src/formats/tsv.ts";
import { headerText, int16Bytes, markerText, siblingsOf } from "./brainVisionFiles.ts";
import { edfBytes } from "./edfBytes.ts";
import { formatChunk, riffBytes } from "./riffBytes.ts";

const samples = Float64Array.from({ length: 40 }, (_, i) => Math.sin(i));
const signal = { rateHz: 20, channels: [samples, samples] };

const keeper = (onset: string) => `${onset}\u0014\u0014\u0000${onset}\u0015.5\u0014note\u0014\u0000`;
const brainVision = {
  channels: ["Fp1,Ref,0.5,\u00b5V", "Cz,,,mV"],
  markers: [
    "New Segment,,1,1,0,20200102030405678901",
    "Stimulus,S  1,3,1,0",
    "New Segment,,9,1,0,20200102030505678901",
  ],
};

/** Reads all of it; the result may not be larger than a few times the file. */
const readers: Record<string, { file: Uint8Array; read: (source: ByteSource) => Promise<number> }> = {
  "EDF+": {
    file: encodeEdf({
      signals: [
        { label: "A", unit: "uV", rateHz: 20, samples },
        { label: "B", unit: "uV", rateHz: 20, samples },
      ],
      annotations: [{ onsetSeconds: 0.5, durationSeconds: 1, text: "note" }],
    }),
    read: readEdf,
  },
  "EDF+D": {
    file: edfBytes(
      [
        { digital: (i) => i },
        { label: "EDF Annotations", samplesPerRecord: "15", texts: ["+0", "+5", "+6"].map(keeper) },
      ],
      3,
      { reserved: "EDF+D" },
    ),
    read: readEdf,
  },
  BDF: { file: edfBytes([{ digital: (i) => i }, { samplesPerRecord: "2" }], 3, {}, 3), read: readEdf },
  "BrainVision header": {
    file: new TextEncoder().encode(headerText(brainVision)),
    read: (source) => readBrainVision({ header: source }),
  },
  "BrainVision marker": {
    file: new TextEncoder().encode(markerText(brainVision)),
    read: (source) => readBrainVision({ markers: source }),
  },
  "BrainVision data": {
    file: int16Bytes(Array.from({ length: 100 }, (_, i) => i)),
    read: (source) => readBrainVision({ data: source }),
  },
  "WAV float32": { file: encodeWav(signal), read: readWav },
  "WAV pcm24": { file: encodeWav(signal, { sampleFormat: "pcm24" }), read: readWav },
  RF64: {
    file: riffBytes(
      [
        { id: "ds64", body: [...Array(8).fill(0), 40, ...Array(19).fill(0)] },
        formatChunk({ validBits: 16 }),
        { id: "data", body: Array(40).fill(1), size: 0xffffffff },
      ],
      "RF64",
    ),
    read: readWav,
  },
  NPY: {
    file: encodeNpy(samples, [5, 8]),
    read: async (source) => readNpy(await source.read(0, source.byteLength), source.name).data.length,
  },
  TSV: {
    file: new TextEncoder().encode("onset\tduration\n1\t2\n3\t4\n"),
    read: async (source) =>
      parseTsv(new TextDecoder().decode(await source.read(0, source.byteLength)), source.name).length,
  },
};

async function readEdf(source: ByteSource): Promise<number> {
  const recording = await openEdf(source, { allowTruncated: true });
  await recording.annotations();
  let count = 0;
  for (const { index, isAnnotations } of recording.signals) {
    if (!isAnnotations) count += (await recording.read({ signals: [index] })).channels[0]!.length;
  }
  return count;
}

async function readBrainVision(damaged: {
  header?: ByteSource;
  markers?: ByteSource;
  data?: ByteSource;
}): Promise<number> {
  const whole = siblingsOf({
    "made.eeg": int16Bytes(Array.from({ length: 100 }, (_, i) => i)),
    "made.vmrk": markerText(brainVision),
  });
  const header = damaged.header ?? memorySource(new TextEncoder().encode(headerText(brainVision)), "made.vhdr");
  const siblings = async (name: string) =>
    (name.endsWith(".vmrk") ? damaged.markers : damaged.data) ?? (await whole.open(name));
  const recording = await openRecording(header, siblings, { allowTruncated: true });
  await recording.annotations();
  let count = 0;
  for (const { channels } of await recording.readSegments()) {
    for (const channel of channels) count += channel.length;
  }
  return Math.min(count, (damaged.header ?? damaged.markers)?.byteLength ?? count);
}

async function readWav(source: ByteSource): Promise<number> {
  const wav = await openWav(source);
  const { channels } = await wav.read();
  return channels.reduce((sum, channel) => sum + channel.length, 0);
}

/** Reads a damaged file and counts the reads it takes. */
async function attempt(bytes: Uint8Array, read: (source: ByteSource) => Promise<number>): Promise<void> {
  let reads = 0;
  const memory = memorySource(bytes, "damaged");
  const source: ByteSource = {
    ...memory,
    read: (start, end) => {
      reads++;
      return memory.read(start, end);
    },
  };
  try {
    expect(await read(source)).toBeLessThanOrEqual(bytes.length);
  } catch (error) {
    expect(error).toBeInstanceOf(ToolkitError);
    expect((error as Error).message).not.toContain("\n");
  }
  expect(reads).toBeLessThan(bytes.length + 10);
}

describe.each(Object.entries(readers))("a damaged %s file", (_, { file, read }) => {
  it("is read or refused in one line, wherever it is cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: file.length }), (length) => attempt(file.slice(0, length), read)),
      { numRuns: 150 },
    );
  });

  it("is read or refused in one line, whichever bytes are changed", async () => {
    // most damage goes to the front, where headers are
    const position = fc.oneof(
      fc.integer({ min: 0, max: Math.min(file.length, 400) - 1 }),
      fc.integer({ min: 0, max: file.length - 1 }),
    );
    const value = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 255, 0x30, 0x39, 0x2d, 0x20, 0x2e));
    const changes = fc.array(fc.tuple(position, value), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(changes, async (pairs) => {
        const bytes = file.slice();
        for (const [at, byte] of pairs) bytes[at] = byte;
        await attempt(bytes, read);
      }),
      { numRuns: 400 },
    );
  });

  it("is read or refused in one line when it is anything at all", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), fc.integer({ min: 0, max: 300 }), (bytes, keep) =>
        attempt(Uint8Array.of(...file.subarray(0, keep), ...bytes), read),
      ),
      { numRuns: 150 },
    );
  });
});
