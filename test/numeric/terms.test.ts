import { describe, expect, it } from "vitest";
import type { FloatArray } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { createFactorArena, type Precision } from "../../src/numeric/kernels.ts";

const counts = [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 257];
const betas = [-1, 0, 0.5, 0.7, 1, 1.5, 2, 2.3, 3];
/** Unit roundoff, and decades within which all powers stay normal numbers. */
const precisions: { precision: Precision; unit: number; decades: number }[] = [
  { precision: "float32", unit: 2 ** -24, decades: 8 },
  { precision: "float64", unit: 2 ** -53, decades: 60 },
];
const sentinel = -7;

/** x and v over many decades, some x near v and, where beta allows, some 0. */
function arrays(precision: Precision, count: number, decades: number, zeros: boolean) {
  const arena = createFactorArena(1 << 16, precision);
  const random = createRandom(`${precision} ${count}`);
  const [x, v, numerator, denominator] = [0, 1, 2, 3].map(() => arena.array(count + 4)) as [Piece, Piece, Piece, Piece];
  const wide = () => 10 ** (decades * (random.uniform() - 0.5));
  for (let i = 0; i < count; i++) {
    v.array[i] = wide();
    x.array[i] = i % 3 === 0 ? v.array[i]! * (1 + 0.2 * (random.uniform() - 0.5)) : wide();
    if (zeros && i % 7 === 2) x.array[i] = 0;
  }
  numerator.array.fill(sentinel);
  denominator.array.fill(sentinel);
  return { kernels: arena.kernels, x, v, numerator, denominator };
}

interface Piece {
  address: number;
  array: FloatArray;
}

/** The sum of the divergence's terms as `betaTerms` defines it, and of their sizes before they cancel. */
function divergence(x: FloatArray, v: FloatArray, count: number, beta: number) {
  let sum = 0;
  let size = 0;
  for (let i = 0; i < count; i++) {
    const [a, b] = [x[i]!, v[i]!];
    let terms: number[];
    if (beta === 0) terms = [a / b, -Math.log(a / b), -1];
    else if (beta === 1) terms = [a === 0 ? 0 : a * Math.log(a / b)];
    else {
      const scale = 1 / (beta * (beta - 1));
      terms = [scale * a ** beta, b ** beta / beta, (-a * b ** (beta - 1)) / (beta - 1)];
    }
    sum += terms.reduce((total, term) => total + term, 0);
    size += terms.reduce((total, term) => total + Math.abs(term), 0);
  }
  return { sum, size };
}

describe.each(precisions)("betaTerms in $precision", ({ precision, unit, decades }) => {
  // the largest |(beta - 2) log v| that an error of the logarithm is multiplied with
  const rtol = unit * (8 + 2 * 3 * (decades / 2) * Math.LN10);

  it.each(betas)("equals the plain powers at beta %f, for any count, and writes nothing else", (beta) => {
    for (const count of counts) {
      const { kernels, x, v, numerator, denominator } = arrays(precision, count, decades, beta > 0);
      const tops = Float64Array.from(x.array, (value, i) => (i < count ? value * v.array[i]! ** (beta - 2) : sentinel));
      const bottoms = Float64Array.from(v.array, (value, i) => (i < count ? value ** (beta - 1) : sentinel));
      const sum = kernels.betaTerms(
        x.address,
        v.address,
        numerator.address,
        denominator.address,
        count,
        beta,
        0,
        false,
      );
      expect(sum).toBe(0);
      expect(numerator.array).toBeAllclose(tops, { rtol });
      if (beta === 1) expect(denominator.array.every((value) => value === sentinel)).toBe(true);
      else expect(denominator.array).toBeAllclose(bottoms, { rtol });
    }
  });

  it.each(betas)("sums the divergence's terms at beta %f", (beta) => {
    for (const count of counts) {
      const { kernels, x, v, numerator, denominator } = arrays(precision, count, decades / 2, beta > 0);
      const { sum, size } = divergence(x.array, v.array, count, beta);
      const result = kernels.betaTerms(
        x.address,
        v.address,
        numerator.address,
        denominator.address,
        count,
        beta,
        0,
        true,
      );
      expect([result]).toBeAllclose([sum], { atol: rtol * size });
    }
  });

  it.each(betas)("gives the same numbers where the numerator takes the place of V, at beta %f", (beta) => {
    const { kernels, x, v, numerator, denominator } = arrays(precision, 31, 4, beta > 0);
    const floor = 0.01;
    const args = [31, beta, floor, true] as const;
    const apart = kernels.betaTerms(x.address, v.address, numerator.address, denominator.address, ...args);
    const powers = denominator.array.slice();
    const expected = numerator.array.slice(0, 31);
    const inPlace = kernels.betaTerms(x.address, v.address, v.address, denominator.address, ...args);
    expect(inPlace).toBe(apart);
    expect(v.array.slice(0, 31)).toEqual(expected);
    expect(denominator.array).toEqual(powers);
  });

  it.each(betas)("adds the floor to V at beta %f", (beta) => {
    const { kernels, x, v, numerator, denominator } = arrays(precision, 9, 2, beta > 0);
    const floor = 0.5;
    const expected = Float64Array.from({ length: 9 }, (_, i) => x.array[i]! * (v.array[i]! + floor) ** (beta - 2));
    kernels.betaTerms(x.address, v.address, numerator.address, denominator.address, 9, beta, floor, false);
    expect(numerator.array.slice(0, 9)).toBeAllclose(expected, { rtol });
  });

  // (x - v)^2 v^(beta-2) / 2 is the divergence around x = v up to a factor 1 + (beta - 2) / 3 (x/v - 1); the terms of its
  // definition cancel there
  it.each(betas.filter((beta) => beta !== 1))("keeps the divergence's precision close to x = v, at beta %f", (beta) => {
    const { kernels, x, v, numerator, denominator } = arrays(precision, 8, 2, false);
    let expected = 0;
    for (let i = 0; i < 8; i++) {
      x.array[i] = v.array[i]! * (1 + 1e-4 * (i - 3.5));
      const difference = x.array[i]! - v.array[i]!;
      const correction = 1 + ((beta - 2) / 3) * (difference / v.array[i]!);
      expected += (difference ** 2 * v.array[i]! ** (beta - 2) * correction) / 2;
    }
    const result = kernels.betaTerms(x.address, v.address, numerator.address, denominator.address, 8, beta, 0, true);
    expect([result]).toBeAllclose([expected], { rtol: 1e-6 });
  });

  it.each(betas)("is 0 where x equals V, at beta %f", (beta) => {
    const { kernels, v, numerator, denominator } = arrays(precision, 31, 4, false);
    expect(kernels.betaTerms(v.address, v.address, numerator.address, denominator.address, 31, beta, 0, true)).toBe(0);
  });
});
