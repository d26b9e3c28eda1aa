import { describe, expect, it } from "vitest";
import type { Matrix } from "../../src/core/matrix.ts";
import { carryDictionary } from "../../src/separation/carryDictionary.ts";

const fromRows = (rows: number[][]): Matrix<Float64Array> => ({
  rows: rows.length,
  columns: rows[0]!.length,
  data: Float64Array.from(rows.flat()),
});
const dictionary = fromRows([
  [4, 0, 2],
  [0, 9, 0],
]);
const before = fromRows([
  [6, 6, 6],
  [3, 0, 0],
]);

describe("carryDictionary", () => {
  it("is what was found, every entry raised by a hundredth of its spectrum's mean", () => {
    const carried = carryDictionary({ dictionary, activations: fromRows([[1], [1]]) }, before);
    expect(carried.data).toBeAllclose([4.02, 0.02, 2.02, 0.03, 9.03, 0.03], { rtol: 1e-12 });
  });

  it("gives a component that made up less than a tenth of an equal part the spectrum it had before", () => {
    // sums 6 and 9 g: the second's share is below 1 / 20 where g is below 6 / 171
    const carried = (gain: number) => carryDictionary({ dictionary, activations: fromRows([[1], [gain]]) }, before);
    expect(carried(0.0352).data.slice(3)).toBeAllclose([0.03, 9.03, 0.03], { rtol: 1e-12 });
    expect(carried(0.035).data.slice(3)).toBeAllclose([3.01, 0.01, 0.01], { rtol: 1e-12 });
    expect(carried(0).data.slice(0, 3)).toBeAllclose([4.02, 0.02, 2.02], { rtol: 1e-12 });
  });

  it("takes other thresholds", () => {
    const found = { dictionary, activations: fromRows([[1], [0.01]]) };
    const carried = carryDictionary(found, before, { leastShare: 0, floor: 1 });
    expect(carried.data).toBeAllclose([6, 2, 4, 3, 12, 3], { rtol: 1e-12 });
  });

  it("makes a spectrum of zeros flat, as large as the largest, where none was before", () => {
    const found = {
      dictionary: fromRows([
        [0, 0],
        [1, 3],
      ]),
      activations: fromRows([[5], [1]]),
    };
    expect(carryDictionary(found, undefined).data).toBeAllclose([2, 2, 1.02, 3.02], { rtol: 1e-12 });
  });

  it("leaves what it is given as it is", () => {
    const copies = [dictionary, before].map(({ data }) => data.slice());
    carryDictionary({ dictionary, activations: fromRows([[1], [0]]) }, before);
    expect([dictionary.data, before.data]).toEqual(copies);
  });

  it("refuses another size, nothing but zeros and bad thresholds", () => {
    const activations = fromRows([[1], [1]]);
    const found = { dictionary, activations };
    expect(() => carryDictionary(found, fromRows([[1, 1, 1]]))).toThrow(/before is 1 x 3, this one 2 x 3/);
    expect(() => carryDictionary({ dictionary: fromRows([[0], [0]]), activations }, undefined)).toThrow(
      /every spectrum/,
    );
    expect(() => carryDictionary(found, before, { leastShare: 2 })).toThrow(/leastShare is 2/);
    expect(() => carryDictionary(found, before, { floor: 0 })).toThrow(/floor is 0/);
  });
});
