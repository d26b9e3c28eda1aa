import { describe, expect, it, test } from "vitest";
import { applyBiquad, designBiquad } from "../../../datasets/simulated/biquad.ts";

/** Gain at a frequency, from the impulse response. */
function gainAt(section: ReturnType<typeof designBiquad>, hertz: number, rateHz: number): number {
  const response = applyBiquad(
    section,
    Float64Array.from({ length: 20000 }, (_, n) => (n === 0 ? 1 : 0)),
  );
  const sum = (turn: (angle: number) => number) =>
    response.reduce((total, value, n) => total + value * turn((2 * Math.PI * hertz * n) / rateHz), 0);
  return Math.hypot(sum(Math.cos), sum(Math.sin));
}

describe("designBiquad", () => {
  // Butterworth by the bilinear transform: |H|^2 = 1 / (1 + (tan(pi f / r) / tan(pi f0 / r))^(+-4))
  test.each(["low-pass", "high-pass"] as const)("makes a Butterworth %s filter", (kind) => {
    const section = designBiquad(kind, 8, 256);
    for (const hertz of [1, 4, 8, 16, 60]) {
      const ratio = Math.tan((Math.PI * hertz) / 256) / Math.tan((Math.PI * 8) / 256);
      const expected = 1 / Math.sqrt(1 + ratio ** (kind === "low-pass" ? 4 : -4));
      expect(gainAt(section, hertz, 256)).toBeCloseTo(expected, 9);
    }
  });

  it("makes a band-pass of gain 1 at its centre and about 1 / sqrt(2) at its edges", () => {
    const section = designBiquad("band-pass", 10, 1000, 5);
    expect(gainAt(section, 10, 1000)).toBeCloseTo(1, 9);
    // edges of a band 1 / 5 of the centre wide, geometrically centred
    const half = Math.sqrt(1 + 1 / 100) + 1 / 10;
    expect(gainAt(section, 10 * half, 1000)).toBeCloseTo(Math.SQRT1_2, 3);
    expect(gainAt(section, 10 / half, 1000)).toBeCloseTo(Math.SQRT1_2, 3);
  });
});
