import { inv, type Matrix } from "mathjs";
import { describe, expect, it } from "vitest";
import { factorBlockToeplitz } from "../../src/numeric/blockToeplitz.ts";
import { createBlockCorrelator } from "../../src/numeric/correlation.ts";
import { filtered, mix, noiseMaker } from "./signals.ts";

const noise = noiseMaker("equations");

/** Correlations at delays 0 .. lags - 1 of every signal with every other. */
function correlations(signals: Float64Array[], lags: number): Float64Array[][] {
  const correlator = createBlockCorrelator(signals[0]!.length, lags);
  const blocks = signals.map(correlator.blocks);
  const columns = signals.map((signal) => correlator.correlate(blocks, signal));
  return signals.map((_, i) => columns.map((column) => column[i]!));
}

/** 1 / (|G| |G^-1|) in the 1-norm of the matrix written out, scaled to a unit diagonal. */
function exactReciprocal(r: Float64Array[][]): number {
  const series = r.length;
  const order = series * r[0]![0]!.length;
  const dense = Array.from({ length: order }, (_, p) =>
    Array.from({ length: order }, (_, q) => {
      const [i, j] = [p % series, q % series];
      const lag = Math.floor(p / series) - Math.floor(q / series);
      const value = lag >= 0 ? r[i]![j]![lag]! : r[j]![i]![-lag]!;
      return value / Math.sqrt(r[i]![i]![0]! * r[j]![j]![0]!);
    }),
  );
  const norm = (rows: number[][]) =>
    Math.max(...rows.map((_, column) => rows.reduce((sum, row) => sum + Math.abs(row[column]!), 0)));
  const inverse = inv(dense as unknown as Matrix) as unknown as number[][];
  return 1 / (norm(dense) * norm(inverse));
}

describe("the reciprocal condition of the equations", () => {
  const low = (length: number) =>
    filtered(
      noise(length),
      Float64Array.from({ length: 12 }, (_, m) => 0.8 ** m),
    );
  it.each([
    ["white noise", [noise(300), noise(300)], 6],
    ["low noise", [low(300)], 20],
    ["low noise at very different levels", [low(300), mix([1e4, low(300)]), noise(300)], 9],
    ["one reference and one tap", [noise(300)], 1],
  ])("is estimated from above, at most three times too great: %s", (_, signals, lags) => {
    const r = correlations(signals, lags);
    const estimate = factorBlockToeplitz(r, { who: "test", name: "series" }).reciprocalCondition();
    const exact = exactReciprocal(r);
    expect(estimate / exact).toBeGreaterThan(1 - 1e-6);
    expect(estimate / exact).toBeLessThan(3);
  });
});

describe("sums in pieces", () => {
  it.each([
    [1, 1],
    [50, 80],
    [700, 5],
    [700, 64],
  ])("cover %i samples and %i taps once, with the values of the convolution", (samples, taps) => {
    const signals = [noise(samples), noise(samples)];
    const filters = [noise(taps), noise(taps)];
    const correlator = createBlockCorrelator(samples, taps);
    const spectra = signals.map(correlator.blocks);
    const [both, second] = [new Float64Array(samples + taps - 1), new Float64Array(samples + taps - 1)];
    let next = 0;
    correlator.visitSums(
      [
        { signals: spectra, responses: correlator.responses(filters) },
        { signals: [spectra[1]!], responses: correlator.responses([filters[1]!]) },
      ],
      (start, pieces) => {
        expect(start).toBe(next);
        both.set(pieces[0]!, start);
        second.set(pieces[1]!, start);
        next += pieces[0]!.length;
      },
    );
    expect(next).toBe(samples + taps - 1);
    const padded = signals.map((signal) => Float64Array.from({ length: next }, (_, t) => signal[t] ?? 0));
    const parts = padded.map((signal, i) => filtered(signal, filters[i]!));
    expect(second).toBeAllclose(parts[1]!, { atol: 1e-11 });
    expect(both).toBeAllclose(mix([1, parts[0]!], [1, parts[1]!]), { atol: 1e-11 });
  });
});
