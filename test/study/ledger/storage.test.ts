import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { ToolkitError } from "../../../src/core/error.ts";
import { runUnits } from "../../../src/study/ledger/runUnits.ts";
import { buildChild, runChild } from "./childProcess.ts";
import { plainUnit, studyUnits, treeOf, writeInputs, writeMany } from "./examples.ts";

const folder = mkdtempSync(join(tmpdir(), "ledger-storage-"));
const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const systemError = (code: string, syscall: string) =>
  Object.assign(new Error(`${code}: the system refuses, ${syscall}`), { code, syscall });

describe("a unit that finds the disk full", () => {
  it.each(["ENOSPC", "EDQUOT", "EROFS"])(
    "stops the run on %s; nothing of it is kept, what was done is",
    async (code) => {
      const root = at(code);
      const units = ["a", "b", "c"].map((id) => plainUnit(id));
      let isFull = true;
      const run = async ({ id }: { id: string }, context: { folder: string }) => {
        writeFileSync(join(context.folder, "half.txt"), id);
        if (isFull && id === "b")
          throw new ToolkitError("not-writable", "x: full", { cause: systemError(code, "write") });
      };
      const report = await runUnits(units, run, { root });
      expect(report.counts).toEqual({ planned: 3, done: 1, cached: 0, failed: 1, skipped: 1 });
      expect(report.stopped).toMatchObject({
        code: "not-writable",
        message: expect.stringMatching(/^unit b: x: full; /),
      });
      expect(readdirSync(join(root, "units"))).toEqual(["a"]);
      isFull = false;
      const again = await runUnits(units, run, { root });
      expect(again.counts).toEqual({ planned: 3, done: 2, cached: 1, failed: 0, skipped: 0 });
      expect(again.stopped).toBeUndefined();
    },
  );

  it("tells the other units at work", async () => {
    let told = false;
    const report = await runUnits(
      [plainUnit("a"), plainUnit("b")],
      ({ id }, { signal }) =>
        new Promise((_, reject) => {
          if (id === "b") reject(systemError("ENOSPC", "write"));
          signal.addEventListener("abort", () => {
            told = true;
            reject(signal.reason);
          });
        }),
      { root: at("told"), concurrency: 2 },
    );
    expect(told).toBe(true);
    expect(report.outcomes.map(({ state }) => state)).toEqual(["skipped", "failed"]);
  });
});

// a file system of our own, seen by one process only and gone with it
const inOwnMounts = ["unshare", "--mount", "--map-root-user", "sh", "-c"];
const canMount = (() => {
  try {
    mkdirSync(at("probe"));
    execFileSync(inOwnMounts[0]!, [...inOwnMounts.slice(1), `mount -t tmpfs tmpfs '${at("probe")}'`], {
      stdio: "pipe",
    });
    return true;
  } catch {
    return false;
  }
})();
const testWithMount = canMount
  ? test
  : (name: string, _: () => Promise<void>) => test.skip(`${name} (skipped: cannot mount)`);

describe("a file system", () => {
  let command = "";
  beforeAll(async () => {
    if (!canMount) return;
    writeInputs(at("inputs"));
    command = `'${process.execPath}' '${buildChild(at("built"))}'`;
    await runUnits(studyUnits(at("inputs")), writeMany({ files: 6 }), { root: at("whole") });
  });

  testWithMount("that is full stops the run with one line, and with more room it goes on", async () => {
    const root = at("small");
    for (const name of ["small", "copy"]) mkdirSync(at(name));
    const run = `${command} '${root}' '${at("inputs")}' 0 6`;
    // a unit takes about 30 KB
    const { lines, error } = await runChild([
      ...inOwnMounts,
      `mount -t tmpfs -o size=160k tmpfs '${root}' && ${run}; ls -a1 '${root}/units' >&2
       mount -o remount,size=4m '${root}' && ${run}; cp -r '${root}/units' '${at("copy")}'`,
    ]);
    const [full, more] = lines.filter(({ type }) => type === "report");
    const counts = full!.counts as { done: number; failed: number; skipped: number };
    expect(counts.done).toBeGreaterThan(0);
    expect(counts.failed).toBe(1);
    expect(counts.skipped).toBe(7 - 1 - counts.done);
    expect(full!.stopped).toMatch(/ENOSPC.*; what is done is kept, run again to go on$/);
    expect(error.split("\n").filter((name) => /^\.\w/.test(name))).toEqual([]);
    expect(more!.counts).toEqual({ planned: 7, done: 7 - counts.done, cached: counts.done, failed: 0, skipped: 0 });
    expect(treeOf(at("copy"))).toEqual(
      Object.fromEntries(Object.entries(treeOf(at("whole/units"))).map(([path, text]) => [`units/${path}`, text])),
    );
  });

  testWithMount("that fills up under a run leaves the journal whole, and one that is full is refused", async () => {
    const root = at("brim");
    mkdirSync(root);
    const run = `${command} '${root}' '${at("inputs")}' 0 6`;
    const { lines } = await runChild([
      ...inOwnMounts,
      `mount -t tmpfs -o size=4m tmpfs '${root}' && ${run} fill; rm '${root}/ballast'; ${run}
       dd if=/dev/zero of='${root}/ballast' bs=4k 2>/dev/null; ${run}; rm '${root}/ballast'; ${run}`,
    ]);
    const [stopped, done, refused, again, ...rest] = lines.filter(
      ({ type }) => type === "report" || type === "refused",
    );
    expect(stopped).toMatchObject({ counts: { done: 6, failed: 1 }, stopped: expect.stringContaining("ENOSPC") });
    expect(done).toMatchObject({ counts: { done: 1, cached: 6 }, remarks: [] });
    expect(refused).toMatchObject({ type: "refused", message: expect.stringMatching(/lock: .*ENOSPC/) });
    expect(again).toMatchObject({ counts: { done: 0, cached: 7 }, remarks: [] });
    expect(rest).toEqual([]);
  });

  testWithMount("that is read-only is refused with one line, and can still be planned from", async () => {
    const root = at("readOnly");
    mkdirSync(root);
    const run = `${command} '${root}' '${at("inputs")}' 0 6`;
    const { lines, error } = await runChild([
      ...inOwnMounts,
      `mount -t tmpfs -o size=4m tmpfs '${root}' && mount -o remount,ro '${root}' && ${run}; echo $? >&2
       mount -o remount,rw '${root}' && ${run}; mount -o remount,ro '${root}' && ${run}; ${run} plan`,
    ]);
    expect(error).toBe("2\n");
    const refused = {
      type: "refused",
      code: "not-writable",
      message: expect.stringMatching(/readOnly.*cannot be written \(EROFS, \w+\)/),
    };
    const ends = lines.filter(({ type }) => ["refused", "report", "plan"].includes(type));
    const report = expect.objectContaining({ counts: { planned: 7, done: 7, cached: 0, failed: 0, skipped: 0 } });
    expect(ends).toEqual([refused, report, refused, { type: "plan", states: Array(7).fill("cached") }]);
  });
});
