import { describe, expect, it } from "vitest";
import { DecodingCollector } from "../../src/study/decodingCollector.ts";
import { type FeatureSummary, summariseDecoding } from "../../src/study/decodingSummary.ts";
import type { StudyEvent } from "../../src/study/events.ts";
import { duets, eventOptions, madeControls, madeDecisions, madeEvents, madeWindows } from "./decodingEvents.ts";

const trio = ["flute", "oboe", "horn"];
const trios = (count: number) => Array.from({ length: count }, (_, t) => ({ trial: `trio ${t}`, sources: trio }));
const summarise = (...given: Parameters<typeof madeEvents>) => summariseDecoding(madeEvents(...given), eventOptions);
const oneFeature = (...given: Parameters<typeof madeEvents>): FeatureSummary => summarise(...given).features[0]!;

describe("summariseDecoding", () => {
  it("counts whole trials exactly, with two and with three sources", () => {
    const { decisions } = oneFeature([...duets(8), ...trios(4)]);
    expect(decisions).toMatchObject({ accuracy: 1, correct: 12, count: 12, confidence: 0.95 });
    expect(decisions.chance).toBeCloseTo((8 / 2 + 4 / 3) / 12, 12);
    expect(decisions.pValue).toBeCloseTo(2 ** -8 * 3 ** -4, 12);
    // all right: the exact interval's lower end is the twelfth root of half of 5 %
    expect(decisions.interval.low).toBeCloseTo(0.025 ** (1 / 12), 9);
    expect(decisions.interval.high).toBe(1);
  });

  it("has chance level, interval and count beside every accuracy and measure", () => {
    const { decisions, subjects, curve, measures } = oneFeature([...duets(6, { wrong: 2 }), ...trios(4)]);
    for (const each of [decisions, ...subjects]) {
      expect(each).toMatchObject({ count: 10, accuracy: 0.8 });
      expect(each.interval.low).toBeLessThan(0.8);
      expect(each.interval.high).toBeGreaterThan(0.8);
      expect(each.chance).toBeCloseTo(0.6 / 2 + 0.4 / 3, 12);
    }
    expect(curve.points.map(({ windowSeconds, count, accuracy }) => [windowSeconds, count, accuracy])).toEqual([
      [2, 40, 0.8],
      ["trial", 10, 0.8],
    ]);
    for (const point of curve.points) {
      expect(point.chance).toBeCloseTo(0.6 / 2 + 0.4 / 3, 12);
      expect(point.interval!.low).toBeLessThanOrEqual(0.8);
      expect(point.interval!.high).toBeGreaterThanOrEqual(0.8);
      expect(point.trials).toBe(10);
    }
    const { options: _, ...all } = measures;
    for (const measure of Object.values(all)) {
      expect(measure).toMatchObject({
        count: 10,
        trials: 10,
        chance: expect.any(Number),
        nullMean: expect.any(Number),
      });
      expect(measure.interval).not.toBeNull();
      expect(measure.pValue).toBeGreaterThanOrEqual(1 / 21);
    }
  });

  it("keeps features and subjects apart", () => {
    const made = [
      ...duets(4),
      ...duets(4, { subject: "02", wrong: 4 }),
      ...duets(4).map((each) => ({ ...each, feature: "onsets" as const, decided: "oboe" })),
    ];
    const { features } = summarise(made);
    expect(features.map(({ feature, decisions }) => [feature, decisions.accuracy, decisions.count])).toEqual([
      ["envelope", 0.5, 8],
      ["onsets", 0, 4],
    ]);
    expect(features[0]!.subjects.map(({ subject, accuracy, count }) => [subject, accuracy, count])).toEqual([
      ["01", 1, 4],
      ["02", 0, 4],
    ]);
  });

  describe("nulls", () => {
    const reasons = (summary: FeatureSummary) =>
      summary.nulls.map((each) => [each.method, "reason" in each ? each.reason : "made"]);

    it("are made by shift, shuffle and labels, for every window, with as many permutations as asked for", () => {
      const { nulls } = oneFeature(duets(6));
      expect(nulls.map(({ method }) => method)).toEqual(["shift", "shuffle", "labels"]);
      for (const each of nulls) {
        if (!("result" in each)) throw new Error(each.reason);
        expect(each.result.options.permutations).toBe(20);
        expect(each.result.tests.map(({ windowSeconds }) => windowSeconds)).toEqual([2, "trial"]);
        for (const { value, nullMean, pValue } of each.result.tests) {
          expect(value).toBe(1);
          expect(nullMean).toBeLessThan(0.9);
          expect(pValue).toBeCloseTo(each.method === "labels" ? Math.max(1 / 21, 1 / 65) : 1 / 21, 1);
        }
      }
    });

    it("say why they could not be made: trials too short to shift, too few or too alike to shuffle", () => {
      expect(reasons(oneFeature(duets(3, { seconds: 1 })))[0]).toEqual([
        "shift",
        expect.stringMatching(/trial 0 has 16 samples; shifts of 16 either way need 32/),
      ]);
      const [shift, shuffle, labels] = reasons(oneFeature(duets(1)));
      expect(shift).toEqual(["shift", "made"]);
      expect(shuffle).toEqual(["shuffle", expect.stringMatching(/1 trials cannot all be paired/)]);
      expect(labels).toEqual(["labels", "made"]);
    });
  });

  describe("the minimal expected switch duration", () => {
    it("is of the trials of two sources alone", () => {
      const { switchDuration } = oneFeature([...duets(5), ...trios(4)]);
      if ("reason" in switchDuration) throw new Error(switchDuration.reason);
      expect(switchDuration).toMatchObject({ trials: 5, chance: Infinity });
      // decisions that are always right need a step each: from state 1 to that of comfort
      expect(switchDuration.seconds).toBeGreaterThan(0);
      expect(switchDuration.seconds).toBeLessThan(Infinity);
      expect(switchDuration.interval).not.toBeNull();
      const alone = oneFeature(duets(5)).switchDuration;
      if ("reason" in alone) throw new Error(alone.reason);
      expect(switchDuration.seconds).toBe(alone.seconds);
    });

    it("never ends where decisions are not above chance", () => {
      expect(oneFeature(duets(4, { wrong: 4 })).switchDuration).toMatchObject({ seconds: Infinity, trials: 4 });
    });

    it("says why there is none: no trial of two sources, no window that fits", () => {
      expect(oneFeature(trios(4)).switchDuration).toEqual({ reason: "no trial of two sources" });
      const short = oneFeature(duets(4, { seconds: 1 })).switchDuration;
      expect(short).toEqual({ reason: expect.stringMatching(/every trial is shorter than all windows/) });
    });
  });

  it("draws trials anew with up to five subjects, and subjects from six on", () => {
    const of = (count: number) =>
      summarise(Array.from({ length: count }, (_, s) => duets(2, { subject: `0${s + 1}` })).flat());
    expect(of(5).clusters).toBe("trials");
    expect(of(5).features[0]!.curve.points[0]!.clusters).toBe(10);
    expect(of(6).clusters).toBe("subjects");
    expect(of(6).features[0]!.curve.points[0]!.clusters).toBe(6);
  });

  describe("controls", () => {
    const control = (kind: "positive" | "negative", count: number, right: number) =>
      summarise(duets(2), { controls: madeControls(kind, count, right) }).controls;

    it("pass where simulated attention is found and noise has none", () => {
      expect(control("positive", 20, 19)).toMatchObject([{ control: "positive", bar: 0.9, passed: true, count: 20 }]);
      expect(control("negative", 20, 11)).toMatchObject([{ control: "negative", passed: true, chance: 0.5 }]);
    });

    it("fail where it is not found often enough, or too few trials tell, or noise tells", () => {
      expect(control("positive", 20, 17)).toMatchObject([{ passed: false }]);
      // 4 of 4 by guessing has a probability of 1/16
      expect(control("positive", 4, 4)).toMatchObject([{ passed: false, accuracy: 1 }]);
      expect(control("negative", 20, 18)).toMatchObject([{ passed: false }]);
    });

    it("are both there, the positive one first, or neither", () => {
      const controls = [...madeControls("negative", 4, 2), ...madeControls("positive", 4, 4)];
      const both = summarise(duets(2), { controls }).controls;
      expect(both.map((each) => each.control)).toEqual(["positive", "negative"]);
      expect(summarise(duets(2)).controls).toEqual([]);
    });
  });

  it("audits every subject, or says why not", () => {
    const windows = [...madeWindows("01", 6), ...madeWindows("02", 3)];
    const { audits } = summarise(duets(2), { windows });
    expect(audits).toMatchObject([
      { subject: "01", audit: { windowWise: { trials: 6, count: 24, chance: 0.5 }, verdict: expect.any(String) } },
      { subject: "02", reason: "leakageAudit: 3 trials given; 4 are needed" },
    ]);
  });

  it("counts targets by mixture once a trial, whatever number of features was decoded", () => {
    const heard = [
      { trial: "1", mixture: "a", target: "flute" },
      { trial: "2", mixture: "a", target: "oboe" },
      { trial: "3", mixture: "b", target: "oboe" },
    ];
    const twice = heard.flatMap((each) => [each, { ...each, feature: "flux" as const }]);
    const { identifiability } = summarise(twice);
    expect(identifiability).toMatchObject({ count: 3, flagged: ["b"], targets: ["flute", "oboe"] });
    expect(identifiability.blindAccuracy).toBeCloseTo(2 / 3, 12);
  });

  it("passes warnings on once each, with those of curves, and lengths left out once", () => {
    const { warnings } = summarise(duets(3, { seconds: 1 }), { warnings: ["beware", "beware"] });
    expect(warnings.filter((text) => text === "beware")).toHaveLength(1);
    expect(new Set(warnings).size).toBe(warnings.length);
    expect(warnings.filter((text) => text.includes("no trial is as long as 2 s"))).toHaveLength(1);
    expect(warnings.some((text) => text.includes("3 clusters of trials"))).toBe(true);
    expect(warnings.some((text) => text.includes("distinct permutations"))).toBe(true);
  });

  it("says the same for the same seed", () => {
    const events = madeEvents(duets(5, { wrong: 2 }), { windows: madeWindows("01", 5) });
    expect(summariseDecoding(events, eventOptions)).toEqual(summariseDecoding(events, eventOptions));
  });

  it("refuses to sum up nothing", () => {
    expect(() => summarise([])).toThrow("summariseDecoding: no decisions; at least one trial must be decoded");
  });
});

describe("DecodingCollector", () => {
  it("gathers what is about decoding and leaves the rest alone", () => {
    const { decisions, decoded } = madeDecisions(duets(4));
    const [windows, controls] = [madeWindows("01", 4), madeControls("positive", 4, 4)];
    const events: StudyEvent[] = [
      { kind: "plan", methods: [], trials: 4 },
      ...windows.map((each) => ({ kind: "windows", ...each }) as const),
      ...controls.map((row) => ({ kind: "control", row }) as const),
      { kind: "warning", message: "beware" },
      ...decisions.map((row) => ({ kind: "decision", row }) as const),
      ...decoded.map((each) => ({ kind: "decoded", ...each }) as const),
      { kind: "progress", done: 1, total: 1, label: "done" },
      { kind: "failure", failure: { subject: "01", trial: "9", code: "bad-value", message: "no" } },
    ];
    const collector = new DecodingCollector();
    for (const event of events) collector.take(event);
    const gathered = { decisions, decoded, windows, controls, warnings: ["beware"] };
    expect({ ...collector }).toEqual(gathered);
    expect(collector.summary(eventOptions)).toEqual(summariseDecoding(gathered, eventOptions));
  });

  it("has no summary without a decision", () => {
    expect(() => new DecodingCollector().summary(eventOptions)).toThrow(/no decisions/);
  });
});
