import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/core/random.ts";
import type { LagOptions } from "../../../src/eeg/decoding/lagCovariance.ts";
import { laggedSums } from "../../../src/eeg/decoding/laggedSums.ts";
import { lagRows } from "../../../src/eeg/decoding/lagRows.ts";
import { noise } from "./trfTrials.ts";

const series = (name: string, count: number, samples: number) => ({
  name,
  rows: Array.from({ length: count }, (_, i) => noise(`${name} ${i}`, samples)),
});

/** Rows that take part by the definition, one after the other. */
function keptRows(samples: number, { firstLag, lastLag, edges }: LagOptions, excluded: Uint8Array): number[] {
  const lags = Array.from({ length: lastLag - firstLag + 1 }, (_, i) => firstLag + i);
  return Array.from({ length: samples }, (_, t) => t).filter((t) => {
    const all = [t, ...lags.map((lag) => t + lag)];
    if (all.some((n) => excluded[n] === 1)) return false;
    return edges === "zeropad" || all.every((n) => n >= 0 && n < samples);
  });
}

/** Spans here and there, at the start and at the end. */
function makeFlags(name: string, samples: number, count: number, longest: number): Uint8Array {
  const random = createRandom(name);
  const flags = new Uint8Array(samples);
  for (let i = 0; i < count; i++) {
    const start = i === 0 ? 0 : i === 1 ? samples - 2 : random.below(samples);
    flags.fill(1, start, start + 1 + random.below(longest));
  }
  return flags;
}

const cases: [LagOptions, number, number, number][] = [
  [{ firstLag: 0, lastLag: 5, edges: "valid" }, 400, 3, 20],
  [{ firstLag: 0, lastLag: 5, edges: "zeropad" }, 400, 3, 20],
  [{ firstLag: -4, lastLag: 3, edges: "valid" }, 500, 6, 12],
  [{ firstLag: -4, lastLag: 3, edges: "zeropad" }, 500, 6, 12],
  [{ firstLag: 3, lastLag: 6, edges: "valid" }, 300, 8, 3],
  [{ firstLag: -7, lastLag: -2, edges: "zeropad" }, 300, 8, 3],
  [{ firstLag: 0, lastLag: 0, edges: "valid" }, 100, 5, 4],
];

describe("laggedSums with excluded samples", () => {
  it.each(cases)("are those of the rows that are left, deleted by hand: %j", (options, samples, count, longest) => {
    const [x, y] = [series("x", 5, samples), series("y", 2, samples)];
    const excluded = makeFlags(`flags ${samples}`, samples, count, longest);
    // Whatever is excluded is enormous: taken in and subtracted again it would cost digits.
    const loud = x.rows.map((row) => row.map((value, t) => (excluded[t] === 1 ? 1e9 * (value + 3) : value)));
    const kept = keptRows(samples, options, excluded);
    expect(
      lagRows(samples, options, excluded).flatMap(({ start, end }) => kept.filter((t) => t >= start && t < end)),
    ).toEqual(kept);
    const lags = Array.from({ length: options.lastLag - options.firstLag + 1 }, (_, i) => options.firstLag + i);
    const columns = lags.flatMap((lag) => x.rows.map((row) => kept.map((t) => row[t + lag] ?? 0)));
    const targets = y.rows.map((row) => kept.map((t) => row[t]!));
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, n) => sum + value * b[n]!, 0);
    const total = (a: number[]) => a.reduce((sum, value) => sum + value, 0);

    const sums = laggedSums("test", { name: "x", rows: loud }, y, { ...options, excluded });
    const order = columns.length;
    expect([sums.samples, sums.trials]).toEqual([kept.length, 1]);
    const lower = columns.flatMap((p, i) => columns.map((q, j) => (j <= i ? dot(p, q) : 0)));
    const close = { atol: 1e-12 * kept.length };
    expect(sums.gram.map((value, at) => (at % order <= Math.floor(at / order) ? value : 0))).toBeAllclose(lower, close);
    expect(sums.cross).toBeAllclose(
      targets.flatMap((target) => columns.map((column) => dot(target, column))),
      close,
    );
    expect(sums.columnSums).toBeAllclose(columns.map(total), close);
    expect(sums.targetSums).toBeAllclose(targets.map(total), close);
    // Nothing of what is excluded is read: without the noise the sums are the same to the last bit.
    expect(laggedSums("test", x, y, { ...options, excluded })).toEqual(sums);
  });

  it("are those of the whole trial where nothing is excluded", () => {
    const [x, y] = [series("x", 3, 120), series("y", 1, 120)];
    const options = { firstLag: -2, lastLag: 4, edges: "valid" } as const;
    const excluded = new Uint8Array(120);
    expect(laggedSums("test", x, y, { ...options, excluded })).toEqual(laggedSums("test", x, y, options));
  });

  it("are refused where nothing is left, and named as excluded", () => {
    const [x, y] = [series("x", 1, 30), series("y", 1, 30)];
    const excluded = Uint8Array.from({ length: 30 }, (_, t) => (t % 3 === 0 ? 1 : 0));
    const options = { firstLag: 0, lastLag: 2, edges: "valid" } as const;
    expect(() => laggedSums("test", x, y, { ...options, excluded })).toThrow(
      "test: 10 of 30 samples are excluded, which leaves none with lags 0 .. 2; leave the trial out",
    );
    expect(() => laggedSums("test", x, y, { ...options, lastLag: 40, excluded })).toThrow("too short for lags 0 .. 40");
  });
});
