import { describe, expect, it, test } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { GammatoneEnvelopeStream, gammatoneEnvelope } from "../../src/signal/gammatoneEnvelope.ts";
import { join64, pieces, wave } from "./reference.ts";
import { argmax, chirp, clicks, recordedFeatures } from "./stimulusReference.ts";

describe("gammatoneEnvelope", () => {
  it("agrees with SciPy's filters, the power law and SciPy's resampling", () => {
    const { rateHz, outputRateHz, bands, lowHz, highHz, samples, sum } = recordedFeatures.envelope;
    const out = gammatoneEnvelope(chirp(samples), { rateHz, outputRateHz, bands, lowHz, highHz });
    expect(out.rows[0]).toBeAllclose(sum, { atol: 1e-7 });
    expect([out.rateHz, out.names, out.times[5]]).toEqual([64, ["gammatone envelope"], 5 / 64]);
  });

  const options = { rateHz: 12_000, outputRateHz: 64 };

  test.each([64, 100, 40 * Math.SQRT2])(
    "finds the modulation of a tone at %d Hz, late by the filter",
    (outputRateHz) => {
      const rateHz = 16_000;
      const slow = (seconds: number) => 0.5 + 0.3 * Math.cos(2 * Math.PI * 3 * seconds);
      const tone = Float64Array.from(
        { length: 3 * rateHz },
        (_, i) => slow(i / rateHz) * Math.sin((2 * Math.PI * 1013 * i) / rateHz),
      );
      // A tone whose period is no whole number of samples, else its samples do not tell the mean of its absolute value.
      // One band at the tone, another far from it
      const bank = { bands: 2, lowHz: 1013, highHz: 7000, combine: "bands", exponent: 1 } as const;
      const { rows, times, names } = gammatoneEnvelope(tone, { rateHz, outputRateHz, ...bank });
      expect(names).toEqual(["gammatone 1013 Hz", "gammatone 7000 Hz"]);
      // A rectified sine has the mean 2 / pi; four equal poles delay by 4 / (2 pi b), less 2 samples of rise
      const late = 4 / (2 * Math.PI * 1.019 * (1013 / 9.26449 + 24.7));
      const expected = times.map((seconds) => (2 / Math.PI) * slow(seconds - late));
      expect(rows[0]!.subarray(20, -20)).toBeAllclose(expected.subarray(20, -20), { atol: 4e-3 });
      expect(Math.max(...rows[1]!)).toBeLessThan(1e-3);
    },
  );

  it("is 2^exponent times as large for twice the sound, never below 0", () => {
    const sound = wave(6000, 0.3).map((value, i) => (i > 3000 ? value : 0));
    for (const exponent of [0.6, 0.3, 1]) {
      const one = gammatoneEnvelope(sound, { ...options, exponent }).rows[0]!;
      const two = gammatoneEnvelope(
        sound.map((value) => 2 * value),
        { ...options, exponent },
      ).rows[0]!;
      expect(Math.min(...one)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...one)).toBeGreaterThan(0);
      expect(two).toBeAllclose(
        one.map((value) => value * 2 ** exponent),
        { rtol: 1e-9, atol: 1e-12 },
      );
    }
  });

  it("keeps time: a click after 24 s is there, where whole hops of 172 samples put it 37 ms off", () => {
    const rateHz = 44_100;
    const bank = { bands: 2, lowHz: 3000, highHz: 5000 };
    const sound = clicks(24.2 * rateHz, [24 * rateHz]);
    const { rows, times } = gammatoneEnvelope(sound, { rateHz, outputRateHz: 256, ...bank });
    const found = times[argmax(rows[0]!)]!;
    expect(Math.abs(found - 24)).toBeLessThanOrEqual(1 / 256);
  });

  it("added up is the sum of its bands", () => {
    // Steady noise, so that no band undershoots 0 and is cut there
    const random = createRandom(1);
    const sound = Float64Array.from({ length: 12_000 }, () => random.normal());
    const bands = gammatoneEnvelope(sound, { ...options, combine: "bands" });
    const sum = gammatoneEnvelope(sound, options).rows[0]!;
    expect(bands.rows.length).toBe(28);
    const added = sum.map((_, n) => bands.rows.reduce((total, row) => total + row[n]!, 0));
    expect(sum.subarray(4)).toBeAllclose(added.subarray(4), { rtol: 1e-12 });
  });

  test.each([[[1]], [[700, 0, 13]], [[20_000]]])("comes to the same bytes in blocks of %j samples", (lengths) => {
    const sound = wave(lengths[0] === 1 ? 500 : 40_000, 0.3);
    for (const combine of ["sum", "bands"] as const) {
      const given = { ...options, bands: 3, combine };
      const whole = gammatoneEnvelope(sound, given);
      const stream = new GammatoneEnvelopeStream(given);
      expect(stream.names).toEqual(whole.names);
      const parts = pieces(sound, lengths).map((piece) => stream.push(piece));
      parts.push(stream.flush());
      expect(whole.rows.map((_, r) => join64(parts.map((part) => part[r]!)))).toEqual(whole.rows);
    }
  });

  it("of silence is silence", () => {
    for (const outputRateHz of [64, 40 * Math.SQRT2]) {
      const { rows, times } = gammatoneEnvelope(new Float64Array(12_000), { rateHz: 12_000, outputRateHz });
      expect(rows[0]).toEqual(new Float64Array(times.length));
    }
  });

  it("refuses bands at half the rate or above, rates and exponents it cannot work with", () => {
    const sound = new Float64Array(10);
    expect(() => gammatoneEnvelope(sound, { rateHz: 8000, outputRateHz: 64 })).toThrow(
      /last band is at 5000 Hz; at a rate of 8000 Hz it must be below 4000 Hz/,
    );
    expect(() => gammatoneEnvelope(sound, { rateHz: 64, outputRateHz: 100 })).toThrow(/outputRateHz is 100/);
    expect(() => gammatoneEnvelope(sound, { ...options, exponent: 0 })).toThrow(/exponent is 0/);
    expect(() => gammatoneEnvelope(sound, { ...options, combine: "mean" as "sum" })).toThrow(/combine is "mean"/);
    expect(() => gammatoneEnvelope(new Float64Array(0), options)).toThrow(/no samples/);
    expect(() => gammatoneEnvelope(Float64Array.of(Infinity), options)).toThrow(/not finite/);
    expect(() => new GammatoneEnvelopeStream({ rateHz: 16_000, outputRateHz: 40 * Math.SQRT2 })).toThrow(/no ratio/);
  });
});
