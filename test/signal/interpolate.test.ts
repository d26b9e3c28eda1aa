import { describe, expect, it, test } from "vitest";
import { resampleByTime, resampleFramesByTime, resampleToRate } from "../../src/signal/interpolate.ts";
import { frameTimes } from "../../src/signal/stft.ts";

/** Slow feature: two sines and an offset, in continuous time. */
const feature = (seconds: number) =>
  2 + Math.sin(2 * Math.PI * 1.3 * seconds) + 0.5 * Math.cos(2 * Math.PI * 8.7 * seconds + 1);
const series = (count: number, rateHz: number, startSeconds = 0, of = feature) =>
  Float64Array.from({ length: count }, (_, n) => of(startSeconds + n / rateHz));
/** The values whose times are at least one second from both ends. */
const inner = (values: Float64Array, rateHz: number) => values.subarray(Math.ceil(rateHz), -Math.ceil(rateHz));

describe("resampleByTime", () => {
  test.each([62.5, 44100 / 172, 64, 100])("reads features up to 9 Hz at %d Hz to 1e-4, at any time", (rateHz) => {
    const values = series(Math.floor(10 * rateHz), rateHz, -1);
    const times = Float64Array.from({ length: 300 }, (_, i) => 0.1 + 7.5 * ((i * 0.618) % 1));
    const out = resampleByTime(values, { rateHz, startSeconds: -1 }, times);
    expect(out).toBeAllclose(times.map(feature), { atol: 1e-4 });
  });

  it("stays close at the ends", () => {
    const values = series(625, 62.5);
    const times = Float64Array.of(0, 0.005, 0.01, 0.02, 9.97, 9.98);
    expect(resampleByTime(values, { rateHz: 62.5 }, times)).toBeAllclose(times.map(feature), { atol: 0.02 });
  });

  it("does not drift: frames of 172 samples at 44.1 kHz against EEG at 256 Hz, 24 s", () => {
    const [rateHz, hopSize] = [44100, 172];
    const centres = frameTimes(6160, { hopSize, rateHz });
    const eegTimes = Float64Array.from({ length: 24 * 256 }, (_, n) => n / 256);
    const out = resampleByTime(centres.map(feature), { rateHz: rateHz / hopSize }, eegTimes);
    const last = eegTimes.length - 1;
    expect(inner(out, 256)).toBeAllclose(inner(eegTimes.map(feature), 256), { atol: 1e-4 });
    // Frame n taken for EEG sample n would be early by 37 ms at the end
    expect(eegTimes[last]! - centres[last]!).toBeCloseTo(0.037, 3);
    expect(Math.abs(feature(centres[last]!) - feature(eegTimes[last]!))).toBeGreaterThan(0.1);
  });

  it("gives the samples themselves at their own times", () => {
    const values = series(50, 64);
    for (const method of ["sinc", "cubic", "linear"] as const) {
      const times = frameTimes(50, { hopSize: 1, rateHz: 64, startSeconds: 3 });
      const out = resampleByTime(values, { rateHz: 64, startSeconds: 3 }, times, { method });
      expect(out).toBeAllclose(values, { atol: 1e-12 });
    }
  });

  it("is exact for constants, for lines (linear) and for cubics (cubic), up to the ends", () => {
    const times = Float64Array.of(0, 0.03, 0.5, 1.234, 1.99, 2.4);
    const polynomial = (degree: number) => (t: number) =>
      [1, t, t * t, t ** 3].slice(0, degree + 1).reduce((a, b) => a + b);
    for (const [method, degree] of [
      ["sinc", 0],
      ["linear", 1],
      ["cubic", 3],
    ] as const) {
      const values = series(25, 10, 0, polynomial(degree));
      const out = resampleByTime(values, { rateHz: 10 }, times, { method });
      expect(out).toBeAllclose(times.map(polynomial(degree)), { atol: 1e-12 });
    }
  });

  it("is linear, and works for one, two and three samples", () => {
    const times = Float64Array.of(0, 0.4, 0.9);
    for (const method of ["sinc", "cubic", "linear"] as const) {
      for (const length of [1, 2, 3]) {
        const a = series(length, 1);
        const b = series(length, 1, 5);
        const [ra, rb, sum] = [a, b, a.map((value, i) => 2 * value - b[i]!)].map((values) =>
          resampleByTime(values, { rateHz: 1 }, times.subarray(0, length === 1 ? 1 : 3), { method }),
        );
        expect(sum!).toBeAllclose(
          ra!.map((value, i) => 2 * value - rb![i]!),
          { atol: 1e-12 },
        );
      }
    }
  });

  it("does the same for all columns of a matrix, in either precision", () => {
    const data = new Float64Array(100);
    for (let n = 0; n < 50; n++) data.set([feature(n / 64), feature(7 + n / 64)], 2 * n);
    const times = Float64Array.of(0.1, 0.31, 0.5);
    const out = resampleFramesByTime({ rows: 50, columns: 2, data }, { rateHz: 64 }, times);
    expect([out.rows, out.columns]).toEqual([3, 2]);
    for (const c of [0, 1]) {
      const column = data.filter((_, i) => i % 2 === c);
      expect(out.data.filter((_, i) => i % 2 === c)).toEqual(resampleByTime(column, { rateHz: 64 }, times));
    }
    const single = resampleFramesByTime({ rows: 50, columns: 2, data: Float32Array.from(data) }, { rateHz: 64 }, times);
    expect(single.data).toBeAllclose(out.data, { atol: 1e-6 });
  });

  it("holds the ends for half a second and refuses times beyond", () => {
    const values = series(65, 64);
    const axis = { rateHz: 64, startSeconds: 10 };
    const out = resampleByTime(values, axis, Float64Array.of(9.5, 11.5));
    expect(out).toBeAllclose([values[0]!, values[64]!], { atol: 1e-12 });
    expect(() => resampleByTime(values, axis, Float64Array.of(10, 11.6))).toThrow(
      /time 11.6 s at index 1 is outside the series, which lasts from 10 s to 11 s/,
    );
    expect(() => resampleByTime(values, axis, Float64Array.of(9.9), { holdSeconds: 0 })).toThrow(/outside/);
    expect(resampleByTime(values, axis, Float64Array.of(500), { holdSeconds: Infinity })[0]).toBeCloseTo(
      values[64]!,
      12,
    );
  });

  it("refuses what is not finite, no samples and bad options", () => {
    const values = series(10, 1);
    const times = Float64Array.of(1);
    expect(() => resampleByTime(new Float64Array(0), { rateHz: 1 }, times)).toThrow(/no samples/);
    expect(() => resampleByTime(Float64Array.of(Number.NaN), { rateHz: 1 }, times)).toThrow(/not finite/);
    expect(() => resampleByTime(values, { rateHz: 0 }, times)).toThrow(/source.rateHz is 0/);
    expect(() => resampleByTime(values, { rateHz: 1 }, Float64Array.of(Number.NaN))).toThrow(/times has 1 of 1/);
    expect(() => resampleByTime(values, { rateHz: 1 }, times, { holdSeconds: -1 })).toThrow(/holdSeconds is -1/);
    expect(() => resampleByTime(values, { rateHz: 1 }, times, { method: "spline" as "sinc" })).toThrow(/"spline"/);
  });
});

describe("resampleToRate", () => {
  test.each([
    [62.5, 64],
    [64, 62.5],
    [44100 / 172, 64],
    [64, 44100 / 172],
    [100, 64 * Math.SQRT2],
    [64 * Math.SQRT2, 50],
  ])("brings features up to 9 Hz from %d Hz to %d Hz in place", (fromHz, toHz) => {
    const out = resampleToRate(series(Math.floor(12 * fromHz), fromHz), { rateHz: fromHz }, { rateHz: toHz });
    expect(Math.abs(out.length - 12 * toHz)).toBeLessThan(toHz / fromHz + 1);
    expect(inner(out, toHz)).toBeAllclose(inner(series(out.length, toHz), toHz), { atol: 2e-4 });
  });

  it("removes what the lower rate cannot hold", () => {
    const high = series(2500, 250, 0, (t) => Math.sin(2 * Math.PI * 50 * t));
    const out = resampleToRate(high, { rateHz: 250 }, { rateHz: 64 / 1.01 });
    for (const value of inner(out, 64)) expect(Math.abs(value)).toBeLessThan(1e-4);
  });

  it("keeps a constant, takes another start and length", () => {
    const out = resampleToRate(
      new Float64Array(100).fill(3),
      { rateHz: 50, startSeconds: 1 },
      { rateHz: 7.3, startSeconds: 1.5, samples: 9 },
    );
    expect(out).toBeAllclose(new Float64Array(9).fill(3), { rtol: 1e-14 });
  });

  it("refuses rates that are not positive and axes outside the source", () => {
    const values = series(100, 50);
    expect(() => resampleToRate(values, { rateHz: 50 }, { rateHz: 0 })).toThrow(/target.rateHz is 0/);
    expect(() => resampleToRate(values, { rateHz: Number.NaN }, { rateHz: 1 })).toThrow(/source.rateHz is NaN/);
    expect(() => resampleToRate(values, { rateHz: 50 }, { rateHz: 10, startSeconds: -3 })).toThrow(/time -3 s/);
    expect(() => resampleToRate(values, { rateHz: 50 }, { rateHz: 10, samples: 1.5 })).toThrow(/samples is 1.5/);
  });
});
