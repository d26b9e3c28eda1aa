import { readFileSync } from "node:fs";
import { lusolve } from "mathjs";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { bssEvalSources } from "../../src/metrics/bssEval.ts";
import { bssEvalReferences } from "../../src/metrics/bssEvalReferences.ts";
import { sharedPath, testWithShared } from "../shared.ts";

const random = createRandom("bssEval");
const noise = (length: number) => Float64Array.from({ length }, random.normal);
const mix = (...parts: [number, Float64Array][]) =>
  parts[0]![1].map((_, t) => parts.reduce((sum, [gain, signal]) => sum + gain * signal[t]!, 0));
const decibels = (numerator: number, denominator: number) => 10 * Math.log10(numerator / denominator);

// Sines of different whole numbers of periods are orthogonal and equally loud.
const sine = (periods: number) =>
  Float64Array.from({ length: 960 }, (_, t) => Math.sin((2 * Math.PI * periods * t) / 960));
const [first, second, third, rest] = [sine(5), sine(9), sine(14), sine(31)] as const;

describe("bssEvalReferences", () => {
  // With one tap the projections of orthogonal signals are their own gains.
  it.each([
    { target: 1, interference: 0.1, artefacts: 0.01 },
    { target: -0.5, interference: 2, artefacts: 3 },
    { target: 1, interference: 1e-3, artefacts: 1e-7 },
    { target: 1, interference: 1e-11, artefacts: 1e-11 },
  ])("is a formula for orthogonal signals and one tap: %o", ({ target, interference, artefacts }) => {
    const references = bssEvalReferences([first, second], { filterLength: 1 });
    const { sdr, sir, sar } = references.score(mix([target, first], [interference, second], [artefacts, rest]), 0);
    const [t2, i2, a2] = [target ** 2, interference ** 2, artefacts ** 2];
    // Rounding of the estimate itself is 1e-16 of its amplitude: 1e-5 of a part 220 dB below.
    const tolerance = { atol: 1e-6 + (1e-15 / Math.min(Math.abs(interference), Math.abs(artefacts))) * 9 };
    expect([sdr, sir, sar]).toBeAllclose([decibels(t2, i2 + a2), decibels(t2, i2), decibels(t2 + i2, a2)], tolerance);
  });

  it("is what least squares on the delayed references gives", () => {
    const taps = 3;
    const samples = 40;
    const references = [noise(samples), noise(samples)];
    const estimate = mix([1, references[0]!], [0.4, references[1]!], [0.3, noise(samples)]);
    const delayed = (reference: Float64Array, delay: number) =>
      Array.from({ length: samples + taps - 1 }, (_, t) => reference[t - delay] ?? 0);
    const padded = delayed(estimate, 0);
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, t) => sum + value * b[t]!, 0);
    const project = (basis: number[][]) => {
      const gram = basis.map((a) => basis.map((b) => dot(a, b)));
      const filter = (
        lusolve(
          gram,
          basis.map((a) => dot(a, padded)),
        ) as number[][]
      ).flat();
      return padded.map((_, t) => filter.reduce((sum, weight, k) => sum + weight * basis[k]![t]!, 0));
    };
    const own = [0, 1, 2].map((delay) => delayed(references[0]!, delay));
    const target = project(own);
    const all = project([...own, ...[0, 1, 2].map((delay) => delayed(references[1]!, delay))]);
    const minus = (a: number[], b: number[]) => a.map((value, t) => value - b[t]!);
    const energy = (a: number[]) => dot(a, a);
    const expected = [
      decibels(energy(target), energy(minus(padded, target))),
      decibels(energy(target), energy(minus(all, target))),
      decibels(energy(all), energy(minus(padded, all))),
    ];
    const { sdr, sir, sar } = bssEvalReferences(references, { filterLength: taps }).score(estimate, 0);
    expect([sdr, sir, sar]).toBeAllclose(expected, { atol: 1e-9 });
  });

  it("forgives any filter of up to filterLength taps", () => {
    const reference = noise(2000).fill(0, 1900);
    const filter = noise(64);
    const filtered = reference.map((_, t) => filter.reduce((sum, tap, m) => sum + tap * (reference[t - m] ?? 0), 0));
    const references = bssEvalReferences([reference, noise(2000)], { filterLength: 64 });
    expect(references.score(filtered, 0).sdr).toBeGreaterThan(200);
    const late = filtered.map((_, t) => reference[t - 64] ?? 0);
    expect(references.score(late, 0).sdr).toBeLessThan(0);
  });

  it("does not change with the scale of estimate and references, nor with the order of references", () => {
    const references = [noise(900), noise(900), noise(900)];
    const estimate = mix([1, references[0]!], [0.2, references[1]!], [0.1, noise(900)]);
    const options = { filterLength: 20 };
    const expected = Object.values(bssEvalReferences(references, options).score(estimate, 0));
    const loud = references.map((reference, i) => mix([10 ** (2 - i), reference]));
    const turned = [references[2]!, references[0]!, references[1]!];
    expect(Object.values(bssEvalReferences(loud, options).score(mix([1e-4, estimate]), 0))).toBeAllclose(expected, {
      atol: 1e-9,
    });
    expect(Object.values(bssEvalReferences(turned, options).score(estimate, 1))).toBeAllclose(expected, { atol: 1e-9 });
    // Without the interfering reference what came from it is an artefact.
    expect(bssEvalReferences([references[0]!], options).score(estimate, 0).sir).toBe(Infinity);
  });

  it("keeps its digits for an estimate equal to its reference, 1e-9 or 1e-12 away from it", () => {
    const references = [noise(3000), noise(3000)];
    const error = noise(3000);
    const prepared = bssEvalReferences(references, { filterLength: 32 });
    expect(Math.min(...Object.values(prepared.score(references[0]!, 0)))).toBeGreaterThan(250);
    const scores = [1e-3, 1e-9, 1e-12].map((gain) => prepared.score(mix([1, references[0]!], [gain, error]), 0).sdr);
    // The error is 120 dB smaller at each step but for rounding of the estimate, 1e-16 / 1e-12.
    expect(scores[1]! - scores[0]!).toBeCloseTo(120, 3);
    expect(scores[2]! - scores[0]!).toBeCloseTo(180, 2);
  });

  it("scores against all references as against each", () => {
    const references = [noise(500), noise(500)];
    const prepared = bssEvalReferences(references, { filterLength: 8 });
    const estimate = noise(500);
    expect(prepared.scoreAll(estimate)).toEqual([prepared.score(estimate, 0), prepared.score(estimate, 1)]);
  });

  it("works for one reference shorter than the filter and refuses several that cannot be told apart", () => {
    const prepared = bssEvalReferences([noise(100)]);
    expect(prepared.score(noise(100), 0).sir).toBe(Infinity);
    expect(() => bssEvalReferences([noise(100), noise(100)])).toThrow("at least 513 samples");
  });

  it("refuses references that are copies of each other but for gain and delay", () => {
    const a = noise(400).fill(0, 390);
    const echo = a.map((_, t) => -2 * (a[t - 3] ?? 0));
    expect(() => bssEvalReferences([a, echo], { filterLength: 8 })).toThrow(
      /references 0 and 1 are the same .* 3 samples/,
    );
    expect(() => bssEvalReferences([echo, a], { filterLength: 8 })).toThrow(
      /references 0 and 1 are the same .* 3 samples/,
    );
  });

  it("assumes noise at -120 dB on references that are filtered sums of the others, and says so", () => {
    const slow = Float64Array.from({ length: 4000 }, (_, t) => Math.sin((Math.PI * t) / 4000) ** 4);
    expect(() => bssEvalReferences([slow], { filterLength: 32, diagonalLoading: 0 })).toThrow("diagonal loading");
    const loaded = bssEvalReferences([slow], { filterLength: 32 });
    expect(loaded.options.diagonalLoading).toBe(1e-12);
    expect(loaded.score(slow, 0).sdr).toBeGreaterThan(120);
    expect(bssEvalReferences([noise(400)], { filterLength: 32 }).options.diagonalLoading).toBe(0);
  });

  it("refuses signals without energy, of other lengths, with NaN, or none", () => {
    const options = { filterLength: 4 };
    const prepared = bssEvalReferences([noise(50), noise(50)], options);
    expect(() => bssEvalReferences([], options)).toThrow("empty");
    expect(() => bssEvalReferences([noise(50), noise(49)], options)).toThrow(
      "reference 0 has 50 samples, reference 1 49",
    );
    expect(() => bssEvalReferences([noise(50), new Float64Array(50)], options)).toThrow("reference 1 is silent");
    expect(() => prepared.score(new Float64Array(50), 0)).toThrow("estimate is silent");
    expect(() => prepared.score(noise(51), 0)).toThrow("estimate has 51 samples, the references 50");
    expect(() => prepared.score(noise(50).fill(Number.NaN, 7, 8), 0)).toThrow("index 7");
    expect(() => prepared.score(noise(50), 2)).toThrow("target is 2");
    expect(() => bssEvalReferences([noise(50)], { filterLength: 0 })).toThrow("filterLength is 0");
  });
});

describe("bssEvalSources", () => {
  it("pairs estimates with references by mean SIR, whatever their order", () => {
    const references = [first, second, third];
    const estimates = [mix([1, third], [0.1, rest]), mix([1, first], [0.2, second]), mix([2, second], [0.1, first])];
    const result = bssEvalSources(references, estimates, { filterLength: 1, permutation: "sir" });
    expect(result.permutation).toEqual([1, 2, 0]);
    expect([...result.sir].slice(0, 2)).toBeAllclose([decibels(1, 0.04), decibels(4, 0.01)], { atol: 1e-6 });
    expect(bssEvalSources(references, estimates, { filterLength: 1 }).permutation).toEqual([0, 1, 2]);
  });

  it("refuses another number of estimates and an unknown permutation", () => {
    expect(() => bssEvalSources([first, second], [first])).toThrow("2 references but 1 estimates");
    const permutation = "sdr" as "sir";
    expect(() => bssEvalSources([first], [first], { permutation })).toThrow('"sdr"');
  });

  // Recorded by the authors of mir_eval; case 06 is stereo, of which its `Sources` part takes the mean of the channels.
  for (const [name, count] of [
    ["01", 2],
    ["02", 3],
    ["05", 3],
    ["06", 2],
  ] as const) {
    testWithShared(`agrees with mir_eval to 1e-5 dB in case ${name}`, () => {
      const load = (kind: string) =>
        Array.from({ length: count }, (_, i) => readWav(sharedPath(`bss_eval/mir_eval/${kind}${name}/${i}.wav`)));
      const expected = (
        JSON.parse(readFileSync(sharedPath(`bss_eval/mir_eval/output${name}.json`), "utf8")) as {
          Sources: Record<string, number[]>;
        }
      ).Sources;
      const result = bssEvalSources(load("ref"), load("est"), { permutation: "sir" });
      expect(result.permutation).toEqual(expected["Source permutation"]);
      expect(result.sdr).toBeAllclose(expected["Source to Distortion"]!, { atol: 1e-5 });
      expect(result.sir).toBeAllclose(expected["Source to Interference"]!, { atol: 1e-5 });
      expect(result.sar).toBeAllclose(expected["Source to Artifact"]!, { atol: 1e-5 });
    });
  }
});

/** 16-bit PCM, mean of the channels. */
function readWav(path: string): Float64Array {
  const bytes = readFileSync(path);
  const channels = bytes.readUInt16LE(22);
  let at = 12;
  while (bytes.toString("latin1", at, at + 4) !== "data") at += 8 + bytes.readUInt32LE(at + 4);
  const samples = bytes.readUInt32LE(at + 4) / (2 * channels);
  return Float64Array.from({ length: samples }, (_, t) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += bytes.readInt16LE(at + 8 + 2 * (t * channels + c)) / 32768;
    return sum / channels;
  });
}
