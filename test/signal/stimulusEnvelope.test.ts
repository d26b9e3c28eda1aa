import { describe, expect, it, test } from "vitest";
import { envelope } from "../../src/signal/envelope.ts";
import { gammatoneEnvelope } from "../../src/signal/gammatoneEnvelope.ts";
import { type EnvelopeKind, stimulusEnvelope } from "../../src/signal/stimulusEnvelope.ts";
import { onsetFeature } from "../../src/signal/stimulusFeature.ts";
import { argmax, chirp } from "./stimulusReference.ts";

const kinds: EnvelopeKind[] = ["gammatone", "hilbert", "rms"];

describe("stimulusEnvelope", () => {
  const options = { rateHz: 12_000, outputRateHz: 64 };

  it("is the function of its kind, with the exponent of its kind", () => {
    const sound = chirp(6000);
    expect(stimulusEnvelope(sound, options)).toEqual(gammatoneEnvelope(sound, options));
    expect(stimulusEnvelope(sound, { ...options, kind: "hilbert" }).rows[0]).toEqual(envelope(sound, options));
    expect(stimulusEnvelope(sound, { ...options, kind: "rms" }).rows[0]).toEqual(
      envelope(sound, { ...options, method: "rms", exponent: Math.log10(2) }),
    );
    const bank = { bands: 5, lowHz: 100, highHz: 3000, exponent: 0.5 };
    expect(stimulusEnvelope(sound, { ...options, ...bank })).toEqual(gammatoneEnvelope(sound, { ...options, ...bank }));
  });

  test.each(kinds)("%s: as many values as times, n / outputRateHz, at any rate", (kind) => {
    for (const [rateHz, outputRateHz] of [
      [44_100, 256],
      [16_000, 40 * Math.SQRT2],
      [11_025, 100],
    ] as const) {
      const { rows, times, names } = stimulusEnvelope(chirp(3001), { rateHz, outputRateHz, kind });
      expect(rows.map((row) => row.length)).toEqual([Math.ceil((3001 * outputRateHz) / rateHz)]);
      expect(times).toBeAllclose(
        rows[0]!.map((_, n) => n / outputRateHz),
        { rtol: 1e-15 },
      );
      expect(names).toEqual([`${kind} envelope`]);
    }
  });

  test.each(kinds)("%s: onsets come where sounds begin, to two frames", (kind) => {
    const rateHz = 16_000;
    const begins = [0.5, 1.3, 2.2];
    const sound = Float64Array.from({ length: 3 * rateHz }, (_, i) => {
      const since = begins.map((at) => i / rateHz - at).find((late) => late >= 0 && late < 0.3);
      return since === undefined ? 0 : Math.sin(2 * Math.PI * 1500 * since);
    });
    const { rows, times, names } = stimulusEnvelope(sound, { rateHz, outputRateHz: 64, kind, onset: true });
    expect(names).toEqual([`${kind} envelope onsets`]);
    expect(Math.min(...rows[0]!)).toBe(0);
    for (const at of begins) {
      const near = Math.round(at * 64);
      const found = times[argmax(rows[0]!, near - 15, near + 15)]!;
      expect(Math.abs(found - at)).toBeLessThanOrEqual(2 / 64);
    }
  });

  test.each(kinds)("%s: silence is allowed, and is zeros", (kind) => {
    const { rows } = stimulusEnvelope(new Float64Array(12_000), { ...options, kind, onset: true });
    expect(rows).toEqual([new Float64Array(64)]);
  });

  it("by root mean square takes a longer window where it is asked to", () => {
    const sound = Float64Array.of(1, 2, 3, 4, 5, 6);
    const rms = { rateHz: 4, outputRateHz: 2, kind: "rms", windowPeriods: 2, exponent: 2 } as const;
    // 4 samples about samples 0, 2, 4: half of the sample at either border, cut off at the ends
    const squares = [(1 + 4 + 4.5) / 2.5, (0.5 + 4 + 9 + 16 + 12.5) / 4, (4.5 + 16 + 25 + 36) / 3.5];
    expect(stimulusEnvelope(sound, rms).rows[0]).toBeAllclose(squares, { rtol: 1e-14 });
    expect(() => stimulusEnvelope(sound, { ...rms, windowPeriods: 0.5 })).toThrow(/windowPeriods is 0.5/);
  });

  it("refuses kinds it does not have and bands above half the rate", () => {
    expect(() => stimulusEnvelope(chirp(10), { ...options, kind: "flux" as "rms" })).toThrow(/kind is "flux"/);
    expect(() => stimulusEnvelope(chirp(10), { ...options, highHz: 6000 })).toThrow(/below 6000 Hz/);
  });
});

describe("onsetFeature", () => {
  const feature = {
    rateHz: 2,
    times: Float64Array.of(0, 0.5, 1, 1.5),
    rows: [Float64Array.of(3, 1, 4, 4.5), Float64Array.of(0, 1, 0, -1)],
    names: ["a", "b"],
  };

  it("keeps what rises from one value to the next, and begins with 0", () => {
    expect(onsetFeature(feature)).toEqual({
      rateHz: 2,
      times: feature.times,
      rows: [Float64Array.of(0, 0, 3, 0.5), Float64Array.of(0, 1, 0, 0)],
      names: ["a onsets", "b onsets"],
    });
  });

  it("refuses rows that do not fit the times or the names", () => {
    expect(() => onsetFeature({ ...feature, rows: [] })).toThrow(/0 rows and 2 names/);
    expect(() => onsetFeature({ ...feature, times: Float64Array.of(0) })).toThrow(/row 0 has 4 values for 1 times/);
    expect(() => onsetFeature({ ...feature, rows: [Float64Array.of(Number.NaN)], names: ["a"] })).toThrow(/not finite/);
  });
});
