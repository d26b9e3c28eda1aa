import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../../src/study/ledger/canonicalJson.ts";
import { recordChanges, seedsOf, type UnitRecord, unitKey, unitRecord } from "../../../src/study/ledger/unitRecord.ts";
import { expectRefusal } from "../../formats/refusal.ts";
import { plainUnit } from "./examples.ts";

const record: UnitRecord = {
  kind: "decode",
  options: { decoder: { lambda: 1 }, bands: [1, 8] },
  inputs: [
    { path: "a.edf", size: 3, sha256: "aa" },
    { path: "b.edf", size: 4, sha256: "bb" },
  ],
  needs: { "prepare/1": "k1" },
  code: "1.0",
};

describe("canonicalJson", () => {
  it("puts names in order at every depth and keeps lists as they are", () => {
    const value = canonicalJson({ b: [{ d: 1, c: 2 }, 1], a: undefined }, "x");
    expect(JSON.stringify(value)).toBe('{"b":[{"c":2,"d":1},1]}');
  });

  it("writes what JSON has no number for as its word", () => {
    expect(canonicalJson([Infinity, -Infinity, NaN, Float64Array.of(1.5)], "x")).toEqual([
      "Infinity",
      "-Infinity",
      "NaN",
      [1.5],
    ]);
  });

  it.each([
    [new Map([["a", 1]]), "Map"],
    [() => 1, "function"],
    [new Date(0), "Date"],
    [1n, "bigint"],
  ])("refuses what JSON would lose (%#)", async (value, kind) => {
    await expectRefusal(() => canonicalJson({ a: [value] }, "options"), "bad-option", `options.a[0]: is a ${kind}`);
  });

  it("refuses what contains itself", async () => {
    const loop: Record<string, unknown> = {};
    loop.again = { loop };
    await expectRefusal(() => canonicalJson(loop, "options"), "bad-option", "options.again.loop", "itself");
  });
});

describe("unitKey", () => {
  it("does not depend on paths, nor on the order of names", () => {
    const inputs = record.inputs.map((entry) => ({ ...entry, path: `elsewhere/${entry.path}` }));
    expect(unitKey({ ...record, inputs })).toBe(unitKey(record));
    const facts = {
      inputs: [],
      code: "1",
      keys: new Map([
        ["p", "1"],
        ["q", "2"],
      ]),
    };
    const one = unitRecord(plainUnit("a", { needs: ["p", "q"], options: { x: 1, y: 2 } }), facts);
    const other = unitRecord(plainUnit("b", { needs: ["q", "p"], options: { y: 2, x: 1 }, label: "l", job: 1 }), facts);
    expect(unitKey(one)).toBe(unitKey(other));
  });

  it("depends on everything else", () => {
    const others: UnitRecord[] = [
      { ...record, kind: "x" },
      { ...record, options: { decoder: { lambda: 2 }, bands: [1, 8] } },
      { ...record, inputs: record.inputs.toReversed() },
      { ...record, inputs: record.inputs.slice(1) },
      { ...record, needs: { "prepare/1": "k2" } },
      { ...record, needs: { "prepare/2": "k1" } },
      { ...record, code: "1.1" },
    ];
    expect(new Set([record, ...others].map(unitKey)).size).toBe(8);
  });
});

describe("recordChanges", () => {
  it("says nothing of equal records, nor of files that moved", () => {
    expect(recordChanges(record, record)).toEqual([]);
    const inputs = record.inputs.map((entry) => ({ ...entry, path: `elsewhere/${entry.path}` }));
    expect(recordChanges(record, { ...record, inputs })).toEqual([]);
  });

  it("names the option with both values", () => {
    const changed = { ...record, options: { decoder: { lambda: 2, tmin: 0 }, bands: [1, 9] } };
    expect(recordChanges(record, changed)).toEqual([
      "options.bands[1] changed from 8 to 9",
      "options.decoder.lambda changed from 1 to 2",
      "options.decoder.tmin is new (0)",
    ]);
    expect(recordChanges(changed, record)[2]).toBe("options.decoder.tmin is gone (was 0)");
  });

  it("names files, needs and code", () => {
    const [a, b] = record.inputs;
    expect(recordChanges(record, { ...record, inputs: [{ ...a!, sha256: "cc" }, b!] })).toEqual([
      "input a.edf changed",
    ]);
    expect(recordChanges(record, { ...record, inputs: [a!] })).toEqual(["input b.edf is no longer read"]);
    expect(recordChanges({ ...record, inputs: [a!] }, record)).toEqual(["input b.edf is new"]);
    expect(recordChanges(record, { ...record, inputs: [b!, a!] })).toEqual(["number or order of inputs changed"]);
    expect(recordChanges(record, { ...record, needs: { "prepare/1": "k2" } })).toEqual([
      "needs prepare/1, which changed",
    ]);
    expect(recordChanges(record, { ...record, needs: { other: "k" } })).toEqual([
      "needs other, which is new",
      "no longer needs prepare/1",
    ]);
    expect(recordChanges(record, { ...record, code: "2" })).toEqual(["code changed from 1.0 to 2"]);
  });
});

describe("seedsOf", () => {
  it("finds seeds at any depth by their names", () => {
    expect(seedsOf({ seed: 1, a: { initialSeed: 2, b: [{ seeds: [3, 4] }] }, seedling: 5 })).toEqual({
      "options.seed": 1,
      "options.a.initialSeed": 2,
      "options.a.b.0.seeds": [3, 4],
    });
  });
});
