import { applyMask, istft, type Matrix, type SeparationOptions } from "../../../src/index.ts";
import type { SeparationInput } from "./separationInput.ts";
import type { SeparationOption } from "./separationMethod.ts";

/** The options that every factorization and its masks depend on. */
export const factorizationOptions = [
  "componentsPerSource",
  "iterations",
  "maskExponent",
  "accelerator",
] as const satisfies readonly SeparationOption[];

/** What all factorizations of a trial's mixture share: the same start, size and number of updates. */
export function factorization(
  { sources, seed }: Pick<SeparationInput, "sources" | "seed">,
  { componentsPerSource, iterations, accelerator }: SeparationOptions,
) {
  return { components: sources * componentsPerSource, iterations, tolerance: 0, accelerator, seed };
}

/**
 * A factorization that is computed once for all methods that ask for the same.
 *
 * @param name the algorithm and what steers it
 * @param options the options it is called with
 */
export function shared<Options extends object, Result>(
  { once }: SeparationInput,
  name: string,
  options: Options,
  factorize: (options: Options) => Result,
): Result {
  return once(`${name} ${JSON.stringify(options)}`, () => factorize(options));
}

/** The mixture filtered with a mask, [samples]. */
export function masked({ transform }: SeparationInput, mask: Matrix): Float64Array {
  return istft(applyMask(transform, mask));
}
