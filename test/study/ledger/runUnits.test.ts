import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { ToolkitError } from "../../../src/core/error.ts";
import { readJournal } from "../../../src/study/ledger/journal.ts";
import type { UnitEvent } from "../../../src/study/ledger/runOptions.ts";
import { runUnits } from "../../../src/study/ledger/runUnits.ts";
import type { Executor, RunUnit } from "../../../src/study/ledger/unit.ts";
import { expectRefusal } from "../../formats/refusal.ts";
import { inputOf, plainUnit, studyUnits, treeOf, writeInputs, writeMany } from "./examples.ts";

const folder = mkdtempSync(join(tmpdir(), "ledger-run-"));
const inputs = join(folder, "inputs");
let root = "";
beforeEach(() => {
  root = mkdtempSync(join(folder, "root-"));
  writeInputs(inputs);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = writeMany({ files: 2 });
const third = "Zo%C3%AB%20%CE%A9%203";
const chain = [plainUnit("a"), plainUnit("b", { needs: ["a"] }), plainUnit("c", { needs: ["b"] }), plainUnit("d")];
const nothing: RunUnit = async () => undefined;
const failing =
  (id: string, error: unknown = new ToolkitError("bad-value", "decode: channel Cz is flat")): RunUnit =>
  async (unit) => {
    if (unit.id === id) throw error;
  };

describe("runUnits", () => {
  it("runs everything once, then nothing", async () => {
    const ran: string[] = [];
    const counting: RunUnit = (unit, context) => {
      ran.push(unit.id);
      return run(unit, context);
    };
    const first = await runUnits(studyUnits(inputs), counting, { root });
    expect(first.counts).toEqual({ planned: 7, done: 7, cached: 0, failed: 0, skipped: 0 });
    const before = treeOf(join(root, "units"));
    const second = await runUnits(studyUnits(inputs), counting, { root });
    expect(second.counts).toEqual({ planned: 7, done: 0, cached: 7, failed: 0, skipped: 0 });
    expect(ran).toEqual(studyUnits(inputs).map(({ id }) => id));
    expect(treeOf(join(root, "units"))).toEqual(before);
    expect(second.outcomes.map((outcome) => outcome.folder)).toEqual(ran.map((id) => join(root, "units", id)));
  });

  it("gives the same bytes however many run at a time", async () => {
    await runUnits(studyUnits(inputs), run, { root: join(root, "one") });
    const report = await runUnits(studyUnits(inputs), run, { root: join(root, "four"), concurrency: 4 });
    expect(report.outcomes.map(({ id }) => id)).toEqual(studyUnits(inputs).map(({ id }) => id));
    expect(treeOf(join(root, "four/units"))).toEqual(treeOf(join(root, "one/units")));
  });

  it("writes a manifest without times and the times beside it", async () => {
    await runUnits(studyUnits(inputs), run, { root });
    const at = join(root, "units/prepare", third);
    const manifest = JSON.parse(readFileSync(join(at, "unit.json"), "utf8"));
    expect(manifest).toMatchObject({
      id: `prepare/${third}`,
      key: expect.stringMatching(/^[0-9a-f]{64}$/),
      record: {
        kind: "prepare",
        inputs: [{ path: inputOf(inputs, "Zoë Ω 3"), sha256: expect.any(String) }],
        needs: {},
      },
      seeds: { "options.seed": 7 },
      versions: { neurosteer: expect.any(String), node: process.versions.node },
    });
    expect(manifest.files.map(({ path }: { path: string }) => path)).toEqual(["deep/er/0.txt", "deep/er/1.txt"]);
    const timing = JSON.parse(readFileSync(join(at, "timing.json"), "utf8"));
    expect(timing).toMatchObject({ started: expect.stringMatching(/^\d{4}-/), seconds: expect.any(Number), weight: 1 });
  });

  it("does again only what an option or an input concerns, and replaces it", async () => {
    await runUnits(studyUnits(inputs), run, { root });
    const optioned = await runUnits(studyUnits(inputs, { lambda: 2 }), run, { root });
    expect(optioned.counts).toEqual({ planned: 7, done: 4, cached: 3, failed: 0, skipped: 0 });
    appendFileSync(inputOf(inputs, "01"), "more");
    const changed = await runUnits(studyUnits(inputs, { lambda: 2 }), run, { root });
    expect(changed.outcomes.filter(({ state }) => state === "done").map(({ id }) => id)).toEqual([
      "prepare/01",
      "decode/01",
      "summary",
    ]);
    const fresh = join(root, "fresh");
    await runUnits(studyUnits(inputs, { lambda: 2 }), run, { root: fresh });
    expect(treeOf(join(root, "units"))).toEqual(treeOf(join(fresh, "units")));
  });

  it("fails what needs a unit that failed, and goes on with the others", async () => {
    const report = await runUnits(chain, failing("a"), { root });
    expect(report.counts).toEqual({ planned: 4, done: 1, cached: 0, failed: 3, skipped: 0 });
    expect(report.stopped).toBeUndefined();
    expect(readFileSync(join(root, "failures.tsv"), "utf8")).toBe(
      "id\tinput\tcode\tmessage\n" +
        "a\tn/a\tbad-value\tdecode: channel Cz is flat\n" +
        "b\tn/a\tbad-value\tneeds a, which failed\n" +
        "c\tn/a\tbad-value\tneeds b, which failed\n",
    );
    expect(readdirSync(join(root, "units"))).toEqual(["d"]);
    const again = await runUnits(chain, nothing, { root });
    expect(again.counts).toEqual({ planned: 4, done: 3, cached: 1, failed: 0, skipped: 0 });
    expect(existsSync(join(root, "failures.tsv"))).toBe(false);
  });

  it("starts no other after a failure if asked to", async () => {
    const report = await runUnits(chain, failing("b"), { root, keepGoing: false });
    expect(report.outcomes.map(({ state }) => state)).toEqual(["done", "failed", "skipped", "skipped"]);
    expect(report.outcomes[3]!.reason).toBe("not run, as unit b failed");
  });

  it("names the input of a failure in the table and in the journal", async () => {
    const path = inputOf(inputs, "02");
    rmSync(path);
    const report = await runUnits(studyUnits(inputs), run, { root });
    expect(report.failures).toEqual([
      { id: "prepare/02", input: path, code: "not-found", message: `${path}: no such file or folder` },
      { id: "decode/02", input: path, code: "not-found", message: "needs prepare/02, which failed" },
      { id: "summary", input: path, code: "not-found", message: "needs decode/02, which failed" },
    ]);
    const { events } = await readJournal(root);
    expect(events.find(({ event }) => event === "failed")).toMatchObject({
      id: "prepare/02",
      input: path,
      code: "not-found",
    });
  });

  it("takes anything else that is thrown for a failure of the unit, with its stack in the journal", async () => {
    const report = await runUnits(chain, failing("b", new TypeError("x is undefined")), { root });
    expect(report.failures[0]).toMatchObject({ id: "b", code: "unexpected", message: "TypeError: x is undefined" });
    const { events } = await readJournal(root);
    expect(events.find((event) => event.event === "failed" && event.id === "b")).toMatchObject({
      stack: expect.stringContaining("runUnits.test.ts"),
    });
  });

  it("gives a unit an empty folder, the folders of those it needs and no other", async () => {
    const seen: unknown[] = [];
    await runUnits(
      chain.slice(0, 2),
      async (unit, context) => {
        expect(readdirSync(context.folder)).toEqual([]);
        seen.push([unit.id, Object.fromEntries(context.needs)]);
      },
      { root },
    );
    expect(seen).toEqual([
      ["a", {}],
      ["b", { a: join(root, "units/a") }],
    ]);
  });

  it("tells what happens, in order", async () => {
    const events: UnitEvent[] = [];
    const one = plainUnit("a");
    await runUnits([one], async (_, { progress }) => progress(1, 2, "half"), {
      root,
      onEvent: (event) => events.push(event),
    });
    expect(events).toEqual([
      { type: "planned", plans: [expect.objectContaining({ id: "a", state: "new" })] },
      { type: "started", id: "a" },
      { type: "progress", id: "a", done: 1, total: 2, label: "half" },
      { type: "done", id: "a", seconds: expect.any(Number) },
    ]);
  });

  it("fails with what its listener fails with, and keeps what is done", async () => {
    const onEvent = ({ type }: UnitEvent) => {
      if (type === "done") throw new Error("the listener failed");
    };
    await expect(runUnits(chain, nothing, { root, onEvent })).rejects.toThrow("the listener failed");
    const { counts } = await runUnits(chain, nothing, { root });
    expect(counts).toMatchObject({ done: 3, cached: 1 });
  });

  it("stops when told to, tells the unit at work, and resumes", async () => {
    const controller = new AbortController();
    const waits: RunUnit = async ({ id }, { folder: aside, signal }) => {
      writeFileSync(join(aside, "half"), "");
      if (id !== "b") return;
      controller.abort();
      expect(signal.aborted).toBe(true);
      throw signal.reason;
    };
    const report = await runUnits(chain, waits, { root, signal: controller.signal });
    expect(report.stopped).toMatchObject({ code: "aborted" });
    expect(report.counts).toEqual({ planned: 4, done: 1, cached: 0, failed: 0, skipped: 3 });
    expect(report.failures).toEqual([]);
    expect(readdirSync(join(root, "units"))).toEqual(["a"]);
    const again = await runUnits(chain, nothing, { root });
    expect(again.counts).toEqual({ planned: 4, done: 3, cached: 1, failed: 0, skipped: 0 });
  });

  it("runs nothing if it was told to stop before", async () => {
    const report = await runUnits(chain, nothing, { root, signal: AbortSignal.abort() });
    expect(report.counts).toEqual({ planned: 4, done: 0, cached: 0, failed: 0, skipped: 4 });
    expect(report.stopped).toMatchObject({ code: "aborted" });
  });

  it("does not keep what was made from an input that changed meanwhile", async () => {
    const path = inputOf(inputs, "01");
    const unit = plainUnit("a", { inputs: [path] });
    const report = await runUnits([unit], async () => appendFileSync(path, "more"), { root });
    expect(report.failures).toEqual([
      { id: "a", input: path, code: "bad-value", message: `unit a: input ${path} changed during the run; run again` },
    ]);
    expect((await runUnits([unit], nothing, { root })).counts.done).toBe(1);
  });

  it("moves a folder away that does not match its manifest, says so, and does the unit again", async () => {
    await runUnits(studyUnits(inputs), run, { root });
    const before = treeOf(join(root, "units"));
    writeFileSync(join(root, "units/decode/01/deep/er/1.txt"), "other");
    const report = await runUnits(studyUnits(inputs), run, { root });
    expect(report.counts).toMatchObject({ done: 1, cached: 6 });
    expect(report.remarks).toEqual([
      expect.stringMatching(/^unit decode\/01: .*1\.txt has 5 bytes.*moved to .*decode\+01-1/),
    ]);
    expect(readFileSync(join(root, "damaged/decode+01-1/deep/er/1.txt"), "utf8")).toBe("other");
    expect(treeOf(join(root, "units"))).toEqual(before);
  });

  it("says which units of an earlier plan are left", async () => {
    await runUnits(chain, nothing, { root });
    const report = await runUnits(chain.slice(0, 2), nothing, { root });
    expect(report.remarks).toEqual([`${root}: 2 units of an earlier plan are still there: c, d`]);
    // and does not say so for ever
    expect((await runUnits(chain.slice(0, 2), nothing, { root })).remarks).toEqual([]);
  });

  it("makes room where a unit of an earlier plan lies above", async () => {
    await runUnits([plainUnit("a")], nothing, { root });
    const report = await runUnits([plainUnit("a/b")], nothing, { root });
    expect(report.counts.done).toBe(1);
    expect(existsSync(join(root, "damaged/a-1/unit.json"))).toBe(true);
  });

  it("fails a unit that writes the ledger's files or links", async () => {
    const writes: RunUnit = async ({ id }, context) => {
      if (id === "a") writeFileSync(join(context.folder, "unit.json"), "{}");
      else {
        mkdirSync(join(context.folder, "x"));
        symlinkSync("/", join(context.folder, "x/link"));
      }
    };
    const { failures } = await runUnits([plainUnit("a"), plainUnit("b")], writes, { root });
    expect(failures).toMatchObject([
      { id: "a", code: "bad-value", message: expect.stringContaining("unit.json") },
      { id: "b", code: "bad-format", message: expect.stringContaining("x/link") },
    ]);
    expect(readdirSync(join(root, "units"))).toEqual([]);
  });

  it("runs on an executor, as many at a time as it takes, and leaves it open", async () => {
    let atWork = 0;
    let most = 0;
    let closed = false;
    const executor: Executor = {
      concurrency: 3,
      run: async () => {
        most = Math.max(most, ++atWork);
        await new Promise((resolve) => setTimeout(resolve, 20));
        atWork--;
      },
      close: async () => {
        closed = true;
      },
    };
    const units = Array.from({ length: 9 }, (_, i) => plainUnit(`u${i}`));
    expect((await runUnits(units, executor, { root, concurrency: 1 })).counts.done).toBe(9);
    expect(most).toBe(3);
    expect(closed).toBe(false);
  });

  it("refuses while another run is at work in the folder", async () => {
    await runUnits(
      [plainUnit("a")],
      async () => {
        await expectRefusal(() => runUnits(chain, nothing, { root }), "exists", "in use", String(process.pid));
      },
      { root },
    );
    expect(existsSync(join(root, "lock"))).toBe(false);
  });

  it("stops, and keeps its hands off, when another process took the folder over", async () => {
    const takes: RunUnit = async () => {
      const lock = JSON.parse(readFileSync(join(root, "lock"), "utf8"));
      writeFileSync(join(root, "lock"), JSON.stringify({ ...lock, host: "elsewhere", token: "other" }));
    };
    const report = await runUnits(chain, takes, { root });
    expect(report.stopped).toMatchObject({ code: "exists", message: expect.stringContaining("elsewhere") });
    expect(report.counts).toMatchObject({ done: 0, skipped: 4 });
    expect(readdirSync(join(root, "units"))).toEqual([]);
    expect(existsSync(join(root, "lock"))).toBe(true);
    expect((await readJournal(root)).events.map(({ event }) => event)).toEqual(["planned", "started"]);
  });

  it("refuses units that do not fit together and a concurrency of 0, before it touches anything", async () => {
    const nowhere = join(root, "nowhere");
    await expectRefusal(() => runUnits([plainUnit("a", { needs: ["z"] })], nothing, { root: nowhere }), "bad-option");
    await expectRefusal(() => runUnits(chain, nothing, { root: nowhere, concurrency: 0 }), "bad-option", "concurrency");
    expect(existsSync(nowhere)).toBe(false);
  });

  it("reads every file again if asked to", async () => {
    await runUnits(chain.slice(0, 1), async (_, context) => writeFileSync(join(context.folder, "x"), "1"), { root });
    const { counts } = await runUnits(chain.slice(0, 1), nothing, { root, verify: true });
    expect(counts.cached).toBe(1);
  });
});
