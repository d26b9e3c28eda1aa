import { describe, expect, it } from "vitest";
import { matchTriggers } from "../../src/eeg/matchTriggers.ts";

const limits = {
  toleranceSeconds: 0.02,
  maxDriftPpm: 500,
  maxRun: 2,
  offsetRangeSeconds: [-Infinity, Infinity],
} as const;

describe("matchTriggers", () => {
  it("takes the pairs whose intervals differ least, among equally many", () => {
    const stimuli = [0, 7, 11, 20];
    const { pairs } = matchTriggers([0, 7, 7.03, 10.97, 11, 20], stimuli, limits);
    expect(pairs).toEqual([
      [0, 0],
      [1, 1],
      [4, 2],
      [5, 3],
    ]);
  });

  it("allows long intervals the drift of the clocks", () => {
    const stimuli = [0, 600, 1700, 2400];
    const eeg = stimuli.map((t) => 1.0003 * t);
    expect(matchTriggers(eeg, stimuli, limits).pairs).toHaveLength(4);
    expect(matchTriggers(eeg, stimuli, { ...limits, maxDriftPpm: 100 }).pairs.length).toBeLessThan(4);
  });

  it("skips no more triggers in a row than it may", () => {
    const stimuli = [0, 7, 11, 20, 22, 31];
    const eeg = [0, 7, 22, 31];
    expect(matchTriggers(eeg, stimuli, limits).pairs).toHaveLength(4);
    expect(matchTriggers(eeg, stimuli, { ...limits, maxRun: 1 }).pairs).toHaveLength(2);
  });

  it("counts the pairs of the next best matching", () => {
    expect(matchTriggers([5, 6, 7, 8], [0, 1, 2, 3], limits)).toEqual({
      pairs: [0, 1, 2, 3].map((i) => [i, i]),
      runnerUp: 3,
    });
  });
});
