import { describe, expect, it, test } from "vitest";
import { notch } from "../../src/signal/notch.ts";
import { sosFilter } from "../../src/signal/sosFilter.ts";
import { filterDesigns } from "./filterDesigns.ts";

describe("notch", () => {
  test.each(filterDesigns.notch)(
    "has the coefficients of scipy.signal.iirnotch at $frequencyHz Hz, quality $quality, rate $rateHz Hz",
    ({ frequencyHz, quality, rateHz, section }) => {
      const sections = notch({ frequencyHz, quality, rateHz });
      expect(sections.rows).toBe(1);
      expect(sections.data).toBeAllclose(section, { atol: 1e-12 });
    },
  );

  it("puts a section at every multiple below half the rate", () => {
    const [first, second] = [50, 100].map((frequencyHz) => notch({ frequencyHz, quality: 25, rateHz: 256 }).data);
    const both = notch({ quality: 25, rateHz: 256, harmonics: 4, constant: "quality" });
    expect(both.rows).toBe(2);
    expect(both.data).toBeAllclose([...first!, ...second!]);
  });

  it("keeps the width of the first notch by default", () => {
    const wide = notch({ frequencyHz: 100, quality: 50, rateHz: 512 }).data;
    const both = notch({ quality: 25, rateHz: 512, harmonics: 2 });
    expect(both.data.slice(6)).toBeAllclose(wide, { atol: 1e-15 });
  });

  it("takes the mains and its multiples out and leaves the rest", () => {
    const rateHz = 512;
    const sine = (hz: number) =>
      Float64Array.from({ length: 8192 }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rateHz));
    const sections = notch({ rateHz, quality: 20, harmonics: 3 });
    const peak = (hz: number) => Math.max(...sosFilter(sections, sine(hz)).output.slice(6000).map(Math.abs));
    for (const hz of [50, 100, 150]) expect(peak(hz)).toBeLessThan(1e-9);
    for (const hz of [4, 10, 30]) expect(Math.abs(peak(hz) - 1)).toBeLessThan(0.01);
  });

  test.each([
    [{ rateHz: 100 }, /frequencyHz is 50 at a rate of 100 Hz/],
    [{ rateHz: 256, quality: 0 }, /quality is 0/],
    [{ rateHz: 256, quality: 0.1 }, /500 Hz wide/],
    [{ rateHz: 256, harmonics: 0 }, /harmonics is 0/],
    [{ rateHz: 256, constant: "x" as "width" }, /constant is "x"/],
  ])("refuses %j", (options, message) => {
    expect(() => notch(options)).toThrow(message);
  });
});
