import { describe, expect, it } from "vitest";
import { memorySource } from "../../src/formats/byteSource.ts";
import { encodeEdf } from "../../src/formats/encodeEdf.ts";
import { openEdf } from "../../src/formats/openEdf.ts";
import { openEeglab } from "../../src/formats/openEeglab.ts";
import { type BrainVisionParts, int16Bytes, openParts } from "./brainVisionFiles.ts";
import { converted, plainAnnotations } from "./conversion.ts";
import { edfBytes, type RawHeader, type RawSignal } from "./edfBytes.ts";
import { matBytes } from "./matBytes.ts";
import { expectRefusal } from "./refusal.ts";

const open = (signals: readonly RawSignal[], records: number, header: RawHeader = {}, sampleBytes: 2 | 3 = 2) =>
  openEdf(memorySource(edfBytes(signals, records, header, sampleBytes), "made.edf"));

const keepers = (onsets: readonly string[], notes: readonly string[] = []): RawSignal => ({
  label: "EDF Annotations",
  samplesPerRecord: "30",
  texts: onsets.map((onset, r) => `${onset}\u0014\u0014\u0000${notes[r] ?? ""}`),
});

/** Two channels at 4 Hz, of 16-bit integers unless said otherwise. */
const brainVision = (parts: BrainVisionParts, data?: Uint8Array) => openParts(parts, data);

const bytesOf = (values: Int32Array) => new Uint8Array(values.buffer);

const floatBytes = (values: readonly number[]) => new Uint8Array(Float32Array.from(values).buffer);

describe("convertToEdf", () => {
  it("keeps rates apart, limits, polarity, filters and the source's records", async () => {
    const source = await open(
      [
        { label: "EEG Fp1", physicalMinimum: "100", physicalMaximum: "-100", digital: (i) => 7 * i - 300 },
        { label: "Temp", unit: "degC", samplesPerRecord: "1", physicalMinimum: ".000001", physicalMaximum: "4.1E1" },
      ],
      3,
      { recordSeconds: "0.5" },
    );
    const { edf, facts } = await converted(source);
    expect(facts).toMatchObject({ format: "EDF+C", records: 3, recordSeconds: 0.5, segments: 1, warnings: [] });
    expect(facts.signals.map(({ exact, largestError, samples }) => [exact, largestError, samples])).toEqual([
      [true, 0, 12],
      [true, 0, 3],
    ]);
    for (const [s, signal] of source.signals.entries()) {
      expect(edf.signals[s]).toEqual(signal);
      const one = { signals: [s] };
      expect(await edf.read(one)).toEqual(await source.read(one));
      expect(await edf.readDigital(one)).toEqual(await source.readDigital(one));
    }
    expect([edf.startTime, edf.patient]).toEqual([source.startTime, "X X X patient"]);
  });

  it("writes gaps as EDF+D, record by record at its own time", async () => {
    const notes = ["", "+12.5\u00151\u0014in the gap\u0014\u0000", ""];
    const source = await open([{ digital: (i) => i }, keepers(["+0.25", "+1.25", "+20.5"], notes)], 3, {
      reserved: "EDF+D",
    });
    const { edf } = await converted(source);
    expect(edf.format).toBe("EDF+D");
    expect(edf.startOffsetSeconds).toBe(0.25);
    expect(edf.segments).toEqual(source.segments);
    expect(await edf.annotations()).toEqual(await source.annotations());
    expect(await edf.readSegments()).toEqual(await source.readSegments());
  });

  it("keeps or refuses gaps, or puts the samples side by side", async () => {
    const notes = ["+0.5\u0014a\u0014\u0000", "+5\u0014b\u0014\u0000+10.5\u0014c\u0014\u0000", ""];
    const source = await open([{ digital: (i) => i }, keepers(["+0", "+10", "+11"], notes)], 3, { reserved: "EDF+D" });
    await expectRefusal(() => converted(source, { gapPolicy: "error" }), "bad-option", "segment 1", "9 s", "join");
    const { edf } = await converted(source, { gapPolicy: "join" });
    expect(edf.format).toBe("EDF+C");
    expect((await edf.readDigital()).channels[0]).toEqual(Int32Array.from({ length: 12 }, (_, i) => i));
    expect(await plainAnnotations(edf)).toEqual([
      { onset: 0.5, duration: 0, text: "a" },
      { onset: 1, duration: 0, text: "EDGE boundary" },
      { onset: 1, duration: 0, text: "b" },
      { onset: 1.5, duration: 0, text: "c" },
    ]);
  });

  it("refuses gaps whose length is not known, and overlaps", async () => {
    const unknown = await brainVision({ markers: ["New Segment,,1,1,0", "New Segment,,5,1,0"] });
    await expectRefusal(() => converted(unknown), "bad-option", "1 s", "unknown length", "join");
    const overlap = await open([{}, keepers(["+0", "+0.5"])], 2, { reserved: "EDF+D" });
    await expectRefusal(() => converted(overlap), "bad-option", "segment 1", "an overlap");
  });

  it("cuts a window, and moves start and annotations with it", async () => {
    const notes = ["+0.5\u00152\u0014long\u0014\u0000", "+1.75\u0014in\u0014\u0000", "+0\u0014before\u0014\u0000"];
    const source = await open([{ digital: (i) => i }, keepers(["+0", "+1", "+2"], notes)], 3, { reserved: "EDF+C" });
    const { edf, facts } = await converted(source, { startSeconds: 1.25, endSeconds: 2.75 });
    expect((await edf.readDigital()).channels[0]).toEqual(Int32Array.of(5, 6, 7, 8, 9, 10));
    // 23:59:58 and 1.25 s, on the last day of 1999
    expect(edf.startTime).toEqual({ year: 1999, month: 12, day: 31, hour: 23, minute: 59, second: 59 });
    expect(edf.startOffsetSeconds).toBe(0.25);
    expect(facts.warnings).toEqual([]);
    expect(await plainAnnotations(edf)).toEqual([
      { onset: -0.75, duration: 2, text: "long" },
      { onset: 0.5, duration: 0, text: "in" },
    ]);
    const { edf: next } = await converted(source, { startSeconds: 2 });
    expect(next.startTime).toEqual({ year: 2000, month: 1, day: 1, hour: 0, minute: 0, second: 0 });
  });

  it("chooses signals, and cuts several rates only where all have a sample", async () => {
    const signals = [
      { label: "A", digital: (i: number) => i },
      { label: "B", samplesPerRecord: "2", digital: (i: number) => -i },
    ];
    const source = await open(signals, 3);
    const { edf } = await converted(source, { signals: ["B", 0], startSeconds: 0.5 });
    expect(edf.signals.slice(0, 2).map(({ label, samples }) => [label, samples])).toEqual([
      ["B", 5],
      ["A", 10],
    ]);
    expect((await edf.readDigital({ signals: ["B"] })).channels[0]).toEqual(Int32Array.of(-1, -2, -3, -4, -5));
    await expectRefusal(() => converted(source, { startSeconds: 0.25 }), "bad-option", "0.25 s", "0.5 s");
    await expectRefusal(() => converted(source, { startSeconds: 4 }), "bad-option", "4 to 3 s");
    await expectRefusal(() => converted(source, { signals: ["C"] }), "not-found", '"C"', "A, B");
  });

  it.each([
    { resolution: "0.5", data: [-32768, 32767, 0, 1], exact: true, limits: [-16384, 16383.5] },
    { resolution: "0.1", data: [-32768, 32767, 0, 1], exact: true, limits: [-3276.8, 3276.7] },
    // the whole range does not fit 8 characters, a part that has all samples does
    { resolution: "0.0488281", data: [-9000, 9000, 0, 1], exact: true, limits: [-976.562, 1464.843] },
    // no range fits that has all samples: the nearest limits, the same integers
    { resolution: "0.0488281", data: [-32768, 32767, 0, 1], exact: false, limits: [-1600, 1599.95] },
  ])("keeps the integers of INT_16 at a resolution of $resolution", async ({ resolution, data, exact, limits }) => {
    const source = await brainVision({ channels: [`Cz,,${resolution},uV`] }, int16Bytes(data));
    const { edf, facts } = await converted(source);
    const [signal] = edf.signals;
    expect([signal!.physicalMinimum, signal!.physicalMaximum]).toEqual(limits);
    expect((await edf.readDigital()).channels[0]).toEqual(Int32Array.from(data));
    const error = facts.signals[0]!.largestError;
    expect(facts.signals[0]!.exact).toBe(exact);
    expect(error === 0).toBe(exact);
    const atol = error + 1e-10 * Number(limits[1]);
    expect((await edf.read()).channels[0]).toBeAllclose((await source.read()).channels[0]!, { atol, rtol: 0 });
  });

  it("keeps UINT_16, and wider integers that fit 16 bits", async () => {
    const unsigned = int16Bytes([0, 65535, 32768, 7]);
    const first = await brainVision({ channels: ["Cz,,0.5,uV"], binary: { BinaryFormat: "UINT_16" } }, unsigned);
    const wide = new Uint8Array(Int32Array.of(1_000_000, 1_000_001, 1_050_000, 1_065_535).buffer);
    const second = await brainVision({ channels: ["Cz,,0.5,uV"], binary: { BinaryFormat: "INT_32" } }, wide);
    for (const source of [first, second]) {
      const { edf, facts } = await converted(source);
      expect(facts.signals[0]!.exact).toBe(true);
      expect((await edf.read()).channels).toEqual((await source.read()).channels);
    }
  });

  it("rounds floats to the range that occurs and states the largest error", async () => {
    const values = [0.3, 12.7, -55.5, 1e-3, 80.25, 3.3, -7.7, 9];
    const source = await brainVision({ binary: { BinaryFormat: "IEEE_FLOAT_32" } }, floatBytes(values));
    const { edf, facts } = await converted(source);
    const [before, after] = [(await source.read()).channels, (await edf.read()).channels];
    for (const [s, { exact, largestError, relativeError }] of facts.signals.entries()) {
      expect(exact).toBe(false);
      const errors = before[s]!.map((value, i) => Math.abs(value - after[s]![i]!));
      expect(largestError).toBeCloseTo(Math.max(...errors), 12);
      expect(relativeError).toBeLessThanOrEqual(0.5 / 65535 + 1e-9);
    }
  });

  it("states tiny voltages in another unit, and says so", async () => {
    const source = await brainVision(
      { channels: ["Cz,,1,V"], binary: { BinaryFormat: "IEEE_FLOAT_32" } },
      floatBytes([1e-6, -2e-6, 3.5e-6]),
    );
    const { edf, facts } = await converted(source);
    expect(edf.signals[0]!.unit).toBe("uV");
    expect(facts.warnings.map(({ code }) => code)).toEqual(["unit-changed"]);
    const volts = { volts: true };
    const before = (await source.read(volts)).channels[0]!;
    expect((await edf.read(volts)).channels[0]!).toBeAllclose(before, { atol: 1e-10, rtol: 0 });
  });

  it("fills the last record only where no record length divides the samples, and marks it", async () => {
    // 4 Hz, 7 samples: a record of 1.75 s is longer than the second that is aimed at
    const source = await brainVision({ channels: ["Cz,,1,uV"] }, int16Bytes([1, 2, 3, 4, 5, 6, 7]));
    const whole = await converted(source);
    expect([whole.facts.recordSeconds, whole.facts.warnings]).toEqual([0.25, []]);
    // 1009 is prime, and single samples at 1000 Hz would be mostly time-keeping
    const data = int16Bytes(Array.from({ length: 1009 }, (_, i) => i));
    const long = await brainVision({ channels: ["Cz,,1,uV"], common: { SamplingInterval: "1000" } }, data);
    const { edf, facts } = await converted(long);
    expect(facts.signals[0]!.samples).toBe(1009);
    expect(facts.warnings.map(({ code }) => code)).toEqual(["filled"]);
    const { channels } = await edf.readDigital();
    expect(channels[0]!.slice(0, 1009)).toEqual(Int32Array.from({ length: 1009 }, (_, i) => i));
    expect(new Set(channels[0]!.slice(1008))).toEqual(new Set([1008]));
    expect(await plainAnnotations(edf)).toEqual([{ onset: 1.009, duration: 0.991, text: "BAD filled" }]);
  });

  it("writes markers as type and text, the channel they are about behind @@", async () => {
    const markers = ["New Segment,,1,1,0,20200102030405678901", "Stimulus,S  1,3,2,0", "Comment,caf\u00e9,4,1,2"];
    const source = await brainVision({ markers });
    const { edf } = await converted(source);
    expect([edf.startTime, edf.startOffsetSeconds]).toEqual([source.startTime, 0.678901]);
    expect(await edf.annotations()).toEqual([
      { onsetSeconds: expect.closeTo(0, 9), durationSeconds: 0.25, text: "New Segment" },
      { onsetSeconds: expect.closeTo(0.5, 9), durationSeconds: 0.5, text: "Stimulus/S  1" },
      { onsetSeconds: expect.closeTo(0.75, 9), durationSeconds: 0.25, text: "Comment/caf\u00e9", signal: 1 },
    ]);
  });

  it("turns BioSemi triggers, epochs, CMS and battery into annotations and keeps the trigger inputs", async () => {
    const system = (1 << 20) | (1 << 23);
    const codes = [0, 0, 5, 5, 5, 0, 0x1234, 0].map((code, i) => code | (i === 7 ? 1 << 23 : system));
    codes[4]! |= 1 << 16;
    const status = { label: "Status", unit: "Boolean", transducer: "Triggers and Status" };
    const limits = { physicalMinimum: "-8388608", physicalMaximum: "8388607" };
    const source = await open(
      [
        { label: "A1", digital: (i) => 100_000 * i },
        { ...status, ...limits, digital: (i) => codes[i]! },
      ],
      2,
      {},
      3,
    );
    const { edf, facts } = await converted(source);
    expect(edf.signals[1]).toMatchObject({ label: "Status", unit: "Boolean", type: "trigger" });
    expect((await edf.read({ signals: [1] })).channels[0]).toEqual(Float64Array.of(0, 0, 5, 5, 5, 0, 0x1234, 0));
    expect(facts.warnings.map(({ code }) => code)).toEqual(["status-bits"]);
    expect(facts.signals.map(({ exact }) => exact)).toEqual([false, false]);
    expect(await plainAnnotations(edf)).toEqual([
      { onset: 0.5, duration: 0.75, text: "Trigger 5" },
      { onset: 1, duration: 0, text: "Epoch" },
      { onset: 1.5, duration: 0.25, text: "Trigger 4660" },
      { onset: 1.75, duration: 0.25, text: "BAD CMS out of range" },
    ]);
  });

  it("keeps types that only the source's header tells, and labels apart that are cut alike", async () => {
    const chanlocs = [
      { labels: "E1", type: "EOG" },
      { labels: "a label that is too long 1", type: "" },
      { labels: "a label that is too long 2", type: "" },
      { labels: "\u0141\u00f3d\u017a", type: "" },
    ];
    const fields = {
      nbchan: 4,
      trials: 1,
      pnts: 2,
      srate: 2,
      xmin: 0,
      data: { shape: [4, 2], numbers: [1, 2, 3, 4, 5, 6, 7, 8] },
    };
    const set = matBytes({ EEG: { elements: [{ ...fields, chanlocs: { elements: chanlocs } }] } });
    const { edf, facts } = await converted(await openEeglab(memorySource(set, "made.set")));
    expect(edf.signals.slice(0, 4).map(({ label, type }) => [label, type])).toEqual([
      ["EOG E1", "eog"],
      ["a label that is", "unknown"],
      ["a label that i~2", "unknown"],
      ["_odz", "unknown"],
    ]);
    expect(facts.signals[1]!.sourceLabel).toBe("a label that is too long 1");
    expect(new Set(facts.warnings.map(({ code }) => code))).toEqual(new Set(["label-changed"]));
  });

  it("converts a file of annotations only", async () => {
    const note = "+3\u0014note\u0014\u0000";
    const source = await open([keepers(["+0"], [note])], 1, { reserved: "EDF+C", recordSeconds: "0" });
    const { edf } = await converted(source);
    expect([edf.format, edf.records, edf.recordSeconds]).toEqual(["EDF+C", 1, 0]);
    expect(await edf.annotations()).toEqual(await source.annotations());
  });

  it("writes blocks of bounded size, and stops where it is told to", async () => {
    const samples = Float64Array.from({ length: 8 * 65_536 }, (_, i) => (i * 7919) % 9973);
    const signals = ["A", "B", "C", "D"].map((label) => ({ label, unit: "uV", rateHz: 65_536, samples }));
    const source = await openEdf(memorySource(encodeEdf({ signals }), "made.edf"));
    let reads = 0;
    let largest = 0;
    const blocks: number[] = [];
    const { edf } = await converted(source, { onBlock: (done) => blocks.push(done) });
    const [before, after] = [(await source.readDigital()).channels, (await edf.readDigital()).channels];
    for (const [c, channel] of after.entries()) expect(Buffer.compare(bytesOf(channel), bytesOf(before[c]!))).toBe(0);
    expect(blocks.length).toBeGreaterThan(2);
    const watched = {
      ...source,
      readDigital: async (options = {}) => {
        const read = await source.readDigital(options);
        reads++;
        largest = Math.max(
          largest,
          read.channels.reduce((sum, channel) => sum + channel.length, 0),
        );
        return read;
      },
    };
    const stop = () => {
      if (reads > 0) throw new Error("stopped");
    };
    await expect(converted(watched, { onBlock: stop })).rejects.toThrow("stopped");
    expect([reads, 2 * largest <= 2 ** 21]).toEqual([1, true]);
  });

  it("refuses a recording without samples", async () => {
    await expectRefusal(async () => converted(await open([{ label: "A" }], 0)), "bad-value", '"A"', "no samples");
  });
});
