import { describe, expect, it, test } from "vitest";
import type { Matrix } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { diagnoseFactors, diagnosticsDefaults } from "../../src/separation/diagnostics.ts";
import { convolutiveModel } from "../../src/separation/modelSpectrogram.ts";
import { nmf } from "../../src/separation/nmf.ts";
import { filled } from "./contrastiveReference.ts";

const fromRows = (rows: number[][]): Matrix<Float64Array> => ({
  rows: rows.length,
  columns: rows[0]!.length,
  data: Float64Array.from(rows.flat()),
});
const single = (matrix: Matrix): Matrix => ({ ...matrix, data: Float32Array.from(matrix.data) });
const flat = (rows: number): Matrix => fromRows(new Array(rows).fill([1, 1]));

const frames = 50;
const random = createRandom("diagnostics");
const lively = Array.from({ length: frames }, () => random.uniform() ** 3);
const constant = new Array<number>(frames).fill(0.3);
const click = lively.map((value, n) => (n === 17 ? 30 : value * 0.1));
const silent = new Array<number>(frames).fill(0);

describe("diagnoseFactors", () => {
  test.each(["double", "single"])(
    "tells dead, uniform and one-hot components from healthy ones, %s precision",
    (name) => {
      const precise = (matrix: Matrix) => (name === "single" ? single(matrix) : matrix);
      const found = diagnoseFactors({
        dictionary: precise(flat(5)),
        activations: precise(fromRows([lively, constant, click, silent, lively.map((value) => value * 1e-6)])),
      });
      expect(found).toMatchObject({ dead: [3, 4], uniform: [1], oneHot: [2], isDegenerate: true });
      expect(found.components[0]).toMatchObject({ dead: false, uniform: false, oneHot: false });
      expect(found.options).toEqual(diagnosticsDefaults);
    },
  );

  it("finds nothing where all is well", () => {
    const found = diagnoseFactors({ dictionary: flat(1), activations: fromRows([lively]) });
    expect(found).toMatchObject({ dead: [], uniform: [], oneHot: [], isDegenerate: false });
  });

  it("gives the numbers behind it in closed form", () => {
    const { components } = diagnoseFactors({
      dictionary: fromRows([
        [1, 2],
        [4, 5],
        [0, 0],
      ]),
      activations: fromRows([
        [2, 2, 0, 0],
        [1, 1, 1, 1],
        [0, 0, 8, 0],
      ]),
    });
    // sums 3 * 4 and 9 * 4; half the frames on: half the entropy, a standard deviation as large as the mean
    expect(components[0]!.share).toBeCloseTo(12 / 48, 12);
    expect(components[0]).toMatchObject({ variation: 1, entropy: 0.5, largestShare: 0.5 });
    expect(components[1]!.share).toBeCloseTo(36 / 48, 12);
    expect(components[1]).toMatchObject({ variation: 0, largestShare: 0.25 });
    expect(components[1]!.entropy).toBeCloseTo(1, 12);
    expect(components[2]).toMatchObject({ dead: true, oneHot: true, share: 0, entropy: 0, largestShare: 1 });
    expect(components[2]!.variation).toBeCloseTo(Math.sqrt(3), 12);
  });

  it("has shares that are those of the model, also of a convolutive one", () => {
    const dictionary = filled(2 * 3, 4, () => random.uniform());
    const activations = filled(2, 7, () => random.uniform());
    const sum = (components: number[]) => {
      const model = convolutiveModel({ dictionary, activations, templateFrames: 3 }, components);
      return Array.from(model.data).reduce((a, b) => a + b, 0);
    };
    const { components } = diagnoseFactors({ dictionary, activations });
    expect(components[0]!.share).toBeCloseTo(sum([0]) / sum([0, 1]), 6);
    expect(components[0]!.share + components[1]!.share).toBeCloseTo(1, 12);
  });

  it.each([1e-30, 1e30])("does not depend on the scale of the factors, %d", (scale) => {
    const activations = fromRows([lively, constant, click]);
    const times = (matrix: Matrix) => single({ ...matrix, data: Float64Array.from(matrix.data, (v) => v * scale) });
    const one = diagnoseFactors({ dictionary: flat(3), activations });
    const other = diagnoseFactors({ dictionary: times(flat(3)), activations: times(activations) });
    one.components.forEach((expected, k) => {
      const { share, variation, entropy, largestShare } = other.components[k]!;
      expect(share).toBeCloseTo(expected.share, 6);
      expect(variation).toBeCloseTo(expected.variation, 6);
      expect(entropy).toBeCloseTo(expected.entropy, 6);
      expect(largestShare).toBeCloseTo(expected.largestShare, 6);
    });
  });

  it("takes other thresholds", () => {
    const factors = { dictionary: flat(2), activations: fromRows([lively, lively.map((value) => value / 99)]) };
    expect(diagnoseFactors(factors).dead).toEqual([]);
    expect(diagnoseFactors(factors, { deadShare: 0.011 }).dead).toEqual([1]);
    expect(diagnoseFactors(factors, { uniformVariation: 5 }).uniform).toEqual([0, 1]);
    expect(diagnoseFactors(factors, { oneHotShare: 0.01 }).oneHot).toEqual([0, 1]);
  });

  it("judges no shape from a single frame", () => {
    const found = diagnoseFactors({ dictionary: flat(1), activations: fromRows([[3]]) });
    expect(found).toMatchObject({ isDegenerate: false });
    expect(diagnoseFactors({ dictionary: flat(1), activations: fromRows([[0]]) }).dead).toEqual([0]);
  });

  it("sees the components that a sparse start of zeros and a large weight kill", () => {
    const x = filled(30, 20, () => random.uniform());
    const start = { activations: fromRows([...[1, 2].map(() => lively.slice(0, 30)), silent.slice(0, 30)]) };
    expect(diagnoseFactors(nmf(x, { components: 3, start })).dead).toEqual([2]);
    const weighed = nmf(x, { components: 3, sparsityActivations: 1e6, sparsityDictionary: 1e6, iterations: 300 });
    expect(diagnoseFactors(weighed).dead).not.toEqual([]);
  });

  it("refuses factors that do not fit, negative entries and bad thresholds", () => {
    const activations = fromRows([lively, lively]);
    expect(() => diagnoseFactors({ dictionary: flat(3), activations })).toThrow(/3 rows for 2 components/);
    expect(() => diagnoseFactors({ dictionary: fromRows([[1], [-1]]), activations })).toThrow(
      /dictionary has 1 entries/,
    );
    expect(() => diagnoseFactors({ dictionary: flat(2), activations }, { deadShare: -1 })).toThrow(/deadShare is -1/);
  });
});
