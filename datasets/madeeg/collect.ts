import { identifiabilityTable, type StudyProblem, type StudySubject, ToolkitError } from "../../src/index.ts";

/** Largest difference allowed between the lengths of EEG and audio of a trial, in seconds. */
export const lengthToleranceSeconds = 0.05;

/** Collects what cannot be used while a study is planned. */
export class ProblemList {
  readonly problems: StudyProblem[] = [];

  /** Runs a piece of planning; what it refuses becomes a problem and gives `undefined`. */
  async attempt<T>(subject: string, trial: string | undefined, work: () => Promise<T> | T): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ToolkitError)) throw error;
      const { code, message } = error;
      this.problems.push({ subject, ...(trial !== undefined && { trial }), code, message });
      return undefined;
    }
  }
}

/** Material belongs to the stimulus: relabelled copies of a trial find theirs. */
export function trialKey({ subject, trial }: { readonly subject: string; readonly trial: string }): string {
  return `${subject}\n${trial}`;
}

/**
 * What was planned for a trial.
 *
 * @throws ToolkitError `not-found` for a trial of another study
 */
export function plannedFor<T>(plans: ReadonlyMap<string, T>, trial: { subject: string; trial: string }): T {
  const plan = plans.get(trialKey(trial));
  if (plan !== undefined) return plan;
  throw new ToolkitError("not-found", `MAD-EEG: subject ${trial.subject} has no trial "${trial.trial}" in this study`);
}

/** Keys of two tables: those of the first in its order, then what only the second has. */
export function allKeys(first: readonly string[], second: readonly string[]): string[] {
  return [...new Set([...first, ...second])];
}

/** Names the mixtures in which one source alone was ever attended: the mixture then tells the target, without EEG. */
export function singleTargetNotes(subjects: readonly StudySubject[]): string[] {
  const trials = subjects.flatMap((subject) => subject.trials);
  if (trials.length === 0) return [];
  const table = identifiabilityTable(trials.map(({ mixture, target, sources }) => ({ mixture, target, sources })));
  return table.flagged.map((mixture) => {
    const own = trials.filter((trial) => trial.mixture === mixture);
    return `mixture ${mixture}: only ${own[0]!.target} was ever attended (${own.length} trials); it tells nothing about decoding`;
  });
}

/**
 * @returns the plan, where something is left of it
 * @throws ToolkitError the first problem, if nothing is
 */
export function checkAnythingLeft(subjects: readonly StudySubject[], problems: readonly StudyProblem[]): void {
  if (subjects.length > 0) return;
  const first = problems[0];
  throw new ToolkitError(
    (first?.code as ToolkitError["code"] | undefined) ?? "not-found",
    first?.message ?? "MAD-EEG: there is no subject",
  );
}
