import { describe, expect, it } from "vitest";
import { checkTrainingOnly, fitTrainingZScore } from "../../src/eeg/trainingOnly.ts";
import { fitZScore } from "../../src/signal/zScore.ts";
import { simulatedEeg } from "./signals.ts";

const trials = [1, 2, 3].map((seed) => simulatedEeg(["a", "b"], { seconds: 1, seed }).channels);

describe("fitTrainingZScore", () => {
  it("is fitZScore on the training trials", () => {
    expect(fitTrainingZScore(trials.slice(0, 2), { test: [trials[2]!] })).toEqual(fitZScore(trials.slice(0, 2)));
  });

  it("refuses a test trial, a copy of one and a window of one's memory", () => {
    const options = { test: [trials[1]!, trials[2]!] };
    const copy = trials[2]!.map((channel) => channel.slice());
    const part = trials[2]!.map((channel) => channel.subarray(100));
    for (const leaked of [trials[2]!, copy, part]) {
      expect(() => fitTrainingZScore([trials[0]!, leaked], options)).toThrow(
        /training trial 1 is test trial 1, or shares samples/,
      );
    }
  });

  it("lets neighbouring stretches of one memory pass", () => {
    const [first, second] = [0, 64].map((start) => trials[0]!.map((channel) => channel.subarray(start, start + 64)));
    expect(() => checkTrainingOnly("fit", [first!], [second!])).not.toThrow();
  });
});
