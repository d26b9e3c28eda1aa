import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/core/random.ts";
import { decideAttention, summariseDecisions } from "../../../src/eeg/decoding/attentionDecision.ts";
import { readNpy } from "../../../src/formats/npy.ts";
import { sharedPath, testWithShared } from "../../shared.ts";

describe("decideAttention", () => {
  const random = createRandom("decision");
  const noise = () => Float64Array.from({ length: 500 }, random.normal);
  const [a, b, c] = [noise(), noise(), noise()] as const;
  const decoded = a.map((value, t) => value + 0.5 * b[t]!);

  it("decides for the candidate that correlates best, and says by how much", () => {
    const { correlations, decided, margin } = decideAttention([decoded], [[b], [a], [c]]);
    expect(decided).toBe(1);
    // a + b / 2 with a and b independent and equally loud: correlations 1 / sqrt(1.25) and 0.5 / sqrt(1.25), give or
    // take a few standard errors of 500 samples.
    expect(correlations).toBeAllclose([0.447, 0.894, 0], { atol: 0.15 });
    expect(margin).toBeCloseTo(correlations[1]! - correlations[0]!, 15);
  });

  it("averages over features and counts a constant one as 0", () => {
    const still = new Float64Array(500).fill(2);
    const { correlations, decided } = decideAttention(
      [a, still],
      [
        [a, b],
        [b, a],
      ],
    );
    expect(correlations[0]).toBeCloseTo(0.5, 12);
    expect(decided).toBe(0);
  });

  it("does not change with scale and offset of features", () => {
    const moved = decideAttention([decoded.map((value) => 3 * value - 1)], [[a.map((value) => 0.1 * value + 9)], [b]]);
    expect(moved.correlations).toBeAllclose(decideAttention([decoded], [[a], [b]]).correlations, { atol: 1e-12 });
  });

  it("decides for nobody where the best are equal", () => {
    expect(decideAttention([decoded], [[a], [a], [c]])).toMatchObject({ decided: -1, margin: 0 });
    expect(decideAttention([new Float64Array(500)], [[a], [b]])).toMatchObject({ correlations: [0, 0], decided: -1 });
  });

  // Envelopes decoded from EEG by the authors of mldecoders; correlations by NumPy 1.24.2 (corrcoef).
  testWithShared("finds the speaker three listeners attended to in recorded reconstructions", () => {
    const load = (name: string) =>
      Float64Array.from(readNpy(readFileSync(sharedPath(`trf/mldecoders/${name}.npy`)), name).data);
    const speakers = [[load("fM_unattended_truth")], [load("fM_attended_truth")]];
    const expected = [
      [0.0420952358592609, 0.07303588709187257],
      [0.014623309755832876, 0.032591205908916863],
      [0.03467863246934934, 0.11556500558212036],
    ];
    for (const [listener, correlations] of expected.entries()) {
      const decision = decideAttention([load(`fM_predictions_YH0${listener}_ridge`)], speakers);
      expect(decision.decided).toBe(1);
      expect(decision.correlations).toBeAllclose(correlations, { rtol: 1e-10 });
    }
  });

  it("refuses one candidate, other numbers of features, other lengths and NaN", () => {
    expect(() => decideAttention([a], [[a]])).toThrow("1 candidates");
    expect(() => decideAttention([], [[], []])).toThrow("no decoded features");
    expect(() => decideAttention([a], [[a], [a, b]])).toThrow("candidate 1 has 2 features");
    expect(() => decideAttention([a], [[a.subarray(1)], [b]])).toThrow("500 and 499");
    expect(() =>
      decideAttention([Float64Array.of(1, Number.NaN)], [[Float64Array.of(1, 2)], [Float64Array.of(1, 3)]]),
    ).toThrow("not finite");
  });
});

describe("summariseDecisions", () => {
  const outcomes = (pattern: string) => [...pattern].map((sign) => ({ correct: sign === "+", sources: 2 }));

  it("counts, and gives exact binomial figures", () => {
    const summary = summariseDecisions(outcomes("++++-"));
    // P(4 or 5 of 5 by coin) = 6 / 32.
    expect(summary).toMatchObject({
      accuracy: 0.8,
      correct: 4,
      count: 5,
      chance: 0.5,
      pValue: 0.1875,
      confidence: 0.95,
    });
    // Clopper-Pearson for 4 of 5, from tables.
    expect([summary.interval.low, summary.interval.high]).toBeAllclose([0.2836, 0.9949], { atol: 5e-5 });
  });

  it("takes the chance of each trial from its own number of sources", () => {
    const summary = summariseDecisions([
      { correct: true, sources: 2 },
      { correct: true, sources: 4 },
    ]);
    expect(summary.chance).toBe(0.375);
    expect(summary.pValue).toBeCloseTo(1 / 8, 15);
  });

  it("finds guessing within the interval of chance in about 95 of 100 studies, and significant in about 5", () => {
    const random = createRandom("guessing");
    const runs = 200;
    let outside = 0;
    let significant = 0;
    for (let run = 0; run < runs; run++) {
      const trials = Array.from({ length: 60 }, (_, i) => {
        const sources = 2 + (i % 2);
        return { correct: random.below(sources) === 0, sources };
      });
      const { interval, chance, pValue } = summariseDecisions(trials);
      if (chance < interval.low || chance > interval.high) outside++;
      if (pValue <= 0.05) significant++;
    }
    // Both probabilities are at most 0.05 (exact tests of whole counts); 21 or more of 200 then has probability 1e-3.
    expect(outside).toBeLessThan(21);
    expect(significant).toBeLessThan(21);
    expect(significant).toBeGreaterThan(0);
  });

  it("refuses no decisions and a single candidate", () => {
    expect(() => summariseDecisions([])).toThrow("no decisions");
    expect(() => summariseDecisions([{ correct: true, sources: 1 }])).toThrow("sources of decision 0");
  });
});
