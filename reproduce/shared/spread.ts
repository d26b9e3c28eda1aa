/** Mean and standard deviation of a sample. */
export interface Spread {
  readonly count: number;
  readonly mean: number;
  /** With the number of values less one; NaN for a single value. */
  readonly deviation: number;
}

/** Mean and standard deviation of some values; NaN where there are too few. */
export function spreadOf(values: readonly number[]): Spread {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { count, mean, deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : Number.NaN };
}
