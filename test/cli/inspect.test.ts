import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { headerText, int16Bytes, markerText } from "../formats/brainVisionFiles.ts";
import { edfBytes } from "../formats/edfBytes.ts";
import { sharedPath, testWithShared } from "../shared.ts";
import { command, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const inspect = async (path: string, ...options: string[]) => command(["inspect", path, ...options]);
const facts = async (path: string) => {
  const { code, out, error } = await inspect(path, "--json");
  expect({ code, error }).toEqual({ code: 0, error: "" });
  return JSON.parse(out);
};
const codes = ({ warnings }: { warnings: { code: string }[] }) => warnings.map(({ code }) => code);

const running = 0x980000;
const status = [0, 0, 0, 4, 4, 0, 0, 4].map((code, i) => (code | running) & ~(i === 1 ? 1 << 20 : 0));

beforeAll(() => {
  const keepers = ["+0\u0014\u0014\u0000+0.5\u0014note\u0014\u0000", "+5\u0014\u0014\u0000+3\u0014lost\u0014\u0000"];
  const signals = [
    { label: "EEG Fp1", digital: (i: number) => i },
    { label: "Thing", unit: "blips", samplesPerRecord: "2" },
    { label: "Status", transducer: "Triggers and Status", unit: "Boolean", digital: (i: number) => status[i]! },
    { label: "BDF Annotations", samplesPerRecord: "20", texts: keepers },
  ];
  writeFileSync(at("gaps.bdf"), edfBytes(signals, 2, { reserved: "BDF+D" }, 3));
  writeFileSync(at("made.vhdr"), headerText({ common: { DataFile: "old.eeg" } }));
  writeFileSync(at("made.eeg"), int16Bytes([1, 2, 3, 4]));
  const markers = ["New Segment,,1,1,0,20200102030405678901", "Stimulus,S  1,2,1,0", "Comment,late,9,1,0"];
  writeFileSync(at("made.vmrk"), markerText({ markers }));
  writeFileSync(at("lost.vhdr"), headerText({ common: { DataFile: "nowhere.eeg" } }));
  writeFileSync(at("short.edf"), edfBytes([{}], 3).subarray(0, -1));
});

describe("neurosteer inspect --json", () => {
  it("tells of a BDF file with gaps everything there is, with coded warnings", async () => {
    const found = await facts(at("gaps.bdf"));
    expect(found).toMatchObject({ format: "BDF+D", records: 2, durationSeconds: 6, recordedSeconds: 2 });
    expect(
      found.signals.map((signal: { type: string; typeSource: string }) => [signal.type, signal.typeSource]),
    ).toEqual([
      ["eeg", "label"],
      ["unknown", "none"],
      ["trigger", "header"],
      ["annotations", "header"],
    ]);
    expect(found.signals[0]).toMatchObject({ unit: "uV", voltsPerUnit: 1e-6, rateHz: 4, samples: 8 });
    expect(found.segments).toEqual([
      {
        startSeconds: 0,
        durationSeconds: 1,
        samples: [
          { rateHz: 4, startSample: 0, samples: 4 },
          { rateHz: 2, startSample: 0, samples: 2 },
        ],
      },
      {
        startSeconds: 5,
        durationSeconds: 1,
        gapSeconds: 4,
        samples: [
          { rateHz: 4, startSample: 4, samples: 4 },
          { rateHz: 2, startSample: 2, samples: 2 },
        ],
      },
    ]);
    expect(found.annotations).toEqual([
      { onsetSeconds: 0.25, durationSeconds: 0.25, text: "BAD CMS out of range", type: "Status" },
      { onsetSeconds: 0.5, text: "note" },
      { onsetSeconds: 3, text: "lost", outOfRange: true },
    ]);
    expect(found.status).toMatchObject({
      signal: 2,
      rateHz: 4,
      hasSystemBits: true,
      cmsOutOfRange: [{ startSample: 1, samples: 1 }],
      events: [
        { startSample: 3, samples: 2, value: 4, previous: 0 },
        { startSample: 7, samples: 1, value: 4, previous: 0 },
      ],
    });
    expect(codes(found)).toEqual(["unknown-unit", "cms-out-of-range"]);
  });

  it("tells of a BrainVision recording the files, the markers and what is odd", async () => {
    const found = await facts(at("made.vhdr"));
    expect(found).toMatchObject({
      format: "BrainVision",
      formatVersion: "1.0",
      dataFile: "made.eeg",
      markerFile: "made.vmrk",
      sampleFormat: "INT_16",
      orientation: "MULTIPLEXED",
      startTime: { year: 2020, month: 1, day: 2, hour: 3, minute: 4, second: 5 },
      startOffsetSeconds: 0.678901,
    });
    expect(found.signals[1]).toMatchObject({ label: "Cz", resolution: 0.5, samples: 2 });
    expect(found.annotations.at(-1)).toEqual({
      onsetSeconds: 2,
      durationSeconds: 0.25,
      text: "late",
      type: "Comment",
      outOfRange: true,
    });
    expect(codes(found)).toEqual(["data-file-renamed", "markers-outside"]);
    expect(found).not.toHaveProperty("status");
  });

  testWithShared("reads a BioSemi and a BrainVision file of other people", async () => {
    const biosemi = await facts(sharedPath("eeg-files/mne-python/test.bdf"));
    expect(biosemi.status.events).toEqual([{ startSample: 589, samples: 21, value: 128, previous: 0 }]);
    expect(codes(biosemi)).toEqual([]);
    const brainVision = await facts(sharedPath("eeg-files/telluride_decoding/brainvision_test.vhdr"));
    expect(codes(brainVision)).toEqual(["marker-file-link", "markers-outside"]);
  });
});

describe("neurosteer inspect", () => {
  it("shows people the same in lines", async () => {
    const bdf = await inspect(at("gaps.bdf"));
    expect(bdf.code).toBe(0);
    for (const line of [
      "format: BDF+D",
      "segments: 2",
      "  0 EEG Fp1: 4 Hz, 8 samples, -100 to 100 uV, eeg",
      "  segment at 5 s for 1 s, 4 s after the one before it",
      "  at 3 s: lost (nothing was recorded then)",
      "  trigger 4: 2 times",
    ]) {
      expect(bdf.out.split("\n")).toContain(line);
    }
    expect(bdf.out).toMatch(/^warning cms-out-of-range: /m);
    const brainVision = await inspect(at("made.vhdr"));
    expect(brainVision.out).toContain("  0 Fp1: 4 Hz, 2 samples, uV\n");
    expect(brainVision.out).toContain("  at 0.25 s for 0.25 s: Stimulus S  1\n");
  });

  it.each([
    ["a header whose data is nowhere", "lost.vhdr", /nowhere\.eeg nor lost\.eeg/],
    ["the marker file", "made.vmrk", /a BrainVision marker file; name the header/],
    ["the data file", "made.eeg", /no EDF, BDF, BrainVision header, EEGLAB dataset, WAV or NPY file/],
    ["a file cut short", "short.edf", /3 records/],
  ])("refuses %s in one line, exit code 1", async (_, name, message) => {
    const { code, out, error } = await inspect(at(name), "--json");
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(error).toMatch(message);
    expect(error.trim()).not.toContain("\n");
  });

  it("does not cross-check what the second decoder cannot read", async () => {
    expect(await inspect(at("made.vhdr"), "--cross-check")).toMatchObject({ code: 1, out: "" });
  });
});

describe("neurosteer export", () => {
  it("takes BrainVision recordings, and stretches of one segment of a recording with gaps", async () => {
    const exported = async (name: string, ...options: string[]) =>
      command(["export", at(name), "--out", at(`${name}${options.length}.csv`), "--json", ...options]);
    const whole = await exported("made.vhdr");
    expect([whole.code, JSON.parse(whole.out)]).toMatchObject([0, { signals: ["Fp1", "Cz"], rateHz: 4, samples: 2 }]);
    const part = await exported("gaps.bdf", "--signals", "EEG Fp1", "--from", "5.25", "--to", "6");
    expect([part.code, JSON.parse(part.out)]).toMatchObject([0, { samples: 3 }]);
    const across = await exported("gaps.bdf", "--signals", "EEG Fp1");
    expect(across.code).toBe(2);
    expect(across.error).toMatch(/segment 0 is 0 to 1 s, the next starts at 5 s after a gap of 4 s/);
  });
});
