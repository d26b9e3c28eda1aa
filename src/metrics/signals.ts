import { checkFinite } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";

/**
 * Refuses signals that no ratio of energies can be made of: none at all, empty, of different lengths, not finite, silent.
 *
 * @param who the function that checks
 * @param name what one signal is called; the number is added where there are several
 * @param signals [signals][samples]
 * @returns number of samples
 * @throws ToolkitError `bad-shape`, `bad-value`
 */
export function checkSignals(who: string, name: string, signals: readonly Float64Array[]): number {
  const samples = signals[0]?.length ?? 0;
  if (samples === 0) throw new ToolkitError("bad-shape", `${who}: ${name} is empty; pass at least one sample`);
  for (const [i, signal] of signals.entries()) {
    const label = signals.length === 1 ? name : `${name} ${i}`;
    if (signal.length !== samples) {
      throw new ToolkitError(
        "bad-shape",
        `${who}: ${name} 0 has ${samples} samples, ${label} ${signal.length}; trim them to one length`,
      );
    }
    checkFinite(who, label, signal);
    if (signal.every((value) => value === 0)) {
      throw new ToolkitError("bad-value", `${who}: ${label} is silent; ratios of energies need a signal`);
    }
  }
  return samples;
}
