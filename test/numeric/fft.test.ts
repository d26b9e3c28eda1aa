import { describe, expect, it, test } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { createFft } from "../../src/numeric/fft.ts";

/** The definition, with each angle reduced to less than a turn before the cosine is taken. */
function directTransform(real: Float64Array, imag: Float64Array): [Float64Array, Float64Array] {
  const size = real.length;
  const cosine = Float64Array.from(real, (_, k) => Math.cos((2 * Math.PI * k) / size));
  const sine = Float64Array.from(real, (_, k) => Math.sin((2 * Math.PI * k) / size));
  const outReal = new Float64Array(size);
  const outImag = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    for (let n = 0; n < size; n++) {
      const turn = (k * n) % size;
      outReal[k]! += real[n]! * cosine[turn]! + imag[n]! * sine[turn]!;
      outImag[k]! += imag[n]! * cosine[turn]! - real[n]! * sine[turn]!;
    }
  }
  return [outReal, outImag];
}

function noise(size: number, name: string): Float64Array {
  const random = createRandom(`${name} ${size}`);
  return Float64Array.from({ length: size }, () => random.normal());
}

const norm = (...parts: Float64Array[]) =>
  Math.sqrt(parts.reduce((sum, part) => sum + part.reduce((s, value) => s + value * value, 0), 0));

// Powers of two, small factors up to 13 in every place of the plan, and primes beyond
const sizes = [...Array.from({ length: 40 }, (_, i) => i + 1), 143, 640, 1000, 1001, 1021, 1323, 1326, 2048];

describe("createFft", () => {
  test.each(sizes)("of size %i agrees with the definition, and its inverse returns the signal", (size) => {
    const fft = createFft(size);
    const real = noise(size, "real");
    const imag = noise(size, "imag");
    const outReal = new Float64Array(size);
    const outImag = new Float64Array(size);
    fft.forward(real, imag, outReal, outImag);
    const [expectedReal, expectedImag] = directTransform(real, imag);
    // Relative to the largest value a bin has on average; the definition itself errs by about 1e-14 at these sizes
    const atol = (1e-12 * norm(expectedReal, expectedImag)) / Math.sqrt(size);
    expect(outReal).toBeAllclose(expectedReal, { atol });
    expect(outImag).toBeAllclose(expectedImag, { atol });

    fft.inverse(outReal, outImag, outReal, outImag);
    expect(outReal).toBeAllclose(real, { atol: 1e-13 });
    expect(outImag).toBeAllclose(imag, { atol: 1e-13 });
  });

  test.each(sizes)("of %i real samples is the first half of the complex transform, and inverts", (size) => {
    const fft = createFft(size);
    const samples = noise(size, "samples");
    const [expectedReal, expectedImag] = directTransform(samples, new Float64Array(size));
    const real = new Float64Array(fft.bins + 2);
    const imag = new Float64Array(fft.bins + 2);
    fft.forwardReal(samples, real, imag, 2);
    const atol = (1e-12 * norm(expectedReal, expectedImag)) / Math.sqrt(size);
    expect(real.subarray(2)).toBeAllclose(expectedReal.subarray(0, fft.bins), { atol });
    expect(imag.subarray(2)).toBeAllclose(expectedImag.subarray(0, fft.bins), { atol });

    const back = new Float64Array(size);
    fft.inverseReal(real, imag, back, 2);
    expect(back).toBeAllclose(samples, { atol: 1e-13 });
  });

  test.each([1, 2, 7, 12, 64, 1000])("keeps energy at size %i (Parseval)", (size) => {
    const fft = createFft(size);
    const real = noise(size, "a");
    const imag = noise(size, "b");
    const outReal = new Float64Array(size);
    const outImag = new Float64Array(size);
    fft.forward(real, imag, outReal, outImag);
    const ratio = norm(outReal, outImag) ** 2 / norm(real, imag) ** 2;
    expect(Math.abs(ratio / size - 1)).toBeLessThan(1e-13);
  });

  test.each([9, 16, 1021])("is linear at size %i", (size) => {
    const fft = createFft(size);
    const a = noise(size, "a");
    const b = noise(size, "b");
    const spectra = [a, b, a.map((value, i) => 2 * value - 3 * b[i]!)].map((samples) => {
      const real = new Float64Array(fft.bins);
      const imag = new Float64Array(fft.bins);
      fft.forwardReal(samples, real, imag);
      return { real, imag };
    });
    const sum = (part: "real" | "imag") => spectra[0]![part].map((value, k) => 2 * value - 3 * spectra[1]![part][k]!);
    expect(spectra[2]!.real).toBeAllclose(sum("real"), { atol: 1e-12 * size });
    expect(spectra[2]!.imag).toBeAllclose(sum("imag"), { atol: 1e-12 * size });
  });

  it("turns an impulse into a flat spectrum and a constant into bin 0", () => {
    for (const size of [8, 15]) {
      const fft = createFft(size);
      const real = new Float64Array(fft.bins);
      const imag = new Float64Array(fft.bins);
      fft.forwardReal(
        Float64Array.from({ length: size }, (_, n) => (n === 0 ? 1 : 0)),
        real,
        imag,
      );
      expect(real).toBeAllclose(new Float64Array(fft.bins).fill(1), { atol: 1e-15 });
      expect(imag).toBeAllclose(new Float64Array(fft.bins), { atol: 1e-15 });
      fft.forwardReal(new Float64Array(size).fill(1), real, imag);
      expect(real).toBeAllclose(
        Float64Array.from({ length: fft.bins }, (_, k) => (k === 0 ? size : 0)),
        { atol: 1e-14 },
      );
    }
  });

  it("leaves its input alone and can be used twice", () => {
    const fft = createFft(12);
    const samples = noise(12, "kept");
    const copy = samples.slice();
    const first = new Float64Array(7);
    const second = new Float64Array(7);
    fft.forwardReal(samples, first, new Float64Array(7));
    fft.forwardReal(noise(12, "other"), second, new Float64Array(7));
    fft.forwardReal(samples, second, new Float64Array(7));
    expect(samples).toEqual(copy);
    expect(second).toEqual(first);
  });

  it("refuses sizes that are not whole and arrays that are too short", () => {
    for (const size of [0, -4, 2.5, Number.NaN, 2 ** 31]) expect(() => createFft(size)).toThrow(/createFft: size is/);
    const fft = createFft(8);
    const eight = new Float64Array(8);
    expect(() => fft.forward(eight, eight, eight, new Float64Array(7))).toThrow(/7 entries; 8 are needed/);
    expect(() => fft.forwardReal(eight, eight, eight, 4)).toThrow(/8 entries; 9 are needed/);
    expect(() => fft.inverseReal(new Float64Array(4), eight, eight)).toThrow(/4 entries; 5 are needed/);
  });
});
