import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readBlocks } from "../../src/streams/blocks.ts";
import { recordingSource } from "../../src/streams/sources.ts";
import { temporaryFolder } from "../cli/command.ts";
import { headerText, int16Bytes, markerText } from "../formats/brainVisionFiles.ts";
import { edfBytes } from "../formats/edfBytes.ts";
import { expectRefusal } from "../formats/refusal.ts";

const folder = temporaryFolder();
const gapped = join(folder, "gaps.edf");
const scale = { physicalMinimum: "-32768", physicalMaximum: "32767" };
writeFileSync(
  gapped,
  edfBytes(
    [
      { label: "A", ...scale, digital: (i) => i },
      {
        label: "EDF Annotations",
        samplesPerRecord: "20",
        texts: ["+0\u0014\u0014\u0000", "+3\u0014\u0014\u0000", "+4\u0014\u0014\u0000"],
      },
    ],
    3,
    { reserved: "EDF+D" },
  ),
);

async function stream(open: Parameters<typeof readBlocks>[0], options = {}) {
  const values: number[] = [];
  for await (const block of readBlocks(open, { blockSeconds: 0.75, ...options })) {
    expect(block.startSample).toBe((options as { startSample?: number }).startSample ?? values.length);
    values.push(...block.channels[0]!);
    if ("startSample" in options) break;
  }
  return values;
}

describe("recordingSource of a recording with gaps", () => {
  it("numbers samples by their time, and refuses those that a gap swallowed", async () => {
    const source = await recordingSource(gapped);
    expect([source.rateHz, source.samples]).toEqual([4, 20]);
    expect([...(await source.read(12, 16)).channels[0]!]).toEqual([4, 5, 6, 7]);
    await source.close?.();
    await expectRefusal(() => stream(() => recordingSource(gapped)), "bad-option", "gap of 2 s");
  });

  it("fills gaps with NaN or leaves them out, if asked to", async () => {
    const filled = await stream(() => recordingSource(gapped, ["A"], { gapPolicy: "nan" }));
    const gap = Array(8).fill(Number.NaN);
    expect(filled).toEqual([0, 1, 2, 3, ...gap, 4, 5, 6, 7, 8, 9, 10, 11]);
    const joined = await stream(() => recordingSource(gapped, ["A"], { gapPolicy: "join" }));
    expect(joined).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });
});

describe("recordingSource of a BrainVision recording", () => {
  it("reads it like any other, in volts if asked to", async () => {
    writeFileSync(join(folder, "made.vhdr"), headerText({ channels: ["A,,1,uV", "B,,1,mV"] }));
    writeFileSync(join(folder, "made.eeg"), int16Bytes([1, 10, 2, 20, 3, 30, 4, 40, 5, 50]));
    writeFileSync(join(folder, "made.vmrk"), markerText({}));
    const open = (volts: boolean) => () => recordingSource(join(folder, "made.vhdr"), ["B"], { volts });
    expect(await stream(open(false))).toEqual([10, 20, 30, 40, 50]);
    expect(await stream(open(true))).toEqual([0.01, 0.02, 0.03, 0.04, 0.05]);
  });
});
