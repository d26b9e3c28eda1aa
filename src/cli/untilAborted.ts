import { fromEvent, type MonoTypeOperatorFunction, map, merge, NEVER, of, takeUntil } from "rxjs";
import { ToolkitError } from "../core/error.ts";

/** Fails a stream with code `aborted` as soon as a signal is; the source is unsubscribed and stops its work. */
export function untilAborted<T>(signal: AbortSignal): MonoTypeOperatorFunction<T> {
  const aborted = merge(signal.aborted ? of(undefined) : NEVER, fromEvent(signal, "abort"));
  return takeUntil(aborted.pipe(map(interrupted)));
}

/**
 * Fails where a signal is aborted.
 *
 * @throws ToolkitError `aborted`
 */
export function checkNotAborted(signal: AbortSignal): void {
  if (signal.aborted) interrupted();
}

function interrupted(): never {
  throw new ToolkitError("aborted", "interrupted; nothing was left behind");
}
