import { describe, expect } from "vitest";
import { bssEvalImagesFramewise, bssEvalSourcesFramewise } from "../../src/metrics/bssEvalFramewise.ts";
import recorded from "../fixtures/bssEvalV4.json" with { type: "json" };
import { testWithShared } from "../shared.ts";
import { inChannels, mirEvalCases, mirEvalExpected, mirEvalImages, mirEvalSources } from "./mirEvalCase.ts";

const flat = (rows: readonly ArrayLike<number>[]) => rows.flatMap((row) => Array.from(row));

describe("bssEvalSourcesFramewise", () => {
  for (const which of mirEvalCases) {
    testWithShared(`agrees with mir_eval to 1e-5 dB in case ${which.name}`, () => {
      const expected = mirEvalExpected(which.name).Framewise;
      const { win: window, hop } = expected;
      const options = { window, hop };
      const result = bssEvalSourcesFramewise(mirEvalSources("ref", which), mirEvalSources("est", which), options);
      expect(flat(result.sdr)).toBeAllclose(expected["Source to Distortion"].flat(), { atol: 1e-5 });
      expect(flat(result.sir)).toBeAllclose(expected["Source to Interference"].flat(), { atol: 1e-5 });
      expect(flat(result.sar)).toBeAllclose(expected["Source to Artifact"].flat(), { atol: 1e-5 });
    });
  }
});

describe("bssEvalImagesFramewise", () => {
  for (const which of mirEvalCases) {
    testWithShared(`agrees with mir_eval to 1e-5 dB in case ${which.name}`, () => {
      const expected = mirEvalExpected(which.name)["Images Framewise"];
      const references = inChannels(mirEvalSources("ref", which), expected.nchan, 1);
      const estimates = inChannels(mirEvalSources("est", which), expected.nchan, expected.gain);
      const result = bssEvalImagesFramewise(references, estimates, { window: expected.win, hop: expected.hop });
      expect(flat(result.sdr)).toBeAllclose(expected["Source to Distortion"].flat(), { atol: 1e-5 });
      expect(flat(result.isr)).toBeAllclose(expected["Image to Spatial"].flat(), { atol: 1e-5 });
      expect(flat(result.sir)).toBeAllclose(expected["Source to Interference"].flat(), { atol: 1e-5 });
      expect(flat(result.sar)).toBeAllclose(expected["Source to Artifact"].flat(), { atol: 1e-5 });
    });
  }

  testWithShared("agrees with a dense re-implementation on real stereo and 512 taps", () => {
    const which = { name: "06", count: 2 };
    const { window, hop, imagesFramewise } = recorded.case06;
    const result = bssEvalImagesFramewise(mirEvalImages("ref", which), mirEvalImages("est", which), { window, hop });
    for (const name of ["sdr", "isr", "sir", "sar"] as const) {
      expect(flat(result[name])).toBeAllclose(imagesFramewise[name].flat(), { atol: 1e-5 });
    }
  });
});
