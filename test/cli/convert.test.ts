import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { addConvertArguments, convert } from "../../src/cli/commands/convert.ts";
import { openRecordingFile } from "../../src/formats/openRecordingFile.ts";
import { headerText, int16Bytes, markerText } from "../formats/brainVisionFiles.ts";
import { expectRefusal } from "../formats/refusal.ts";
import { namesIn, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const markers = ["New Segment,,1,1,0,20200102030405678901", "Stimulus,S  1,3,2,0"];
const data = [0, 100, 1, 101, 2, 102, 3, 103, 4, 104, 5, 105, 6, 106, 7, 107];
writeFileSync(join(folder, "made.vhdr"), headerText({ markers }));
writeFileSync(join(folder, "made.vmrk"), markerText({ markers }));
writeFileSync(join(folder, "made.eeg"), int16Bytes(data));

const source = join(folder, "made.vhdr");
const inputs = ["made.eeg", "made.vhdr", "made.vmrk"];

/** Runs the words after `neurosteer convert`. */
async function run(args: readonly string[], signal = new AbortController().signal) {
  let [out, error, code] = ["", "", -1];
  const io = {
    out: (text: string) => {
      out += text;
    },
    error: (text: string) => {
      error += text;
    },
    signal,
  };
  const command = addConvertArguments(new Command("convert"))
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  command.action(async (file, options) => {
    code = await convert(file, options, io);
  });
  await command.parseAsync(args, { from: "user" });
  return { code, out, error };
}

describe("neurosteer convert", () => {
  it("writes a recording as EDF+ and says what became of each signal", async () => {
    const out = join(folder, "whole.edf");
    const { code, out: text } = await run([source, "--out", out, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(text)).toMatchObject({
      out,
      source,
      sourceFormat: "BrainVision",
      format: "EDF+C",
      annotations: 2,
      byteLength: readFileSync(out).length,
      signals: [
        { label: "Fp1", unit: "uV", exact: true, largestError: 0, relativeError: 0 },
        { label: "Cz", unit: "uV", exact: true, largestError: 0, relativeError: 0 },
      ],
      warnings: [],
    });
    const edf = await openRecordingFile(out);
    expect(edf.startTime).toEqual({ year: 2020, month: 1, day: 2, hour: 3, minute: 4, second: 5 });
    expect((await edf.readDigital()).channels).toEqual([
      Int32Array.from(data.filter((_, i) => i % 2 === 0)),
      Int32Array.from(data.filter((_, i) => i % 2 === 1)),
    ]);
    await edf.close();
  });

  it("takes a window and some signals, and prints for people", async () => {
    const out = join(folder, "part.edf");
    const { out: text } = await run([source, "--out", out, "--signals", "Cz", "--from", "0.5", "--to", "1.5"]);
    expect(text).toContain("part.edf: EDF+C, 1 signals");
    expect(text).toContain("1 signals are digitally exact");
    const edf = await openRecordingFile(out);
    expect((await edf.readDigital()).channels).toEqual([Int32Array.of(102, 103, 104, 105)]);
    await edf.close();
  });

  it("replaces a file only if it is told to, and never the recording itself", async () => {
    const out = join(folder, "there.edf");
    writeFileSync(out, "mine");
    await expectRefusal(() => run([source, "--out", out]), "exists", out, "--overwrite");
    expect(readFileSync(out, "utf8")).toBe("mine");
    await run([source, "--out", out, "--overwrite"]);
    await expectRefusal(() => run([out, "--out", out, "--overwrite"]), "usage", out, "recording itself");
    await expectRefusal(() => run([source, "--out", join(folder, "x.bdf")]), "usage", ".edf");
  });

  it("leaves nothing behind when it is interrupted or the recording cannot be read", async () => {
    const before = namesIn(folder);
    const aborted = new AbortController();
    aborted.abort();
    await expectRefusal(() => run([source, "--out", join(folder, "no.edf")], aborted.signal), "aborted");
    copyFileSync(source, join(folder, "gaps.vhdr"));
    await expectRefusal(
      () => run([join(folder, "gaps.vhdr"), "--out", join(folder, "no.edf"), "--from", "7"]),
      "bad-option",
    );
    await expectRefusal(() => run([join(folder, "none.bdf"), "--out", join(folder, "no.edf")]), "not-found");
    expect(namesIn(folder)).toEqual([...before, "gaps.vhdr"].sort());
    expect(namesIn(folder)).toEqual(expect.arrayContaining(inputs));
  });

  it("refuses a gap policy that there is none of", () =>
    expect(run([source, "--out", join(folder, "no.edf"), "--gap-policy", "fill"])).rejects.toThrow(
      /keep, error, join/,
    ));
});
