import { describe, expect, it } from "vitest";
import { bssEvalSources } from "../../src/metrics/bssEval.ts";
import { bssEvalImageReferences } from "../../src/metrics/bssEvalImageReferences.ts";
import { bssEvalImages } from "../../src/metrics/bssEvalImages.ts";
import { bssEvalReferences } from "../../src/metrics/bssEvalReferences.ts";
import { decibels, energy, mix, noiseMaker } from "./signals.ts";

const noise = noiseMaker("degenerate");
const options = { filterLength: 8 };
const silent = (length: number) => new Float64Array(length);
const nothing = { sdr: Number.NaN, sir: Number.NaN, sar: Number.NaN };

describe("a silent reference", () => {
  const [first, third] = [noise(500), noise(500)];
  const estimate = mix([1, first], [0.3, third], [0.2, noise(500)]);

  it("is not scored, and the others are scored as if it were not there", () => {
    const prepared = bssEvalReferences([first, silent(500), third], options);
    const without = bssEvalReferences([first, third], options);
    expect(prepared.scoreAll(estimate)).toEqual([
      without.score(estimate, 0),
      { ...nothing, reason: "silent-reference" },
      without.score(estimate, 1),
    ]);
    expect(prepared.reasons).toEqual([undefined, "silent-reference", undefined]);
    expect(prepared.warnings).toEqual([expect.stringContaining("reference 1 is silent")]);
    expect(prepared.set).toMatchObject({ count: 3, members: [0, 2], fingerprint: without.set.fingerprint });
  });

  it("is silent in images only if every channel is: an antiphase pair sounds", () => {
    const inPhase = bssEvalImageReferences(
      [
        [first, first],
        [third, third],
      ],
      options,
    );
    const antiphase = bssEvalImageReferences(
      [
        [first, mix([-1, first])],
        [third, silent(500)],
      ],
      options,
    );
    expect(antiphase.reasons).toEqual([undefined, undefined]);
    // The span of the delayed channels is the same, and so are energies with both second channels turned.
    const turned = [estimate, mix([-1, estimate])];
    expect(Object.values(antiphase.score(turned, 0))).toBeAllclose(
      Object.values(inPhase.score([estimate, estimate], 0)).map(Number),
      { atol: 1e-9 },
    );
    const result = bssEvalImages(
      [
        [first, silent(500)],
        [silent(500), silent(500)],
      ],
      [
        [first, first],
        [third, third],
      ],
    );
    expect(result.reasons).toEqual([undefined, "silent-reference"]);
    // The channel that should be silent is all error.
    expect(result.sdr[0]).toBeCloseTo(0, 12);
  });

  it("leaves nothing to score where it is the only one", () => {
    const result = bssEvalSources([silent(100)], [noise(100)], options);
    expect(result.reasons).toEqual(["silent-reference"]);
    expect(result.equations).toEqual({
      solver: "none",
      unknowns: 0,
      diagonalLoading: Number.NaN,
      smallestPivot: Number.NaN,
      reciprocalCondition: Number.NaN,
    });
    expect(result.set.members).toEqual([]);
  });

  it("is paired with what is left over", () => {
    const references = [silent(500), first, third];
    const { permutation, reasons } = bssEvalSources(references, [third, first, noise(500)], {
      ...options,
      permutation: "sir",
    });
    expect(permutation).toEqual([2, 1, 0]);
    expect(reasons).toEqual(["silent-reference", undefined, undefined]);
  });
});

describe("an estimate", () => {
  it("that is silent is NaN and says so", () => {
    const prepared = bssEvalReferences([noise(300), noise(300)], options);
    expect(prepared.score(silent(300), 1)).toEqual({ ...nothing, reason: "silent-estimate" });
    const images = bssEvalImageReferences([[noise(300), noise(300)]], options);
    expect(images.score([silent(300), silent(300)], 0)).toEqual({
      ...nothing,
      isr: Number.NaN,
      reason: "silent-estimate",
    });
    expect(images.score([silent(300), noise(300)], 0).reason).toBeUndefined();
  });

  it("that is silent leaves the rest of the track scored, and is never preferred", () => {
    const references = [noise(300), noise(300), noise(300)];
    const estimates = [references[1]!, silent(300), references[0]!];
    const { permutation, sir, reasons } = bssEvalSources(references, estimates, { ...options, permutation: "sdr" });
    expect(permutation).toEqual([2, 0, 1]);
    expect(reasons).toEqual([undefined, undefined, "silent-estimate"]);
    expect(sir[2]).toBeNaN();
    expect(Math.min(sir[0]!, sir[1]!)).toBeGreaterThan(200);
  });

  it("that equals its reference is very good or infinite", () => {
    const references = [noise(400), noise(400)];
    const { sdr, sir, sar } = bssEvalReferences(references, options).score(references[0]!, 0);
    expect(Math.min(sdr, sir, sar)).toBeGreaterThan(250);
    const images = bssEvalImageReferences([references, [noise(400), noise(400)]], options).score(references, 0);
    expect(images.sdr).toBe(Infinity);
    expect(Math.min(images.isr, images.sir, images.sar)).toBeGreaterThan(250);
  });

  it("of a single source has infinite SIR, whatever it is", () => {
    const reference = noise(400);
    const early = reference.map((value, t) => (t >= 300 ? value : 0));
    const prepared = bssEvalReferences([early], options);
    expect(prepared.score(noise(400), 0).sir).toBe(Infinity);
    // Nothing of the source in the estimate at all
    const elsewhere = reference.map((value, t) => (t < 200 ? value : 0));
    expect(prepared.score(elsewhere, 0)).toMatchObject({ sdr: expect.any(Number), sir: Infinity });
    expect(bssEvalImages([[reference, noise(400)]], [[noise(400), noise(400)]], options).sir[0]).toBe(Infinity);
  });
});

describe("short signals", () => {
  it("work for one reference shorter than the filter; several are too short", () => {
    const one = bssEvalReferences([noise(100)]);
    expect(one.score(noise(100), 0)).toMatchObject({ sir: Infinity, sdr: expect.any(Number) });
    const two = bssEvalSources([noise(100), noise(100)], [noise(100), noise(100)]);
    expect(two.reasons).toEqual(["too-short", "too-short"]);
    expect([...two.sdr, ...two.sir, ...two.sar].every(Number.isNaN)).toBe(true);
    expect(two.warnings).toEqual([expect.stringContaining("at least 513 samples are needed")]);
  });

  it("count the channels in the equations: two of one source need a sample for each delay", () => {
    const image = (samples: number) => [noise(samples), noise(samples)];
    expect(bssEvalImageReferences([image(8)], options).reasons).toEqual(["too-short"]);
    expect(bssEvalImageReferences([image(9)], options).reasons).toEqual([undefined]);
    const mono = noise(8);
    expect(bssEvalImageReferences([[mono, mix([2, mono])]], options).reasons).toEqual([undefined]);
  });

  it("of 30 000 samples have room for 512 taps of three references", () => {
    const references = [noise(30_000), noise(30_000), noise(30_000)];
    const estimate = mix([1, references[0]!], [0.1, references[1]!]);
    const { sdr, reason } = bssEvalReferences(references).score(estimate, 0);
    expect(reason).toBeUndefined();
    // 20 dB but for the interference that 512 taps of noise predict: 512 / 30 000 of it.
    expect(Math.abs(sdr - 20)).toBeLessThan(0.5);
  });
});

describe("references that depend on each other", () => {
  const a = noise(400).fill(0, 390);
  const echo = a.map((_, t) => -2 * (a[t - 3] ?? 0));
  const other = noise(400);
  const estimate = mix([1, other], [0.5, a], [0.1, noise(400)]);

  it.each([
    ["the copy last", [other, a, echo], 0],
    ["the copy first", [echo, other, a], 1],
  ])("are not scored if one is the other but for gain and delay, and the rest is: %s", (_, references, place) => {
    const prepared = bssEvalReferences(references, options);
    const scores = prepared.scoreAll(estimate);
    const kept = references.filter((reference) => reference !== (place === 0 ? echo : a));
    expect(scores[place]).toEqual(bssEvalReferences(kept, options).score(estimate, kept.indexOf(other)));
    for (const [j, score] of scores.entries()) {
      if (j !== place) expect(score).toEqual({ ...nothing, reason: "rank-deficient" });
    }
    expect(prepared.warnings).toEqual([expect.stringMatching(/the same signal but for gain and a delay of 3 samples/)]);
    expect(prepared.set.members).toHaveLength(2);
  });

  it("are not scored if the loading asked for is not enough, and the message names the delay", () => {
    const slow = Float64Array.from({ length: 4000 }, (_, t) => Math.sin((Math.PI * t) / 4000) ** 4);
    const prepared = bssEvalReferences([slow], { filterLength: 32, diagonalLoading: 0 });
    expect(prepared.score(slow, 0)).toEqual({ ...nothing, reason: "rank-deficient" });
    expect(prepared.warnings).toEqual([expect.stringMatching(/^reference delayed by \d+ samples is a sum of/)]);
    expect(prepared.equations.solver).toBe("none");
  });

  it("are scored with noise assumed if they are the channels of one source, one a delay of the other", () => {
    const late = (signal: Float64Array) => signal.map((_, t) => 0.5 * (signal[t - 2] ?? 0));
    const left = noise(600).fill(0, 590);
    const error = [noise(600).fill(0, 590), noise(600).fill(0, 590)];
    const image = [left, late(left)];
    const estimates = image.map((channel, c) => mix([1, channel], [0.01, error[c]!]));
    const prepared = bssEvalImageReferences([image, [noise(600), noise(600)]], options);
    expect(prepared.equations.diagonalLoading).toBe(1e-12);
    const { sdr, sir, sar, reason } = prepared.score(estimates, 0);
    expect(reason).toBeUndefined();
    const ratio = decibels(energy(...image), 1e-4 * energy(...error));
    expect(sdr).toBeCloseTo(ratio, 9);
    // Projections take up part of the error: 10 delays of the left channel and 16 of the others, of 600 samples.
    expect(Math.abs(sar - ratio)).toBeLessThan(1);
    expect(sir).toBeGreaterThan(sar);
  });
});
