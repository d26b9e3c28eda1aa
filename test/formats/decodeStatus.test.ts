import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ToolkitError } from "../../src/core/error.ts";
import { memorySource } from "../../src/formats/byteSource.ts";
import { decodeStatus, StatusDecoder, type StatusOptions } from "../../src/formats/decodeStatus.ts";
import { openEdf } from "../../src/formats/openEdf.ts";
import { openRecordingFile } from "../../src/formats/openRecordingFile.ts";
import { readStatus, statusAnnotations } from "../../src/formats/readStatus.ts";
import recorded from "../fixtures/eegFiles.json" with { type: "json" };
import { sharedPath, testWithShared } from "../shared.ts";
import { edfBytes } from "./edfBytes.ts";

/** ActiveTwo Mk2, CMS in range, speed mode 4: what a running amplifier shows without a trigger. */
const running = 0x980000;
const status = (codes: readonly number[], system = running) => Int32Array.from(codes, (code) => code | system);
const triggers = (samples: Int32Array, options: StatusOptions = {}) =>
  decodeStatus(samples, options).events.map(({ startSample, previous, value }) => [startSample, previous, value]);

describe("decodeStatus", () => {
  it("finds triggers where MNE finds them, and those of the first sample if asked to", () => {
    const { values, increasing, initial } = recorded.status;
    expect(triggers(Int32Array.from(values))).toEqual(increasing);
    const cut = Int32Array.from(values.slice(7));
    expect(triggers(cut, { initialEvent: true })).toEqual(initial);
  });

  it("does not mind the sign that bit 23 gives the stored integers", () => {
    const codes = [0, 0, 7, 7, 0, 65535, 0];
    const negative = status(codes).map((value) => (value << 8) >> 8);
    expect(Math.max(...negative)).toBeLessThan(0);
    expect(decodeStatus(negative)).toEqual(decodeStatus(status(codes)));
    expect(triggers(negative)).toEqual([
      [2, 0, 7],
      [5, 0, 65535],
    ]);
  });

  it("tells how long each value is held and what was before it", () => {
    expect(decodeStatus(status([0, 3, 3, 9, 9, 9, 0, 4])).events).toEqual([
      { startSample: 1, samples: 2, value: 3, previous: 0 },
      { startSample: 3, samples: 3, value: 9, previous: 3 },
      { startSample: 7, samples: 1, value: 4, previous: 0 },
    ]);
  });

  it("takes a growing value only, or any change with its way back to 0", () => {
    const samples = status([0, 5, 3, 3, 0, 1]);
    expect(triggers(samples)).toEqual([
      [1, 0, 5],
      [5, 0, 1],
    ]);
    expect(triggers(samples, { edges: "any" })).toEqual([
      [1, 0, 5],
      [2, 5, 3],
      [4, 3, 0],
      [5, 0, 1],
    ]);
  });

  it("sees only the bits of the mask", () => {
    // a voice key on input 9 while codes come on inputs 0 to 7
    const samples = status([0x200, 0x201, 0x201, 0x001, 0x000, 0x200]);
    expect(triggers(samples, { triggerMask: 0xff })).toEqual([[1, 0, 1]]);
    expect(triggers(samples)).toEqual([
      [1, 0x200, 0x201],
      [5, 0, 0x200],
    ]);
  });

  it("leaves out a value of the first sample, names it, and keeps one of the last", () => {
    const samples = status([8, 8, 0, 0, 2]);
    expect(decodeStatus(samples)).toMatchObject({
      initialValue: 8,
      events: [{ startSample: 4, samples: 1, value: 2 }],
    });
    expect(triggers(samples, { initialEvent: true })).toEqual([
      [0, 0, 8],
      [4, 0, 2],
    ]);
    expect(decodeStatus(status([]))).toMatchObject({ events: [], initialValue: 0 });
    expect(decodeStatus(status([0, 0]), { initialEvent: true }).events).toEqual([]);
  });

  it("passes over values held too shortly and goes on with what was there", () => {
    // lines of a port that switch one by one: 1 on the way to 3, 2 on the way back, and a drop-out in the middle
    const samples = status([0, 0, 1, 3, 3, 0, 3, 3, 2, 0, 0, 7]);
    expect(decodeStatus(samples, { shortestEventSamples: 2 })).toMatchObject({
      events: [
        { startSample: 3, samples: 6, value: 3, previous: 0 },
        // cut off by the end: nobody knows how long it would have been
        { startSample: 11, samples: 1, value: 7, previous: 0 },
      ],
      tooShort: 3,
    });
  });

  it("numbers samples from where the piece starts", () => {
    expect(triggers(status([0, 1]), { startSample: 1000 })).toEqual([[1001, 0, 1]]);
  });

  it("tells epochs, CMS out of range and a low battery", () => {
    const cms = 1 << 20;
    const samples = status([0, 0, 0, 0, 0, 0, 0, 0]);
    for (const at of [2, 3, 7]) samples[at]! &= ~cms;
    for (const at of [0, 4]) samples[at]! |= 1 << 16;
    for (const at of [5, 6]) samples[at]! |= 1 << 22;
    const decoded = decodeStatus(samples);
    expect(decoded).toEqual({
      events: [],
      initialValue: 0,
      tooShort: 0,
      epochStarts: [0, 4],
      cmsOutOfRange: [
        { startSample: 2, samples: 2 },
        { startSample: 7, samples: 1 },
      ],
      batteryLow: [{ startSample: 5, samples: 2 }],
      hasSystemBits: true,
    });
    expect(statusAnnotations(decoded, { rateHz: 4 })).toEqual([
      { onsetSeconds: 0.5, durationSeconds: 0.5, text: "BAD CMS out of range", type: "Status" },
      { onsetSeconds: 1.25, durationSeconds: 0.5, text: "battery low", type: "Status" },
      { onsetSeconds: 1.75, durationSeconds: 0.25, text: "BAD CMS out of range", type: "Status" },
    ]);
  });

  it("says nothing of CMS where no amplifier set a system bit", () => {
    expect(decodeStatus(status([0, 1, 0], 0))).toMatchObject({
      hasSystemBits: false,
      cmsOutOfRange: [],
      events: [{ startSample: 1, value: 1 }],
    });
  });

  it("gives the same, however the samples are cut into pieces", () => {
    const code = fc.constantFrom(running, running + 1, running + 3, 0x880000, 0x990005, 0xd80000);
    fc.assert(
      fc.property(
        fc.array(code, { maxLength: 60 }),
        fc.array(fc.nat(60), { maxLength: 4 }),
        fc.integer({ min: 1, max: 3 }),
        (codes, cuts, shortestEventSamples) => {
          const samples = Int32Array.from(codes);
          const decoder = new StatusDecoder({ shortestEventSamples });
          let start = 0;
          for (const end of [...cuts.sort((a, b) => a - b), samples.length]) {
            decoder.push(samples.subarray(start, end));
            start = Math.max(start, end);
          }
          expect(decoder.finish()).toEqual(decodeStatus(samples, { shortestEventSamples }));
        },
      ),
    );
  });

  it.each<[string, StatusOptions, string]>([
    ["a mask of more than 16 bits", { triggerMask: 0x10000 }, "triggerMask"],
    ["no mask", { triggerMask: 0 }, "triggerMask"],
    ["an event of no length", { shortestEventSamples: 0 }, "shortestEventSamples"],
    ["unknown edges", { edges: "falling" as "any" }, "edges"],
  ])("refuses %s", (_, options, word) => {
    expect(() => decodeStatus(status([0]), options)).toThrow(new RegExp(word));
  });

  it("refuses integers of more than 24 bits", () => {
    expect(() => decodeStatus(Int32Array.of(0, 1 << 24))).toThrow(ToolkitError);
    expect(() => decodeStatus(Int32Array.of(0, 1 << 24))).toThrow(/sample 1 is 16777216/);
  });
});

describe("readStatus", () => {
  const bdf = (codes: ArrayLike<number>, options: { label?: string; onsets?: readonly number[] } = {}) => {
    const { label = "Status", onsets } = options;
    const signals = [
      { digital: () => 1 },
      { label, transducer: "Triggers and Status", unit: "Boolean", digital: (i: number) => codes[i]! },
      ...(onsets
        ? [{ label: "BDF Annotations", samplesPerRecord: "20", texts: onsets.map((at) => `+${at}\u0014\u0014\u0000`) }]
        : []),
    ];
    const header = onsets ? { reserved: "BDF+D" } : {};
    return openEdf(memorySource(edfBytes(signals, codes.length / 4, header, 3), "made.bdf"));
  };

  it("decodes the signal called Status of a BDF file", async () => {
    const recording = await bdf(status([0, 0, 6, 6, 0, 0, 1, 1]));
    expect(recording.signals[1]).toMatchObject({ type: "trigger", typeSource: "header" });
    const found = await readStatus(recording);
    expect(found).toMatchObject({ signal: 1, rateHz: 4, warnings: [] });
    expect(found!.events.map(({ startSample, value }) => [startSample, value])).toEqual([
      [2, 6],
      [6, 1],
    ]);
    expect(await readStatus(await bdf(status([0, 0, 0, 0]), { label: "Other" }))).toBeUndefined();
  });

  it("goes over gaps, with times that have them", async () => {
    const samples = status([0, 0, 6, 6, 0, 0, 1, 1]);
    for (const at of [3, 4]) samples[at]! &= ~(1 << 20);
    const recording = await bdf(samples, { onsets: [0, 10] });
    const found = await readStatus(recording);
    expect(found!.events.map(({ startSample, value }) => [startSample, value])).toEqual([
      [2, 6],
      [6, 1],
    ]);
    expect(found!.warnings.map(({ code, message }) => [code, message])).toEqual([
      ["cms-out-of-range", "made.bdf: the electrode CMS was out of range for 0.5 s of 2 s, 1 times"],
    ]);
    expect(statusAnnotations(found!, { rateHz: 4, segments: recording.segments })).toEqual([
      { onsetSeconds: 0.75, durationSeconds: 10.25 - 0.75, text: "BAD CMS out of range", type: "Status" },
    ]);
  });

  testWithShared("finds the one trigger of a BioSemi recording, as MNE does", async () => {
    const recording = await openRecordingFile(sharedPath("eeg-files/mne-python/test.bdf"));
    const found = await readStatus(recording);
    expect(found).toMatchObject({ signal: 72, hasSystemBits: true, cmsOutOfRange: [], batteryLow: [] });
    expect(found!.events).toEqual([{ startSample: 589, samples: 21, value: 128, previous: 0 }]);
    expect(recorded.status.testBdf).toEqual([[589, 0, 128]]);
    await recording.close();
  });
});
