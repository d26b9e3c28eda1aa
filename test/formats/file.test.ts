import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  listFolder,
  openFile,
  pathKind,
  readText,
  writeBytes,
  writeFileAside,
  writeFolder,
} from "../../src/formats/file.ts";
import { openEdf } from "../../src/formats/openEdf.ts";
import { edfBytes } from "./edfBytes.ts";
import { expectRefusal } from "./refusal.ts";

let folder = "";
const at = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "file-test-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("openFile", () => {
  it("reads ranges, a name with spaces and letters of any script included", async () => {
    writeFileSync(at("a b ü.bin"), Uint8Array.of(1, 2, 3, 4, 5));
    const source = await openFile(at("a b ü.bin"));
    expect(source.byteLength).toBe(5);
    expect(await source.read(1, 4)).toEqual(Uint8Array.of(2, 3, 4));
    await expectRefusal(() => source.read(3, 6), "truncated", "ü.bin", "3 to 6", "5");
    await source.close();
  });

  it("tells a file that became shorter since it was opened", async () => {
    writeFileSync(at("shrinks"), new Uint8Array(10));
    const source = await openFile(at("shrinks"));
    writeFileSync(at("shrinks"), new Uint8Array(4));
    await expectRefusal(() => source.read(0, 10), "truncated", "shrinks");
    await source.close();
  });

  it("reads a recording as it reads one from memory", async () => {
    writeFileSync(at("x.edf"), edfBytes([{ digital: (i) => 3 * i }], 2));
    const source = await openFile(at("x.edf"));
    const recording = await openEdf(source);
    expect((await recording.readDigital()).channels[0]).toEqual(Int32Array.from({ length: 8 }, (_, i) => 3 * i));
    await recording.close();
  });

  it("refuses what is not there and what is a folder", async () => {
    await expectRefusal(() => openFile(at("nothing")), "not-found", "nothing", "no such file");
    await expectRefusal(() => openFile(folder), "bad-format", "not a regular file");
    await expectRefusal(() => readText(at("nothing")), "not-found", "nothing");
    await expectRefusal(() => listFolder(at("nothing")), "not-found", "nothing");
  });

  it("tells files, folders and nothing apart", async () => {
    mkdirSync(at("kinds/folder"), { recursive: true });
    writeFileSync(at("kinds/Z"), "");
    writeFileSync(at("kinds/a"), "");
    expect(await Promise.all(["kinds/a", "kinds/folder", "kinds/x"].map((name) => pathKind(at(name))))).toEqual([
      "file",
      "folder",
      undefined,
    ]);
    expect(await listFolder(at("kinds"))).toEqual(["Z", "a", "folder"]);
  });
});

describe("writeBytes and writeFileAside", () => {
  it("make the folders above and replace what is there", async () => {
    await writeBytes(at("deep/er/file.txt"), "first");
    await writeBytes(at("deep/er/file.txt"), "ü");
    expect(await readText(at("deep/er/file.txt"))).toBe("ü");
  });

  it("write pieces in any order", async () => {
    await writeFileAside(at("pieces"), async (write) => {
      await write(Uint8Array.of(3, 4), 2);
      await write(Uint8Array.of(1, 2), 0);
    });
    expect([...readFileSync(at("pieces"))]).toEqual([1, 2, 3, 4]);
  });

  it("leave the old file alone and nothing beside it when the work fails", async () => {
    await writeBytes(at("kept/file"), "old");
    const work = writeFileAside(at("kept/file"), async (write) => {
      await write(Uint8Array.of(1), 0);
      throw new Error("the work failed");
    });
    await expect(work).rejects.toThrow("the work failed");
    expect(readdirSync(at("kept"))).toEqual(["file"]);
    expect(readFileSync(at("kept/file"), "utf8")).toBe("old");
  });
});

describe("writeFolder", () => {
  const fill = (text: string) => async (inside: string) => {
    writeFileSync(join(inside, "mark.json"), text);
    return text;
  };

  it("gives the folder its name when it is complete, with the rights of any new folder", async () => {
    const result = await writeFolder(at("made/study"), async (inside) => {
      expect(existsSync(at("made/study"))).toBe(false);
      return fill("one")(inside);
    });
    expect(result).toBe("one");
    expect(readdirSync(at("made"))).toEqual(["study"]);
    mkdirSync(at("plain"));
    expect(statSync(at("made/study")).mode).toBe(statSync(at("plain")).mode);
  });

  it("never replaces a folder, unless it has the mark and that is asked for", async () => {
    await writeFolder(at("taken"), fill("one"));
    await expectRefusal(() => writeFolder(at("taken"), fill("two")), "exists", "taken");
    const other = { replaceMarkedBy: "other.json" };
    await expectRefusal(() => writeFolder(at("taken"), fill("two"), other), "exists", "other.json");
    await writeFolder(at("taken"), fill("two"), { replaceMarkedBy: "mark.json" });
    expect(readFileSync(at("taken/mark.json"), "utf8")).toBe("two");
  });

  it("leaves nothing behind, and the old folder as it was, when the work fails", async () => {
    await writeFolder(at("whole/study"), fill("one"));
    const work = writeFolder(
      at("whole/study"),
      async (inside) => {
        await fill("two")(inside);
        throw new Error("the work failed");
      },
      { replaceMarkedBy: "mark.json" },
    );
    await expect(work).rejects.toThrow("the work failed");
    expect(readdirSync(at("whole"))).toEqual(["study"]);
    expect(readFileSync(at("whole/study/mark.json"), "utf8")).toBe("one");
  });
});
