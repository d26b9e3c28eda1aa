import { describe, expect, it } from "vitest";
import { nearestName } from "../../src/core/nearestName.ts";

describe("nearestName", () => {
  const known = ["lambda", "envelope", "windows", "seed"];

  it.each([
    ["lamda", "lambda"],
    ["lambad", "lambda"],
    ["Lambda", "lambda"],
    ["window", "windows"],
    ["seeds", "seed"],
    ["envolpe", "envelope"],
  ])("takes %s for %s", (typed, meant) => {
    expect(nearestName(typed, known)).toBe(meant);
  });

  it("knows nothing like a name that is far from all", () => {
    expect(nearestName("bandpass", known)).toBeUndefined();
    expect(nearestName("x", [])).toBeUndefined();
  });

  it("forgives a third of a name's letters, at least one, and no more", () => {
    expect(nearestName("abcxyf", ["abcdef"])).toBe("abcdef");
    expect(nearestName("abxyzf", ["abcdef"])).toBeUndefined();
    expect(nearestName("t", ["to"])).toBe("to");
    expect(nearestName("", ["to"])).toBeUndefined();
  });

  it("counts a swap of neighbours as one change, and takes the first of equals", () => {
    expect(nearestName("sede", ["seed"])).toBe("seed");
    expect(nearestName("abx", ["abc", "abd"])).toBe("abc");
  });
});
