import { describe, expect, it, test } from "vitest";
import { melFeature } from "../../src/signal/melFeature.ts";
import { argmax, chirp, recordedFeatures } from "./stimulusReference.ts";

describe("melFeature", () => {
  test.each(["linear", "power", "log"] as const)("agrees with mel energies made by NumPy, %s", (compression) => {
    const { centres, [compression]: expected } = recordedFeatures.mel;
    const { rows, names, times, rateHz } = melFeature(chirp(4000), {
      rateHz: 8000,
      outputRateHz: 64,
      bands: 12,
      lowHz: 100,
      highHz: 3800,
      scale: "htk",
      normalisation: "none",
      compression,
    });
    expect(Float64Array.from(rows.flatMap((row) => [...row]))).toBeAllclose(expected, { rtol: 1e-9, atol: 1e-9 });
    expect(names).toEqual(centres.map((hz) => `mel ${Math.round(hz)} Hz`));
    expect([times.length, times[1], rateHz]).toEqual([32, 1 / 64, 64]);
  });

  it("has 24 bands at the EEG's rate by default, and a tone is loudest in its own", () => {
    const rateHz = 44_100;
    const tone = Float64Array.from({ length: 44_100 }, (_, i) => Math.sin((2 * Math.PI * 440 * i) / rateHz));
    const { rows, names, times } = melFeature(tone, { rateHz, outputRateHz: 256 });
    expect([rows.length, times.length]).toEqual([24, 256]);
    const middle = Float64Array.from(rows, (row) => row[128]!);
    expect(Math.abs(Number(names[argmax(middle)]!.split(" ")[1]) - 440)).toBeLessThan(100);
  });

  test.each([
    { rateHz: 8000, outputRateHz: 64 },
    { rateHz: 16_000, outputRateHz: 256 },
    { rateHz: 22_050, outputRateHz: 128 },
    { rateHz: 48_000, outputRateHz: 100 },
  ])("has bins for its default bands at $rateHz Hz and $outputRateHz Hz", (rates) => {
    const { rows, times } = melFeature(chirp(2001), rates);
    expect([rows.length, times.length]).toEqual([24, Math.ceil((2001 * rates.outputRateHz) / rates.rateHz)]);
  });

  it("of silence is silence", () => {
    for (const compression of ["linear", "power", "log"] as const) {
      const { rows } = melFeature(new Float64Array(500), { rateHz: 8000, outputRateHz: 64, compression });
      expect(rows.every((row) => row.every((value) => value === 0))).toBe(true);
    }
  });

  it("refuses bands above half the rate and bands without a bin", () => {
    const rates = { rateHz: 8000, outputRateHz: 64 };
    expect(() => melFeature(chirp(100), { ...rates, highHz: 4001 })).toThrow(/highHz is 4001; .* at most 4000/);
    expect(() => melFeature(chirp(100), { ...rates, bands: 300 })).toThrow(/has no bin/);
    expect(() => melFeature(chirp(100), { ...rates, bands: 0 })).toThrow(/bands is 0/);
  });
});
