import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { createBlockCorrelator } from "../../src/numeric/correlation.ts";

const random = createRandom("correlation");
const noise = (length: number) => Float64Array.from({ length }, random.normal);

describe("createBlockCorrelator", () => {
  // One block, several blocks, signals shorter than the lags.
  it.each([
    [1, 1],
    [5, 9],
    [300, 1],
    [300, 16],
    [1000, 100],
  ])("correlates and filters as the definitions say: %i samples, %i lags", (samples, lags) => {
    const x = noise(samples);
    const y = noise(samples);
    const correlator = createBlockCorrelator(samples, lags);
    const [xy, yy] = correlator.correlate([correlator.blocks(x), correlator.blocks(y)], y);
    const direct = (a: Float64Array, b: Float64Array) =>
      Float64Array.from({ length: lags }, (_, m) => {
        let sum = 0;
        for (let t = 0; t + m < samples; t++) sum += a[t]! * b[t + m]!;
        return sum;
      });
    expect(xy!).toBeAllclose(direct(x, y), { atol: 1e-13 * samples });
    expect(yy!).toBeAllclose(direct(y, y), { atol: 1e-13 * samples });

    const filters = [noise(lags), noise(lags)];
    const expected = new Float64Array(samples + lags - 1);
    for (const [i, signal] of [x, y].entries()) {
      for (let m = 0; m < lags; m++) {
        for (let t = 0; t < samples; t++) expected[t + m]! += filters[i]![m]! * signal[t]!;
      }
    }
    const sum = correlator.filterSum([correlator.blocks(x), correlator.blocks(y)], filters);
    expect(sum).toBeAllclose(expected, { atol: 1e-12 });
  });
});
