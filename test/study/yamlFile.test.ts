import { describe, expect, test } from "vitest";
import { parseYaml } from "../../src/study/yamlFile.ts";
import { expectRefusal } from "../formats/refusal.ts";

describe("parseYaml", () => {
  test("gives maps, lists, texts, numbers, booleans and null", async () => {
    expect(await parseYaml('"0001": {a: [1, 2.5, x], b: true, c: null}\n', "f.yaml")).toEqual({
      "0001": { a: [1, 2.5, "x"], b: true, c: null },
    });
  });

  test("allows a list to be shared by many, as programs write it", async () => {
    const uses = Array.from({ length: 1000 }, (_, i) => `k${i}: *names`).join("\n");
    const parsed = (await parseYaml(`first: &names [F3, Fz]\n${uses}\n`, "f.yaml")) as Record<string, unknown>;
    expect(parsed.k999).toEqual(["F3", "Fz"]);
  });

  test("makes no objects of tags and prints nothing about them", async () => {
    expect(await parseYaml("a: !!python/tuple [1, 2]\n", "f.yaml")).toEqual({ a: [1, 2] });
  });

  test("refuses aliases that expand without bound", async () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 9; i++)
      lines.push(
        `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(", ")}]`,
      );
    await expectRefusal(() => parseYaml(lines.join("\n"), "bomb.yaml"), "bad-format", "bomb.yaml", "alias");
  });

  test.each(["a: [1, 2\nb: }", "a: 1\na: 2", "a: 1\n---\nb: 2\n"])("refuses %j in one line", async (text) => {
    await expectRefusal(() => parseYaml(text, "f.yaml"), "bad-format", "f.yaml: is not YAML that can be read (");
  });

  test("refuses what is too long to be a table of anything", async () => {
    await expectRefusal(() => parseYaml(" ".repeat(33 * 2 ** 20), "f.yaml"), "bad-format", "33554432");
  });
});
