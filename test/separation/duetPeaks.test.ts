import { describe, expect, it, test } from "vitest";
import { duetHistogram } from "../../src/separation/duetHistogram.ts";
import { type DuetPeakOptions, duetPeaks } from "../../src/separation/duetPeaks.ts";
import { disjointMixture } from "./duetMixture.ts";

const mixings = [
  { ratio: 0.55, delay: -2.37 },
  { ratio: 1.1, delay: 0.81 },
  { ratio: 2.3, delay: 3.3 },
  { ratio: 0.9, delay: 2.9 },
];
const histogramOf = (...args: Parameters<typeof disjointMixture>) => {
  const { left, right } = disjointMixture(...args);
  return duetHistogram(left, right);
};

describe("duetPeaks", () => {
  test.each([1, 2, 3, 4])("are the level ratios and delays of %i sources that never overlap", (sources) => {
    const truth = mixings.slice(0, sources);
    const peaks = duetPeaks(histogramOf(truth), { sources });
    const found = [...peaks].sort((a, b) => a.delay - b.delay);
    const sorted = [...truth].sort((a, b) => a.delay - b.delay);
    expect(found.map(({ ratio }) => ratio)).toBeAllclose(
      sorted.map(({ ratio }) => ratio),
      { rtol: 1e-12 },
    );
    expect(found.map(({ delay }) => delay)).toBeAllclose(
      sorted.map(({ delay }) => delay),
      { rtol: 1e-12 },
    );
    expect(found.map(({ attenuation }) => attenuation)).toBeAllclose(
      sorted.map(({ ratio }) => ratio - 1 / ratio),
      { rtol: 1e-12, atol: 1e-12 },
    );
  });

  it("come strongest first, with their shares of the weight", () => {
    const histogram = histogramOf([mixings[0]!, mixings[1]!], { loudness: [1, 3] });
    const peaks = duetPeaks(histogram, { sources: 2 });
    expect(peaks[0]!.delay).toBeCloseTo(0.81, 12);
    expect(peaks[0]!.weight).toBeGreaterThan(peaks[1]!.weight);
    expect(peaks[0]!.weight + peaks[1]!.weight + histogram.excluded.aliased.share).toBeCloseTo(1, 12);
  });

  it("are negated by exchanging the channels, ratios inverted", () => {
    const { left, right } = disjointMixture(mixings);
    const peaks = duetPeaks(duetHistogram(left, right), { sources: 4 });
    const exchanged = duetPeaks(duetHistogram(right, left), { sources: 4 });
    expect(exchanged.map(({ delay }) => -delay)).toBeAllclose(
      peaks.map(({ delay }) => delay),
      { rtol: 1e-12 },
    );
    expect(exchanged.map(({ ratio }) => 1 / ratio)).toBeAllclose(
      peaks.map(({ ratio }) => ratio),
      { rtol: 1e-12 },
    );
  });

  it("find delays beyond 1 sample per bin with all aliases kept", () => {
    const apart = [
      { ratio: 0.8, delay: -17.6 },
      { ratio: 1.2, delay: 11.25 },
    ];
    const { left, right } = disjointMixture(apart, { frames: 80 });
    const range = { maximumDelay: 20, delayBins: 401 };
    const { excluded } = duetHistogram(left, right, range);
    expect(excluded.aliased.share).toBeGreaterThan(0.9);
    const peaks = duetPeaks(duetHistogram(left, right, { ...range, aliases: "every" }), { sources: 2 });
    const found = peaks.sort((a, b) => a.delay - b.delay);
    expect(found.map(({ ratio }) => ratio)).toBeAllclose([0.8, 1.2], { rtol: 1e-12 });
    // aliases of other frequencies lie beside the true delay
    expect(found.map(({ delay }) => delay)).toBeAllclose([-17.6, 11.25], { atol: 0.02 });
  });

  test.each<[string, DuetPeakOptions, number]>([
    ["delay", { sources: 2, minimumDelayDistance: 1.2 }, 2.2],
    ["attenuation", { sources: 2, minimumDelayDistance: 5, minimumAttenuationDistance: 0.8 }, 2.2],
  ])("of two closer than the minimum distance in %s only the higher counts", (_, options, expected) => {
    const close = [
      { ratio: 1, delay: 0 },
      { ratio: 1, delay: 1 },
      { ratio: 2.2, delay: 0.5 },
    ];
    const histogram = histogramOf(close, { loudness: [2, 1.6, 0.7] });
    const second = (given: DuetPeakOptions) => duetPeaks(histogram, given)[1]!;
    expect(second({ sources: 2 }).ratio).toBeCloseTo(1, 10);
    expect(second(options).ratio).toBeCloseTo(expected, 10);
  });

  it("below the threshold are noise", () => {
    const histogram = histogramOf([mixings[0]!, mixings[1]!], { loudness: [1, 0.02] });
    expect(() => duetPeaks(histogram, { sources: 2 })).toThrow(/found 1 of 2/);
    expect(duetPeaks(histogram, { sources: 2, threshold: 0 })[1]!.delay).toBeCloseTo(0.81, 12);
  });

  test.each<[string, DuetPeakOptions, string, RegExp]>([
    ["more sources than peaks", { sources: 3 }, "bad-value", /found 2 of 3 sources.*ask for fewer/],
    ["no sources", { sources: 0 }, "bad-option", /sources is 0/],
    ["half a source", { sources: 1.5 }, "bad-option", /sources is 1.5/],
    ["a threshold above 1", { sources: 1, threshold: 2 }, "bad-option", /threshold is 2/],
    ["a negative distance", { sources: 1, minimumDelayDistance: -1 }, "bad-option", /minimumDelayDistance is -1/],
  ])("refuse %s", (_, options, code, message) => {
    const histogram = histogramOf([mixings[0]!, mixings[1]!]);
    expect(() => duetPeaks(histogram, options)).toThrow(
      expect.objectContaining({ name: "ToolkitError", code, message: expect.stringMatching(message) }),
    );
  });

  it("of two equal channels are one peak, in the middle", () => {
    const { left } = disjointMixture([mixings[0]!]);
    const histogram = duetHistogram(left, left);
    expect(duetPeaks(histogram, { sources: 1 })).toMatchObject([{ ratio: 1, delay: expect.closeTo(0, 15) }]);
    expect(() => duetPeaks(histogram, { sources: 2 })).toThrow(/found 1 of 2/);
  });

  it("are nowhere in a histogram that holds nothing", () => {
    const { left, right } = disjointMixture([{ ratio: 9, delay: 0 }]);
    expect(() => duetPeaks(duetHistogram(left, right), { sources: 1 })).toThrow(/found 0 of 1/);
  });
});
