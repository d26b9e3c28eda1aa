import { describe, expect, it, test } from "vitest";
import type { Matrix } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { applyMask, binaryMasks, idealBinaryMask, idealRatioMask, softMasks } from "../../src/separation/masks.ts";
import { istft, magnitude, stft } from "../../src/signal/stft.ts";
import { filled } from "./contrastiveReference.ts";

const oneFrame = (...values: number[]): Matrix<Float64Array> => ({
  rows: 1,
  columns: values.length,
  data: Float64Array.from(values),
});
const randomModels = (count: number) => {
  const random = createRandom(`models ${count}`);
  return Array.from({ length: count }, () =>
    filled(7, 9, () => (random.below(4) === 0 ? 0 : 10 ** (12 * random.uniform() - 6))),
  );
};
const sumAt = (masks: Matrix[], i: number) => masks.reduce((sum, mask) => sum + mask.data[i]!, 0);
const noise = (name: string, samples: number) => {
  const random = createRandom(name);
  return Float64Array.from({ length: samples }, () => random.normal());
};

describe("softMasks", () => {
  it("are m^a / sum m^a", () => {
    const models = [oneFrame(3, 1, 0), oneFrame(1, 1, 5)];
    const [first, second] = softMasks(models);
    expect(first!.data).toBeAllclose([3 / 4, 1 / 2, 0], { rtol: 1e-15 });
    expect(second!.data).toBeAllclose([1 / 4, 1 / 2, 1], { rtol: 1e-15 });
    expect(softMasks(models, { exponent: 2 })[0]!.data).toBeAllclose([9 / 10, 1 / 2, 0], { rtol: 1e-15 });
    expect(softMasks(models, { exponent: 0.5 })[0]!.data[0]).toBeCloseTo(Math.sqrt(3) / (Math.sqrt(3) + 1), 15);
  });

  test.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [5, 0.7],
    [4, 12],
  ])("of %i models sum to 1, exponent %d", (count, exponent) => {
    const masks = softMasks(randomModels(count), { exponent });
    masks[0]!.data.forEach((_, i) => {
      expect(Math.abs(sumAt(masks, i) - 1)).toBeLessThanOrEqual(1e-12);
    });
    for (const mask of masks) expect(mask.data.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it("share an entry equally where all models are 0", () => {
    for (const mask of softMasks([oneFrame(0), oneFrame(0), oneFrame(0)], { exponent: 2 })) {
      expect(mask.data[0]).toBe(1 / 3);
    }
  });

  test.each([1e-300, 1e-20, 1e20, 1e300])("do not depend on a common scale, %d", (scale) => {
    const masks = softMasks([oneFrame(3 * scale), oneFrame(scale)], { exponent: 2 });
    expect(masks[0]!.data).toBeAllclose([0.9], { rtol: 1e-14 });
  });

  test.each<[string, Matrix[], object, RegExp]>([
    ["no model", [], {}, /no model given/],
    ["models of other shapes", [oneFrame(1, 2), oneFrame(1)], {}, /model 1 is 1 x 1, model 0 1 x 2/],
    ["a negative entry", [oneFrame(1, 2), oneFrame(1, -2)], {}, /model 1 is negative \(-2\) at frame 0, bin 1/],
    ["NaN", [oneFrame(1, NaN)], {}, /model 0 has 1 of 2 values that are not finite/],
    ["exponent 0", [oneFrame(1)], { exponent: 0 }, /exponent is 0/],
  ])("refuse %s", (_, models, options, message) => {
    expect(() => softMasks(models, options)).toThrow(message);
  });
});

describe("binaryMasks", () => {
  it("give every entry to the largest model, to the first in a tie or in silence", () => {
    const masks = binaryMasks([oneFrame(1, 2, 0, 4), oneFrame(3, 2, 0, 1), oneFrame(2, 2, 0, 5)]);
    expect(masks.map(({ data }) => [...data])).toEqual([
      [0, 1, 1, 0],
      [1, 0, 0, 0],
      [0, 0, 0, 1],
    ]);
  });
});

describe("the oracles", () => {
  it("idealBinaryMask is 1 where the target is louder than the others together", () => {
    // 5 against the root of 3^2 + 4^2 is a tie, and 6 is more than it but less than their sum
    const mask = idealBinaryMask(oneFrame(5, 6, 4.9, 0), [oneFrame(3, 3, 3, 0), oneFrame(4, 4, 4, 0)]);
    expect([...mask.data]).toEqual([0, 1, 0, 0]);
    expect([...idealBinaryMask(oneFrame(1, 3), [oneFrame(2, 2)]).data]).toEqual([0, 1]);
  });

  it("idealBinaryMask is the binary mask of least squared error", () => {
    const target = noise("target", 40);
    const other = noise("other", 40);
    // one bin a sample: magnitudes of a real spectrum
    const mask = idealBinaryMask(oneFrame(...target.map(Math.abs)), [oneFrame(...other.map(Math.abs))]);
    target.forEach((value, i) => {
      const errorOf = (share: number) => (share * (value + other[i]!) - value) ** 2;
      expect(errorOf(mask.data[i]!)).toBe(Math.min(errorOf(0), errorOf(1)));
    });
  });

  it("idealRatioMask is the target's share of the energy, or of the magnitude", () => {
    const others = [oneFrame(1, 0), oneFrame(2, 0)];
    expect(idealRatioMask(oneFrame(2, 0), others).data).toBeAllclose([4 / 9, 1 / 3], { rtol: 1e-15 });
    expect(idealRatioMask(oneFrame(2, 0), others, { exponent: 1 }).data[0]).toBeCloseTo(2 / 5, 15);
  });
});

describe("applyMask", () => {
  const mixture = stft(noise("mixture", 2000), { windowSize: 128, hopSize: 32 });
  const models = [1, 2, 3].map((seed) => {
    const random = createRandom(seed);
    return filled(mixture.frames, mixture.bins, () => random.uniform());
  });

  it("makes estimates that add up to the mixture", () => {
    const estimates = softMasks(models, { exponent: 2 }).map((mask) => istft(applyMask(mixture, mask)));
    const sum = estimates[0]!.map((_, i) => estimates.reduce((total, estimate) => total + estimate[i]!, 0));
    expect(sum).toBeAllclose(istft(mixture), { atol: 1e-12 });
    expect(sum).toBeAllclose(noise("mixture", 2000), { atol: 1e-12 });
  });

  it("scales magnitudes and keeps phases, and leaves the mixture alone", () => {
    const before = structuredClone(mixture);
    const half = applyMask(
      mixture,
      filled(mixture.frames, mixture.bins, () => 0.5),
    );
    expect(magnitude(half).data).toBeAllclose(
      magnitude(mixture).data.map((value) => value / 2),
      { rtol: 1e-15 },
    );
    expect(half.real[5]! / half.imag[5]!).toBe(mixture.real[5]! / mixture.imag[5]!);
    expect(mixture).toEqual(before);
  });

  it("refuses a mask of another size", () => {
    expect(() => applyMask(mixture, oneFrame(1, 2))).toThrow(/applyMask: mixture has \d+ real .* mask 1 x 2/);
  });
});
