import { describe, expect, it, test } from "vitest";
import { framesAt } from "../../src/signal/framesAt.ts";

describe("framesAt", () => {
  it("keeps step with 256 Hz at 44.1 kHz, where a hop of 172 samples is 37 ms off after 24 s", () => {
    const clock = framesAt({ rateHz: 44_100, outputRateHz: 256 });
    expect(clock.hopSamples).toBe(172.265625);
    const frame = 24 * 256;
    expect(clock.centre(frame)).toEqual({ sample: 24 * 44_100, fraction: 0 });
    expect((24 * 44_100 - frame * 172) / 44_100).toBeCloseTo(0.037, 3);
    // One frame is 172 + 17/64 samples; a day later still exact
    expect(clock.centre(1)).toEqual({ sample: 172, fraction: 17 / 64 });
    expect(clock.centre(86_400 * 256 + 1)).toEqual({ sample: 86_400 * 44_100 + 172, fraction: 17 / 64 });
  });

  test.each([
    { rateHz: 44_100, outputRateHz: 64 },
    { rateHz: 48_000, outputRateHz: 100 },
    { rateHz: 22_050, outputRateHz: 62.5 },
    { rateHz: 16_000, outputRateHz: 50 * Math.SQRT2 },
    { rateHz: 16_000.123456, outputRateHz: 64.01 },
    { rateHz: 100, outputRateHz: 100 },
  ])("centres frame n at n / $outputRateHz s in $rateHz Hz, and drifts nowhere", ({ rateHz, outputRateHz }) => {
    const clock = framesAt({ rateHz, outputRateHz });
    for (const n of [0, 1, 2, 17, 1000, 999_999]) {
      const { sample, fraction } = clock.centre(n);
      expect(Number.isInteger(sample) && fraction >= 0 && fraction < 1).toBe(true);
      // A sample count of 1e10 has 6 decimals left
      expect(Math.abs(sample + fraction - (n / outputRateHz) * rateHz)).toBeLessThan(1e-6);
    }
    expect(clock.times(4)).toBeAllclose([0, 1 / outputRateHz, 2 / outputRateHz, 3 / outputRateHz], { rtol: 1e-15 });
  });

  it("counts the frames centred before the end of the sound", () => {
    const clock = framesAt({ rateHz: 44_100, outputRateHz: 256 });
    expect([0, 1, 172, 173, 44_100, 44_101].map(clock.count)).toEqual([0, 1, 1, 2, 256, 257]);
    const irrational = framesAt({ rateHz: 1000, outputRateHz: 10 * Math.SQRT2 });
    expect([0, 70, 71].map(irrational.count)).toEqual([0, 1, 2]);
  });

  it("refuses rates and numbers that make no frames", () => {
    expect(() => framesAt({ rateHz: 100, outputRateHz: 128 })).toThrow(/outputRateHz is 128; .* at most 100/);
    expect(() => framesAt({ rateHz: 0, outputRateHz: 1 })).toThrow(/rateHz is 0/);
    expect(() => framesAt({ rateHz: 100, outputRateHz: 10 }).centre(-1)).toThrow(/frame's number is -1/);
    expect(() => framesAt({ rateHz: 100, outputRateHz: 10 }).count(0.5)).toThrow(/samples is 0.5/);
  });
});
