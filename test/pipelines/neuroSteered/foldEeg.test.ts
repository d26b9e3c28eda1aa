import { describe, expect, it } from "vitest";
import { foldEeg } from "../../../pipelines/neuroSteered/foldEeg.ts";
import type { PreparedTrial } from "../../../pipelines/neuroSteered/prepareSubject.ts";
import type { TrainingPlan } from "../../../pipelines/neuroSteered/trainingPlan.ts";
import { createRandom, type PreprocessingOptions, studyDefaults } from "../../../src/index.ts";
import { preparedTrial } from "./preparedTrials.ts";

const options = (given: Partial<PreprocessingOptions> = {}) => ({ ...studyDefaults.preprocessing, ...given });
const plan = (training: readonly PreparedTrial[], test: readonly PreparedTrial[]): TrainingPlan => ({
  leftOut: "mix-1",
  training,
  test,
  weights: training.map(() => 1),
  innerFolds: [],
  warnings: [],
});

/** Noise on two channels that an eye channel leaks into, by half and by a fifth. */
function withEyes(trial: string): PreparedTrial {
  const quiet = preparedTrial({ trial }, { names: ["Fz", "Pz", "VEOG"], eog: ["VEOG"] });
  const random = createRandom(`eye ${trial}`);
  const eye = quiet.signal.channels[2]!.map(() => 50 * random.normal());
  const leaking = [0.5, 0.2].map((gain, c) => quiet.signal.channels[c]!.map((value, n) => value + gain * eye[n]!));
  return { ...quiet, signal: { ...quiet.signal, channels: [...leaking, eye] } };
}

const changed = (trial: PreparedTrial, change: (value: number, n: number) => number): PreparedTrial => ({
  ...trial,
  signal: { ...trial.signal, channels: trial.signal.channels.map((channel) => channel.map(change)) },
});

describe("foldEeg", () => {
  it("hands EEG on as it is where nothing is asked for", () => {
    const [first, second] = [preparedTrial(), preparedTrial({ trial: "2" })];
    const eegOf = foldEeg(plan([first], [second]), options());
    expect(eegOf(first)).toMatchObject({ names: ["Cz", "Pz"], channels: first.signal.channels, excluded: [] });
    expect(eegOf(second).channels).toEqual(second.signal.channels);
  });

  describe("regression on eye channels", () => {
    const regression = options({ ocular: "regression" });
    const training = [withEyes("1"), withEyes("2")];
    const test = withEyes("3");

    it("takes the eyes out of every trial, and the eye channels with them", () => {
      const eegOf = foldEeg(plan(training, [test]), regression);
      for (const trial of [...training, test]) {
        const { names, channels } = eegOf(trial);
        expect(names).toEqual(["Fz", "Pz"]);
        // what was there before the eyes leaked in, up to the error of the fit (1 / 50 / sqrt(512) of the eyes) and an offset
        const quiet = preparedTrial({ trial: trial.trial.trial }, { names: ["Fz", "Pz", "VEOG"] }).signal.channels;
        for (const [c, channel] of channels.entries()) {
          const rest = channel.map((value, n) => value - quiet[c]![n]!);
          const mean = rest.reduce((sum, value) => sum + value, 0) / rest.length;
          expect(rest.map((value) => value - mean)).toBeAllclose(new Float64Array(rest.length), { atol: 0.6 });
        }
      }
    });

    it("is fitted on training trials alone: other EEG in a test trial changes no bit of them", () => {
      const other = changed(test, (value, n) => 7 * value + n);
      const eegWith = foldEeg(plan(training, [test]), regression);
      const eegWithOther = foldEeg(plan(training, [other]), regression);
      for (const trial of training) expect(eegWithOther(trial).channels).toEqual(eegWith(trial).channels);
      expect(eegWithOther(other).channels).not.toEqual(eegWith(test).channels);
    });

    it("knows the training trials: other EEG in one of them changes what is taken from the test trial", () => {
      const other = changed(training[1]!, (value, n) => value + Math.sin(n));
      const cleaned = foldEeg(plan(training, [test]), regression)(test);
      expect(foldEeg(plan([training[0]!, other], [test]), regression)(test).channels).not.toEqual(cleaned.channels);
    });

    it("refuses a test trial among the training trials, and trials without eye channels", () => {
      expect(() => foldEeg(plan(training, [training[0]!]), regression)).toThrow(
        /decode: without mix-1: training trial 0 is test trial 0/,
      );
      expect(() => foldEeg(plan([preparedTrial()], [preparedTrial({ trial: "2" })]), regression)).toThrow(
        "decode: sub-01 has no channel of type EOG; preprocessing.ocular regression needs one",
      );
    });
  });

  describe("artefacts", () => {
    const spike = (n: number) => (n >= 64 && n < 67 ? 1000 : 0);
    const clean = preparedTrial();
    const hit = changed(preparedTrial({ trial: "2" }), (value, n) => value + spike(n));

    it("are spans that take no part, with a margin of 50 ms, in the trial they are in", () => {
      const eegOf = foldEeg(plan([clean], [hit]), options({ artefacts: "exclude" }));
      expect(eegOf(clean).excluded).toEqual([]);
      expect(eegOf(hit).excluded).toEqual([{ startSeconds: 61 / 64, endSeconds: 70 / 64 }]);
      expect(eegOf(hit).channels).toEqual(hit.signal.channels);
    });

    it("are straight lines where they are interpolated", () => {
      const { channels, excluded } = foldEeg(plan([clean], [hit]), options({ artefacts: "interpolate" }))(hit);
      expect(excluded).toEqual([]);
      for (const [c, channel] of channels.entries()) {
        const [before, after] = [hit.signal.channels[c]![60]!, hit.signal.channels[c]![70]!];
        const line = Float64Array.from({ length: 11 }, (_, n) => before + ((after - before) * n) / 10);
        expect(channel.slice(60, 71)).toBeAllclose(line, { atol: 1e-9 });
      }
    });

    it("are judged after the eyes are out, and not on the eye channels", () => {
      const blinking = withEyes("4");
      const eegOf = foldEeg(
        plan([withEyes("1"), withEyes("2")], [blinking]),
        options({ ocular: "regression", artefacts: "exclude", artefactMads: 6 }),
      );
      expect(eegOf(blinking).excluded).toEqual([]);
    });
  });

  it("names what channels differ in, and whose", () => {
    const own = preparedTrial({ trial: "7" }, { names: ["Cz", "Pz", "Oz"] });
    const other = preparedTrial({ subject: "02" }, { names: ["Cz", "Fz", "Oz"] });
    expect(() => foldEeg(plan([other], [own]), options())).toThrow(
      "decode: 01 trial 7 has other channels than 02 trial 1 (without Fz, with Pz); a decoder needs the same ones",
    );
    const turned = preparedTrial({ subject: "02" }, { names: ["Pz", "Cz", "Oz"] });
    expect(() => foldEeg(plan([turned], [own]), options())).toThrow(/in another order/);
  });

  it("refuses zero-phase and causal trials together", () => {
    const causal = preparedTrial(
      { trial: "2" },
      { filtering: { phase: "causal", groupDelaySeconds: 0.1, delayAtHz: 4 } },
    );
    expect(() => foldEeg(plan([preparedTrial()], [causal]), options())).toThrow(
      /decode: signal 1 is filtered causally, signal 0 with zero phase/,
    );
  });
});
