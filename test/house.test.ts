import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import * as api from "../src/index.ts";
import { root, sources } from "./house/sources.ts";

const code = sources("src", "datasets", "pipelines");

describe("the house", () => {
  it("has the public names that are written down", async () => {
    await expect(`${Object.keys(api).sort().join("\n")}\n`).toMatchFileSnapshot("fixtures/publicNames.txt");
  });

  test.each(code)("$path documents every export", ({ text }) => {
    const lines = text.split("\n");
    const bare = lines
      .map((line, i) => ({ line, before: lines[i - 1]?.trim() ?? "" }))
      .filter(({ line }) => /^export (async )?(function|const|class|interface|type \w|abstract)/.test(line))
      .filter(({ before }) => !before.endsWith("*/"))
      .map(({ line }) => line);
    expect(bare).toEqual([]);
  });

  // the index is a list of names, not code
  test.each(code.filter(({ path }) => path !== "src/index.ts"))("$path is at most 400 lines long", ({ text }) => {
    expect(text.split("\n").length).toBeLessThanOrEqual(400);
  });

  it("keeps the median file at 150 lines or below", () => {
    const lengths = code.map(({ text }) => text.split("\n").length).sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(150);
  });

  test.each(code)("$path has no silenced check, no any and no unfinished mark", ({ text }) => {
    expect(text).not.toMatch(/@ts-ignore|@ts-expect-error|\bas any\b|: any\b|\bTODO\b|\bFIXME\b/);
  });

  it("exports every name that the README imports", () => {
    const names = /import \{([^}]*)\} from "neurosteer"/.exec(readFileSync(join(root, "README.md"), "utf8"))![1]!;
    expect(
      names
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "" && !(name in api)),
    ).toEqual([]);
  });

  it("states its version once: package.json", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(code.filter(({ text }) => text.includes(`"${version}"`)).map(({ path }) => path)).toEqual([]);
  });
});
