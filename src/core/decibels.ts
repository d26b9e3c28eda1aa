/**
 * A ratio of two energies in decibels, `10 log10(numerator / denominator)`.
 *
 * @returns `Infinity` where only the denominator is 0, `-Infinity` where only the numerator is, NaN where both are
 */
export function energyRatioDb(numerator: number, denominator: number): number {
  return 10 * Math.log10(numerator / denominator);
}
