import { describe, expect, it } from "vitest";
import { ToolkitError } from "../../../src/core/error.ts";
import { parseTsv } from "../../../src/formats/tsv.ts";
import { encodeFailures, failureOf } from "../../../src/study/ledger/failureTable.ts";
import { isStorageError } from "../../../src/study/ledger/storageError.ts";
import { plainUnit } from "./examples.ts";

const error = new ToolkitError("bad-format", "openEdf: b.edf: header is cut short");

describe("failureOf", () => {
  it("finds the input that the message names, whole or by its name", () => {
    const unit = plainUnit("u", { inputs: ["/x/a.edf", "/x/b.edf"] });
    expect(failureOf(unit, error)).toEqual({ id: "u", input: "/x/b.edf", code: "bad-format", message: error.message });
    expect(failureOf(unit, new ToolkitError("bad-value", "silent")).input).toBe("");
    expect(failureOf(plainUnit("u", { inputs: ["/x/a.edf"] }), new ToolkitError("bad-value", "silent")).input).toBe(
      "/x/a.edf",
    );
  });

  it("takes anything for an error", () => {
    expect(failureOf(plainUnit("u"), new RangeError("a\n b"))).toMatchObject({
      code: "unexpected",
      message: "RangeError: a b",
    });
    expect(failureOf(plainUnit("u"), "text")).toMatchObject({ code: "unexpected", message: "thrown: text" });
  });
});

describe("encodeFailures", () => {
  it("is a table that can be read back, whatever is in the messages", () => {
    const row = { id: "u", input: "", code: "unexpected", message: "two\nlines\tand a tab" };
    expect(parseTsv(encodeFailures([row]), "x")).toEqual([{ ...row, input: "n/a", message: "two lines and a tab" }]);
    expect(encodeFailures([])).toBe("id\tinput\tcode\tmessage\n");
  });
});

describe("isStorageError", () => {
  const system = (code: string, path = "/elsewhere/x") => Object.assign(new Error(code), { code, path });
  it("tells a folder that cannot be written from an input that cannot be read", () => {
    expect(isStorageError(new ToolkitError("not-writable", "x"), "/root")).toBe(true);
    expect(isStorageError(new Error("outer", { cause: system("ENOSPC") }), "/root")).toBe(true);
    expect(isStorageError(system("EACCES", "/root/units/.a-1-1/x"), "/root")).toBe(true);
    expect(isStorageError(system("EACCES"), "/root")).toBe(false);
    expect(isStorageError(new ToolkitError("not-found", "x", { cause: system("EACCES") }), "/root")).toBe(false);
    expect(isStorageError(undefined, "/root")).toBe(false);
  });
});
