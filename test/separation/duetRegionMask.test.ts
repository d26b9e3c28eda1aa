import { describe, expect, it, test } from "vitest";
import { duetHistogram } from "../../src/separation/duetHistogram.ts";
import { type DuetRegion, duetRegionMask } from "../../src/separation/duetRegionMask.ts";
import { disjointMixture, frameOf, mixed, noiseMixture, scaled } from "./duetMixture.ts";

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

describe("duetRegionMask", () => {
  // bin 16 of 64 points: a period of 4 samples
  const mixing = { ratio: 2, delay: 1.5 };
  const one = frameOf([[16, [3, -4], mixed([3, -4], 16, mixing)]]);

  test.each<[DuetRegion, number]>([
    [{}, 1],
    [{ minimumAttenuation: 1.4, maximumAttenuation: 1.6 }, 1],
    [{ minimumAttenuation: 1.6 }, 0],
    [{ maximumAttenuation: 1.4 }, 0],
    [{ minimumDelay: 1.4, maximumDelay: 1.6 }, 1],
    [{ minimumDelay: -1.6, maximumDelay: -1.4 }, 0],
    [{ minimumDelay: 1.6, maximumDelay: 5.4 }, 0],
    [{ minimumDelay: 5.4, maximumDelay: 5.6 }, 1],
    [{ minimumDelay: -2.6, maximumDelay: -2.4 }, 1],
    [{ minimumDelay: 0, maximumDelay: 2, minimumAttenuation: 0, maximumAttenuation: 1 }, 0],
  ])("of %o holds a ratio of 2 delayed by 1.5 samples, or by whole periods more: %i", (region, expected) => {
    expect(duetRegionMask(one.left, one.right, region).data[16]).toBe(expected);
  });

  it("picks one of several sources that never overlap", () => {
    const truth = [
      { ratio: 0.5, delay: -0.4 },
      { ratio: 1.2, delay: 0.3 },
    ];
    const { left, right, owners } = disjointMixture(truth);
    const region = { minimumAttenuation: -2, maximumAttenuation: -1, minimumDelay: -0.6, maximumDelay: -0.2 };
    const mask = duetRegionMask(left, right, region);
    expect(mask.data).toEqual(Float64Array.from(owners, (owner) => (owner === 0 ? 1 : 0)));
  });

  it("is what the histogram counts, frequency 0 aside, in a region as large as the histogram", () => {
    const { left, right } = noiseMixture("count");
    const { countedBins } = duetHistogram(left, right, {
      maximumAttenuation: 1,
      maximumDelay: 2.5,
      aliases: "every",
    });
    const region = { minimumAttenuation: -1, maximumAttenuation: 1, minimumDelay: -2.5, maximumDelay: 2.5 };
    const mask = duetRegionMask(left, right, region);
    const atZero = mask.data.filter((_, i) => i % left.bins === 0);
    expect(sum(mask.data) - sum(atZero)).toBe(countedBins);
  });

  it("takes a source in one channel only by an open side, whatever the delay, and leaves silence out", () => {
    const { left, right } = frameOf([
      [0, [1, 0], [1, 0]],
      [3, [0, 0], [1, 1]],
      [5, [1, 1], [0, 0]],
      [7, [1, 0], [1, 0]],
    ]);
    const bins = (region: DuetRegion) =>
      Array.from(duetRegionMask(left, right, region).data.entries()).flatMap(([k, value]) => (value ? [k] : []));
    const delays = { minimumDelay: 0.1, maximumDelay: 0.2 };
    expect(bins({ minimumAttenuation: 1 })).toEqual([3]);
    expect(bins({ maximumAttenuation: -1, ...delays })).toEqual([5]);
    expect(bins(delays)).toEqual([0, 3, 5]);
    expect(bins({})).toEqual([0, 3, 5, 7]);
  });

  it("is the mirrored region's with the channels exchanged", () => {
    const { left, right } = noiseMixture("mirror");
    const region = { minimumAttenuation: -0.5, maximumAttenuation: 2, minimumDelay: -0.25, maximumDelay: 0.75 };
    const mirrored = { minimumAttenuation: -2, maximumAttenuation: 0.5, minimumDelay: -0.75, maximumDelay: 0.25 };
    expect(duetRegionMask(right, left, mirrored)).toEqual(duetRegionMask(left, right, region));
  });

  test.each<[string, DuetRegion, RegExp]>([
    ["bounds out of order", { minimumAttenuation: 1, maximumAttenuation: 0 }, /attenuation from 1 to 0/],
    ["a bound that is NaN", { minimumDelay: Number.NaN, maximumDelay: 0 }, /delay from NaN to 0/],
    ["one bound of the delays", { minimumDelay: 1 }, /delay from 1 to Infinity; give both bounds or neither/],
  ])("refuses %s", (_, region, message) => {
    const { left, right } = noiseMixture("refusals");
    const refusal = expect.objectContaining({ code: "bad-option", message: expect.stringMatching(message) });
    expect(() => duetRegionMask(left, right, region)).toThrow(refusal);
  });

  it("refuses a silent channel", () => {
    const { left } = noiseMixture("refusals");
    expect(() => duetRegionMask(scaled(left, 0), left)).toThrow(/left channel is silent/);
  });
});
