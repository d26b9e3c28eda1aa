/**
 * Inner product of two vectors, summed from front to back.
 *
 * @param a any numbers
 * @param b as many, or more, of which the rest is left out
 */
export function innerProduct(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/**
 * Euclidean norm of a vector.
 *
 * @param values any numbers
 */
export function norm(values: Float64Array): number {
  return Math.sqrt(innerProduct(values, values));
}
