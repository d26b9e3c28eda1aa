import { describe, expect, it } from "vitest";
import { silenceScores } from "../../src/metrics/silenceScores.ts";

/** Frames of ten samples, each constant at one level. */
const steps = (...levels: number[]) =>
  Float64Array.from({ length: 10 * levels.length }, (_, t) => levels[Math.floor(t / 10)]!);
const frames = { window: 10, hop: 10 };

describe("silenceScores", () => {
  it("is the mean energy in dB of the frames in which the other is silent", () => {
    const reference = steps(0, 1, 0, 0.1, 2, 0);
    const estimate = steps(0.1, 1, 1, 0, 0, 0);
    const { pes, eps, pesFrames, epsFrames, frames: count } = silenceScores(reference, estimate, frames);
    // Sums of squares: PES 0.1, 10 and the floor of 1e-12; EPS 0.1 and 40.
    expect(pes).toBeCloseTo((-10 + 10 - 120) / 3, 9);
    expect(eps).toBeCloseTo((-10 + 10 * Math.log10(40)) / 2, 9);
    expect({ pesFrames, epsFrames, count }).toEqual({ pesFrames: [0, 2, 5], epsFrames: [3, 4], count: 6 });
  });

  it("is NaN where there is no such frame", () => {
    const { pes, eps, pesFrames, epsFrames } = silenceScores(steps(1, 2), steps(3, 4), frames);
    expect([pes, eps, pesFrames, epsFrames]).toEqual([Number.NaN, Number.NaN, [], []]);
  });

  it("counts a frame as silent only if all of it is", () => {
    const reference = steps(0, 0, 1);
    // Windows start at 0, 5, 10, 15, 20; that from 15 on has half of the tone.
    expect(silenceScores(reference, steps(1, 1, 1), { window: 10, hop: 5 }).pesFrames).toEqual([0, 1, 2]);
  });

  it("takes the whole of a signal that is shorter than a second", () => {
    const { pes, options } = silenceScores(steps(0), steps(1));
    expect(pes).toBeCloseTo(10, 9);
    expect(options).toEqual({ window: 10, hop: 44_100 });
  });

  it("refuses other lengths, NaN and windows that make no sense", () => {
    expect(() => silenceScores(steps(1), steps(1, 1))).toThrow("reference has 10 samples, estimate 20");
    expect(() => silenceScores(new Float64Array(0), new Float64Array(0))).toThrow("0 samples");
    expect(() => silenceScores(steps(1), steps(Number.NaN))).toThrow("index 0");
    expect(() => silenceScores(steps(1), steps(1), { hop: 0 })).toThrow("hop is 0");
  });
});
