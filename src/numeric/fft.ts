import FFT from "fft.js";
import { checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { type ComplexTransform, hasSmallFactors, mixedRadix } from "./mixedRadix.ts";

/**
 * Discrete Fourier transforms of one size, any size from 1.
 *
 * Forward: `X[k] = sum_n x[n] exp(-2 pi i k n / size)`; inverse: the same with `+` and divided by `size`. Complex numbers
 * are two arrays, real and imaginary. A plan owns its scratch memory: no call allocates, outputs may be the inputs, and
 * arrays longer than needed are used from their start. Values are not checked; lengths are.
 */
export interface Fft {
  /** Length of the transform. */
  readonly size: number;
  /** Length of the half spectrum of a real signal, `floor(size / 2) + 1`. */
  readonly bins: number;
  /**
   * Memory of the plan, [size]: a signal written here and given to `forwardReal` is not copied first. Every call, of any
   * method, may overwrite it.
   */
  readonly scratch: Float64Array;
  /** Complex transform, [size] to [size]. */
  forward(real: Float64Array, imag: Float64Array, outReal: Float64Array, outImag: Float64Array): void;
  /** Complex inverse, [size] to [size]. */
  inverse(real: Float64Array, imag: Float64Array, outReal: Float64Array, outImag: Float64Array): void;
  /**
   * Half spectrum of a real signal, [size] to [bins].
   *
   * @param offset where in the outputs bin 0 goes, default 0
   */
  forwardReal(samples: Float64Array, outReal: Float64Array, outImag: Float64Array, offset?: number): void;
  /**
   * Real signal of a half spectrum, [bins] to [size]. The imaginary part of bin 0, and of the last bin if `size` is even,
   * belongs to no real signal and is ignored.
   *
   * @param offset where in the inputs bin 0 is, default 0
   */
  inverseReal(real: Float64Array, imag: Float64Array, outSamples: Float64Array, offset?: number): void;
}

/**
 * Plans transforms of one size: radix 4 (fft.js) where the size is a power of two, else as a convolution with a chirp
 * of power-of-two length (Bluestein 1970). Real transforms of even size are done as complex ones of half the size.
 *
 * @param size length of the transform, at least 1
 * @throws ToolkitError `bad-option` if `size` is not a whole number from 1 to 2^25 (2^26 for powers of two); the methods
 *   throw `bad-shape` if an array is too short
 */
export function createFft(size: number): Fft {
  checkWhole("createFft", "size", size, 1, isPowerOfTwo(size) ? 2 ** 26 : 2 ** 25);
  const bins = Math.floor(size / 2) + 1;
  const complex = lazy(() => complexTransform(size));
  const real = lazy(() => (size % 2 === 0 ? evenRealTransform(size) : oddRealTransform(size, complex())));
  return {
    size,
    bins,
    get scratch() {
      return real().scratch;
    },
    forward(real, imag, outReal, outImag) {
      checkLengths(size, [real, imag, outReal, outImag]);
      runComplex(complex(), size, real, imag, outReal, outImag, 1);
    },
    inverse(real, imag, outReal, outImag) {
      checkLengths(size, [real, imag, outReal, outImag]);
      // Exchanging real and imaginary parts before and after turns the forward transform into the inverse
      runComplex(complex(), size, imag, real, outImag, outReal, 1 / size);
    },
    forwardReal(samples, outReal, outImag, offset = 0) {
      if (samples.length < size) tooShort(size, samples.length);
      if (outReal.length < offset + bins || outImag.length < offset + bins) {
        tooShort(offset + bins, Math.min(outReal.length, outImag.length));
      }
      real().forward(samples, outReal, outImag, offset);
    },
    inverseReal(inReal, inImag, outSamples, offset = 0) {
      if (outSamples.length < size) tooShort(size, outSamples.length);
      if (inReal.length < offset + bins || inImag.length < offset + bins) {
        tooShort(offset + bins, Math.min(inReal.length, inImag.length));
      }
      real().inverse(inReal, inImag, outSamples, offset);
    },
  };
}

interface RealTransform {
  readonly scratch: Float64Array;
  forward(samples: Float64Array, outReal: Float64Array, outImag: Float64Array, offset: number): void;
  inverse(real: Float64Array, imag: Float64Array, outSamples: Float64Array, offset: number): void;
}

function complexTransform(size: number): ComplexTransform {
  const input = new Float64Array(2 * size);
  const output = new Float64Array(2 * size);
  if (size === 1) return { input, output, run: () => output.set(input) };
  // A size below 16 is not worth a kernel memory of its own, one above 2^22 not the room
  const isKernelSize = size >= 16 && size <= 2 ** 22;
  if (!isPowerOfTwo(size) || isKernelSize) return hasSmallFactors(size) ? mixedRadix(size) : bluestein(size);
  const plan = new FFT(size);
  return { input, output, run: () => plan.transform(output, input) };
}

/**
 * `k n = (k^2 + n^2 - (k - n)^2) / 2` turns the transform into a convolution of x[n] c[n] with the chirp conj(c), where
 * c[n] = exp(-pi i n^2 / size); the convolution is circular, of any power of two from 2 size - 1.
 */
function bluestein(size: number): ComplexTransform {
  let length = 2;
  while (length < 2 * size - 1) length *= 2;
  const chirp = new Float64Array(2 * size);
  for (let n = 0; n < size; n++) {
    // n^2 modulo 2 size in whole numbers: the angle keeps full precision
    const angle = (-Math.PI * ((n * n) % (2 * size))) / size;
    chirp[2 * n] = Math.cos(angle);
    chirp[2 * n + 1] = Math.sin(angle);
  }
  const plan = new FFT(length);
  const work = new Float64Array(2 * length);
  const spectrum = new Float64Array(2 * length);
  for (let n = 0; n < size; n++) {
    for (const at of n === 0 ? [0] : [n, length - n]) {
      work[2 * at] = chirp[2 * n]! / length;
      work[2 * at + 1] = -chirp[2 * n + 1]! / length;
    }
  }
  const kernel = new Float64Array(2 * length);
  plan.transform(kernel, work);
  const input = new Float64Array(2 * size);
  const output = new Float64Array(2 * size);
  const run = () => {
    for (let i = 0; i < 2 * size; i += 2) {
      const re = input[i]!;
      const im = input[i + 1]!;
      work[i] = re * chirp[i]! - im * chirp[i + 1]!;
      work[i + 1] = re * chirp[i + 1]! + im * chirp[i]!;
    }
    work.fill(0, 2 * size);
    plan.transform(spectrum, work);
    // The product, with real and imaginary parts exchanged, so that the next forward transform is the inverse
    for (let i = 0; i < 2 * length; i += 2) {
      const re = spectrum[i]!;
      const im = spectrum[i + 1]!;
      work[i + 1] = re * kernel[i]! - im * kernel[i + 1]!;
      work[i] = re * kernel[i + 1]! + im * kernel[i]!;
    }
    plan.transform(spectrum, work);
    for (let i = 0; i < 2 * size; i += 2) {
      const re = spectrum[i + 1]!;
      const im = spectrum[i]!;
      output[i] = re * chirp[i]! - im * chirp[i + 1]!;
      output[i + 1] = re * chirp[i + 1]! + im * chirp[i]!;
    }
  };
  return { input, output, run };
}

function runComplex(
  { input, output, run }: ComplexTransform,
  size: number,
  real: Float64Array,
  imag: Float64Array,
  outReal: Float64Array,
  outImag: Float64Array,
  scale: number,
): void {
  for (let n = 0; n < size; n++) {
    input[2 * n] = real[n]!;
    input[2 * n + 1] = imag[n]!;
  }
  run();
  for (let n = 0; n < size; n++) {
    outReal[n] = output[2 * n]! * scale;
    outImag[n] = output[2 * n + 1]! * scale;
  }
}

/** Even samples as real parts, odd samples as imaginary parts of one complex signal of half the size, then told apart. */
function evenRealTransform(size: number): RealTransform {
  const half = size / 2;
  const { input, output, run } = complexTransform(half);
  const cosine = new Float64Array(half);
  const sine = new Float64Array(half);
  for (let k = 0; k < half; k++) {
    cosine[k] = Math.cos((2 * Math.PI * k) / size);
    sine[k] = -Math.sin((2 * Math.PI * k) / size);
  }
  return {
    scratch: input,
    forward(samples, outReal, outImag, offset) {
      if (samples !== input) input.set(samples.length === size ? samples : samples.subarray(0, size));
      run();
      const first = output[0]!;
      const second = output[1]!;
      outReal[offset] = first + second;
      outImag[offset] = 0;
      outReal[offset + half] = first - second;
      outImag[offset + half] = 0;
      for (let k = 1, mirror = half - 1; k <= mirror; k++, mirror--) {
        const ar = output[2 * k]!;
        const ai = output[2 * k + 1]!;
        const br = output[2 * mirror]!;
        const bi = output[2 * mirror + 1]!;
        const evenReal = 0.5 * (ar + br);
        const evenImag = 0.5 * (ai - bi);
        const oddReal = 0.5 * (ai + bi);
        const oddImag = 0.5 * (br - ar);
        const turnedReal = oddReal * cosine[k]! - oddImag * sine[k]!;
        const turnedImag = oddReal * sine[k]! + oddImag * cosine[k]!;
        outReal[offset + k] = evenReal + turnedReal;
        outImag[offset + k] = evenImag + turnedImag;
        outReal[offset + mirror] = evenReal - turnedReal;
        outImag[offset + mirror] = turnedImag - evenImag;
      }
    },
    inverse(real, imag, outSamples, offset) {
      const first = real[offset]!;
      const last = real[offset + half]!;
      // Exchanged real and imaginary parts: the forward transform becomes the inverse
      input[1] = 0.5 * (first + last);
      input[0] = 0.5 * (first - last);
      for (let k = 1, mirror = half - 1; k <= mirror; k++, mirror--) {
        const ar = real[offset + k]!;
        const ai = imag[offset + k]!;
        const br = real[offset + mirror]!;
        const bi = imag[offset + mirror]!;
        const evenReal = 0.5 * (ar + br);
        const evenImag = 0.5 * (ai - bi);
        const turnedReal = 0.5 * (ar - br);
        const turnedImag = 0.5 * (ai + bi);
        const oddReal = turnedReal * cosine[k]! + turnedImag * sine[k]!;
        const oddImag = turnedImag * cosine[k]! - turnedReal * sine[k]!;
        input[2 * k + 1] = evenReal - oddImag;
        input[2 * k] = evenImag + oddReal;
        input[2 * mirror + 1] = evenReal + oddImag;
        input[2 * mirror] = oddReal - evenImag;
      }
      run();
      const scale = 1 / half;
      for (let n = 0; n < size; n += 2) {
        outSamples[n] = output[n + 1]! * scale;
        outSamples[n + 1] = output[n]! * scale;
      }
    },
  };
}

function oddRealTransform(size: number, { input, output, run }: ComplexTransform): RealTransform {
  const half = (size - 1) / 2;
  return {
    scratch: new Float64Array(size),
    forward(samples, outReal, outImag, offset) {
      for (let n = 0; n < size; n++) {
        input[2 * n] = samples[n]!;
        input[2 * n + 1] = 0;
      }
      run();
      for (let k = 0; k <= half; k++) {
        outReal[offset + k] = output[2 * k]!;
        outImag[offset + k] = output[2 * k + 1]!;
      }
      outImag[offset] = 0;
    },
    inverse(real, imag, outSamples, offset) {
      input[1] = real[offset]!;
      input[0] = 0;
      for (let k = 1; k <= half; k++) {
        const mirror = size - k;
        input[2 * k + 1] = real[offset + k]!;
        input[2 * k] = imag[offset + k]!;
        input[2 * mirror + 1] = real[offset + k]!;
        input[2 * mirror] = -imag[offset + k]!;
      }
      run();
      const scale = 1 / size;
      for (let n = 0; n < size; n++) outSamples[n] = output[2 * n + 1]! * scale;
    },
  };
}

function isPowerOfTwo(size: number): boolean {
  return size > 0 && (size & (size - 1)) === 0;
}

/** Makes a plan's parts when first asked: the complex tables of an even size are not built for real transforms. */
function lazy<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function checkLengths(size: number, arrays: readonly Float64Array[]): void {
  for (const array of arrays) if (array.length < size) tooShort(size, array.length);
}

function tooShort(needed: number, length: number): never {
  throw new ToolkitError("bad-shape", `fft: an array has ${length} entries; ${needed} are needed`);
}
