import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { mergeRoots } from "../../../src/study/ledger/mergeRoots.ts";
import { planUnits } from "../../../src/study/ledger/planUnits.ts";
import { runUnits } from "../../../src/study/ledger/runUnits.ts";
import { expectRefusal } from "../../formats/refusal.ts";
import { plainUnit, studyUnits, treeOf, writeInputs, writeMany } from "./examples.ts";

const folder = mkdtempSync(join(tmpdir(), "ledger-merge-"));
const inputs = join(folder, "inputs");
const run = writeMany({ files: 2 });
let base = "";
const at = (name: string) => join(base, name);
beforeEach(() => {
  base = mkdtempSync(join(folder, "case-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeInputs(inputs);

const units = studyUnits(inputs);
/** Two roots that did half of the subjects each. */
async function halves(): Promise<void> {
  await runUnits(
    units.filter(({ id }) => id.includes("/01")),
    run,
    { root: at("a") },
  );
  await runUnits(
    units.filter(({ id }) => id.includes("/") && !id.includes("/01")),
    run,
    { root: at("b") },
  );
}
const nothing = { merged: [], same: [], replaced: [], different: [], damaged: [] };

describe("mergeRoots", () => {
  it("makes of parts what one run makes of the whole", async () => {
    await halves();
    await runUnits(units, run, { root: at("whole") });
    const report = await mergeRoots([at("a"), at("b")], at("into"));
    expect(report).toEqual({
      ...nothing,
      merged: units
        .slice(0, 6)
        .map(({ id }) => id)
        .sort(),
    });
    expect((await planUnits(units, { root: at("into") })).map(({ state }) => state)).toEqual([
      ...Array(6).fill("cached"),
      "new",
    ]);
    expect((await runUnits(units, run, { root: at("into") })).counts).toMatchObject({ done: 1, cached: 6 });
    expect(treeOf(at("into/units"))).toEqual(treeOf(at("whole/units")));
  });

  it("changes nothing when done again", async () => {
    await halves();
    const { merged } = await mergeRoots([at("a"), at("b")], at("into"));
    const before = treeOf(at("into"));
    expect(await mergeRoots([at("a"), at("b"), at("a")], at("into"))).toEqual({ ...nothing, same: merged });
    expect(treeOf(at("into"))).toEqual(before);
  });

  it("leaves the roots it reads as they were", async () => {
    await halves();
    const before = [treeOf(at("a")), treeOf(at("b"))];
    await mergeRoots([at("a"), at("b")], at("into"));
    expect([treeOf(at("a")), treeOf(at("b"))]).toEqual(before);
  });

  it("refuses one unit with two keys before it copies anything", async () => {
    const unit = (lambda: number) => [plainUnit("x", { options: { lambda } })];
    await runUnits(unit(1), run, { root: at("a") });
    await runUnits(unit(2), run, { root: at("b") });
    await expectRefusal(
      () => mergeRoots([at("a"), at("b")], at("into")),
      "exists",
      "unit x",
      at("a"),
      at("b"),
      "newer",
    );
    expect(treeOf(at("into/units"))).toEqual({});
  });

  it("takes the newer of two keys if asked to, whichever comes first", async () => {
    const unit = (lambda: number) => [plainUnit("x", { options: { lambda } })];
    await runUnits(unit(1), run, { root: at("old") });
    await new Promise((resolve) => setTimeout(resolve, 10));
    await runUnits(unit(2), run, { root: at("new") });
    for (const [name, from] of Object.entries({ into1: ["old", "new"], into2: ["new", "old"] })) {
      const report = await mergeRoots(from.map(at), at(name), { newer: true });
      expect(report.merged).toEqual(["x"]);
      expect(treeOf(at(`${name}/units`))).toEqual(treeOf(at("new/units")));
      expect((await planUnits(unit(2), { root: at(name) }))[0]!.state).toBe("cached");
    }
    cpSync(at("old"), at("into3"), { recursive: true });
    expect((await mergeRoots([at("new")], at("into3"), { newer: true })).replaced).toEqual(["x"]);
    expect((await mergeRoots([at("old")], at("into3"), { newer: true })).same).toEqual(["x"]);
    expect(treeOf(at("into3/units"))).toEqual(treeOf(at("new/units")));
  });

  it("leaves out what does not match its manifest and says so", async () => {
    await halves();
    appendFileSync(at("a/units/decode/01/deep/er/1.txt"), "x");
    const report = await mergeRoots([at("a"), at("b")], at("into"));
    expect(report.damaged).toEqual([{ id: "decode/01", root: at("a"), reason: expect.stringContaining("1.txt has") }]);
    expect(report.merged).not.toContain("decode/01");
    expect(existsSync(at("into/units/decode/01"))).toBe(false);
  });

  it("puts a sound unit in the place of a damaged one", async () => {
    await halves();
    await mergeRoots([at("a")], at("into"));
    writeFileSync(at("into/units/decode/01/deep/er/1.txt"), "x");
    expect((await mergeRoots([at("a")], at("into"))).merged).toEqual(["decode/01"]);
    expect(treeOf(at("into/units"))).toEqual(treeOf(at("a/units")));
  });

  it("keeps what is there and says so where equal keys have unequal files", async () => {
    for (const name of ["a", "b"]) {
      const writes = async (_: unknown, context: { folder: string }) => writeFileSync(join(context.folder, "x"), name);
      await runUnits([plainUnit("x")], writes, { root: at(name) });
    }
    await mergeRoots([at("a")], at("into"));
    expect(await mergeRoots([at("b")], at("into"))).toEqual({ ...nothing, different: ["x"] });
    expect(readFileSync(at("into/units/x/x"), "utf8")).toBe("a");
  });

  it("refuses what is no root, itself, and units that lie in each other", async () => {
    await runUnits([plainUnit("x")], run, { root: at("a") });
    await runUnits([plainUnit("x/y")], run, { root: at("b") });
    await expectRefusal(() => mergeRoots([at("nowhere")], at("into")), "not-found", "nowhere");
    await expectRefusal(() => mergeRoots([at("a")], at("a")), "bad-option", "itself");
    await expectRefusal(() => mergeRoots([at("a"), at("b")], at("into")), "exists", "x/y", "unit x");
  });
});
