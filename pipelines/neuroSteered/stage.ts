import { concat, defer, EMPTY, map, mergeMap, type Observable, type OperatorFunction, of } from "rxjs";
import type { FailureRow, StudyEvent, StudyTrial } from "../../src/index.ts";
import { ToolkitError } from "../../src/index.ts";

/** What a stage of the pipeline emits: results for the outside, steps done, and values for the next stage. */
export type Stage<T> =
  | StudyEvent
  | { readonly kind: "step"; readonly label: string }
  | { readonly kind: "ready"; readonly value: T };

/**
 * Passes events on at once, gathers the values, and goes on with all of them when the source is complete.
 *
 *     source            --e--1--e--2--|
 *     whenAllReady(f)   --e-----e-----f([1, 2])
 *
 * @param next the stage that follows
 */
export function whenAllReady<T, U>(next: (values: T[]) => Observable<Stage<U>>): OperatorFunction<Stage<T>, Stage<U>> {
  return (source) =>
    defer(() => {
      const values: T[] = [];
      const events = source.pipe(
        mergeMap((event) => {
          if (event.kind !== "ready") return of(event);
          values.push(event.value);
          return EMPTY;
        }),
      );
      return concat(
        events,
        defer(() => next(values)),
      );
    });
}

/**
 * Counts steps into progress events.
 *
 * @param total number of steps in all; those of failed trials are made up for at the end
 */
export function withProgress(total: number): OperatorFunction<Stage<never>, StudyEvent> {
  return (source) =>
    defer(() => {
      let done = 0;
      const events = source.pipe(
        mergeMap((event): Observable<StudyEvent> => {
          if (event.kind === "ready") return EMPTY;
          if (event.kind !== "step") return of(event);
          done++;
          return of({ kind: "progress", done, total, label: event.label });
        }),
      );
      const last = defer(() => (done > 0 && done < total ? of(total) : EMPTY)).pipe(
        map((end): StudyEvent => ({ kind: "progress", done: end, total, label: "done" })),
      );
      return concat(events, last);
    });
}

/**
 * Runs the work on one trial; an error this toolkit throws on purpose becomes a failure of that trial, any other passes.
 *
 * @param trial the trial
 * @param work emits what it has as it goes
 */
export async function* orFailure<T>(trial: StudyTrial, work: () => AsyncGenerator<Stage<T>>): AsyncGenerator<Stage<T>> {
  try {
    yield* work();
  } catch (error) {
    yield { kind: "failure", failure: failureOf(trial, error) };
  }
}

/**
 * A failure row from an error.
 *
 * @throws the error itself if it is not a ToolkitError
 */
export function failureOf({ subject, trial }: StudyTrial, error: unknown): FailureRow {
  if (!(error instanceof ToolkitError) || error.code === "aborted") throw error;
  return { subject, trial, code: error.code, message: error.message };
}

/** Lets timers and signals have their turn between two pieces of heavy work. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
