import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it, test } from "vitest";
import {
  checkLabel,
  checkTableSize,
  existingFile,
  readIgnoreFile,
  readStudyTable,
  resolveInside,
  tableLimits,
  visible,
} from "../../src/study/studyPaths.ts";

const place = realpathSync(mkdtempSync(join(tmpdir(), "paths ")));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const root = join(place, "study");
const elsewhere = join(place, "elsewhere");
const write = (path: string, content = "") => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
};
write(join(root, "audio", "a b.wav"));
write(join(elsewhere, "secret.wav"));
write(join(place, "study two", "secret.wav"));
symlinkSync(join("audio", "a b.wav"), join(root, "inner.wav"));
symlinkSync(join("..", "elsewhere", "secret.wav"), join(root, "outer.wav"));
symlinkSync(elsewhere, join(root, "outer"));
symlinkSync(join(elsewhere, "not there"), join(root, "dangling.wav"));
symlinkSync("audio/not there", join(root, "dangling inside.wav"));
symlinkSync("loop", join(root, "loop"));
symlinkSync(root, join(place, "link to study"));
symlinkSync(elsewhere, join(place, "link to elsewhere"));

describe("resolveInside", () => {
  test.each([
    ["audio/a b.wav", "audio/a b.wav"],
    ["audio\\a b.wav", "audio/a b.wav"],
    ["./audio/../audio//a b.wav", "audio/a b.wav"],
    ["../study/audio/a b.wav", "audio/a b.wav"],
    ["inner.wav", "inner.wav"],
    ["not/there yet.wav", "not/there yet.wav"],
    ["dangling inside.wav", "dangling inside.wav"],
    ["..a/b..wav", "..a/b..wav"],
  ])("finds %j", (name, path) => {
    expect(resolveInside(root, name, [])).toBe(join(root, path));
  });

  it("starts at another folder of the study if told so", () => {
    expect(resolveInside(root, "../inner.wav", [], { from: join(root, "audio") })).toBe(join(root, "inner.wav"));
  });

  it("takes an absolute path that lies in the study", () => {
    expect(resolveInside(root, join(root, "inner.wav"), [])).toBe(join(root, "inner.wav"));
  });

  it("returns a path from the working folder for a study that is named from there", () => {
    const near = relative(process.cwd(), root);
    expect(resolveInside(near, "inner.wav", [])).toBe(join(near, "inner.wav"));
  });

  it("follows links in the study's own path", () => {
    const linked = join(place, "link to study");
    expect(resolveInside(linked, "inner.wav", [])).toBe(join(linked, "inner.wav"));
    expect(resolveInside(linked, join(root, "inner.wav"), [])).toBe(join(root, "inner.wav"));
  });

  const outside = [
    "../elsewhere/secret.wav",
    "..\\elsewhere\\secret.wav",
    "audio/../../elsewhere/secret.wav",
    "../study two/secret.wav",
    "..",
    join(elsewhere, "secret.wav"),
    "/etc/hostname",
    "\\etc\\hostname",
    "\\\\server\\share\\a.wav",
    "C:\\Windows\\a.wav",
    "c:/a.wav",
    "C:a.wav",
    "outer.wav",
    "outer/secret.wav",
    "outer/not there.wav",
    "dangling.wav",
  ];
  test.each(outside)("refuses %j, and says what would allow it", (name) => {
    const call = () => resolveInside(root, name, [], { where: "t.tsv: row 3: file" });
    expect(call).toThrow(expect.objectContaining({ code: "bad-format" }));
    expect(call).toThrow(`t.tsv: row 3: file "${name}" leaves the study's folder`);
    expect(call).toThrow("data.roots");
  });

  it("says where a link really leads", () => {
    expect(() => resolveInside(root, "outer.wav", [])).toThrow(`it is ${join(elsewhere, "secret.wav")}`);
  });

  test.each([
    "../elsewhere/secret.wav",
    join(elsewhere, "secret.wav"),
    "outer.wav",
    "outer/secret.wav",
    "dangling.wav",
  ])("takes %j where its folder is one of the roots, by its own name or a link's", (name) => {
    for (const folder of [elsewhere, join(place, "link to elsewhere"), relative(process.cwd(), elsewhere)]) {
      expect(resolveInside(root, name, [join(place, "nothing"), folder])).toBe(
        name.startsWith("/") ? name : join(root, name),
      );
    }
  });

  it("does not take a folder for a root whose name only begins alike", () => {
    expect(() => resolveInside(root, "../study two/secret.wav", [join(place, "study t")])).toThrow("leaves");
  });

  it("refuses a link that leads to itself, and control characters", () => {
    expect(() => resolveInside(root, "loop", [])).toThrow(expect.objectContaining({ code: "not-found" }));
    expect(() => resolveInside(root, "a\u001b[2J.wav", [])).toThrow('"a\\u{1b}[2J.wav" has a control character');
    expect(() => resolveInside(root, "a\0.wav", [])).toThrow("control character");
  });

  it("finds a file whatever way its letters are composed", () => {
    const spellings = (["NFC", "NFD"] as const).map((form) => "Übung é.wav".normalize(form));
    for (const [i, onDisk] of spellings.entries()) {
      const file = write(join(root, `${i}`, "Ä".normalize(i === 0 ? "NFD" : "NFC"), onDisk));
      for (const typed of spellings) {
        for (const folder of ["Ä".normalize("NFC"), "Ä".normalize("NFD")]) {
          const found = resolveInside(root, `${i}/${folder}/${typed}`, []);
          expect(found.normalize("NFC")).toBe(file.normalize("NFC"));
          expect(readdirSync(dirname(found))).toEqual([onDisk]);
        }
      }
    }
  });

  it("never gives a path whose real place is outside, whatever it is made of", () => {
    const part = fc.constantFrom("..", ".", "", "audio", "outer", "study", "elsewhere", "secret.wav", "x", "C:", "~");
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), fc.constantFrom("/", "\\"), (parts, separator) => {
        let found: string;
        try {
          found = resolveInside(root, parts.join(separator), []);
        } catch (error) {
          expect((error as { code: string }).code).toBe("bad-format");
          return;
        }
        let real: string | undefined;
        try {
          real = realpathSync(found);
        } catch {
          // not there
        }
        expect(`${real ?? found}/`.startsWith(`${root}/`)).toBe(true);
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});

describe("existingFile", () => {
  test.each([
    ["audio/nothing.wav", 'here "audio/nothing.wav" is not there'],
    ["audio", 'here "audio" is a folder'],
    [".", 'here "." is a folder'],
  ])("refuses %j", async (name, message) => {
    const refused = existingFile(root, name, [], { where: "here" });
    await expect(refused).rejects.toMatchObject({ code: "not-found", message: expect.stringContaining(message) });
  });
});

describe("checkLabel", () => {
  test.each(["01", "a b", "Zoë", "trial: 3?", "..", "💡"])("allows %j", (label) => {
    expect(checkLabel("t.tsv: row 2", "trial", label)).toBe(label.normalize("NFC"));
  });

  it("composes letters", () => {
    expect(checkLabel("", "trial", "Zoe\u0308")).toBe("Zo\u00eb");
  });

  test.each(["a/b", "a\\b", "a\u0000", "\u001b[2J", "a\u007f", "a\u0085b", "a\u2028b"])(
    "refuses %j and says what is allowed",
    (label) => {
      const call = () => checkLabel("t.tsv: row 2", "trial", label);
      expect(call).toThrow(expect.objectContaining({ code: "bad-format" }));
      expect(call).toThrow(`t.tsv: row 2: trial "${visible(label)}"`);
      expect(call).toThrow("anything but control characters, / and \\ is allowed");
    },
  );
});

describe("tables", () => {
  it("are read up to 64 MB", async () => {
    const path = write(join(place, "large.tsv"), "a\n1\n");
    truncateSync(path, tableLimits.bytes + 1);
    const refused = { code: "bad-format", message: expect.stringMatching(/large\.tsv: has 67108865 bytes.*64 MB/) };
    await expect(checkTableSize(path)).rejects.toMatchObject(refused);
    await expect(readStudyTable(path, ["a"])).rejects.toMatchObject(refused);
    truncateSync(path, tableLimits.bytes);
    await expect(checkTableSize(path)).resolves.toBeUndefined();
  });

  it("are read up to a million lines", async () => {
    const path = join(place, "long.tsv");
    for (const end of ["\n", "\r\n", "\r"]) {
      write(path, `${end.repeat(tableLimits.lines)}a`);
      await expect(checkTableSize(path)).rejects.toMatchObject({
        code: "bad-format",
        message: expect.stringContaining("has 1000001 lines"),
      });
      write(path, `a${end.repeat(tableLimits.lines)}`);
      await expect(checkTableSize(path)).resolves.toBeUndefined();
    }
  });

  it("count the header as row 1", async () => {
    const path = write(join(place, "short.tsv"), "a\tb\n1\t2\n3\n");
    await expect(readStudyTable(path, ["a"])).rejects.toThrow("row 3 has 1 cells");
  });
});

// what git check-ignore says of the same pattern and path
test.each([
  ["simulation.json", "simulation.json", true],
  ["simulation.json", "extra/simulation.json", true],
  ["/simulation.json", "extra/simulation.json", false],
  ["extra/", "extra/a/b.txt", true],
  ["extra/*.txt", "extra/b.txt", true],
  ["extra/*.txt", "extra/a/b.txt", false],
  ["extra/**/b.txt", "extra/a/c/b.txt", true],
  ["extra/**/b.txt", "extra/b.txt", true],
  ["extra/**/b.txt", "extra/ab.txt", false],
  ["sub-0?", "sub-01/eeg/x.edf", true],
  ["sub-0?", "sub-001/eeg/x.edf", false],
  ["*_beh.*", "sub-01/beh/sub-01_beh.tsv", true],
  ["*.txt\n!b.txt", "b.txt", false],
  ["# *.txt\n\n", "b.txt", false],
  ["*a*a*a*a*a*a*a*a*a*a*a*b", "a".repeat(200), false],
])("the ignore file %j and %j: %j", async (patterns, path, ignored) => {
  const fits = await readIgnoreFile(write(join(place, ".bidsignore"), patterns));
  expect(fits(path)).toBe(ignored);
});
