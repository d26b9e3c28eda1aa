import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { crossValidateTrf } from "../../src/eeg/decoding/crossValidateTrf.ts";
import { nestedTrf } from "../../src/eeg/decoding/nestedTrf.ts";
import type { TrfTrial } from "../../src/eeg/decoding/trfCovariance.ts";
import { parseTsv } from "../../src/formats/tsv.ts";
import { command, namesIn, temporaryFolder } from "./command.ts";
import { makeTrials, readJson, trialFiles } from "./trfFiles.ts";

const folder = temporaryFolder();
const rateHz = 64;
const trials = makeTrials(4, 120, 5);
const files = trialFiles(folder, "noise", trials);
const direction = "backward";
const options = { rateHz, maxLagSeconds: 0.0625, direction } as const;
const base = [...files, "--rate", `${rateHz}`, "--tmax", "0.0625", "--direction", direction];
let count = 0;

async function crossval(args: readonly string[]) {
  const out = join(folder, `out ${count++}`);
  const outcome = await command(["trf", "crossval", ...args, "--out", out]);
  expect(outcome.code).toBe(0);
  const rows = parseTsv(readFileSync(join(out, "crossval.tsv"), "utf8"), "crossval.tsv");
  return { ...outcome, json: readJson(join(out, "crossval.json")), rows, names: namesIn(out) };
}

/** Values [trials, lambdas, outputs] as nested lists. */
const nest = (values: Float64Array, lambdas: number, outputs: number) =>
  Array.from({ length: values.length / (lambdas * outputs) }, (_, t) =>
    Array.from({ length: lambdas }, (_, l) => [
      ...values.slice((t * lambdas + l) * outputs, (t * lambdas + l + 1) * outputs),
    ]),
  );

describe("neurosteer trf crossval", () => {
  const grid = [1e-3, 0.1, 10];

  it("gives crossValidateTrf as JSON and as a table of fold, lambda, output, r, mse", async () => {
    const { json, rows, names, error } = await crossval([...base, "--lambda", "1e-3,0.1,10"]);
    const expected = crossValidateTrf(trials, grid, options);
    expect(names).toEqual(["crossval.json", "crossval.tsv"]);
    expect(json.lambdas).toEqual(grid);
    expect(json.correlations).toEqual(nest(expected.correlations, 3, 2));
    expect(json.meanSquaredErrors).toEqual(nest(expected.meanSquaredErrors, 3, 2));
    expect(json.meanCorrelations).toEqual([...expected.meanCorrelations]);
    expect(json.meanErrors).toEqual([...expected.meanErrors]);
    expect(json.best).toMatchObject({ index: expected.best, lambda: grid[expected.best] });
    expect(json.warnings).toEqual([...expected.warnings]);
    expect(error).toBe(expected.warnings.map((warning) => `neurosteer: warning: ${warning}\n`).join(""));
    expect(rows).toHaveLength(4 * 3 * 2);
    for (const [i, row] of rows.entries()) {
      const [fold, l, output] = [Math.floor(i / 6), Math.floor(i / 2) % 3, i % 2];
      expect(row).toEqual({
        ...{ fold: `${fold}`, lambda: `${grid[l]}`, output: `${output}` },
        ...{ r: `${expected.correlations[i]}`, mse: `${expected.meanSquaredErrors[i]}` },
      });
    }
  });

  it("shows the mean of each lambda, its spread over trials, the count and the best", async () => {
    const { out, json } = await crossval([...base, "--lambda", "1e-3", "--lambda", "0.1,10"]);
    const { correlations, meanCorrelations } = json as { correlations: number[][][]; meanCorrelations: number[] };
    const ofTrials = correlations.map((ofTrial) => (ofTrial[1]![0]! + ofTrial[1]![1]!) / 2);
    const middle = ofTrials.reduce((a, b) => a + b) / 4;
    const deviation = Math.sqrt(ofTrials.reduce((sum, r) => sum + (r - middle) ** 2, 0) / 3);
    expect(meanCorrelations[1]).toBeCloseTo(middle, 12);
    expect(json.deviations[1]).toBeCloseTo(deviation, 12);
    const lines = out.split("\n");
    expect(lines[1]).toMatch(/^ *lambda +mean r +sd over trials +trials +mean mse$/);
    expect(lines[3]!.replace("*", "").trim().split(/\s+/).slice(0, 4)).toEqual([
      ...["0.1", middle.toFixed(4), deviation.toFixed(4), "4"],
    ]);
    expect(out).toMatch(new RegExp(`\\* best lambda: ${json.best.lambda} \\(greatest mean r\\)`));
    expect(lines.filter((line) => / \* /.test(line))).toHaveLength(1);
  });

  it("warns of a best lambda at an end of its grid", async () => {
    const { error, json } = await crossval([...base, "--lambda", "1e4,1e6", "--criterion", "error"]);
    expect(error).toMatch(
      /^neurosteer: warning: crossValidateTrf: the best lambda, 10000, is the least of its grid; .*\n$/,
    );
    expect(json.options).toMatchObject({ criterion: "error", foldModel: "pooled", method: "ridge" });
  });

  it("takes a lambda for each band", async () => {
    const given = ["--method", "banded", "--bands", "1,2", "--lambda", "1:1,1:100,50"];
    const { json, rows } = await crossval([...base, ...given]);
    const grid = [[1, 1], [1, 100], 50];
    const expected = crossValidateTrf(trials, grid, { ...options, method: "banded", bands: [1, 2] });
    expect(json.lambdas).toEqual(grid);
    expect(json.meanCorrelations).toEqual([...expected.meanCorrelations]);
    expect(rows.slice(0, 6).map(({ lambda }) => lambda)).toEqual(["1:1", "1:1", "1:100", "1:100", "50", "50"]);
  });

  it("tests one lambda, the default, where none is given", async () => {
    const { json } = await crossval(base);
    expect(json.lambdas).toEqual([1]);
    expect(json.meanCorrelations).toEqual([...crossValidateTrf(trials, [1], options).meanCorrelations]);
  });

  it("writes undefined correlations as NaN, counts them as 0 and warns", async () => {
    const silent: TrfTrial[] = trials.map(({ eeg, stimulus }, t) =>
      t === 2 ? { eeg, stimulus: [stimulus[0]!, stimulus[1]!.map(() => 0)] } : { eeg, stimulus },
    );
    const args = [...trialFiles(folder, "silent", silent), ...base.slice(files.length), "--lambda", "1"];
    const { json, rows, error } = await crossval(args);
    expect(json.correlations[2][0][1]).toBe("NaN");
    expect(rows[5]!.r).toBe("NaN");
    expect(error).toMatch(/1 of 8 correlations are undefined/);
    expect(json.meanCorrelations[0]).toBe(crossValidateTrf(silent, [1], options).meanCorrelations[0]);
    expect(Number.isFinite(json.deviations[0])).toBe(true);
  });

  it("chooses lambda within the training trials with --nested", async () => {
    const { json, rows, out } = await crossval([...base, "--lambda", "1e-3,0.1,10", "--nested"]);
    const expected = nestedTrf(trials, grid, options);
    expect(json.nested).toBe(true);
    for (const [f, { lambda, scores, search }] of expected.entries()) {
      expect(json.folds[f]).toMatchObject({ trial: f, lambda, samples: scores[0]!.samples });
      expect(json.folds[f].correlations).toEqual([...scores[0]!.correlations]);
      expect(json.folds[f].meanSquaredErrors).toEqual([...scores[0]!.meanSquaredErrors]);
      expect(json.folds[f].search.meanCorrelations).toEqual([...search.meanCorrelations]);
      expect(json.folds[f].search.trials).toEqual([0, 1, 2, 3].filter((t) => t !== f));
      for (const output of [0, 1]) {
        expect(rows[2 * f + output]).toEqual({
          ...{ fold: `${f}`, lambda: `${lambda}`, output: `${output}`, r: `${scores[0]!.correlations[output]}` },
          mse: `${scores[0]!.meanSquaredErrors[output]}`,
        });
      }
    }
    const middle = expected.flatMap(({ scores }) => [...scores[0]!.correlations]).reduce((a, b) => a + b) / 8;
    expect(json.meanCorrelation).toBeCloseTo(middle, 12);
    expect(out).toContain(`mean r ${middle.toFixed(4)}, sd over trials ${json.deviation.toFixed(4)}, 4 trials`);
  });

  it("names the folds of warnings with --nested", async () => {
    const { error, json } = await crossval([...base, "--lambda", "1e4,1e6", "--criterion", "error", "--nested"]);
    expect(error).toMatch(
      /^neurosteer: warning: fold 0, 1, 2, 3: nestedTrf: the best lambda, 10000, is the least .*\n$/,
    );
    expect(json.warnings).toHaveLength(1);
  });

  it("says the figures as one JSON object", async () => {
    const { out, json } = await crossval([...base, "--lambda", "1,10", "--json"]);
    const facts = JSON.parse(out);
    expect(facts.best).toEqual(json.best);
    expect(facts.files).toEqual(["crossval.json", "crossval.tsv"]);
    expect(facts.count).toBe(4);
  });

  it.each([["--nested"], []])(
    "stops between two folds when interrupted, with exit code 130 and nothing left behind: %s",
    async (...nested) => {
      const inside = join(folder, `interrupted ${nested.length}`);
      mkdirSync(inside);
      const long = trialFiles(inside, "long", makeTrials(12, 400, 3));
      const before = namesIn(inside);
      const interrupt = new AbortController();
      let stoppedAt = Number.NaN;
      // Seconds of work; timers have their turn between its steps.
      setTimeout(() => {
        interrupt.abort();
        stoppedAt = performance.now();
      }, 100);
      const lambdas = Array.from({ length: 40 }, (_, i) => `1e${i - 20}`).join();
      const args = ["trf", "crossval", ...long, "--rate", "64", "--tmax", "3", "--direction", direction, ...nested];
      const out = ["--lambda", lambdas, "--out", join(inside, "out")];
      const { code, error } = await command([...args, ...out], interrupt.signal);
      expect(code).toBe(130);
      expect(performance.now() - stoppedAt).toBeLessThan(5000);
      expect(error).toBe("neurosteer: interrupted; nothing was left behind\n");
      expect(namesIn(inside)).toEqual(before);
    },
  );
});
