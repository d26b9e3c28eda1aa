import { describe, expect, it } from "vitest";
import { ToolkitError } from "../../../src/core/error.ts";
import { crossValidateTrf, crossValidateTrfAsync } from "../../../src/eeg/decoding/crossValidateTrf.ts";
import { nestedTrf, nestedTrfAsync } from "../../../src/eeg/decoding/nestedTrf.ts";
import type { StepProgress } from "../../../src/eeg/decoding/steps.ts";
import { tuneTrf, tuneTrfAsync } from "../../../src/eeg/decoding/tuneTrf.ts";
import { followingTrial } from "./trfTrials.ts";

const trials = [0, 1, 2, 3].map((t) => followingTrial(`steps ${t}`, 3, [1, -0.5], 2, 100));
const lambdas = [0.01, 1, 100];
const options = { direction: "backward", rateHz: 20 } as const;
// 4 trials and 4 folds; 4 trials, 4 folds and a model; 4 trials and 4 times 3 folds and a model.
const both = [
  ["crossValidateTrf", crossValidateTrf, crossValidateTrfAsync, 8],
  ["tuneTrf", tuneTrf, tuneTrfAsync, 9],
  ["nestedTrf", nestedTrf, nestedTrfAsync, 20],
] as const;

describe.each(both)("%s", (name, now, later, steps) => {
  it("gives the same with pauses as without", async () => {
    expect(await later(trials, lambdas, options)).toEqual(now(trials, lambdas, options));
    const averaged = { ...options, foldModel: "averaged" } as const;
    expect(await later(trials, lambdas, averaged)).toEqual(now(trials, lambdas, averaged));
  });

  it("tells of every step, as many as it said", () => {
    const seen: StepProgress[] = [];
    now(trials, lambdas, { ...options, onProgress: (progress) => seen.push(progress) });
    expect(seen.map(({ done }) => done)).toEqual(Array.from({ length: steps }, (_, i) => i + 1));
    expect(new Set(seen.map(({ total }) => total))).toEqual(new Set([steps]));
    expect(seen[0]!.label).toBe("sums of trial 1 of 4");
  });

  it("stops at the step at which its signal is aborted", async () => {
    for (const run of [now, later]) {
      const stop = new AbortController();
      let last = 0;
      const onProgress = ({ done }: StepProgress) => {
        last = done;
        if (done === 3) stop.abort();
      };
      const failure = await (async () => run(trials, lambdas, { ...options, signal: stop.signal, onProgress }))().catch(
        (error) => error,
      );
      expect(failure).toBeInstanceOf(ToolkitError);
      expect(failure).toMatchObject({ code: "aborted", message: `${name}: stopped after 3 of ${steps} steps` });
      expect(last).toBe(3);
    }
  });

  it("with pauses can be stopped by something else meanwhile", async () => {
    const stop = new AbortController();
    setImmediate(() => stop.abort());
    await expect(later(trials, lambdas, { ...options, signal: stop.signal })).rejects.toMatchObject({
      code: "aborted",
    });
  });
});
