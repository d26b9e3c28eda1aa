import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { memorySource } from "../../src/formats/byteSource.ts";
import { openFile } from "../../src/formats/file.ts";
import { openWav } from "../../src/formats/openWav.ts";
import { sharedPath, testWithShared } from "../shared.ts";
import { expectRefusal } from "./refusal.ts";
import { type Chunk, formatChunk, riffBytes, unsigned } from "./riffBytes.ts";

const open = (chunks: readonly Chunk[], kind: "RIFF" | "RIFX" | "RF64" = "RIFF") =>
  openWav(memorySource(riffBytes(chunks, kind), "made.wav"));

/** Integers of a full scale as bytes. */
const integers = (values: readonly number[], bytes: number, littleEndian = true) =>
  values.flatMap((value) => unsigned(value < 0 ? value + 2 ** (8 * bytes) : value, bytes, littleEndian));

function floats(values: readonly number[], bytes: 4 | 8, littleEndian = true): number[] {
  const view = new DataView(new ArrayBuffer(values.length * bytes));
  values.forEach((value, i) => {
    if (bytes === 4) view.setFloat32(i * 4, value, littleEndian);
    else view.setFloat64(i * 8, value, littleEndian);
  });
  return [...new Uint8Array(view.buffer)];
}

const data = (body: number[], size?: number): Chunk => ({ id: "data", body, ...(size === undefined ? {} : { size }) });
const pcm16 = integers([0, 16384, -32768, 32767], 2);

describe("openWav", () => {
  for (const kind of ["RIFF", "RIFX"] as const) {
    it.each([16, 24, 32])(
      `divides the %i-bit integers of ${kind} by 2^(bits - 1), both ends and both signs`,
      async (bits) => {
        const full = 2 ** (bits - 1);
        const values = [0, 1, -1, full - 1, -full, full / 2, -full / 2, 255];
        const body = integers(values, bits / 8, kind === "RIFF");
        const wav = await open([formatChunk({ bits }, kind === "RIFF"), data(body)], kind);
        expect(wav).toMatchObject({ sampleFormat: "integer", bitsPerSample: bits, samples: 8, channels: 1 });
        expect((await wav.read()).channels[0]).toEqual(Float64Array.from(values, (value) => value / full));
      },
    );

    it.each([4, 8] as const)(`reads the %i-byte floats of ${kind} as they are`, async (bytes) => {
      const values = [0, 1, -1, 0.1, 1e-30, 3.5].map((value) => (bytes === 4 ? Math.fround(value) : value));
      const format = formatChunk({ tag: 3, bits: 8 * bytes }, kind === "RIFF");
      const wav = await open([format, data(floats(values, bytes, kind === "RIFF"))], kind);
      expect(wav).toMatchObject({ sampleFormat: "float", bitsPerSample: 8 * bytes });
      expect((await wav.read()).channels[0]).toEqual(Float64Array.from(values));
    });
  }

  it("reads 8-bit integers as unsigned with 128 for zero, and an odd data chunk", async () => {
    const wav = await open([formatChunk({ bits: 8 }), data([128, 0, 255]), { id: "LIST", body: [1] }]);
    expect(Array.from((await wav.read()).channels[0]!)).toEqual([0, -1, 127 / 128]);
  });

  it("takes fewer bits than their container as the upper ones", async () => {
    // 12 bits in 16, extensible; then 12 bits stated plainly; then 24 bits in 4 bytes
    for (const format of [formatChunk({ bits: 16, validBits: 12 }), formatChunk({ bits: 12 })]) {
      const wav = await open([format, data(integers([2047 * 16, -2048 * 16, 16], 2))]);
      expect(wav.bitsPerSample).toBe(12);
      expect(Array.from((await wav.read()).channels[0]!)).toEqual([2047 / 2048, -1, 1 / 2048]);
    }
    const wide = await open([formatChunk({ bits: 24, frameBytes: 4 }), data(integers([2 ** 30, -(2 ** 31)], 4))]);
    expect(Array.from((await wide.read()).channels[0]!)).toEqual([0.5, -1]);
  });

  it("takes channels apart and reads any range as the same cut of the whole", async () => {
    const values = Array.from({ length: 30 }, (_, i) => i * 100 - 1500);
    const wav = await open([formatChunk({ channels: 3, rateHz: 44100 }), data(integers(values, 2))]);
    expect([wav.samples, wav.durationSeconds]).toEqual([10, 10 / 44100]);
    const whole = await wav.read();
    expect(whole.rateHz).toBe(44100);
    expect(whole.channels.map((channel) => channel[4]! * 32768)).toEqual([-300, -200, -100]);
    for (const [start, end] of [
      [0, 10],
      [3, 7],
      [9, 10],
      [5, 5],
    ] as const) {
      expect((await wav.read(start, end)).channels).toEqual(whole.channels.map((channel) => channel.slice(start, end)));
    }
  });

  it("reads a file that is longer than one read", async () => {
    const count = 2 ** 20 + 5;
    const head = riffBytes([formatChunk({ bits: 32 }), data([], 4 * count)]);
    const bytes = new Uint8Array(head.length + 4 * count);
    bytes.set(head);
    const view = new DataView(bytes.buffer, head.length);
    for (let i = 0; i < count; i++) view.setInt32(4 * i, i * 1999, true);
    const channel = (await (await openWav(memorySource(bytes))).read()).channels[0]!;
    expect(channel.findIndex((value, i) => value !== (i * 1999) / 2 ** 31)).toBe(-1);
  });

  it("walks over other chunks, wherever they are, odd lengths filled up", async () => {
    const wav = await open([
      { id: "JUNK", body: [1, 2, 3] },
      formatChunk({}),
      { id: "LIST", body: [...Array(27).keys()] },
      data(pcm16),
      { id: "cue ", body: [0] },
    ]);
    expect(Array.from((await wav.read()).channels[0]!)).toEqual([0, 0.5, -1, 32767 / 32768]);
    expect(wav.warnings).toEqual([]);
  });

  it("takes the size of RF64 data from its ds64 chunk", async () => {
    const sizes = [...unsigned(200, 8), ...unsigned(pcm16.length, 8), ...unsigned(4, 8), 0, 0, 0, 0];
    const chunks = [
      { id: "ds64", body: sizes },
      formatChunk({}),
      data(pcm16, 0xffffffff),
      { id: "LIST", body: [1, 2] },
    ];
    const wav = await open(chunks, "RF64");
    expect([wav.samples, wav.warnings]).toEqual([4, []]);
  });

  it.each([
    { what: "0", size: 0, warnings: ["streamed"] },
    { what: "0xFFFFFFFF", size: 0xffffffff, warnings: ["streamed"] },
    { what: "more than the file has", size: 4000, warnings: ["early-end"] },
  ])("reads what is there where the data size is $what, and says so", async ({ size, warnings }) => {
    const wav = await open([formatChunk({}), data(pcm16, size)]);
    expect(wav.warnings.map(({ code }) => code)).toEqual(warnings);
    expect(Array.from((await wav.read()).channels[0]!)).toEqual([0, 0.5, -1, 32767 / 32768]);
  });

  it("leaves out bytes that are no whole sample, and says so", async () => {
    const wav = await open([formatChunk({ channels: 2 }), data([...pcm16, 1, 2])]);
    expect(wav.samples).toBe(2);
    expect(wav.warnings.map(({ code }) => code)).toEqual(["partial-sample"]);
  });

  describe("refuses", () => {
    it("float samples that are not finite, at the sample", async () => {
      const wav = await open([
        formatChunk({ tag: 3, bits: 32, channels: 2 }),
        data(floats([0, 0, 0, 0, 0, Number.NaN], 4)),
      ]);
      await expectRefusal(() => wav.read(), "bad-value", "made.wav", "channel 1", "NaN", "sample 2");
      await expectRefusal(() => wav.read(1), "bad-value", "sample 2");
      expect((await wav.read(0, 2)).channels[1]).toEqual(new Float64Array(2));
    });

    it("a file without samples", async () => {
      const end = { id: "LIST", body: [1, 2, 3, 4] };
      await expectRefusal(
        () => open([formatChunk({}), data([], 0), end]),
        "bad-value",
        "made.wav",
        "no samples",
        "0 bytes",
      );
      await expectRefusal(() => open([formatChunk({ channels: 4 }), data([1, 2, 3, 4])]), "bad-value", "4 bytes", "8");
    });

    it.each([
      { tag: 7, word: "mu-law" },
      { tag: 2, word: "ADPCM" },
      { tag: 0x1234, word: "0x1234" },
    ])("compressed samples: $word", ({ tag, word }) =>
      expectRefusal(() => open([formatChunk({ tag }), data(pcm16)]), "unsupported", "made.wav", word),
    );

    it("formats that contradict themselves", async () => {
      const refuse = (format: Parameters<typeof formatChunk>[0], ...words: string[]) =>
        expectRefusal(() => open([formatChunk(format), data(pcm16)]), "bad-format", "made.wav", ...words);
      await refuse({ channels: 0, frameBytes: 2 }, "0 channels");
      await refuse({ rateHz: 0 }, "0 Hz");
      await refuse({ channels: 2, frameBytes: 3 }, "2 channels of 16 bits", "3 bytes");
      await refuse({ bits: 24, frameBytes: 2 }, "24 bits", "2 bytes");
      await expectRefusal(
        () => open([formatChunk({ tag: 3, bits: 16 }), data(pcm16)]),
        "unsupported",
        "float samples of 16 bits",
      );
    });

    it("files without format or data, with damaged chunks, or with very many", async () => {
      const long = { id: "LIST", body: Array<number>(40).fill(0) };
      await expectRefusal(() => open([long, data(pcm16)]), "bad-format", "no fmt chunk");
      await expectRefusal(() => open([formatChunk({}), long]), "bad-format", "no data chunk");
      await expectRefusal(() => open([{ id: "fmt ", body: [1, 0] }, long]), "bad-format", '"fmt "', "2 bytes", "16");
      await expectRefusal(() => open([{ id: "\u0000\u0001\u0002\u0003", body: [] }, long]), "bad-format", "byte 12");
      const many = Array.from({ length: 10_001 }, () => ({ id: "JUNK", body: [] }));
      await expectRefusal(() => open(many), "bad-format", "10000 chunks");
    });

    it("files that are no WAV, naming what they look like", async () => {
      const text = new TextEncoder().encode("onset\tduration\n".repeat(9));
      await expectRefusal(() => openWav(memorySource(text, "x.wav")), "bad-format", "x.wav", "text", "RIFF");
      await expectRefusal(() => openWav(memorySource(new Uint8Array(0), "x.wav")), "bad-format", "x.wav");
      const start = riffBytes([formatChunk({})]).subarray(0, 30);
      await expectRefusal(() => openWav(memorySource(start, "x.wav")), "truncated", "x.wav", "30 bytes");
      const avi = riffBytes([data(pcm16), data(pcm16), data(pcm16)]);
      avi[8] = 65;
      await expectRefusal(() => openWav(memorySource(avi, "x.wav")), "bad-format", "AAVE");
    });

    it("ranges outside the file", async () => {
      const wav = await open([formatChunk({}), data(pcm16)]);
      await expectRefusal(() => wav.read(0, 5), "bad-option", "endSample is 5", "4");
      await expectRefusal(() => wav.read(3, 2), "bad-option", "endSample is 2");
    });
  });
});

interface EdgeCase {
  file: string;
  rateHz: number;
  samples: number;
  head: number[][];
  tail: number[][];
  sum: number[];
  energy: number[];
}

describe("openWav reads the edge cases of SciPy as SciPy does", () => {
  const fixture = join(import.meta.dirname, "../fixtures/wavEdgeCases.json");
  const { cases } = JSON.parse(readFileSync(fixture, "utf8")) as { cases: EdgeCase[] };
  const read = async (file: string) => {
    const source = await openFile(sharedPath(`wav-edge-cases/scipy/${file}`));
    try {
      return await (await openWav(source)).read();
    } finally {
      await source.close();
    }
  };

  for (const { file, rateHz, samples, head, tail, sum, energy } of cases) {
    testWithShared(file, async () => {
      const signal = await read(file);
      expect(signal.rateHz).toBe(rateHz);
      expect(signal.channels.map((channel) => channel.length)).toEqual(head.map(() => samples));
      expect(signal.channels.map((channel) => Array.from(channel.slice(0, 5)))).toEqual(head);
      expect(signal.channels.map((channel) => Array.from(channel.slice(-3)))).toEqual(tail);
      const sums = signal.channels.map((channel) => channel.reduce((total, value) => total + value, 0));
      const energies = signal.channels.map((channel) => channel.reduce((total, value) => total + value * value, 0));
      // sums of a few thousand numbers below 1, taken in another order
      expect(sums).toBeAllclose(sum, { atol: 1e-12 });
      expect(energies).toBeAllclose(energy, { rtol: 1e-12 });
    });
  }

  for (const stem of ["test-44100Hz-le-1ch-4bytes", "test-8000Hz-le-3ch-5S-24bit"]) {
    testWithShared(`${stem}-rf64.wav as the file without 64-bit sizes`, async () => {
      expect(await read(`${stem}-rf64.wav`)).toEqual(await read(`${stem}.wav`));
    });
  }
});
