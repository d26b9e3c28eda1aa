import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/core/random.ts";
import { lagCovariance, sumLagCovariances } from "../../../src/eeg/decoding/lagCovariance.ts";

const random = createRandom("lagCovariance");
const noise = (samples: number) => Float64Array.from({ length: samples }, random.normal);

describe("lagCovariance", () => {
  // Channels and targets around the groups of four; samples around the chunks of 192; lags before, around and after 0.
  it.each([
    [1, 1, 30, 0, 0, "valid"],
    [3, 2, 40, 0, 5, "valid"],
    [5, 4, 193, -2, 3, "valid"],
    [4, 5, 400, -6, -2, "valid"],
    [9, 1, 25, 0, 4, "zeropad"],
    [2, 1, 33, -3, 2, "zeropad"],
    [2, 1, 33, 2, 4, "zeropad"],
  ] as const)(
    "sums products as the definition says: %i channels, %i targets, %i samples, lags %i .. %i, %s",
    (channels, features, samples, firstLag, lastLag, edges) => {
      const eeg = Array.from({ length: channels }, () => noise(samples));
      const targets = Array.from({ length: features }, () => noise(samples));
      const lags = Array.from({ length: lastLag - firstLag + 1 }, (_, i) => firstLag + i);
      const kept = Array.from({ length: samples }, (_, t) => t).filter(
        (t) => edges === "zeropad" || lags.every((lag) => t + lag >= 0 && t + lag < samples),
      );
      const columns = lags.flatMap((lag) => eeg.map((channel) => kept.map((t) => channel[t + lag] ?? 0)));
      const rows = targets.map((target) => kept.map((t) => target[t]!));
      const dot = (a: number[], b: number[]) => a.reduce((sum, value, n) => sum + value * b[n]!, 0);

      const sums = lagCovariance({ eeg, targets }, { firstLag, lastLag, edges });
      const order = columns.length;
      const lower = columns.flatMap((p, i) => columns.map((q, j) => (j <= i ? dot(p, q) : 0)));
      expect(sums.samples).toBe(kept.length);
      expect(sums.gram.map((value, at) => (at % order <= Math.floor(at / order) ? value : 0))).toBeAllclose(lower, {
        atol: 1e-11,
      });
      expect(sums.cross).toBeAllclose(
        rows.flatMap((row) => columns.map((column) => dot(row, column))),
        { atol: 1e-11 },
      );
      const ones = kept.map(() => 1);
      expect(sums.columnSums).toBeAllclose(
        columns.map((column) => dot(column, ones)),
        { atol: 1e-11 },
      );
      expect(sums.targetSums).toBeAllclose(
        rows.map((row) => dot(row, ones)),
        { atol: 1e-11 },
      );
    },
  );

  it("refuses trials without EEG or targets", () => {
    const lags = { firstLag: 0, lastLag: 1, edges: "valid" } as const;
    expect(() => lagCovariance({ eeg: [], targets: [noise(5)] }, lags)).toThrow("no EEG");
    expect(() => lagCovariance({ eeg: [noise(5)], targets: [] }, lags)).toThrow("no targets");
  });
});

describe("sumLagCovariances", () => {
  it("adds sums and leaves its inputs as they are", () => {
    const lags = { firstLag: 0, lastLag: 2, edges: "valid" } as const;
    const parts = [10, 12].map((samples) => lagCovariance({ eeg: [noise(samples)], targets: [noise(samples)] }, lags));
    const before = parts[0]!.gram.slice();
    const total = sumLagCovariances(parts);
    expect(total.samples).toBe(8 + 10);
    expect(total.gram).toBeAllclose(before.map((value, i) => value + parts[1]!.gram[i]!));
    expect(parts[0]!.gram).toEqual(before);
  });
});
