import { describe, expect, it, test } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { componentMasks } from "../../src/separation/componentMasks.ts";
import { softMasks } from "../../src/separation/masks.ts";
import { filled } from "./contrastiveReference.ts";

const random = createRandom("component masks");
const bins = 6;
const frames = 8;
const factors = {
  dictionary: filled(4, bins, () => random.uniform() ** 2),
  activations: filled(4, frames, () => random.uniform() ** 2),
};
/** w_k h_k' at frame n, bin m. */
const product = (k: number, n: number, m: number) =>
  factors.dictionary.data[k * bins + m]! * factors.activations.data[k * frames + n]!;

describe("componentMasks", () => {
  test.each([1, 2, 0.5])("are sums over components of powers, exponent %d", (exponent) => {
    const groups = [[0, 3], [2], [1]];
    const masks = componentMasks(factors, groups, { exponent });
    groups.forEach((group, s) => {
      const expected = Array.from({ length: frames * bins }, (_, i) => {
        const power = (k: number) => product(k, Math.floor(i / bins), i % bins) ** exponent;
        return group.reduce((sum, k) => sum + power(k), 0) / [0, 1, 2, 3].reduce((sum, k) => sum + power(k), 0);
      });
      expect(masks[s]!.data).toBeAllclose(expected, { rtol: 1e-12 });
    });
  });

  test.each([1, 2])(
    "with one component a group are the soft masks of the components' models, exponent %d",
    (exponent) => {
      const models = [0, 1, 2, 3].map((k) => {
        let i = 0;
        return filled(frames, bins, () => product(k, Math.floor(i / bins), i++ % bins));
      });
      const masks = componentMasks(factors, [[0], [1], [2], [3]], { exponent });
      softMasks(models, { exponent }).forEach((mask, s) => {
        expect(masks[s]!.data).toBeAllclose(mask.data, { rtol: 1e-12 });
      });
    },
  );

  it("sum to 1, and share silence equally", () => {
    const silent = {
      dictionary: factors.dictionary,
      activations: {
        ...factors.activations,
        data: factors.activations.data.map((value, i) => (i % frames === 2 ? 0 : value)),
      },
    };
    const masks = componentMasks(silent, [[0, 1, 2], [3]], { exponent: 2 });
    for (let i = 0; i < frames * bins; i++) {
      expect(Math.abs(masks[0]!.data[i]! + masks[1]!.data[i]! - 1)).toBeLessThanOrEqual(1e-12);
    }
    expect([...masks[0]!.data.subarray(2 * bins, 3 * bins)]).toEqual(new Array(bins).fill(0.5));
  });

  it("give a group without components nothing", () => {
    const [all, none] = componentMasks(factors, [[0, 1, 2, 3], []]);
    expect([...all!.data]).toEqual(new Array(frames * bins).fill(1));
    expect(none!.data.every((value) => value === 0)).toBe(true);
  });

  test.each([1e-30, 1e30])("do not depend on the scale of the factors, %d", (scale) => {
    const scaled = {
      dictionary: { ...factors.dictionary, data: factors.dictionary.data.map((value) => value * scale) },
      activations: { ...factors.activations, data: factors.activations.data.map((value) => value * scale) },
    };
    const [mask] = componentMasks(
      scaled,
      [
        [0, 1],
        [2, 3],
      ],
      { exponent: 2 },
    );
    const [plain] = componentMasks(
      factors,
      [
        [0, 1],
        [2, 3],
      ],
      { exponent: 2 },
    );
    expect(mask!.data).toBeAllclose(plain!.data, { rtol: 1e-12 });
  });

  test.each<[string, number[][], RegExp]>([
    [
      "a component in two groups",
      [
        [0, 1],
        [1, 2, 3],
      ],
      /component 1 is in group 0 and group 1/,
    ],
    [
      "a component twice in one",
      [
        [0, 1, 1],
        [2, 3],
      ],
      /component 1 is in group 0 and group 0/,
    ],
    ["a component in no group", [[0, 1], [3]], /component 2 is in no group/],
    ["a component there is not", [[0, 1, 2, 3], [4]], /group 1 names component 4; there are 4, counted from 0/],
    ["half a component", [[0, 1, 2, 3], [0.5]], /names component 0.5/],
  ])("refuse %s", (_, groups, message) => {
    expect(() => componentMasks(factors, groups)).toThrow(message);
  });

  it("refuse factors that do not fit and an exponent of 0", () => {
    const three = { ...factors, activations: filled(3, frames, () => 1) };
    expect(() => componentMasks(three, [[0, 1, 2]])).toThrow(/dictionary has 4 components, activations 3/);
    expect(() => componentMasks(factors, [[0, 1, 2, 3]], { exponent: 0 })).toThrow(/exponent is 0/);
  });
});
