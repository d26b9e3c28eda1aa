import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { row } from "../../src/core/matrix.ts";
import {
  hzToMel,
  type MelFilterOptions,
  type MelScale,
  melFilters,
  melSpectrogram,
  melToHz,
} from "../../src/signal/melFilters.ts";

const recorded: { filters: { options: MelFilterOptions; weights: number[] }[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../fixtures/timbre.json"), "utf8"),
);

describe("hzToMel and melToHz", () => {
  // the examples in the documentation of librosa 0.10, the first at 11025 Hz in that of its Rust version
  test.each([
    [11025, 49.91059448015905],
    [60, 0.9],
    [110, 1.65],
    [220, 3.3],
    [440, 6.6],
    [200, 3],
  ])("puts %d Hz at %d mel of the Slaney scale", (hz, mel) => {
    expect(hzToMel(hz)).toBeCloseTo(mel, 12);
    expect(melToHz(mel)).toBeCloseTo(hz, 8);
  });

  it("has 27 mel for a factor of 6.4 above 1 kHz on the Slaney scale, and 1000 Hz at 15 mel", () => {
    expect(hzToMel(1000)).toBeCloseTo(15, 12);
    expect(hzToMel(6400)).toBeCloseTo(42, 12);
    expect(melToHz(42)).toBeCloseTo(6400, 8);
  });

  it("follows 2595 log10(1 + f / 700) on the scale of HTK", () => {
    expect(hzToMel(6300, "htk")).toBeCloseTo(2595, 10);
    expect(melToHz(2595, "htk")).toBeCloseTo(6300, 8);
    expect(hzToMel(0, "htk")).toBe(0);
  });

  test.each<MelScale>(["slaney", "htk"])("is undone by its inverse, scale %s", (scale) => {
    const hz = [0, 1, 333, 999.9, 1000, 1000.1, 4321, 22050];
    expect(hz.map((value) => melToHz(hzToMel(value, scale), scale))).toBeAllclose(hz, { rtol: 1e-13, atol: 1e-10 });
  });
});

describe("melFilters", () => {
  test.each(recorded.filters)("has the weights of the formula: $options", ({ options, weights }) => {
    const filters = melFilters(options);
    expect([filters.rows, filters.columns]).toEqual([options.bands, Math.floor(options.windowSize / 2) + 1]);
    expect(filters.data).toBeAllclose(weights, { atol: 1e-13 });
  });

  it("has 40 bands up to half the rate on the Slaney scale, of one area, unless told otherwise", () => {
    const frame = { rateHz: 16000, windowSize: 1024 };
    const whole = { bands: 40, lowHz: 0, highHz: 8000, scale: "slaney", normalisation: "area" } as const;
    expect(melFilters(frame)).toEqual(melFilters({ ...frame, ...whole }));
  });

  it("gives each filter the area 1 Hz", () => {
    const filters = melFilters({ rateHz: 16000, windowSize: 65536 });
    const areas = Array.from({ length: 40 }, (_, b) => row(filters, b).reduce((sum, weight) => sum + weight, 0));
    expect(areas.map((sum) => (sum * 16000) / 65536)).toBeAllclose(new Float64Array(40).fill(1), { rtol: 1e-4 });
  });

  it("adds up to 1 between the centres of the first and last filter without normalisation", () => {
    const filters = melFilters({ rateHz: 16000, windowSize: 1024, bands: 20, normalisation: "none" });
    const sums = Array.from({ length: filters.columns }, (_, m) =>
      Array.from({ length: 20 }, (_, b) => row(filters, b)[m]!).reduce((sum, weight) => sum + weight, 0),
    );
    const step = hzToMel(8000) / 21;
    const inside = sums.filter((_, m) => {
      const mel = hzToMel((m * 16000) / 1024);
      return mel >= step && mel <= 20 * step;
    });
    expect(inside.length).toBeGreaterThan(300);
    expect(inside).toBeAllclose(new Float64Array(inside.length).fill(1), { rtol: 1e-12 });
  });

  test.each<[string, Partial<MelFilterOptions>, RegExp]>([
    ["no band", { bands: 0 }, /bands is 0/],
    ["an upper edge past half the rate", { highHz: 9000 }, /highHz is 9000/],
    ["edges in the wrong order", { lowHz: 500, highHz: 400 }, /highHz is 400; it must be above 500/],
    ["a filter without a bin", { windowSize: 64, bands: 40 }, /filter 0 of 40, from 0\.0 to 147\.\d Hz, has no bin/],
    ["a scale it does not know", { scale: "bark" as MelScale }, /scale is "bark"/],
    ["a normalisation it does not know", { normalisation: "peak" as "area" }, /normalisation is "peak"/],
    ["no rate", { rateHz: 0 }, /rateHz is 0/],
  ])("refuses %s", (_, options, message) => {
    expect(() => melFilters({ rateHz: 16000, windowSize: 512, ...options })).toThrow(message);
  });
});

describe("melSpectrogram", () => {
  const filters = melFilters({ rateHz: 8000, windowSize: 128, bands: 10 });

  it("gives a line at bin m the weights of bin m", () => {
    const frames = { rows: 2, columns: 65, data: new Float64Array(130) };
    frames.data[20] = 1;
    frames.data[65 + 33] = 4;
    const bands = melSpectrogram(frames, filters);
    expect([bands.rows, bands.columns]).toEqual([2, 10]);
    expect([...row(bands, 0)]).toEqual(Array.from({ length: 10 }, (_, b) => row(filters, b)[20]));
    expect([...row(bands, 1)]).toEqual(Array.from({ length: 10 }, (_, b) => 4 * row(filters, b)[33]!));
  });

  it("refuses a spectrogram of another window", () => {
    expect(() => melSpectrogram({ rows: 1, columns: 64, data: new Float64Array(64) }, filters)).toThrow(
      /spectrogram has 64 bins, the filters 65/,
    );
  });
});
