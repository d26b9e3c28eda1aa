import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { encodeNpy } from "../../src/formats/npy.ts";
import { command, namesIn, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const file = (name: string, shape: number[], change: Record<number, number> = {}) => {
  const length = shape.reduce((a, b) => a * b, 1);
  const data = Float64Array.from({ length }, (_, i) => change[i] ?? ((i * i + 3 * i) % 101) / 7);
  writeFileSync(at(name), encodeNpy(data, shape));
};
file("S.npy", [60, 2]);
file("R.npy", [60, 3]);
file("S2.npy", [50, 2]);
file("R2.npy", [50, 3]);
file("R4.npy", [60, 4]);
file("row.npy", [60]);
file("cube.npy", [60, 2, 1]);
file("empty.npy", [0, 2]);
file("nan.npy", [60, 2], { 31: Number.NaN, 40: Number.POSITIVE_INFINITY });
file("infinite.npy", [60, 3], { 5: Number.NEGATIVE_INFINITY });
file("tiny.npy", [3, 2]);
file("tinyR.npy", [3, 3]);
writeFileSync(at("flat.npy"), encodeNpy(new Float64Array(120).fill(2), [60, 2]));
writeFileSync(at("cut.npy"), encodeNpy(new Float64Array(120), [60, 2]).subarray(0, 500));
writeFileSync(at("text.npy"), "1 2 3");
writeFileSync(at("text.json"), "1 2 3");
writeFileSync(at("other.json"), '{"format": "another"}');

const rate = ["--rate", "64", "--tmax", "0.05"];
const forward = [...rate, "--direction", "forward"];
const trial = ["--stimulus", "S.npy", "--response", "R.npy"];
const two = [...trial, "--stimulus", "S2.npy", "--response", "R2.npy"];

beforeAll(async () => {
  for (const direction of ["forward", "backward"]) {
    const args = [...trial.map(inFolder), ...rate, "--direction", direction, "--out", at(`${direction}.model`)];
    expect((await command(["trf", "train", ...args])).code).toBe(0);
  }
});

/** Files of the tables are named without their folder. */
function inFolder(word: string): string {
  return /\.(npy|json|model)$/.test(word) ? at(word) : word;
}

type Case = [string, string, string[], RegExp];

async function expectRefusal(name: string, args: readonly string[], code: number, message: RegExp): Promise<string> {
  const before = namesIn(folder);
  const outcome = await command(["trf", name, ...args.map(inFolder), "--out", at("none"), "--json"]);
  expect(outcome.error).toMatch(message);
  expect(outcome).toMatchObject({ code, out: "" });
  expect(namesIn(folder)).toEqual(before);
  return outcome.error;
}

const both = (stimulus: string, response: string) => ["--stimulus", stimulus, "--response", response];

describe("a defective input of neurosteer trf: exit code 1, one line, nothing left", () => {
  test.each<Case>([
    ["no file", "train", [...both("none.npy", "R.npy"), ...forward], /none\.npy: no such file/],
    ["no array", "train", [...both("text.npy", "R.npy"), ...forward], /text\.npy: is no NPY file/],
    ["a file cut short", "train", [...both("cut.npy", "R.npy"), ...forward], /cut\.npy: .*the file holds/],
    [
      "one dimension",
      "train",
      [...both("row.npy", "R.npy"), ...forward],
      /row\.npy: has shape \(60,\); a stimulus is samples x features.*array\[:, None\]/,
    ],
    [
      "three dimensions",
      "train",
      [...both("S.npy", "cube.npy"), ...forward],
      /cube\.npy: has shape \(60, 2, 1\); a response is samples x channels/,
    ],
    ["no samples", "train", [...both("empty.npy", "R.npy"), ...forward], /empty\.npy: has shape \(0, 2\)/],
    [
      "NaN in the stimulus",
      "train",
      [...both("nan.npy", "R.npy"), ...forward],
      /nan\.npy: has 2 entries that are not finite, the first \(NaN\) at sample 15, feature 1;/,
    ],
    [
      "infinity in the response",
      "train",
      [...both("S.npy", "infinite.npy"), ...forward],
      /infinite\.npy: has 1 .*\(-Infinity\) at sample 1, channel 2;/,
    ],
    [
      "lengths that differ",
      "crossval",
      [...trial, ...both("S2.npy", "R.npy"), ...forward],
      /S2\.npy has 50 samples, .*R\.npy 60; stimulus and response/,
    ],
    [
      "other channels in another trial",
      "crossval",
      [...trial, ...both("S.npy", "R4.npy"), ...forward],
      /R4\.npy: has 4 channels, .*R\.npy 3; all trials need the same/,
    ],
    [
      "other features in another trial",
      "train",
      [...trial, ...both("R.npy", "R.npy"), ...forward],
      /R\.npy: has 3 features, .*S\.npy 2;/,
    ],
    [
      "a constant stimulus",
      "train",
      [...both("flat.npy", "R.npy"), ...forward],
      /stimulus feature 0 is constant \(2\)/,
    ],
    ["a trial too short", "train", [...both("tiny.npy", "tinyR.npy"), ...forward], /too short for lags/],
    [
      "a model of other inputs",
      "predict",
      ["--model", "forward.model", "--stimulus", "R.npy"],
      /R\.npy: has 3 features; .*model\.json was trained with 2/,
    ],
    [
      "a model of other outputs",
      "predict",
      ["--model", "backward.model", ...both("R.npy", "R.npy")],
      /R\.npy: has 3 features; .*model\.json was trained with 2/,
    ],
    [
      "lengths that differ in a prediction",
      "predict",
      ["--model", "forward.model", ...both("S2.npy", "R.npy")],
      /S2\.npy has 50 samples, .*R\.npy 60/,
    ],
    ["no model", "predict", ["--model", "none.json", ...trial], /none\.json: no such file/],
    ["a model that is no JSON", "predict", ["--model", "text.json", ...trial], /text\.json: .*not JSON/],
    [
      "a model of another program",
      "predict",
      ["--model", "other.json", ...trial],
      /other\.json: .*format is "another"/,
    ],
    ["a model that is an array", "predict", ["--model", "S.npy", ...trial], /S\.npy: .*not JSON/],
  ])("%s", async (_, name, args, message) => {
    expect((await expectRefusal(name, args, 1, message)).trim()).not.toContain("\n");
  });
});

describe("wrong use of neurosteer trf: exit code 2, nothing left", () => {
  test.each<Case>([
    ["no direction", "train", [...trial, ...rate], /required option '--direction <name>'/],
    ["an unknown direction", "train", [...trial, ...rate, "--direction", "up"], /backward, forward/],
    ["no rate", "train", [...trial, "--direction", "forward"], /required option '--rate <Hz>'/],
    ["a rate of 0", "train", [...trial, "--rate", "0", "--direction", "forward"], /must be a number above 0/],
    ["no response", "train", ["--stimulus", "S.npy", ...forward], /required option '--response <files...>'/],
    [
      "more stimuli than responses",
      "train",
      ["--stimulus", "S.npy", "S2.npy", "--response", "R.npy", ...forward],
      /trf train: 2 --stimulus and 1 --response; every trial needs one of each/,
    ],
    [
      "lags the wrong way round",
      "train",
      [...trial, "--rate", "64", "--direction", "forward", "--tmin", "0.3", "--tmax", "0.1"],
      /trf train: maxLagSeconds is 0\.1/,
    ],
    ["several lambdas for one model", "train", [...trial, ...forward, "--lambda", "1,2"], /2 lambdas; a model has one/],
    ["a lambda that is none", "train", [...trial, ...forward, "--lambda", "much"], /must be a number of at least 0/],
    ["a lambda below 0", "train", [...trial, ...forward, "--lambda", "-1"], /must be a number of at least 0/],
    ["a gap in a list of lambdas", "crossval", [...two, ...forward, "--lambda", "1,,2"], /must be a number/],
    ["lambdas of bands without bands", "train", [...trial, ...forward, "--lambda", "1:2"], /only banded takes one/],
    [
      "banded without bands",
      "train",
      [...trial, ...forward, "--method", "banded"],
      /banded needs the number of inputs/,
    ],
    ["bands without banded", "train", [...trial, ...forward, "--bands", "1,1"], /bands go with banded/],
    ["a band of nothing", "train", [...trial, ...forward, "--bands", "2,0"], /whole number of at least 1/],
    [
      "bands of other inputs",
      "train",
      [...trial, ...forward, "--method", "banded", "--bands", "1,2"],
      /the bands have 3 inputs, the trials 2/,
    ],
    ["shrinkage above 1", "train", [...trial, ...forward, "--method", "shrinkage", "--lambda", "2"], /lambda is 2/],
    [
      "an unknown method",
      "train",
      [...trial, ...forward, "--method", "lasso"],
      /ridge, tikhonov, banded, shrinkage, ols/,
    ],
    ["an unknown convention", "train", [...trial, ...forward, "--lambda-convention", "mne"], /plain, mtrf, mtrfpy/],
    ["ols with lambda", "train", [...trial, ...forward, "--method", "ols", "--lambda", "1"], /ols has none/],
    ["an option of crossval", "train", [...trial, ...forward, "--nested"], /unknown option '--nested'/],
    ["one trial to cross-validate", "crossval", [...trial, ...forward], /trials: 1; leaving one out needs at least 2/],
    ["two trials to nest", "crossval", [...two, ...forward, "--nested"], /trials: 2; nested choice needs at least 3/],
    ["a prediction without a model", "predict", trial, /required option '--model <path>'/],
    ["a prediction from nothing", "predict", ["--model", "forward.model"], /neither --stimulus nor --response/],
    [
      "a forward prediction from EEG",
      "predict",
      ["--model", "forward.model", "--response", "R.npy"],
      /model\.json is forward: it predicts from the stimulus, --stimulus/,
    ],
    [
      "a backward prediction from the stimulus",
      "predict",
      ["--model", "backward.model", "--stimulus", "S.npy"],
      /model\.json is backward: it predicts from EEG, --response/,
    ],
    [
      "a lambda for a model that is trained",
      "predict",
      ["--model", "forward.model", ...trial, "--lambda", "1"],
      /unknown option '--lambda'/,
    ],
  ])("%s", async (_, name, args, message) => {
    await expectRefusal(name, args, 2, message);
  });

  test("a folder that is there, before anything is read", async () => {
    for (const [name, rest] of [
      ["train", forward],
      ["crossval", forward],
      ["predict", ["--model", "forward.model"]],
    ] as const) {
      const args = ["trf", name, ...both("none.npy", "none.npy"), ...both("none.npy", "none.npy"), ...rest];
      const outcome = await command([...args.map(inFolder), "--out", folder]);
      expect(outcome.error).toMatch(/is there already; name another folder, or replace it with --overwrite/);
      expect(outcome.code).toBe(2);
    }
  });

  test("trf alone says which commands there are", async () => {
    const { code, error } = await command(["trf"]);
    expect(code).toBe(2);
    expect(error).toMatch(/train[\s\S]*predict[\s\S]*crossval/);
  });
});
