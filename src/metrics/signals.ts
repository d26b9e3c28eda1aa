import { checkFinite } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { innerProduct } from "../numeric/innerProduct.ts";

/**
 * The energy of a signal, which also says whether it is silent and whether all of it is finite.
 *
 * @param who the function that asks, for messages
 * @param name what the signal is called
 * @param signal [samples]
 * @returns the sum of squares; 0 if and only if it is silent (nothing above 1e-162)
 * @throws ToolkitError `bad-value` for NaN, infinities (naming the first index) and squares too large to add up
 */
export function checkedEnergy(who: string, name: string, signal: Float64Array): number {
  const energy = innerProduct(signal, signal);
  if (Number.isFinite(energy)) return energy;
  checkFinite(who, name, signal);
  throw new ToolkitError("bad-value", `${who}: ${name} has an energy beyond double precision; scale it down`);
}

/**
 * Refuses signals of different lengths, and empty ones.
 *
 * @param who the function that asks, for messages
 * @param name what a signal is called, with its number where there are several
 * @param signals [signals][samples]
 * @returns number of samples of each
 * @throws ToolkitError `bad-shape`
 */
export function checkLengths(
  who: string,
  name: (index: number) => string,
  signals: readonly ArrayLike<number>[],
): number {
  const samples = signals[0]?.length ?? 0;
  if (samples === 0) throw new ToolkitError("bad-shape", `${who}: ${name(0)} is empty; pass at least one sample`);
  for (const [i, signal] of signals.entries()) {
    if (signal.length === samples) continue;
    throw new ToolkitError(
      "bad-shape",
      `${who}: ${name(0)} has ${samples} samples, ${name(i)} ${signal.length}; trim them to one length`,
    );
  }
  return samples;
}

/**
 * Refuses an estimate whose length is not the references'.
 *
 * @throws ToolkitError `bad-shape`
 */
export function checkEstimateLength(who: string, estimate: ArrayLike<number>, samples: number): void {
  if (estimate.length === samples) return;
  throw new ToolkitError(
    "bad-shape",
    `${who}: estimate has ${estimate.length} samples, the references ${samples}; trim them to one length`,
  );
}
