import { setImmediate } from "node:timers/promises";
import { ToolkitError } from "../../core/error.ts";
import type { Checkpoint, DescentResult } from "../../separation/descent.ts";

/** What one slice of a factorization may do. */
export interface Slice {
  /** Most iterations, those before the slice included. */
  readonly iterations: number;
  readonly maxSeconds: number;
  /** Where the slice before ended. */
  readonly resume?: Checkpoint;
}

/** Keeps the state of a run in a file. */
export interface CheckpointKeeper {
  /** The file, for messages. */
  readonly path: string;
  /** Iterations from one state to the next. */
  readonly every: number;
  readonly write: (state: Checkpoint) => Promise<void>;
}

/** Options of {@link runInSlices}. */
export interface SliceOptions {
  readonly iterations: number;
  readonly maxSeconds: number;
  /** Stops between two slices. */
  readonly signal: AbortSignal;
  /** Where an earlier run was interrupted. */
  readonly resume?: Checkpoint | undefined;
  /** Keeps the state after every so many iterations, and when interrupted. */
  readonly checkpoint?: CheckpointKeeper | undefined;
  /** Called between two slices. */
  readonly onSlice?: (iterations: number, cost: number) => void;
  /** Length of the first slice in seconds; each is half as long again as the one before, up to `longestSeconds`. Default 0.5. */
  readonly firstSeconds?: number;
}

/** Slices no longer than this let an interrupt wait no longer. */
const longestSeconds = 4;

/**
 * Runs a factorization in slices of a few seconds, between which the program reacts to an interrupt and files are written. A
 * factorization that is resumed is the uninterrupted one bit for bit, so the slices do not show in the result.
 *
 * @param run does one slice
 * @returns what the last slice gave, which is the whole
 * @throws ToolkitError `aborted`; errors of `run` and of the checkpoint's writing
 */
export async function runInSlices<T extends DescentResult>(
  run: (slice: Slice) => T,
  { iterations, maxSeconds, signal, resume, checkpoint, onSlice, firstSeconds = 0.5 }: SliceOptions,
): Promise<T> {
  const startedAt = performance.now();
  let state = resume;
  let written = resume;
  for (let seconds = firstSeconds; ; seconds = Math.min(longestSeconds, 1.5 * seconds)) {
    await setImmediate();
    if (signal.aborted) {
      if (checkpoint && state && state !== written) await checkpoint.write(state);
      throw new ToolkitError(
        "aborted",
        checkpoint && state
          ? `interrupted after ${state.iterations} iterations; ${checkpoint.path} holds the state, the same command goes on from it`
          : "interrupted; nothing was left behind",
      );
    }
    const left = Math.max(0.001, maxSeconds - (performance.now() - startedAt) / 1000);
    const next = checkpoint
      ? checkpoint.every * (1 + Math.floor((state?.iterations ?? 0) / checkpoint.every))
      : Infinity;
    const result = run({
      iterations: Math.min(iterations, next),
      maxSeconds: Math.min(left, seconds),
      ...(state && { resume: state }),
    });
    const isCut =
      (result.stop === "time" && seconds < left) || (result.stop === "iterations" && result.iterations < iterations);
    if (!isCut) return result;
    state = result.checkpoint;
    if (checkpoint && state.iterations % checkpoint.every === 0 && state.iterations !== written?.iterations) {
      await checkpoint.write(state);
      written = state;
    }
    onSlice?.(state.iterations, result.cost.at(-1)!);
  }
}
