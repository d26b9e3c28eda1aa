import { energyRatioDb } from "../core/decibels.ts";

/**
 * The ratio of a part of an estimate to an error, in dB.
 *
 * @param part energy
 * @param error energy
 * @returns `Infinity` where there is no error, even where there is no part either, as mir_eval has it: the SIR of a single
 *   reference is infinite whatever the estimate; `-Infinity` where there is an error only
 */
export function partRatioDb(part: number, error: number): number {
  return error === 0 ? Infinity : energyRatioDb(part, error);
}
