import { describe, expect, it } from "vitest";
import { guides, type Run, updates, weights } from "../../reproduce/contrastive/experiment.ts";
import { judgeClaims, summarize } from "../../reproduce/contrastive/summary.ts";

/** Runs of two mixtures from three starts at every weight, each of which costs and gains what is given. */
function runs(make: (update: Run["update"], start: number) => Pick<Run, "cost" | "rises" | "gain">): Run[] {
  return ["a", "b"].flatMap((mixture) =>
    [0, 1, 2].flatMap((start) =>
      guides.flatMap((guide) =>
        weights.flatMap((weight) =>
          updates.map((update) => ({
            ...weight,
            mixture,
            attended: "a",
            start,
            guide,
            update,
            absoluteDelta: weight.delta,
            sdr: 0,
            ...make(update, start),
          })),
        ),
      ),
    ),
  );
}

describe("the summary of contrastive runs", () => {
  it("pairs both updates by start", () => {
    // the rule is lower from the first start of either mixture
    const summaries = summarize(
      runs((update, start) => ({ cost: update === "sphere" ? 1 : start, rises: 0, gain: start })),
    );
    expect(summaries).toHaveLength(guides.length * weights.length);
    for (const { count, lower, excess, sphere, multiplicative } of summaries) {
      expect(count).toBe(6);
      // 0, 1 and 2 less 1
      expect(lower).toBe(2);
      expect(excess).toBe(0);
      expect(sphere.cost).toBe(1);
      expect(multiplicative.cost).toBe(1);
      expect(sphere.gain.estimate).toBe(1);
    }
  });

  it("holds the sphere update to not a single rise", () => {
    const once = runs((update, start) => ({
      cost: update === "sphere" ? 0 : 1,
      rises: update === "sphere" && start < 2 ? 0 : 1,
      gain: 0,
    }));
    expect(judgeClaims(summarize(once)).map(({ holds }) => holds)).toEqual([false, true, true, true]);
    const never = once.map((run) => (run.update === "sphere" ? { ...run, rises: 0 } : run));
    expect(judgeClaims(summarize(never)).map(({ holds }) => holds)).toEqual([true, true, true, true]);
  });
});
