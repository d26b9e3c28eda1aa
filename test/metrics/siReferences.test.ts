import { describe, expect, it } from "vitest";
import { bssEvalReferences } from "../../src/metrics/bssEvalReferences.ts";
import { improvement } from "../../src/metrics/improvement.ts";
import { siReferences } from "../../src/metrics/siReferences.ts";
import { siSdr } from "../../src/metrics/siSdr.ts";
import { decibels, mix, noiseMaker, sine } from "./signals.ts";

const noise = noiseMaker("siReferences");
const [first, second, rest] = [sine(5), sine(9), sine(31)] as const;
const nothing = { siSdr: Number.NaN, siSir: Number.NaN, siSar: Number.NaN, sdSdr: Number.NaN, snr: Number.NaN };

describe("siReferences", () => {
  it.each([
    { gain: 1, interference: 0.1, artefacts: 0.01 },
    { gain: 0.5, interference: 2, artefacts: 3 },
    { gain: -2, interference: 1e-3, artefacts: 1e-5 },
  ])("is a formula for orthogonal signals: %o", ({ gain, interference, artefacts }) => {
    const estimate = mix([gain, first], [interference, second], [artefacts, rest]);
    const scores = siReferences([first, second]).score(estimate, 0);
    const [g2, i2, a2] = [gain ** 2, interference ** 2, artefacts ** 2];
    const noise = (gain - 1) ** 2 + i2 + a2;
    expect([scores.siSdr, scores.siSir, scores.siSar, scores.sdSdr, scores.snr]).toBeAllclose(
      [decibels(g2, i2 + a2), decibels(g2, i2), decibels(g2, a2), decibels(g2, noise), decibels(1, noise)],
      { atol: 1e-9 },
    );
  });

  it("adds up as in the paper: the inverse of SI-SDR is that of SI-SIR and that of SI-SAR", () => {
    const references = [noise(300), noise(300), noise(300)];
    const estimate = mix([1, references[0]!], [0.5, references[1]!], [0.4, noise(300)]);
    for (const { siSdr, siSir, siSar } of siReferences(references).scoreAll(estimate)) {
      const inverse = (ratio: number) => 10 ** (-ratio / 10);
      expect(inverse(siSdr)).toBeCloseTo(inverse(siSir) + inverse(siSar), 9);
    }
  });

  it("has the SI-SDR of two signals, and the SDR and SIR of BSS Eval with one tap", () => {
    const references = [noise(300), mix([100, noise(300)]), noise(300)];
    const estimate = mix([1, references[0]!], [0.01, references[1]!], [0.1, noise(300)]);
    const scores = siReferences(references).scoreAll(estimate);
    const oneTap = bssEvalReferences(references, { filterLength: 1 }).scoreAll(estimate);
    for (const [j, reference] of references.entries()) {
      expect(scores[j]!.siSdr).toBeCloseTo(siSdr(reference, estimate), 12);
      expect(scores[j]!.siSdr).toBeCloseTo(oneTap[j]!.sdr, 9);
      expect(scores[j]!.siSir).toBeCloseTo(oneTap[j]!.sir, 9);
    }
  });

  it("does not change with the scale of the estimate but in SD-SDR and SNR", () => {
    const references = [noise(200), noise(200)];
    const estimate = mix([1, references[0]!], [0.3, references[1]!], [0.2, noise(200)]);
    const prepared = siReferences(references);
    const [plain, loud] = [estimate, mix([7, estimate])].map((signal) => prepared.score(signal, 0));
    for (const name of ["siSdr", "siSir", "siSar"] as const) expect(loud![name]).toBeCloseTo(plain![name], 9);
    expect(loud!.snr).toBeLessThan(plain!.snr - 10);
    expect(loud!.sdSdr).toBeLessThan(plain!.sdSdr);
  });

  it("keeps infinities: the reference itself, and a single reference", () => {
    const infinite = { siSdr: Infinity, siSar: Infinity, sdSdr: Infinity, snr: Infinity, siSir: Infinity };
    expect(siReferences([first]).score(first, 0)).toEqual(infinite);
    expect(siReferences([first]).score(rest, 0).siSir).toBe(Infinity);
  });

  it("leaves out silent references and says why nothing else is scored", () => {
    const [a, b] = [noise(100), noise(100)];
    const estimate = mix([1, a], [0.2, b], [0.1, noise(100)]);
    const prepared = siReferences([a, new Float64Array(100), b]);
    expect(prepared.scoreAll(estimate)).toEqual([
      siReferences([a, b]).score(estimate, 0),
      { ...nothing, reason: "silent-reference" },
      siReferences([a, b]).score(estimate, 1),
    ]);
    expect(prepared.set.members).toEqual([0, 2]);
    expect(prepared.score(new Float64Array(100), 0)).toEqual({ ...nothing, reason: "silent-estimate" });
  });

  it("does not score references that depend on each other", () => {
    const [a, b] = [noise(100), noise(100)];
    const estimate = mix([1, a], [0.2, b], [0.1, noise(100)]);
    const copies = siReferences([a, mix([-3, a]), b]);
    expect(copies.reasons).toEqual(["rank-deficient", "rank-deficient", undefined]);
    expect(copies.score(estimate, 2)).toEqual(siReferences([a, b]).score(estimate, 1));
    expect(siReferences([a, b, mix([1, a], [1, b])]).reasons).toEqual(new Array(3).fill("rank-deficient"));
    const short = [noise(2), noise(2), noise(2)];
    expect(siReferences(short).reasons).toEqual(new Array(3).fill("too-short"));
  });

  it("improves on the mixture score by score", () => {
    const references = [first, second];
    const prepared = siReferences(references);
    const mixture = prepared.score(mix([1, first], [1, second]), 0);
    const better = prepared.score(mix([1, first], [0.1, second], [1e-3, rest]), 0);
    const gain = improvement(better, mixture);
    expect(gain.siSir).toBeCloseTo(20, 6);
    expect(gain.snr).toBeCloseTo(decibels(1, 0.01 + 1e-6), 6);
    expect(Object.keys(gain).sort()).toEqual(["sdSdr", "siSar", "siSdr", "siSir", "snr"]);
  });

  it("refuses other lengths, NaN and targets that are not there", () => {
    expect(() => siReferences([])).toThrow("empty");
    expect(() => siReferences([noise(5), noise(6)])).toThrow("reference 0 has 5 samples, reference 1 6");
    expect(() => siReferences([noise(5).fill(Number.NaN, 2)])).toThrow("index 2");
    const prepared = siReferences([noise(5)]);
    expect(() => prepared.score(noise(4), 0)).toThrow("estimate has 4 samples");
    expect(() => prepared.score(noise(5), 1)).toThrow("target is 1");
  });
});
