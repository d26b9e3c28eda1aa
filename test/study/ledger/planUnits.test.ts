import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { ToolkitError } from "../../../src/core/error.ts";
import { planUnits } from "../../../src/study/ledger/planUnits.ts";
import { runUnits } from "../../../src/study/ledger/runUnits.ts";
import { inputOf, plainUnit, studyUnits, treeOf, writeInputs, writeMany } from "./examples.ts";

const folder = mkdtempSync(join(tmpdir(), "ledger-plan-"));
const inputs = join(folder, "inputs");
const run = writeMany({ files: 2 });
let root = "";
beforeEach(() => {
  root = mkdtempSync(join(folder, "root-"));
  writeInputs(inputs);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const plan = async (options = {}, more = {}) =>
  (await planUnits(studyUnits(inputs, options), { root, ...more })).map(
    ({ id, state, reason }) => `${id}: ${state}: ${reason}`,
  );
const third = "Zo%C3%AB%20%CE%A9%203";

describe("planUnits", () => {
  it("has everything new at first, and makes nothing", async () => {
    rmSync(root, { recursive: true });
    expect(await plan()).toEqual([
      "prepare/01: new: never run",
      "prepare/02: new: never run",
      `prepare/${third}: new: never run`,
      "decode/01: new: never run",
      "decode/02: new: never run",
      `decode/${third}: new: never run`,
      "summary: new: never run",
    ]);
    expect(existsSync(root)).toBe(false);
  });

  it("has everything done after a run, and writes nothing", async () => {
    await runUnits(studyUnits(inputs), run, { root });
    const before = treeOf(root);
    expect((await plan()).every((line) => line.endsWith(": cached: done"))).toBe(true);
    expect(treeOf(root)).toEqual(before);
  });

  it("names the input that changed, and what needs the unit", async () => {
    await runUnits(studyUnits(inputs), run, { root });
    appendFileSync(inputOf(inputs, "02"), "more");
    expect((await plan()).filter((line) => !line.includes("cached"))).toEqual([
      `prepare/02: changed: input ${inputOf(inputs, "02")} changed`,
      "decode/02: changed: needs prepare/02, which changed",
      "summary: changed: needs decode/02, which changed",
    ]);
  });

  it("names the option that changed; what does not depend on it stays", async () => {
    await runUnits(studyUnits(inputs), run, { root });
    expect((await plan({ lambda: 2 })).filter((line) => !line.startsWith("decode/0"))).toEqual([
      "prepare/01: cached: done",
      "prepare/02: cached: done",
      `prepare/${third}: cached: done`,
      `decode/${third}: changed: options.decoder.lambda changed from 1 to 2`,
      "summary: changed: needs decode/01, which changed; needs decode/02, which changed; " +
        `needs decode/${third}, which changed`,
    ]);
  });

  it("names code that changed", async () => {
    await runUnits(studyUnits(inputs), run, { root, codeHash: "aaaa" });
    expect((await plan({}, { codeHash: "bbbb" }))[0]).toMatch(
      /^prepare\/01: changed: code changed from \d+\.\d+\.\d+\+aaaa to \d+\.\d+\.\d+\+bbbb$/,
    );
  });

  it("has a unit without its input fail, and what needs it", async () => {
    rmSync(inputOf(inputs, "01"));
    const lines = await plan();
    expect(lines[0]).toBe(`prepare/01: failed: input ${inputOf(inputs, "01")}: no such file or folder`);
    expect(lines[3]).toBe("decode/01: failed: needs prepare/01, which cannot run");
    expect(lines[4]).toBe("decode/02: new: never run");
  });

  it("says how a unit failed the last time, and what changed since", async () => {
    const unit = (lambda: number) => [plainUnit("a", { options: { lambda } })];
    const fails = async () => {
      throw new ToolkitError("bad-value", "decode: channel Cz is flat");
    };
    await runUnits(unit(1), fails, { root });
    expect(await planUnits(unit(1), { root })).toMatchObject([
      { state: "failed", reason: "bad-value: decode: channel Cz is flat" },
    ]);
    expect(await planUnits(unit(2), { root })).toMatchObject([
      { state: "changed", reason: "options.lambda changed from 1 to 2" },
    ]);
  });

  it.each([
    [
      "deep/er/1.txt",
      "is not what was written",
      (path: string) => writeFileSync(path, readFileSync(path, "utf8").replace(/1/g, "2")),
    ],
    ["deep/er/1.txt", "bytes", (path: string) => appendFileSync(path, "x")],
    ["deep/er/1.txt", "is missing", (path: string) => rmSync(path)],
    ["new.txt", "was not written by the unit", (path: string) => writeFileSync(path, "")],
    ["unit.json", "is missing", (path: string) => rmSync(path)],
    ["unit.json", "cannot be read", (path: string) => writeFileSync(path, "{")],
    [
      "unit.json",
      "a key that is not its own",
      (path: string) => writeFileSync(path, readFileSync(path, "utf8").replace('"rateHz": 64', '"rateHz": 65')),
    ],
  ])("does not believe a folder whose %s %s", async (name, reason, damage) => {
    await runUnits(studyUnits(inputs), run, { root });
    damage(join(root, "units/prepare/01", name));
    const [first, ...others] = await plan();
    expect(first).toContain(`prepare/01: new: its folder is damaged: ${name}`);
    expect(first).toContain(reason);
    expect(others.every((line) => line.includes("cached"))).toBe(true);
  });

  it("overlooks hidden files that a desktop leaves behind", async () => {
    await runUnits(studyUnits(inputs), run, { root });
    writeFileSync(join(root, "units/prepare/01/deep/.DS_Store"), "");
    expect((await plan())[0]).toBe("prepare/01: cached: done");
  });

  it("estimates times from units of the same kind by weight", async () => {
    const units = [1, 3].map((weight) => plainUnit(`a${weight}`, { kind: "a", weight }));
    await runUnits(units, () => new Promise((resolve) => setTimeout(resolve, 20)), { root });
    const done = readFileSync(join(root, "journal.jsonl"), "utf8").matchAll(/"seconds":([\d.]+)/g);
    const total = [...done].reduce((sum, [, seconds]) => sum + Number(seconds), 0);
    const next = [plainUnit("a9", { kind: "a", weight: 9 }), plainUnit("b", { kind: "b" }), units[0]!];
    const plans = await planUnits(next, { root });
    expect(plans.map(({ estimatedSeconds }) => estimatedSeconds)).toEqual([
      expect.closeTo((total / 4) * 9, 9),
      undefined,
      0,
    ]);
  });
});
