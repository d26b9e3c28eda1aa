import { eigs, type MathNumericType } from "mathjs";
import { describe, expect, it, test } from "vitest";
import { type Matrix, row } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { guideEigenvalueBound, prepareGuide, type Rectification, scaleToUnitNorm } from "../../src/separation/guide.ts";
import { filled } from "./contrastiveReference.ts";

const fromRows = (rows: number[][]): Matrix<Float64Array> => ({
  rows: rows.length,
  columns: rows[0]!.length,
  data: Float64Array.from(rows.flat()),
});

describe("prepareGuide", () => {
  const signed = fromRows([
    [3, -4, 0],
    [1, 2, 2],
  ]);
  const second = [1 / 3, 2 / 3, 2 / 3];

  test.each<[Rectification, number[]]>([
    ["relu", [1, 0, 0]],
    ["abs", [3 / 5, 4 / 5, 0]],
    ["shift", [7 / Math.sqrt(65), 0, 4 / Math.sqrt(65)]],
  ])("with %s makes [3, -4, 0] the unit row %j, and leaves a positive row its shape", (rectification, first) => {
    const made = prepareGuide(signed, { rectification });
    expect(made.data).toBeAllclose([...first, ...second], { rtol: 1e-15 });
    expect(signed.data).toEqual(Float64Array.from([3, -4, 0, 1, 2, 2]));
  });

  it("rectifies with relu unless told otherwise", () => {
    expect(prepareGuide(signed)).toEqual(prepareGuide(signed, { rectification: "relu" }));
  });

  test.each([1e-200, 1e-30, 1e30, 1e200])("gives unit rows for entries of the size of %d", (scale) => {
    const guide = filled(1, 2, () => 0);
    guide.data.set([3 * scale, 4 * scale]);
    expect(prepareGuide(guide).data).toBeAllclose([0.6, 0.8], { rtol: 1e-15 });
  });

  test.each<[string, number[][], Rectification, RegExp]>([
    [
      "a row of zeros",
      [
        [1, 1],
        [0, 0],
      ],
      "abs",
      /prepareGuide: guide row 1 is zero after rectification "abs"/,
    ],
    [
      "a row without a positive entry under relu",
      [
        [-1, -2],
        [1, 0],
      ],
      "relu",
      /guide row 0 is zero/,
    ],
    [
      "a constant negative row under shift",
      [
        [1, 2],
        [-3, -3],
      ],
      "shift",
      /guide row 1 is zero/,
    ],
    ["NaN", [[1, NaN]], "relu", /guide row 0 has NaN at frame 1/],
    [
      "an infinity",
      [
        [1, 1],
        [-Infinity, 0],
      ],
      "relu",
      /guide row 1 has -Infinity at frame 0/,
    ],
  ])("refuses %s, naming the row", (_, rows, rectification, message) => {
    expect(() => prepareGuide(fromRows(rows), { rectification })).toThrow(message);
  });
});

describe("scaleToUnitNorm", () => {
  it("scales in place and keeps signs", () => {
    const values = Float64Array.from([-3, 0, 4]);
    expect(scaleToUnitNorm(values)).toBe(true);
    expect(values).toBeAllclose([-0.6, 0, 0.8], { rtol: 1e-15 });
  });

  it("says so where there is nothing to scale", () => {
    expect(scaleToUnitNorm(new Float64Array(3))).toBe(false);
  });
});

describe("guideEigenvalueBound", () => {
  /** The largest eigenvalue of S S' by mathjs. */
  const largest = (guide: Matrix<Float64Array>) => {
    const gram = Array.from({ length: guide.rows }, (_, i) =>
      Array.from({ length: guide.rows }, (_, j) =>
        row(guide, i).reduce((s, value, n) => s + value * row(guide, j)[n]!, 0),
      ),
    );
    return Math.max(...(eigs(gram).values as MathNumericType[]).map(Number));
  };

  test.each(Array.from({ length: 20 }, (_, i) => i))(
    "is the largest eigenvalue or a hair more, random guide %i",
    (i) => {
      const random = createRandom(`bound ${i}`);
      const zeroShare = [0, 0.5, 0.9][i % 3]!;
      const guide = filled(1 + random.below(8), 30, () => (random.uniform() < zeroShare ? 0 : random.uniform()));
      for (let j = 0; j < guide.rows; j++) guide.data[j * 30 + random.below(30)]! += 0.1;
      const unit = prepareGuide(guide);
      const value = largest(unit);
      // 1e-13: mathjs rounds too
      expect(guideEigenvalueBound(unit)).toBeGreaterThanOrEqual(value * (1 - 1e-13));
      expect(guideEigenvalueBound(unit)).toBeLessThanOrEqual(value * (1 + 1e-6));
    },
  );

  test.each([
    ["1 for one row", [[0.6, 0.8]], 1],
    [
      "1 for rows that never sound together",
      [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
      1,
    ],
    [
      "the number of rows for equal rows",
      [
        [0.6, 0.8],
        [0.6, 0.8],
        [0.6, 0.8],
      ],
      3,
    ],
    [
      "1 + cosine for two rows",
      [
        [1, 0],
        [0.6, 0.8],
      ],
      1.6,
    ],
    [
      "the largest of blocks apart",
      [
        [1, 0, 0],
        [0.6, 0.8, 0],
        [0, 0, 1],
      ],
      1.6,
    ],
  ])("is %s", (_, rows, value) => {
    expect(guideEigenvalueBound(fromRows(rows))).toBeGreaterThanOrEqual(value * (1 - 1e-15));
    expect(guideEigenvalueBound(fromRows(rows))).toBeCloseTo(value, 9);
  });
});
