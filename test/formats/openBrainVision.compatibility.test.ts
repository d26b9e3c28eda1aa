import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import { openRecordingFile } from "../../src/formats/openRecordingFile.ts";
import type { RecordingSignal } from "../../src/formats/recording.ts";
import recorded from "../fixtures/eegFiles.json" with { type: "json" };
import { sharedPath, testWithShared } from "../shared.ts";

const open = (name: string) => openRecordingFile(sharedPath(`eeg-files/${name}`));
const codes = (recording: { warnings: readonly { code: string }[] }) => recording.warnings.map(({ code }) => code);

/** MNE scales these to their base unit as well, although they are no voltages. */
const mneScale = ({ unit }: RecordingSignal) => (unit === "\u00b5S" || unit === "uS" ? 1e-6 : 1);

describe("openBrainVision reads as MNE does", () => {
  for (const expected of recorded.brainVision) {
    testWithShared(`${expected.name}: samples and sums of every channel, in volts`, async () => {
      const recording = await open(expected.name);
      const { channels, rateHz } = await recording.read({ volts: true });
      expect([rateHz, channels[0]!.length]).toEqual([expected.rateHz, expected.samples]);
      expect(recording.signals.map(({ label }) => label)).toEqual(expected.labels);
      channels.forEach((channel, c) => {
        const scale = mneScale(recording.signals[c]!);
        const found = Float64Array.from(expected.at, (sample) => channel[sample]! * scale);
        expect(found).toBeAllclose(Float64Array.from(expected.values[c]!), { rtol: 1e-15 });
        const sum = channel.reduce((total, value) => total + value, 0) * scale;
        const magnitude = channel.reduce((total, value) => total + Math.abs(value), 0) * scale;
        expect(Math.abs(sum - expected.sums[c]!)).toBeLessThanOrEqual(1e-13 * magnitude);
      });
      await recording.close();
    });

    testWithShared(
      `${expected.name}: start time and the markers inside; those outside too, which MNE drops`,
      async () => {
        const recording = await open(expected.name);
        const { startTime, startOffsetSeconds } = recording;
        if (startTime) {
          const { year, month, day, hour, minute, second } = startTime;
          const start = Date.UTC(year, month - 1, day, hour, minute, second) + Math.floor(startOffsetSeconds * 1000);
          expect(start).toBe(Math.floor(Date.parse(expected.measured!)));
        } else expect(expected.measured).toBeNull();
        const inside = (await recording.annotations()).filter(({ outOfRange }) => !outOfRange);
        expect(inside.map(({ type, text }) => `${type}/${text}`)).toEqual(expected.annotations.map((note) => note[2]));
        for (const place of [0, 1] as const) {
          const found = inside.map(({ onsetSeconds, durationSeconds }) => [onsetSeconds, durationSeconds!][place]!);
          const seconds = expected.annotations.map((note) => note[place] as number);
          expect(Float64Array.from(found)).toBeAllclose(Float64Array.from(seconds), { atol: 1e-12 });
        }
        await recording.close();
      },
    );
  }
});

describe("openBrainVision reads what the bytes say", () => {
  for (const { name, data, size, value } of [
    { name: "mne-python/test.vhdr", data: "mne-python/test.eeg", size: 2, value: "getInt16" },
    {
      name: "telluride_decoding/brainvision_test.vhdr",
      data: "telluride_decoding/brainvision_test.eeg",
      size: 4,
      value: "getFloat32",
    },
  ] as const) {
    testWithShared(`${name}: number times resolution, exactly, whatever the window`, async () => {
      const recording = await open(name);
      const bytes = readFileSync(sharedPath(`eeg-files/${data}`));
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const resolutions = readFileSync(sharedPath(`eeg-files/${name}`), "utf8")
        .split("[Comment]")[0]!
        .split("[Coordinates]")[0]!
        .split(/\r?\n/)
        .flatMap((line) => /^Ch\d+=[^,]*,[^,]*,([\d.]+)/.exec(line)?.[1] ?? [])
        .map(Number);
      const count = recording.signals.length;
      expect(resolutions.length).toBe(count);
      const whole = await recording.read();
      whole.channels.forEach((channel, c) => {
        const stored = (i: number) => view[value]((i * count + c) * size, true);
        expect(channel.findIndex((found, i) => found !== stored(i) * resolutions[c]!)).toBe(-1);
      });
      const part = await recording.read({ signals: [count - 1, 3], startSample: 2, endSample: 4 });
      expect(part.channels).toEqual([count - 1, 3].map((c) => whole.channels[c]!.slice(2, 4)));
      await recording.close();
    });
  }

  testWithShared("units of every kind: volts where they are voltages, types where they are not", async () => {
    const recording = await open("mne-python/test_units.vhdr");
    expect(recording.signals.slice(0, 5).map(({ unit, voltsPerUnit }) => [unit, voltsPerUnit])).toEqual([
      ["nV", 1e-9],
      ["mV", 1e-3],
      ["V", 1],
      ["uV", 1e-6],
      ["\u00b5V", 1e-6],
    ]);
    const types = recording.signals.slice(26).map(({ unit, type, typeSource }) => [unit, type, typeSource]);
    expect(types[0]).toEqual(["BS", "unknown", "none"]);
    expect(types.slice(1).every(([, type, source]) => type === "misc" && source === "unit")).toBe(true);
    expect(codes(recording)).toEqual(["unknown-unit"]);
    await recording.close();
  });

  testWithShared("a marker file of another recording, whose markers lie past the end", async () => {
    const recording = await open("telluride_decoding/brainvision_test.vhdr");
    expect(recording).toMatchObject({ format: "BrainVision", sampleFormat: "IEEE_FLOAT_32", durationSeconds: 0.01 });
    expect(codes(recording)).toEqual(["marker-file-link", "markers-outside"]);
    expect(recording.warnings[0]!.message).toContain("CJ_context.eeg");
    const notes = await recording.annotations();
    expect([notes.length, notes.filter(({ outOfRange }) => outOfRange).length]).toEqual([17, 16]);
    // position 1062777 at 500 Hz, counted from 1
    expect(notes.at(-1)).toMatchObject({ type: "Stimulus", text: "S  2", onsetSeconds: 1062776 / 500 });
    expect(recording.signals.slice(63).map(({ label, type }) => [label, type])).toEqual([
      ["TRIG", "trigger"],
      ["EOG", "eog"],
    ]);
    await recording.close();
  });
});
