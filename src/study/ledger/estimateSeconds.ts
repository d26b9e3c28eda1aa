import type { JournalEvent } from "./journal.ts";
import type { Unit } from "./unit.ts";

/**
 * Estimates how long units take: seconds for each weight of the kind, over the last time each unit of it was done.
 *
 * @returns seconds of a unit, `undefined` if none of its kind was done yet
 */
export function secondsEstimator(events: readonly JournalEvent[]): (unit: Unit) => number | undefined {
  const latest = new Map<string, Extract<JournalEvent, { event: "done" }>>();
  for (const event of events) if (event.event === "done" && event.how !== "adopted") latest.set(event.id, event);
  const sums = new Map<string, { seconds: number; weight: number }>();
  for (const { kind, seconds, weight } of latest.values()) {
    const sum = sums.get(kind) ?? { seconds: 0, weight: 0 };
    sums.set(kind, { seconds: sum.seconds + seconds, weight: sum.weight + weight });
  }
  return ({ kind, weight = 1 }) => {
    const sum = sums.get(kind);
    return sum && sum.weight > 0 ? (sum.seconds / sum.weight) * weight : undefined;
  };
}
