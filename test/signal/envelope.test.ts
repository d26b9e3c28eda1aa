import { describe, expect, it, test } from "vitest";
import { analyticMagnitude, envelope } from "../../src/signal/envelope.ts";
import { recorded, wave } from "./reference.ts";

describe("analyticMagnitude", () => {
  test.each(recorded.hilbert)("agrees with scipy.signal.hilbert for $samples samples", ({ samples, magnitude }) => {
    expect(analyticMagnitude(wave(samples, 0.4))).toBeAllclose(magnitude, { atol: 1e-13 });
  });

  test.each([100, 101, 128])("is the amplitude of a sine of whole periods, %i samples", (size) => {
    const sine = Float64Array.from({ length: size }, (_, i) => 0.7 * Math.sin((2 * Math.PI * 9 * i) / size + 1));
    expect(analyticMagnitude(sine)).toBeAllclose(new Float64Array(size).fill(0.7), { atol: 1e-13 });
  });

  it("refuses an empty signal and samples that are not finite", () => {
    expect(() => analyticMagnitude(new Float64Array(0))).toThrow(/no samples/);
    expect(() => analyticMagnitude(Float64Array.of(1, Number.NaN, 2))).toThrow(/not finite.*index 1/);
  });
});

describe("envelope", () => {
  const rateHz = 4000;
  const slow = (seconds: number) => 0.5 + 0.3 * Math.cos(2 * Math.PI * 3 * seconds);
  /** A 500 Hz tone whose amplitude is `slow`, 4 s. */
  const tone = Float64Array.from({ length: 16_000 }, (_, i) => slow(i / rateHz) * Math.sin((Math.PI * i) / 4));

  test.each([64, 62.5, 100, 50 * Math.SQRT2])("finds a slow modulation at %d Hz, in place", (outputRateHz) => {
    const out = envelope(tone, { rateHz, outputRateHz, exponent: 1 });
    expect(out.length).toBe(Math.ceil(4 * outputRateHz));
    const expected = out.map((_, k) => slow(k / outputRateHz));
    // Away from the ends; the resampling filter's ripple is 53 dB down
    expect(out.subarray(20, -20)).toBeAllclose(expected.subarray(20, -20), { atol: 2e-3 });
  });

  it("by root mean square finds the modulation over the square root of 2", () => {
    const out = envelope(tone, { rateHz, outputRateHz: 50, method: "rms", exponent: 1 });
    const expected = out.map((_, k) => slow(k / 50) / Math.SQRT2);
    // 80 samples are 10 periods of the tone; a window of 20 ms smooths a 3 Hz modulation by 0.6 %
    expect(out.subarray(1)).toBeAllclose(expected.subarray(1), { atol: 3e-3 });
    const whole = envelope(Float64Array.of(3, -4, 0, 5), { rateHz: 4, outputRateHz: 4, method: "rms", exponent: 1 });
    expect(whole).toBeAllclose([3, 4, 0, 5], { rtol: 1e-15 });
  });

  it("weighs the samples at the borders of a mean square by the part that is inside", () => {
    // Periods of 2.5 samples about 0, 2.5, 5 in time: [-0.5, 1.25), [1.25, 3.75), [3.75, 5.5)
    const samples = Float64Array.of(1, 2, 3, 4, 5, 6);
    const out = envelope(samples, { rateHz: 5, outputRateHz: 2, method: "rms", exponent: 2 });
    const squares = [(1 + 0.75 * 4) / 1.75, (0.25 * 4 + 9 + 16 + 0.25 * 25) / 2.5, (0.75 * 25 + 36) / 1.75];
    expect(out).toBeAllclose(squares, { rtol: 1e-14 });
  });

  test.each(["hilbert", "rms"] as const)(
    "%s: twice the sound is 2^exponent times the envelope, never below 0",
    (method) => {
      const options = { rateHz, outputRateHz: 64, method };
      const single = envelope(tone, options);
      const twice = envelope(
        tone.map((value) => 2 * value),
        options,
      );
      expect(twice).toBeAllclose(
        single.map((value) => value * 2 ** 0.6),
        { rtol: 1e-12 },
      );
      const click = new Float64Array(4000);
      click[2000] = 1;
      expect(Math.min(...envelope(click, options))).toBeGreaterThanOrEqual(0);
    },
  );

  it("of silence is silence", () => {
    expect(envelope(new Float64Array(1000), { rateHz, outputRateHz: 64 })).toEqual(new Float64Array(16));
  });

  it("refuses rates, exponents and methods it cannot work with", () => {
    expect(() => envelope(tone, { rateHz: 64, outputRateHz: 100 })).toThrow(/outputRateHz is 100, above .* 64 Hz/);
    expect(() => envelope(tone, { rateHz, outputRateHz: 0 })).toThrow(/outputRateHz is 0/);
    expect(() => envelope(tone, { rateHz: 0, outputRateHz: 1 })).toThrow(/rateHz is 0/);
    expect(() => envelope(tone, { rateHz, outputRateHz: 64, exponent: 0 })).toThrow(/exponent is 0/);
    expect(() => envelope(tone, { rateHz, outputRateHz: 64, method: "gammatone" as "rms" })).toThrow(/"gammatone"/);
    expect(() => envelope(new Float64Array(0), { rateHz, outputRateHz: 64 })).toThrow(/no samples/);
    expect(() => envelope(Float64Array.of(Infinity), { rateHz, outputRateHz: 64 })).toThrow(/not finite/);
  });
});
