import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../src/core/error.ts";
import { memorySource } from "../../src/formats/byteSource.ts";
import { openBrainVision } from "../../src/formats/openBrainVision.ts";
import {
  type BrainVisionParts,
  headerText,
  int16Bytes,
  markerText,
  openParts,
  siblingsOf,
} from "./brainVisionFiles.ts";
import { expectRefusal } from "./refusal.ts";

const codes = (recording: { warnings: readonly { code: string }[] }) => recording.warnings.map(({ code }) => code);
const utf8 = (text: string) => new TextEncoder().encode(text);
const dated = "New Segment,,1,1,0,20200102030405678901";

describe("openBrainVision", () => {
  it("reports the header", async () => {
    const recording = await openParts({ markers: [dated], version: "2.0", common: { DataPoints: "6" } });
    expect(recording).toMatchObject({
      name: "folder/made.vhdr",
      format: "BrainVision",
      formatVersion: "2.0",
      dataFile: "made.eeg",
      markerFile: "made.vmrk",
      sampleFormat: "INT_16",
      orientation: "MULTIPLEXED",
      startTime: { year: 2020, month: 1, day: 2, hour: 3, minute: 4, second: 5 },
      startOffsetSeconds: 0.678901,
      durationSeconds: 1.5,
      recordedSeconds: 1.5,
      warnings: [],
    });
    expect(recording.signals[1]).toEqual({
      index: 1,
      label: "Cz",
      resolution: 0.5,
      unit: "uV",
      voltsPerUnit: 1e-6,
      type: "unknown",
      typeSource: "none",
      rateHz: 4,
      samples: 6,
      isAnnotations: false,
    });
  });

  it("multiplies stored numbers by the channel's resolution", async () => {
    const recording = await openParts({ channels: ["A,,0.0488281,uV", "B,,-2,mV"] });
    const { rateHz, channels } = await recording.read();
    expect(rateHz).toBe(4);
    expect(channels[0]).toEqual(Float64Array.from([0, 1, 2, 3, 4, 5], (n) => n * 0.0488281));
    expect(channels[1]).toEqual(Float64Array.from([100, 101, 102, 103, 104, 105], (n) => n * -2));
    expect(Array.from((await recording.readDigital()).channels[1]!)).toEqual([100, 101, 102, 103, 104, 105]);
    const volts = await recording.read({ signals: ["B"], volts: true });
    expect(volts.channels[0]).toEqual(Float64Array.from([100, 101, 102, 103, 104, 105], (n) => (n * -2) / 1000));
  });

  const formats = [
    { format: "INT_16", size: 2, set: "setInt16", values: [-32768, 32767, -1, 0, 1, 256] },
    { format: "UINT_16", size: 2, set: "setUint16", values: [0, 65535, 1, 255, 256, 32768] },
    { format: "INT_32", size: 4, set: "setInt32", values: [-2147483648, 2147483647, -1, 0, 65536, 3] },
    { format: "FLOAT_32", size: 4, set: "setFloat32", values: [0.5, -1e30, 3, 2 ** -140, 0, -0.25] },
    { format: "IEEE_FLOAT_32", size: 4, set: "setFloat32", values: [0.5, -1e30, 3, 2 ** -140, 0, -0.25] },
    { format: "IEEE_FLOAT_64", size: 8, set: "setFloat64", values: [0.1, -1e300, 3, 1e-300, 0, -0.25] },
  ] as const;
  const orders = [
    { orientation: "MULTIPLEXED", big: "NO" },
    { orientation: "VECTORIZED", big: "NO" },
    { orientation: "VECTORIZED", big: "YES" },
  ];
  it.each(formats.flatMap((format) => orders.map((order) => ({ ...format, ...order }))))(
    "reads $format, $orientation, big-endian $big, every window of every channel",
    async ({ format, size, set, values, orientation, big }) => {
      const bytes = new Uint8Array(values.length * size + 1);
      const view = new DataView(bytes.buffer, 1);
      // channel c, sample i is values[2 i + c]
      const place = (n: number) => (orientation === "MULTIPLEXED" ? n : (n % 2) * 3 + Math.floor(n / 2));
      values.forEach((value, n) => {
        view[set](place(n) * size, value, big === "NO");
      });
      const parts = {
        common: { DataOrientation: orientation },
        binary: { BinaryFormat: format, UseBigEndianOrder: big },
        channels: ["A,,,uV", "B,,,uV"],
      };
      // an odd byte in front: nothing lies as the machine would like it
      const recording = await openParts(parts, bytes.subarray(1));
      const stored = (c: number) => Float64Array.from([0, 1, 2], (i) => values[2 * i + c]!);
      const rounded = set === "setFloat32" ? (c: number) => stored(c).map(Math.fround) : stored;
      for (let startSample = 0; startSample <= 3; startSample++) {
        for (let endSample = startSample; endSample <= 3; endSample++) {
          const { channels } = await recording.read({ signals: [1, 0, 1], startSample, endSample });
          expect(channels).toEqual([1, 0, 1].map((c) => rounded(c).slice(startSample, endSample)));
        }
      }
      if (format.includes("FLOAT")) {
        await expectRefusal(() => recording.readDigital(), "unsupported", "floats");
      } else expect(Array.from((await recording.readDigital({ signals: [0] })).channels[0]!)).toEqual([...stored(0)]);
    },
  );

  it("reads a window of a huge file from its bytes alone, in short reads", async () => {
    const channels = Array.from({ length: 64 }, (_, c) => `E${c},,1,uV`);
    const [frame, samples] = [128, 2e7];
    for (const orientation of ["MULTIPLEXED", "VECTORIZED"]) {
      let [bytes, largest] = [0, 0];
      const data = {
        name: "huge.eeg",
        byteLength: frame * samples,
        read: async (start: number, end: number) => {
          bytes += end - start;
          largest = Math.max(largest, end - start);
          return new Uint8Array(end - start);
        },
        close: async () => {},
      };
      const header = memorySource(
        utf8(headerText({ channels, common: { DataOrientation: orientation } })),
        "huge.vhdr",
      );
      const recording = await openBrainVision(header, async (name) => (name.endsWith(".eeg") ? data : undefined));
      expect([recording.signals[0]!.samples, bytes]).toEqual([samples, 0]);
      await recording.read({ signals: [63], startSample: samples - 100 });
      expect(bytes).toBe(orientation === "MULTIPLEXED" ? 100 * frame : 200);
      await recording.read({ signals: [1, 2], startSample: 0, endSample: 50_000 });
      expect(largest).toBeLessThanOrEqual(2 ** 19);
    }
  });

  it("reads UTF-8, with or without a mark, and code page 1252", async () => {
    const text = headerText({ channels: ["F\u00fc1,,0.5,\u00b5V", "Cz,,0.5,\u00b5V"] });
    const latin = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const files = { "made.eeg": int16Bytes([1, 2]), "made.vmrk": markerText({}) };
    for (const bytes of [utf8(text), utf8(`\ufeff${text}`), latin]) {
      const { signals } = await openBrainVision(memorySource(bytes, "made.vhdr"), siblingsOf(files).open);
      expect(signals[0]).toMatchObject({ label: "F\u00fc1", unit: "\u00b5V", voltsPerUnit: 1e-6 });
    }
  });

  it("takes empty fields for a resolution of 1 and microvolts, and restores commas", async () => {
    const recording = await openParts({ channels: ["A\\1 left,REF\\1,,", "B"] });
    expect(recording.signals).toMatchObject([
      { label: "A, left", reference: "REF,", resolution: 1, unit: "\u00b5V", voltsPerUnit: 1e-6 },
      { label: "B", resolution: 1, unit: "\u00b5V" },
    ]);
    expect(recording.signals[1]).not.toHaveProperty("reference");
  });

  it("tells types by reference, label and unit, and says which", async () => {
    const channels = ["Fp1,A1,1,uV", "A1,,1,uV", "VEOG,,1,uV", "Hand,,1,\u00b5S", "Odd,,1,furlong", "Odder,,1,furlong"];
    const recording = await openParts({ channels }, new Uint8Array(24));
    expect(recording.signals.map(({ type, typeSource }) => [type, typeSource])).toEqual([
      ["unknown", "none"],
      ["reference", "header"],
      ["eog", "label"],
      ["misc", "unit"],
      ["unknown", "none"],
      ["unknown", "none"],
    ]);
    expect(codes(recording)).toEqual(["unknown-unit", "no-start-time"]);
    expect(recording.warnings[0]!.message).toContain('"Odd" (number 4) and 1 more have the unit "furlong"');
    expect(recording.signals[3]).not.toHaveProperty("voltsPerUnit");
    const { channels: values } = await recording.read({ volts: true });
    expect(values.length).toBe(6);
  });

  it("skips what is in the comment, and reads sections behind it", async () => {
    const comment = "DataFile=other.eeg\r\n[Impedance]\r\n[Common Infos]\r\nNumberOfChannels=2";
    expect((await openParts({ comment })).dataFile).toBe("made.eeg");
  });
});

describe("the three files of a BrainVision recording", () => {
  const data = int16Bytes([1, 2]);
  const openFiles = (files: Record<string, string | Uint8Array>, parts: BrainVisionParts = {}, name = "made.vhdr") => {
    const siblings = siblingsOf(files);
    const source = memorySource(utf8(headerText(parts)), `folder/${name}`);
    return { ...siblings, result: openBrainVision(source, siblings.open) };
  };

  it("without markers are read with a warning that names what was looked for", async () => {
    const recording = await openFiles({ "made.eeg": data }, { common: { MarkerFile: "gone.vmrk" } }).result;
    expect(codes(recording)).toEqual(["no-marker-file", "no-start-time"]);
    expect(recording.warnings[0]!.message).toContain("neither gone.vmrk nor made.vmrk");
    expect(await recording.annotations()).toEqual([]);
    expect(recording).not.toHaveProperty("markerFile");
  });

  it("without data are refused, naming both names that were tried", async () => {
    const { result } = openFiles({ "made.vmrk": markerText({}) }, { common: { DataFile: "old.dat" } });
    await expectRefusal(() => result, "not-found", "made.vhdr", '"old.dat"', "old.dat nor made.dat nor made.eeg");
  });

  it("renamed together are found by the header's name, with warnings", async () => {
    const recording = await openFiles({ "new.eeg": data, "new.vmrk": markerText({ markers: [dated] }) }, {}, "new.vhdr")
      .result;
    expect(recording).toMatchObject({ dataFile: "new.eeg", markerFile: "new.vmrk" });
    expect(codes(recording)).toEqual(["data-file-renamed", "marker-file-renamed", "marker-file-link"]);
  });

  it("that point at another data file are read with a warning", async () => {
    const recording = await openParts({ markers: [dated], markerDataFile: "somebody.eeg" });
    expect(codes(recording)).toEqual(["marker-file-link"]);
    expect(recording.warnings[0]!.message).toContain('"somebody.eeg"');
  });

  it("may be named with folders, which are not followed, and with $b for the header's own name", async () => {
    const common = { DataFile: "C:\\data\\made.eeg", MarkerFile: "../../$b.vmrk" };
    const { result, asked } = openFiles(
      { "made.eeg": data, "made.vmrk": markerText({ markers: [dated] }) },
      { common },
    );
    expect(codes(await result)).toEqual([]);
    expect(asked).toEqual(["made.eeg", "made.vmrk"]);
  });

  it("are closed: the markers when they are read, the data with the recording or when opening fails", async () => {
    const files = { "made.eeg": data, "made.vmrk": markerText({}) };
    const { result, opened } = openFiles(files);
    const recording = await result;
    expect([...opened]).toEqual(["made.eeg"]);
    await recording.close();
    expect([...opened]).toEqual([]);
    const failing = openFiles({ ...files, "made.vmrk": "no markers" });
    await expectRefusal(() => failing.result, "bad-format", "folder/made.vmrk", "BrainVision marker file");
    expect([...failing.opened]).toEqual([]);
  });
});

describe("openBrainVision warns", () => {
  it("of bytes that make no whole sample, and of bytes behind the last", async () => {
    expect(codes(await openParts({ markers: [dated] }, new Uint8Array(10)))).toEqual(["trailing-bytes"]);
    const recording = await openParts({ markers: [dated], common: { DataPoints: "2" } }, new Uint8Array(12));
    expect([recording.signals[0]!.samples, codes(recording)]).toEqual([2, ["trailing-bytes"]]);
  });

  it("of a file that ends early, if that is allowed", async () => {
    const parts = { markers: [dated], common: { DataPoints: "9" } };
    const recording = await openParts(parts, new Uint8Array(24), { allowTruncated: true });
    expect([recording.signals[0]!.samples, codes(recording)]).toEqual([6, ["truncated"]]);
  });

  it("of a file without samples, and of channels too many", async () => {
    const empty = await openParts({}, new Uint8Array(0));
    expect(codes(empty)).toEqual(["no-records", "no-start-time"]);
    expect((await empty.read()).channels[0]!.length).toBe(0);
    const extra = await openParts({ markers: [dated], common: { NumberOfChannels: "1" } });
    expect([extra.signals.length, codes(extra)]).toEqual([1, ["extra-channels"]]);
  });
});

describe("openBrainVision refuses", () => {
  it.each<{ what: string; parts: BrainVisionParts; code?: ErrorCode; words: string[] }>([
    { what: "no data file", parts: { common: { DataFile: "" } }, words: ["DataFile"] },
    { what: "no number of channels", parts: { common: { NumberOfChannels: "" } }, words: ["NumberOfChannels"] },
    { what: "a channel without an entry", parts: { common: { NumberOfChannels: "3" } }, words: ["3", "Ch3"] },
    { what: "channels beyond count", parts: { common: { NumberOfChannels: "999999999" } }, words: ["Ch3"] },
    { what: "half a channel", parts: { common: { NumberOfChannels: "1.5" } }, words: ["1.5", "whole"] },
    { what: "no sampling interval", parts: { common: { SamplingInterval: "" } }, words: ["SamplingInterval"] },
    { what: "an interval of 0", parts: { common: { SamplingInterval: "0" } }, words: ["SamplingInterval is 0"] },
    {
      what: "a decimal comma",
      parts: { common: { SamplingInterval: "3906,25" } },
      words: ['"3906,25"', "point", "line"],
    },
    { what: "a rate beyond numbers", parts: { common: { SamplingInterval: "1e-320" } }, words: ["SamplingInterval"] },
    { what: "a resolution of 0", parts: { channels: ["A,,0,uV", "B"] }, words: ['"A" (number 0)', "resolution"] },
    { what: "a resolution that is none", parts: { channels: ["A", "B,,x,uV"] }, words: ['"B" (number 1)', '"x"'] },
    { what: "a resolution beyond numbers", parts: { channels: ["A", "B,,1e308,uV"] }, words: ["1e308"] },
    { what: "no sample format", parts: { binary: { BinaryFormat: "" } }, words: ["BinaryFormat", "INT_16"] },
    {
      what: "another sample format",
      parts: { binary: { BinaryFormat: "INT_8" } },
      code: "unsupported",
      words: ["INT_8"],
    },
    { what: "ASCII data", parts: { common: { DataFormat: "ASCII" } }, code: "unsupported", words: ["ASCII", "BINARY"] },
    { what: "spectra", parts: { common: { DataType: "FREQUENCYDOMAIN" } }, code: "unsupported", words: ["TIMEDOMAIN"] },
    { what: "version 3", parts: { version: "3.0" }, code: "unsupported", words: ["version 3.0"] },
    {
      what: "fewer bytes than the header says",
      parts: { common: { DataPoints: "7" } },
      code: "truncated",
      words: ["made.eeg", "7 samples", "28 bytes", "24", "6 whole"],
    },
    {
      what: "names of the language's own objects for a format",
      parts: { binary: { BinaryFormat: "constructor" } },
      code: "unsupported",
      words: ["CONSTRUCTOR"],
    },
  ])("$what", async ({ parts, code = "bad-format", words }) => {
    await expectRefusal(() => openParts(parts), code, "folder/made.", ...words);
  });

  it("vectorized channels that the bytes do not share evenly, even a truncated one", async () => {
    const common = { DataOrientation: "VECTORIZED" };
    await expectRefusal(() => openParts({ common }, new Uint8Array(26)), "bad-format", "26 bytes", "DataPoints");
    const stated = { common: { ...common, DataPoints: "7" } };
    const cut = () => openParts(stated, new Uint8Array(26), { allowTruncated: true });
    await expectRefusal(cut, "truncated", "last channels are missing");
  });

  it("floats that are no numbers, naming channel and sample", async () => {
    const bytes = new Uint8Array(new Float32Array([1, 2, 3, Number.NaN]).buffer);
    const recording = await openParts({ binary: { BinaryFormat: "IEEE_FLOAT_32" } }, bytes);
    await expectRefusal(() => recording.read(), "bad-value", '"Cz" (number 1)', "NaN at sample 1");
    expect((await recording.read({ signals: ["Fp1"] })).channels[0]).toEqual(Float64Array.of(0.5, 1.5));
  });

  it.each([
    { what: "markers in place of the header", text: markerText({}), words: ["BrainVision markers", "name the header"] },
    { what: "another file", text: "RIFF....WAVE", words: ["a WAV file"] },
    { what: "nothing", text: "", words: ["begins with"] },
  ])("$what", async ({ text, words }) => {
    const open = () => openBrainVision(memorySource(utf8(text), "x.vhdr"), async () => undefined);
    await expectRefusal(open, "bad-format", "x.vhdr", ...words);
  });

  it("a text file that is far too large to be one", async () => {
    const bytes = utf8(headerText({}));
    const source = { ...memorySource(bytes, "x.vhdr"), byteLength: 1e10 };
    const large = () => openBrainVision(source, async () => undefined);
    await expectRefusal(large, "bad-format", "10000000000 bytes");
  });
});
