import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeWav } from "../../src/formats/encodeWav.ts";
import { command, namesIn, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const tone = (hz: number, samples = 2000) => Float64Array.from({ length: samples }, (_, i) => 0.3 * Math.sin(hz * i));

function write(name: string, rateHz: number, ...channels: Float64Array[]): void {
  writeFileSync(at(name), encodeWav({ rateHz, channels }, { sampleFormat: "float32" }));
}

beforeAll(() => {
  for (const name of [
    "empty",
    "here",
    "there",
    "tracks",
    "tracks/one",
    "others",
    "others/two",
    "hollow",
    "hollow/one",
  ]) {
    mkdirSync(at(name));
  }
  write("a.wav", 8000, tone(0.1));
  write("b.wav", 8000, tone(0.2));
  write("c.wav", 8000, tone(0.3));
  write("here/a.wav", 8000, tone(0.1));
  write("there/b.wav", 8000, tone(0.2));
  write("tracks/one/a.wav", 8000, tone(0.1));
  write("others/two/a.wav", 8000, tone(0.1));
  write("short.wav", 8000, tone(0.1, 1900));
  write("slow.wav", 4000, tone(0.1));
  write("stereo.wav", 8000, tone(0.1), tone(0.2));
  writeFileSync(at("text.wav"), "no sound at all");
  const notFinite = encodeWav({ rateHz: 8000, channels: [tone(0.1), tone(0.2)] }, { sampleFormat: "float32" });
  new DataView(notFinite.buffer, notFinite.byteOffset).setFloat32(
    notFinite.length - 2000 * 8 + 8 * 7 + 4,
    Number.NaN,
    true,
  );
  writeFileSync(at("nan.wav"), notFinite);
});

const paths = (names: readonly string[]) => names.map(at);
const pair = (references: string[], estimates: string[]) => [
  "evaluate",
  "--reference",
  ...paths(references),
  "--estimate",
  ...paths(estimates),
];

describe("neurosteer evaluate", () => {
  it.each([
    ["other lengths", ["a.wav"], ["short.wav"], /a\.wav has 2000 samples, \S*short\.wav 1900 samples; .*--trim/],
    ["other rates", ["a.wav"], ["slow.wav"], /a\.wav is at 8000 Hz, \S*slow\.wav 4000 Hz/],
    ["other channels", ["a.wav"], ["stereo.wav"], /a\.wav has 1 channels, \S*stereo\.wav 2 channels/],
    ["a file that is not there", ["a.wav"], ["none.wav"], /none\.wav: no such file or folder/],
    ["a file without sound", ["a.wav"], ["text.wav"], /text\.wav/],
    ["samples that are no numbers", ["stereo.wav"], ["nan.wav"], /nan\.wav: channel 1 has NaN at sample 7/],
    [
      "more estimates than references",
      ["a.wav"],
      ["a.wav", "b.wav", "c.wav"],
      /1 references, 3 estimates; \S*b\.wav, \S*c\.wav are superfluous/,
    ],
    ["an empty folder", ["empty"], ["here"], /empty has no WAV files and no folders of them/],
    ["a folder of empty folders", ["hollow"], ["here"], /hollow has no WAV files and no folders of them/],
    [
      "a folder without a match",
      ["here"],
      ["there"],
      /no file of \S*there has the name of one in \S*here; there are b\.wav and a\.wav/,
    ],
    [
      "tracks without a match",
      ["tracks"],
      ["others"],
      /no track of \S*others \(two\) has a match in \S*tracks \(one\)/,
    ],
    ["tracks against files", ["tracks"], ["here"], /tracks holds folders of tracks, \S*here does not/],
    ["two files of one name", ["here"], ["a.wav", "tracks/one/a.wav"], /a\.wav and \S*one\/a\.wav have one name/],
  ])("refuses %s in one line, exit code 1", async (_, references, estimates, message) => {
    const { code, out, error } = await command(pair(references, estimates));
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(error).toMatch(message);
    expect(error.trim()).not.toContain("\n");
  });

  it("refuses --mode sources for several channels, exit code 1", async () => {
    const { code, error } = await command([...pair(["stereo.wav"], ["stereo.wav"]), "--mode", "sources"]);
    expect(code).toBe(1);
    expect(error).toMatch(/2 channels, scores of sources need one; leave out --mode sources/);
  });

  it("refuses a pairing of unequal numbers, exit code 1", async () => {
    const { code, error } = await command([...pair(["a.wav", "b.wav"], ["a.wav"]), "--permutation", "sdr"]);
    expect(code).toBe(1);
    expect(error).toMatch(/2 references, 1 estimates; a permutation needs as many of both, \S*b\.wav is superfluous/);
  });

  it.each([
    [["--version", "4", "--mode", "sources"], /version 4 scores images/],
    [["--museval", "m.json", "--mode", "sources"], /museval's files hold scores of images/],
    [["--window", "1"], /--window and --hop are for scores of windows; add --framewise/],
    [["--framewise", "--window", "0"], /--window.*must be a number above 0/],
    [["--version", "5"], /Allowed choices are 3, 4/],
    [["--permutation", "best"], /Allowed choices are none, sir, sdr/],
    [["--filter-length", "0"], /--filter-length.*whole number of at least 1/],
  ])("takes %j for wrong use: exit code 2", async (options, message) => {
    const { code, out, error } = await command([...pair(["a.wav"], ["a.wav"]), ...options]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(error).toMatch(message);
  });

  it("refuses a folder beside other paths: exit code 2", async () => {
    const { code, error } = await command(pair(["here", "b.wav"], ["a.wav"]));
    expect(code).toBe(2);
    expect(error).toMatch(/--reference names the folder \S*here beside other paths/);
  });

  it("leaves nothing where it fails", async () => {
    const before = namesIn(folder);
    await command([...pair(["stereo.wav"], ["nan.wav"]), "--museval", at("out.json")]);
    expect(namesIn(folder)).toEqual(before);
  });
});
