import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { diffResults, type ResultNumbers, readResultNumbers } from "../../src/study/diffResults.ts";
import type { DecisionRow, ScoreRow } from "../../src/study/results.ts";
import { differenceText, valueDifferences } from "../../src/study/valueDifferences.ts";

const folder = mkdtempSync(join(tmpdir(), "neurosteer-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const score = (trial: string, method: string, sdr: number): ScoreRow => ({
  subject: "01",
  trial,
  mixture: "m",
  target: "flute",
  sources: 2,
  method,
  sdr,
  sir: 0,
  sar: 0,
  siSdr: 0,
  sdrCompeting: 0,
  sdrImprovement: 0,
  sirImprovement: 0,
  sarImprovement: 0,
  siSdrImprovement: 0,
});
const decision = (trial: string, decided: string): DecisionRow => ({
  subject: "01",
  trial,
  mixture: "m",
  target: "flute",
  feature: "envelope",
  sources: ["flute", "oboe"],
  correlations: [0.1, 0.2],
  decided,
  correct: decided === "flute",
  margin: 0.1,
  lambda: 1,
  leftOut: "m",
  trainingTrials: 3,
  seconds: 4,
});
const method = (id: string) => ({ id, label: id, role: "method" as const, description: "" });
const results = (sdrs: Record<string, readonly number[]>, more: Partial<ResultNumbers> = {}): ResultNumbers => ({
  methods: Object.keys(sdrs).map(method),
  scores: Object.entries(sdrs).flatMap(([id, values]) => values.map((sdr, t) => score(`${t + 1}`, id, sdr))),
  decisions: [],
  failures: [],
  options: { seed: 0 },
  provenance: { version: "1", node: "20", accelerator: "portable", seed: 0 },
  ...more,
});

describe("diffResults", () => {
  it("finds results equal to themselves, infinities and NaN included", () => {
    const same = () =>
      results({ nmf: [1, Number.POSITIVE_INFINITY, Number.NaN] }, { decisions: [decision("1", "oboe")] });
    const difference = diffResults(same(), same());
    expect(difference).toMatchObject({ equal: true, changedScores: 0, changedDecisions: 0, options: [] });
    expect(difference.methods).toEqual([
      { method: "nmf", trials: 3, medianDifference: 0, changed: 0, pValue: 1, adjustedPValue: 1 },
    ]);
  });

  it("has the median difference and Wilcoxon's exact p over the trials that both have", () => {
    const before = results({ nmf: [0, 0, 0, 0, 0, 7], mask: [1, 1, 1, 1, 1, 1] });
    const after = results({ nmf: [1, 2, 3, 4, 5], mask: [1, 1, 1, 1, 1] });
    const { methods, trialsOnlyInA, trialsOnlyInB, equal } = diffResults(before, after);
    // five differences of one sign: 2 of 2^5 ways; with Holm's correction twice that
    expect(methods[0]).toMatchObject({ method: "nmf", trials: 5, changed: 5, medianDifference: 3 });
    expect(methods[0]!.pValue).toBeCloseTo(2 / 32, 12);
    expect(methods[0]!.adjustedPValue).toBeCloseTo(4 / 32, 12);
    expect(methods[1]).toMatchObject({ method: "mask", trials: 5, changed: 0, medianDifference: 0, pValue: 1 });
    expect([trialsOnlyInA, trialsOnlyInB, equal]).toEqual([[{ subject: "01", trial: "6" }], [], false]);
  });

  it("leaves trials out whose difference is not known", () => {
    const inf = Number.POSITIVE_INFINITY;
    const { methods } = diffResults(results({ nmf: [Number.NaN, inf, 1] }), results({ nmf: [1, inf, 3] }));
    // the second differs by nothing, the third by 2
    expect(methods[0]).toMatchObject({ trials: 3, changed: 2, medianDifference: 1 });
    const none = diffResults(results({ nmf: [] }), results({ nmf: [] })).methods[0]!;
    expect(none).toMatchObject({ trials: 0, medianDifference: Number.NaN, pValue: Number.NaN });
  });

  it("names options, methods, decisions and failures", () => {
    const failure = (trial: string) => ({ subject: "01", trial, code: "bad-value", message: "flat" });
    const a = results(
      { nmf: [1], mask: [1] },
      {
        options: { decoder: { lambda: [1, 2] }, seed: 0 },
        decisions: [decision("1", "flute"), decision("2", "oboe")],
        failures: [failure("3"), failure("4")],
      },
    );
    const b = results(
      { nmf: [1], duet: [1] },
      {
        options: { decoder: { lambda: [1, 3] }, seed: 0 },
        decisions: [decision("1", "oboe"), decision("2", "oboe")],
        failures: [failure("4"), failure("5")],
      },
    );
    expect(diffResults(a, b)).toMatchObject({
      equal: false,
      options: [{ path: "decoder.lambda.1", a: 2, b: 3 }],
      methodsOnlyInA: ["mask"],
      methodsOnlyInB: ["duet"],
      decisions: [{ trial: "1", feature: "envelope", a: "flute", b: "oboe", wasCorrect: true, isCorrect: false }],
      failuresAppeared: [failure("5")],
      failuresGone: [failure("3")],
      changedScores: 2,
      changedDecisions: 1,
    });
  });

  it("does not call results different that another version computed", () => {
    const other = { version: "2", node: "20", accelerator: "blas", seed: 0 };
    const difference = diffResults(results({ nmf: [1] }), results({ nmf: [1] }, { provenance: other }));
    expect(difference).toMatchObject({ equal: true, provenance: [{ path: "version" }, { path: "accelerator" }] });
  });
});

describe("readResultNumbers", () => {
  it("refuses a folder without results and a file that is something else", async () => {
    await expect(readResultNumbers(folder)).rejects.toMatchObject({ code: "not-found" });
    for (const text of ["{", "null", '{"scores":[]}']) {
      writeFileSync(join(folder, "results.json"), text);
      await expect(readResultNumbers(folder)).rejects.toMatchObject({ code: "bad-format" });
    }
  });
});

describe("valueDifferences", () => {
  it("lists what differs by path, whatever the order of names", () => {
    expect(valueDifferences({ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 3 }, 4], a: 1 })).toEqual([
      { path: "b.1.c", a: 2, b: 3 },
      { path: "b.2", a: undefined, b: 4 },
    ]);
    expect(valueDifferences([1], { 0: 1 })).toHaveLength(1);
    expect(valueDifferences(null, null)).toEqual([]);
    expect(valueDifferences(Number.NaN, Number.NaN)).toEqual([]);
  });

  it("are put in words", () => {
    expect(differenceText({ path: "a.b", a: undefined, b: "x" })).toBe('a.b: not there -> "x"');
    expect(differenceText({ path: "", a: Number.NaN, b: 2 })).toBe("all: NaN -> 2");
    expect(differenceText({ path: "p", a: "y".repeat(200), b: 1 }).length).toBeLessThan(100);
  });
});
