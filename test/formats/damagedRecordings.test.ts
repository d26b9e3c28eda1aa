import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ToolkitError } from "../../src/core/error.ts";
import { type ByteSource, memorySource } from "../../src/formats/byteSource.ts";
import { openRecording } from "../../src/formats/openRecording.ts";
import { readStatus } from "../../src/formats/readStatus.ts";
import type { Recording } from "../../src/formats/recording.ts";
import { headerText, int16Bytes, markerText } from "./brainVisionFiles.ts";
import { edfBytes } from "./edfBytes.ts";

/** A source that counts what is read of it. */
function counting(bytes: Uint8Array, name: string) {
  const counts = { bytes: 0, largest: 0 };
  const memory = memorySource(bytes, name);
  const source: ByteSource = {
    ...memory,
    read: (start, end) => {
      counts.bytes += end - start;
      counts.largest = Math.max(counts.largest, end - start);
      return memory.read(start, end);
    },
  };
  return { source, counts };
}

/** Opens, reads everything and checks that it fits together; what is refused is refused in one line. */
async function attempt(open: () => Promise<Recording>): Promise<Recording | undefined> {
  try {
    const recording = await open();
    const { segments, signals, durationSeconds, recordedSeconds } = recording;
    expect(segments.length).toBeGreaterThan(0);
    expect(Number.isFinite(durationSeconds) && recordedSeconds >= 0).toBe(true);
    const annotations = await recording.annotations();
    for (const { onsetSeconds } of annotations) expect(Number.isFinite(onsetSeconds)).toBe(true);
    for (const { index, isAnnotations, samples, rateHz } of signals) {
      if (isAnnotations) continue;
      const { channels } = await recording.read({ signals: [index], gapPolicy: "join" });
      expect(channels[0]!.length).toBe(samples);
      const pieces = await recording.readSegments({ signals: [index] });
      expect(pieces.reduce((sum, piece) => sum + piece.channels[0]!.length, 0)).toBe(samples);
      const held = segments.flatMap((segment) => segment.samples.filter((entry) => entry.rateHz === rateHz));
      expect(held.reduce((sum, entry) => sum + entry.samples, 0)).toBe(samples);
    }
    await readStatus(recording);
    for (const { code, message } of recording.warnings) {
      expect(code).toMatch(/^[a-z-]+$/);
      expect(message).not.toContain("\n");
    }
    return recording;
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    expect(error.message).not.toContain("\n");
    return undefined;
  }
}

const wrongNumber = fc.constantFrom(
  "-1",
  "0",
  "1",
  "2",
  "3",
  "4",
  "99999999",
  "1e30",
  "1e-30",
  "-5",
  "",
  "2.5",
  "NaN",
  "0x3",
);
const date = fc.constantFrom("31.02.20", "00.00.00", "01.13.20", "32.01.20", "99.99.99", "1.1.1", "", "01-01-20");
const time = fc.constantFrom("24.00.00", "23.60.00", "-1.00.00", "00.00.00", "1:2:3", "");
const sometimes = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const onset = fc.oneof(
  fc.integer({ min: -5, max: 20 }).map((seconds) => (seconds < 0 ? String(seconds) : `+${seconds}`)),
  fc.constantFrom("+99999999999999999999", `+${"9".repeat(320)}`, "+0.3333333", "x", ""),
);

describe("EDF and BDF files that contradict themselves", () => {
  it("are read consistently or refused in one line, from no more bytes than there are", async () => {
    let readAll = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          records: sometimes(wrongNumber),
          recordSeconds: sometimes(fc.oneof(wrongNumber, fc.constantFrom("0.333333", "99999999"))),
          signals: sometimes(fc.constantFrom("1", "2", "4", "0", "-1", "9999")),
          headerBytes: sometimes(fc.constantFrom("1024", "768", "0", "-1", "99999999")),
          date: sometimes(date),
          time: sometimes(time),
          reserved: fc.constantFrom("", "EDF+C", "EDF+D", "BDF+D", "24BIT"),
        }),
        sometimes(wrongNumber),
        fc.array(fc.tuple(onset, onset), { minLength: 3, maxLength: 3 }),
        fc.constantFrom<2 | 3>(2, 3),
        fc.constantFrom(0, 0, 0, 1, 7, 400, -1, -30),
        async (fields, samplesPerRecord, onsets, sampleBytes, trailing) => {
          const header = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
          const texts = onsets.map(([own, note]) => `${own}\u0014\u0014\u0000${note}\u0014note\u0014\u0000`);
          const signals = [
            { digital: (i: number) => i },
            { label: "Status", transducer: "Triggers and Status", samplesPerRecord: "2" },
            { label: sampleBytes === 2 ? "EDF Annotations" : "BDF Annotations", samplesPerRecord: "30", texts },
          ];
          const whole = edfBytes(signals, 3, header, sampleBytes);
          if (samplesPerRecord !== undefined) {
            // of the annotations, the last of the three
            const at = 256 + 3 * 216 + 2 * 8;
            for (let i = 0; i < 8; i++) whole[at + i] = samplesPerRecord.padEnd(8).charCodeAt(i);
          }
          const bytes =
            trailing < 0 ? whole.subarray(0, trailing) : Uint8Array.of(...whole, ...Array(trailing).fill(65));
          const { source, counts } = counting(bytes, "made.edf");
          const recording = await attempt(() => openRecording(source, undefined, { allowTruncated: true }));
          // header, times, annotations, twice the samples and the Status signal
          expect(counts.bytes).toBeLessThanOrEqual(8 * bytes.length + 2000);
          expect(counts.largest).toBeLessThanOrEqual(bytes.length);
          if (recording) readAll++;
        },
      ),
      { numRuns: 400 },
    );
    expect(readAll).toBeGreaterThan(50);
  });

  it("do not make room for what their header promises", async () => {
    const promises = edfBytes([{ label: "EDF Annotations", texts: ["+0\u0014\u0014\u0000"] }], 0, { records: "-1" });
    for (const count of ["99999999", "1e30"]) {
      const bytes = promises.slice();
      for (let i = 0; i < 8; i++) bytes[256 + 216 + i] = count.padEnd(8).charCodeAt(i);
      const before = process.memoryUsage().arrayBuffers;
      const recording = await attempt(() => openRecording(memorySource(bytes)));
      expect(recording?.warnings.map(({ code }) => code)).toContain("unknown-records");
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
    }
  });
});

describe("BrainVision files that contradict themselves", () => {
  const marker = fc
    .tuple(
      fc.constantFrom("New Segment", "Stimulus", "", "a=b"),
      fc.constantFrom("S  1", "", "\\1", "[x]"),
      fc.constantFrom("1", "2", "4", "6", "7", "0", "-3", "1e3", "99999999999999999999", "x", ""),
      fc.constantFrom("1", "0", "-1", "99999999999999999", ""),
      fc.constantFrom("0", "1", "99", "x"),
      fc.constantFrom(
        "20200102030405678901",
        "20200102030406678901",
        "99999999999999999999",
        "20210230000000000000",
        "",
        "0",
      ),
    )
    .map((fields) => fields.join(","));

  it("are read consistently or refused in one line, from no more bytes than there are", async () => {
    let readAll = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          NumberOfChannels: sometimes(wrongNumber),
          SamplingInterval: sometimes(fc.oneof(wrongNumber, fc.constantFrom("3906.25", "1e300"))),
          DataPoints: sometimes(wrongNumber),
          SegmentDataPoints: sometimes(wrongNumber),
          DataOrientation: sometimes(fc.constantFrom("VECTORIZED", "multiplexed", "DIAGONAL")),
          DataFile: sometimes(fc.constantFrom("", "..", "x/../made.eeg", "made.eeg\u0000", "other.eeg")),
        }),
        fc.record({
          BinaryFormat: sometimes(fc.constantFrom("INT_32", "IEEE_FLOAT_32", "IEEE_FLOAT_64", "UINT_16", "int_16", "")),
          UseBigEndianOrder: sometimes(fc.constantFrom("YES", "MAYBE")),
        }),
        fc.array(fc.constantFrom("A,,0.5,uV", "B", ",,,", "C,A,-1,C", "D,,1e200,V", "E,,1,?", "F,,0,uV"), {
          maxLength: 4,
        }),
        fc.array(marker, { maxLength: 6 }),
        fc.uint8Array({ maxLength: 60 }),
        async (common, binary, channels, markers, noise) => {
          const given = <T extends object>(fields: T) =>
            Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
          const parts = { common: given(common), binary: given(binary), channels, markers };
          const data = Uint8Array.of(...int16Bytes([0, 1, 2, 3, 4, 5, 6, 7]), ...noise);
          const { source, counts } = counting(data, "made.eeg");
          const siblings = async (name: string) => {
            if (name === "made.eeg") return source;
            return name === "made.vmrk" ? memorySource(new TextEncoder().encode(markerText(parts)), name) : undefined;
          };
          const header = memorySource(new TextEncoder().encode(headerText(parts)), "made.vhdr");
          const recording = await attempt(() => openRecording(header, siblings, { allowTruncated: true }));
          const readTwice = 2 * Math.max(1, channels.length);
          expect(counts.bytes).toBeLessThanOrEqual(readTwice * data.length);
          if (!recording) return;
          readAll++;
          expect((await recording.annotations()).length).toBeLessThanOrEqual(markers.length);
          const kept = recording.signals.reduce((sum, { samples }) => sum + samples, 0);
          expect(2 * kept).toBeLessThanOrEqual(data.length);
        },
      ),
      { numRuns: 400 },
    );
    expect(readAll).toBeGreaterThan(50);
  });
});
