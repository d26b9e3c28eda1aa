import { describe, expect, it } from "vitest";
import { bssEvalReferences } from "../../src/metrics/bssEvalReferences.ts";
import { decibels, energy, filtered, mix, noiseMaker, only } from "./signals.ts";

const noise = noiseMaker("precision");
const taps = 64;
const samples = 6000;

/** Low-passed noise, faded in and out: predictable, as low notes are. */
function lowNoise(): Float64Array {
  let signal = noise(samples);
  for (let pass = 0; pass < 4; pass++) {
    let kept = 0;
    signal = signal.map((value) => {
      kept = 0.9 * kept + value;
      return kept;
    });
  }
  return signal.map((value, t) => value * Math.sin((Math.PI * t) / 3000) ** 4);
}

// The source, another one and the artefacts lie further apart than the filter is long, so they are orthogonal at all
// delays and the scores are ratios of known energies: SDR 45 dB.
const [low, high] = [only(lowNoise(), 0, 3000), only(noise(samples), 3200, 4200)];
const image = filtered(
  low,
  noise(taps).map((tap, m) => tap * 0.95 ** m),
);
const artefacts = only(noise(samples), 4400, 5900);
const interferenceGain = Math.sqrt((energy(image) / energy(high)) * 10 ** -5);
const artefactGain = Math.sqrt((energy(image) / energy(artefacts)) * (10 ** -4.5 - 10 ** -5));
const estimate = mix([1, image], [interferenceGain, high], [artefactGain, artefacts]);
const truth = { sdr: 45, sir: 50, sar: decibels(1 + 10 ** -5, 10 ** -4.5 - 10 ** -5) };

/** The SDR from normal equations that are exact but for being rounded to single precision and solved in it, with some loading. */
function singlePrecisionSdr(loading: number): number {
  const f = Math.fround;
  const correlate = (x: Float64Array, m: number) => x.reduce((sum, value, t) => sum + value * (low[t - m] ?? 0), 0);
  const auto = Array.from({ length: taps }, (_, m) => f(correlate(low, m) * (m === 0 ? 1 + loading : 1)));
  const right = Array.from({ length: taps }, (_, m) => f(correlate(estimate, m)));
  // Cholesky and both triangular solutions, every operation rounded.
  const lower = auto.map(() => new Float32Array(taps));
  for (let i = 0; i < taps; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = auto[i - j]!;
      for (let k = 0; k < j; k++) sum = f(sum - f(lower[i]![k]! * lower[j]![k]!));
      lower[i]![j] = i === j ? f(Math.sqrt(sum)) : f(sum / lower[j]![j]!);
    }
  }
  const x = Float32Array.from(right);
  for (let i = 0; i < taps; i++) {
    for (let k = 0; k < i; k++) x[i] = f(x[i]! - f(lower[i]![k]! * x[k]!));
    x[i]! /= lower[i]![i]!;
  }
  for (let i = taps - 1; i >= 0; i--) {
    for (let k = i + 1; k < taps; k++) x[i] = f(x[i]! - f(lower[k]![i]! * x[k]!));
    x[i]! /= lower[i]![i]!;
  }
  const projection = filtered(low, Float64Array.from(x));
  return decibels(energy(projection), energy(mix([1, estimate], [-1, projection])));
}

describe("an estimate of 45 dB of a predictable source", () => {
  it("is beyond a solution in single precision, with or without the loading that this takes", () => {
    // Rounded to single precision the equations are not even positive definite.
    expect(singlePrecisionSdr(0)).toBeNaN();
    expect(truth.sdr - singlePrecisionSdr(1e-6)).toBeGreaterThan(0.01);
    expect(truth.sdr - singlePrecisionSdr(1e-4)).toBeGreaterThan(1);
  });

  it("has the scores of the formula to 1e-6 dB", () => {
    const prepared = bssEvalReferences([low, high], { filterLength: taps });
    const { sdr, sir, sar } = prepared.score(estimate, 0);
    expect(prepared.equations.diagonalLoading).toBe(0);
    expect(prepared.equations.reciprocalCondition).toBeLessThan(1e-6);
    expect([sdr, sir, sar]).toBeAllclose([truth.sdr, truth.sir, truth.sar], { atol: 1e-6 });
  });
});
