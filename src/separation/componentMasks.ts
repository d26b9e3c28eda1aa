import { checkNumber } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { checkMatrix, type Matrix, row, zeros } from "../core/matrix.ts";
import { type SoftMaskOptions, softMaskDefaults, softMasks } from "./masks.ts";

/** The factors of a non-negative factorisation. */
export interface Factors {
  /** [components, bins], entries >= 0 */
  readonly dictionary: Matrix;
  /** [components, frames], entries >= 0 */
  readonly activations: Matrix;
}

/**
 * Soft masks of sources made of components: `M_s = sum_{i in s} (w_i h_i')^a / sum_i (w_i h_i')^a`.
 *
 * Source: Lagrange 2019 (lecture), source filtering. The power is taken of each component, then summed.
 *
 * @param factors dictionary and activations
 * @param groups the components of each source; every component in exactly one group
 * @returns one mask a group, [frames, bins], summing to 1
 * @throws ToolkitError `bad-shape` if the factors do not fit, `bad-option` if a component is in no group or in two
 */
export function componentMasks(
  factors: Factors,
  groups: readonly (readonly number[])[],
  options: SoftMaskOptions = {},
): Matrix<Float64Array>[] {
  const { exponent } = { ...softMaskDefaults, ...options };
  checkNumber("componentMasks", "exponent", exponent, { above: 0 });
  const { dictionary, activations } = factors;
  checkMatrix("componentMasks", "dictionary", dictionary);
  checkMatrix("componentMasks", "activations", activations);
  if (dictionary.rows !== activations.rows) {
    throw new ToolkitError(
      "bad-shape",
      `componentMasks: dictionary has ${dictionary.rows} components, activations ${activations.rows}; they must match`,
    );
  }
  checkGroups(dictionary.rows, groups);
  // relative to the largest entry of any component, so that no power overflows
  const largest = largestProduct(factors);
  const models = groups.map((group) => {
    const model = zeros(activations.columns, dictionary.columns);
    for (const k of group) {
      const spectrum = row(dictionary, k);
      const gains = row(activations, k);
      for (let n = 0; n < gains.length; n++) {
        const gain = gains[n]! / largest;
        const frame = row(model, n);
        if (exponent === 1) for (let m = 0; m < frame.length; m++) frame[m]! += gain * spectrum[m]!;
        else if (exponent === 2) for (let m = 0; m < frame.length; m++) frame[m]! += (gain * spectrum[m]!) ** 2;
        else for (let m = 0; m < frame.length; m++) frame[m]! += (gain * spectrum[m]!) ** exponent;
      }
    }
    return model;
  });
  return softMasks(models, { exponent: 1 });
}

/** Largest entry of any component, 1 if all are zero. */
function largestProduct({ dictionary, activations }: Factors): number {
  let largest = 0;
  for (let k = 0; k < dictionary.rows; k++) {
    largest = Math.max(largest, largestOf(row(dictionary, k)) * largestOf(row(activations, k)));
  }
  return largest || 1;
}

function largestOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, values[i]!);
  return largest;
}

function checkGroups(components: number, groups: readonly (readonly number[])[]): void {
  const owner = new Array<number>(components).fill(-1);
  groups.forEach((group, s) => {
    for (const k of group) {
      if (!Number.isInteger(k) || k < 0 || k >= components) {
        throw new ToolkitError(
          "bad-option",
          `componentMasks: group ${s} names component ${k}; there are ${components}, counted from 0`,
        );
      }
      if (owner[k]! >= 0) {
        throw new ToolkitError(
          "bad-option",
          `componentMasks: component ${k} is in group ${owner[k]} and group ${s}; it must be in one`,
        );
      }
      owner[k] = s;
    }
  });
  const orphan = owner.indexOf(-1);
  if (orphan >= 0) {
    throw new ToolkitError(
      "bad-option",
      `componentMasks: component ${orphan} is in no group; every one must be in one`,
    );
  }
}
