import { describe, expect, it } from "vitest";
import { bySpectra } from "../../../src/eeg/decoding/laggedProducts.ts";
import { laggedSums } from "../../../src/eeg/decoding/laggedSums.ts";
import { noise } from "./trfTrials.ts";

const series = (name: string, count: number, samples: number) => ({
  name,
  rows: Array.from({ length: count }, (_, i) => noise(`${name} ${i}`, samples)),
});

/** Sums of products at each lag by the definition: of rows of `left` with `right` moved on, [lags][left][right]. */
function productsAt(left: readonly Float64Array[], right: readonly Float64Array[], lags: number, kept: boolean[]) {
  return Array.from({ length: lags }, (_, lag) =>
    left.map((a) => right.map((b) => kept.reduce((sum, keep, t) => (keep ? sum + a[t]! * b[t + lag]! : sum), 0))),
  );
}

describe("laggedProducts", () => {
  // Blocks have 128 samples less the lags, 32 of them are multiplied together; channels come in groups of four.
  it.each([
    { channels: 8, features: 1, samples: 3000, lags: 17, gaps: [] },
    { channels: 13, features: 5, samples: 1111, lags: 6, gaps: [] },
    {
      channels: 9,
      features: 3,
      samples: 6000,
      lags: 33,
      gaps: [
        [1000, 1100],
        [1130, 1140],
        [2222, 2223],
      ],
    },
    {
      channels: 16,
      features: 2,
      samples: 2500,
      lags: 65,
      gaps: [
        [0, 30],
        [2400, 2500],
      ],
    },
  ])("are the same by spectra as by definition: $channels channels, $samples samples, $lags lags", (sizes) => {
    const { channels, features, samples, lags, gaps } = sizes;
    expect(
      bySpectra({ inputGroups: Math.ceil(channels / 4), outputGroups: Math.ceil(features / 4), lags }, samples),
    ).toBe(true);
    const [x, y] = [series("x", channels, samples), series("y", features, samples)];
    // Scales far apart: a small series must not get the rounding of a great one.
    const scale = (c: number) => 10 ** (3 * (c % 4) - 6);
    const scaled = { name: "x", rows: x.rows.map((row, c) => row.map((value) => scale(c) * value)) };
    const excluded = new Uint8Array(samples);
    for (const [from, to] of gaps) excluded.fill(1, from, to);
    const kept = Array.from({ length: samples - lags + 1 }, (_, t) => !excluded.subarray(t, t + lags).includes(1));
    const sums = laggedSums("test", scaled, y, { firstLag: 0, lastLag: lags - 1, edges: "valid", excluded });
    const order = lags * channels;
    const auto = productsAt(x.rows, x.rows, lags, kept);
    const cross = productsAt(y.rows, x.rows, lags, kept);
    const columns = Array.from({ length: order }, (_, p) => [p % channels, Math.floor(p / channels)] as const);
    // Block (lag, 0) of the matrix, and what follows from it at the last lag.
    const block = columns.flatMap(([b, lag]) => x.rows.map((_, a) => auto[lag]![a]![b]!));
    const found = columns.flatMap(([b], p) => x.rows.map((_, a) => sums.gram[p * order + a]! / (scale(a) * scale(b))));
    expect(found).toBeAllclose(block, { atol: 1e-13 * samples });
    const last = x.rows.map((row) => kept.reduce((sum, keep, t) => (keep ? sum + row[t + lags - 1]! ** 2 : sum), 0));
    const at = (c: number) => (order - channels + c) * order + order - channels + c;
    expect(last.map((_, c) => sums.gram[at(c)]! / scale(c) ** 2)).toBeAllclose(last, { rtol: 1e-12 });
    const mixed = y.rows.flatMap((_, f) => columns.map(([c, lag]) => cross[lag]![f]![c]!));
    expect(sums.cross.map((value, i) => value / scale(columns[i % order]![0]))).toBeAllclose(mixed, {
      atol: 1e-13 * samples,
    });
  });

  it("are made by spectra only where that is less work", () => {
    expect(bySpectra({ inputGroups: 16, outputGroups: 1, lags: 17 }, 7680)).toBe(true);
    expect(bySpectra({ inputGroups: 1, outputGroups: 1, lags: 4 }, 7680)).toBe(false);
    expect(bySpectra({ inputGroups: 16, outputGroups: 1, lags: 1 }, 7680)).toBe(false);
    expect(bySpectra({ inputGroups: 16, outputGroups: 1, lags: 66 }, 7680)).toBe(false);
    expect(bySpectra({ inputGroups: 16, outputGroups: 1, lags: 17 }, 50)).toBe(false);
  });
});
