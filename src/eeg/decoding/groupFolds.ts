import { checkWhole } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import { createRandom } from "../../core/random.ts";

/** What trials may share: the trial itself, its mixture of sources, a song in it, its listener. */
export type TrialGroup = "trial" | "mixture" | "song" | "subject";

/** Names of what a trial is made of; those that folds are made by must be there. */
export interface TrialNames {
  /** Name of the trial, unique; default its number. */
  readonly trial?: string;
  /** Name of the mixture. */
  readonly mixture?: string;
  /** Name of the song or other material that several mixtures are made of. */
  readonly song?: string;
  /** Name of the listener. */
  readonly subject?: string;
}

/** Options of {@link foldsBy}. */
export interface FoldsByOptions {
  /** What is never on both sides of a fold. */
  groupBy: TrialGroup;
  /** Number of folds; default one a group. */
  folds?: number;
  /** Seed of the order of groups, default 0; without effect where every group is a fold. */
  seed?: number | string;
}

/** Trials to test on and to train on. */
export interface GroupFold {
  /** Names of the groups left out. */
  readonly groups: readonly string[];
  /** Numbers of their trials. */
  readonly test: readonly number[];
  /** Numbers of all other trials. */
  readonly train: readonly number[];
}

/**
 * Folds that keep groups together: all trials of a mixture (song, listener) are tested by a model that saw none of them. With
 * fewer folds than groups, groups in random order, the greatest first, go to the fold with fewest trials so far. The
 * `test` lists of all folds are the `folds` of `crossValidateTrf`.
 *
 * @param trials names, in the order of the trials
 * @returns every trial is in `test` of one fold
 * @throws ToolkitError `bad-shape` for fewer than two groups or a name that is missing, `bad-option`
 */
export function foldsBy(trials: readonly TrialNames[], options: FoldsByOptions): GroupFold[] {
  const who = "foldsBy";
  const { groupBy, seed = 0 } = options;
  if (!["trial", "mixture", "song", "subject"].includes(groupBy)) {
    throw new ToolkitError(
      "bad-option",
      `${who}: groupBy is "${String(groupBy)}"; it must be "trial", "mixture", "song" or "subject"`,
    );
  }
  const groups = new Map<string, number[]>();
  for (const [t, names] of trials.entries()) {
    const name = names[groupBy] ?? (groupBy === "trial" ? String(t) : undefined);
    if (name === undefined) throw new ToolkitError("bad-shape", `${who}: trial ${t} has no ${groupBy}`);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [t]);
    else if (groupBy === "trial") {
      throw new ToolkitError("bad-shape", `${who}: trials ${group[0]} and ${t} are both named "${name}"`);
    } else group.push(t);
  }
  if (groups.size < 2) {
    throw new ToolkitError("bad-shape", `${who}: ${groups.size} ${groupBy} in ${trials.length} trials; 2 are needed`);
  }
  const folds = options.folds ?? groups.size;
  checkWhole(who, "folds", folds, 2, groups.size);
  const names = [...groups.keys()];
  const order =
    folds === groups.size
      ? names
      : createRandom(seed)
          .permutation(names.length)
          .map((i) => names[i]!);
  const bins = Array.from({ length: folds }, () => ({ groups: [] as string[], trials: 0 }));
  if (folds === groups.size) {
    for (const [i, name] of order.entries()) bins[i]!.groups.push(name);
  } else {
    for (const name of order.toSorted((a, b) => groups.get(b)!.length - groups.get(a)!.length)) {
      const emptiest = bins.reduce((least, bin) => (bin.trials < least.trials ? bin : least));
      emptiest.groups.push(name);
      emptiest.trials += groups.get(name)!.length;
    }
  }
  return bins.map((bin) => {
    const test = bin.groups.flatMap((name) => groups.get(name)!).sort((a, b) => a - b);
    const inside = new Set(test);
    return { groups: bin.groups, test, train: trials.flatMap((_, t) => (inside.has(t) ? [] : [t])) };
  });
}
