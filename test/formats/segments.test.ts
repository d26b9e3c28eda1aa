import { describe, expect, it } from "vitest";
import { memorySource } from "../../src/formats/byteSource.ts";
import { openEdf } from "../../src/formats/openEdf.ts";
import { sampleToSeconds, secondsToSample } from "../../src/formats/segments.ts";
import { edfBytes } from "./edfBytes.ts";
import { expectRefusal } from "./refusal.ts";

const keeper = (onset: number | string, more = "") => `+${onset}\u0014\u0014\u0000${more}`;

/** A recording with gaps: 4 Hz ramp and 2 Hz ramp, records of 1 s at the onsets given. */
const open = (
  onsets: readonly (number | string)[],
  { more = {}, sampleBytes = 2 as 2 | 3, recordSeconds = "1" } = {},
) =>
  openEdf(
    memorySource(
      edfBytes(
        [
          { label: "fast", digital: (i) => i },
          { label: "slow", samplesPerRecord: "2", digital: (i) => 100 + i },
          {
            label: sampleBytes === 2 ? "EDF Annotations" : "BDF Annotations",
            samplesPerRecord: "60",
            texts: onsets.map((onset, r) => (onset === "" ? "" : keeper(onset, (more as Record<number, string>)[r]))),
          },
        ],
        onsets.length,
        { reserved: "EDF+D", recordSeconds },
        sampleBytes,
      ),
      "gaps.edf",
    ),
  );

/** Records at 10, 11, 20, 21, 22, 30.5: segments of 2, 3 and 1 s. */
const gapped = () => open([10, 11, 20, 21, 22, 30.5]);
const codes = (recording: { warnings: readonly { code: string }[] }) => recording.warnings.map(({ code }) => code);
const digital = async (recording: Awaited<ReturnType<typeof open>>, options: object) =>
  Array.from((await recording.readDigital({ signals: ["fast"], ...options })).channels[0]!);

describe.each([2, 3] as const)("a recording with gaps of %i bytes a sample", (sampleBytes) => {
  it("has the segments that its records' own times tell", async () => {
    const recording = await open([10, 11, 20, 21, 22, 30.5], { sampleBytes });
    expect(recording.format).toBe(sampleBytes === 2 ? "EDF+D" : "BDF+D");
    expect(recording).toMatchObject({
      startOffsetSeconds: 10,
      durationSeconds: 21.5,
      recordedSeconds: 6,
      warnings: [],
    });
    const rates = (fast: number, records: number) => [
      { rateHz: 4, startSample: 4 * fast, samples: 4 * records },
      { rateHz: 2, startSample: 2 * fast, samples: 2 * records },
    ];
    expect(recording.segments).toEqual([
      { startSeconds: 0, durationSeconds: 2, samples: rates(0, 2) },
      { startSeconds: 10, durationSeconds: 3, gapSeconds: 8, samples: rates(2, 3) },
      { startSeconds: 20.5, durationSeconds: 1, gapSeconds: 7.5, samples: rates(5, 1) },
    ]);
  });
});

describe("reading a recording with gaps", () => {
  it("reads inside a segment by time and by sample", async () => {
    const recording = await gapped();
    expect(await digital(recording, { startSeconds: 10.25, endSeconds: 11.5 })).toEqual([9, 10, 11, 12, 13]);
    expect(await digital(recording, { startSample: 8, endSample: 20 })).toEqual(
      Array.from({ length: 12 }, (_, i) => 8 + i),
    );
    expect(await digital(recording, { startSeconds: 20.5 })).toEqual([20, 21, 22, 23]);
    const slow = await recording.readDigital({ signals: ["slow"], startSeconds: 12, endSeconds: 13 });
    expect(Array.from(slow.channels[0]!)).toEqual([108, 109]);
  });

  it("refuses a window that a gap interrupts, saying where", async () => {
    const recording = await gapped();
    const refused = (options: object, ...words: string[]) =>
      expectRefusal(() => recording.read({ signals: ["fast"], ...options }), "bad-option", "gaps.edf", ...words);
    await refused(
      {},
      "samples 0 to 24",
      "segment 0 is 0 to 2 s, the next starts at 10 s after a gap of 8 s",
      "gapPolicy",
    );
    await refused({ startSeconds: 1, endSeconds: 11 }, "1 to 11 s", "segment 0");
    await refused(
      { startSample: 19, endSample: 21 },
      "segment 1 is 10 to 13 s, the next starts at 20.5 s after a gap of 7.5 s",
    );
    await refused({ startSeconds: 1, endSeconds: 3 }, "segment 0");
    await refused({ startSeconds: 3, endSeconds: 4 }, "nothing was recorded then");
    await refused({ startSeconds: 0, endSeconds: 22 }, "0 to 22 s", "lasts 21.5 s");
  });

  it("keeps the distance in time with NaN", async () => {
    const recording = await gapped();
    const read = async (options: object) =>
      (await recording.read({ signals: ["fast"], gapPolicy: "nan", ...options })).channels[0]!;
    const value = (digital: number) => ((digital + 32768) * 200) / 65535 - 100;
    const whole = await read({});
    expect(whole.length).toBe(86);
    for (const { startSeconds, samples } of recording.segments) {
      const { startSample, samples: count } = samples[0]!;
      const at = startSeconds * 4;
      const expected = Float64Array.from({ length: count }, (_, i) => value(startSample + i));
      expect(whole.slice(at, at + count)).toBeAllclose(expected, { atol: 1e-12 });
    }
    expect(whole.filter(Number.isNaN).length).toBe(86 - 24);
    expect(await read({ startSeconds: 0 })).toEqual(whole);
    expect(await read({ startSeconds: 1.5, endSeconds: 10.25 })).toEqual(whole.slice(6, 41));
    // two samples before the gap of 32 and one after it
    expect(await read({ startSample: 6, endSample: 9 })).toEqual(whole.slice(6, 41));
    expect(await read({ startSeconds: 3, endSeconds: 4 })).toEqual(new Float64Array(4).fill(Number.NaN));
  });

  it("puts stored samples side by side if asked to, and leaves integers without NaN", async () => {
    const recording = await gapped();
    expect(await digital(recording, { gapPolicy: "join" })).toEqual(Array.from({ length: 24 }, (_, i) => i));
    expect(await digital(recording, { gapPolicy: "join", startSeconds: 1.5, endSeconds: 10.5 })).toEqual([6, 7, 8, 9]);
    await expectRefusal(() => digital(recording, { gapPolicy: "nan" }), "bad-option", "integers have no NaN");
  });

  it("splits a window into its part of each segment", async () => {
    const recording = await gapped();
    const pieces = await recording.readSegments({ signals: ["fast"], startSeconds: 1.5, endSeconds: 20.75 });
    expect(
      pieces.map(({ segment, startSample, startSeconds, channels }) => [
        segment,
        startSample,
        startSeconds,
        channels[0]!.length,
      ]),
    ).toEqual([
      [0, 6, 1.5, 2],
      [1, 8, 10, 12],
      [2, 20, 20.5, 1],
    ]);
    const joined = await recording.read({ signals: ["fast"], gapPolicy: "join", startSample: 6, endSample: 21 });
    expect(Float64Array.from(pieces.flatMap(({ channels }) => [...channels[0]!]))).toEqual(joined.channels[0]);
    expect(await recording.readSegments({ signals: ["fast"], startSeconds: 3, endSeconds: 4 })).toEqual([]);
  });

  it("flags annotations in a gap, and keeps them", async () => {
    const more = {
      0: "+12.5\u0014in the gap\u0014\u0000+20.25\u0014in segment 1\u0014\u0000",
      1: "+99\u0014after\u0014\u0000",
    };
    const recording = await open([10, 11, 20], { more });
    expect(await recording.annotations()).toEqual([
      { onsetSeconds: 2.5, text: "in the gap", outOfRange: true },
      { onsetSeconds: 10.25, text: "in segment 1" },
      { onsetSeconds: 89, text: "after", outOfRange: true },
    ]);
    expect(recording.warnings).toEqual([]);
  });
});

describe("the times of records", () => {
  it("that a recorder rounds make no gaps", async () => {
    // thirds of a second, to the millisecond, and lengths to 8 characters
    const onsets = Array.from({ length: 300 }, (_, r) => (r / 3).toFixed(3));
    const recording = await open(onsets, { recordSeconds: "0.333333" });
    expect(recording.segments.length).toBe(1);
    expect(codes(recording)).toEqual([]);
  });

  it("that creep away from the samples are told, once", async () => {
    const recording = await open(Array.from({ length: 40 }, (_, r) => (r * 1.01).toFixed(4)));
    expect(recording.segments.length).toBe(1);
    expect(codes(recording)).toEqual(["clock-drift"]);
    expect(recording.warnings[0]!.message).toContain("0.39");
  });

  it("that are missing are taken to follow on, with a warning", async () => {
    const recording = await open([0, "", 2, 8, ""]);
    expect(recording.segments.map(({ startSeconds, durationSeconds }) => [startSeconds, durationSeconds])).toEqual([
      [0, 3],
      [8, 2],
    ]);
    expect(codes(recording)).toEqual(["no-time-keeping"]);
    expect(recording.warnings[0]!.message).toContain("2 of 5 records");
  });

  it("that go back make segments that overlap, which no window crosses", async () => {
    const recording = await open([0, 1, 1.5, 2.5]);
    expect(recording.segments.map(({ startSeconds, gapSeconds }) => [startSeconds, gapSeconds])).toEqual([
      [0, undefined],
      [1.5, -0.5],
    ]);
    expect(recording.durationSeconds).toBe(3.5);
    expect(codes(recording)).toEqual(["segment-overlap"]);
    await expectRefusal(() => digital(recording, {}), "bad-option", "an overlap of 0.5 s");
    const nan = () => recording.read({ signals: [0], gapPolicy: "nan" });
    await expectRefusal(nan, "bad-option", "segment 1", "overlaps");
    expect(await digital(recording, { startSeconds: 2.5, endSeconds: 3 })).toEqual([12, 13]);
  });

  it("that are absurd do not make reading run out of memory", async () => {
    const recording = await open([0, 9e11]);
    expect(recording.segments[1]!.startSeconds).toBe(9e11);
    const nan = () => recording.read({ signals: [0], gapPolicy: "nan" });
    await expectRefusal(nan, "bad-option", "gaps of the window", "readSegments");
    expect((await recording.readSegments({ signals: [0] })).length).toBe(2);
  });

  it("that jump more often than any recording does are refused", async () => {
    const records = 2 ** 18 + 2;
    const head = edfBytes([{ label: "EDF Annotations", samplesPerRecord: "6" }], 0, {
      reserved: "EDF+D",
      records: String(records),
    });
    const bytes = new Uint8Array(head.length + 12 * records);
    bytes.set(head);
    const encoder = new TextEncoder();
    for (let r = 0; r < records; r++) encoder.encodeInto(keeper(2 * r), bytes.subarray(head.length + 12 * r));
    await expectRefusal(() => openEdf(memorySource(bytes, "jumps.edf")), "bad-format", "262144 gaps", "damaged");
  });

  it("are nowhere if there is no annotations signal: one segment, and a warning", async () => {
    const bytes = edfBytes([{ digital: (i) => i }], 3, { reserved: "EDF+D" });
    const recording = await openEdf(memorySource(bytes));
    expect(recording.segments.length).toBe(1);
    expect(codes(recording)).toEqual(["no-annotations-signal"]);
  });
});

describe("sampleToSeconds and secondsToSample", () => {
  it("are each other's inverse on every sample, in every segment", async () => {
    const { segments } = await gapped();
    for (const rateHz of [4, 2]) {
      for (let sample = 0; sample < 6 * rateHz; sample++) {
        const seconds = sampleToSeconds(segments, { rateHz, sample });
        expect(secondsToSample(segments, { rateHz, seconds })).toBe(sample);
      }
    }
    expect(sampleToSeconds(segments, { rateHz: 4, sample: 8 })).toBe(10);
  });

  it("know no sample in a gap or outside, and continue the ends in time", async () => {
    const { segments } = await gapped();
    for (const seconds of [-1, 2, 9.8, 13, 20, 21.5]) {
      expect(secondsToSample(segments, { rateHz: 4, seconds })).toBeUndefined();
    }
    expect(sampleToSeconds(segments, { rateHz: 4, sample: -4 })).toBe(-1);
    expect(sampleToSeconds(segments, { rateHz: 4, sample: 28 })).toBe(22.5);
  });
});
