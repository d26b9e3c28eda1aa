import { checkWhole } from "../../core/check.ts";
import { ToolkitError } from "../../core/error.ts";
import { stimulusFingerprint } from "./stimulusFingerprint.ts";

/** What was heard in a trial: names, samples, or both. At least one of them is needed. */
export interface TrialStimuli {
  /** Names of the stimuli, attended or not. */
  readonly stimuli?: readonly string[];
  /** Samples or features of the stimuli, [stimuli][samples], to be told apart by `stimulusFingerprint`. */
  readonly samples?: readonly ArrayLike<number>[];
}

/** A stimulus that is on both sides of a split. */
export interface SharedStimulus {
  /** Its name or fingerprint. */
  readonly stimulus: string;
  /** Numbers of the trials that train with it. */
  readonly train: readonly number[];
  /** Numbers of the trials that are tested with it. */
  readonly test: readonly number[];
}

/** What {@link checkSplit} found. */
export interface SplitReport {
  /** Stimuli on both sides. */
  readonly shared: readonly SharedStimulus[];
  /** Number of trials tested. */
  readonly tested: number;
  /** Number of trials tested with a stimulus that was trained with. */
  readonly seen: number;
}

/**
 * Looks for stimuli on both sides of a split into training and test. A decoder that has seen the stimulus may recognise it
 * instead of decoding attention.
 *
 * @param split numbers of trials
 * @param trials what was heard in each trial
 * @param options `allowShared`: report shared stimuli instead of refusing them, default false
 * @throws ToolkitError `bad-value` for a trial on both sides, and for a shared stimulus unless allowed; `bad-shape` for a trial
 *   that says nothing about its stimuli or an empty side; `bad-option` for a trial that is none
 */
export function checkSplit(
  split: { readonly train: readonly number[]; readonly test: readonly number[] },
  trials: readonly TrialStimuli[],
  options: { allowShared?: boolean } = {},
): SplitReport {
  const who = "checkSplit";
  const { train, test } = split;
  if (train.length === 0 || test.length === 0) {
    throw new ToolkitError(
      "bad-shape",
      `${who}: ${train.length} trials train and ${test.length} test; one each is needed`,
    );
  }
  for (const t of [...train, ...test]) checkWhole(who, "trial", t, 0, trials.length - 1);
  const both = test.find((t) => train.includes(t));
  if (both !== undefined) throw new ToolkitError("bad-value", `${who}: trial ${both} is in training and test`);
  const trained = byStimulus(who, trials, train);
  const tested = byStimulus(who, trials, test);
  const shared = [...tested].flatMap(([stimulus, testing]) => {
    const training = trained.get(stimulus);
    return training === undefined ? [] : [{ stimulus, train: training, test: testing }];
  });
  const first = shared[0];
  if (first !== undefined && options.allowShared !== true) {
    throw new ToolkitError(
      "bad-value",
      `${who}: ${shared.length} stimuli are in training and test, the first (${first.stimulus}) in trials ${first.train[0]} and ${first.test[0]}; group folds by mixture or song, or set allowShared`,
    );
  }
  return { shared, tested: test.length, seen: new Set(shared.flatMap((each) => each.test)).size };
}

function byStimulus(who: string, trials: readonly TrialStimuli[], numbers: readonly number[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const t of new Set(numbers)) {
    const { stimuli = [], samples = [] } = trials[t]!;
    if (stimuli.length + samples.length === 0) {
      throw new ToolkitError("bad-shape", `${who}: trial ${t} has neither names nor samples of its stimuli`);
    }
    const keys = [...stimuli.map((name) => `"${name}"`), ...samples.map((each) => stimulusFingerprint(each))];
    for (const key of new Set(keys)) found.set(key, [...(found.get(key) ?? []), t]);
  }
  return found;
}
