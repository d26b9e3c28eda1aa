import { concat, defer, from, type Observable } from "rxjs";

/**
 * Adds what a stateful class has left when its source ends.
 *
 * @param source the stream
 * @param finish called when the source is complete; returns what to add
 */
export function endedBy<T>(source: Observable<T>, finish: () => readonly T[]): Observable<T> {
  return concat(
    source,
    defer(() => from(finish())),
  );
}
