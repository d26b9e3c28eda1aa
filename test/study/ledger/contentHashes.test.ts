import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ContentHashes } from "../../../src/study/ledger/contentHashes.ts";
import { hashCode } from "../../../src/study/ledger/hashCode.ts";
import { expectRefusal } from "../../formats/refusal.ts";

const folder = mkdtempSync(join(tmpdir(), "ledger-hashes-"));
const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sha256 = (text: string | Uint8Array) => createHash("sha256").update(text).digest("hex");

describe("ContentHashes", () => {
  it("is SHA-256, files of several pieces included", async () => {
    const bytes = new Uint8Array(2_500_000).map((_, i) => i % 251);
    writeFileSync(at("large"), bytes);
    writeFileSync(at("empty"), "");
    const hashes = await ContentHashes.load(at("none"));
    expect(await hashes.of(at("large"))).toEqual({ path: at("large"), size: 2_500_000, sha256: sha256(bytes) });
    expect(await hashes.of(at("empty"))).toEqual({ path: at("empty"), size: 0, sha256: sha256("") });
  });

  it("remembers no file written so shortly before that it may be written again at the same time", async () => {
    writeFileSync(at("fresh"), "one");
    const hashes = await ContentHashes.load(at("cache"));
    await hashes.of(at("fresh"));
    await hashes.save();
    expect(JSON.parse(readFileSync(at("cache"), "utf8"))).toEqual({});
  });

  it("trusts what it remembers of a file that is as it was, unless told not to", async () => {
    writeFileSync(at("kept"), "text");
    utimesSync(at("kept"), 1000, 1000);
    const { size, mtimeNs, ctimeNs, ino } = statSync(at("kept"), { bigint: true });
    const stamp = { size: Number(size), modified: `${mtimeNs}`, changed: `${ctimeNs}`, inode: `${ino}` };
    const remembered = { ...stamp, hashedAt: Date.now() + 60_000, sha256: "remembered" };
    writeFileSync(at("cache"), JSON.stringify({ [at("kept")]: remembered }));
    const get = async (options?: object) =>
      (await (await ContentHashes.load(at("cache"), options)).of(at("kept"))).sha256;
    expect(await get()).toBe("remembered");
    expect(await get({ trust: false })).toBe(sha256("text"));
    // the same length and the same time of modification, as some programs set it back
    writeFileSync(at("kept"), "TEXT");
    utimesSync(at("kept"), 1000, 1000);
    expect(await get()).toBe(sha256("TEXT"));
  });

  it("can do without what it remembers", async () => {
    writeFileSync(at("cache"), '{"torn": ');
    writeFileSync(at("a"), "a");
    expect((await (await ContentHashes.load(at("cache"))).of(at("a"))).sha256).toBe(sha256("a"));
  });

  it("tells a file that is no longer what it was", async () => {
    writeFileSync(at("b"), "b");
    const hashes = await ContentHashes.load(at("none"));
    await hashes.of(at("b"));
    expect(await hashes.changed(at("b"))).toBe(false);
    writeFileSync(at("b"), "other");
    expect(await hashes.changed(at("b"))).toBe(true);
    rmSync(at("b"));
    expect(await hashes.changed(at("b"))).toBe(true);
  });

  it("refuses what is not there and folders", async () => {
    const hashes = await ContentHashes.load(at("none"));
    await expectRefusal(() => hashes.of(at("nothing")), "not-found", "nothing");
    await expectRefusal(() => hashes.of(folder), "bad-format", "not a regular file");
  });
});

describe("hashCode", () => {
  it("depends on names and content of code, on nothing else", async () => {
    const code = mkdtempSync(join(folder, "code-"));
    writeFileSync(join(code, "a.js"), "1");
    const first = await hashCode([code]);
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    writeFileSync(join(code, "a.js.map"), "x");
    expect(await hashCode([code])).toBe(first);
    writeFileSync(join(code, "b.js"), "1");
    const second = await hashCode([code]);
    writeFileSync(join(code, "a.js"), "2");
    expect(new Set([first, second, await hashCode([code])]).size).toBe(3);
  });
});
