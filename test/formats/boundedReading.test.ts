import { describe, expect, it } from "vitest";
import type { ByteSource } from "../../src/formats/byteSource.ts";
import { memorySource } from "../../src/formats/byteSource.ts";
import { convertToEdf } from "../../src/formats/convertToEdf.ts";
import { openBrainVision } from "../../src/formats/openBrainVision.ts";
import { openEdf } from "../../src/formats/openEdf.ts";
import type { Recording } from "../../src/formats/recording.ts";
import { headerText } from "./brainVisionFiles.ts";
import { edfBytes } from "./edfBytes.ts";

/** Bytes of a file far larger than memory: a start, then bytes that follow from their place; counts what is asked for. */
function hugeSource(name: string, start: Uint8Array, byteLength: number) {
  const counts = { reads: 0, bytes: 0, largest: 0, inFlight: 0, mostInFlight: 0 };
  const source: ByteSource = {
    name,
    byteLength,
    read: async (from, to) => {
      counts.reads++;
      counts.bytes += to - from;
      counts.largest = Math.max(counts.largest, to - from);
      counts.inFlight += to - from;
      counts.mostInFlight = Math.max(counts.mostInFlight, counts.inFlight);
      const bytes = new Uint8Array(to - from);
      for (let i = from; i < Math.min(to, start.length); i++) bytes[i - from] = start[i]!;
      for (let i = Math.max(from, start.length); i < to; i++) bytes[i - from] = (i * 31) >> 7;
      await new Promise((resolve) => setImmediate(resolve));
      counts.inFlight -= to - from;
      return bytes;
    },
    close: async () => {},
  };
  return { source, counts };
}

const [channels, rateHz, seconds] = [64, 2048, 7200];

/** Two hours, 64 channels at 2048 Hz, 24 bits: 2.8 GB. */
function hugeBdf() {
  const signals = Array.from({ length: channels }, (_, c) => ({
    label: `A${c + 1}`,
    samplesPerRecord: String(rateHz),
  }));
  const header = edfBytes(signals, 0, { records: String(seconds) }, 3);
  return hugeSource("huge.bdf", header, header.length + seconds * channels * rateHz * 3);
}

/** The same as 32-bit integers. */
async function hugeBrainVision() {
  const text = headerText({
    common: { SamplingInterval: String(1e6 / rateHz), MarkerFile: "none" },
    binary: { BinaryFormat: "INT_32" },
    channels: Array.from({ length: channels }, (_, c) => `A${c + 1},,0.1,uV`),
  });
  const { source, counts } = hugeSource("made.eeg", new Uint8Array(0), seconds * channels * rateHz * 4);
  const header = memorySource(new TextEncoder().encode(text), "made.vhdr");
  const recording = await openBrainVision(header, async (name) => (name === "made.eeg" ? source : undefined));
  return { recording, counts };
}

/** Reads windows of 4 s from start, middle and end. */
async function readWindows(recording: Recording): Promise<void> {
  for (const startSeconds of [0, 1, seconds / 2, seconds - 4]) {
    const window = await recording.read({ startSeconds, endSeconds: startSeconds + 4 });
    expect([window.channels.length, window.channels[0]!.length]).toEqual([channels, 4 * rateHz]);
  }
}

describe("a recording of two hours and gigabytes", () => {
  it("is opened from its header, and read by windows with two reads of 512 KiB under way at most (BDF)", async () => {
    const { source, counts } = hugeBdf();
    const recording = await openEdf(source);
    expect(recording.durationSeconds).toBe(seconds);
    expect(counts.bytes).toBe(256 * (channels + 1));
    await readWindows(recording);
    expect(counts.bytes).toBe(256 * (channels + 1) + 4 * 4 * channels * rateHz * 3);
    expect(counts.largest).toBeLessThanOrEqual(2 ** 19);
    expect(counts.mostInFlight).toBeLessThanOrEqual(2 ** 20);
  });

  it("is read by windows with two reads of 512 KiB under way at most (BrainVision)", async () => {
    const { recording, counts } = await hugeBrainVision();
    expect([recording.durationSeconds, counts.bytes]).toEqual([seconds, 0]);
    await readWindows(recording);
    expect(counts.bytes).toBe(4 * 4 * channels * rateHz * 4);
    expect(counts.largest).toBeLessThanOrEqual(2 ** 19);
    expect(counts.mostInFlight).toBeLessThanOrEqual(2 ** 20);
  });

  it("is converted in pieces: a window takes the bytes of the window, twice, and writes blocks of 2 MiB", async () => {
    const { source, counts } = hugeBdf();
    const recording = await openEdf(source);
    const opened = counts.bytes;
    let largest = 0;
    let end = 0;
    const { byteLength } = await convertToEdf(
      recording,
      async (bytes, position) => {
        expect(position).toBe(end);
        end += bytes.length;
        largest = Math.max(largest, bytes.length);
      },
      { startSeconds: 3600, endSeconds: 3612 },
    );
    expect(end).toBe(byteLength);
    expect(counts.bytes - opened).toBe(2 * 12 * channels * rateHz * 3);
    expect([counts.mostInFlight <= 2 ** 20, largest <= 2 ** 21]).toEqual([true, true]);
  });
});
