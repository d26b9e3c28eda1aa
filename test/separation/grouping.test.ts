import { describe, expect, it, test } from "vitest";
import type { Matrix } from "../../src/core/matrix.ts";
import { type GroupingOptions, groupByGuide, groupByLabels } from "../../src/separation/grouping.ts";

const fromRows = (rows: number[][]): Matrix<Float64Array> => ({
  rows: rows.length,
  columns: rows[0]!.length,
  data: Float64Array.from(rows.flat()),
});
// over four frames these three have mean 0 and are orthogonal to each other
const [p, q, r] = [
  [1, 1, -1, -1],
  [1, -1, 1, -1],
  [1, -1, -1, 1],
] as const;
/** Entries of a p + b q + c r + level. */
const mixed = (a: number, b: number, c: number, level = 5) =>
  p.map((_, n) => a * p[n]! + b * q[n]! + c * r[n]! + level);

describe("groupByGuide", () => {
  // correlations with [p, q]: (0.6, 0.8), (1, 0), (0, 0), (-0.8, 0)
  const activations = fromRows([mixed(3, 4, 0), mixed(0.1, 0, 0), mixed(0, 0, 2), mixed(-4, 0, 3)]);
  const guide = fromRows([mixed(2, 0, 0, -7), mixed(0, 0.5, 0, 0)]);

  it("takes the components that follow one row of the guide most with the best row", () => {
    const options: GroupingOptions = { attendedComponents: 2, pooling: "best" };
    const { attended, rest, correlations } = groupByGuide(activations, guide, options);
    expect(correlations).toBeAllclose([0.8, 1, 0, 0], { atol: 1e-14 });
    expect({ attended, rest }).toEqual({ attended: [0, 1], rest: [2, 3] });
  });

  it("takes those that follow all rows most in the mean, unless told otherwise", () => {
    const { attended, rest, correlations } = groupByGuide(activations, guide, { attendedComponents: 1 });
    expect(correlations).toBeAllclose([0.7, 0.5, 0, -0.4], { atol: 1e-14 });
    expect({ attended, rest }).toEqual({ attended: [0], rest: [1, 2, 3] });
    expect(groupByGuide(activations, guide, { attendedComponents: 1, pooling: "mean" }).correlations).toEqual(
      correlations,
    );
  });

  it("takes the root mean square of the positive correlations if asked to", () => {
    const { correlations } = groupByGuide(activations, guide, { attendedComponents: 1, pooling: "positive" });
    expect(correlations).toBeAllclose([Math.sqrt(0.5), Math.sqrt(0.5), 0, 0], { atol: 1e-14 });
  });

  // of the first component's correlations 0.6 and 0.8: (3 * 0.6 + 0.8) / 4, max(0.6, 0.8 / 3), (3 * 0.36 + 0.64) / 4
  test.each([
    ["mean", [0.65, 0.75, 0, -0.6]],
    ["best", [0.6, 1, 0, 0]],
    ["positive", [Math.sqrt(0.43), Math.sqrt(0.75), 0, 0]],
  ] as const)("weighs the rows of the guide, pooling %s", (pooling, expected) => {
    const options = { attendedComponents: 1, pooling };
    const weighted = groupByGuide(activations, guide, { ...options, guideWeights: [0.3, 0.1] });
    expect(weighted.correlations).toBeAllclose(expected, { atol: 1e-14 });
    const alone = groupByGuide(activations, fromRows([mixed(2, 0, 0)]), options);
    for (const guideWeights of [
      [0.3, 0],
      [0.3, -0.2],
    ]) {
      const { correlations } = groupByGuide(activations, guide, { ...options, guideWeights });
      expect(correlations.map((value) => Math.max(0, value))).toBeAllclose(
        alone.correlations.map((value) => Math.max(0, value)),
        { atol: 1e-14 },
      );
    }
  });

  it("counts all rows alike where no weight is above 0, or all are the same", () => {
    const plain = groupByGuide(activations, guide, { attendedComponents: 1 });
    for (const guideWeights of [
      [0, 0],
      [-0.1, 0],
      [0.2, 0.2],
    ]) {
      expect(groupByGuide(activations, guide, { attendedComponents: 1, guideWeights })).toEqual(plain);
    }
  });

  test.each([0, 4])("takes %i of 4 components if asked to", (attendedComponents) => {
    const { attended, rest } = groupByGuide(activations, guide, { attendedComponents });
    expect([attended.length, rest.length]).toEqual([attendedComponents, 4 - attendedComponents]);
  });

  it("does not depend on scale and level of any row, nor on the order of the guide's", () => {
    const moved = (rows: number[][], gain: number, level: number) =>
      fromRows(rows.map((values) => values.map((value) => gain * value + level)));
    const one = groupByGuide(activations, guide, { attendedComponents: 2 });
    const other = groupByGuide(
      moved([mixed(3, 4, 0), mixed(0.1, 0, 0), mixed(0, 0, 2), mixed(-4, 0, 3)], 1e9, 3e9),
      moved([mixed(0, 0.5, 0), mixed(2, 0, 0)], 1e-9, 0),
      { attendedComponents: 2 },
    );
    expect(other.correlations).toBeAllclose(one.correlations, { atol: 1e-13 });
    expect(other.attended).toEqual(one.attended);
  });

  it("counts a constant row as correlation 0, on either side, whatever its value", () => {
    const constant = fromRows([[0.1, 0.1, 0.1, 0.1], mixed(-1, 0, 0)]);
    const { correlations, attended } = groupByGuide(constant, fromRows([mixed(1, 0, 0)]), { attendedComponents: 1 });
    expect(correlations).toBeAllclose([0, -1], { atol: 1e-15 });
    expect(attended).toEqual([0]);
    expect([...groupByGuide(activations, fromRows([[7, 7, 7, 7]]), { attendedComponents: 1 }).correlations]).toEqual([
      0, 0, 0, 0,
    ]);
  });

  it("gives ties to the lower index", () => {
    const same = fromRows([mixed(0, 0, 1), mixed(1, 0, 0), mixed(1, 0, 0), mixed(1, 0, 0)]);
    expect(groupByGuide(same, guide, { attendedComponents: 2 }).attended).toEqual([1, 2]);
  });

  test.each<[string, Matrix, Matrix, Partial<GroupingOptions>, RegExp]>([
    ["other frames", activations, fromRows([[1, 2, 3]]), {}, /activations have 4 frames, guide 3/],
    [
      "one weight for two rows",
      activations,
      guide,
      { guideWeights: [1] },
      /guideWeights has 1 weights, the guide 2 rows/,
    ],
    ["a weight that is NaN", activations, guide, { guideWeights: [1, NaN] }, /guideWeights has 1 of 2 values/],
    ["too many components", activations, guide, { attendedComponents: 5 }, /attendedComponents is 5/],
    ["NaN in the guide", activations, fromRows([[1, NaN, 3, 4]]), {}, /guide has 1 of 4 values/],
    ["NaN in the activations", fromRows([[NaN, 1, 2, 3]]), guide, {}, /activations has 1 of 4 values/],
  ])("refuses %s", (_, components, given, options, message) => {
    expect(() => groupByGuide(components, given, { attendedComponents: 1, ...options })).toThrow(message);
  });

  it("refuses a pooling it does not know", () => {
    // as it comes from a file
    const options = { attendedComponents: 1, pooling: "median" } as object as GroupingOptions;
    expect(() => groupByGuide(activations, guide, options)).toThrow(/pooling is "median"/);
  });
});

describe("groupByLabels", () => {
  it("takes the components that bear the label", () => {
    expect(groupByLabels(["oboe", "bass", "oboe", "drums"], "oboe")).toEqual({ attended: [0, 2], rest: [1, 3] });
    expect(groupByLabels([1, 0, 1], 0)).toEqual({ attended: [1], rest: [0, 2] });
  });

  it("refuses a label that none bears, and names those there are", () => {
    expect(() => groupByLabels(["oboe", "bass", "oboe"], "guitar")).toThrow(
      /none of 3 components is labelled "guitar"; the labels are "oboe", "bass"/,
    );
  });
});
