import { describe, expect, it, test } from "vitest";
import { toJson } from "../../src/core/json.ts";
import { fitOcular } from "../../src/eeg/ocularRegression.ts";
import { PreprocessStream, preprocess } from "../../src/eeg/preprocessing.ts";
import type { PreprocessStep } from "../../src/eeg/preprocessSteps.ts";
import { butterworth } from "../../src/signal/butterworth.ts";
import { sosGroupDelay } from "../../src/signal/groupDelay.ts";
import { zeroPhaseFilter } from "../../src/signal/sosFilter.ts";
import { fitZScore } from "../../src/signal/zScore.ts";
import { join64, pieces } from "../signal/reference.ts";
import { madEegNames, simulatedEeg } from "./signals.ts";

const names = [...madEegNames, "EOG"];
const eeg = simulatedEeg(names, { seconds: 20 });
const model = fitOcular([simulatedEeg(names, { seed: 2 })], { eog: ["EOG"] });
const band = { step: "butterworth", type: "bandpass", order: 2, lowHz: 1, highHz: 8 } as const;

const causal: PreprocessStep[] = [
  { step: "reference", reference: "average", exclude: ["EOG"], bad: ["O1"] },
  { step: "notch", frequencyHz: 50, phase: "causal" },
  { step: "ocular", model },
  { step: "pick", channels: ["Cz", "Pz", "O1"] },
  { ...band, phase: "causal" },
  { step: "fir", type: "lowpass", cutoffHz: 12, taps: 33, phase: "causal" },
  { step: "resample", toHz: 64 },
];
const scaler = fitZScore([preprocess(eeg, causal).signal.channels]);
const scaled: PreprocessStep[] = [...causal, { step: "zScore", scaler }];

describe("causal steps", () => {
  const whole = preprocess(eeg, scaled);

  test.each([[[1]], [[37, 0, 256]], [[2559, 1]], [[5000]]])("give the same bytes cut into %j", (lengths) => {
    const stream = new PreprocessStream(scaled, { names, rateHz: 128 });
    const cut = eeg.channels.map((channel) => pieces(channel, lengths));
    const blocks = cut[0]!.map((_, b) => stream.push(cut.map((channel) => channel[b]!)));
    blocks.push(stream.flush());
    for (const c of [0, 1, 2]) expect(join64(blocks.map((block) => block[c]!))).toEqual(whole.signal.channels[c]);
    expect([stream.names, stream.rateHz, stream.filtering]).toEqual([["Cz", "Pz", "O1"], 64, whole.filtering]);
    expect(toJson(stream.steps)).toBe(toJson(whole.steps));
  });

  it("state the sum of their delays at one frequency", () => {
    const sections = butterworth({ ...band, rateHz: 128 });
    const notchDelay = whole.steps[1]!.outcome.groupDelaySeconds as number;
    const expected = sosGroupDelay(sections, { atHz: 4, rateHz: 128 }) + 16 / 128 + notchDelay;
    expect(whole.filtering).toEqual({ phase: "causal", groupDelaySeconds: expect.closeTo(expected, 12), delayAtHz: 4 });
  });

  it("cannot follow the end of a stream", () => {
    const stream = new PreprocessStream(causal, { names, rateHz: 128 });
    stream.flush();
    expect(() => stream.push(eeg.channels)).toThrow(/has ended/);
    expect(() => stream.flush()).toThrow(/has ended/);
  });
});

describe("preprocess", () => {
  it("records every step with its resolved parameters, as plain JSON", () => {
    const { steps } = preprocess(eeg, scaled);
    expect(steps.map(({ step }) => step)).toEqual(scaled.map(({ step }) => step));
    expect(steps[1]!.options).toEqual({
      frequencyHz: 50,
      quality: 30,
      harmonics: 1,
      constant: "width",
      rateHz: 128,
      phase: "causal",
    });
    expect(steps[0]!.outcome.from).toHaveLength(19);
    expect(steps[6]!.outcome).toEqual({ up: 1, down: 2 });
    expect(JSON.parse(toJson(steps))).toHaveLength(8);
  });

  it("is deterministic and leaves its input as it was", () => {
    const before = eeg.channels.map((channel) => channel.slice());
    const [one, two] = [preprocess(eeg, scaled), preprocess(eeg, scaled)];
    expect(toJson(two)).toBe(toJson(one));
    expect(eeg.channels).toEqual(before);
  });

  it("filters with zero phase as zeroPhaseFilter does", () => {
    const { signal, filtering } = preprocess(eeg, [{ ...band, phase: "zero" }]);
    const sections = butterworth({ ...band, rateHz: 128 });
    expect(signal.channels[3]).toEqual(zeroPhaseFilter(sections, eeg.channels[3]!));
    expect(filtering).toEqual({ phase: "zero", groupDelaySeconds: 0, delayAtHz: null });
    expect(preprocess(eeg, []).filtering).toBeUndefined();
  });

  it("refuses zero-phase and causal filters in one list, before it computes anything", () => {
    const mixed: PreprocessStep[] = [
      { ...band, phase: "zero" },
      { step: "notch", phase: "causal", quality: -1 },
    ];
    expect(() => preprocess(eeg, mixed)).toThrow(/record 0 is zero-phase, record 1 causal/);
    expect(() => new PreprocessStream(mixed, { names, rateHz: 128 })).toThrow(/record 0 is zero-phase/);
  });

  const spoilt = {
    ...eeg,
    channels: eeg.channels.map((channel, c) => (names[c] === "C1" ? channel.map((x) => 1000 * x) : channel)),
  };

  it.each(["interpolate", "drop", "mark"] as const)("deals with a bad channel: %s", (treatment) => {
    const found = preprocess(spoilt, [
      { step: "badChannels", treatment, exclude: ["EOG"] },
      { step: "reference", reference: "average", exclude: ["EOG"] },
    ]);
    const average = found.steps[1]!.outcome.from as string[];
    expect(found.steps[0]!.outcome.bad).toEqual(["C1"]);
    expect(found.signal.names.includes("C1")).toBe(treatment !== "drop");
    expect(average.includes("C1")).toBe(treatment === "interpolate");
    expect(found.bad).toEqual(treatment === "mark" ? ["C1"] : []);
    expect(found.interpolated).toEqual(treatment === "interpolate" ? ["C1"] : []);
  });

  it("interpolates short artefacts, excludes long ones, and keeps those out of the search for bad channels", () => {
    const spiked = {
      ...eeg,
      channels: eeg.channels.map((channel, c) =>
        channel.map((x, i) => ((c === 2 && i === 300) || (c === 3 && i >= 640 && i < 1280) ? 1e5 : x)),
      ),
    };
    const steps: PreprocessStep[] = [
      { step: "artefacts", treatment: "interpolate", threshold: 1e4, marginSeconds: 0 },
      { step: "badChannels", treatment: "mark", exclude: ["EOG"] },
    ];
    const found = preprocess(spiked, steps);
    expect(found.excluded).toEqual([{ startSeconds: 5, endSeconds: 10 }]);
    expect(found.signal.channels[2]![300]).toBeCloseTo((eeg.channels[2]![299]! + eeg.channels[2]![301]!) / 2, 9);
    expect(found.signal.channels[3]![700]).toBe(1e5);
    expect(found.bad).toEqual([]);
    const excluded = preprocess(spiked, [{ step: "artefacts", treatment: "exclude", threshold: 1e4 }]);
    expect(excluded.excluded).toHaveLength(2);
    expect(excluded.signal.channels).toEqual(spiked.channels);
  });

  test.each([
    [[{ step: "sing" }], /there is no step "sing"/],
    [[{ ...band }], /phase is "undefined"; it must be zero or causal/],
    [[{ step: "pick", channels: [] }], /keeps no channel/],
    [[{ step: "pick", channels: ["X"] }], /no channel is called "X"/],
    [[{ step: "zScore", scaler }], /scaler of 3 channels; the signal has 21/],
    [[{ step: "badChannels", treatment: "x" }], /treatment is "x"; of badChannels/],
    [[{ step: "artefacts", treatment: "x", threshold: 1 }], /treatment is "x"; of artefacts/],
  ])("refuses %j", (steps, message) => {
    expect(() => preprocess(eeg, steps as unknown as PreprocessStep[])).toThrow(message);
  });

  test.each([
    [{ ...band, phase: "zero" }, /step 0, butterworth, needs the whole signal/],
    [{ step: "badChannels", treatment: "mark" }, /step 0, badChannels, needs the whole signal/],
  ] as [PreprocessStep, RegExp][])("refuses to stream %j", (step, message) => {
    expect(() => new PreprocessStream([step], { names, rateHz: 128 })).toThrow(message);
  });
});
