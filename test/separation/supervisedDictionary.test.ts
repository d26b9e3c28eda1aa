import { describe, expect, it } from "vitest";
import { type Matrix, row, zeros } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { componentMasks } from "../../src/separation/componentMasks.ts";
import { nmfModel } from "../../src/separation/modelSpectrogram.ts";
import { nmf } from "../../src/separation/nmf.ts";
import { dictionaryFromSolos } from "../../src/separation/supervisedDictionary.ts";
import { filled } from "./contrastiveReference.ts";

const random = createRandom("solos");
const bins = 24;

/** Notes of a source: each a comb of its own in the source's half of the bins and in a part both sources use. */
function notes(source: number, count: number): Matrix<Float64Array> {
  const spectra = zeros(count, bins);
  for (let k = 0; k < count; k++) {
    const spectrum = row(spectra, k);
    spectrum[source * 8 + k] = 4;
    spectrum[source * 8 + k + 4] = 2;
    spectrum[16 + ((3 * k + source) % 8)] = 3;
  }
  return spectra;
}
const playing = (count: number, frames: number) =>
  filled(count, frames, () => (random.uniform() < 0.5 ? 0 : random.uniform()));
const total = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

const first = notes(0, 3);
const second = notes(1, 4);
const solos = [nmfModel(first, playing(3, 60)), nmfModel(second, playing(4, 50))];
const options = { componentsPerSource: [3, 4], iterations: 400, tolerance: 0 } as const;

describe("dictionaryFromSolos", () => {
  it("has the spectra of each source, the first source's first", () => {
    const { dictionary, groups, fits } = dictionaryFromSolos(solos, options);
    expect(groups).toEqual([
      [0, 1, 2],
      [3, 4, 5, 6],
    ]);
    expect([dictionary.rows, dictionary.columns]).toEqual([7, bins]);
    expect(fits.map(({ stop, iterations }) => ({ stop, iterations }))).toEqual([
      { stop: "iterations", iterations: 400 },
      { stop: "iterations", iterations: 400 },
    ]);
    // bins that are the other source's alone stay empty
    for (const k of groups[0]!) expect(total(row(dictionary, k).subarray(8, 16))).toBeLessThan(1e-6);
    for (const k of groups[1]!) expect(total(row(dictionary, k).subarray(0, 8))).toBeLessThan(1e-6);
  });

  it("separates a mixture it has not seen, its spectra held fixed", () => {
    const { dictionary, groups } = dictionaryFromSolos(solos, options);
    const truth = [nmfModel(first, playing(3, 40)), nmfModel(second, playing(4, 40))];
    const mixture = { ...truth[0]!, data: truth[0]!.data.map((value, i) => value + truth[1]!.data[i]!) };
    const { activations, dictionary: kept } = nmf(mixture, {
      components: dictionary.rows,
      start: { dictionary },
      fixDictionary: true,
      iterations: 400,
      tolerance: 0,
    });
    expect(kept.data).toBeAllclose(dictionary.data, { rtol: 1e-6 });
    const masks = componentMasks({ dictionary, activations }, groups);
    masks.forEach((mask, s) => {
      const error = mixture.data.map((value, i) => Math.abs(value * mask.data[i]! - truth[s]!.data[i]!));
      // 7 spectra in 24 bins: the solution is unique, and 400 iterations come near it
      expect(total(error)).toBeLessThan(0.02 * total(truth[s]!.data));
    });
  });

  it("has spectra of sum 1, or of norm 1", () => {
    const bySum = dictionaryFromSolos(solos, { ...options, iterations: 20 }).dictionary;
    const byNorm = dictionaryFromSolos(solos, { ...options, iterations: 20, normalization: "norm" }).dictionary;
    for (let k = 0; k < 7; k++) {
      expect(total(row(bySum, k))).toBeCloseTo(1, 12);
      expect(total(row(byNorm, k).map((value) => value ** 2))).toBeCloseTo(1, 12);
      const factor = row(byNorm, k).reduce((a, b) => Math.max(a, b)) / row(bySum, k).reduce((a, b) => Math.max(a, b));
      expect(row(byNorm, k)).toBeAllclose(
        row(bySum, k).map((value) => value * factor),
        { rtol: 1e-12 },
      );
    }
  });

  it("takes one number for all sources, passes options on, and adds a source without changing the others", () => {
    const counted: number[] = [];
    const given = { componentsPerSource: 2, iterations: 5, tolerance: 0, seed: 3 } as const;
    const two = dictionaryFromSolos(solos, { ...given, onIteration: (iteration) => counted.push(iteration) });
    expect(counted).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
    const three = dictionaryFromSolos([...solos, solos[0]!], given);
    expect(three.groups).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    expect(three.dictionary.data.subarray(0, 4 * bins)).toEqual(two.dictionary.data);
    expect(row(three.dictionary, 4)).not.toEqual(row(three.dictionary, 0));
    expect(dictionaryFromSolos(solos, { ...given, seed: 4 }).dictionary).not.toEqual(two.dictionary);
  });

  it("refuses no solo, other bins, silence, no components and unknown options", () => {
    const narrow = filled(20, 3, () => 1);
    expect(() => dictionaryFromSolos([], options)).toThrow(/no solo given/);
    expect(() => dictionaryFromSolos([solos[0]!, narrow], options)).toThrow(/solo 1 has 3 bins, solo 0 24/);
    expect(() => dictionaryFromSolos([solos[0]!, zeros(9, bins)], options)).toThrow(/solo 1: .* some energy/);
    expect(() => dictionaryFromSolos(solos, { componentsPerSource: [1] })).toThrow(/has 1 entries for 2 solos/);
    expect(() => dictionaryFromSolos(solos, { componentsPerSource: [1, 0] })).toThrow(
      /solo 1: componentsPerSource is 0/,
    );
    expect(() => dictionaryFromSolos(solos, { ...options, normalization: "max" as "sum" })).toThrow(/"max"/);
  });
});
