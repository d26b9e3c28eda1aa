import { describe, expect, it, test } from "vitest";
import { hasSmallFactors, mixedRadix } from "../../src/numeric/mixedRadix.ts";

describe("mixedRadix", () => {
  // exp(2 pi i f n / size) has one line of height size at bin f: every pass must put it in its place
  test.each([1, 2, 3, 4, 5, 7, 8, 11, 13, 15, 32, 60, 91, 847, 2 * 3 * 5 * 7 * 11, 4096])(
    "puts each complex exponential of size %i on its line",
    (size) => {
      const plan = mixedRadix(size);
      for (const line of new Set([0, 1, size >> 1, Math.floor(0.77 * size), size - 1])) {
        const bin = line % size;
        for (let n = 0; n < size; n++) {
          const angle = (2 * Math.PI * ((n * bin) % size)) / size;
          plan.input[2 * n] = Math.cos(angle);
          plan.input[2 * n + 1] = Math.sin(angle);
        }
        plan.run();
        const expected = new Float64Array(2 * size);
        expected[2 * bin] = size;
        expect(plan.output).toBeAllclose(expected, { atol: 1e-13 * size });
      }
    },
  );

  it("knows the sizes it can do and refuses others", () => {
    expect([1, 2, 13, 44_100, 1_323_000, 169].map(hasSmallFactors)).toEqual(Array(6).fill(true));
    expect([17, 34, 1021].map(hasSmallFactors)).toEqual([false, false, false]);
    expect(() => mixedRadix(34)).toThrow(/34 has a prime factor above 13/);
  });
});
