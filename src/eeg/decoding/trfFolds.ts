import { checkWhole } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";

/** Numbers of the trials left out together, for each fold. */
export type TrfFolds = readonly (readonly number[])[];

/**
 * Folds as given or one a trial, checked: at least two, or one and trials outside it; none twice.
 *
 * @throws ToolkitError `bad-option` for folds that overlap, are empty or name no trial, `bad-shape` for too few
 */
export function checkFolds(who: string, trials: number, folds?: TrfFolds): TrfFolds {
  const checked = checkFoldLists(who, trials, folds);
  if (checked.length === 0 || (checked.length === 1 && checked[0]!.length === trials)) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: ${trials} trials in ${checked.length} folds leave none to train on; 2 are needed`,
    );
  }
  return checked;
}

/** {@link checkFolds} however few there are. */
export function checkFoldLists(
  who: string,
  trials: number,
  folds: TrfFolds = Array.from({ length: trials }, (_, t) => [t]),
): TrfFolds {
  const seen = new Set<number>();
  for (const [f, fold] of folds.entries()) {
    if (fold.length === 0) throw new ToolkitError("bad-option", `${who}: fold ${f} is empty`);
    for (const trial of fold) {
      if (Number.isInteger(trial) && trial >= 0 && trial < trials && !seen.has(trial)) {
        seen.add(trial);
        continue;
      }
      const reason = seen.has(trial) ? "is in an earlier fold or twice in it" : `is none of the ${trials} trials`;
      throw new ToolkitError("bad-option", `${who}: trial ${trial} of fold ${f} ${reason}`);
    }
  }
  return folds;
}

/**
 * Fewer folds out of many: each goes, in order, to the one with fewest trials so far, the first of equal ones.
 *
 * @param most number of folds to end with, from 2; fewer are left as they are
 * @throws ToolkitError `bad-option`
 */
export function mergeFolds(who: string, folds: TrfFolds, most: number | undefined): TrfFolds {
  if (most === undefined) return folds;
  checkWhole(who, "innerFolds", most, 2);
  if (folds.length <= most) return folds;
  const merged = Array.from({ length: most }, () => [] as number[]);
  for (const fold of folds)
    merged.reduce((least, other) => (other.length < least.length ? other : least)).push(...fold);
  return merged;
}
