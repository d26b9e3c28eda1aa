import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { toJson } from "../../src/core/json.ts";
import { encodeWav } from "../../src/formats/encodeWav.ts";
import type { DecisionRow, ScoreRow } from "../../src/study/results.ts";
import { encodeTable } from "../../src/study/writeDecoding.ts";
import { command, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const fast = ["--resamples", "200"];

/** Subjects' mean gains over the mixture; of equal size are 1 and -1 only. */
const gains = [3, 1, 4, -1, 5, 9, 2, 6];

function scoreRow(method: string, subject: number, trial: number, sdr: number): ScoreRow {
  const others = { sir: 1, sar: 2, siSdr: -sdr, sdrCompeting: 0, sdrImprovement: 0 };
  const improvements = { sirImprovement: 0, sarImprovement: 0, siSdrImprovement: 0 };
  const names = { subject: `s${subject}`, trial: `t${trial}`, mixture: "m", target: "x", sources: 2, method };
  return { ...names, sdr, ...others, ...improvements };
}

/** Three trials a subject; those of `nmf` are a subject's gain above the mixture on average, those of `oracle` always above. */
const scores = gains.flatMap((gain, s) =>
  [0, 1, 2].flatMap((t) => [
    scoreRow("mixture", s, t, s + t),
    scoreRow("nmf", s, t, s + t + gain + (t - 1) / 2),
    scoreRow("oracle", s, t, s + t + 20 + s),
  ]),
);

function decision(feature: string, subject: number, trial: number, correct: boolean): DecisionRow {
  return {
    subject: `s${subject}`,
    trial: `t${trial}`,
    mixture: "m",
    target: "x",
    feature: feature as DecisionRow["feature"],
    sources: ["x", "y"],
    correlations: [0.1, 0.2],
    decided: correct ? "x" : "y",
    correct,
    margin: 0.1,
    lambda: 1,
    leftOut: "m",
    trainingTrials: 3,
    seconds: 20,
  };
}

// Both right 3, only the envelope 6, only the activations 1, neither 2; the last trial has no activations
const envelope = [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1].map(Boolean);
const activations = [1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0].map(Boolean);
const decisions = [
  ...envelope.map((correct, i) => decision("envelope", i % 4, i, correct)),
  ...activations.map((correct, i) => decision("activations", i % 4, i, correct)),
];

function results(name: string, content: object): string {
  mkdirSync(at(name), { recursive: true });
  writeFileSync(join(at(name), "results.json"), toJson(content));
  return at(name);
}

beforeAll(() => {
  results("whole", { scores, plannedTrials: 24, failures: [] });
  writeFileSync(join(at("whole"), "decisions.tsv"), encodeTable(decisions));
  writeFileSync(at("scores.tsv"), encodeTable(scores));
  const failures = [{ subject: "s8", trial: "t0", code: "bad-format", message: "eeg.edf: ends early" }];
  results("partial", { scores, plannedTrials: 27, failures, partial: { done: 24, planned: 27 } });
  writeFileSync(at("partial.tsv"), encodeTable(scores.map((row) => ({ ...row, partial: "24 of 27 trials" }))));
  mkdirSync(at("unfinished/ledger"), { recursive: true });
  mkdirSync(at("empty"));
});

async function compared(...args: string[]) {
  const { code, out, error } = await command(["compare", ...args, ...fast, "--json"]);
  expect(code, error).toBe(0);
  return { ...JSON.parse(out), error };
}

describe("neurosteer compare", () => {
  it("compares methods with the baseline on the same trials, a subject one difference", async () => {
    const result = await compared(at("whole"), "--baseline", "mixture");
    expect(result).toMatchObject({ schemaVersion: 1, metric: "sdr", baseline: "mixture" });
    const [nmf, oracle] = result.comparisons;
    expect(nmf).toMatchObject({
      method: "nmf",
      unit: "subjects",
      n: { units: 8, subjects: 8, pairs: 24 },
      leftOut: [],
    });
    expect(nmf.difference.estimate).toBeCloseTo(29 / 8, 12);
    // Ranks of 1 and -1 are 1.5: of 256 signs 1 + 2 have a sum up to that, on either side
    expect(nmf.pValue).toBeCloseTo(6 / 256, 14);
    expect(oracle.pValue).toBeCloseTo(2 / 256, 14);
    // Holm: the smaller twice, the greater once and not below it
    expect(oracle.adjustedPValue).toBeCloseTo(4 / 256, 14);
    expect(nmf.adjustedPValue).toBeCloseTo(6 / 256, 14);
    expect(nmf.effect).toMatchObject({ measure: "rank-biserial", estimate: expect.closeTo(33 / 36, 12) });
    expect(result.options).toMatchObject({ seed: 0, test: "wilcoxon", correction: "holm" });
  });

  it("prints a table with difference, interval, test, p, effect size, n and what is left out", async () => {
    const { code, out } = await command(["compare", at("whole"), "--baseline", "mixture", ...fast]);
    expect(code).toBe(0);
    const [title, header, nmf] = out.split("\n");
    expect(title).toMatch(/sdr, mean difference to mixture; Wilcoxon signed-rank test, two-sided/);
    expect(header).toMatch(/method +difference +95 % interval +p +adjusted \(holm\) +rank-biserial.*n +left out/);
    expect(nmf).toMatch(
      /^nmf +3\.6[23] .* to .* 0\.0234 \(exact\) +0\.0234 +0\.92 .*8 subjects \(8 subjects, 24 pairs\) +0$/,
    );
  });

  it("warns once of what all methods have in common", async () => {
    const few = scores.filter(({ subject }) => ["s0", "s1"].includes(subject));
    writeFileSync(at("few.tsv"), encodeTable(few));
    const { warnings, comparisons, error } = await compared(at("few.tsv"), "--baseline", "mixture");
    expect(warnings[0]).toBe(
      "each method against mixture has 2 subjects; trials of one subject are not independent, and p may be far too small",
    );
    expect(comparisons[1].warnings).toHaveLength(2);
    expect(error.trim().split("\n")).toHaveLength(warnings.length);
  });

  it.each(["scores.tsv", "whole/results.json"])("reads %s as well", async (name) => {
    const { comparisons } = await compared(at(name), "--baseline", "mixture", "--correction", "none");
    expect(comparisons[0].pValue).toBeCloseTo(6 / 256, 14);
    expect(comparisons[1].adjustedPValue).toBeCloseTo(2 / 256, 14);
  });

  it("takes the metric, the test, some of the methods, and a seed", async () => {
    const args = [at("whole"), "--baseline", "mixture", "--methods", "nmf", "--test", "sign-flip", "--seed", "7"];
    const { comparisons, options } = await compared(...args, "--metric", "siSdr", "--statistic", "median");
    expect(comparisons).toHaveLength(1);
    expect(comparisons[0].difference.estimate).toBe(-3.5);
    expect(comparisons[0].effect.measure).toBe("cohen-dz");
    expect(options).toMatchObject({ seed: 7, test: "sign-flip", statistic: "median" });
    const again = await compared(...args, "--metric", "siSdr", "--statistic", "median");
    expect(again.comparisons).toEqual(comparisons);
  });

  it("counts scores that are NaN or missing, keeps infinities", async () => {
    const changed = scores
      .filter(({ method, subject, trial }) => !(method === "nmf" && subject === "s7" && trial === "t2"))
      .map((row) =>
        row.method === "nmf" && row.subject === "s0" && row.trial === "t1" ? { ...row, sdr: Number.NaN } : row,
      )
      .map((row) => (row.method === "oracle" && row.subject === "s1" ? { ...row, sdr: Infinity } : row));
    writeFileSync(at("gaps.tsv"), encodeTable(changed));
    const { comparisons } = await compared(at("gaps.tsv"), "--baseline", "mixture");
    expect(comparisons[0].leftOut).toEqual([
      { subject: "s0", trial: "t1", reason: "nan-method" },
      { subject: "s7", trial: "t2", reason: "no-method" },
    ]);
    expect(comparisons[1].difference.estimate).toBe("Infinity");
    const { out } = await command(["compare", at("gaps.tsv"), "--baseline", "mixture", ...fast]);
    expect(out).toMatch(/2 \(1 nan-method, 1 no-method\)/);
  });

  it("reads a table with a row for each metric", async () => {
    const long = scores.flatMap(({ subject, trial, method, sdr, sir }) => [
      { subject, trial, method, metric: "sdr", value: sdr },
      { subject, trial, method, metric: "sir", value: sir },
    ]);
    writeFileSync(at("long.tsv"), encodeTable(long));
    const { comparisons } = await compared(at("long.tsv"), "--baseline", "mixture");
    expect(comparisons[0].difference.estimate).toBeCloseTo(29 / 8, 12);
  });

  it("compares files of evaluate --json, each named by its method", async () => {
    const tone = (hz: number, gain: number) =>
      Float64Array.from({ length: 2000 }, (_, i) => gain * Math.sin((2 * Math.PI * hz * i) / 2000));
    const write = (name: string, signal: Float64Array) => {
      mkdirSync(join(at(name), ".."), { recursive: true });
      const wav = encodeWav({ rateHz: 2000, channels: [signal] }, { sampleFormat: "float32" });
      writeFileSync(at(name), wav);
    };
    const methods = { rough: 0.1, fine: 0.01 };
    for (const track of ["t1", "t2", "t3", "t4", "t5", "t6"]) {
      write(`ref/${track}/a.wav`, tone(100, 0.5));
      for (const [method, gain] of Object.entries(methods)) {
        write(
          `${method}/${track}/a.wav`,
          tone(100, 0.5).map((value, i) => value + tone(150, 0.5 * gain)[i]!),
        );
      }
    }
    const evaluation = async (method: string, ...options: string[]) => {
      const args = ["evaluate", "--reference", at("ref"), "--estimate", at(method), "--filter-length", "1", ...options];
      return (await command([...args, "--json"])).out;
    };
    for (const method of Object.keys(methods)) writeFileSync(at(`${method}.json`), await evaluation(method));
    const { comparisons } = await compared(at("rough.json"), `better=${at("fine.json")}`, "--baseline", "rough");
    expect(comparisons).toMatchObject([{ method: "better", n: { units: 6 } }]);
    expect(comparisons[0].difference.estimate).toBeCloseTo(20, 3);

    writeFileSync(at("other.json"), await evaluation("fine", "--framewise"));
    const refused = await command(["compare", at("rough.json"), at("other.json"), "--baseline", "rough"]);
    expect(refused.code).toBe(1);
    expect(refused.error).toMatch(/rough\.json has framewise false, \S*other\.json true; such scores do not compare/);
    write("ref/t1/a.wav", tone(100, 0.4));
    writeFileSync(at("later.json"), await evaluation("fine"));
    const changed = await command(["compare", at("rough.json"), at("later.json"), "--baseline", "rough"]);
    expect(changed.code).toBe(1);
    expect(changed.error).toMatch(/references of track t1 differ between/);
  });
});

describe("neurosteer compare --decisions", () => {
  it("is the exact McNemar test of two decoders on the trials that both decided", async () => {
    const { decisions: found, error } = await compared(at("whole"), "--decisions", "envelope", "activations");
    expect(found).toMatchObject({ n: 12, both: 3, firstOnly: 6, secondOnly: 1, neither: 2, subjects: 4 });
    // At least 6 heads of 7: (7 + 1) / 128, twice
    expect(found.pValue).toBeCloseTo(16 / 128, 14);
    expect(found.difference).toBeCloseTo(5 / 12, 14);
    expect(found.leftOut).toEqual([{ subject: "s0", trial: "t12", missing: "activations" }]);
    expect(error).toMatch(/12 decisions of 4 subjects: those of one subject are not independent/);
  });

  it("stands beside the methods, and reads a table alone", async () => {
    const both = ["compare", at("whole"), "--baseline", "mixture", "--decisions", "envelope", "activations", ...fast];
    const { out } = await command(both);
    expect(out).toMatch(/envelope right in 75\.0 %, activations in 33\.3 % of 12 trials/);
    expect(out).toMatch(/exact McNemar test, two-sided: p = 0\.1250; left out: 1/);
    const alone = [at("whole/decisions.tsv"), "--decisions", "envelope", "activations", "--alternative", "greater"];
    expect((await compared(...alone)).decisions.pValue).toBeCloseTo(8 / 128, 14);
  });
});

describe("neurosteer compare with missing trials", () => {
  it("refuses them and says what is missing, exit code 1", async () => {
    for (const [name, message] of [
      ["partial", /24 of 27 trials have scores; missing: subject s8, trial t0 \(eeg\.edf: ends early\); .*--partial/],
      ["partial.tsv", /24 of 27 trials have scores; .*--partial/],
    ] as const) {
      const { code, out, error } = await command(["compare", at(name), "--baseline", "mixture", ...fast]);
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(error).toMatch(message);
    }
  });

  it("compares what there is with --partial, and says so", async () => {
    const { comparisons, partial, error } = await compared(at("partial"), "--baseline", "mixture", "--partial");
    expect(comparisons[0].n.pairs).toBe(24);
    expect(partial[0]).toMatch(/24 of 27 trials/);
    expect(error).toMatch(/warning: partial: 24 of 27 trials/);
  });
});

describe("neurosteer compare refuses", () => {
  it.each([
    [
      "a method that is not there",
      [at("whole"), "--baseline", "mixtur"],
      2,
      /no method "mixtur"; did you mean mixture\?/,
    ],
    [
      "one of --methods",
      [at("whole"), "--baseline", "mixture", "--methods", "nmv"],
      2,
      /no method "nmv"; did you mean nmf/,
    ],
    [
      "a metric",
      [at("whole"), "--baseline", "mixture", "--metric", "sisdr"],
      2,
      /no metric "sisdr"; did you mean siSdr/,
    ],
    [
      "a feature",
      [at("whole"), "--decisions", "envelop", "activations"],
      2,
      /no feature "envelop"; did you mean envelope/,
    ],
    ["one feature", [at("whole"), "--decisions", "envelope"], 2, /name two different features/],
    ["nothing to do", [at("whole")], 2, /nothing to compare; name a method with --baseline/],
    ["a run without results", [at("unfinished"), "--baseline", "x"], 1, /has not come to its results.*--resume/],
    ["a folder without results", [at("empty"), "--baseline", "x"], 1, /has neither results\.json nor scores\.tsv/],
    ["a file that is not there", [at("none.tsv"), "--baseline", "x"], 1, /none\.tsv: no such file/],
    ["no results", [], 2, /missing required argument 'results'/],
  ])("%s in one line", async (_, args, expected, message) => {
    const { code, out, error } = await command(["compare", ...args]);
    expect({ code, out }).toEqual({ code: expected, out: "" });
    expect(error).toMatch(message);
  });

  it.each([
    ["a table without methods", "subject\ttrial\tsdr\ns\tt\t1\n", /has no column method/],
    [
      "words for numbers",
      "subject\ttrial\tmethod\tsdr\na\t1\tmixture\t2\na\t1\tnmf\tloud\n",
      /method nmf, subject a, trial 1 has no number for sdr/,
    ],
    [
      "two scores of a trial",
      "subject\ttrial\tmethod\tsdr\na\t1\tmixture\t2\na\t1\tnmf\t3\na\t1\tnmf\t4\n",
      /nmf, subject a, trial 1 has two scores/,
    ],
    ["foreign JSON", "[1, 2]", /has no scores/],
    ["broken JSON", "{", /is no JSON/],
  ])("%s, exit code 1", async (_, text, message) => {
    writeFileSync(at("bad.tsv"), text);
    const { code, error } = await command(["compare", at("bad.tsv"), "--baseline", "mixture"]);
    expect(code).toBe(1);
    expect(error).toMatch(message);
    expect(error.trim()).not.toContain("\n");
  });
});
