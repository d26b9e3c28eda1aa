import { lusolve } from "mathjs";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { factorBlockToeplitz } from "../../src/numeric/blockToeplitz.ts";

const naming = { who: "test", name: "series" };

/** Correlations of random series by their definition, [series][series][lags]. */
function correlations(series: number, lags: number, samples = 60): Float64Array[][] {
  const random = createRandom(`${series}/${lags}`);
  const signals = Array.from({ length: series }, () => Float64Array.from({ length: samples }, random.normal));
  return signals.map((x) =>
    signals.map((y) =>
      Float64Array.from({ length: lags }, (_, m) => {
        let sum = 0;
        for (let t = 0; t + m < samples; t++) sum += x[t]! * y[t + m]!;
        return sum;
      }),
    ),
  );
}

/** The matrix written out. */
function dense(r: Float64Array[][]): number[][] {
  const series = r.length;
  const order = series * r[0]![0]!.length;
  return Array.from({ length: order }, (_, p) =>
    Array.from({ length: order }, (_, q) => {
      const [i, j] = [p % series, q % series];
      const difference = Math.floor(p / series) - Math.floor(q / series);
      return difference >= 0 ? r[i]![j]![difference]! : r[j]![i]![-difference]!;
    }),
  );
}

describe("factorBlockToeplitz", () => {
  it.each([
    [1, 1],
    [1, 12],
    [2, 9],
    [3, 7],
    [4, 1],
  ])("solves like a general solver for %i series and %i lags", (series, lags) => {
    const r = correlations(series, lags);
    const right = Float64Array.from({ length: series * lags }, (_, i) => Math.sin(i + 1));
    const expected = (lusolve(dense(r), [...right]) as number[][]).flat();
    expect(factorBlockToeplitz(r, naming).solve(right)).toBeAllclose(expected, { atol: 1e-13 });
  });

  it("has smallest pivot 1 for white series", () => {
    const white = Float64Array.of(3, 0, 0, 0);
    const none = new Float64Array(4);
    expect(
      factorBlockToeplitz(
        [
          [white, none],
          [none, white],
        ],
        naming,
      ).smallestPivot,
    ).toBeCloseTo(1, 15);
  });

  it("names the series and delay that is a sum of the others", () => {
    const r = correlations(2, 5);
    const twin = [
      [r[0]![0]!, r[0]![0]!],
      [r[0]![0]!, r[0]![0]!],
    ];
    expect(() => factorBlockToeplitz(twin, naming)).toThrow("series 1 delayed by 0 samples");
    // A constant series is its own delayed copy.
    expect(() => factorBlockToeplitz([[new Float64Array(4).fill(2)]], naming)).toThrow("series 0 delayed by 1 samples");
  });

  it("refuses a right-hand side of another length", () => {
    expect(() => factorBlockToeplitz(correlations(1, 3), naming).solve(new Float64Array(2))).toThrow("2 entries");
  });
});
