/** The scores of `T` by name, without what is not a number. */
export type Improvement<T> = { readonly [name in keyof T as T[name] extends number ? name : never]: number };

/**
 * How much better an estimate scores than the unprocessed mixture: the difference, score by score. For the scores of
 * `bssEvalReferences`, `bssEvalImageReferences`, `siReferences` and any other numbers in dB.
 *
 * @param scores scores of the estimate in dB, by name; what is not a number, as a `reason`, is left out
 * @param mixtureScores scores of the mixture taken as the estimate, same names
 * @returns differences in dB; NaN where either is NaN or both are the same infinity
 */
export function improvement<T extends object>(scores: T, mixtureScores: T): Improvement<T> {
  const names = (Object.keys(scores) as (keyof T)[]).filter((name) => typeof scores[name] === "number");
  const differences = names.map((name) => [name, Number(scores[name]) - Number(mixtureScores[name])]);
  return Object.fromEntries(differences) as Improvement<T>;
}
