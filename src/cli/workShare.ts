import type { UnitPlan } from "../study/ledger/planUnits.ts";
import type { Unit } from "../study/ledger/unit.ts";

interface KindWork {
  /** Weights of all units of the kind that are to be done. */
  total: number;
  /** Weights of those that are settled. */
  settled: number;
  /** Seconds and weights of those that were run. */
  seconds: number;
  weight: number;
  /** Seconds for each weight in earlier runs. */
  readonly earlier: number | undefined;
}

/**
 * How much of a run's work is done. A unit counts by its weight times the seconds for each weight of its kind, in this run or, until
 * one of the kind is done, in earlier ones; kinds that nothing is known of count like the mean of the others. Units that were done
 * before the run do not count.
 */
export class WorkShare {
  readonly #kinds = new Map<string, KindWork>();
  readonly #units = new Map<string, { readonly kind: KindWork; readonly weight: number }>();
  readonly #running = new Map<string, number>();
  #startedAt: number | undefined;

  /** @param plans of all units, as the run begins */
  constructor(units: readonly Unit[], plans: readonly UnitPlan[]) {
    const weights = new Map(units.map(({ id, weight = 1 }) => [id, weight]));
    for (const { id, kind, state, estimatedSeconds } of plans) {
      if (state === "cached") continue;
      const weight = weights.get(id) ?? 1;
      const earlier = estimatedSeconds === undefined || weight === 0 ? undefined : estimatedSeconds / weight;
      const work = this.#kinds.get(kind) ?? { total: 0, settled: 0, seconds: 0, weight: 0, earlier };
      work.total += weight;
      this.#kinds.set(kind, work);
      this.#units.set(id, { kind: work, weight });
    }
  }

  /** @param now in milliseconds */
  start(id: string, now: number): void {
    this.#startedAt ??= now;
    this.#running.set(id, 0);
  }

  /** @param share of a running unit that is done, 0 to 1 */
  progress(id: string, share: number): void {
    if (this.#running.has(id)) this.#running.set(id, Math.min(1, Math.max(0, share)));
  }

  /** @param seconds how long it took, if it was done; without, it failed or was not run */
  settle(id: string, seconds?: number): void {
    this.#running.delete(id);
    const unit = this.#units.get(id);
    if (unit === undefined) return;
    this.#units.delete(id);
    unit.kind.settled += unit.weight;
    if (seconds === undefined) return;
    unit.kind.seconds += seconds;
    unit.kind.weight += unit.weight;
  }

  /** Work done over work to do, 0 to 1; 1 if there is none. */
  share(): number {
    const mean = this.#meanRate();
    const rates = new Map([...this.#kinds.values()].map((kind) => [kind, rateOf(kind) ?? mean]));
    let total = 0;
    let done = 0;
    for (const [kind, rate] of rates) {
      total += rate * kind.total;
      done += rate * kind.settled;
    }
    for (const [id, part] of this.#running) {
      const unit = this.#units.get(id);
      if (unit) done += rates.get(unit.kind)! * unit.weight * part;
    }
    return total > 0 ? Math.min(1, done / total) : 1;
  }

  /**
   * Seconds until everything is done, if it goes on as it went since the first unit started.
   *
   * @param now in milliseconds
   * @returns `undefined` while nothing is done
   */
  secondsLeft(now: number): number | undefined {
    const share = this.share();
    if (share === 1) return 0;
    if (share === 0 || this.#startedAt === undefined) return undefined;
    return ((now - this.#startedAt) / 1000) * (1 / share - 1);
  }

  #meanRate(): number {
    const known = [...this.#kinds.values()].flatMap((kind) => {
      const rate = rateOf(kind);
      return rate === undefined ? [] : [{ rate, weight: kind.total }];
    });
    const weight = known.reduce((sum, each) => sum + each.weight, 0);
    return weight > 0 ? known.reduce((sum, each) => sum + each.rate * each.weight, 0) / weight : 1;
  }
}

function rateOf({ seconds, weight, earlier }: KindWork): number | undefined {
  return weight > 0 ? seconds / weight : earlier;
}
