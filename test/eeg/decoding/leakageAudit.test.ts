import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/core/random.ts";
import { leakageAudit } from "../../../src/eeg/decoding/leakageAudit.ts";
import { windowPower } from "../../../src/eeg/decoding/windowPower.ts";

/** Windows of white noise; each trial has an offset of its own of this size. */
function auditTrials(name: string, { trials = 20, windows = 20, features = 8, offset = 0 } = {}): Float64Array[][] {
  const random = createRandom(name);
  const noise = () => Float64Array.from({ length: features }, () => random.normal());
  return Array.from({ length: trials }, () => {
    const own = noise();
    return Array.from({ length: windows }, () => noise().map((value, f) => value + offset * own[f]!));
  });
}

describe("leakageAudit", () => {
  it("finds folds of windows above chance for random labels where trials have an offset, and folds of trials not", () => {
    const { windowWise, trialWise, verdict, statement } = leakageAudit(
      // More features than trials: a plane can part any labelling of the offsets.
      auditTrials("offset", { features: 24, offset: 3 }),
      { labelings: 50 },
    );
    expect(verdict).toBe("windows");
    expect(windowWise.accuracy).toBeGreaterThan(0.95);
    // Nearly every labelling is above all that guessing reaches.
    expect(windowWise.interval.low).toBeGreaterThan(trialWise.band.high);
    expect(windowWise.pValue).toBe(0.01);
    expect(Math.abs(windowWise.nullMean - 0.5)).toBeLessThan(0.02);
    expect(trialWise.accuracy).toBeLessThan(0.55);
    expect(trialWise).toMatchObject({ chance: 0.5, count: 400, trials: 20 });
    expect(statement).toContain("leave out whole trials");
  });

  it("finds nothing where windows are alike in all trials", () => {
    const found = Array.from({ length: 20 }, (_, run) =>
      leakageAudit(auditTrials(`alike ${run}`, { trials: 10, windows: 10, features: 4 }), {
        labelings: 20,
        deals: 19,
        seed: run,
      }),
    ).filter(({ verdict }) => verdict !== "none");
    // One of 20 expected; 5 or more have probability 0.003 (binomial).
    expect(found.length).toBeLessThan(5);
  });

  it("keeps 200 random labellings of left-out trials inside the binomial band of chance", () => {
    const { trialWise } = leakageAudit(auditTrials("band", { trials: 24, offset: 1 }), { deals: 1, labelings: 200 });
    // Of 24 fair coins 6 or fewer, or 18 or more, have probability 0.023; 7 or fewer 0.064.
    expect(trialWise.band).toEqual({ low: 7 / 24, high: 17 / 24 });
    expect(trialWise.insideBand).toBeGreaterThanOrEqual(0.95);
    expect(Math.abs(trialWise.accuracy - 0.5)).toBeLessThan(0.06);
  });

  it("finds folds of trials above chance where labels belong to groups that trials tell", () => {
    const sessions = auditTrials("groups", { trials: 12, windows: 24, features: 16, offset: 3 });
    const trials = sessions.flatMap((session) => [0, 1, 2].map((part) => session.slice(8 * part, 8 * part + 8)));
    const groups = trials.map((_, t) => Math.floor(t / 3));
    const options = { deals: 19, labelings: 50 };
    const shared = leakageAudit(trials, { ...options, groups });
    expect(shared).toMatchObject({ verdict: "trials", trialWise: { trials: 36 } });
    expect(shared.trialWise.accuracy).toBeGreaterThan(shared.trialWise.band.high);
    // Of 12 fair coins 2 or fewer, or 10 or more, have probability 0.039.
    expect(shared.trialWise.band).toEqual({ low: 3 / 12, high: 9 / 12 });
    expect(() => leakageAudit(trials, { groups: [1, 2] })).toThrow("2 names of 2 groups for 36 trials");
  });

  it("sees drifts of EEG by the power of its channels, in seconds", () => {
    const random = createRandom("drift");
    const eeg = Array.from({ length: 12 }, () =>
      Array.from({ length: 4 }, () => {
        const gain = Math.exp(0.5 * random.normal());
        return Float64Array.from({ length: 1000 }, () => gain * random.normal());
      }),
    );
    const start = performance.now();
    const audit = leakageAudit(eeg.map((channels) => windowPower(channels, 64)));
    expect(performance.now() - start).toBeLessThan(4000);
    expect(audit.verdict).toBe("windows");
    expect(audit.windowWise.count).toBe(12 * 15);
  });

  it("is the same with the same seed, and refuses what it cannot audit", () => {
    const trials = auditTrials("seed", { trials: 4, windows: 4, features: 2 });
    const options = { labelings: 10, deals: 5, seed: 3 };
    expect(leakageAudit(trials, options)).toEqual(leakageAudit(trials, options));
    expect(() => leakageAudit(trials.slice(1))).toThrow("3 trials");
    expect(() => leakageAudit([...trials, []])).toThrow("trial 4 has no windows");
    expect(() => leakageAudit([...trials, [Float64Array.of(1)]])).toThrow("window 0 of trial 4 has 1 features");
    expect(() => leakageAudit(trials, { folds: 17 })).toThrow("folds is 17");
  });
});

describe("windowPower", () => {
  it("is mean and log variance of each channel in each whole window", () => {
    const features = windowPower([Float64Array.of(1, 3, 0, 4, 9), Float64Array.of(2, 2, 2, 2, 2)], 2);
    expect(features).toHaveLength(2);
    expect(features[0]).toBeAllclose([2, 2, 0, Math.log(1e-30)], { atol: 1e-12 });
    expect(features[1]).toBeAllclose([2, 2, Math.log(4), Math.log(1e-30)], { atol: 1e-12 });
    expect(() => windowPower([new Float64Array(3)], 4)).toThrow("at least 4");
  });
});
