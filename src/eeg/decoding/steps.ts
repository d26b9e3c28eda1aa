import { ToolkitError } from "../../core/error.ts";

/** How far a computation of several steps is. */
export interface StepProgress {
  /** Steps done. */
  readonly done: number;
  /** Steps in all. */
  readonly total: number;
  /** What the last one did. */
  readonly label: string;
}

/** How a computation of several steps is watched and stopped. */
export interface StepOptions {
  /** Stops it before its next step: it then fails with code `aborted`. */
  signal?: AbortSignal;
  /** Called after each step. */
  onProgress?: (progress: StepProgress) => void;
}

/** A computation that pauses after each step, saying what it did, and returns its result. */
export type Steps<Result> = Generator<string, Result, undefined>;

/** A computation and the number of its steps. */
export interface StepPlan<Result> {
  readonly steps: Steps<Result>;
  readonly total: number;
}

/**
 * Runs a computation to its end without giving way to anything else.
 *
 * @param who is stopped, for the message
 * @throws ToolkitError `aborted`
 */
export function runSteps<Result>(who: string, { steps, total }: StepPlan<Result>, options: StepOptions): Result {
  for (let done = 0; ; done++) {
    checkSignal(who, options.signal, done, total);
    const { done: ended, value } = steps.next();
    if (ended) return value;
    options.onProgress?.({ done: done + 1, total, label: value });
  }
}

/**
 * Runs the same computation with the same result, but gives way to timers, signals and input after each step, so that it can
 * be stopped from outside.
 *
 * @param who is stopped, for the message
 * @throws ToolkitError `aborted`
 */
export async function runStepsWithPauses<Result>(
  who: string,
  { steps, total }: StepPlan<Result>,
  options: StepOptions,
): Promise<Result> {
  for (let done = 0; ; done++) {
    checkSignal(who, options.signal, done, total);
    const { done: ended, value } = steps.next();
    if (ended) return value;
    options.onProgress?.({ done: done + 1, total, label: value });
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function checkSignal(who: string, signal: AbortSignal | undefined, done: number, total: number): void {
  if (signal?.aborted) throw new ToolkitError("aborted", `${who}: stopped after ${done} of ${total} steps`);
}
