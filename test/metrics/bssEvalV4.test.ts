import { describe, expect, it } from "vitest";
import { bssEvalImageReferences } from "../../src/metrics/bssEvalImageReferences.ts";
import { bssEvalImages } from "../../src/metrics/bssEvalImages.ts";
import { bssEvalV4, bssEvalV4Defaults } from "../../src/metrics/bssEvalV4.ts";
import recorded from "../fixtures/bssEvalV4.json" with { type: "json" };
import { testWithShared } from "../shared.ts";
import { mirEvalImages } from "./mirEvalCase.ts";
import { decibels, energy, filtered, mix, noiseMaker, only } from "./signals.ts";
import { stereoCase } from "./stereoCase.ts";

const noise = noiseMaker("bssEvalV4");
const names = ["sdr", "isr", "sir", "sar"] as const;
const flat = (rows: readonly ArrayLike<number>[]) => rows.flatMap((row) => Array.from(row));
const { filterLength, window, hop } = recorded;

describe("bssEvalV4", () => {
  const { references, estimates } = stereoCase(recorded.samples);
  const options = { filterLength, window, hop };

  it("agrees with a dense re-implementation on filtered stereo noise", () => {
    const result = bssEvalV4(references, estimates, options);
    for (const name of names) expect(flat(result[name])).toBeAllclose(recorded.version4[name].flat(), { atol: 1e-9 });
    expect(result.starts).toEqual([0, 90, 180, 270, 360, 450]);
    expect(result.options).toMatchObject({ ...options, permutation: "none", diagonalLoading: 0 });
  });

  testWithShared("agrees with a dense re-implementation on real stereo and 512 taps", () => {
    const which = { name: "06", count: 2 };
    const { window, hop, version4 } = recorded.case06;
    const result = bssEvalV4(mirEvalImages("ref", which), mirEvalImages("est", which), { window, hop });
    for (const name of names) expect(flat(result[name])).toBeAllclose(version4[name].flat(), { atol: 1e-6 });
  });

  it("is version 3 where the window is the track", () => {
    const whole = bssEvalImages(references, estimates, { filterLength });
    const result = bssEvalV4(references, estimates, { filterLength });
    expect(result.options).toMatchObject({ window: recorded.samples, hop: bssEvalV4Defaults.hop });
    for (const name of names) expect(flat(result[name])).toBeAllclose([...whole[name]], { atol: 1e-9 });
  });

  // Within windows of 500, sources and artefacts lie further apart than the filter is long.
  it("scores a filter of the track as a formula, and calls a change of filter an artefact", () => {
    const samples = 2000;
    const taps = 20;
    const pieces = (offset: number) =>
      [0, 500, 1000, 1500].map((start) => only(noise(samples), start + offset, start + offset + 100));
    const sum = (parts: Float64Array[]) => mix(...parts.map((part): [number, Float64Array] => [1, part]));
    const [source, other, artefacts] = [sum(pieces(0)), sum(pieces(150)), sum(pieces(350))];
    const filter = noise(taps);
    const image = filtered(source, filter);
    const estimate = mix([1, image], [0.2, other], [0.1, artefacts]);
    const references = [[source], [other]];
    const { sdr, isr, sir, sar } = bssEvalV4(references, [[estimate], [other]], {
      filterLength: taps,
      window: 500,
      hop: 500,
    });
    for (const n of [0, 1, 2, 3]) {
      const within = (signal: Float64Array) => signal.subarray(500 * n, 500 * n + 500);
      const [s, i, a] = [image, other, artefacts].map((signal) => energy(within(signal)));
      const reference = energy(within(source));
      const expected = [
        decibels(reference, energy(within(mix([1, estimate], [-1, source])))),
        decibels(reference, energy(within(mix([1, image], [-1, source])))),
        decibels(s!, 0.04 * i!),
        decibels(s! + 0.04 * i!, 0.01 * a!),
      ];
      expect([sdr[0]![n], isr[0]![n], sir[0]![n], sar[0]![n]].map(Number)).toBeAllclose(expected, { atol: 1e-9 });
    }
  });

  it("leaves out a source where it is silent and scores the others as the re-implementation does", () => {
    const gap = [references[0]!, references[1]!.map((channel) => channel.map((x, t) => (t >= 180 && t < 330 ? 0 : x)))];
    const result = bssEvalV4(gap, estimates, options);
    const expected = recorded.version4WithGap;
    expect(result.reasons).toEqual([
      new Array(6).fill(undefined),
      [undefined, undefined, "silent-reference", undefined, undefined, undefined],
    ]);
    for (const name of names) {
      expect(result[name][1]![2]).toBeNaN();
      const kept = (row: ArrayLike<number>) => Array.from(row).filter((_, n) => n !== 2);
      expect(kept(result[name][1]!)).toBeAllclose(kept(expected[name][1]!), { atol: 1e-9 });
      const others = Array.from(expected[name][0]!, (value) => (value === 1e9 ? Infinity : value));
      expect(result[name][0]!).toBeAllclose(others, { atol: 1e-9 });
    }
  });

  it("says where an estimate is silent, in a window or throughout", () => {
    const quiet = estimates[0]!.map((channel) => channel.map((value, t) => (t < 150 ? 0 : value)));
    const silent = [new Float64Array(recorded.samples), new Float64Array(recorded.samples)];
    const { reasons, sdr } = bssEvalV4(references, [quiet, silent], options);
    expect(reasons[0]).toEqual(["silent-estimate", ...new Array(5).fill(undefined)]);
    expect(reasons[1]).toEqual(new Array(6).fill("silent-estimate"));
    expect([sdr[0]![0], ...sdr[1]!].every(Number.isNaN)).toBe(true);
  });

  it("pairs once for the track, by the mean of the windows that have a score", () => {
    const quiet = estimates.map((image) => image.map((channel) => channel.map((x, t) => (t < 150 ? 0 : x))));
    const result = bssEvalV4(references, [quiet[1]!, quiet[0]!], { ...options, permutation: "sir" });
    expect(result.permutation).toEqual([1, 0]);
    expect(result.reasons.map((row) => row[0])).toEqual(["silent-estimate", "silent-estimate"]);
    const straight = bssEvalV4(references, quiet, options);
    expect(flat(result.sir)).toBeAllclose(flat(straight.sir), { atol: 0 });
  });

  it("shares one factorization among many estimates", () => {
    const prepared = bssEvalImageReferences(references, { filterLength });
    const result = bssEvalV4(references, estimates, options);
    const [first, second] = estimates.map((estimate, j) => prepared.scoreFrames(estimate, j, { window, hop }));
    for (const name of names) expect([first![name], second![name]]).toEqual(result[name]);
    expect(prepared.scoreAllFrames(estimates[0]!, { window, hop })[0]).toEqual(first);
  });

  it("refuses what version 3 refuses, and windows that make no sense", () => {
    expect(() => bssEvalV4(references, estimates, { window: -1 })).toThrow("window is -1");
    expect(() => bssEvalV4(references, estimates, { hop: 0 })).toThrow("hop is 0");
    expect(() => bssEvalV4(references, [estimates[0]!])).toThrow("2 references but 1 estimates");
    expect(() => bssEvalV4(references, [estimates[0]!, estimates[1]!.slice(1)])).toThrow("estimate has 1 channels");
  });
});
