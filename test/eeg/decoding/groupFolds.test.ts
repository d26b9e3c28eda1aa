import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/core/random.ts";
import { checkSplit } from "../../../src/eeg/decoding/checkSplit.ts";
import { foldsBy } from "../../../src/eeg/decoding/groupFolds.ts";
import { identifiabilityTable } from "../../../src/eeg/decoding/identifiability.ts";
import { stimulusFingerprint } from "../../../src/eeg/decoding/stimulusFingerprint.ts";

const trials = Array.from({ length: 24 }, (_, t) => ({
  mixture: `mixture ${t % 6}`,
  song: `song ${t % 3}`,
  subject: `subject ${Math.floor(t / 6)}`,
}));

describe("foldsBy", () => {
  it.each([
    { groupBy: "trial", groups: 24 },
    { groupBy: "mixture", groups: 6 },
    { groupBy: "song", groups: 3 },
    { groupBy: "subject", groups: 4 },
  ] as const)("leaves out one $groupBy at a time, whole", ({ groupBy, groups }) => {
    const folds = foldsBy(trials, { groupBy });
    expect(folds).toHaveLength(groups);
    expect(folds.flatMap(({ test }) => test).sort((a, b) => a - b)).toEqual([...trials.keys()]);
    for (const { test, train } of folds) {
      expect([...test, ...train].sort((a, b) => a - b)).toEqual([...trials.keys()]);
      if (groupBy === "trial") continue;
      const names = new Set(test.map((t) => trials[t]![groupBy]));
      expect(train.some((t) => names.has(trials[t]![groupBy]))).toBe(false);
    }
  });

  it("makes k folds of like size, by the seed", () => {
    const folds = foldsBy(trials, { groupBy: "mixture", folds: 3, seed: 1 });
    expect(folds.map(({ test }) => test.length)).toEqual([8, 8, 8]);
    expect(foldsBy(trials, { groupBy: "mixture", folds: 3, seed: 1 })).toEqual(folds);
    const others = [2, 3, 4, 5].map((seed) => foldsBy(trials, { groupBy: "mixture", folds: 3, seed }));
    expect(others.some((other) => JSON.stringify(other) !== JSON.stringify(folds))).toBe(true);
    // One large group by itself, the small ones share.
    const uneven = [...new Array(6).fill("a"), "b", "c", "d"].map((song: string) => ({ song }));
    expect(
      foldsBy(uneven, { groupBy: "song", folds: 2 })
        .map(({ test }) => test.length)
        .sort(),
    ).toEqual([3, 6]);
  });

  it("refuses names that are missing, one group and too many folds", () => {
    expect(() => foldsBy([{ song: "a" }, {}], { groupBy: "song" })).toThrow("trial 1 has no song");
    expect(() => foldsBy([{ song: "a" }, { song: "a" }], { groupBy: "song" })).toThrow("1 song in 2 trials");
    expect(() => foldsBy(trials, { groupBy: "song", folds: 4 })).toThrow("folds is 4");
    expect(() => foldsBy([{ trial: "a" }, { trial: "a" }], { groupBy: "trial" })).toThrow("both named");
    expect(() => foldsBy(trials, { groupBy: "listener" as "song" })).toThrow('groupBy is "listener"');
  });
});

describe("stimulusFingerprint", () => {
  const random = createRandom("fingerprint");
  const sound = Float64Array.from({ length: 5000 }, () => random.normal());

  it("is that of the same recording at any gain and of no other", () => {
    const print = stimulusFingerprint(sound);
    expect(print).toMatch(/^5000-[0-9a-f]{16}$/);
    for (const gain of [0.1, 0.37, 3]) expect(stimulusFingerprint(sound.map((x) => gain * x))).toBe(print);
    const changed = sound.slice();
    changed[4321]! += 0.01;
    const others = [changed, sound.subarray(1), sound.toReversed(), sound.map((x) => -x), new Float64Array(5000)];
    expect(new Set([print, ...others.map(stimulusFingerprint)]).size).toBe(6);
  });

  it("has no collision among 20000 short series", () => {
    const prints = Array.from({ length: 20_000 }, () =>
      stimulusFingerprint(Float64Array.from({ length: 8 }, () => random.normal())),
    );
    expect(new Set(prints).size).toBe(20_000);
    expect(() => stimulusFingerprint([Number.NaN])).toThrow("not finite");
  });
});

describe("checkSplit", () => {
  const random = createRandom("split");
  const sounds = Array.from({ length: 3 }, () => Float64Array.from({ length: 100 }, () => random.normal()));

  it("refuses a stimulus on both sides, by name or by samples, unless that is allowed", () => {
    const named = [{ stimuli: ["a", "b"] }, { stimuli: ["c"] }, { stimuli: ["b"] }];
    const split = { train: [0, 1], test: [2] };
    expect(() => checkSplit(split, named)).toThrow(/1 stimuli .* \("b"\) in trials 0 and 2/);
    expect(checkSplit(split, named, { allowShared: true })).toEqual({
      shared: [{ stimulus: '"b"', train: [0], test: [2] }],
      tested: 1,
      seen: 1,
    });
    const heard = [0, 1, 0].map((s) => ({ samples: [sounds[s]!.map((x) => 0.5 * x)] }));
    expect(() => checkSplit(split, heard)).toThrow("trials 0 and 2");
  });

  it("passes folds by mixture and finds those by trial wanting", () => {
    const heard = trials.map(({ mixture }) => ({ stimuli: [mixture] }));
    for (const fold of foldsBy(trials, { groupBy: "mixture" })) {
      expect(checkSplit(fold, heard)).toEqual({ shared: [], tested: 4, seen: 0 });
    }
    for (const groupBy of ["trial", "subject"] as const) {
      expect(() => checkSplit(foldsBy(trials, { groupBy })[0]!, heard)).toThrow("in training and test");
    }
  });

  it("refuses a trial on both sides, an empty side and trials that say nothing", () => {
    const named = [{ stimuli: ["a"] }, { stimuli: ["b"] }, {}];
    expect(() => checkSplit({ train: [0, 1], test: [1] }, named, { allowShared: true })).toThrow("trial 1 is in");
    expect(() => checkSplit({ train: [0], test: [] }, named)).toThrow("0 test");
    expect(() => checkSplit({ train: [0], test: [2] }, named)).toThrow("neither names nor samples");
    expect(() => checkSplit({ train: [0], test: [3] }, named)).toThrow("trial is 3");
  });
});

describe("identifiabilityTable", () => {
  const row = (mixture: string, target: string) => ({ mixture, target, sources: ["flute", "bass", "oboe"] });

  it("counts targets by mixture and flags those with one target", () => {
    const table = identifiabilityTable([
      row("m1", "flute"),
      row("m1", "bass"),
      row("m1", "bass"),
      row("m2", "oboe"),
      row("m2", "oboe"),
    ]);
    expect(table).toMatchObject({
      targets: ["flute", "bass", "oboe"],
      flagged: ["m2"],
      count: 5,
      flaggedCount: 2,
      blindAccuracy: 0.8,
      chance: (3 / 2 + 2) / 5,
    });
    expect(table.mixtures).toEqual([
      { mixture: "m1", count: 3, counts: [1, 2, 0], identifiable: true, neverAttended: ["oboe"] },
      { mixture: "m2", count: 2, counts: [0, 0, 2], identifiable: false, neverAttended: ["flute", "bass"] },
    ]);
    // Clopper-Pearson for 4 of 5, from tables.
    expect([table.blindInterval.low, table.blindInterval.high]).toBeAllclose([0.2836, 0.9949], { atol: 5e-5 });
  });

  it("refuses no trials and targets that are not in the mixture", () => {
    expect(() => identifiabilityTable([])).toThrow("no trials");
    expect(() => identifiabilityTable([row("m", "drum")])).toThrow('"drum"');
  });
});
