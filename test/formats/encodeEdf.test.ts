import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { memorySource } from "../../src/formats/byteSource.ts";
import { crossCheckEdf } from "../../src/formats/crossCheckEdf.ts";
import { type EdfInput, type EdfSignalInput, encodeEdf } from "../../src/formats/encodeEdf.ts";
import { openEdf } from "../../src/formats/openEdf.ts";
import { expectRefusal } from "./refusal.ts";

const random = createRandom("encodeEdf");
const noise = (count: number, amplitude = 50) =>
  Float64Array.from({ length: count }, () => amplitude * random.normal());
const signal = (over: Partial<EdfSignalInput> = {}): EdfSignalInput => ({
  label: "Fp1",
  unit: "uV",
  rateHz: 4,
  samples: noise(12),
  ...over,
});
const reopen = (input: EdfInput) => openEdf(memorySource(encodeEdf(input), "written.edf"));

describe("encodeEdf", () => {
  it("comes back to within half a step, the last record filled with the last sample", async () => {
    const inputs = [
      signal({ label: "fast", rateHz: 128, samples: noise(300) }),
      signal({ label: "slow", rateHz: 2, samples: noise(5, 1e-3), unit: "mV" }),
      signal({ label: "offset", rateHz: 128, samples: noise(300).map((value) => value + 12345.678) }),
      signal({ label: "wide", rateHz: 128, samples: noise(300), physicalMinimum: -3276.8, physicalMaximum: 3276.7 }),
    ];
    const recording = await reopen({ signals: inputs });
    expect(recording.records).toBe(3);
    expect(recording.warnings).toEqual([]);
    for (const [index, { samples, label }] of inputs.entries()) {
      const { physicalMinimum, physicalMaximum, digitalMinimum, digitalMaximum, ...found } = recording.signals[index]!;
      expect(found.label).toBe(label);
      const step = (physicalMaximum - physicalMinimum) / (digitalMaximum - digitalMinimum);
      const read = (await recording.read({ signals: [index] })).channels[0]!;
      const atol = step / 2 + 1e-9 * step;
      expect(read.slice(0, samples.length)).toBeAllclose(samples, { atol });
      expect(new Set(read.slice(samples.length - 1)).size).toBe(1);
    }
  });

  it("gives the same integers when what was read is written again", async () => {
    const first = await reopen({ signals: [signal({ rateHz: 200, samples: noise(1000) })] });
    const { physicalMinimum, physicalMaximum } = first.signals[0]!;
    const samples = (await first.read()).channels[0]!;
    const second = await reopen({ signals: [signal({ rateHz: 200, samples, physicalMinimum, physicalMaximum })] });
    expect((await second.readDigital()).channels).toEqual((await first.readDigital()).channels);
  });

  it("stores the digital ends for the physical ends", async () => {
    const samples = Float64Array.of(-32.768, 32.767, 0, 0.001);
    const recording = await reopen({ signals: [signal({ samples })] });
    expect(Array.from((await recording.readDigital()).channels[0]!)).toEqual([-32768, 32767, 0, 1]);
  });

  it("is read alike by edfdecoder", async () => {
    const bytes = encodeEdf({
      signals: [signal({ rateHz: 50, samples: noise(500) }), signal({ label: "Fp2", rateHz: 10, samples: noise(100) })],
      annotations: [{ onsetSeconds: 1, text: "note" }],
    });
    const check = await crossCheckEdf(memorySource(bytes));
    expect(check.agrees).toBe(true);
    expect(check.signals.map(({ samples, digitalDifferences }) => [samples, digitalDifferences])).toEqual([
      [500, 0],
      [100, 0],
    ]);
  });

  it("writes the subfields of EDF+", async () => {
    const recording = await reopen({
      signals: [signal({ unit: "µV", transducer: "AgAgCl electrode", prefilter: "HP:0.1Hz LP:75Hz" })],
      patient: { code: "S 01", sex: "F", birthdate: "02-MAY-1951" },
      recording: { equipment: "amplifier 3" },
      startTime: { year: 2031, month: 8, day: 2, hour: 7, minute: 5, second: 9 },
    });
    expect(recording).toMatchObject({
      format: "EDF+C",
      patient: "S_01 F 02-MAY-1951 X",
      recording: "Startdate 02-AUG-2031 X X amplifier_3",
      startTime: { year: 2031, month: 8, day: 2, hour: 7, minute: 5, second: 9 },
    });
    expect(recording.signals[0]).toMatchObject({
      unit: "uV",
      transducer: "AgAgCl electrode",
      prefilter: "HP:0.1Hz LP:75Hz",
    });
  });

  it("keeps a start beyond 2084", async () => {
    const startTime = { year: 2100, month: 1, day: 31, hour: 0, minute: 0, second: 0 };
    expect((await reopen({ signals: [signal()], startTime })).startTime).toEqual(startTime);
  });

  it.each([0, 1, 7, 200])("holds %i annotations, however they are spread", async (count) => {
    const annotations = Array.from({ length: count }, (_, i) => ({
      onsetSeconds: i % 3 === 0 ? -0.5 - i / 8 : i / 7,
      ...(i % 2 === 0 ? { durationSeconds: i * 1e-7 } : {}),
      text: `event ${i} ${"é".repeat(i % 20)}`,
    }));
    const recording = await reopen({ signals: [signal()], annotations });
    const inside = ({ onsetSeconds }: { onsetSeconds: number }) =>
      onsetSeconds >= 0 && onsetSeconds < recording.durationSeconds;
    expect(await recording.annotations()).toEqual(
      annotations
        .sort((a, b) => a.onsetSeconds - b.onsetSeconds)
        .map((annotation) => (inside(annotation) ? annotation : { ...annotation, outOfRange: true })),
    );
    expect(recording.warnings).toEqual([]);
  });

  it("writes records of other lengths, and a constant signal", async () => {
    const recording = await reopen({
      recordSeconds: 0.25,
      signals: [signal({ rateHz: 20, samples: new Float64Array(10).fill(7) })],
    });
    expect([recording.recordSeconds, recording.records]).toEqual([0.25, 2]);
    // a constant gets the range 6 to 8: half a step is 2 / 65535 / 2
    expect((await recording.read()).channels[0]).toBeAllclose(new Float64Array(10).fill(7), { atol: 1 / 65535 });
  });

  it("is the same bytes for the same input, and leaves the input as it is", () => {
    const samples = noise(12);
    const copy = samples.slice();
    const input = { signals: [signal({ samples })] };
    expect(encodeEdf(input)).toEqual(encodeEdf(input));
    expect(samples).toEqual(copy);
  });

  describe("refuses", () => {
    const bad = (over: Partial<EdfSignalInput>, more: Partial<EdfInput> = {}) =>
      encodeEdf({ signals: [signal(over)], ...more });

    it("samples outside the physical range instead of clipping them", () =>
      expectRefusal(
        () => bad({ samples: Float64Array.of(0, 11, -12, 10), physicalMinimum: -10, physicalMaximum: 10 }),
        "bad-value",
        '"Fp1"',
        "2 samples",
        "-10 to 10 uV",
        "(11) at index 1",
      ));

    it("samples that are not finite", () =>
      expectRefusal(() => bad({ samples: Float64Array.of(0, Number.NaN) }), "bad-value", '"Fp1"', "index 1"));

    it("no signals, no samples, and signals of different durations", async () => {
      await expectRefusal(() => encodeEdf({ signals: [] }), "bad-shape", "no signal");
      await expectRefusal(() => bad({ samples: new Float64Array(0) }), "bad-shape", '"Fp1"');
      const signals = [signal(), signal({ label: "Fp2", samples: noise(13) })];
      await expectRefusal(() => encodeEdf({ signals }), "bad-shape", '"Fp2" needs 4 records', '"Fp1" 3');
    });

    it("a rate that gives no whole number of samples in a record", async () => {
      await expectRefusal(() => bad({ rateHz: 12.8 }), "bad-option", '"Fp1"', "12.8", "recordSeconds");
      await expectRefusal(() => bad({ rateHz: 0 }), "bad-option", "rateHz");
      await expectRefusal(() => bad({}, { recordSeconds: 1 / 3 }), "bad-value", "recordSeconds", "8 characters");
    });

    it("ranges the header cannot hold", async () => {
      const tiny = Float64Array.of(1e-9, -1e-9);
      await expectRefusal(() => bad({ samples: tiny }), "bad-value", '"Fp1"', "8 characters", "unit");
      await expectRefusal(() => bad({ samples: Float64Array.of(0, 1e9) }), "bad-value", "1000000000", "8 characters");
      const swapped = { physicalMinimum: 5, physicalMaximum: -5 };
      await expectRefusal(() => bad(swapped), "bad-option", "5 to -5");
    });

    it("text that does not fit", async () => {
      await expectRefusal(() => bad({ label: "a label of 17 ch." }), "bad-value", "17 characters", "16 fit");
      await expectRefusal(() => bad({ unit: "Ω" }), "bad-value", '"Ω"', "index 0", "ASCII");
      const annotations = (text: string) => ({ annotations: [{ onsetSeconds: 1, text }] });
      await expectRefusal(() => bad({}, annotations("a\u0014b")), "bad-value", "control characters");
      await expectRefusal(() => bad({}, annotations("")), "bad-value", "1 s", "no text");
      const late = { annotations: [{ onsetSeconds: Number.NaN, text: "x" }] };
      await expectRefusal(() => bad({}, late), "bad-value", '"x"', "NaN");
    });

    it("a start that is no date", () =>
      expectRefusal(
        () => bad({}, { startTime: { year: 2023, month: 2, day: 29, hour: 0, minute: 0, second: 0 } }),
        "bad-option",
        "2023-2-29",
      ));
  });
});
