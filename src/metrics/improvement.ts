/**
 * How much better an estimate scores than the unprocessed mixture: the difference, score by score.
 *
 * @param scores scores of the estimate in dB, by name
 * @param mixtureScores scores of the mixture taken as the estimate, same names
 * @returns differences in dB; NaN where both are the same infinity
 */
export function improvement<T extends { readonly [name in keyof T]: number }>(scores: T, mixtureScores: T): T {
  const names = Object.keys(scores) as (keyof T)[];
  return Object.fromEntries(names.map((name) => [name, scores[name] - mixtureScores[name]])) as T;
}
