import { describe, expect, it } from "vitest";
import { bssEvalSources } from "../../src/metrics/bssEval.ts";
import { bssEvalImageReferences } from "../../src/metrics/bssEvalImageReferences.ts";
import { bssEvalImages } from "../../src/metrics/bssEvalImages.ts";
import recorded from "../fixtures/bssEvalV4.json" with { type: "json" };
import { testWithShared } from "../shared.ts";
import { inChannels, mirEvalCases, mirEvalExpected, mirEvalImages, mirEvalSources } from "./mirEvalCase.ts";
import { decibels, energy, filtered, mix, noiseMaker, only, sine } from "./signals.ts";
import { stereoCase } from "./stereoCase.ts";

const noise = noiseMaker("bssEvalImages");

describe("bssEvalImageReferences", () => {
  // With one tap the projections of orthogonal channels are their own gains.
  it("is a formula for orthogonal channels and one tap", () => {
    const [left, right, otherLeft, otherRight, rest] = [sine(5), sine(9), sine(14), sine(20), sine(31)];
    const references = [
      [mix([2, left]), right],
      [otherLeft, mix([0.5, otherRight])],
    ];
    const estimate = [
      mix([1.8, left], [0.1, right], [0.2, otherRight], [0.05, rest]),
      mix([0.9, right], [0.3, otherLeft], [0.01, rest]),
    ];
    const unit = energy(left);
    // Energies over that of a sine.
    const source = 4 + 1;
    const spatial = 0.2 ** 2 + 0.1 ** 2 + 0.1 ** 2;
    const target = 1.8 ** 2 + 0.1 ** 2 + 0.9 ** 2;
    const interference = 0.2 ** 2 + 0.3 ** 2;
    const artefacts = 0.05 ** 2 + 0.01 ** 2;
    const scores = bssEvalImageReferences(references, { filterLength: 1 }).score(estimate, 0);
    expect(unit).toBeCloseTo(480, 9);
    expect([scores.sdr, scores.isr, scores.sir, scores.sar]).toBeAllclose(
      [
        decibels(source, spatial + interference + artefacts),
        decibels(source, spatial),
        decibels(target, interference),
        decibels(target + interference, artefacts),
      ],
      { atol: 1e-9 },
    );
  });

  // Pieces further apart than the filter is long are orthogonal at every delay.
  it("is a formula for pieces that never meet within the filter's taps", () => {
    const [samples, taps] = [5000, 300];
    const references = [
      [only(noise(samples), 0, 700), only(noise(samples), 1000, 1500)],
      [only(noise(samples), 1800, 2500), only(noise(samples), 2800, 3300)],
    ];
    const filter = () => noise(taps).map((tap) => (0.5 * tap) / Math.sqrt(taps));
    const own = [
      mix([1, references[0]![0]!], [1, filtered(references[0]![1]!, filter())]),
      mix([0.9, references[0]![1]!], [0.2, filtered(references[0]![0]!, filter())]),
    ];
    const other = [filtered(references[1]![0]!, filter()), filtered(references[1]![1]!, filter())];
    const artefacts = [only(noise(samples), 3600, 4900), only(noise(samples), 3600, 4900)];
    const estimate = own.map((part, c) => mix([1, part], [0.1, other[c]!], [0.02, artefacts[c]!]));
    const source = energy(...references[0]!);
    const spatial = energy(...own.map((part, c) => mix([1, part], [-1, references[0]![c]!])));
    const [target, interference, rest] = [energy(...own), 0.01 * energy(...other), 0.0004 * energy(...artefacts)];
    const scores = bssEvalImageReferences(references, { filterLength: taps }).score(estimate, 0);
    expect([scores.sdr, scores.isr, scores.sir, scores.sar]).toBeAllclose(
      [
        decibels(source, spatial + interference + rest),
        decibels(source, spatial),
        decibels(target, interference),
        decibels(target + interference, rest),
      ],
      { atol: 1e-9 },
    );
  });

  it("agrees with a dense re-implementation on filtered stereo noise", () => {
    const { references, estimates } = stereoCase(recorded.samples);
    const prepared = bssEvalImageReferences(references, { filterLength: recorded.filterLength });
    const scores = estimates.map((estimate, j) => prepared.score(estimate, j));
    for (const name of ["sdr", "isr", "sir", "sar"] as const) {
      expect(scores.map((score) => score[name])).toBeAllclose(recorded.images[name], { atol: 1e-9 });
    }
  });

  it("has the SIR and SAR of the sources version for one channel, and an SDR that forgives no filter", () => {
    const references = [noise(900), noise(900)];
    const estimates = [mix([0.7, references[0]!], [0.2, references[1]!], [0.1, noise(900)]), references[1]!];
    const options = { filterLength: 24 };
    const images = bssEvalImages(
      references.map((x) => [x]),
      estimates.map((x) => [x]),
      options,
    );
    const sources = bssEvalSources(references, estimates, options);
    expect([images.sir[0], images.sar[0]]).toBeAllclose([sources.sir[0]!, sources.sar[0]!], { atol: 1e-9 });
    const error = energy(mix([1, estimates[0]!], [-1, references[0]!]));
    expect(images.sdr[0]).toBeCloseTo(decibels(energy(references[0]!), error), 9);
    expect(images.sdr[1]).toBe(Infinity);
  });

  it("scores against all references as against each, however many channels are silent or copies", () => {
    const silent = new Float64Array(700);
    const mono = noise(700);
    const references = [
      [noise(700), silent],
      [mono, mix([-3, mono])],
    ];
    const estimate = [noise(700), noise(700)];
    const prepared = bssEvalImageReferences(references, { filterLength: 8 });
    expect(prepared.equations).toMatchObject({ unknowns: 16, diagonalLoading: 0 });
    expect(prepared.scoreAll(estimate)).toEqual([prepared.score(estimate, 0), prepared.score(estimate, 1)]);
  });

  it("keeps the digits of an estimate that is its reference but for an error of 1e-9", () => {
    const { references } = stereoCase(700);
    const prepared = bssEvalImageReferences(references, { filterLength: 16 });
    const errors = [noise(700), noise(700)];
    const at = (gain: number) =>
      prepared.score(
        references[0]!.map((channel, c) => mix([1, channel], [gain, errors[c]!])),
        0,
      );
    const [coarse, fine] = [at(1e-3), at(1e-9)];
    for (const name of ["sdr", "isr", "sir", "sar"] as const) expect(fine[name] - coarse[name]).toBeCloseTo(120, 2);
  });

  it("refuses other channels, lengths and values that are not finite, naming the index", () => {
    const { references } = stereoCase(100);
    const prepared = bssEvalImageReferences(references, { filterLength: 4 });
    expect(() => bssEvalImageReferences([references[0]!, [noise(100)]])).toThrow(
      "reference 0 has 2 channels, reference 1 1",
    );
    expect(() => bssEvalImageReferences([])).toThrow("empty");
    expect(() => bssEvalImageReferences([[]])).toThrow("empty");
    expect(() => bssEvalImageReferences([references[0]!, [noise(100), noise(100).fill(Number.NaN, 40)]])).toThrow(
      /reference 1, channel 1 has 60 of 100.*index 40/,
    );
    expect(() => prepared.score([noise(100)], 0)).toThrow("estimate has 1 channels, the references 2");
    expect(() => prepared.score([noise(100), noise(99)], 0)).toThrow("estimate has 99 samples, the references 100");
    expect(() => prepared.score([noise(100), noise(100).fill(Infinity, 3)], 0)).toThrow(/channel 1 .*index 3/);
    expect(() => prepared.score(references[0]!, -1)).toThrow("target is -1");
    expect(() => bssEvalImages(references, references.slice(1))).toThrow("2 references but 1 estimates");
  });
});

describe("bssEvalImages", () => {
  for (const which of mirEvalCases) {
    testWithShared(`agrees with mir_eval to 1e-5 dB in case ${which.name}`, () => {
      const { Images: expected, Sources } = mirEvalExpected(which.name);
      const references = inChannels(mirEvalSources("ref", which), expected.nchan, 1);
      const estimates = inChannels(mirEvalSources("est", which), expected.nchan, expected.gain);
      const result = bssEvalImages(references, estimates, { permutation: "sir" });
      expect(result.permutation).toEqual(expected["Source permutation"]);
      expect(result.sdr).toBeAllclose(expected["Source to Distortion"], { atol: 1e-5 });
      expect(result.isr).toBeAllclose(expected["Image to Spatial"], { atol: 1e-5 });
      expect(result.sar).toBeAllclose(expected["Source to Artifact"], { atol: 1e-5 });
      // These channels are all copies of one source, so the SIR is that of the source alone.
      expect(result.sir).toBeAllclose(Sources["Source to Interference"], { atol: 1e-9 });
      // mir_eval solves the singular equations of the copies, which cost it its last digits in case 05.
      expect(result.sir).toBeAllclose(expected["Source to Interference"], {
        atol: which.name === "05" ? 2e-4 : 1e-5,
      });
    });
  }

  testWithShared("agrees with a dense re-implementation on real stereo and 512 taps", () => {
    const which = { name: "06", count: 2 };
    const result = bssEvalImages(mirEvalImages("ref", which), mirEvalImages("est", which));
    for (const name of ["sdr", "isr", "sir", "sar"] as const) {
      expect(result[name]).toBeAllclose(recorded.case06.images[name], { atol: 1e-6 });
    }
  });
});
