import { ToolkitError } from "../core/error.ts";
import { innerProduct } from "../numeric/innerProduct.ts";
import { partRatioDb } from "./ratio.ts";
import { checkedEnergy } from "./signals.ts";

/**
 * Scale-invariant signal-to-distortion ratio.
 *
 * Projects the estimate on the reference and compares the energy of that projection with the energy left over.
 * Source: Le Roux et al., "SDR - half-baked or well done?", ICASSP 2019. Means are not removed.
 *
 * @param reference true source, [samples]
 * @param estimate separated source, [samples], time-aligned with `reference`
 * @returns ratio in dB; `Infinity` if the estimate is the reference, above 300 if it is a multiple of it up to rounding,
 *   `-Infinity` if the two are orthogonal, NaN if either is silent
 * @throws ToolkitError `bad-shape` if the lengths differ or are 0, `bad-value` if a sample is not finite
 */
export function siSdr(reference: Float64Array, estimate: Float64Array): number {
  if (reference.length !== estimate.length || reference.length === 0) {
    throw new ToolkitError(
      "bad-shape",
      `siSdr: reference has ${reference.length} samples, estimate ${estimate.length}; trim both to one length above 0`,
    );
  }
  const energy = checkedEnergy("siSdr", "reference", reference);
  if (checkedEnergy("siSdr", "estimate", estimate) === 0 || energy === 0) return Number.NaN;
  const scale = innerProduct(reference, estimate) / energy;
  let target = 0;
  let rest = 0;
  for (let t = 0; t < reference.length; t++) {
    const projected = scale * reference[t]!;
    target += projected ** 2;
    rest += (estimate[t]! - projected) ** 2;
  }
  return partRatioDb(target, rest);
}
