/** Seeded random numbers. The same seed gives the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1), 32 bits of resolution. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Whole number from 0 to `count - 1`. */
  below(count: number): number;
  /** A permutation of 0 .. count - 1. */
  permutation(count: number): number[];
  /** An independent generator, named: adding one more does not change the others. */
  fork(name: string): Random;
}

/**
 * Makes a seeded generator: xoshiro128** (Blackman & Vigna 2018), its state filled by SplitMix32 from a hash of the seed.
 *
 * @param seed any number or text; 1 and "1" are the same seed
 */
export function createRandom(seed: number | string): Random {
  const text = String(seed);
  const fill = splitMix32(hash(text));
  const s = new Uint32Array([fill(), fill(), fill(), fill()]);
  const next = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(s[1]!, 5), 7), 9) >>> 0;
    const t = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotateLeft(s[3]!, 11);
    return result;
  };
  const uniform = () => next() / 2 ** 32;
  const below = (count: number) => Math.floor(uniform() * count);
  return {
    uniform,
    below,
    // Box-Muller; the second value of each pair is dropped so that no state is kept between calls
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    permutation: (count) => {
      const order = Array.from({ length: count }, (_, i) => i);
      for (let i = count - 1; i > 0; i--) {
        const j = below(i + 1);
        [order[i], order[j]] = [order[j]!, order[i]!];
      }
      return order;
    },
    fork: (name) => createRandom(`${text}/${name}`),
  };
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** FNV-1a over the UTF-16 code units. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

function splitMix32(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x9e3779b9) | 0;
    let t = a ^ (a >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return (t ^ (t >>> 15)) >>> 0;
  };
}
