import { checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";

/** Shapes of an analysis window, all periodic: a window of `size` is the start of an endless pattern of that period. */
export type WindowName = "hann" | "sine" | "hamming" | "rectangular";

/**
 * Values of a window. Hann `0.5 - 0.5 cos(2 pi n / size)`, Hamming the same with 0.54 and 0.46, sine
 * `sin(pi (n + 0.5) / size)` whose squares at half overlap add up to 1. A window of size 1 is 1.
 *
 * @param name shape
 * @param size number of samples
 * @throws ToolkitError `bad-option`
 */
export function windowValues(name: WindowName, size: number): Float64Array {
  checkWhole("windowValues", "size", size, 1);
  const values = new Float64Array(size).fill(1);
  if (name === "rectangular" || size === 1) return values;
  if (name !== "hann" && name !== "hamming" && name !== "sine") {
    throw new ToolkitError(
      "bad-option",
      `windowValues: no window is called "${String(name)}"; there are hann, sine, hamming and rectangular`,
    );
  }
  for (let n = 0; n < size; n++) {
    if (name === "sine") values[n] = Math.sin((Math.PI * (n + 0.5)) / size);
    else {
      const floor = name === "hann" ? 0.5 : 0.54;
      values[n] = floor - (1 - floor) * Math.cos((2 * Math.PI * n) / size);
    }
  }
  return values;
}

/**
 * The Kaiser window's shape, `I0(beta sqrt(1 - x^2)) / I0(beta)`.
 *
 * @param x place in the window, 0 in the middle, -1 and 1 at the ends; 0 beyond
 * @param beta 0 is rectangular; larger is wider in frequency with lower side lobes
 */
export function kaiser(x: number, beta: number): number {
  return Math.abs(x) > 1 ? 0 : besselI0(beta * Math.sqrt(1 - x * x)) / besselI0(beta);
}

/** Modified Bessel function of the first kind, order 0, from its power series; all terms are positive. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}
