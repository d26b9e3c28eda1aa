import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { memorySource } from "../../src/formats/byteSource.ts";
import { openRecording, recordingKind } from "../../src/formats/openRecording.ts";
import { openRecordingFile } from "../../src/formats/openRecordingFile.ts";
import { temporaryFolder } from "../cli/command.ts";
import { headerText, int16Bytes, markerText, siblingsOf } from "./brainVisionFiles.ts";
import { edfBytes } from "./edfBytes.ts";
import { expectRefusal } from "./refusal.ts";

const files = { "made.eeg": int16Bytes([1, 2]), "made.vmrk": markerText({}) };
const utf8 = (text: string) => new TextEncoder().encode(text);

describe("openRecording", () => {
  it("chooses by content, never by name", async () => {
    const open = (bytes: Uint8Array) => openRecording(memorySource(bytes, "x.wav"), siblingsOf(files).open);
    expect((await open(edfBytes([{}], 1))).format).toBe("EDF");
    expect((await open(edfBytes([{}], 1, {}, 3))).format).toBe("BDF");
    expect((await open(utf8(headerText({})))).format).toBe("BrainVision");
    expect((await open(utf8(`\ufeff${headerText({})}`))).format).toBe("BrainVision");
  });

  it("refuses everything else, saying what it looks like", async () => {
    const refused = (bytes: Uint8Array, ...words: string[]) =>
      expectRefusal(() => openRecording(memorySource(bytes, "x.edf")), "bad-format", "x.edf", ...words);
    await refused(new Uint8Array(0), '""');
    await refused(utf8("RIFF....WAVE"), "a WAV file");
    await refused(utf8(markerText({})), "a BrainVision marker file; name the header");
    expect(recordingKind(utf8(markerText({})))).toBeUndefined();
  });

  it("passes options on", async () => {
    const cut = edfBytes([{}], 3).subarray(0, -1);
    await expectRefusal(() => openRecording(memorySource(cut)), "truncated");
    const recording = await openRecording(memorySource(cut), undefined, { allowTruncated: true });
    expect(recording.durationSeconds).toBe(2);
  });

  it("does not find a BrainVision recording's data without its siblings", async () => {
    const alone = () => openRecording(memorySource(utf8(headerText({})), "made.vhdr"));
    await expectRefusal(alone, "not-found", "made.eeg");
  });
});

describe("openRecordingFile", () => {
  const folder = temporaryFolder();

  it("opens the files of a BrainVision recording from its folder, and closes them", async () => {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    writeFileSync(join(folder, "made.vhdr"), headerText({}));
    const recording = await openRecordingFile(join(folder, "made.vhdr"));
    expect((await recording.readDigital()).channels.map((channel) => [...channel])).toEqual([[1], [2]]);
    await recording.close();
    await expect(recording.read()).rejects.toThrow();
    await recording.close();
  });

  it("takes no folder for a file", async () => {
    writeFileSync(join(folder, "alone.vhdr"), headerText({ common: { DataFile: "." } }));
    await expectRefusal(() => openRecordingFile(join(folder, "alone.vhdr")), "not-found", "alone.eeg");
    await expectRefusal(() => openRecordingFile(join(folder, "none.vhdr")), "not-found", "none.vhdr");
  });
});
