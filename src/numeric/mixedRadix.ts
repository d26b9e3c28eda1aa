import { ToolkitError } from "../core/error.ts";
import { createArena } from "./kernels.ts";
import { type Pass, runPass } from "./radixPasses.ts";

/** Prime factors a size may have here; others go through a chirp. */
const primes = [13, 11, 7, 5, 3, 2] as const;

/** Forward transform between interleaved arrays [re, im, ...]; both are the transform's own, and `input` is used up. */
export interface ComplexTransform {
  /** Where the signal goes, [2 size]. */
  readonly input: Float64Array;
  /** Where the spectrum is after `run`, [2 size]. */
  readonly output: Float64Array;
  run(): void;
}

/** Whether `mixedRadix` can do a size: all its prime factors are at most 13. */
export function hasSmallFactors(size: number): boolean {
  let rest = size;
  for (const prime of primes) while (rest % prime === 0) rest /= prime;
  return rest === 1;
}

/**
 * Plans a Fourier transform of a size with small factors: Stockham's algorithm, decimation in frequency (Van Loan,
 * "Computational Frameworks for the Fast Fourier Transform", 1992, section 1.7), with passes of radix 13, 11, 7, 5, 3, 2
 * and 4, those of radix 4 in a kernel. Values come out in order, so nothing is permuted.
 *
 * @param size a size for which `hasSmallFactors` is true
 * @throws ToolkitError `bad-option` for another size
 */
export function mixedRadix(size: number): ComplexTransform {
  const passes = planPasses(size);
  const fours = passes.filter(({ radix }) => radix === 4);
  const arena = createArena(fours.reduce((bytes, { twiddles }) => bytes + 8 * twiddles.length, 32 * size + 64));
  const first = arena.float64(2 * size);
  const second = arena.float64(2 * size);
  const addresses = new Map(
    fours.map((pass) => {
      const { address, array } = arena.float64(pass.twiddles.length);
      array.set(pass.twiddles);
      return [pass, address];
    }),
  );
  const output = passes.length % 2 === 0 ? first.array : second.array;
  const steps = passes.map((pass, i) => {
    const [from, to] = i % 2 === 0 ? [first, second] : [second, first];
    const twiddles = addresses.get(pass);
    if (twiddles === undefined) return () => runPass(from.array, to.array, pass);
    return () => arena.kernels.fourierPass4(from.address, to.address, pass.blocks, pass.stride, twiddles);
  });
  const run = () => {
    for (const step of steps) step();
  };
  return { input: first.array, output, run };
}

function planPasses(size: number): Pass[] {
  const radices: number[] = [];
  let rest = size;
  // Radix 4 last: its final pass needs no twiddles
  for (const prime of primes) {
    for (; prime > 2 && rest % prime === 0; rest /= prime) radices.push(prime);
  }
  if (Math.log2(rest) % 2 === 1) {
    radices.push(2);
    rest /= 2;
  }
  for (; rest % 4 === 0; rest /= 4) radices.push(4);
  if (rest !== 1) {
    throw new ToolkitError("bad-option", `mixedRadix: ${size} has a prime factor above ${primes[0]}; use createFft`);
  }
  let length = size;
  let stride = 1;
  return radices.map((radix) => {
    const blocks = length / radix;
    const twiddles = new Float64Array(2 * blocks * (radix - 1));
    for (let block = 0; block < blocks; block++) {
      for (let k = 1; k < radix; k++) {
        const angle = (-2 * Math.PI * block * k) / length;
        const at = 2 * (block * (radix - 1) + k - 1);
        twiddles[at] = Math.cos(angle);
        twiddles[at + 1] = Math.sin(angle);
      }
    }
    const circle = Float64Array.from({ length: 2 * radix }, (_, k) =>
      k < radix ? Math.cos((2 * Math.PI * k) / radix) : Math.sin((2 * Math.PI * k) / radix),
    );
    const pass = { radix, blocks, stride, twiddles, circle };
    length = blocks;
    stride *= radix;
    return pass;
  });
}
