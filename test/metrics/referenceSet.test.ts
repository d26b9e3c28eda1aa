import { describe, expect, it } from "vitest";
import { referenceSet } from "../../src/metrics/referenceSet.ts";
import { noiseMaker } from "./signals.ts";

const noise = noiseMaker("referenceSet");
const [a, b, c] = [[noise(101)], [noise(101)], [noise(101)]];
const named = (sources: Float64Array[][], members: number[]) => referenceSet(sources, members).fingerprint;

describe("referenceSet", () => {
  it("names the same members alike in any order, with or without others beside them", () => {
    expect(named([a, b], [0, 1])).toBe(named([b, a], [0, 1]));
    expect(named([a, b], [0, 1])).toBe(named([c, b, a], [1, 2]));
    expect(named([a, b], [0, 1])).toMatch(/^2x1x101-[0-9a-f]{16}$/);
  });

  it("tells sets apart that differ in one member, sample, gain or channel", () => {
    const changed = [a[0]!.map((value, t) => (t === 100 ? value + 1e-15 : value))];
    const louder = [a[0]!.map((value) => 2 * value)];
    const names = [
      named([a, b], [0, 1]),
      named([a, c], [0, 1]),
      named([a, b, c], [0, 1, 2]),
      named([a, b], [0]),
      named([changed, b], [0, 1]),
      named([louder, b], [0, 1]),
      named([[a[0]!, b[0]!]], [0]),
      named([[b[0]!, a[0]!]], [0]),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  it("works on a part of a longer buffer", () => {
    expect(named([[a[0]!.subarray(3, 50)]], [0])).toBe(named([[a[0]!.slice(3, 50)]], [0]));
  });
});
