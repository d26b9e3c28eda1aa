import { describe, expect, it, test } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { duetMasks, duetSources } from "../../src/separation/duetMasks.ts";
import type { DuetMixing } from "../../src/separation/duetPeaks.ts";
import { applyMask } from "../../src/separation/masks.ts";
import type { Stft } from "../../src/signal/stft.ts";
import { disjointMixture, frameOf, mixed, noiseMixture, scaled } from "./duetMixture.ts";

const mixings = [
  { ratio: 0.55, delay: -2.37 },
  { ratio: 1.1, delay: 0.81 },
  { ratio: 2.3, delay: 7.3 },
];
const masksOf = ({ left, right }: { left: Stft; right: Stft }, peaks: readonly DuetMixing[]) =>
  duetMasks(left, right, { peaks });

/** Energy that no source signal explains, by solving for the source instead of the closed form. */
function residual(left: [number, number], right: [number, number], bin: number, mixing: DuetMixing): number {
  const [gainReal, gainImag] = mixed([1, 0], bin, mixing);
  const norm = 1 + gainReal ** 2 + gainImag ** 2;
  const sourceReal = (left[0] + gainReal * right[0] + gainImag * right[1]) / norm;
  const sourceImag = (left[1] + gainReal * right[1] - gainImag * right[0]) / norm;
  const [rightReal, rightImag] = mixed([sourceReal, sourceImag], bin, mixing);
  return (
    (left[0] - sourceReal) ** 2 +
    (left[1] - sourceImag) ** 2 +
    (right[0] - rightReal) ** 2 +
    (right[1] - rightImag) ** 2
  );
}

describe("duetMasks", () => {
  it("give every bin of sources that never overlap to its source, at any frequency", () => {
    const mixture = disjointMixture(mixings);
    const masks = masksOf(mixture, mixings);
    masks.forEach((mask, j) => {
      expect(mask.data).toEqual(Float64Array.from(mixture.owners, (owner) => (owner === j ? 1 : 0)));
    });
  });

  it("give a bin to the source that leaves least of both channels unexplained", () => {
    const { left, right } = noiseMixture("residual");
    const masks = duetMasks(left, right, { peaks: mixings });
    for (let i = 0; i < left.real.length; i++) {
      const residuals = mixings.map((mixing) =>
        residual([left.real[i]!, left.imag[i]!], [right.real[i]!, right.imag[i]!], i % left.bins, mixing),
      );
      const owner = masks.findIndex((mask) => mask.data[i] === 1);
      expect(residuals[owner]).toBeLessThanOrEqual(Math.min(...residuals) * (1 + 1e-12));
    }
  });

  test.each([1, 2, 3, 4])("of %i sources are 0 or 1 and sum to 1", (count) => {
    const peaks = [...mixings, { ratio: 1, delay: 0 }].slice(0, count);
    const masks = masksOf(noiseMixture("sum"), peaks);
    expect(masks).toHaveLength(count);
    masks[0]!.data.forEach((_, i) => {
      const values = masks.map((mask) => mask.data[i]!);
      expect(values.filter((value) => value === 1)).toHaveLength(1);
      expect(values.filter((value) => value === 0)).toHaveLength(count - 1);
    });
  });

  it("are the same with the channels exchanged and the mixings inverted", () => {
    const { left, right } = noiseMixture("exchange");
    const inverted = mixings.map(({ ratio, delay }) => ({ ratio: 1 / ratio, delay: -delay }));
    expect(duetMasks(right, left, { peaks: inverted })).toEqual(duetMasks(left, right, { peaks: mixings }));
  });

  test.each([2 ** -600, 1e-9, 1e9, 2 ** 900])("do not depend on the scale of the mixture, %d", (scale) => {
    const { left, right } = noiseMixture("scale");
    const masks = duetMasks(scaled(left, scale), scaled(right, scale), { peaks: mixings });
    expect(masks).toEqual(duetMasks(left, right, { peaks: mixings }));
  });

  it("tell sources apart by level alone where their phases agree, as at frequency 0", () => {
    const peaks = [
      { ratio: 0.5, delay: -2 },
      { ratio: 2, delay: 2 },
    ];
    // 4 samples apart: the phases of bin 16 of 64 agree
    const { left, right } = frameOf([
      [0, [1, 0], [1.9, 0]],
      [16, [1, 0], mixed([1, 0], 16, { ratio: 0.6, delay: 2 })],
    ]);
    const masks = duetMasks(left, right, { peaks });
    expect([masks[0]!.data[0], masks[1]!.data[0]]).toEqual([0, 1]);
    expect([masks[0]!.data[16], masks[1]!.data[16]]).toEqual([1, 0]);
  });

  it("give ties and silence to the first source", () => {
    const { left, right } = frameOf([[4, [1, 0], [1, 0]]]);
    const twice = { ratio: 1, delay: 0.5 };
    const masks = duetMasks(left, right, { peaks: [twice, twice] });
    expect(masks[0]!.data.every((value) => value === 1)).toBe(true);
  });

  test.each<[string, DuetMixing[], RegExp]>([
    ["no peak", [], /no peak given/],
    ["a ratio of 0", [{ ratio: 0, delay: 0 }], /ratio of peak 0 is 0/],
    ["a delay that is not finite", [mixings[0]!, { ratio: 1, delay: Number.NaN }], /delay of peak 1 is NaN/],
  ])("refuse %s", (_, peaks, message) => {
    const { left, right } = noiseMixture("refusals");
    const refusal = expect.objectContaining({ code: "bad-option", message: expect.stringMatching(message) });
    expect(() => duetMasks(left, right, { peaks })).toThrow(refusal);
  });

  it("refuse a silent channel", () => {
    const { left } = noiseMixture("refusals");
    expect(() => duetMasks(left, scaled(left, 0), { peaks: mixings })).toThrow(/right channel is silent/);
  });
});

describe("duetSources", () => {
  it("are the sources as the left channel hears them where they never overlap", () => {
    const { left, right, owners } = disjointMixture(mixings);
    const masks = duetMasks(left, right, { peaks: mixings });
    duetSources(left, right, { peaks: mixings, masks }).forEach((source, j) => {
      const alone = (part: Float64Array) => part.map((value, i) => (owners[i] === j ? value : 0));
      expect(source.real).toBeAllclose(alone(left.real), { atol: 1e-13 });
      expect(source.imag).toBeAllclose(alone(left.imag), { atol: 1e-13 });
      expect(source.options).toEqual(left.options);
    });
  });

  it("keep 1 / (1 + a^2) of the noise that the left channel alone would keep", () => {
    const { left, right } = noiseMixture("noise", 200);
    const random = createRandom("mask");
    const data = left.real.map(() => random.below(2));
    const mask = { rows: left.frames, columns: left.bins, data };
    const energy = ({ real, imag }: Stft) => real.reduce((sum, value, i) => sum + value ** 2 + imag[i]! ** 2, 0);
    const [source] = duetSources(left, right, { peaks: [{ ratio: 2, delay: 1.5 }], masks: [mask] });
    // 3300 complex values in the mask: a standard error of 2.5 %
    expect(energy(source!) / energy(applyMask(left, mask)) / (1 / 5)).toBeCloseTo(1, 1);
  });

  test.each<[string, { peaks: DuetMixing[]; rows: number[] }, string, RegExp]>([
    ["fewer masks than peaks", { peaks: mixings, rows: [20] }, "bad-shape", /1 masks but 3 peaks/],
    ["a mask of another size", { peaks: [mixings[0]!], rows: [19] }, "bad-shape", /mask 0 is 19 x 33.*20 x 33/],
    ["no peak", { peaks: [], rows: [] }, "bad-option", /no peak given/],
  ])("refuse %s", (_, { peaks, rows }, code, message) => {
    const { left, right } = noiseMixture("refusals");
    const masks = rows.map((count) => ({ rows: count, columns: 33, data: new Float64Array(count * 33) }));
    expect(() => duetSources(left, right, { peaks, masks })).toThrow(
      expect.objectContaining({ name: "ToolkitError", code, message: expect.stringMatching(message) }),
    );
  });
});
