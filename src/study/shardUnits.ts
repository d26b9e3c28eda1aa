import { checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import type { Unit } from "./ledger/unit.ts";

/** One part of several that a study is cut into. */
export interface Shard {
  /** From 1 to `count`. */
  readonly index: number;
  readonly count: number;
}

/**
 * Reads `3/16`.
 *
 * @throws ToolkitError `bad-option`
 */
export function parseShard(text: string): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (index === undefined) {
    throw new ToolkitError("bad-option", `shard: "${text}" is no part of a whole such as 3/16`);
  }
  checkWhole("shard", "the number of parts", Number(count), 1);
  checkWhole("shard", "the part", Number(index), 1, Number(count));
  return { index: Number(index), count: Number(count) };
}

/**
 * The units of one shard: of those that no other unit needs every `count`th, and all that they need. What several shards need is
 * done in each of them, with the same bytes, so that shards know nothing of one another; merged they are the whole.
 *
 * @param units of a study, in its order
 */
export function shardUnits(units: readonly Unit[], { index, count }: Shard): Unit[] {
  const byId = new Map(units.map((unit) => [unit.id, unit]));
  const needed = new Set(units.flatMap(({ needs }) => needs));
  const wanted = new Set<string>();
  const take = (id: string): void => {
    if (wanted.has(id)) return;
    wanted.add(id);
    for (const need of byId.get(id)!.needs) take(need);
  };
  units
    .filter(({ id }) => !needed.has(id))
    .forEach(({ id }, place) => {
      if (place % count === index - 1) take(id);
    });
  return units.filter(({ id }) => wanted.has(id));
}
