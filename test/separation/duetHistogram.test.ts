import { describe, expect, it, test } from "vitest";
import type { Matrix } from "../../src/core/matrix.ts";
import { type DuetHistogramOptions, duetHistogram, duetHistogramDefaults } from "../../src/separation/duetHistogram.ts";
import { type Stft, stft } from "../../src/signal/stft.ts";
import { disjointMixture, frameOf, mixed, noiseMixture, scaled } from "./duetMixture.ts";

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);
const at = (matrix: Matrix, r: number, c: number) => matrix.data[r * matrix.columns + c]!;
const nearest = (centres: Float64Array, value: number) =>
  centres.reduce((best, centre, i) => (Math.abs(centre - value) < Math.abs(centres[best]! - value) ? i : best), 0);
const omega = (bin: number) => (2 * Math.PI * bin) / 64;

describe("duetHistogram", () => {
  it("puts a bin at attenuation a - 1/a and delay -arg(X2/X1)/omega", () => {
    const mixing = { ratio: 2, delay: 1.75 };
    const { left, right } = frameOf([[5, [3, -4], mixed([3, -4], 5, mixing)]]);
    const histogram = duetHistogram(left, right, { smoothing: 0 });
    const r = nearest(histogram.attenuations, 2 - 1 / 2);
    const c = nearest(histogram.delays, 1.75);
    expect(at(histogram.values, r, c)).toBe(1);
    expect(sum(histogram.values.data)).toBe(1);
    expect(at(histogram.attenuationSums, r, c)).toBeCloseTo(1.5, 13);
    expect(at(histogram.delaySums, r, c)).toBeCloseTo(1.75, 13);
  });

  test.each([
    { amplitudePower: 1, frequencyPower: 0 },
    { amplitudePower: 0, frequencyPower: 0 },
    { amplitudePower: 0.5, frequencyPower: 0 },
    { amplitudePower: 1, frequencyPower: 2 },
    { amplitudePower: 2, frequencyPower: 2 },
  ])("weighs a bin with |X1 X2|^p omega^q, $amplitudePower, $frequencyPower", (powers) => {
    const quiet = { ratio: 0.5, delay: -1 };
    const loud = { ratio: 2, delay: 2 };
    const { left, right } = frameOf([
      [3, [0, 1], mixed([0, 1], 3, quiet)],
      [6, [6, 8], mixed([6, 8], 6, loud)],
    ]);
    const { amplitudePower: p, frequencyPower: q } = powers;
    const quietWeight = 0.5 ** p * omega(3) ** q;
    const loudWeight = 200 ** p * omega(6) ** q;
    const { attenuations, delays, weights } = duetHistogram(left, right, powers);
    const share = (attenuation: number, delay: number) =>
      at(weights, nearest(attenuations, attenuation), nearest(delays, delay));
    expect(share(-1.5, -1)).toBeCloseTo(quietWeight / (quietWeight + loudWeight), 13);
    expect(share(1.5, 2)).toBeCloseTo(loudWeight / (quietWeight + loudWeight), 13);
  });

  it("has cells of equal width from -maximum to maximum, one of them about 0", () => {
    const { left, right } = noiseMixture("axes");
    const { attenuations, delays } = duetHistogram(left, right, {
      maximumAttenuation: 5,
      attenuationBins: 5,
      maximumDelay: 1.5,
      delayBins: 3,
    });
    expect(attenuations).toBeAllclose([-4, -2, 0, 2, 4], { atol: 1e-15 });
    expect(delays).toBeAllclose([-1, 0, 1], { atol: 1e-15 });
  });

  it("leaves out frequency 0, silence, frequencies that fit several delays, and what is out of range, and counts each", () => {
    const inside = { ratio: 1, delay: 0.5 };
    const { left, right } = frameOf([
      [0, [1, 0], [1, 0]],
      [2, [2, 0], mixed([2, 0], 2, inside)],
      [3, [1, 0], mixed([1, 0], 3, { ratio: 10, delay: 0 })],
      [4, [1, 0], mixed([1, 0], 4, { ratio: 1, delay: 7 })],
      [8, [3, 0], mixed([3, 0], 8, inside)],
      [9, [0, 1], [0, 0]],
    ]);
    const histogram = duetHistogram(left, right, { maximumDelay: 4 });
    // bin k fits one delay from -4 to 4 only where 64 / (2 k) > 4
    expect(histogram.excluded).toEqual({
      zeroFrequency: { bins: 1, share: 0 },
      silent: { bins: 28, share: 0 },
      attenuation: { bins: 1, share: expect.closeTo(10 / 24, 12) },
      delay: { bins: 1, share: expect.closeTo(1 / 24, 12) },
      aliased: { bins: 1, share: expect.closeTo(9 / 24, 12) },
    });
    expect(histogram.countedBins).toBe(1);
    expect(sum(histogram.weights.data)).toBeCloseTo(4 / 24, 12);
  });

  test.each<DuetHistogramOptions>([
    { smoothing: 0 },
    { smoothing: 0, aliases: "every" },
    { smoothing: 0, amplitudePower: 0.5, frequencyPower: 1, maximumDelay: 1, maximumAttenuation: 0.7 },
  ])("accounts for every bin and for all of the weight, %o", (options) => {
    const { left, right } = noiseMixture("account");
    const { values, countedBins, excluded } = duetHistogram(left, right, options);
    const reasons = Object.values(excluded);
    expect(countedBins + sum(reasons.map(({ bins }) => bins))).toBe(left.frames * left.bins);
    expect(sum(values.data) + sum(reasons.map(({ share }) => share))).toBeCloseTo(1, 12);
  });

  it("tells delays apart in every bin up to 1 sample, and not beyond", () => {
    const { left, right } = disjointMixture([{ ratio: 1, delay: 0.9 }]);
    expect(duetHistogram(left, right, { maximumDelay: 0.99 }).excluded.aliased.bins).toBe(0);
    // the highest of 64 points wraps at 1 sample
    expect(duetHistogram(left, right, { maximumDelay: 1 }).excluded.aliased.bins).toBe(left.frames);
  });

  it("shares a bin among all delays that fit its phase where aliases are kept", () => {
    const { left, right } = frameOf([[16, [1, 1], mixed([1, 1], 16, { ratio: 1, delay: 3 })]]);
    const { delays, weights } = duetHistogram(left, right, { maximumDelay: 8, delayBins: 161, aliases: "every" });
    const row = nearest(duetHistogram(left, right).attenuations, 0);
    // period 4: delays -5, -1, 3, 7
    for (const delay of [-5, -1, 3, 7]) expect(at(weights, row, nearest(delays, delay))).toBeCloseTo(0.25, 14);
    expect(sum(weights.data)).toBeCloseTo(1, 14);
  });

  it("is mirrored in both axes, to the last digit, by exchanging the channels", () => {
    const { left, right } = noiseMixture("mirror");
    const one = duetHistogram(left, right, { maximumDelay: 0.99 });
    const other = duetHistogram(right, left, { maximumDelay: 0.99 });
    expect(other.values.data).toEqual(one.values.data.slice().reverse());
    expect(other.attenuationSums.data).toBeAllclose(one.attenuationSums.data.map((value) => -value).reverse());
    expect(other.delaySums.data).toBeAllclose(one.delaySums.data.map((value) => -value).reverse());
  });

  test.each([2 ** -600, 2 ** -20, 2 ** 30, 2 ** 900])("does not depend on the scale of the mixture, %d", (scale) => {
    const { left, right } = noiseMixture("scale");
    const histogram = duetHistogram(left, right);
    expect(duetHistogram(scaled(left, scale), scaled(right, scale))).toEqual(histogram);
  });

  it("smooths with a Gaussian of the deviation asked for and keeps the weight", () => {
    const { left, right } = frameOf([[4, [1, 0], [1, 0]]]);
    const { values, weights } = duetHistogram(left, right, { smoothing: 2 });
    expect(sum(values.data)).toBeCloseTo(1, 12);
    expect(sum(weights.data)).toBe(1);
    const [r, c] = [60, 40];
    const peak = at(values, r, c);
    for (const [dr, dc] of [
      [1, 0],
      [0, -2],
      [3, 4],
    ] as const) {
      expect(at(values, r + dr, c + dc) / peak).toBeCloseTo(Math.exp(-(dr * dr + dc * dc) / 8), 12);
    }
  });

  it("changes neither channel and states its options", () => {
    const { left, right } = noiseMixture("inputs");
    const copies = [left.real.slice(), left.imag.slice(), right.real.slice(), right.imag.slice()];
    const { options } = duetHistogram(left, right, { amplitudePower: 2 });
    expect([left.real, left.imag, right.real, right.imag]).toEqual(copies);
    expect(options).toEqual({ ...duetHistogramDefaults, amplitudePower: 2 });
  });

  const { left, right } = noiseMixture("refusals");
  const changed = (transform: Stft, part: Partial<Stft>): Stft => ({ ...transform, ...part });
  const spoiled = left.real.slice();
  spoiled[7] = Number.NaN;
  const tone = stft(new Float64Array(500).fill(1), { windowSize: 64, hopSize: 16 });
  const silence = scaled(left, 0);
  const constant = frameOf([[0, [1, 0], [1, 0]]]);

  test.each<[string, Stft | undefined, Stft | undefined, DuetHistogramOptions, string, RegExp]>([
    ["a mono mixture", left, undefined, {}, "bad-shape", /right channel is missing.*mono/],
    ["no left channel", undefined, right, {}, "bad-shape", /left channel is missing/],
    ["channels of different lengths", left, tone, {}, "bad-shape", /left channel has 20 frames.*right 33 frames/],
    [
      "channels transformed differently",
      left,
      changed(right, { options: { ...right.options, window: "sine" } }),
      {},
      "bad-shape",
      /hann window.*sine window.*alike/,
    ],
    [
      "arrays that do not fill the shape",
      left,
      changed(right, { imag: new Float64Array(3) }),
      {},
      "bad-shape",
      /right channel has 660 real and 3 imaginary/,
    ],
    ["a silent left channel", silence, right, {}, "bad-value", /left channel is silent/],
    ["a silent right channel", left, silence, {}, "bad-value", /right channel is silent/],
    [
      "values that are not finite",
      changed(left, { real: spoiled }),
      right,
      {},
      "bad-value",
      /real part of the left.*not finite.*index 7/,
    ],
    [
      "channels that share nothing above frequency 0",
      constant.left,
      constant.right,
      {},
      "bad-value",
      /no time-frequency bin/,
    ],
    ["an even number of cells", left, right, { delayBins: 50 }, "bad-option", /delayBins is 50; it must be odd/],
    ["a negative power", left, right, { amplitudePower: -1 }, "bad-option", /amplitudePower is -1/],
    ["no delays", left, right, { maximumDelay: 0 }, "bad-option", /maximumDelay is 0/],
    ["an unbounded attenuation", left, right, { maximumAttenuation: Infinity }, "bad-option", /maximumAttenuation/],
    ["an unknown treatment of aliases", left, right, { aliases: "none" as "every" }, "bad-option", /aliases is "none"/],
  ])("refuses %s", (_, first, second, options, code, message) => {
    expect(() => duetHistogram(first as Stft, second as Stft, options)).toThrow(
      expect.objectContaining({ name: "ToolkitError", code, message: expect.stringMatching(message) }),
    );
  });
});
