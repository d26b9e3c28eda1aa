import { energyRatioDb } from "../core/decibels.ts";
import { ToolkitError } from "../core/error.ts";
import { checkSignals } from "./signals.ts";

/**
 * Scale-invariant signal-to-distortion ratio.
 *
 * Projects the estimate on the reference and compares the energy of that projection with the energy left over.
 * Source: Le Roux et al., "SDR - half-baked or well done?", ICASSP 2019. Means are not removed.
 *
 * @param reference true source, [samples]
 * @param estimate separated source, [samples], time-aligned with `reference`
 * @returns ratio in dB; `Infinity` if the estimate is the reference, above 300 if it is a multiple of it up to rounding,
 *   `-Infinity` if the two are orthogonal
 * @throws ToolkitError `bad-shape` if the lengths differ, `bad-value` if either is silent or not finite
 */
export function siSdr(reference: Float64Array, estimate: Float64Array): number {
  if (reference.length !== estimate.length) {
    throw new ToolkitError(
      "bad-shape",
      `siSdr: reference has ${reference.length} samples, estimate ${estimate.length}; trim both to one length`,
    );
  }
  checkSignals("siSdr", "reference", [reference]);
  checkSignals("siSdr", "estimate", [estimate]);
  let cross = 0;
  let energy = 0;
  for (let t = 0; t < reference.length; t++) {
    cross += reference[t]! * estimate[t]!;
    energy += reference[t]! ** 2;
  }
  const scale = cross / energy;
  let target = 0;
  let rest = 0;
  for (let t = 0; t < reference.length; t++) {
    const projected = scale * reference[t]!;
    target += projected ** 2;
    rest += (estimate[t]! - projected) ** 2;
  }
  return energyRatioDb(target, rest);
}
