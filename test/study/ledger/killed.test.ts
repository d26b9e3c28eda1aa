import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../../../src/core/random.ts";
import { readJournal } from "../../../src/study/ledger/journal.ts";
import { planUnits } from "../../../src/study/ledger/planUnits.ts";
import { runUnits } from "../../../src/study/ledger/runUnits.ts";
import { buildChild, runChild } from "./childProcess.ts";
import { studyUnits, treeOf, writeInputs, writeMany } from "./examples.ts";

const folder = mkdtempSync(join(tmpdir(), "ledger-killed-"));
const at = (name: string) => join(folder, name);
const inputs = at("inputs");
let child = "";
let whole: Record<string, string> = {};

beforeAll(async () => {
  child = buildChild(at("built"));
  writeInputs(inputs);
  await runUnits(studyUnits(inputs), writeMany(), { root: at("whole") });
  whole = treeOf(at("whole/units"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a run that is killed", () => {
  it("resumes to the bytes of one that was not, wherever it was killed", async () => {
    const random = createRandom(3);
    const root = at("killed");
    let kills = 0;
    for (let round = 0; ; round++) {
      let countdown = round < 4 ? 5 + random.below(45) : Infinity;
      const { signal, lines } = await runChild([process.execPath, child, root, inputs, "3"], (running) => {
        if (--countdown === 0) running.kill("SIGKILL");
      });
      if (signal === null) {
        expect(lines.at(-1)).toMatchObject({ type: "report", counts: { planned: 7, failed: 0, skipped: 0 } });
        break;
      }
      expect(signal).toBe("SIGKILL");
      kills++;
    }
    expect(kills).toBeGreaterThanOrEqual(1);
    expect(treeOf(at("killed/units"))).toEqual(whole);
    expect(readdirSync(at("killed/units")).filter((name) => name.startsWith("."))).toEqual([]);
    expect(readdirSync(root).sort()).toEqual(["hashes.json", "journal.jsonl", "units"]);
  });

  it("keeps what was done and says what was begun", async () => {
    const { signal } = await runChild([process.execPath, child, at("middle"), inputs, "50", "6"], (running, line) => {
      if (line.type === "progress" && line.id === "decode/01" && line.done === 1) running.kill("SIGKILL");
    });
    expect(signal).toBe("SIGKILL");
    const plans = await planUnits(studyUnits(inputs), { root: at("middle") });
    expect(plans.map(({ state, reason }) => `${state}: ${reason}`)).toEqual([
      ...Array(3).fill("cached: done"),
      "new: was started and did not end",
      ...Array(3).fill("new: never run"),
    ]);
  });

  it("adopts a folder that was complete before the journal could say so", async () => {
    const { signal } = await runChild([process.execPath, child, at("adopted"), inputs, "4"], (running, line) => {
      if (line.type === "started" && line.id === "decode/02") running.kill("SIGKILL");
    });
    expect(signal).toBe("SIGKILL");
    const journal = at("adopted/journal.jsonl");
    const lines = readFileSync(journal, "utf8").split("\n");
    const kept = lines.filter((line) => !line.includes('"event":"done"') || !line.includes("decode/01"));
    rmSync(journal);
    appendFileSync(journal, kept.join("\n"));
    const report = await runUnits(studyUnits(inputs), writeMany(), { root: at("adopted") });
    expect(report.outcomes.find(({ id }) => id === "decode/01")!.state).toBe("cached");
    expect(report.remarks).toContainEqual(expect.stringContaining("unit decode/01: was done, though the journal did"));
    expect(treeOf(at("adopted/units"))).toEqual(whole);
    const done = (await readJournal(at("adopted"))).events.filter(({ event }) => event === "done");
    expect(done).toHaveLength(7);
  });

  it("does a unit again that was killed between giving way and taking its place", async () => {
    await runUnits(studyUnits(inputs), writeMany(), { root: at("between") });
    // what two renames leave when only the first was done: 999999999 is no process
    renameSync(at("between/units/summary"), at("between/units/.summary-999999999-1-0"));
    const report = await runUnits(studyUnits(inputs), writeMany(), { root: at("between") });
    expect(report.counts).toEqual({ planned: 7, done: 1, cached: 6, failed: 0, skipped: 0 });
    expect(treeOf(at("between/units"))).toEqual(whole);
  });

  it("leaves its lock to the next one, not to one that comes meanwhile", async () => {
    const second: Promise<unknown>[] = [];
    const first = await runChild([process.execPath, child, at("two"), inputs, "40"], (running, line) => {
      if (line.type !== "started" || second.length > 0) return;
      second.push(
        runChild([process.execPath, child, at("two"), inputs]).then(({ code, lines }) => {
          expect(code).toBe(2);
          expect(lines).toEqual([
            {
              type: "refused",
              code: "exists",
              message: expect.stringMatching(
                new RegExp(`two: is in use by process ${running.pid} on .+ since .+; wait`),
              ),
            },
          ]);
          running.kill("SIGKILL");
        }),
      );
    });
    await Promise.all(second);
    expect(first.signal).toBe("SIGKILL");
    const report = await runUnits(studyUnits(inputs), writeMany(), { root: at("two") });
    expect(report.counts).toMatchObject({ planned: 7, failed: 0, skipped: 0 });
    expect(treeOf(at("two/units"))).toEqual(whole);
  });
});
