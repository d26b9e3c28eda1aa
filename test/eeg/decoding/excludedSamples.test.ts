import { describe, expect, it } from "vitest";
import { excludedSamples } from "../../../src/eeg/decoding/excludedSamples.ts";

const flagsOf = (...spans: [number, number][]) =>
  excludedSamples(
    "test",
    spans.map(([startSeconds, endSeconds]) => ({ startSeconds, endSeconds })),
    { rateHz: 10, samples: 10 },
  )?.join("");

describe("excludedSamples", () => {
  it("takes the start of a span in and its end not, where they are on the grid", () => {
    expect(flagsOf([0.2, 0.5])).toBe("0011100000");
    expect(flagsOf([0.1 + 0.2, 0.7], [0.6, 0.9])).toBe("0001111110");
  });

  it("takes a sample that a span meets in part, so that no span is too short to count", () => {
    expect(flagsOf([0.25, 0.41])).toBe("0011100000");
    expect(flagsOf([0.33, 0.34])).toBe("0001000000");
  });

  it("cuts spans to the trial, and has none where none is left", () => {
    expect(flagsOf([-5, 0.1], [0.9, 70])).toBe("1000000001");
    expect(flagsOf([-5, 0], [1, 2], [0.3, 0.3])).toBeUndefined();
    expect(flagsOf()).toBeUndefined();
    expect(excludedSamples("test", undefined, { rateHz: 10, samples: 10 })).toBeUndefined();
  });

  it("refuses spans that are not times in order", () => {
    expect(() => flagsOf([0.5, 0.4])).toThrow("test: excluded span 0 is from 0.5 to 0.4 s");
    expect(() => flagsOf([0, 1], [Number.NaN, 1])).toThrow("excluded span 1 is from NaN");
    expect(() => excludedSamples("test", [], { rateHz: 0, samples: 1 })).toThrow("rateHz is 0");
  });
});
