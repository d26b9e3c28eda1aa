// Results of version 1 of the mTRF-Toolbox in MATLAB, through the command line; test/eeg/decoding/mtrfToolbox.test.ts says how
// that version differs.
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type MatArray, readMat } from "../eeg/decoding/matFile.ts";
import { sharedPath, testWithShared } from "../shared.ts";
import { command, temporaryFolder } from "./command.ts";
import { readArray, readJson, trialFiles } from "./trfFiles.ts";

const folder = temporaryFolder();
const load = (name: string) => readMat(sharedPath(`trf/pymtrf/${name}.mat`));
const close = { rtol: 1e-8, atol: 1e-12 };
let count = 0;

/** Columns of a [samples, columns] array, cut. */
const columns = ({ shape, data }: MatArray, count: number, from = 0, to = shape[0]!) =>
  Array.from({ length: count }, (_, c) => data.slice(c * shape[0]! + from, c * shape[0]! + to));

function makeTrial(features: number, channels: number, from?: number, to?: number) {
  const { x, y_sim } = load("gendata");
  return { stimulus: columns(x!, features, from, to), eeg: columns(y_sim!, channels, from, to) };
}

/** As that version trains: penalised constants, zeros outside trials, lambda added as it is. */
const version1 = (direction: string, inputs: number, [first, last]: [number, number]) => [
  ...["--rate", "64", "--direction", direction, "--tmin", `${first / 64}`, "--tmax", `${last / 64}`],
  ...["--lambda-convention", "plain", "--edges", "zeropad", "--bias-penalty", `${1 / inputs}`],
];

async function run(args: readonly string[]): Promise<(file: string) => string> {
  const out = join(folder, `out ${count++}`);
  expect(await command(["trf", ...args, "--out", out])).toMatchObject({ code: 0 });
  return (file) => join(out, file);
}

describe("neurosteer trf reproduces version 1 of the mTRF-Toolbox", () => {
  for (const direction of ["forward", "backward"] as const)
    testWithShared(`training, ${direction}`, async () => {
      const { w, i: constant } = load(direction === "forward" ? "mtrf_train_fwd" : "mtrf_train_bwd");
      const files = trialFiles(folder, direction, [makeTrial(3, 3)]);
      const at = await run(["train", ...files, ...version1(direction, 3, [-4, 4]), "--lambda", "1"]);
      const { shape, data } = readArray(at("weights.npy"));
      expect(shape).toEqual([3, 9, 3]);
      const expected = Array.from(data, (_, p) => {
        const [input, row, output] = [Math.floor(p / 27), Math.floor(p / 3) % 9, p % 3];
        return w!.data[input + 3 * ((direction === "forward" ? row : 8 - row) + 9 * output)]!;
      });
      expect(data).toBeAllclose(expected, close);
      const sums = [0, 1, 2].map((o) => constant!.data.subarray(3 * o, 3 * o + 3).reduce((a, b) => a + b));
      expect(readArray(at("bias.npy")).data).toBeAllclose(sums, { rtol: 1e-8, atol: 1e-9 });
    });

  testWithShared("prediction, its correlation and error", async () => {
    const { rec, r, mse } = load("mtrf_predict_fwd");
    const training = trialFiles(folder, "first", [makeTrial(5, 4, 0, 128)]);
    const model = await run(["train", ...training, ...version1("forward", 5, [0, 4]), "--lambda", "1"]);
    const next = trialFiles(folder, "next", [makeTrial(5, 4, 128, 256)]);
    const at = await run(["predict", "--model", model(""), ...next]);
    const { shape, data } = readArray(at("prediction.npy"));
    expect(shape).toEqual([128, 4]);
    const expected = Array.from(data, (_, p) => rec!.data[Math.floor(p / 4) + 128 * (p % 4)]!);
    expect(data).toBeAllclose(expected, close);
    const [score] = readJson(at("scores.json")).trials;
    expect(score.correlations).toBeAllclose(r!.data, close);
    expect(score.meanSquaredErrors).toBeAllclose(mse!.data, close);
  });

  for (const direction of ["forward", "backward"] as const)
    testWithShared(`cross-validation, ${direction}`, async () => {
      const recorded = load(direction === "forward" ? "cross_val_equal_fwd" : "cross_val_equal_bwd");
      const trials = [0, 1, 2, 3].map((t) => makeTrial(5, 4, 128 * t, 128 * (t + 1)));
      const [inputs, outputs] = direction === "forward" ? [5, 4] : [4, 5];
      const files = trialFiles(folder, `folds-${direction}`, trials);
      const grid = ["--lambda", "0.1,1,10", "--fold-model", "averaged"];
      const at = await run(["crossval", ...files, ...version1(direction, inputs, [-4, 4]), ...grid]);
      const json = readJson(at("crossval.json"));
      for (let trial = 0; trial < 4; trial++) {
        for (let lambda = 0; lambda < 3; lambda++) {
          const ordered = ({ data }: MatArray) =>
            Array.from({ length: outputs }, (_, output) => data[trial + 4 * (lambda + 3 * output)]!);
          expect(json.correlations[trial][lambda]).toBeAllclose(ordered(recorded.r!), close);
          expect(json.meanSquaredErrors[trial][lambda]).toBeAllclose(ordered(recorded.mse!), close);
        }
      }
    });
});
