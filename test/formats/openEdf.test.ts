import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../src/core/error.ts";
import type { ByteSource } from "../../src/formats/byteSource.ts";
import { memorySource } from "../../src/formats/byteSource.ts";
import { openEdf } from "../../src/formats/openEdf.ts";
import { edfBytes, type RawHeader, type RawSignal } from "./edfBytes.ts";
import { expectRefusal } from "./refusal.ts";

const open = (
  signals: readonly RawSignal[],
  records: number,
  header: RawHeader = {},
  sampleBytes: 2 | 3 = 2,
  options = {},
) => openEdf(memorySource(edfBytes(signals, records, header, sampleBytes), "made.edf"), options);

const ramp = (i: number) => i - 5;
const tal = (...parts: string[]) => parts.join("");

/** A source that counts the bytes it hands out and makes up the content: `at` gives the byte at a position. */
function countingSource(byteLength: number, at: (position: number) => number) {
  const counts = { bytes: 0, largest: 0 };
  const source: ByteSource = {
    name: "huge.edf",
    byteLength,
    read: async (start, end) => {
      counts.bytes += end - start;
      counts.largest = Math.max(counts.largest, end - start);
      return Uint8Array.from({ length: end - start }, (_, i) => at(start + i));
    },
    close: async () => {},
  };
  return { source, counts };
}

describe("openEdf", () => {
  it("reports the header", async () => {
    const recording = await open([{ label: "Fp1" }, { label: "slow", samplesPerRecord: "1", unit: "degC" }], 3, {
      recordSeconds: "0.5",
      patient: "MCH-0234567 F 02-MAY-1951 Haagse_Harry",
      reserved: "EDF+C",
    });
    expect(recording).toMatchObject({
      format: "EDF+C",
      patient: "MCH-0234567 F 02-MAY-1951 Haagse_Harry",
      recording: "recording",
      startTime: { year: 1999, month: 12, day: 31, hour: 23, minute: 59, second: 58 },
      startOffsetSeconds: 0,
      recordSeconds: 0.5,
      records: 3,
      durationSeconds: 1.5,
    });
    expect(recording.signals[0]).toEqual({
      index: 0,
      label: "Fp1",
      transducer: "AgAgCl",
      unit: "uV",
      voltsPerUnit: 1e-6,
      type: "unknown",
      typeSource: "none",
      physicalMinimum: -100,
      physicalMaximum: 100,
      digitalMinimum: -32768,
      digitalMaximum: 32767,
      prefilter: "HP:0.1Hz",
      samplesPerRecord: 4,
      rateHz: 8,
      samples: 12,
      isAnnotations: false,
    });
    expect(recording.signals[1]).toMatchObject({ label: "slow", unit: "degC", rateHz: 2, samples: 3 });
    expect(recording.warnings.map(({ code }) => code)).toEqual(["no-annotations-signal"]);
  });

  it.each([
    { date: "01.01.85", year: 1985 },
    { date: "01.01.84", year: 2084 },
  ])("takes the year of $date for $year", async ({ date, year }) => {
    expect((await open([{}], 1, { date })).startTime?.year).toBe(year);
  });

  it("takes the whole year from the recording field where the date has none", async () => {
    const header = { date: "02.08.yy", recording: "Startdate 02-AUG-2090 X X X" };
    expect((await open([{}], 1, header)).startTime).toMatchObject({ year: 2090, month: 8, day: 2 });
  });

  it("leaves out a start that is no date and says so", async () => {
    const recording = await open([{}], 1, { date: "00.00.00" });
    expect(recording.startTime).toBeUndefined();
    expect(recording.warnings.map(({ code }) => code)).toEqual(["no-start-time"]);
  });

  it("reads Latin-1 and UTF-8 text in the header", async () => {
    expect((await open([{ unit: "\u00b5V" }], 1)).signals[0]!.unit).toBe("µV");
    expect((await open([{ unit: "\u00c2\u00b5V" }], 1)).signals[0]!.unit).toBe("µV");
  });

  it.each([
    { bits: 16, sampleBytes: 2 as const, ends: [-32768, 32767, -1, 0, 1, -256, 255, 256] },
    { bits: 24, sampleBytes: 3 as const, ends: [-8388608, 8388607, -1, 0, 1, -65536, 65535, 65536] },
  ])("reads $bits-bit integers of both signs exactly and maps them linearly", async ({ sampleBytes, ends }) => {
    const scale = { physicalMinimum: "-123.456", physicalMaximum: "987.654" };
    const recording = await open([{ ...scale, digital: (i) => ends[i]! }], 2, {}, sampleBytes);
    const limit = 2 ** (8 * sampleBytes - 1);
    expect(Array.from((await recording.readDigital()).channels[0]!)).toEqual(ends);
    const gain = (987.654 - -123.456) / (2 * limit - 1);
    expect((await recording.read()).channels[0]).toEqual(
      Float64Array.from(ends, (digital) => (digital + limit) * gain + -123.456),
    );
  });

  it("reverses the polarity where the physical minimum is above the maximum", async () => {
    const recording = await open(
      [{ physicalMinimum: "10", physicalMaximum: "-10", digitalMinimum: "-10", digitalMaximum: "10", digital: ramp }],
      1,
    );
    expect(Array.from((await recording.read()).channels[0]!)).toEqual([5, 4, 3, 2]);
  });

  it("reads every window as the same cut of the whole, whatever the records, signals and order", async () => {
    const signals = [0, 1, 2].map((s) => ({ label: `S${s}`, digital: (i: number) => 100 * s + i }));
    const recording = await open(signals, 4);
    const whole = await recording.readDigital();
    for (let startSample = 0; startSample <= 16; startSample++) {
      for (let endSample = startSample; endSample <= 16; endSample++) {
        const part = await recording.readDigital({ signals: ["S2", 0, "S2"], startSample, endSample });
        expect(part.channels).toEqual([2, 0, 2].map((s) => whole.channels[s]!.slice(startSample, endSample)));
      }
    }
  });

  it("takes windows in seconds, rounded to the nearest sample", async () => {
    const recording = await open([{ digital: (i) => i }], 3);
    const { rateHz, channels } = await recording.readDigital({ startSeconds: 0.6, endSeconds: 2.01 });
    expect(rateHz).toBe(4);
    expect(Array.from(channels[0]!)).toEqual([2, 3, 4, 5, 6, 7]);
  });

  it("reads a short window of a 3 GB recording from a few kilobytes, and one signal without the others", async () => {
    const signals = Array.from({ length: 64 }, (_, s) => ({ label: `E${s}`, samplesPerRecord: "2048" }));
    const recordBytes = 64 * 2048 * 2;
    const records = Math.floor(3e9 / recordBytes);
    const header = edfBytes(signals, 0, { records: String(records) });
    const { source, counts } = countingSource(header.length + records * recordBytes, (position) =>
      position < header.length ? header[position]! : ((position - header.length) / 2) & 1,
    );
    const recording = await openEdf(source);
    expect(recording.durationSeconds).toBe(records);
    expect(counts.bytes).toBe(header.length);
    const end = records * 2048;
    await recording.read({ signals: [63], startSample: end - 100, endSample: end });
    expect(counts.bytes - header.length).toBe(200);
    const before = counts.bytes;
    const minute = await recording.read({ signals: [7], startSeconds: 5000, endSeconds: 5010 });
    expect(minute.channels[0]!.length).toBe(20480);
    expect(counts.bytes - before).toBe(2 * 20480);
    await recording.read({ startSeconds: 5000, endSeconds: 5003 });
    expect(counts.bytes).toBeLessThan(2e6);
    expect(counts.largest).toBeLessThanOrEqual(2 ** 20);
  });

  it("reads a record that is larger than one read", async () => {
    const perRecord = 700_000;
    const signals = [0, 1].map((s) => ({ samplesPerRecord: String(perRecord), digital: () => s }));
    const header = edfBytes(signals, 0, { records: "1", recordSeconds: "1000" });
    const value = (position: number) => {
      const at = position - header.length;
      const sample = Math.floor(at / 2) % perRecord;
      return (at % 2 === 0 ? sample : sample >> 8) & 0xff;
    };
    const { source, counts } = countingSource(header.length + 4 * perRecord, (position) =>
      position < header.length ? header[position]! : value(position),
    );
    const { channels } = await (await openEdf(source)).readDigital();
    for (const channel of channels) {
      expect(channel.findIndex((digital, i) => digital !== (i << 16) >> 16)).toBe(-1);
    }
    expect(counts.largest).toBeLessThanOrEqual(2 ** 20);
  });

  describe("annotations", () => {
    const annotated = (texts: readonly string[], more: readonly RawSignal[] = []): RawSignal[] => [
      {},
      { label: "EDF Annotations", samplesPerRecord: "60", texts },
      ...more,
    ];

    it("gives every text with onset and duration, counted from the first sample, by onset", async () => {
      const second = { label: "EDF Annotations", samplesPerRecord: "20", texts: ["+0.75\u001410 µV\u0014\u0000"] };
      const texts = [
        tal(
          "+0.25\u0014\u0014with the time\u0014\u0000",
          "+3.5\u00151.25\u0014a\u0014b\u0014\u0000",
          "-1\u0014before\u0014\u0000",
        ),
        tal("+1.25\u0014\u0014\u0000", "+9\u00150\u0014after the end\u0014\u0000"),
      ];
      const recording = await open(annotated(texts, [second]), 2, { reserved: "EDF+C" });
      expect(recording.startOffsetSeconds).toBe(0.25);
      expect(await recording.annotations()).toEqual([
        { onsetSeconds: -1.25, text: "before", outOfRange: true },
        { onsetSeconds: 0, text: "with the time" },
        { onsetSeconds: 0.5, text: "10 µV" },
        { onsetSeconds: 3.25, durationSeconds: 1.25, text: "a", outOfRange: true },
        { onsetSeconds: 3.25, durationSeconds: 1.25, text: "b", outOfRange: true },
        { onsetSeconds: 8.75, durationSeconds: 0, text: "after the end", outOfRange: true },
      ]);
      expect(recording.warnings).toEqual([]);
    });

    it("warns of lists that are not as EDF+ says and of records that do not follow on, once", async () => {
      const texts = [
        "+0\u0014\u0014\u0000later\u0014x\u0014\u0000+1\u0014no end\u0000",
        "+7\u0014\u0014\u0000+2\u0014kept\u0014\u0000",
      ];
      const recording = await open(annotated(texts), 2, { reserved: "EDF+C" });
      await recording.annotations();
      expect(await recording.annotations()).toEqual([{ onsetSeconds: 2, text: "kept", outOfRange: true }]);
      expect(recording.warnings.map(({ code }) => code)).toEqual(["bad-annotation", "bad-annotation", "time-jump"]);
      // the first bad list lies 5 bytes into the annotations of record 0, behind 4 samples of the other signal
      expect(recording.warnings[0]!.message).toContain(`byte ${256 * 3 + 2 * 4 + 5} `);
    });

    it("may be all there is, in records of no duration", async () => {
      const only = {
        label: "EDF Annotations",
        samplesPerRecord: "30",
        texts: ["+0\u0014\u0014\u0000+30\u001530\u0014Sleep stage W\u0014\u0000"],
      };
      const recording = await open([only], 1, { recordSeconds: "0", reserved: "EDF+C" });
      expect(recording.signals[0]).toMatchObject({ isAnnotations: true, rateHz: 0 });
      expect(await recording.annotations()).toEqual([{ onsetSeconds: 30, durationSeconds: 30, text: "Sleep stage W" }]);
      await expectRefusal(() => recording.read(), "not-found", "made.edf", "no signal");
    });

    it("are left out of what is read, and refused as samples", async () => {
      const recording = await open(annotated(["+0\u0014\u0014\u0000"]), 1, { reserved: "EDF+C" });
      expect((await recording.read()).channels.length).toBe(1);
      await expectRefusal(() => recording.read({ signals: [1] }), "bad-option", "EDF Annotations", "annotations()");
    });
  });

  describe("warns", () => {
    it("and derives the number of records where it is unknown", async () => {
      const recording = await open([{ digital: ramp }], 3, { records: "-1" });
      expect(recording.records).toBe(3);
      expect(recording.warnings.map(({ code }) => code)).toEqual(["unknown-records"]);
    });

    it("and leaves out a partial last record where the number of records is unknown", async () => {
      const bytes = edfBytes([{}], 3, { records: "-1" }).subarray(0, -3);
      const recording = await openEdf(memorySource(bytes));
      expect(recording.records).toBe(2);
      expect(recording.warnings.map(({ code }) => code)).toEqual(["unknown-records", "partial-record"]);
    });

    it("of bytes behind the last record, and of a file without records", async () => {
      expect((await open([{}], 3, { records: "2" })).warnings.map(({ code }) => code)).toEqual(["trailing-bytes"]);
      const none = await open([{}], 0);
      expect(none.warnings.map(({ code }) => code)).toEqual(["no-records"]);
      expect((await none.read()).channels[0]!.length).toBe(0);
    });

    it("of a digital range that the bits cannot hold", async () => {
      const recording = await open([{ digitalMaximum: "40000" }], 1);
      expect(recording.warnings.map(({ code }) => code)).toEqual(["digital-range"]);
    });

    it("and reads what is there if truncated files are allowed", async () => {
      const bytes = edfBytes([{ digital: ramp }], 3).subarray(0, -1);
      const recording = await openEdf(memorySource(bytes), { allowTruncated: true });
      expect(recording.warnings.map(({ code }) => code)).toEqual(["truncated"]);
      expect((await recording.readDigital()).channels[0]).toEqual(Int32Array.from({ length: 8 }, (_, i) => ramp(i)));
    });
  });

  describe("refuses", () => {
    const two: RawSignal[] = [{ label: "Fp1" }, { label: "Fp2" }];
    const withDefect = (defect: RawSignal) => [two[0]!, { ...two[1]!, ...defect }];

    it.each<{ what: string; header: RawHeader; code?: ErrorCode; words: string[] }>([
      {
        what: "more records than the file holds",
        header: { records: "9" },
        code: "truncated",
        words: ["9 records", "144", "48", "3 whole"],
      },
      {
        what: "header bytes that do not fit the signals",
        header: { headerBytes: "512" },
        words: ["512", "768", "byte 184"],
      },
      {
        what: "a number of records below -1",
        header: { records: "-2" },
        words: ["number of records", "-2", "byte 236"],
      },
      { what: "a number of records that is none", header: { records: "three" }, words: ['"three"', "byte 236"] },
      { what: "a fractional number of records", header: { records: "2.5" }, words: ["2.5", "whole"] },
      { what: "no signals", header: { signals: "0" }, words: ["number of signals", "0", "byte 252"] },
      { what: "more signals than the header holds", header: { signals: "9999" }, words: ["9999", "768", "2560000"] },
      {
        what: "a header longer than the file",
        header: { signals: "9999", headerBytes: "2560000" },
        code: "truncated",
        words: ["816", "2560000"],
      },
      {
        what: "a negative record duration",
        header: { recordSeconds: "-1" },
        words: ["record duration", "-1", "byte 244"],
      },
      { what: "a decimal comma", header: { recordSeconds: "0,5" }, words: ['"0,5"', "byte 244", "point"] },
      { what: "samples in records of no duration", header: { recordSeconds: "0" }, words: ['"Fp1"', "0 s"] },
    ])("$what", async ({ header, code = "bad-format", words }) => {
      await expectRefusal(() => open(two, 3, header), code, "made.edf", ...words);
    });

    it.each<{ what: string; defect: RawSignal; words: string[] }>([
      {
        what: "equal digital limits",
        defect: { digitalMinimum: "5", digitalMaximum: "5" },
        words: ["digital minimum 5", "digital maximum 5"],
      },
      { what: "swapped digital limits", defect: { digitalMinimum: "7", digitalMaximum: "-7" }, words: ["7", "-7"] },
      {
        what: "equal physical limits",
        defect: { physicalMinimum: "0", physicalMaximum: "0" },
        words: ["physical minimum", "both 0"],
      },
      { what: "a physical limit that is no number", defect: { physicalMaximum: "1e" }, words: ['"1e"', "byte"] },
      {
        what: "a physical range that is not finite",
        defect: { physicalMinimum: "-9e307", physicalMaximum: "9e307" },
        words: ["-9e+307", "float64"],
      },
      { what: "an empty physical limit", defect: { physicalMinimum: "" }, words: ['""', "byte"] },
      {
        what: "no samples in a record",
        defect: { samplesPerRecord: "0" },
        words: ["samples per record", "0", "at least 1"],
      },
      { what: "a negative number of samples", defect: { samplesPerRecord: "-4" }, words: ["-4"] },
    ])("$what, naming the signal", async ({ defect, words }) => {
      const bytes = edfBytes(two, 3);
      const broken = edfBytes(withDefect(defect), 0, { records: "3" });
      bytes.set(broken.subarray(0, 256 * 3));
      await expectRefusal(
        () => openEdf(memorySource(bytes, "made.edf")),
        "bad-format",
        "made.edf",
        '"Fp2" (number 1)',
        ...words,
      );
    });

    it("a count so large that the file cannot hold one record", async () => {
      await expectRefusal(() => open([{}], 0, { records: "99999999" }), "truncated", "99999999", "0 whole");
    });

    it.each([
      { kind: "a WAV file", start: "RIFF$\u0000\u0000\u0000WAVE" },
      { kind: "a PNG image", start: "\u0089PNG\r\n\u001a\n" },
      { kind: "text", start: "onset\tduration" },
      { kind: "Git LFS", start: "version https://git-lfs.github.com/spec/v1" },
    ])("$kind named .edf", async ({ kind, start }) => {
      const bytes = new Uint8Array(1000).fill(32);
      bytes.set(Array.from(start, (letter) => letter.charCodeAt(0)));
      await expectRefusal(() => openEdf(memorySource(bytes, "x.edf")), "bad-format", "x.edf", "bytes 0 to 8", kind);
    });

    it("an empty file and one that ends in its header", async () => {
      await expectRefusal(() => openEdf(memorySource(new Uint8Array(0), "x.edf")), "bad-format", "x.edf");
      const bytes = edfBytes(two, 1);
      await expectRefusal(() => openEdf(memorySource(bytes.subarray(0, 100), "x.edf")), "truncated", "100", "512");
      await expectRefusal(() => openEdf(memorySource(bytes.subarray(0, 300), "x.edf")), "truncated", "300", "768");
    });

    it("signals that are unknown, ambiguous or of different rates", async () => {
      const recording = await open([{ label: "A" }, { label: "A" }, { label: "B", samplesPerRecord: "2" }], 1);
      await expectRefusal(() => recording.read({ signals: ["C"] }), "not-found", '"C"', "A, A, B");
      await expectRefusal(() => recording.read({ signals: [3] }), "not-found", "3");
      await expectRefusal(() => recording.read({ signals: ["A"] }), "bad-option", '"A"', "0, 1");
      await expectRefusal(() => recording.read({ signals: [] }), "not-found", "no signal");
      await expectRefusal(() => recording.read(), "bad-option", '"B"', "2 Hz", "4 Hz");
    });

    it("windows outside the recording or given twice", async () => {
      const recording = await open([{}], 2);
      await expectRefusal(() => recording.read({ endSample: 9 }), "bad-option", "endSample is 9", "8");
      await expectRefusal(() => recording.read({ startSample: -1 }), "bad-option", "startSample is -1");
      await expectRefusal(() => recording.read({ startSample: 3, endSample: 2 }), "bad-option", "endSample is 2");
      await expectRefusal(() => recording.read({ startSample: 0.5 }), "bad-option", "0.5");
      await expectRefusal(() => recording.read({ endSeconds: 2.5 }), "bad-option", "2.5 s", "2 s");
      await expectRefusal(() => recording.read({ startSeconds: Number.NaN }), "bad-option", "startSeconds");
      await expectRefusal(() => recording.read({ startSeconds: 0, endSample: 4 }), "bad-option", "one of them");
    });
  });
});
