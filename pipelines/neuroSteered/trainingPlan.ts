import { checkSplit, type DecoderOptions, foldsBy, ToolkitError } from "../../src/index.ts";
import type { PreparedSubject, PreparedTrial } from "./prepareSubject.ts";

/** Trials to test, and those that a decoder for them is trained on. */
export interface TrainingPlan {
  /** What is left out, for people: names of mixtures, songs, trials or the subject. */
  readonly leftOut: string;
  readonly test: readonly PreparedTrial[];
  readonly training: readonly PreparedTrial[];
  /** Weight of each training trial. */
  readonly weights: readonly number[];
  /** Numbers of training trials that are left out together in the search for lambda. */
  readonly innerFolds: readonly (readonly number[])[];
  /** What there is to say about the split. */
  readonly warnings: readonly string[];
}

/**
 * Splits a subject's trials into folds and finds the training trials of each: nothing that is grouped together is on both
 * sides, whoever heard it.
 *
 * @param own the subject that is tested
 * @param others all other subjects
 * @param onRefusal told of folds that cannot be trained, which are then left out; without it they are errors
 * @throws ToolkitError `bad-shape` where a fold leaves nothing to train on, `bad-value` for a stimulus on both sides
 */
export function trainingPlans(
  own: PreparedSubject,
  others: readonly PreparedSubject[],
  options: DecoderOptions & { seed: number },
  onRefusal?: (test: readonly PreparedTrial[], error: ToolkitError) => void,
): TrainingPlan[] {
  const { regime, groupBy, ownWeight } = options;
  const foreign = regime === "within-subject" ? [] : others.flatMap(({ trials }) => trials);
  const planOf = ({ groups, test }: TestFold): TrainingPlan => {
    const free = ({ trial }: PreparedTrial) => groupBy === "trial" || !groups.includes(groupOf(trial, groupBy));
    const ownTraining =
      regime === "leave-one-subject-out" ? [] : own.trials.filter((trial) => !test.includes(trial) && free(trial));
    const training = [...ownTraining, ...foreign.filter(free)];
    const where = `decode: subject ${own.id}, without ${groups.join(", ")}`;
    if (training.length === 0) {
      throw new ToolkitError(
        "bad-shape",
        `${where}: no trial is left to train on (regime ${regime}, groups by ${groupBy})`,
      );
    }
    const all = [...training, ...test];
    const { shared, seen } = checkSplit(
      { train: training.map((_, t) => t), test: test.map((_, t) => training.length + t) },
      all.map(({ trial, features }) => ({ stimuli: [trial.mixture, ...features.fingerprints] })),
      { allowShared: true },
    );
    if (shared[0] !== undefined && !options.allowSharedStimuli) {
      const name = (t: number) => `trial ${all[t]!.trial.trial} of ${all[t]!.trial.subject} (${all[t]!.trial.mixture})`;
      throw new ToolkitError(
        "bad-value",
        `${where}: ${name(shared[0].test[0]!)} has a sound that ${name(shared[0].train[0]!)} trains with; group folds by mixture or song, or set decoder.allowSharedStimuli`,
      );
    }
    const { folds, warnings } = innerFolds(training, ownTraining.length, options);
    if (seen > 0) {
      warnings.push(`${where}: ${seen} of ${test.length} trials are tested with a stimulus that is in training too`);
    }
    return {
      leftOut: groups.join(", "),
      test,
      training,
      weights: training.map((_, t) => (t < ownTraining.length ? (regime === "adapted" ? ownWeight : 1) : 1)),
      innerFolds: folds,
      warnings: warnings.map((warning) => (warning.startsWith(where) ? warning : `${where}: ${warning}`)),
    };
  };
  return testFolds(own, options).flatMap((fold) => {
    try {
      return [planOf(fold)];
    } catch (error) {
      if (onRefusal === undefined || !(error instanceof ToolkitError)) throw error;
      onRefusal(fold.test, error);
      return [];
    }
  });
}

interface TestFold {
  readonly groups: readonly string[];
  readonly test: readonly PreparedTrial[];
}

function testFolds({ id, trials }: PreparedSubject, options: DecoderOptions & { seed: number }): TestFold[] {
  const { groupBy, folds, seed, regime } = options;
  if (groupBy === "subject") return [{ groups: [id], test: trials }];
  const groups = [...new Set(trials.map(({ trial }) => groupOf(trial, groupBy)))];
  if (groups.length === 1) {
    // others' trials are all there is to train on, and those do not ask for a second group
    if (regime === "leave-one-subject-out") return [{ groups, test: trials }];
    throw new ToolkitError(
      "bad-shape",
      `decode: subject ${id} has one ${groupBy}, ${groups[0]}; regime ${regime} trains on others and needs two`,
    );
  }
  return foldsBy(
    trials.map(({ trial }) => trial),
    { groupBy, seed, ...(folds !== "all" && { folds }) },
  ).map(({ groups, test }) => ({ groups, test: test.map((t) => trials[t]!) }));
}

function groupOf(trial: PreparedTrial["trial"], groupBy: DecoderOptions["groupBy"]): string {
  const name = trial[groupBy];
  if (name !== undefined) return name;
  throw new ToolkitError("bad-shape", `decode: ${trial.subject} trial ${trial.trial} has no ${groupBy} to group by`);
}

/** Folds of the search for lambda: by subject where others train, by the same groups as the test folds otherwise. */
function innerFolds(
  training: readonly PreparedTrial[],
  ownTraining: number,
  { groupBy, lambda }: DecoderOptions,
): { folds: number[][]; warnings: string[] } {
  if (lambda.length === 1) return { folds: [], warnings: [] };
  const by = (name: (trial: PreparedTrial["trial"]) => string, count: number) => {
    const groups = new Map<string, number[]>();
    for (const [t, { trial }] of training.slice(0, count).entries()) {
      groups.set(name(trial), [...(groups.get(name(trial)) ?? []), t]);
    }
    return [...groups.values()];
  };
  if (ownTraining === 0) {
    const subjects = by(({ subject }) => subject, training.length);
    if (subjects.length > 1) return { folds: subjects, warnings: [] };
  }
  const count = ownTraining === 0 ? training.length : ownTraining;
  const isNamed = groupBy !== "trial" && groupBy !== "subject";
  const groups = by((trial) => (isNamed ? groupOf(trial, groupBy) : `${trial.subject} ${trial.trial}`), count);
  if (groups.length > 1 || (groups.length === 1 && count < training.length)) return { folds: groups, warnings: [] };
  const trials = by(({ subject, trial }) => `${subject} ${trial}`, count);
  if (trials.length > 1) {
    const warning = `lambda is chosen with one ${groupBy} in training, left out trial by trial`;
    return { folds: trials, warnings: [warning] };
  }
  throw new ToolkitError(
    "bad-shape",
    `decode: ${training[0]!.trial.subject} has one training trial; choosing lambda needs two: give one lambda`,
  );
}
