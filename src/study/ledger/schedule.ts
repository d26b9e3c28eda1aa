import type { Unit } from "./unit.ts";

/** What `schedule` starts, and within which limits. */
export interface Work {
  /** Settles a unit at once if it need not or cannot run; false if it has to. Asked when all it needs are settled. */
  settle(unit: Unit): boolean;
  /** Runs a unit; what becomes of it is the caller's to keep. Fails only for defects of the caller's. */
  run(unit: Unit): Promise<void>;
  readonly concurrency: number;
  /** Default no limit. */
  readonly memoryBytes?: number;
}

/**
 * Runs units when those they need are settled, the first ready one in the order given first. A unit that does not fit in the memory
 * left waits, and with it those behind it; alone any unit runs.
 *
 * @param ordered each after those it needs
 */
export async function schedule(ordered: readonly Unit[], work: Work): Promise<void> {
  const { concurrency, memoryBytes = Infinity } = work;
  const place = new Map(ordered.map((unit, i) => [unit.id, i]));
  const waitsFor = ordered.map((unit) => new Set(unit.needs).size);
  const neededBy: number[][] = ordered.map(() => []);
  ordered.forEach((unit, i) => {
    for (const need of new Set(unit.needs)) neededBy[place.get(need)!]!.push(i);
  });
  const ready = ordered.flatMap((_, i) => (waitsFor[i] === 0 ? [i] : []));
  const settled = (index: number) => {
    for (const next of neededBy[index]!) if (--waitsFor[next]! === 0) insert(ready, next);
  };

  const active = new Set<Promise<void>>();
  const defects: unknown[] = [];
  let usedBytes = 0;
  const start = (index: number) => {
    const unit = ordered[index]!;
    const bytes = unit.memoryBytes ?? 0;
    usedBytes += bytes;
    const task: Promise<void> = work
      .run(unit)
      .catch((defect) => void defects.push(defect))
      .then(() => {
        active.delete(task);
        usedBytes -= bytes;
        settled(index);
      });
    active.add(task);
  };

  for (;;) {
    while (ready.length > 0 && defects.length === 0) {
      const index = ready[0]!;
      const unit = ordered[index]!;
      if (work.settle(unit)) {
        ready.shift();
        settled(index);
        continue;
      }
      const fits = active.size < concurrency && usedBytes + (unit.memoryBytes ?? 0) <= memoryBytes;
      if (active.size > 0 && !fits) break;
      ready.shift();
      start(index);
    }
    if (active.size === 0) break;
    await Promise.race(active);
  }
  if (defects.length > 0) throw defects[0];
}

/** Keeps the list in ascending order. */
function insert(list: number[], value: number): void {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! < value) low = middle + 1;
    else high = middle;
  }
  list.splice(low, 0, value);
}
