import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ToolkitError } from "../../src/core/error.ts";
import { memorySource } from "../../src/formats/byteSource.ts";
import { openEeglab } from "../../src/formats/openEeglab.ts";
import { openRecording, recordingKind } from "../../src/formats/openRecording.ts";
import { openRecordingFile } from "../../src/formats/openRecordingFile.ts";
import mne from "../fixtures/eeglab.json" with { type: "json" };
import { floats, type MatValue, matBytes, matrixOf } from "./matBytes.ts";
import { expectRefusal } from "./refusal.ts";

const fixture = (name: string) => join(import.meta.dirname, "../fixtures", name);

/** Sample s of channel c is 10 s + c. */
const value = (c: number, s: number) => 10 * s + c;

/** Numbers of two channels, sample after sample. */
const interleaved = (samples: number) => Array.from({ length: 2 * samples }, (_, i) => value(i % 2, i >> 1));

const event = (type: MatValue, latency: MatValue, duration: MatValue) => ({ type, latency, duration });

/** Fields of a dataset of two channels and ten samples at 100 Hz. */
function dataset(changes: Record<string, MatValue | undefined> = {}): Record<string, MatValue> {
  const fields = {
    setname: "made",
    nbchan: 2,
    trials: 1,
    pnts: 10,
    srate: 100,
    xmin: 0,
    data: { shape: [2, 10], numbers: interleaved(10), single: true },
    chanlocs: {
      elements: [
        { labels: "Fp1", type: "EEG" },
        { labels: "Cz", type: "" },
      ],
    },
    event: { elements: [event("S1", 3.5, 2)] },
    ref: "common",
    ...changes,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== undefined)) as Record<
    string,
    MatValue
  >;
}

const asStructure = (changes: Record<string, MatValue | undefined> = {}) =>
  matBytes({ EEG: { elements: [dataset(changes)] } });

const open = (
  changes: Record<string, MatValue | undefined> = {},
  files: Record<string, Uint8Array> = {},
  options = {},
) =>
  openEeglab(
    memorySource(asStructure(changes), "folder/made.set"),
    async (name) => (files[name] ? memorySource(files[name], name) : undefined),
    options,
  );

const plain = (channels: readonly Float64Array[]) => channels.map((channel) => [...channel]);
const column = (c: number, from: number, to: number) => Array.from({ length: to - from }, (_, s) => value(c, from + s));

describe("openEeglab", () => {
  it.each(mne.datasets)("reads $name as MNE does", async ({ name, rateHz, labels, types, volts, annotations }) => {
    const recording = await openRecordingFile(fixture(name));
    const { channels, rateHz: rate } = await recording.read({ volts: true, gapPolicy: "join" });
    expect(rate).toBe(rateHz);
    expect(recording.signals.map(({ label }) => label)).toEqual(labels);
    channels.forEach((channel, c) => {
      expect(channel).toBeAllclose(Float64Array.from(volts[c]!), { rtol: 1e-12, atol: 0 });
      // MNE takes what has no type for EEG
      if (recording.signals[c]!.type !== "unknown") expect(recording.signals[c]!.type).toBe(types[c]);
    });
    // MNE leaves out the time that was cut at boundaries: 100 samples at 20.5
    const removed = (onset: number) => (onset * rateHz > 20 && name !== "eeglabPacked.set" ? 100 / rateHz : 0);
    const found = await recording.annotations();
    expect(found.map(({ text, durationSeconds }) => [durationSeconds ?? null, text])).toEqual(
      annotations.map(([, duration, text]) => [duration, text]),
    );
    const onsets = annotations.map(([onset]) => (onset as number) + removed(onset as number));
    expect(Float64Array.from(found, ({ onsetSeconds }) => onsetSeconds)).toBeAllclose(Float64Array.from(onsets), {
      rtol: 0,
      atol: 1e-12,
    });
    await recording.close();
  });

  it("reads epochs as MNE does, each a segment", async () => {
    const recording = await openRecordingFile(fixture("eeglabEpochs.set"));
    const pieces = await recording.readSegments({ volts: true });
    expect(pieces.length).toBe(mne.epochs.volts.length);
    pieces.forEach(({ channels }, e) => {
      channels.forEach((channel, c) => {
        expect(channel).toBeAllclose(Float64Array.from(mne.epochs.volts[e]![c]!), { rtol: 1e-12, atol: 0 });
      });
    });
    expect(recording).toMatchObject({ epochs: { count: 3, samples: 20, startSeconds: mne.epochs.startSeconds } });
    expect(recording.segments.map(({ gapSeconds }) => gapSeconds)).toEqual([undefined, undefined, undefined]);
    const onsets = (await recording.annotations()).map(({ onsetSeconds }) => Math.round(onsetSeconds * 250));
    // MNE counts the events of epochs from 1, as EEGLAB does, those of recordings from 0
    expect(onsets).toEqual(mne.epochs.events.map((sample) => sample - 1));
    await expectRefusal(() => recording.read(), "bad-option", "unknown length");
    await recording.close();
  });

  it("describes the dataset", async () => {
    const recording = await open();
    expect(recording).toMatchObject({
      format: "EEGLAB",
      matVersion: "5",
      setName: "made",
      reference: "common",
      durationSeconds: 0.1,
      warnings: [],
      signals: [
        { label: "Fp1", unit: "uV", voltsPerUnit: 1e-6, type: "eeg", typeSource: "header", samples: 10, rateHz: 100 },
        { label: "Cz", type: "unknown", typeSource: "none", reference: "common" },
      ],
    });
    expect(recording).not.toHaveProperty("epochs");
    expect(plain((await recording.read()).channels)).toEqual([column(0, 0, 10), column(1, 0, 10)]);
    expect(plain((await recording.read({ signals: ["Cz"], startSample: 3, endSample: 5 })).channels)).toEqual([
      [31, 41],
    ]);
    await expectRefusal(() => recording.readDigital(), "unsupported", "no integers");
  });

  it("counts latencies from 1, fractions kept, and durations in samples", async () => {
    const events = [event("a", 1, null), event(7, 3.5, 2), event("late", 12, 0), event("none", null, 1)];
    const recording = await open({ event: { elements: events } });
    expect(await recording.annotations()).toEqual([
      { onsetSeconds: 0, text: "a" },
      { onsetSeconds: 0.025, durationSeconds: 0.02, text: "7" },
      { onsetSeconds: 0.11, durationSeconds: 0, text: "late", outOfRange: true },
    ]);
    expect(recording.warnings.map(({ code }) => code)).toEqual(["bad-annotation", "markers-outside"]);
  });

  it("starts a segment behind each boundary, after a gap of its duration", async () => {
    const events = [
      event("boundary", 0.5, 300),
      event("boundary", 4.5, 50),
      event(-99, 7, Number.NaN),
      event("x", 8, 0),
      event("boundary", 10.5, 9),
    ];
    const { segments, annotations, recordedSeconds, durationSeconds, readSegments } = await open({
      event: { elements: events },
    });
    expect(segments.map(({ samples }) => [samples[0]!.startSample, samples[0]!.samples])).toEqual([
      [0, 4],
      [4, 2],
      [6, 4],
    ]);
    expect(segments.map(({ gapSeconds }) => gapSeconds)).toEqual([undefined, 0.5, undefined]);
    expect(recordedSeconds).toBeCloseTo(0.1, 12);
    expect(durationSeconds).toBeCloseTo(0.6, 12);
    const x = (await annotations()).find(({ text }) => text === "x")!;
    expect(x.onsetSeconds).toBeCloseTo(0.57, 12);
    expect((await readSegments()).map(({ channels }) => [...channels[0]!])).toEqual([
      column(0, 0, 4),
      column(0, 4, 6),
      column(0, 6, 10),
    ]);
  });

  it("reads samples beside the dataset, all channels of a sample together in .fdt, one channel after another in .dat", async () => {
    const fdt = { "made.fdt": floats(interleaved(10), 4) };
    const dat = { "old.dat": floats([...column(0, 0, 10), ...column(1, 0, 10)], 4) };
    for (const [data, files] of [
      ["C:\\eeg\\made.fdt", fdt],
      ["old.dat", dat],
    ] as const) {
      const recording = await open({ data }, files);
      expect(recording.warnings).toEqual([]);
      expect(plain((await recording.read({ startSample: 2, endSample: 9 })).channels)).toEqual([
        column(0, 2, 9),
        column(1, 2, 9),
      ]);
    }
    const renamed = await open({ data: "other.fdt" }, fdt);
    expect(renamed.warnings.map(({ code }) => code)).toEqual(["data-file-renamed"]);
    expect(renamed.dataFile).toBe("made.fdt");
    await expectRefusal(() => open({ data: "other.fdt" }), "not-found", "other.fdt nor made.fdt nor made.dat");
  });

  it("refuses a data file that is cut short, unless it is allowed, and passes over what follows", async () => {
    const cut = { "made.fdt": floats(interleaved(10), 4).subarray(0, -1) };
    await expectRefusal(() => open({ data: "made.fdt" }, cut), "truncated", "9 whole samples");
    const recording = await open({ data: "made.fdt" }, cut, { allowTruncated: true });
    expect(recording.signals[0]!.samples).toBe(9);
    expect(plain((await recording.read()).channels)[1]).toEqual(column(1, 0, 9));
    const longer = await open({ data: "made.fdt" }, { "made.fdt": floats(interleaved(11), 4) });
    expect(longer.warnings.map(({ code }) => code)).toEqual(["trailing-bytes"]);
    const old = { "old.dat": floats(interleaved(9), 4) };
    await expectRefusal(() => open({ data: "old.dat" }, old, { allowTruncated: true }), "truncated", "last channels");
  });

  it("reads the fields as variables of the file, compressed or big-endian alike", async () => {
    for (const options of [{}, { compressed: true }, { bigEndian: true }]) {
      const recording = await openEeglab(memorySource(matBytes(dataset(), options), "made.set"));
      expect(plain((await recording.read()).channels)[1]).toEqual(column(1, 0, 10));
    }
  });

  it("calls channels without a name by their number, and takes stated types and units", async () => {
    const unnamed = await open({ chanlocs: null });
    expect(unnamed.signals.map(({ label }) => label)).toEqual(["1", "2"]);
    expect(unnamed.warnings.map(({ code }) => code)).toEqual(["no-labels"]);
    const places = [
      { labels: "Fp1", type: "Trig", unit: "", ref: "Cz" },
      { labels: "Cz", type: "", unit: "mV", ref: "Cz" },
      { labels: "Oz", type: "", unit: "", ref: "" },
    ];
    const stated = await open({ chanlocs: { elements: places } });
    expect(stated.signals).toMatchObject([
      { type: "trigger", unit: "" },
      { type: "reference", unit: "mV", voltsPerUnit: 1e-3, reference: "Cz" },
    ]);
    expect(stated.signals[0]).not.toHaveProperty("voltsPerUnit");
    expect(stated.warnings.map(({ code }) => code)).toEqual(["extra-channels"]);
  });

  it("refuses datasets that contradict themselves, and files that hold none", async () => {
    const refused = (changes: Record<string, MatValue | undefined>, ...about: string[]) =>
      expectRefusal(() => open(changes), "bad-format", "made.set", ...about);
    await refused({ pnts: 11 }, "2 x 10", "2 x 11 x 1");
    await refused({ nbchan: 1, pnts: 20 }, "2 x 10");
    await refused({ nbchan: 0 }, "nbchan is 0");
    await refused({ nbchan: 1e9 }, "nbchan", "65536");
    await refused({ srate: undefined }, "srate is missing");
    await refused({ srate: 0 }, "not 0");
    await refused({ pnts: "ten" }, 'the text "ten"');
    await refused({ data: undefined }, "data is missing");
    await refused({ data: matrixOf(5) }, "sparse, which is not read");
    const other = matBytes({ x: 1, y: 2 });
    await expectRefusal(() => openEeglab(memorySource(other)), "bad-format", "the variables x, y", "the structure EEG");
    const two = matBytes({ EEG: { elements: [dataset(), dataset()] } });
    await expectRefusal(() => openEeglab(memorySource(two)), "unsupported", "2 datasets");
    await expectRefusal(() => openEeglab(memorySource(matBytes({ EEG: 1 }))), "bad-format", "EEG is a numeric array");
  });

  it("refuses numbers that are not finite when they are read", async () => {
    const numbers = interleaved(10);
    numbers[7] = Number.NaN;
    const recording = await open({ data: { shape: [2, 10], numbers } });
    await expectRefusal(() => recording.read(), "bad-value", '"Cz" (number 1) has NaN at sample 3');
  });

  it("is opened by content", async () => {
    expect(recordingKind(asStructure())).toBe("eeglab");
    const recording = await openRecording(memorySource(asStructure(), "x.edf"));
    expect(recording.format).toBe("EEGLAB");
  });

  it("gives a recording or one line for damaged files", async () => {
    const bytes = asStructure();
    let whole = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 4 }), async (changes) => {
        const damaged = bytes.slice();
        for (const [at, byte] of changes) damaged[at] = byte;
        try {
          const recording = await openEeglab(memorySource(damaged, "x.set"));
          for (const { onsetSeconds } of await recording.annotations()) expect(onsetSeconds).not.toBeNaN();
          const { channels } = await recording.read({ gapPolicy: "join" });
          expect(channels[0]?.length).toBe(recording.signals[0]!.samples);
          whole++;
        } catch (error) {
          if (!(error instanceof ToolkitError)) throw error;
          expect(error.message).not.toContain("\n");
        }
      }),
      { numRuns: 400 },
    );
    expect(whole).toBeGreaterThan(50);
  });

  it("closes the files it opened", async () => {
    const closed: string[] = [];
    const watched = (name: string, bytes: Uint8Array) => ({
      ...memorySource(bytes, name),
      close: async () => {
        closed.push(name);
      },
    });
    const fdt = watched("made.fdt", floats(interleaved(10), 4));
    const recording = await openEeglab(watched("made.set", asStructure({ data: "made.fdt" })), async () => fdt);
    await recording.close();
    expect(closed).toEqual(["made.fdt", "made.set"]);
    closed.length = 0;
    const source = watched("made.set", asStructure({ data: "made.fdt", pnts: 99 }));
    await expectRefusal(() => openEeglab(source, async () => fdt), "truncated", "made.fdt");
    expect(closed).toEqual(["made.fdt"]);
  });
});
