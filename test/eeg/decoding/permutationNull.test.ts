import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/core/random.ts";
import { allowedPairs, countPairings, drawPairing } from "../../../src/eeg/decoding/mismatchedTrials.ts";
import { permutationNull } from "../../../src/eeg/decoding/permutationNull.ts";
import { decodedTrials } from "./decodedTrials.ts";

const rateHz = 32;

describe("permutationNull", () => {
  it.each(["shift", "shuffle", "labels"] as const)("finds what is there by %s", (method) => {
    const trials = decodedTrials("there", { trials: 10, samples: 640, gain: 0.4 });
    const { tests } = permutationNull(trials, { rateHz, method, windowSeconds: [2, "trial"], permutations: 199 });
    for (const test of tests) {
      expect(test.pValue).toBe(1 / 200);
      expect(test.familyWisePValue).toBe(1 / 200);
      expect(Math.abs(test.nullMean - 0.5)).toBeLessThan(0.06);
      expect(test.value).toBeGreaterThan(test.nullUpper);
    }
    expect(tests.map(({ count }) => count)).toEqual([100, 10]);
  });

  it.each(["shift", "shuffle", "labels"] as const)("holds its level by %s where nothing is there", (method) => {
    let windowHits = 0;
    let familyHits = 0;
    for (let run = 0; run < 100; run++) {
      const trials = decodedTrials(`level ${run}`, { trials: 6, samples: 192, gain: 0 });
      const { tests } = permutationNull(trials, {
        rateHz,
        method,
        statistic: "difference",
        windowSeconds: [1, 2, "trial"],
        permutations: 19,
        minShiftSeconds: 0.5,
        seed: run,
      });
      if (tests.some(({ pValue }) => pValue <= 0.05)) windowHits++;
      if (tests.some(({ familyWisePValue }) => familyWisePValue <= 0.05)) familyHits++;
    }
    // 5 of 100 expected; 12 or more have probability 0.004 (binomial). Without the maximum there are at least as many.
    expect(familyHits).toBeLessThan(12);
    expect(windowHits).toBeGreaterThanOrEqual(familyHits);
  });

  it("has (b + 1) / (n + 1) and the seed decides", () => {
    const trials = decodedTrials("seed", { trials: 5, samples: 192, gain: 0 });
    const options = { rateHz, method: "labels", permutations: 30, seed: 7 } as const;
    const result = permutationNull(trials, options);
    expect(result).toEqual(permutationNull(trials, options));
    const drawn = result.tests[0]!.pValue * 31;
    expect(drawn).toBeCloseTo(Math.round(drawn), 9);
    expect(drawn).toBeGreaterThanOrEqual(1);
  });

  it("warns where there are few distinct permutations, and claims no smaller p-value than they allow", () => {
    const trials = decodedTrials("few", { trials: 3, samples: 320, gain: 5 });
    const labels = permutationNull(trials, { rateHz, method: "labels" });
    expect(labels.distinct).toBe(8);
    expect(labels.warnings[0]).toContain("8 distinct permutations");
    expect(labels.tests[0]!.pValue).toBeGreaterThan(0.1);
    // Three trials can be mismatched in two ways.
    const shuffle = permutationNull(trials, { rateHz, method: "shuffle" });
    expect(shuffle.distinct).toBe(2);
    expect(shuffle.tests[0]!.pValue).toBeGreaterThanOrEqual(1 / 3);
    const shift = permutationNull(trials.slice(0, 1), { rateHz, minShiftSeconds: 4.5 });
    expect(shift.distinct).toBe(320 - 288 + 1);
    expect(
      permutationNull(decodedTrials("many", { trials: 80, samples: 96, gain: 1 }), { rateHz, permutations: 5 }),
    ).toMatchObject({ distinct: Number.MAX_SAFE_INTEGER, warnings: [] });
  });

  it("never pairs trials of one stimulus, at whatever gain", () => {
    const [a, b, c, d] = decodedTrials("pairs", { trials: 4, samples: 64, gain: 1 });
    const louder = { ...b!, candidates: a!.candidates.map((rows) => rows.map((row) => row.map((x) => 0.3 * x))) };
    const allowed = allowedPairs([a!, louder, c!, d!]);
    expect(allowed[0]).toEqual([false, false, true, true]);
    // The first two take the last two and the other way round: 2 x 2 ways.
    expect(countPairings(allowed)).toBe(4);
    const random = createRandom("draw");
    const drawn = new Set(Array.from({ length: 200 }, () => drawPairing("test", allowed, random).join()));
    expect(drawn.size).toBe(4);
    expect(() => permutationNull([a!, louder], { rateHz, method: "shuffle" })).toThrow("another stimulus");
  });

  it("counts derangements", () => {
    const all = (n: number) => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => i !== j));
    // Subfactorials; the nearest whole number to n! / e.
    expect([2, 3, 4, 5, 8].map((n) => countPairings(all(n)))).toEqual([1, 2, 9, 44, 14833]);
    const seventeen = 130_850_092_279_664; // subfactorial of 17
    expect(countPairings(all(17)) / seventeen).toBeGreaterThan(0.9);
    expect(countPairings(all(17)) / seventeen).toBeLessThan(1.1);
  });

  it("refuses trials too short to shift and options it does not know", () => {
    const trials = decodedTrials("refusals", { trials: 2, samples: 40, gain: 1 });
    expect(() => permutationNull(trials, { rateHz })).toThrow("shifts of 32 either way need 64");
    expect(() => permutationNull(trials, { rateHz, permutations: 0 })).toThrow("permutations is 0");
    expect(() => permutationNull(trials, { rateHz, method: "other" as "shift" })).toThrow('method is "other"');
  });
});
