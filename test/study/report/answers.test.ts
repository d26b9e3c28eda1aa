import { beforeAll, describe, expect, it, test } from "vitest";
import { type Answer, headlineAnswers } from "../../../src/study/report/answers.ts";
import { subjectResults } from "../../../src/study/report/subjectResults.ts";
import type { StudyResults } from "../../../src/study/results.ts";
import { exampleResults } from "../exampleResults.ts";

const answersOf = (results: StudyResults) => headlineAnswers(results, 50, 0.95);
const sizes = { details: 0 };

/** What all answers must hold whatever the results are: nothing is empty, and NaN has no words. */
function expectComplete(answers: readonly Answer[]) {
  expect(answers.length).toBeGreaterThan(0);
  for (const answer of answers) {
    for (const [name, text] of Object.entries(answer)) {
      expect(text, `${answer.id}: ${name}`).toMatch(/\S/);
      expect(text, `${answer.id}: ${name}`).not.toMatch(/NaN|undefined|\bnull (dB|%)|n\/a to/);
    }
  }
  expect(new Set(answers.map(({ id }) => id)).size).toBe(answers.length);
}

describe("the headline answers", () => {
  const results = exampleResults(sizes);
  let answers: Answer[] = [];
  const answer = (id: string) => answers.find((each) => each.id === id)!;
  beforeAll(() => {
    answers = answersOf(results);
  });

  it("ask about each feature, each method against the baseline, and the two together", () => {
    expect(answers.map(({ id }) => id)).toEqual([
      "decoding-activations",
      "decoding-envelope",
      "separation-contrastive-nmf-paper",
      "separation-contrastive-nmf-sphere",
      "separation-contrastive-convolutive",
      "joint-correlation",
      "joint-ahead",
    ]);
  });

  it("never state a number without interval, chance, null and count", () => expectComplete(answers));

  it("state the counts and nulls of the summary", () => {
    const { decisions, nulls } = results.decoding.features[0]!;
    const shift = nulls[0]!;
    if (!("result" in shift)) throw new Error("the example has a null by shifts");
    const test = shift.result.tests.find(({ windowSeconds }) => windowSeconds === "trial")!;
    expect(answer("decoding-activations").count).toContain(`${decisions.correct} of 16 trials`);
    expect(answer("decoding-activations").nullText).toContain(`${(100 * test.nullMean).toFixed(1)} %`);
    expect(answer("decoding-activations").nullText).toContain(`${(100 * test.nullUpper).toFixed(1)} %`);
  });

  it("say of a study without a null by shifts that there is none and why, and call nothing above its null", () => {
    const features = results.decoding.features.map((feature) => ({
      ...feature,
      nulls: [{ method: "shift" as const, reason: "trials are too short" }],
    }));
    const [first] = answersOf({ ...results, decoding: { ...results.decoding, features } });
    expect(first!.nullText).toBe("none: trials are too short");
    expect(first!.verdict).toMatch(/^Not shown/);
  });

  it("take gains over the mixture beside those of controls where there are no comparisons", () => {
    const { comparisons: _, joint: __, ...rest } = results;
    const gains = answersOf(rest);
    expectComplete(gains);
    expect(gains[2]!.question).toContain("gain over the mixture");
    expect(gains[2]!.nullText).toMatch(/^controls gain .* dB \(Contrastive NMF, guide of another trial\)$/);
    const withoutControl = { ...rest, methods: rest.methods.filter(({ role }) => role !== "control") };
    expect(answersOf(withoutControl)[2]!.nullText).toMatch(/^none: the study has no control row/);
  });

  it("are complete for one subject, too, with the reason why it has no null", () => {
    const own = answersOf(subjectResults(results, "s01"));
    expectComplete(own);
    expect(own[0]!.nullText).toMatch(/^none for this subject alone/);
    expect(own.map(({ interval }) => interval).join()).not.toContain("over subjects");
  });

  it("use the exact interval where all trials are right, since all resamples would be, too", () => {
    const [feature] = results.decoding.features;
    const point = { ...feature!.curve.points.at(-1)!, interval: { low: 1, high: 1 } };
    const whole = { ...feature!, curve: { ...feature!.curve, points: [point] } };
    const [first] = answersOf({
      ...results,
      decoding: { ...results.decoding, clusters: "subjects", features: [whole] },
    });
    expect(first!.interval).toContain("exact");
  });
});

test.each([
  { difference: 2, p: 0.01, verdict: "Better." },
  { difference: -2, p: 0.01, verdict: "Worse." },
  { difference: 2, p: 0.06, verdict: "No difference shown." },
  { difference: 2, p: Number.NaN, verdict: "No difference shown." },
])("a difference of $difference dB with an adjusted p of $p is: $verdict", ({ difference, p, verdict }) => {
  const results = exampleResults(sizes);
  const rows = results.comparisons!.comparisons.map((row) => ({
    ...row,
    difference: { estimate: difference, low: difference - 1, high: difference + 1 },
    adjustedPValue: p,
  }));
  const answers = answersOf({ ...results, comparisons: { ...results.comparisons!, comparisons: rows } });
  expect(answers.find(({ id }) => id === "separation-contrastive-nmf-sphere")!.verdict).toBe(verdict);
});
