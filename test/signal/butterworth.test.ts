import { describe, expect, it, test } from "vitest";
import { type ButterworthOptions, butterworth, type FilterSections } from "../../src/signal/butterworth.ts";
import { recorded } from "./reference.ts";

/** |H| of a cascade at one frequency, from the definition. */
function gainAt({ rows, data }: FilterSections, hz: number, rateHz: number): number {
  const angle = (2 * Math.PI * hz) / rateHz;
  let gain = 1;
  for (let s = 0; s < rows; s++) {
    const size = (at: number) =>
      Math.hypot(
        data[at]! + data[at + 1]! * Math.cos(angle) + data[at + 2]! * Math.cos(2 * angle),
        data[at + 1]! * Math.sin(angle) + data[at + 2]! * Math.sin(2 * angle),
      );
    gain *= size(6 * s) / size(6 * s + 3);
  }
  return gain;
}

const options = (type: string, order: number, [low, high]: readonly number[], rateHz: number): ButterworthOptions =>
  type === "lowpass" || type === "highpass"
    ? { type, order, cutoffHz: low!, rateHz }
    : { type: type as "bandpass" | "bandstop", order, lowHz: low!, highHz: high!, rateHz };

describe("butterworth", () => {
  test.each(recorded.butter)(
    "has the sections of scipy.signal.butter: $type $edges Hz of order $order",
    (recording) => {
      const sections = butterworth(options(recording.type, recording.order, recording.edges, 128));
      expect(sections.columns).toBe(6);
      // Coefficients are of the order of 1; the first section carries the gain, so compare its numerator relatively too
      expect(sections.data).toBeAllclose(recording.sos, { rtol: 1e-12, atol: 1e-13 });
      expect(sections.data.subarray(0, 1)).toBeAllclose(recording.sos.slice(0, 1), { rtol: 1e-11 });
    },
  );

  test.each([1, 2, 3, 4, 5, 8, 12])("of order %i is 3 dB down at its edges and passes the rest", (order) => {
    const half = Math.SQRT1_2;
    const low = butterworth(options("lowpass", order, [20], 256));
    const high = butterworth(options("highpass", order, [20], 256));
    const band = butterworth(options("bandpass", order, [13, 40], 256));
    const stop = butterworth(options("bandstop", order, [13, 40], 256));
    expect([gainAt(low, 20, 256), gainAt(high, 20, 256)]).toBeAllclose([half, half], { rtol: 1e-9 });
    for (const sections of [band, stop]) {
      expect([gainAt(sections, 13, 256), gainAt(sections, 40, 256)]).toBeAllclose([half, half], { rtol: 1e-9 });
    }
    expect([gainAt(low, 0, 256), gainAt(high, 128, 256), gainAt(stop, 0, 256)]).toBeAllclose([1, 1, 1], { rtol: 1e-9 });
    expect([gainAt(low, 128, 256), gainAt(high, 0, 256), gainAt(band, 0, 256)]).toBeAllclose([0, 0, 0], { atol: 1e-9 });
  });

  it("follows the closed form |H|^2 = 1 / (1 + (tan(pi f / rate) / tan(pi edge / rate))^(2 order))", () => {
    const sections = butterworth({ type: "lowpass", order: 5, cutoffHz: 30, rateHz: 200 });
    for (const hz of [1, 10, 29, 50, 80]) {
      const ratio = Math.tan((Math.PI * hz) / 200) / Math.tan((Math.PI * 30) / 200);
      expect(gainAt(sections, hz, 200)).toBeCloseTo(1 / Math.sqrt(1 + ratio ** 10), 12);
    }
  });

  it("names the rate and the edge where a rate can hold no such filter", () => {
    expect(() => butterworth({ type: "lowpass", order: 4, cutoffHz: 64, rateHz: 128 })).toThrow(
      /cutoffHz is 64 Hz at a rate of 128 Hz; it must be above 0 and below half the rate, 64 Hz/,
    );
    expect(() => butterworth({ type: "bandpass", order: 4, lowHz: 0, highHz: 8, rateHz: 128 })).toThrow(
      /lowHz is 0 Hz/,
    );
    expect(() => butterworth({ type: "bandpass", order: 4, lowHz: 1, highHz: 80, rateHz: 128 })).toThrow(
      /highHz is 80/,
    );
    expect(() => butterworth({ type: "bandstop", order: 4, lowHz: 8, highHz: 8, rateHz: 128 })).toThrow(
      /from 8 Hz to 8 Hz; lowHz must be below highHz/,
    );
    expect(() => butterworth({ type: "highpass", order: 4, cutoffHz: Number.NaN, rateHz: 128 })).toThrow(/NaN Hz/);
    expect(() => butterworth({ type: "highpass", order: 4, cutoffHz: 1, rateHz: 0 })).toThrow(/rateHz is 0/);
    expect(() => butterworth({ type: "highpass", order: 0, cutoffHz: 1, rateHz: 128 })).toThrow(/order is 0/);
    expect(() => butterworth({ type: "allpass" as "lowpass", order: 1, cutoffHz: 1, rateHz: 128 })).toThrow(
      /"allpass"/,
    );
  });
});
