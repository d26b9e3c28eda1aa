import { describe, expect, it } from "vitest";
import { bssEvalSources } from "../../src/metrics/bssEval.ts";
import {
  bssEvalFramewiseDefaults,
  bssEvalImagesFramewise,
  bssEvalSourcesFramewise,
} from "../../src/metrics/bssEvalFramewise.ts";
import { bssEvalImages } from "../../src/metrics/bssEvalImages.ts";
import recorded from "../fixtures/bssEvalV4.json" with { type: "json" };
import { mix, noiseMaker } from "./signals.ts";
import { stereoCase } from "./stereoCase.ts";

const noise = noiseMaker("framewise");
const flat = (rows: readonly ArrayLike<number>[]) => rows.flatMap((row) => Array.from(row));

describe("bssEvalSourcesFramewise", () => {
  const references = [noise(700), noise(700)];
  const estimates = references.map((reference, j) => mix([1, reference], [0.4, references[1 - j]!], [0.2, noise(700)]));
  const options = { filterLength: 8, window: 200, hop: 150 };

  it("scores each window as if there were nothing else", () => {
    const result = bssEvalSourcesFramewise(references, estimates, options);
    // The window from 600 on would end at 800.
    expect(result.starts).toEqual([0, 150, 300, 450]);
    for (const [n, start] of result.starts.entries()) {
      const cut = (signals: Float64Array[]) => signals.map((signal) => signal.slice(start, start + 200));
      const alone = bssEvalSources(cut(references), cut(estimates), { filterLength: 8 });
      for (const name of ["sdr", "sir", "sar"] as const) {
        expect(result[name].map((row) => row[n]!)).toEqual([...alone[name]]);
      }
      expect(result.equations[n]).toEqual(alone.equations);
      expect(result.permutations[n]).toEqual([0, 1]);
    }
    expect(result.options).toEqual({ ...bssEvalFramewiseDefaults, ...options });
  });

  it("scores the whole of a signal that is shorter than the window", () => {
    const whole = bssEvalSources(references, estimates, { filterLength: 8 });
    const result = bssEvalSourcesFramewise(references, estimates, { filterLength: 8 });
    expect(result.starts).toEqual([0]);
    expect(result.options.window).toBe(700);
    expect(flat(result.sdr)).toEqual([...whole.sdr]);
  });

  it("pairs each window anew", () => {
    const swapped = estimates.map((estimate, j) => {
      const other = estimates[1 - j]!;
      return estimate.map((value, t) => (t < 350 ? value : other[t]!));
    });
    const { permutations } = bssEvalSourcesFramewise(references, swapped, {
      filterLength: 8,
      window: 350,
      hop: 350,
      permutation: "sir",
    });
    expect(permutations).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  it("leaves a source that is silent in a window out of that window only", () => {
    const three = [...references, noise(700).fill(0, 100, 420)];
    const guesses = [...estimates, noise(700)];
    const result = bssEvalSourcesFramewise(three, guesses, options);
    const without = bssEvalSourcesFramewise(references, estimates, options);
    expect(result.reasons[2]).toEqual([undefined, "silent-reference", undefined, undefined]);
    expect(
      result.reasons
        .slice(0, 2)
        .flat()
        .every((reason) => reason === undefined),
    ).toBe(true);
    expect([result.sdr[2]![1], result.sir[2]![1], result.sar[2]![1]]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect([0, 1].map((j) => result.sir[j]![1])).toEqual([0, 1].map((j) => without.sir[j]![1]));
    expect(result.warnings).toEqual([expect.stringMatching(/^frame 1: reference 2 is silent/)]);
    expect(result.set.members).toEqual([0, 1, 2]);
  });

  it("says where an estimate is silent and where a window is too short", () => {
    const quiet = [estimates[0]!, estimates[1]!.map((value, t) => (t >= 150 && t < 350 ? 0 : value))];
    const { reasons, sdr } = bssEvalSourcesFramewise(references, quiet, options);
    expect(reasons).toEqual([
      [undefined, undefined, undefined, undefined],
      [undefined, "silent-estimate", undefined, undefined],
    ]);
    expect(sdr[1]![1]).toBeNaN();
    const short = bssEvalSourcesFramewise(references, estimates, { filterLength: 300, window: 200, hop: 200 });
    expect(new Set(short.reasons.flat())).toEqual(new Set(["too-short"]));
    expect(flat(short.sdr).every(Number.isNaN)).toBe(true);
  });

  it("refuses windows, hops and lengths that make no sense", () => {
    const score = (more: object) => () => bssEvalSourcesFramewise(references, estimates, { ...options, ...more });
    expect(score({ window: 0 })).toThrow("window is 0");
    expect(score({ hop: 1.5 })).toThrow("hop is 1.5");
    expect(() => bssEvalSourcesFramewise(references, [noise(700), noise(699)])).toThrow("estimate has 699 samples");
    expect(() => bssEvalSourcesFramewise(references, [])).toThrow("2 references but 0 estimates");
  });
});

describe("bssEvalImagesFramewise", () => {
  it("scores each window as if there were nothing else", () => {
    const { references, estimates } = stereoCase(400);
    const options = { filterLength: 4, window: 150, hop: 100 };
    const result = bssEvalImagesFramewise(references, estimates, { ...options, permutation: "sdr" });
    for (const [n, start] of result.starts.entries()) {
      const cut = (images: Float64Array[][]) =>
        images.map((image) => image.map((channel) => channel.slice(start, start + 150)));
      const alone = bssEvalImages(cut(references), cut(estimates), { filterLength: 4, permutation: "sdr" });
      for (const name of ["sdr", "isr", "sir", "sar"] as const) {
        expect(result[name].map((row) => row[n]!)).toEqual([...alone[name]]);
      }
    }
  });

  it("agrees with a dense re-implementation on filtered stereo noise", () => {
    const { references, estimates } = stereoCase(recorded.samples);
    const { filterLength, window, hop } = recorded;
    const result = bssEvalImagesFramewise(references, estimates, { filterLength, window, hop });
    for (const name of ["sdr", "isr", "sir", "sar"] as const) {
      expect(flat(result[name])).toBeAllclose(recorded.imagesFramewise[name].flat(), { atol: 1e-8 });
    }
  });
});
