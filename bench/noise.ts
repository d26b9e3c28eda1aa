import { createRandom } from "../src/core/random.ts";

/**
 * White noise, the same at every start.
 *
 * @param name names the generator
 * @returns [channels][samples], uniform in [-1, 1)
 */
export function noise(name: string, channels: number, samples: number): Float64Array[] {
  const random = createRandom(name);
  return Array.from({ length: channels }, () => Float64Array.from({ length: samples }, () => 2 * random.uniform() - 1));
}
