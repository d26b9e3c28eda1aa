import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, test } from "vitest";
import { command, namesIn, temporaryFolder } from "./command.ts";
import { writeArray } from "./factorizeFiles.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const file = (name: string, shape: number[], change: Record<number, number> = {}) => {
  const data = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => change[i] ?? 1 + (i % 7));
  writeArray(at(name), { shape, data });
};
file("X.npy", [6, 8]);
file("zeros.npy", [6, 8], { 9: 0, 20: 0 });
file("negative.npy", [6, 8], { 19: -0.5, 30: -1 });
file("nan.npy", [6, 8], { 47: Number.NaN });
file("infinite.npy", [6, 8], { 0: Number.POSITIVE_INFINITY });
file("row.npy", [48]);
file("cube.npy", [2, 6, 8]);
file("empty.npy", [0, 8]);
file("S.npy", [2, 8]);
file("signed.npy", [2, 8], { 11: -1 });
file("guideNan.npy", [2, 8], { 11: Number.NaN });
file("short.npy", [2, 7]);
file("W.npy", [6, 3]);
file("H.npy", [3, 8]);
file("badW.npy", [6, 3], { 7: -2 });
file("patches.npy", [2, 6, 3], { 27: Number.NaN });
file("Ht.npy", [8, 3]);
writeArray(at("silent.npy"), { shape: [6, 8], data: new Float64Array(48) });
writeFileSync(at("text.npy"), "1 2 3");

const plain = ["--components", "3"];
const convolutive = [...plain, "--method", "convolutive-nmf"];
const contrastive = [...plain, "--method", "contrastive-nmf"];
const guided = [...contrastive, "--guide", "S.npy"];
const compat = [...guided, "--compat", "cantisani2021"];

type Case = [string, string, string[], RegExp];

/** Files of the table are named without their folder. */
async function expectRefusal(input: string, options: readonly string[], code: number, message: RegExp) {
  const before = namesIn(folder);
  const args = ["factorize", input, ...options].map((word) => (word.endsWith(".npy") ? at(word) : word));
  const outcome = await command([...args, "--out", at("none"), "--json"]);
  expect(outcome.error).toMatch(message);
  expect(outcome.code).toBe(code);
  expect(outcome.out).toBe("");
  expect(namesIn(folder)).toEqual(before);
  return outcome.error;
}

describe("a defective input of neurosteer factorize: exit code 1, one line, nothing left", () => {
  test.each<Case>([
    ["no file", "none.npy", plain, /none\.npy: no such file/],
    ["a file that is no array", "text.npy", plain, /text\.npy: is no NPY file/],
    ["one dimension", "row.npy", plain, /row\.npy: has shape \(48\); a spectrogram is bins x frames/],
    ["three dimensions", "cube.npy", plain, /cube\.npy: has shape \(2, 6, 8\); a spectrogram is bins x frames/],
    ["no bins", "empty.npy", plain, /empty\.npy: has shape \(0, 8\)/],
    ["negative entries", "negative.npy", plain, /has 2 entries .*, the first \(-0\.5\) at bin 2, frame 3;/],
    ["NaN", "nan.npy", plain, /has 1 entries .* \(NaN\) at bin 5, frame 7;/],
    ["infinity", "infinite.npy", plain, /\(Infinity\) at bin 0, frame 0;/],
    ["silence", "silent.npy", plain, /sums to 0/],
    [
      "zeros at beta 0",
      "zeros.npy",
      [...plain, "--beta", "0"],
      /spectrogram has 2 .*0.*, the first at bin 1, frame 1, .*beta 0 .*floor/,
    ],
    ["zeros at beta -1", "zeros.npy", [...plain, "--beta", "-1"], /spectrogram has 2 .*beta -1/],
    [
      "a W of another shape",
      "X.npy",
      [...plain, "--init-w", "H.npy"],
      /H\.npy: has shape \(3, 8\); W is bins x components = \(6, 3\)/,
    ],
    ["a negative W", "X.npy", [...plain, "--init-w", "badW.npy"], /badW\.npy: .*\(-2\) at bin 2, component 1;/],
    [
      "an H of another shape",
      "X.npy",
      [...plain, "--init-h", "Ht.npy"],
      /Ht\.npy: has shape \(8, 3\); H is rows x frames = \(3, 8\)/,
    ],
    [
      "a plain W for patches",
      "X.npy",
      [...convolutive, "--template-frames", "2", "--init-w", "W.npy"],
      /W is template frames x bins x components = \(2, 6, 3\)/,
    ],
    [
      "NaN in patches",
      "X.npy",
      [...convolutive, "--template-frames", "2", "--init-w", "patches.npy"],
      /\(NaN\) at template frame 1, bin 3, component 0;/,
    ],
    [
      "a guide of other length",
      "X.npy",
      [...contrastive, "--guide", "short.npy"],
      /short\.npy: has shape \(2, 7\); a guide is rows x frames = \(any, 8\)/,
    ],
    [
      "NaN in the guide",
      "X.npy",
      [...contrastive, "--guide", "guideNan.npy"],
      /guideNan\.npy: .*\(NaN\) at row 1, frame 3; all must be finite/,
    ],
    ["a guide of zeros", "X.npy", [...contrastive, "--guide", "silent.npy"], /guide row 0 is zero/],
    [
      "a signed guide in the published algorithm",
      "X.npy",
      [...contrastive, "--compat", "cantisani2021", "--delta", "1", "--guide", "signed.npy"],
      /signed\.npy: .*\(-1\) at row 1, frame 3/,
    ],
  ])("%s", async (_, input, options, message) => {
    expect((await expectRefusal(input, options, 1, message)).trim()).not.toContain("\n");
  });

  it("accepts zeros at beta 0 with a floor, and a signed guide", async () => {
    const zeros = ["factorize", at("zeros.npy"), ...plain, "--beta", "0", "--floor", "1e-6", "--out", at("floored")];
    expect((await command(zeros)).code).toBe(0);
    const signed = ["factorize", at("X.npy"), ...contrastive, "--guide", at("signed.npy"), "--out", at("signed")];
    expect((await command(signed)).code).toBe(0);
  });
});

describe("wrong use of neurosteer factorize: exit code 2, nothing left", () => {
  test.each<Case>([
    ["an unknown method", "X.npy", [...plain, "--method", "pca"], /nmf, convolutive-nmf, contrastive-nmf/],
    ["an unknown accelerator", "X.npy", [...plain, "--accelerator", "gpu"], /auto, portable, blas/],
    ["an unknown precision", "X.npy", [...plain, "--precision", "half"], /float32, float64/],
    [
      "an unknown update",
      "X.npy",
      [...guided, "--update", "newton"],
      /mm2, mm1, heuristic, sphere, multiplicative, halving/,
    ],
    [
      "another method's update",
      "X.npy",
      [...convolutive, "--template-frames", "2", "--update", "sphere"],
      /"sphere".*mm2, mm1, heuristic/,
    ],
    ["an unknown compat", "X.npy", [...guided, "--compat", "v2"], /cantisani2021/],
    ["an unknown start", "X.npy", [...plain, "--initialization", "ones"], /random, nndsvd, nndsvda, nndsvdar/],
    ["no components", "X.npy", [], /required option '--components <K>'/],
    ["components that are no number", "X.npy", ["--components", "many"], /whole number of at least 1/],
    ["a tolerance below 0", "X.npy", [...plain, "--tolerance", "-1"], /at least 0/],
    ["a list that is none", "X.npy", [...plain, "--init-w", "W.npy", "--fix-w", "0,x"], /whole numbers from 0/],
    [
      "a component that is not there",
      "X.npy",
      [...plain, "--init-w", "W.npy", "--fix-w", "3"],
      /fixDictionary is 3.* from 0 to 2/,
    ],
    [
      "a template longer than the data",
      "X.npy",
      [...convolutive, "--template-frames", "9"],
      /templateFrames is 9.* from 1 to 8/,
    ],
    ["patches without a length", "X.npy", convolutive, /--method convolutive-nmf needs --template-frames/],
    ["contrast without a guide", "X.npy", contrastive, /--method contrastive-nmf needs --guide/],
    ["the published algorithm without delta", "X.npy", compat, /--compat cantisani2021 needs --delta/],
    [
      "two deltas",
      "X.npy",
      [...guided, "--delta", "1", "--relative-delta", "1"],
      /'--delta <D>' cannot be used with option '--relative-delta <R>'/,
    ],
    ["fixed spectra that are not given", "X.npy", [...plain, "--fix-w"], /--fix-w needs --init-w/],
    ["fixed activations that are not given", "X.npy", [...plain, "--fix-h", "1"], /--fix-h needs --init-h/],
    [
      "an interval without a checkpoint",
      "X.npy",
      [...plain, "--checkpoint-every", "3"],
      /--checkpoint-every needs --checkpoint/,
    ],
    ["checkpoints of several starts", "X.npy", [...plain, "--starts", "2", "--checkpoint", "a"], /leave out --starts/],
    [
      "single precision in the published algorithm",
      "X.npy",
      [...compat, "--delta", "1", "--precision", "float32"],
      /computes in float64/,
    ],
    [
      "both factors at once at beta 2",
      "X.npy",
      [...plain, "--beta", "2", "--update-order", "joint"],
      /--update-order joint is for --beta 1, not 2/,
    ],
    ["no time", "X.npy", [...plain, "--max-seconds", "0"], /must be a number above 0/],
    [
      "--guide with nmf",
      "X.npy",
      [...plain, "--guide", "S.npy"],
      /--guide does not belong to --method nmf; it belongs to --method contrastive-nmf/,
    ],
    [
      "--template-frames with nmf",
      "X.npy",
      [...plain, "--template-frames", "2"],
      /--template-frames does not belong to --method nmf/,
    ],
    ["--delta with nmf", "X.npy", [...plain, "--delta", "1"], /--delta does not belong to --method nmf/],
    [
      "--sources with nmf",
      "X.npy",
      [...plain, "--sources", "2"],
      /--sources does not belong .* belongs to --compat cantisani2021/,
    ],
    [
      "--sparsity-h with convolutive-nmf",
      "X.npy",
      [...convolutive, "--sparsity-h", "1"],
      /--sparsity-h does not belong to --method convolutive-nmf/,
    ],
    [
      "--fix-w with contrastive-nmf",
      "X.npy",
      [...guided, "--fix-w"],
      /--fix-w does not belong .* --method nmf and --method convolutive-nmf/,
    ],
    ["--starts with contrastive-nmf", "X.npy", [...guided, "--starts", "2"], /--starts does not belong/],
    [
      "--sources without --compat",
      "X.npy",
      [...guided, "--sources", "2"],
      /--sources does not belong to --method contrastive-nmf/,
    ],
    [
      "--tolerance with --compat",
      "X.npy",
      [...compat, "--delta", "1", "--tolerance", "0"],
      /--tolerance does not belong to --compat cantisani2021/,
    ],
    [
      "--compat with nmf",
      "X.npy",
      [...plain, "--compat", "cantisani2021"],
      /--compat cantisani2021 belongs to --method contrastive-nmf, not to nmf/,
    ],
  ])("%s", async (_, input, options, message) => {
    await expectRefusal(input, options, 2, message);
  });
});

describe("a BLAS that is not there", () => {
  const before = process.env.NEUROSTEER_BLAS;
  afterEach(() => {
    if (before === undefined) delete process.env.NEUROSTEER_BLAS;
    else process.env.NEUROSTEER_BLAS = before;
  });

  it("is an error where it is asked for by name, and no error of auto, which says what it took", async () => {
    process.env.NEUROSTEER_BLAS = "none";
    await expectRefusal(
      "X.npy",
      [...plain, "--accelerator", "blas"],
      1,
      /no BLAS can be loaded \(NEUROSTEER_BLAS is none\)/,
    );
    const auto = ["factorize", at("X.npy"), ...plain, "--accelerator", "auto", "--out", at("auto"), "--json"];
    expect(JSON.parse((await command(auto)).out).accelerator).toMatch(/^portable/);
    expect((await command(["factorize", "--help"])).out.replace(/\s+/g, " ")).toMatch(/accelerator auto is portable/);
  });
});
