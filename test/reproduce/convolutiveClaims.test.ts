import { describe, expect, it, test } from "vitest";
import { judgeClaims } from "../../reproduce/convolutive/claims.ts";
import { betas, type Outcome, paperOutcomes, templateLengths, updates } from "../../reproduce/convolutive/paper.ts";

describe("claims about convolutive NMF", () => {
  it("has the paper's numbers for every algorithm, T and beta", () => {
    expect(paperOutcomes).toHaveLength(betas.length * templateLengths.length * updates.length);
  });

  it("finds all the paper's findings in the paper's numbers but that MM2 is as quick as the heuristic", () => {
    const claims = judgeClaims(paperOutcomes);
    expect(claims.filter(({ holds }) => !holds).map(({ claim }) => claim)).toEqual([
      expect.stringContaining("An iteration of MM2 takes no longer"),
    ]);
  });

  // what is changed in the paper's numbers (objective and deviation are factors), and the finding it puts an end to
  test.each<[string, Outcome["update"], Partial<Outcome>, string]>([
    ["the objective of MM1 raised", "mm1", { objective: 1.1 }, "at about the same objective"],
    ["the heuristic's objective lowered", "heuristic", { objective: 0.8 }, "well below the heuristic"],
    ["the spread of the heuristic widened", "heuristic", { deviation: 100 }, "well below the heuristic"],
    ["a rise of MM2", "mm2", { rises: 0.1 }, "never raise"],
    ["a heuristic without rises", "heuristic", { rises: 0 }, "raises the objective in a part"],
  ])("does not hold with %s", (_, update, { objective = 1, deviation = 1, rises }, finding) => {
    const changed = paperOutcomes.map((outcome) =>
      outcome.update === update && outcome.templateFrames === 5 && outcome.beta === 1
        ? {
            ...outcome,
            objective: outcome.objective * objective,
            deviation: outcome.deviation * deviation,
            rises: rises ?? outcome.rises,
          }
        : outcome,
    );
    const claims = judgeClaims(changed);
    expect(claims.find(({ claim }) => claim.includes(finding))!.holds).toBe(false);
  });

  it("sees a course over T that turns back", () => {
    const turned = paperOutcomes.map((outcome) => ({
      ...outcome,
      objective: outcome.templateFrames === 10 ? 200 : outcome.objective,
    }));
    const held = (words: string) => judgeClaims(turned).find(({ claim }) => claim.includes(words))!.holds;
    expect(held("heuristic's objective rises as T grows")).toBe(false);
    expect(held("MM1 and MM2 falls as T grows")).toBe(false);
  });
});
