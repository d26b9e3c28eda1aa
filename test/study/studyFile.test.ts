import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { parseStudyFile } from "../../src/study/studyFile.ts";
import { studyDefaults } from "../../src/study/studyOptions.ts";
import { root } from "../house/sources.ts";

describe("parseStudyFile", () => {
  it("keeps the defaults where the file says nothing", async () => {
    expect(await parseStudyFile("")).toEqual(studyDefaults);
    expect(await parseStudyFile("seed: 3")).toEqual({ ...studyDefaults, seed: 3 });
  });

  it("has the defaults that docs/study.md states", async () => {
    const text = readFileSync(join(root, "docs/study.md"), "utf8");
    const yaml = /```yaml\n([^`]*)```/.exec(text)![1]!;
    expect(await parseStudyFile(yaml)).toEqual(studyDefaults);
  });

  it("reads quantities in any unit of their kind", async () => {
    const options = await parseStudyFile(`
preprocessing: { band: ["500 mHz", "0.009 kHz"], rate: "128 Hz" }
spectrogram: { window: "50 ms", hop: "0.0125 s" }
decoder: { tmin: "-100 ms", tmax: "0.4 s", lambda: 2 }
`);
    expect(options.preprocessing).toMatchObject({ rateHz: 128, phase: studyDefaults.preprocessing.phase });
    expect(options.preprocessing.lowHz).toBeCloseTo(0.5, 12);
    expect(options.preprocessing.highHz).toBeCloseTo(9, 12);
    expect(options.spectrogram.windowSeconds).toBeCloseTo(0.05, 12);
    expect(options.spectrogram.hopSeconds).toBeCloseTo(0.0125, 12);
    expect(options.decoder.minLagSeconds).toBeCloseTo(-0.1, 12);
    expect(options.decoder.maxLagSeconds).toBeCloseTo(0.4, 12);
    expect(options.decoder.lambda).toEqual([2]);
  });

  test.each([
    ["decoder: { tmax: 250 }", /study\.yaml: decoder\.tmax: needs a quantity with its unit/],
    ['decoder: { tmax: "250 Hz" }', /decoder\.tmax: "250 Hz" is not a quantity in seconds/],
    ['decoder: { tmax: "soon" }', /decoder\.tmax: "soon" is not a quantity/],
    ["decodr: {}", /study\.yaml: the top level: unknown key "decodr"; did you mean decoder\?/],
    ["decoder: { lamda: 1 }", /study\.yaml: decoder: unknown key "lamda"; did you mean lambda\?/],
    ["decoder: { xyz: 1 }", /decoder: unknown key "xyz"; there are features, envelope, /],
    ["decoder: { method: shrinkage, lambda: 2 }", /lambda has 2; with shrinkage it is from 0 to 1/],
    ["decoder: { groupBy: subject }", /groupBy is subject, which goes with regime leave-one-subject-out/],
    ["decoder: { features: [loudness] }", /decoder\.features\.0/],
    ["separation: { iterations: 0 }", /separation\.iterations/],
    ['preprocessing: { band: ["1 Hz"] }', /preprocessing\.band/],
    ['preprocessing: { band: ["9 Hz", "2 Hz"] }', /band is 9 to 2 Hz/],
    ['preprocessing: { rate: "16 Hz" }', /rate is 16 Hz; a band up to 8 Hz needs more than 16 Hz/],
    ['spectrogram: { hop: "1 s" }', /hop is 1 s/],
    ['decoder: { tmin: "300 ms" }', /tmin is 0\.3 s, later than tmax, 0\.25 s/],
    ["a: [", /is not YAML/],
    ["- 1", /top level/],
  ])("refuses %j in one line that names the place", async (text, message) => {
    const error = await parseStudyFile(text).catch((caught) => caught);
    expect(error).toMatchObject({ name: "ToolkitError", code: "bad-format" });
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("\n");
  });
});
