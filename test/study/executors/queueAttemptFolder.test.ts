import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  adoptAttempt,
  attemptFolder,
  attemptToken,
  removeAttempts,
} from "../../../src/study/executors/queueAttemptFolder.ts";

const folder = mkdtempSync(join(tmpdir(), "neurosteer-attempts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder set aside, and an attempt that wrote one file of three bytes. */
function setAside(name: string): { aside: string; attempt: string; from: string } {
  const aside = join(folder, name);
  const attempt = attemptToken();
  const from = attemptFolder(aside, attempt);
  for (const each of [aside, from]) mkdirSync(each, { recursive: true });
  writeFileSync(join(from, "x"), "abc");
  return { aside, attempt, from };
}

describe("attempts at a unit", () => {
  it("have folders whose names end as the one set aside, so that what removes that one finds them", () => {
    expect(attemptFolder("/r/units/.a+b-12-3", "0123456789ab")).toBe("/r/units/.0123456789ab.a+b-12-3");
  });

  it("win by taking the place of the folder set aside", async () => {
    const { aside, attempt, from } = setAside(".won-1-1");
    await adoptAttempt(aside, { attempt, files: 1, bytes: 3, host: "h" });
    expect(readFileSync(join(aside, "x"), "utf8")).toBe("abc");
    expect(existsSync(from)).toBe(false);
  });

  it.each([
    { what: "is not here", files: 1, bytes: 3, attempt: "000000000000", here: "nothing" },
    { what: "is here in part", files: 2, bytes: 6, attempt: undefined, here: "1 of 2 files" },
  ])("do not win when what they wrote $what", async ({ files, bytes, attempt, here }) => {
    const own = setAside(".lost-1-1");
    const won = { attempt: attempt ?? own.attempt, files, bytes, host: "far" };
    await expect(adoptAttempt(own.aside, won, { milliseconds: 50 })).rejects.toThrow(
      new RegExp(`host far wrote .*, of which there is ${here} here; use storage that all machines have`),
    );
    expect(readdirSync(own.aside)).toEqual([]);
  });

  it("are removed without touching what is not one", async () => {
    const { aside } = setAside(".gone-1-1");
    const others = [".0123456789ab.gone-1-12", ".0123456789.gone-1-1", ".0123456789ab.x.gone-1-1"];
    for (const other of others) mkdirSync(join(folder, other));
    await removeAttempts(aside);
    const left = readdirSync(folder).filter((name) => name.includes("gone"));
    expect(left.sort()).toEqual([...others, ".gone-1-1"].sort());
  });
});
