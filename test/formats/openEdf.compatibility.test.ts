import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import type { EdfRecording } from "../../src/formats/edfRecording.ts";
import { openFile } from "../../src/formats/file.ts";
import { openEdf } from "../../src/formats/openEdf.ts";
import { sharedPath, testWithShared } from "../shared.ts";
import { readFirstMatrix } from "./matFile.ts";

const folder = "eeg-files";

async function withRecording<T>(name: string, work: (recording: EdfRecording) => Promise<T>): Promise<T> {
  const recording = await openEdf(await openFile(sharedPath(`${folder}/${name}`)));
  try {
    return await work(recording);
  } finally {
    await recording.close();
  }
}

const json = (name: string) => JSON.parse(readFileSync(sharedPath(`${folder}/${name}`), "utf8"));
const mat = (name: string) => readFirstMatrix(readFileSync(sharedPath(`${folder}/${name}`)));

/** A float64 from its 16 hexadecimal digits. */
const fromBits = (bits: string) => Buffer.from(bits, "hex").readDoubleBE();

describe("openEdf reads as EEGLAB does", () => {
  testWithShared("139 EDF+ channels, every sample", () =>
    withRecording("mne-python/test.edf", async (recording) => {
      const expected = mat("mne-python/test_edf_eeglab.mat");
      const { channels } = await recording.read();
      expect([channels.length, channels[0]!.length]).toEqual([expected.rows, expected.columns]);
      channels.forEach((channel, c) => {
        expect(channel).toBeAllclose(channel.map((_, i) => expected.data[i * expected.rows + c]!));
      });
    }),
  );

  testWithShared("72 BDF channels, every sample as float32", () =>
    withRecording("mne-python/test.bdf", async (recording) => {
      const expected = mat("mne-python/test_bdf_eeglab.mat");
      const { channels } = await recording.read();
      expect([channels.length, channels[0]!.length]).toEqual([expected.rows + 1, expected.columns]);
      channels.slice(0, expected.rows).forEach((channel, c) => {
        expect(channel.map(Math.fround)).toBeAllclose(channel.map((_, i) => expected.data[i * expected.rows + c]!));
      });
      expect(recording.signals[72]!.label).toBe("Status");
    }),
  );

  testWithShared("signals of 100 and 12.8 Hz, which EEGLAB repeats to one rate", () =>
    withRecording("mne-python/test_uneven_samp.edf", async (recording) => {
      const expected = mat("mne-python/test_uneven_samp.mat");
      for (const [s, repeats] of [
        [0, 16],
        [1, 125],
      ] as const) {
        const channel = (await recording.read({ signals: [s] })).channels[0]!;
        expect(channel.length * repeats).toBe(expected.columns);
        expect(channel).toBeAllclose(channel.map((_, i) => expected.data[i * repeats * 2 + s]!));
      }
    }),
  );
});

describe("openEdf reads as pyEDFlib and MNE do", () => {
  for (const name of ["edf-symmetric.edf", "edf-asymmetric.edf", "edf-narrow-digital.edf", "bdf-24bit.bdf"]) {
    testWithShared(`${name}: equal integers, physical values within float64 rounding`, () =>
      withRecording(`edfcore/${name}`, async (recording) => {
        const stem = name.replace(/\.\w+$/, "");
        for (const expected of json(`edfcore/${stem}.json`).signals) {
          const signals = [expected.index];
          const { label, physicalMinimum, physicalMaximum, digitalMinimum, digitalMaximum, sampleCount } = expected;
          expect(recording.signals[expected.index]).toMatchObject({
            ...{ label, physicalMinimum, physicalMaximum, digitalMinimum, digitalMaximum },
            samples: sampleCount,
          });
          expect(Array.from((await recording.readDigital({ signals })).channels[0]!)).toEqual(expected.digital);
          // the other readers order the three operations otherwise: a few roundings of numbers as large as the range
          const atol = 4 * 2 ** -52 * Math.max(Math.abs(physicalMinimum), Math.abs(physicalMaximum));
          const physical = (await recording.read({ signals })).channels[0]!;
          expect(physical).toBeAllclose(expected.physicalBits.map(fromBits), { atol });
        }
        if (stem === "bdf-24bit") return;
        for (const { index, siBits, toSiDivisor } of json(`edfcore/${stem}.mne.json`).signals) {
          const physical = (await recording.read({ signals: [index] })).channels[0]!;
          const { physicalMinimum, physicalMaximum } = recording.signals[index]!;
          const atol = 6 * 2 ** -52 * Math.max(Math.abs(physicalMinimum), Math.abs(physicalMaximum));
          const expected = siBits.map((bits: string) => fromBits(bits) * toSiDivisor);
          expect(physical).toBeAllclose(expected, { atol });
        }
      }),
    );
  }

  testWithShared("annotations over several annotation signals", () =>
    withRecording("edfcore/edf-annotations.edf", async (recording) => {
      const expected = json("edfcore/edf-annotations.json");
      expect([recording.records, recording.recordSeconds]).toEqual([expected.recordCount, 1]);
      const found = (await recording.annotations()).map(({ onsetSeconds, durationSeconds = -1, text }) => ({
        onsetSeconds,
        durationSeconds,
        text,
      }));
      expect(found).toEqual(
        expected.annotations.map(({ onsetBits, ...rest }: { onsetBits: string }) => ({
          ...rest,
          onsetSeconds: fromBits(onsetBits),
        })),
      );
    }),
  );

  testWithShared("a start within a second: annotations count from the first sample, as with MNE", () =>
    withRecording("pyedflib/test_subsecond.edf", async (recording) => {
      expect(recording.startTime).toEqual({ year: 2020, month: 1, day: 24, hour: 4, minute: 5, second: 56 });
      expect(recording.startOffsetSeconds).toBe(0.3945312);
      const annotations = await recording.annotations();
      expect(annotations.map(({ text }) => text)).toEqual(["XLSpike", "Clip Note", "XLEvent", "XLSpike"]);
      // onsets that mne 1.3.0 gives, in microseconds there
      const onsets = [1.951172, 3.492188, 290.501953, 583.572266];
      expect(annotations.map(({ onsetSeconds }) => onsetSeconds)).toBeAllclose(onsets, { atol: 1e-6 });
    }),
  );
});

describe("openEdf reads what the labels and other exports say", () => {
  for (const { name, recordSeconds, rates } of [
    { name: "test_generator.bdf", recordSeconds: 1, rates: [1000, 800, 500, 975, 999] },
    { name: "test_generator_datarec_generator_0_5.bdf", recordSeconds: 0.5, rates: [2000, 1600, 1000, 1950, 1998] },
  ]) {
    testWithShared(`${name}: a sine of the frequency and rate that its label and header state`, () =>
      withRecording(`pyedflib/${name}`, async (recording) => {
        const ordinary = recording.signals.filter(({ isAnnotations }) => !isAnnotations);
        expect(recording.recordSeconds).toBe(recordSeconds);
        expect(ordinary.map(({ rateHz }) => rateHz)).toEqual(rates);
        expect(recording.durationSeconds).toBe(30);
        const { label, rateHz } = ordinary[0]!;
        const frequencyHz = Number(/^sine (\d+)Hz$/.exec(label)![1]);
        const sine = (await recording.read({ signals: [0] })).channels[0]!;
        // amplitude 1000, from the second sample of the period on; the generator truncates to steps of 6000 / 2^24
        const expected = sine.map((_, i) => 1000 * Math.sin((2 * Math.PI * frequencyHz * (i + 1)) / rateHz));
        expect(sine).toBeAllclose(expected, { atol: 1.01 * (6000 / 2 ** 24) });
      }),
    );
  }

  testWithShared("64 EEG channels of a music study as its table exports them", () =>
    withRecording("musicattentioneeg/s_right2_0620_103747_Trial.edf", async (recording) => {
      const path = sharedPath(`${folder}/musicattentioneeg/s_right2_0620_103747_Trial.csv`);
      const [header, ...rows] = readFileSync(path, "utf8").trim().split(/\r?\n/);
      const columns = header!.replaceAll('"', "").split(",");
      const cells = rows.map((line) => line.split(","));
      const microvolts = recording.signals.filter(({ unit, label }) => unit === "uV" && columns.includes(label));
      expect(microvolts.length).toBe(65);
      const signals = microvolts.map(({ index }) => index);
      const { channels } = await recording.read({ signals, endSample: rows.length });
      microvolts.forEach(({ label, physicalMinimum, physicalMaximum, digitalMinimum, digitalMaximum }, c) => {
        // one step, and one unit of the last place that the 8 characters of the header leave
        const step = (physicalMaximum - physicalMinimum) / (digitalMaximum - digitalMinimum);
        const decimals = String(physicalMinimum).split(".")[1]?.length ?? 0;
        const column = columns.indexOf(label);
        const expected = cells.map((row) => Number(row[column]));
        expect(channels[c]!).toBeAllclose(expected, { atol: step + 10 ** -decimals });
      });
    }),
  );
});
