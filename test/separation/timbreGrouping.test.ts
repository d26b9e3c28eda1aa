import { describe, expect, it, test } from "vitest";
import { componentMasks } from "../../src/separation/componentMasks.ts";
import { groupByTimbre, type TimbreGroupingOptions } from "../../src/separation/timbreGrouping.ts";
import { bright, dark, frame, fromRows } from "./timbreSpectra.ts";

// over four frames these have mean 0 and are orthogonal
const [p, q, r] = [
  [1, 1, -1, -1],
  [1, -1, 1, -1],
  [1, -1, -1, 1],
] as const;
const mixed = (a: number, b: number, c: number) => p.map((_, n) => a * p[n]! + b * q[n]! + c * r[n]! + 10);

const dictionary = fromRows([dark(0), bright(0), dark(1), bright(1), new Float64Array(257)]);
// correlations with p: 0.8 and -0.6 (dark), 0.6 and 0 (bright), 1 (silent)
const activations = fromRows([mixed(4, 3, 0), mixed(3, 0, 4), mixed(-3, 4, 0), mixed(0, 0, 1), mixed(1, 0, 0)]);
const factors = { dictionary, activations };
const guide = fromRows([p]);
const options = { ...frame, clusters: 2 };

describe("groupByTimbre", () => {
  it("attends to the timbre whose components follow the guide most in the mean, silent components apart", () => {
    const found = groupByTimbre(factors, guide, { ...options, pooling: "mean" });
    expect(found.clusters).toEqual([
      [0, 2],
      [1, 3],
    ]);
    expect(found.scores).toBeAllclose([0.1, 0.3], { atol: 1e-14 });
    expect(found.correlations).toBeAllclose([0.8, 0.6, -0.6, 0, 1], { atol: 1e-14 });
    expect([found.attended, found.rest, found.silent]).toEqual([[1, 3], [0, 2, 4], [4]]);
  });

  it("takes negative correlations as 0 unless told otherwise", () => {
    const found = groupByTimbre(factors, guide, options);
    expect(found.scores).toBeAllclose([0.4, 0.3], { atol: 1e-14 });
    expect(found.attended).toEqual([0, 2]);
    expect(found).toEqual(groupByTimbre(factors, guide, { ...options, pooling: "positive", threshold: 0.7 }));
  });

  it("weighs the rows of the guide", () => {
    // q is followed by the dark components only, with 0.6 and 0.8
    const both = fromRows([p, q]);
    const weighted = (guideWeights: number[]) =>
      groupByTimbre(factors, both, { ...options, pooling: "mean", guideWeights }).scores;
    expect(weighted([1, 0])).toBeAllclose([0.1, 0.3], { atol: 1e-14 });
    expect(weighted([3, 1])).toBeAllclose([0.25 * (0.3 + 0.7), 0.75 * 0.3], { atol: 1e-14 });
  });

  it("takes every cluster in the upper part of the range of scores", () => {
    const three = fromRows([dark(0), bright(0), dark(0).map((value, m) => value + bright(0)[m]!)]);
    const at = { dictionary: three, activations: fromRows([mixed(4, 3, 0), mixed(3, 0, 4), mixed(0, 1, 0)]) };
    const attended = (threshold: number) => groupByTimbre(at, guide, { ...options, clusters: 3, threshold }).attended;
    // scores 0.8, 0.6, 0: 0.6 is three quarters of the way up
    expect([0, 0.74, 0.76, 1].map(attended)).toEqual([[0, 1, 2], [0, 1], [0], [0]]);
  });

  it("leaves another choice to the caller: clusters and silent components are all there is", () => {
    const { clusters, silent } = groupByTimbre(factors, guide, options);
    for (const cluster of clusters) {
      const rest = [...clusters.filter((other) => other !== cluster).flat(), ...silent];
      const positive = fromRows(Array.from({ length: 5 }, () => [1, 2, 3, 4]));
      expect(componentMasks({ dictionary, activations: positive }, [cluster, rest])).toHaveLength(2);
    }
  });

  it("attends to nothing where all is silent", () => {
    const silence = { dictionary: fromRows([new Float64Array(257)]), activations: fromRows([p]) };
    expect(groupByTimbre(silence, guide, frame)).toMatchObject({ attended: [], rest: [0], clusters: [], silent: [0] });
  });

  test.each<[string, Partial<TimbreGroupingOptions>, RegExp]>([
    ["a threshold above 1", { threshold: 1.1 }, /groupByTimbre: threshold is 1.1/],
    [
      "weights that do not fit",
      { guideWeights: [1, 2] },
      /groupByTimbre: guideWeights has 2 weights, the guide 1 rows/,
    ],
    ["another window", { windowSize: 400 }, /dictionary has 257 bins; a window of 400 samples makes 201/],
  ])("refuses %s", (_, given, message) => {
    expect(() => groupByTimbre(factors, guide, { ...options, ...given })).toThrow(message);
  });

  it("refuses factors that do not belong together", () => {
    expect(() => groupByTimbre({ dictionary, activations: guide }, guide, options)).toThrow(
      /groupByTimbre: dictionary has 5 components, activations 1/,
    );
  });
});
