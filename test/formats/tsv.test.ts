import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeTsv, parseTsv } from "../../src/formats/tsv.ts";
import { expectRefusal } from "./refusal.ts";

describe("parseTsv", () => {
  it("gives the cells of each row by column, n/a as it stands", () => {
    const text = "onset\tduration\ttrial_type\n0.5\t1\tattend left\n2\tn/a\t\n";
    expect(parseTsv(text, "events.tsv")).toEqual([
      { onset: "0.5", duration: "1", trial_type: "attend left" },
      { onset: "2", duration: "n/a", trial_type: "" },
    ]);
  });

  it("accepts a byte-order mark, CR LF and a missing end of line", () => {
    expect(parseTsv("\ufeffa\tb\r\n1\t2", "x")).toEqual([{ a: "1", b: "2" }]);
  });

  it("gives no rows for a header alone", () => {
    expect(parseTsv("a\tb\n", "x")).toEqual([]);
  });

  it("takes a column named like a property of every object as a column", () => {
    expect(Object.entries(parseTsv("__proto__\tconstructor\n1\t2\n", "x")[0]!)).toEqual([
      ["__proto__", "1"],
      ["constructor", "2"],
    ]);
  });

  it("refuses rows of another length, naming file and row", async () => {
    await expectRefusal(() => parseTsv("a\tb\n1\t2\n1\n", "f.tsv"), "bad-format", "f.tsv", "row 3", "1 cells", "2");
    await expectRefusal(() => parseTsv("a\tb\n1 2\n", "f.tsv"), "bad-format", "row 2", "1 cells", "tabs");
    await expectRefusal(() => parseTsv("a\tb\n\n1\t2\n", "f.tsv"), "bad-format", "row 2");
  });

  it("refuses headers that are missing, unnamed or ambiguous", async () => {
    await expectRefusal(() => parseTsv("", "f.tsv"), "bad-format", "f.tsv", "row 1");
    await expectRefusal(() => parseTsv("a\t\tb\n", "f.tsv"), "bad-format", "column 2");
    await expectRefusal(() => parseTsv("a\tb\ta\n", "f.tsv"), "bad-format", "columns 1 and 3", '"a"');
  });
});

describe("encodeTsv", () => {
  it("writes the columns in order and n/a for what is missing", () => {
    const rows = [
      { b: 1.5, a: "x" },
      { a: "", b: undefined },
      { a: false, b: 0 },
    ];
    expect(encodeTsv(rows, ["a", "b"])).toBe("a\tb\nx\t1.5\nn/a\tn/a\nfalse\t0\n");
    expect(encodeTsv(rows)).toBe("b\ta\n1.5\tx\nn/a\tn/a\n0\tfalse\n");
    expect(encodeTsv([], ["a", "b"])).toBe("a\tb\n");
  });

  it("is read back as it was, for any cells without tabs and line ends", () => {
    const cell = fc.string({ minLength: 1 }).map((text) => text.replace(/[\t\r\n\ufeff]/g, "_"));
    fc.assert(
      fc.property(fc.array(fc.record({ a: cell, b: cell })), (rows) => {
        expect(parseTsv(encodeTsv(rows, ["a", "b"]), "x")).toEqual(rows.map((row) => ({ ...row })));
      }),
    );
  });

  it("refuses cells with tabs, unknown columns and no columns", async () => {
    await expectRefusal(() => encodeTsv([{ a: "1\t2" }]), "bad-value", "row 0", "column a", "tab");
    await expectRefusal(() => encodeTsv([{ a: 1 }, { a: 1, c: 2 }]), "bad-option", "row 1", '"c"');
    await expectRefusal(() => encodeTsv([]), "bad-option", "no columns");
  });
});
