import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { decodeTrf } from "../../src/eeg/decoding/encodeTrf.ts";
import { predictTrf, scoreTrf } from "../../src/eeg/decoding/predictTrf.ts";
import { trainTrf } from "../../src/eeg/decoding/trainTrf.ts";
import type { TrfOptions } from "../../src/eeg/decoding/trfOptions.ts";
import { encodeNpy } from "../../src/formats/npy.ts";
import { command, namesIn, temporaryFolder } from "./command.ts";
import { makeTrials, readArray, readJson, trialFiles, writeColumns } from "./trfFiles.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const rateHz = 64;
const trials = makeTrials(2, 150);
const files = trialFiles(folder, "noise", trials);
const lags = ["--rate", `${rateHz}`, "--tmin", "-0.03125", "--tmax", "0.0625"];
const lagOptions = { rateHz, minLagSeconds: -0.03125, maxLagSeconds: 0.0625 };
let count = 0;

async function run(name: string, args: readonly string[]) {
  const out = at(`out ${count++}`);
  const outcome = await command(["trf", name, ...args, "--out", out]);
  expect(outcome).toMatchObject({ code: 0, error: "" });
  return { out, text: outcome.out, file: (file: string) => join(out, file) };
}

describe("neurosteer trf train", () => {
  const cases: [string, string[], Omit<TrfOptions, "rateHz">][] = [
    ["backward, all defaults", ["--direction", "backward"], { direction: "backward" }],
    ["forward", ["--direction", "forward", "--lambda", "0.1"], { direction: "forward", lambda: 0.1 }],
    [
      "plain lambda, zeros outside, a penalised bias",
      "--direction forward --lambda 3 --lambda-convention plain --edges zeropad --bias-penalty 0.5".split(" "),
      { direction: "forward", lambda: 3, lambdaConvention: "plain", edges: "zeropad", biasPenalty: 0.5 },
    ],
    [
      "tikhonov without standardizing",
      "--direction backward --method tikhonov --no-standardize".split(" "),
      { direction: "backward", method: "tikhonov", standardize: false },
    ],
    [
      "a lambda for each band, standardized",
      "--direction backward --method banded --bands 2,1 --lambda 1:50 --lambda-convention plain --standardize".split(
        " ",
      ),
      {
        ...{ direction: "backward", method: "banded", bands: [2, 1], lambda: [1, 50] },
        ...{ lambdaConvention: "plain", standardize: true },
      },
    ],
    ["shrinkage", "--direction backward --method shrinkage".split(" "), { direction: "backward", method: "shrinkage" }],
    ["least squares", "--direction forward --method ols".split(" "), { direction: "forward", method: "ols" }],
  ];
  test.each(cases)("writes the model of trainTrf as inputs x lags x outputs: %s", async (_, args, options) => {
    const { file, out } = await run("train", [...files, ...lags, ...args]);
    const model = trainTrf(trials, { ...lagOptions, ...options });
    const [inputs, outputs] = options.direction === "forward" ? [2, 3] : [3, 2];
    expect(namesIn(out)).toEqual(["bias.npy", "model.json", "weights.npy"]);
    const weights = readArray(file("weights.npy"));
    expect(weights.shape).toEqual([inputs, 7, outputs]);
    expect(weights.data).toBeInstanceOf(Float64Array);
    for (let c = 0; c < inputs; c++) {
      for (let lag = 0; lag < 7; lag++) {
        for (let o = 0; o < outputs; o++) {
          expect(weights.data[(c * 7 + lag) * outputs + o]).toBe(model.weights[o]![lag * inputs + c]);
        }
      }
    }
    expect(readArray(file("bias.npy"))).toEqual({ shape: [outputs], data: model.bias });
    expect(decodeTrf(readFileSync(file("model.json"), "utf8"))).toEqual(model);
    const seconds = [-2, -1, 0, 1, 2, 3, 4].map((lag) => lag / 64);
    expect(readJson(file("model.json"))).toMatchObject({ lagSeconds: seconds, weightsFile: { scale: 1 } });
  });

  it("finds EEG after the stimulus at positive lags, in both directions", async () => {
    for (const [direction, outputs] of [
      ["forward", 3],
      ["backward", 2],
    ] as const) {
      const { file } = await run("train", [...files, ...lags, "--direction", direction, "--lambda", "0.01"]);
      const { data } = readArray(file("weights.npy"));
      // of the first input to the first output
      const course = Array.from({ length: 7 }, (_, lag) => Math.abs(data[lag * outputs]!));
      const peak = course.indexOf(Math.max(...course));
      expect(readJson(file("model.json")).lagSeconds[peak]).toBe(2 / 64);
    }
  });

  // One stimulus, one channel, lags 0 and 1: w = (X'X + M lambda / delta)^-1 X'y / delta with delta = 1 / rate, X the columns
  // 1, s(t), s(t - 1), M without an entry for the 1; X'X and X'y are sums over trials, in mTRFpy their means.
  test.each(["mtrf", "mtrfpy"] as const)("writes weights and bias in the scale of the convention %s", async (name) => {
    const single = trials.map(({ stimulus, eeg }) => ({
      stimulus: [stimulus[0]!],
      eeg: [eeg[0]!.map((v) => v + 0.3)],
    }));
    const args = [...trialFiles(folder, name, single), "--rate", "64", "--tmax", "0.015625", "--edges", "zeropad"];
    const given = ["--direction", "forward", "--lambda", "0.7", "--lambda-convention", name];
    const { file } = await run("train", [...args, ...given]);
    const equations = [0, 1, 2].map(() => [0, 0, 0, 0]);
    for (const { stimulus, eeg } of single) {
      const s = stimulus[0]!;
      for (let t = 0; t < s.length; t++) {
        const row = [1, s[t]!, s[t - 1] ?? 0];
        for (let i = 0; i < 3; i++) {
          for (const [j, value] of [...row, eeg[0]![t]!].entries()) equations[i]![j]! += row[i]! * value;
        }
      }
    }
    if (name === "mtrfpy") for (const row of equations) for (let j = 0; j < 4; j++) row[j]! /= single.length;
    for (const i of [1, 2]) equations[i]![i]! += 0.7 * 64;
    const [bias, now, before] = solve(equations).map((value) => value * 64);
    expect(readArray(file("weights.npy")).data).toBeAllclose([now!, before!], { rtol: 1e-9 });
    expect(readArray(file("bias.npy")).data).toBeAllclose([bias!], { rtol: 1e-9 });
    expect(readJson(file("model.json")).weightsFile).toMatchObject({ scale: 64 });
  });

  it("says on one line what it made, or as one JSON object", async () => {
    const args = [...files, ...lags, "--direction", "backward"];
    const { text, out } = await run("train", args);
    expect(text).toContain(`${out}: weights.npy, bias.npy, model.json\nbackward: 3 EEG channels x 7 lags`);
    const facts = JSON.parse((await run("train", [...args, "--json"])).text);
    expect(facts).toMatchObject({ direction: "backward", shape: [3, 7, 2], trials: 2, scale: 1, warnings: [] });
    expect(facts.options).toMatchObject({ lambda: 1, lambdaConvention: "relative", standardize: true });
  });

  it("warns of fewer samples than unknowns, on standard error and in the model", async () => {
    const few = trialFiles(folder, "few", makeTrials(1, 20));
    const out = at("few");
    const { code, error } = await command(["trf", "train", ...few, ...lags, "--direction", "backward", "--out", out]);
    expect(code).toBe(0);
    expect(error).toMatch(/^neurosteer: warning: 14 samples for 22 unknowns/);
    expect(readJson(join(out, "model.json")).warnings).toHaveLength(1);
  });

  it("reads float32, integers and Fortran order as what they stand for", async () => {
    const values = Int16Array.from({ length: 200 }, (_, i) => (i * i * 7) % 31);
    writeFileSync(at("integers.npy"), encodeNpy(values, [100, 2]));
    const bytes = encodeNpy(
      Float32Array.from({ length: 200 }, (_, i) => values[(i % 100) * 2 + Math.floor(i / 100)]!),
      [100, 2],
    );
    const text = Buffer.from(bytes).toString("latin1").replace("'fortran_order': False", "'fortran_order': True ");
    writeFileSync(at("fortran.npy"), Buffer.from(text, "latin1"));
    const response = writeColumns(at("response.npy"), [trials[0]!.eeg[0]!.slice(0, 100)]);
    const args = ["--response", response, ...lags, "--direction", "forward"];
    const [a, b] = [
      await run("train", ["--stimulus", at("integers.npy"), ...args]),
      await run("train", ["--stimulus", at("fortran.npy"), ...args]),
    ];
    expect(readArray(b.file("weights.npy"))).toEqual(readArray(a.file("weights.npy")));
  });

  it("replaces a folder with --overwrite, and only one that it made", async () => {
    const args = ["trf", "train", ...files, ...lags, "--direction", "forward", "--out"];
    const out = at("twice");
    expect((await command([...args, out])).code).toBe(0);
    expect(await command([...args, out])).toMatchObject({ code: 2, out: "" });
    expect((await command([...args, out, "--overwrite", "--lambda", "9"])).code).toBe(0);
    expect(readJson(join(out, "model.json")).options.lambda).toBe(9);
    mkdirSync(at("other"));
    writeFileSync(at("other/model.json"), '{"format": "of another program"}');
    const refused = await command([...args, at("other"), "--overwrite"]);
    expect(refused.code).toBe(2);
    expect(refused.error).toMatch(/other: is there already and holds no model\.json that neurosteer wrote/);
    expect(namesIn(at("other"))).toEqual(["model.json"]);
  });

  it("leaves nothing when interrupted", async () => {
    const abort = new AbortController();
    abort.abort();
    const args = ["trf", "train", ...files, ...lags, "--direction", "forward", "--out", at("interrupted")];
    expect((await command(args, abort.signal)).code).toBe(130);
    expect(namesIn(folder).filter((name) => name.includes("interrupted"))).toEqual([]);
  });
});

describe("neurosteer trf predict", () => {
  for (const direction of ["forward", "backward"] as const) {
    it(`gives predictTrf and scoreTrf, ${direction}, of one trial and of several`, async () => {
      const { out: folderOfModel, file } = await run("train", [...files, ...lags, "--direction", direction]);
      const model = trainTrf(trials, { ...lagOptions, direction });
      const inputsOf = (t: number) => (direction === "forward" ? trials[t]!.stimulus : trials[t]!.eeg);
      const [flag, kind] = direction === "forward" ? ["--stimulus", "stimulus"] : ["--response", "response"];
      const single = await run("predict", ["--model", file("model.json"), flag, at(`noise-${kind}1.npy`)]);
      expect(namesIn(single.out)).toEqual(["prediction.json", "prediction.npy"]);
      const columns = predictTrf(model, inputsOf(1));
      const array = readArray(single.file("prediction.npy"));
      expect(array.shape).toEqual([153, columns.length]);
      expect(array.data).toEqual(readArray(writeColumns(at("expected.npy"), columns)).data);

      const both = await run("predict", ["--model", folderOfModel, ...files]);
      expect(namesIn(both.out)).toEqual(["prediction-1.npy", "prediction-2.npy", "prediction.json", "scores.json"]);
      expect(readArray(both.file("prediction-2.npy"))).toEqual(array);
      const scores = readJson(both.file("scores.json")).trials;
      for (const t of [0, 1]) {
        const { correlations, meanSquaredErrors, samples } = scoreTrf(model, trials[t]!);
        expect(scores[t]).toMatchObject({ prediction: `prediction-${t + 1}.npy`, samples });
        expect(scores[t].correlations).toEqual([...correlations]);
        expect(scores[t].meanSquaredErrors).toEqual([...meanSquaredErrors]);
      }
      expect(both.text).toMatch(/prediction-1\.npy: mean r \d\.\d{4}, mean mse/);
    });
  }

  it("predicts alike whatever the scale of the weights on file", async () => {
    const args = [...files, ...lags, "--direction", "forward"];
    const [plain, scaled] = [
      await run("train", [...args, "--lambda-convention", "plain", "--lambda", "128"]),
      await run("train", [...args, "--lambda-convention", "mtrf", "--lambda", "2"]),
    ];
    const input = ["--stimulus", at("noise-stimulus0.npy")];
    const [a, b] = [
      await run("predict", ["--model", plain.out, ...input]),
      await run("predict", ["--model", scaled.out, ...input]),
    ];
    expect(readArray(b.file("prediction.npy")).data).toBeAllclose(readArray(a.file("prediction.npy")).data, {
      rtol: 1e-12,
    });
  });

  it("says as one JSON object what --json asks for, undefined correlations as NaN and with a warning", async () => {
    const { out } = await run("train", [...files, ...lags, "--direction", "forward"]);
    const silent = writeColumns(
      at("silent.npy"),
      trials[0]!.eeg.map((values, c) => (c === 1 ? values.map(() => 0) : values)),
    );
    const args = ["--model", out, "--stimulus", at("noise-stimulus0.npy"), "--response", silent];
    const outcome = await command(["trf", "predict", ...args, "--out", at("silent"), "--json"]);
    expect(outcome.error).toMatch(/warning: prediction\.npy: 1 of 3 correlations are undefined.* output 1\n$/);
    const facts = JSON.parse(outcome.out);
    expect(facts).toMatchObject({ direction: "forward", outputs: 3 });
    expect(facts.trials[0].correlations[1]).toBe("NaN");
  });
});

describe("neurosteer trf --help", () => {
  it("lists the defaults of the library and the sign of lags", async () => {
    const help = (await command(["trf", "train", "--help"])).out.replace(/\s+/g, " ");
    expect(help).toContain("EEG after the stimulus in both directions (default: 0.25)");
    expect(help).toContain("(default: relative)");
    expect(help).toContain("(default: 1; shrinkage 0.5, ols 0)");
    expect((await command(["trf", "--help"])).out).toMatch(/train[\s\S]*predict[\s\S]*crossval/);
  });
});

/** Gauss-Jordan elimination of rows [A | b] of a positive definite A. */
function solve(rows: number[][]): number[] {
  for (const [i, pivot] of rows.entries()) {
    for (const [j, row] of rows.entries()) {
      if (i === j) continue;
      const factor = row[i]! / pivot[i]!;
      for (let k = 0; k < row.length; k++) row[k]! -= factor * pivot[k]!;
    }
  }
  return rows.map((row, i) => row.at(-1)! / row[i]!);
}
