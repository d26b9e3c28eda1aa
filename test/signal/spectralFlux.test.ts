import { describe, expect, it, test } from "vitest";
import { spectralFlux } from "../../src/signal/spectralFlux.ts";
import { argmax, chirp, clicks, recordedFeatures } from "./stimulusReference.ts";

describe("spectralFlux", () => {
  test.each(["linear", "log"] as const)("is the half-wave rectified difference of %s magnitudes", (compression) => {
    const { rows, times, names } = spectralFlux(chirp(4000), { rateHz: 8000, outputRateHz: 64, compression });
    expect(rows[0]).toBeAllclose(recordedFeatures.flux[compression], { atol: 1e-9 });
    expect([times[31], names]).toEqual([31 / 64, ["spectral flux"]]);
  });

  test.each([
    { rateHz: 44_100, outputRateHz: 256 },
    { rateHz: 16_000, outputRateHz: 64 },
    { rateHz: 22_050, outputRateHz: 50 * Math.SQRT2 },
  ])("finds clicks at the right times to a frame, $rateHz Hz to $outputRateHz Hz", (rates) => {
    const seconds = [0.3, 1.01, 5.5, 11.73];
    const places = seconds.map((at) => Math.round(at * rates.rateHz));
    const { rows, times } = spectralFlux(clicks(12 * rates.rateHz, places), rates);
    const hop = 1 / rates.outputRateHz;
    for (const place of places) {
      const at = place / rates.rateHz;
      const near = (n: number) => Math.max(0, Math.round((at + n * hop) * rates.outputRateHz));
      const found = times[argmax(rows[0]!, near(-10), near(10))]!;
      expect(Math.abs(found - at)).toBeLessThanOrEqual(hop);
    }
    const away = rows[0]!.filter((_, n) => places.every((place) => Math.abs(times[n]! - place / rates.rateHz) > hop));
    expect(Math.max(...away)).toBeLessThan(1e-12);
  });

  it("grows with linear sound, and as its power with a power law", () => {
    const rates = { rateHz: 8000, outputRateHz: 64 };
    const twice = chirp(3000).map((value) => 2 * value);
    for (const [options, factor] of [
      [{ compression: "linear" }, 2],
      [{ compression: "power", exponent: 0.6 }, 2 ** 0.6],
    ] as const) {
      const one = spectralFlux(chirp(3000), { ...rates, ...options }).rows[0]!;
      const two = spectralFlux(twice, { ...rates, ...options }).rows[0]!;
      expect(two).toBeAllclose(
        one.map((value) => factor * value),
        { rtol: 1e-10, atol: 1e-12 },
      );
    }
  });

  it("of silence is silence, and begins with 0", () => {
    const silent = spectralFlux(new Float64Array(1000), { rateHz: 8000, outputRateHz: 64, compression: "log" });
    expect(silent.rows[0]).toEqual(new Float64Array(8));
    expect(spectralFlux(chirp(1000), { rateHz: 8000, outputRateHz: 64 }).rows[0]![0]).toBe(0);
  });

  it("refuses compressions it does not have", () => {
    const rates = { rateHz: 8000, outputRateHz: 64 };
    expect(() => spectralFlux(chirp(100), { ...rates, compression: "cube" as "log" })).toThrow(/compression is "cube"/);
    expect(() => spectralFlux(chirp(100), { ...rates, gain: 0 })).toThrow(/gain is 0/);
    expect(() => spectralFlux(chirp(100), { ...rates, exponent: -1 })).toThrow(/exponent is -1/);
    expect(() => spectralFlux(new Float64Array(0), rates)).toThrow(/spectralFlux: the signal has no samples/);
  });
});
