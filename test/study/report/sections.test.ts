import { parseHTML } from "linkedom";
import { beforeAll, describe, expect, it } from "vitest";
import { allAccuracyRows, renderAccuracyTable } from "../../../src/study/report/accuracyFigure.ts";
import { renderCautions } from "../../../src/study/report/cautions.ts";
import { type Charts, loadCharts } from "../../../src/study/report/charts.ts";
import { renderChecks } from "../../../src/study/report/checksSection.ts";
import { metricComparisons } from "../../../src/study/report/comparisons.ts";
import { renderComparisonTable } from "../../../src/study/report/comparisonTable.ts";
import { curveData, renderCurveFigure } from "../../../src/study/report/curveFigure.ts";
import { renderDifferenceFigure } from "../../../src/study/report/differenceFigure.ts";
import type { Html } from "../../../src/study/report/html.ts";
import { renderJointTable } from "../../../src/study/report/jointTable.ts";
import { renderMeasureTable, renderNullTable } from "../../../src/study/report/measureTable.ts";
import { renderBanners } from "../../../src/study/report/opening.ts";
import { renderPairedFigure } from "../../../src/study/report/pairedFigure.ts";
import type { DecisionRow } from "../../../src/study/results.ts";
import { exampleResults } from "../exampleResults.ts";

const results = exampleResults({ details: 0 });
let charts: Charts;
beforeAll(async () => {
  charts = await loadCharts();
});

const open = (content: Html | undefined) =>
  parseHTML(`<!doctype html><html><body>${content?.markup ?? ""}</body></html>`).document as unknown as ReturnType<
    typeof parseHTML
  >["document"];

/** Texts of a table's body, row by row. */
function cells(content: Html | undefined, table: string): string[][] {
  return [...open(content).querySelectorAll(`table[data-table="${table}"] tbody tr`)].map((row) =>
    [...row.querySelectorAll("th, td")].map(({ textContent }) => textContent),
  );
}

describe("the table of accuracies", () => {
  it("has exact interval, chance and p-value: 16 right decisions of 16 between two", () => {
    const decisions = results.decisions
      .filter(({ feature }) => feature === "envelope")
      .map((row) => ({ ...row, sources: row.sources.slice(0, 2), correlations: [0.1, 0.2], correct: true }));
    // the lower end solves p^16 = 0.025; guessing is right 16 times with probability 2^-16
    const low = (100 * 0.025 ** (1 / 16)).toFixed(1);
    const [all] = cells(renderAccuracyTable(allAccuracyRows(decisions)), "decoding");
    expect(all).toEqual(["envelope", "All subjects", "100.0 %", `${low} % to 100.0 %`, "50.0 %", "1.5e−5", "16 of 16"]);
  });

  it("averages chance over decisions between two and between three, and leaves out those with one candidate", () => {
    const [first, second, third] = results.decisions;
    const decisions: DecisionRow[] = [
      { ...first!, sources: ["a", "b"], correlations: [0.2, 0.1] },
      { ...second!, sources: ["a", "b", "c"], correlations: [0.2, 0.1, 0] },
      { ...third!, sources: ["a"], correlations: [0.2] },
    ].map((row) => ({ ...row, feature: "activations", subject: "s01", target: "a", decided: "a", correct: true }));
    const rows = cells(renderAccuracyTable(allAccuracyRows(decisions)), "decoding");
    expect(rows).toHaveLength(1);
    // (1/2 + 1/3) / 2 and 1/2 * 1/3
    expect(rows[0]!.slice(4)).toEqual(["41.7 %", "0.167", "2 of 2"]);
  });
});

describe("the decoding curve", () => {
  it("draws accuracy, chance, null and intervals of every length, a panel a feature", () => {
    const document = open(renderCurveFigure(charts, results.decoding));
    const panels = [...document.querySelectorAll("svg")];
    expect(panels).toHaveLength(2);
    for (const [f, chart] of panels.entries()) {
      const { points } = results.decoding.features[f]!.curve;
      expect(points.length).toBeGreaterThan(2);
      const [chance, accuracy] = [...chart.querySelectorAll('[aria-label="dot"]')];
      expect(chance!.querySelectorAll("*").length).toBe(points.length);
      expect(accuracy!.querySelectorAll("circle")).toHaveLength(points.length);
      const [nulls, bars] = [...chart.querySelectorAll('[aria-label="rule"]')];
      expect(nulls!.querySelectorAll("line")).toHaveLength(points.length);
      expect(bars!.querySelectorAll("line")).toHaveLength(points.length);
      expect(chart.querySelector('[aria-label="area"] path')).not.toBeNull();
      const counts = [...chart.querySelectorAll('[aria-label="text"] text')].map(({ textContent }) => textContent);
      expect(counts).toEqual(points.map(({ count }) => String(count)));
    }
  });

  it("has the exact interval where all windows are right", () => {
    const [feature] = results.decoding.features;
    const point = {
      ...feature!.curve.points[0]!,
      accuracy: 1,
      interval: { low: 1, high: 1 },
      binomial: { low: 0.8, high: 1 },
    };
    const decoding = {
      ...results.decoding,
      features: [{ ...feature!, curve: { ...feature!.curve, points: [point] } }],
    };
    expect(curveData(decoding)!.rows[0]!.slice(3, 6)).toEqual([0.8, 1, "exact"]);
  });

  it("says why where there is no null", () => {
    const features = results.decoding.features.map((feature) => ({
      ...feature,
      nulls: [{ method: "shift" as const, reason: "trials are too short" }],
    }));
    const figure = open(renderCurveFigure(charts, { ...results.decoding, features }));
    expect(figure.querySelector(".panels p")!.textContent).toContain("No null by shifts: trials are too short");
  });
});

describe("the measures", () => {
  it("stand in a row a measure and feature, each with interval, chance, null and count", () => {
    const rows = cells(renderMeasureTable(results.decoding.features), "measures");
    expect(rows.map(([name, feature]) => `${name} ${feature}`)).toEqual(
      ["Accuracy", "Correlation difference", "d′", "AUC", "Bits per minute", "Switch duration (s)"].flatMap((name) => [
        `${name} activations`,
        `${name} envelope`,
      ]),
    );
    for (const row of rows) for (const cell of row) expect(cell).toMatch(/\S/);
    const { dPrime } = results.decoding.features[0]!.measures;
    const own = rows.find(([name]) => name === "d′")!;
    expect(own[2]).toBe(dPrime.value.toFixed(2).replace("-", "−"));
    expect(own[5]).toBe(dPrime.nullMean.toFixed(2).replace("-", "−"));
    expect(own.slice(8)).toEqual([String(dPrime.count), String(dPrime.trials)]);
  });

  it("say why there is no switch duration or no null", () => {
    const features = results.decoding.features.map((feature) => ({
      ...feature,
      switchDuration: { reason: "no trial of two sources" },
      nulls: [{ method: "shuffle" as const, reason: "all trials are one stimulus" }],
    }));
    expect(open(renderMeasureTable(features)).body.textContent).toContain(
      "No switch duration by envelope: no trial of two sources.",
    );
    expect(cells(renderNullTable(features), "nulls")[0]!.slice(0, 3)).toEqual([
      "Decoded course of another trial",
      "activations",
      "none: all trials are one stimulus",
    ]);
  });
});

describe("the checks", () => {
  it("have both controls, an audit a subject, and a row a mixture", () => {
    const checks = renderChecks(results.decoding);
    expect(cells(checks, "controls").map((row) => row[2])).toEqual(["passed", "passed"]);
    expect(cells(checks, "leakage-audit").map(([subject]) => subject)).toEqual(["s01", "s02"]);
    const mixtures = cells(checks, "identifiability");
    expect(mixtures.map(([mixture]) => mixture)).toEqual(
      results.decoding.identifiability.mixtures.map(({ mixture }) => mixture),
    );
    // counts of targets add up to the trials of the mixture
    for (const [, bassoon, flute, trials] of mixtures) expect(Number(bassoon) + Number(flute)).toBe(Number(trials));
  });

  it("say so where no control was run and no audit made", () => {
    const none = open(renderChecks({ ...results.decoding, controls: [], audits: [] })).body.textContent;
    expect(none).toContain("No controls were run");
    expect(none).toContain("No leakage audit was made");
  });

  it("put a control that failed on top of the page", () => {
    const [positive, negative] = results.decoding.controls;
    const controls = [{ ...positive!, passed: false, accuracy: 0.5 }, negative!];
    const banners = open(renderBanners({ ...results, decoding: { ...results.decoding, controls } }));
    const failed = [...banners.querySelectorAll('[data-banner="control"]')];
    expect(failed).toHaveLength(1);
    expect(failed[0]!.textContent).toMatch(/The positive control failed\..*50\.0 % of 16 decisions.*chance/s);
    const leaking = [positive!, { ...negative!, passed: false }];
    const other = open(renderBanners({ ...results, decoding: { ...results.decoding, controls: leaking } }));
    expect(other.querySelector('[data-banner="control"]')!.textContent).toContain("something leaks");
  });
});

describe("the comparisons", () => {
  it("have difference, interval, p, adjusted p, effect size, pairs and pairs left out of every method", () => {
    const [sdr] = metricComparisons(results);
    const rows = cells(renderComparisonTable(results, sdr!), "comparisons-sdr");
    expect(rows).toHaveLength(8);
    for (const [i, row] of sdr!.comparisons.comparisons.entries()) {
      expect(rows[i]![1]).toContain(Math.abs(row.difference.estimate).toFixed(2));
      expect(rows[i]!.slice(6)).toEqual(["16 trials", "16", "0"]);
      expect(rows[i]![5]).toMatch(/^−?\d\.\d\d−?\d\.\d\d\u00a0to\u00a0−?\d\.\d\d$/);
    }
  });

  it("count pairs left out by reason", () => {
    const [sdr] = metricComparisons(results);
    const leftOut = ["t01", "t02", "t03"].map((trial, i) => ({
      subject: "s01",
      trial,
      reason: i < 2 ? ("nan-method" as const) : ("same-infinity" as const),
    }));
    const rows = sdr!.comparisons.comparisons.map((row) => ({ ...row, leftOut }));
    const table = renderComparisonTable(results, {
      ...sdr!,
      comparisons: { ...sdr!.comparisons, comparisons: rows },
    });
    expect(cells(table, "comparisons-sdr")[0]!.at(-1)).toBe("32 method n/a, 1 both infinite");
  });

  it("are made by SI-SDR with the same baseline and options", () => {
    const [sdr, siSdr] = metricComparisons(results);
    expect(siSdr!.comparisons.options).toEqual(sdr!.comparisons.options);
    // the example's SI-SDR is its SDR less 0.7 dB
    const estimate = (which: typeof sdr) => which!.comparisons.comparisons.map(({ difference }) => difference.estimate);
    expect(estimate(siSdr)).toBeAllclose(estimate(sdr), { rtol: 0, atol: 1e-9 });
  });

  it("are drawn with zero, a dot and a bar a method, but for those that are not finite", () => {
    const [sdr] = metricComparisons(results);
    const rows = sdr!.comparisons.comparisons.map((row, i) =>
      i === 0 ? { ...row, difference: { estimate: Infinity, low: Infinity, high: Infinity } } : row,
    );
    const figure = open(
      renderDifferenceFigure(charts, results.methods, [
        { ...sdr!, comparisons: { ...sdr!.comparisons, comparisons: rows } },
      ]),
    );
    expect(figure.querySelectorAll('svg [aria-label="dot"] circle')).toHaveLength(7);
    expect(figure.querySelector(".panels p")!.textContent).toContain("1 method without a finite difference");
  });

  it("stand under pairs of dots: two dots a trial and method, a line between them", () => {
    const [statistics] = metricComparisons(results);
    const figure = open(renderPairedFigure(charts, results, { metric: statistics!.metric, statistics }));
    const panels = [...figure.querySelectorAll(".panels > div")];
    // methods, controls and what the guide steers, the baseline not
    expect(panels).toHaveLength(5);
    for (const panel of panels) {
      expect(panel.querySelectorAll('[aria-label="dot"] > *')).toHaveLength(32);
      expect(panel.querySelectorAll('[aria-label="line"] > path')).toHaveLength(16);
      expect(panel.querySelector("p")!.textContent).toMatch(/dB \(.* to .*\), adjusted p = .*, n = 16 pairs/);
    }
  });

  it("stand under means of subjects where there are many trials", () => {
    const scores = Array.from({ length: 5 }, (_, i) =>
      results.scores.map((row) => ({ ...row, trial: `${row.trial}-${i}` })),
    ).flat();
    const [statistics] = metricComparisons(results);
    const figure = open(
      renderPairedFigure(charts, { ...results, scores }, { metric: statistics!.metric, statistics: undefined }),
    );
    expect(figure.querySelector('.panels > div [aria-label="line"]')!.querySelectorAll("path")).toHaveLength(2);
    expect(figure.querySelector("figcaption")!.textContent).toContain("the means of its trials");
    expect(figure.querySelector(".panels p")!.textContent).toMatch(/^Better in \d+ of 80 trials\.$/);
  });
});

describe("the link of decoding and separation", () => {
  it("has three correlations and the share ahead, each with interval, chance and count", () => {
    const rows = cells(renderJointTable(results), "joint");
    expect(rows).toHaveLength(4);
    for (const row of rows) for (const cell of row) expect(cell).toMatch(/\S/);
    expect(rows[0]![1]).toBe(results.joint!.pearsonWithinSubjects.estimate.toFixed(2).replace("-", "−"));
    expect(renderJointTable({ ...results, joint: undefined as never })).toBeUndefined();
  });
});

describe("the cautions", () => {
  it("list every warning once, and the notes", () => {
    const decoding = { ...results.decoding, warnings: ["few trials", "few trials"] };
    const lists = open(renderCautions({ ...results, decoding }));
    const warnings = [...lists.querySelectorAll('[data-list="warning"] li')].map(({ textContent }) => textContent);
    expect(warnings.filter((text) => text === "few trials")).toHaveLength(1);
    expect(warnings).toEqual(expect.arrayContaining([...results.joint!.warnings]));
    expect([...lists.querySelectorAll('[data-list="note"] li')].map(({ textContent }) => textContent)).toEqual(
      results.notes,
    );
  });
});
