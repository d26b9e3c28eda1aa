import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { alignTriggers, toEegSeconds, toStimulusSeconds } from "../../src/eeg/alignTriggers.ts";
import { theilSen } from "../../src/eeg/theilSen.ts";

/** Stimuli at irregular times, 5 to 45 s apart. */
function stimuliOver(seconds: number, seed: number): number[] {
  const random = createRandom(seed);
  const times: number[] = [];
  for (let t = 3; t < seconds; t += 5 + 40 * random.uniform()) times.push(t);
  return times;
}

const clock = (ppm: number, offset: number) => (t: number) => offset + (1 + ppm * 1e-6) * t;

describe("alignTriggers", () => {
  test.each([50, -50])("corrects a drift of %d ppm over 30 minutes to under a sample", (ppm) => {
    const stimuli = stimuliOver(1800, 1);
    // Triggers are whole samples of the EEG
    const eeg = stimuli.map((t) => Math.round(clock(ppm, 12.3)(t) * 512) / 512);
    const map = alignTriggers(eeg, stimuli);
    expect(Math.abs(map.driftPpm - ppm)).toBeLessThan(1);
    for (let t = 0; t <= 1800; t += 10)
      expect(Math.abs(toEegSeconds(map, t) - clock(ppm, 12.3)(t))).toBeLessThan(1 / 512);
    expect(map.maxResidualSeconds).toBeLessThan(1 / 512);
    expect(map.residuals).toHaveLength(stimuli.length);
    expect(Math.abs(map.driftPpm - ppm)).toBeLessThan(4 * map.driftErrorPpm);
  });

  it("names missing and extra triggers, at the ends too", () => {
    const stimuli = stimuliOver(900, 2);
    const last = stimuli.length - 1;
    const gone = [0, 5, 6, last];
    const eeg = stimuli.filter((_, j) => !gone.includes(j)).map(clock(30, -1.5));
    const added = [stimuli[3]! + 1, stimuli[10]! + 2.2, stimuli[last]! + 9];
    const all = [...eeg, ...added].sort((a, b) => a - b);
    const map = alignTriggers(all, stimuli);
    expect(map.missing).toEqual(gone);
    expect(map.extra.map((i) => all[i])).toEqual(added);
    expect(map.driftPpm).toBeCloseTo(30, 6);
    expect(map.offsetSeconds).toBeCloseTo(-1.5, 9);
    for (const row of map.residuals) expect(clock(30, -1.5)(stimuli[row.stimulus]!)).toBeCloseTo(all[row.trigger]!, 9);
  });

  it("finds any offset, drift, loss, addition and jitter within its limits", () => {
    const cases = fc.record({
      seed: fc.integer({ min: 0, max: 1e6 }),
      ppm: fc.double({ min: -200, max: 200, noNaN: true }),
      offset: fc.double({ min: -1e4, max: 1e4, noNaN: true }),
      loss: fc.double({ min: 0, max: 0.15, noNaN: true }),
      extras: fc.integer({ min: 0, max: 6 }),
      jitter: fc.double({ min: 0, max: 0.004, noNaN: true }),
    });
    const property = fc.property(cases, ({ seed, ppm, offset, loss, extras, jitter }) => {
      const random = createRandom(seed);
      const stimuli = stimuliOver(1200, seed);
      const kept = stimuli.flatMap((t, j) => (random.uniform() < loss ? [] : [{ t, j }]));
      const true_ = kept.map(({ t, j }) => ({ at: clock(ppm, offset)(t) + jitter * (2 * random.uniform() - 1), j }));
      // Extra triggers keep 150 ms from true ones, or nobody could tell which is which
      const far = (at: number) => true_.every((trigger) => Math.abs(trigger.at - at) > 0.15);
      const added = Array.from({ length: extras }, () => offset + 1200 * random.uniform()).filter(far);
      const all = [...true_, ...added.map((at) => ({ at, j: -1 }))].sort((a, b) => a.at - b.at);
      if (all.some(({ at }, i) => i > 0 && at - all[i - 1]!.at < 0.001)) return;
      const map = alignTriggers(
        all.map(({ at }) => at),
        stimuli,
      );
      const found = map.residuals.map(({ trigger, stimulus }) => [all[trigger]!.j, stimulus]);
      for (const [j, stimulus] of found) expect(j).toBe(stimulus);
      expect(found.length).toBe(kept.length);
      for (const t of [0, 600, 1200]) {
        expect(Math.abs(toEegSeconds(map, t) - clock(ppm, offset)(t))).toBeLessThan(jitter + 1e-6);
      }
    });
    fc.assert(property, { seed: 7, numRuns: 150 });
  });

  it("does not let a few late triggers pull the map", () => {
    const stimuli = stimuliOver(1800, 5);
    const eeg = stimuli.map((t, j) => clock(20, 4)(t) + (j % 9 === 4 ? 0.015 : 0));
    const map = alignTriggers(eeg, stimuli);
    expect(map.driftPpm).toBeCloseTo(20, 6);
    expect(map.residuals.filter(({ inlier }) => !inlier).map(({ stimulus }) => stimulus % 9)).toEqual(
      stimuli.filter((_, j) => j % 9 === 4).map(() => 4),
    );
    expect(map.maxResidualSeconds).toBeCloseTo(0.015, 9);
  });

  it("takes bounces of a few triggers for extra ones, and refuses them on all", () => {
    const stimuli = stimuliOver(900, 8);
    const eeg = stimuli.map(clock(10, 2));
    const bounced = [...eeg, eeg[4]! + 0.008, eeg[9]! + 0.012, eeg[20]! - 0.015].sort((a, b) => a - b);
    const map = alignTriggers(bounced, stimuli);
    expect(map.residuals.map(({ eegSeconds }) => eegSeconds)).toEqual(eeg);
    expect(map.extra).toHaveLength(3);
    expect(() =>
      alignTriggers(
        [...eeg, ...eeg.map((t) => t + 0.2)].sort((a, b) => a - b),
        stimuli,
      ),
    ).toThrow(/too regular/);
  });

  it("refuses jitter above its tolerance", () => {
    const random = createRandom(3);
    const stimuli = stimuliOver(1800, 8);
    const jittered = (size: number) => stimuli.map((t) => t + size * (2 * random.uniform() - 1));
    expect(alignTriggers(jittered(0.015), stimuli).residuals).toHaveLength(stimuli.length);
    expect(() => alignTriggers(jittered(0.03), stimuli)).toThrow(/ms off; at most 20 ms/);
    expect(() => alignTriggers(jittered(0.5), stimuli)).toThrow(/alignTriggers/);
  });

  it("goes both ways", () => {
    const map = { slope: 1.00005, offsetSeconds: -3 };
    for (const t of [0, 17.5, 3600]) expect(toStimulusSeconds(map, toEegSeconds(map, t))).toBeCloseTo(t, 10);
  });

  it("does not depend on a common shift of either clock", () => {
    const stimuli = stimuliOver(600, 3);
    const eeg = stimuli.map(clock(40, 1));
    const [one, other] = [
      alignTriggers(eeg, stimuli),
      alignTriggers(
        eeg.map((t) => t + 1e5),
        stimuli,
      ),
    ];
    expect(other.driftPpm).toBeCloseTo(one.driftPpm, 4);
    expect(other.offsetSeconds - one.offsetSeconds).toBeCloseTo(1e5, 6);
  });

  it("keeps a slope of 1 for one clock", () => {
    const stimuli = [1, 4, 9, 11];
    const map = alignTriggers([6.001, 9, 13.999, 16], stimuli, { drift: "none" });
    expect(map.slope).toBe(1);
    expect(Math.abs(map.offsetSeconds - 5)).toBeLessThan(1e-3);
  });

  it("tells periodic triggers apart if all are there, or with a range of offsets", () => {
    const stimuli = Array.from({ length: 20 }, (_, j) => 2 * j);
    const eeg = stimuli.map((t) => t + 7);
    expect(alignTriggers(eeg, stimuli).runnerUpPairs).toBe(19);
    const cut = eeg.slice(1);
    expect(() => alignTriggers(cut, stimuli)).toThrow(
      /19 pairs match, and 19 others match as well.*offsetRangeSeconds/,
    );
    const map = alignTriggers(cut, stimuli, { offsetRangeSeconds: [6, 8] });
    expect([map.missing, map.offsetSeconds]).toEqual([[0], expect.closeTo(7, 9)]);
  });

  const stimuli = [0, 3, 10, 12, 20, 27];
  const eeg = stimuli.map((t) => t + 5);
  const changed = (index: number, value: number) => eeg.map((t, i) => (i === index ? value : t));
  test.each([
    ["too few", eeg.slice(0, 2), stimuli, {}, /there are 2 EEG triggers; at least 3/],
    ["too few stimuli", eeg, [1, 2], {}, /there are 2 stimuli/],
    ["wrong order", [...eeg].reverse(), stimuli, {}, /EEG triggers are out of order: 25 s at index 1 comes after 32 s/],
    ["a stimulus given twice", eeg, [0, 3, 3, 12], {}, /stimuli 1 and 2 are one given twice, at 3 and 3 s/],
    ["a trigger given twice", changed(3, 15.0004), stimuli, {}, /EEG triggers 2 and 3 are one given twice/],
    [
      "a late trigger",
      changed(2, 15.032),
      stimuli,
      {},
      /trigger of stimulus 2 \(EEG trigger 2, 15.032 s\) is 3\d\.\d ms off; at most 20 ms/,
    ],
    ["another sequence", [0, 1.1, 2.5, 4.2, 6.3], stimuli, {}, /1 of 6 stimuli have a trigger/],
    ["too much missing", eeg.slice(2), stimuli, { maxMissing: 1 }, /4 of 6 stimuli have a trigger.*at least 5/],
    ["too much drift", stimuli.map((t) => 1.0003 * t), stimuli, { maxDriftPpm: 100 }, /differ by 300.0 ppm/],
    [
      "too many",
      Array.from({ length: 5001 }, (_, i) => i),
      Array.from({ length: 5001 }, (_, i) => i),
      {},
      /too many to match/,
    ],
    ["NaN", changed(1, Number.NaN), stimuli, {}, /EEG triggers has 1 of 6 values that are not finite/],
    ["a bad option", eeg, stimuli, { toleranceSeconds: 0 }, /toleranceSeconds is 0/],
    ["a bad word", eeg, stimuli, { drift: "x" as "fit" }, /drift is "x"/],
  ])("refuses %s in one line", (_, triggers, times, options, message) => {
    expect(() => alignTriggers(triggers, times, options)).toThrow(message);
    try {
      alignTriggers(triggers, times, options);
    } catch (error) {
      expect((error as Error).message).not.toContain("\n");
    }
  });
});

describe("theilSen", () => {
  it("is exact with a quarter of the points anywhere, few points or many", () => {
    for (const count of [20, 4000]) {
      const x = Array.from({ length: count }, (_, i) => i + 0.3 * Math.sin(i));
      const y = x.map((value, i) => (i % 4 === 1 ? 1000 * Math.cos(i) : 2 * value - 5));
      const line = theilSen(x, y);
      if (count === 20) expect(line).toEqual({ slope: expect.closeTo(2, 9), intercept: expect.closeTo(-5, 9) });
      else expect(Math.abs(line.slope - 2)).toBeLessThan(1e-9);
    }
  });

  it("refuses one point, or points above each other", () => {
    expect(() => theilSen([1], [1])).toThrow(/1 and 1 values/);
    expect(() => theilSen([1, 1], [1, 2])).toThrow(/all 2 x are 1/);
  });
});
