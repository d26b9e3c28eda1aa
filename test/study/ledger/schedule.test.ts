import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { schedule, type Work } from "../../../src/study/ledger/schedule.ts";
import type { Unit } from "../../../src/study/ledger/unit.ts";
import { plainUnit } from "./examples.ts";

/** Runs units of which each takes a moment; says in which order they began and how many were at work at most. */
async function observe(units: Unit[], limits: Partial<Work> = {}) {
  const begun: string[] = [];
  const ended: string[] = [];
  let atWork = 0;
  let most = 0;
  let bytes = 0;
  let mostBytes = 0;
  await schedule(units, {
    concurrency: 1,
    settle: () => false,
    run: async (unit) => {
      begun.push(unit.id);
      for (const need of unit.needs) expect(ended).toContain(need);
      most = Math.max(most, ++atWork);
      bytes += unit.memoryBytes ?? 0;
      mostBytes = Math.max(mostBytes, bytes);
      await delay(2);
      atWork--;
      bytes -= unit.memoryBytes ?? 0;
      ended.push(unit.id);
    },
    ...limits,
  });
  expect(new Set(begun).size).toBe(begun.length);
  return { begun, most, mostBytes };
}

const free = (count: number, memoryBytes = 0) =>
  Array.from({ length: count }, (_, i) => plainUnit(`u${i}`, { memoryBytes }));

describe("schedule", () => {
  it("runs one after the other in the order given", async () => {
    expect(await observe(free(5))).toMatchObject({ begun: ["u0", "u1", "u2", "u3", "u4"], most: 1 });
  });

  it("runs as many at a time as may", async () => {
    expect((await observe(free(9), { concurrency: 3 })).most).toBe(3);
  });

  it("starts a unit when those it needs are settled, the first in the order before others", async () => {
    const units = [
      plainUnit("a"),
      plainUnit("b", { needs: ["a", "a"] }),
      plainUnit("c", { needs: ["a"] }),
      plainUnit("d"),
    ];
    expect((await observe(units)).begun).toEqual(["a", "b", "c", "d"]);
    expect((await observe(units, { concurrency: 2 })).begun).toEqual(["a", "d", "b", "c"]);
  });

  it("keeps the memory of those at work within the limit", async () => {
    const { mostBytes, most } = await observe(free(6, 40), { concurrency: 6, memoryBytes: 100 });
    expect({ mostBytes, most }).toEqual({ mostBytes: 80, most: 2 });
  });

  it("runs a unit that is larger than the limit alone", async () => {
    const units = [plainUnit("a", { memoryBytes: 10 }), plainUnit("b", { memoryBytes: 500 }), ...free(2, 10)];
    const { begun, mostBytes } = await observe(units, { concurrency: 4, memoryBytes: 100 });
    expect(begun).toEqual(["a", "b", "u0", "u1"]);
    expect(mostBytes).toBe(500);
  });

  it("runs none that settles at once", async () => {
    const units = [plainUnit("a"), plainUnit("b", { needs: ["a"] }), plainUnit("c", { needs: ["b"] })];
    const settled: string[] = [];
    const ran: string[] = [];
    await schedule(units, {
      concurrency: 1,
      settle: ({ id }) => id !== "c" && settled.push(id) > 0,
      run: async ({ id }) => void ran.push(id),
    });
    expect({ settled, ran }).toEqual({ settled: ["a", "b"], ran: ["c"] });
  });

  it("ends when those at work have ended, with the defect of the first, and starts no other", async () => {
    const begun: string[] = [];
    let ended = false;
    const work = schedule([plainUnit("a"), plainUnit("b"), plainUnit("c")], {
      concurrency: 2,
      settle: () => false,
      run: async ({ id }) => {
        begun.push(id);
        if (id === "a") throw new Error("defect");
        await delay(5);
        ended = true;
      },
    });
    await expect(work).rejects.toThrow("defect");
    expect(begun).toEqual(["a", "b"]);
    expect(ended).toBe(true);
  });
});
