import { createRandom } from "../../src/core/random.ts";
import type { DuetMixing } from "../../src/separation/duetPeaks.ts";
import { type Stft, stftDefaults } from "../../src/signal/stft.ts";

const windowSize = 64;
const bins = windowSize / 2 + 1;

/** A transform with chosen values, of a made-up signal. */
export function transformOf(real: Float64Array, imag: Float64Array, size = windowSize): Stft {
  const frames = real.length / (size / 2 + 1);
  const hopSize = size / 4;
  return {
    real,
    imag,
    frames,
    bins: size / 2 + 1,
    samples: (frames - 1) * hopSize,
    options: { ...stftDefaults, windowSize: size, hopSize },
  };
}

/** One frame of 33 bins, silent but for the entries given: bin, left, right, each as [real, imaginary]. */
export function frameOf(entries: [bin: number, left: [number, number], right: [number, number]][]) {
  const [leftReal, leftImag, rightReal, rightImag] = Array.from({ length: 4 }, () => new Float64Array(bins)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (const [bin, left, right] of entries) {
    [leftReal[bin], leftImag[bin]] = left;
    [rightReal[bin], rightImag[bin]] = right;
  }
  return { left: transformOf(leftReal, leftImag), right: transformOf(rightReal, rightImag) };
}

/** `ratio exp(-i omega delay)` times a complex number, omega that of a bin among 64 points. */
export function mixed([real, imag]: [number, number], bin: number, { ratio, delay }: DuetMixing): [number, number] {
  const angle = (-2 * Math.PI * bin * delay) / windowSize;
  const [c, s] = [ratio * Math.cos(angle), ratio * Math.sin(angle)];
  return [c * real - s * imag, c * imag + s * real];
}

/**
 * A mixture in which each time-frequency bin belongs to one source, at random: the model of DUET, exactly.
 *
 * @param mixings level ratio and delay of each source, fractional at will
 * @param options frames of the mixture, default 40; loudness of each source, default 1
 */
export function disjointMixture(
  mixings: readonly DuetMixing[],
  { frames = 40, loudness = mixings.map(() => 1) }: { frames?: number; loudness?: readonly number[] } = {},
) {
  const random = createRandom("disjoint sources");
  const entries = frames * bins;
  const parts = Array.from({ length: 4 }, () => new Float64Array(entries));
  const [leftReal, leftImag, rightReal, rightImag] = parts as [Float64Array, Float64Array, Float64Array, Float64Array];
  const owners = new Uint8Array(entries);
  for (let i = 0; i < entries; i++) {
    const owner = random.below(mixings.length);
    const gain = loudness[owner]!;
    const source: [number, number] = [gain * random.normal(), gain * random.normal()];
    owners[i] = owner;
    [leftReal[i], leftImag[i]] = source;
    [rightReal[i], rightImag[i]] = mixed(source, i % bins, mixings[owner]!);
  }
  return { left: transformOf(leftReal, leftImag), right: transformOf(rightReal, rightImag), owners };
}

/** A mixture of noise in every bin of both channels, no source alone anywhere. */
export function noiseMixture(name: string, frames = 20) {
  const random = createRandom(name);
  const noise = () => Float64Array.from({ length: frames * bins }, () => random.normal());
  return { left: transformOf(noise(), noise()), right: transformOf(noise(), noise()) };
}

/** A transform times a number. */
export const scaled = (stft: Stft, factor: number): Stft => ({
  ...stft,
  real: stft.real.map((value) => value * factor),
  imag: stft.imag.map((value) => value * factor),
});
