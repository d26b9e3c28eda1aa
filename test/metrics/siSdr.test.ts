import { describe, expect, it, test } from "vitest";
import { siSdr } from "../../src/metrics/siSdr.ts";

const phase = (t: number) => (2 * Math.PI * 7 * t) / 1000;
const sine = Float64Array.from({ length: 1000 }, (_, t) => Math.sin(phase(t)));
const mix = (target: number, noise: number) => sine.map((value, t) => target * value + noise * Math.cos(phase(t)));

describe("siSdr", () => {
  // Over whole periods sine and cosine are orthogonal and equally loud, so the true ratio of a mix is known in closed form.
  test.each([
    { target: 1, noise: 0.1, decibels: 20 },
    { target: 2, noise: 2, decibels: 0 },
    { target: -1, noise: 10, decibels: -20 },
    { target: 1, noise: 1e-7, decibels: 140 },
  ])("is $decibels dB for $target sine + $noise cosine", ({ target, noise, decibels }) => {
    expect(siSdr(sine, mix(target, noise))).toBeCloseTo(decibels, 6);
  });

  it("does not change with the scale of either signal", () => {
    const scaled = mix(1, 0.3).map((value) => 1e-5 * value);
    expect(siSdr(sine, scaled)).toBeCloseTo(siSdr(sine, mix(1, 0.3)), 9);
    expect(siSdr(scaled, sine)).toBeCloseTo(siSdr(mix(1, 0.3), sine), 9);
  });

  it("is infinite for the reference itself", () => {
    expect(siSdr(sine, sine)).toBe(Infinity);
  });

  it("is NaN where one of the two is silent, and -Infinity where they are orthogonal", () => {
    expect(siSdr(new Float64Array(5), sine.subarray(0, 5))).toBeNaN();
    expect(siSdr(sine.subarray(0, 5), new Float64Array(5))).toBeNaN();
    expect(siSdr(Float64Array.of(1, 0), Float64Array.of(0, 1))).toBe(-Infinity);
  });

  it("refuses other lengths, none, and NaN", () => {
    expect(() => siSdr(sine, sine.subarray(1))).toThrow("reference has 1000 samples, estimate 999");
    expect(() => siSdr(new Float64Array(0), new Float64Array(0))).toThrow("0 samples");
    expect(() => siSdr(Float64Array.of(1, 2), Float64Array.of(1, Number.NaN))).toThrow(/not finite.*index 1/);
  });
});
