import { describe, expect, it } from "vitest";
import { alignFeatures, bandCentreHz } from "../../../pipelines/neuroSteered/featureBand.ts";
import { type PreparedEeg, prepareEeg } from "../../../pipelines/neuroSteered/prepareEeg.ts";
import {
  createRandom,
  type EegSignal,
  type PreprocessingOptions,
  preprocess,
  type StudyTrial,
  studyDefaults,
  ToolkitError,
} from "../../../src/index.ts";
import { madEegNames, simulatedEeg } from "../../eeg/signals.ts";
import { failuresOf, gather, type MemoryEeg, madeTrial, memoryEeg, memoryStudy } from "./memoryStudy.ts";

const defaults = studyDefaults.preprocessing;

async function prepare(
  eeg: MemoryEeg,
  trials: readonly Partial<StudyTrial>[],
  options: Partial<PreprocessingOptions> = {},
) {
  const made = trials.map((fields, t) => madeTrial({ trial: String(t + 1), ...fields }));
  const study = memoryStudy(made, { "sub-01": eeg });
  const events = await gather(prepareEeg(study, made, { ...defaults, ...options }));
  const ready = events.flatMap((event): PreparedEeg[] => (event.kind === "ready" ? [event.value] : []));
  return { ready, failures: failuresOf(events) };
}

/** One channel of what `value` says at each time. */
function oneChannel(value: (seconds: number) => number, { rateHz = 64, seconds = 12 } = {}): EegSignal {
  const samples = Float64Array.from({ length: Math.round(seconds * rateHz) }, (_, n) => value(n / rateHz));
  return { rateHz, names: ["Cz"], channels: [samples] };
}

/** Time after the onset of the greatest magnitude of the first channel. */
function peakSeconds({ signal, times }: PreparedEeg): number {
  const magnitudes = signal.channels[0]!.map(Math.abs);
  return times.startSeconds + magnitudes.indexOf(Math.max(...magnitudes)) / times.rateHz;
}

describe("prepareEeg", () => {
  it.each([64, 256, 100, 250])("leaves what happened where it happened, from %d Hz to 64 Hz", async (rateHz) => {
    const impulse = oneChannel((seconds) => (Math.abs(seconds - 5) < 0.4 / rateHz ? 1000 : 0), { rateHz });
    const { ready } = await prepare(memoryEeg(impulse), [{ onsetSeconds: 3.21, durationSeconds: 4 }]);
    const [trial] = ready as [PreparedEeg];
    expect(Math.abs(peakSeconds(trial) - (5 - 3.21))).toBeLessThanOrEqual(0.5 / 64 + 1e-9);
    // the axis begins at the onset, within a sample, and ends with the trial
    expect(trial.times.startSeconds).toBeGreaterThanOrEqual(-1e-9);
    expect(trial.times.startSeconds).toBeLessThan(1 / 64);
    expect(trial.times.startSeconds + (trial.times.samples - 1) / 64).toBeLessThanOrEqual(4 + 1e-9);
    expect(trial.times.samples).toBe(trial.signal.channels[0]!.length);
    expect(trial.filtering).toMatchObject({ phase: "zero", groupDelaySeconds: 0 });
  });

  it.each(["zero", "causal"] as const)("puts a feature of the sound where the EEG is, with phase %s", async (phase) => {
    const bump = (centre: number) => (seconds: number) => Math.exp(-0.5 * ((seconds - centre) / 0.05) ** 2);
    const options = { ...defaults, phase };
    const eeg = memoryEeg(oneChannel(bump(5), { rateHz: 256 }));
    const { ready } = await prepare(eeg, [{ onsetSeconds: 2.503 }], options);
    const [trial] = ready as [PreparedEeg];
    const feature = oneChannel(bump(5 - 2.503), { rateHz: 64, seconds: 4 }).channels;
    const aligned = alignFeatures(feature, 64, trial.times, options);
    // both went through the same band-pass; the ends differ, as before the onset there is EEG but no feature
    expect(aligned.rows[0]!.slice(64, 240)).toBeAllclose(trial.signal.channels[0]!.slice(64, 240), { atol: 0.02 });
    expect(aligned.filtering).toEqual(trial.filtering);
  });

  it.each([
    [64, []],
    [256, [50]],
    [100, []],
  ])(
    "filters causally as the whole recording at once would be, from %d Hz, and stops reading at the last trial",
    async (rateHz, notchHz) => {
      const random = createRandom("recording");
      const recording = {
        rateHz,
        names: ["Cz", "Pz"],
        channels: [0, 1].map(() => Float64Array.from({ length: 30 * rateHz }, () => random.normal())),
      };
      const eeg = memoryEeg(recording);
      const options: PreprocessingOptions = { ...defaults, phase: "causal", notchHz };
      const trials = [
        { onsetSeconds: 9.7, durationSeconds: 5.3 },
        { onsetSeconds: 3.3, durationSeconds: 4 },
      ];
      const { ready } = await prepare(eeg, trials, options);
      const whole = preprocess(
        recording,
        [
          ...notchHz.map((frequencyHz) => ({ step: "notch", frequencyHz, phase: "causal" }) as const),
          ...(rateHz === 64 ? [] : [{ step: "resample", toHz: 64 } as const]),
          { step: "butterworth", type: "bandpass", order: 3, lowHz: 1, highHz: 8, phase: "causal" },
        ],
        { delayAtHz: bandCentreHz(options) },
      );
      expect(ready.map(({ trial }) => trial.trial)).toEqual(["2", "1"]);
      for (const { signal, times, trial, filtering } of ready) {
        const from = Math.ceil(trial.onsetSeconds * 64);
        expect(times.startSeconds).toBeCloseTo(from / 64 - trial.onsetSeconds, 12);
        expect(times.samples).toBe(Math.floor((trial.onsetSeconds + trial.durationSeconds) * 64) - from + 1);
        for (const [c, channel] of signal.channels.entries()) {
          expect(channel).toEqual(whole.signal.channels[c]!.slice(from, from + times.samples));
        }
        expect(filtering).toEqual(whole.filtering);
      }
      expect(eeg.reads.length).toBeGreaterThan(2);
      expect(eeg.reads.at(-1)![1]).toBeLessThan(eeg.samples);
      expect(eeg.closed).toBe(1);
    },
  );

  it("records by how much causal filters are late: a burst in the middle of the band comes out that much later", async () => {
    const centreHz = bandCentreHz(defaults);
    const burst = (seconds: number) =>
      Math.exp(-0.5 * ((seconds - 6) / 0.9) ** 2) * Math.cos(2 * Math.PI * centreHz * (seconds - 6));
    const trial = [{ durationSeconds: 12 }];
    const { ready } = await prepare(memoryEeg(oneChannel(burst)), trial, { phase: "causal" });
    const [{ signal, filtering }] = ready as [PreparedEeg];
    const energy = signal.channels[0]!.map((value) => value * value);
    const total = energy.reduce((sum, value) => sum + value, 0);
    const centre = energy.reduce((sum, value, n) => sum + (value * n) / 64, 0) / total;
    expect(filtering).toMatchObject({ phase: "causal", delayAtHz: centreHz });
    expect(filtering!.groupDelaySeconds).toBeGreaterThan(0.05);
    expect(centre - 6).toBeCloseTo(filtering!.groupDelaySeconds, 1);
  });

  it.each(["zero", "causal"] as const)(
    "names a trial outside the recording with both times and does the others, with phase %s",
    async (phase) => {
      const eeg = memoryEeg(oneChannel(Math.sin));
      const trials = [{ onsetSeconds: 1 }, { onsetSeconds: 9.5, durationSeconds: 4 }, { onsetSeconds: 8 }];
      const { ready, failures } = await prepare(eeg, trials, { phase });
      expect(ready.map(({ trial }) => trial.trial)).toEqual(["1", "3"]);
      expect(failures).toHaveLength(1);
      expect(failures[0]).toMatchObject({ subject: "01", trial: "2", code: "bad-shape" });
      expect(failures[0]!.message).toBe("sub-01: trial 2 is from 9.5 to 13.5 s; the recording lasts 12 s");
      expect(eeg.closed).toBe(1);
    },
  );

  /** A recording whose samples from 10 to 11 s were lost. */
  function withGap(): MemoryEeg {
    const eeg = memoryEeg(oneChannel((seconds) => Math.sin(9 * seconds), { seconds: 30 }));
    const read = eeg.read.bind(eeg);
    eeg.read = async (start, end) => {
      if (start < 11 * 64 && end > 10 * 64) throw new ToolkitError("bad-value", "sub-01: 64 samples were lost at 10 s");
      return read(start, end);
    };
    return eeg;
  }
  const aroundGap = [{ onsetSeconds: 3 }, { onsetSeconds: 8 }, { onsetSeconds: 20 }];

  it("fails the trial across a gap of the recording and no other", async () => {
    const eeg = withGap();
    const { ready, failures } = await prepare(eeg, aroundGap);
    expect(ready.map(({ trial }) => trial.trial)).toEqual(["1", "3"]);
    expect(failures).toEqual([
      { subject: "01", trial: "2", code: "bad-value", message: "sub-01: 64 samples were lost at 10 s" },
    ]);
    expect(eeg.closed).toBe(1);
  });

  it("keeps the trials before a gap with causal filters, and fails what a stream cannot reach", async () => {
    const eeg = withGap();
    const { ready, failures } = await prepare(eeg, aroundGap, { phase: "causal" });
    expect(ready.map(({ trial }) => trial.trial)).toEqual(["1"]);
    expect(failures.map(({ trial, message }) => [trial, message])).toEqual([
      ["2", "sub-01: 64 samples were lost at 10 s"],
      ["3", "sub-01: 64 samples were lost at 10 s"],
    ]);
    expect(eeg.closed).toBe(1);
  });

  it("fails all trials of a recording that cannot be opened, and does those of another", async () => {
    const trials = [madeTrial({ recording: "lost" }), madeTrial({ trial: "2", recording: "found" })];
    const study = memoryStudy(trials, { found: memoryEeg(oneChannel(Math.sin)) });
    const openEeg: typeof study.openEeg = async (trial) => {
      if (trial.recording === "lost") throw new ToolkitError("not-found", "lost: no such file");
      return study.openEeg(trial);
    };
    const events = await gather(prepareEeg({ ...study, openEeg }, trials, defaults));
    expect(failuresOf(events)).toEqual([
      { subject: "01", trial: "1", code: "not-found", message: "lost: no such file" },
    ]);
    expect(events.filter(({ kind }) => kind === "ready")).toHaveLength(1);
  });

  it("refuses a rate that cannot carry the band and closes the recording", async () => {
    const eeg = memoryEeg(oneChannel(Math.sin, { rateHz: 16 }));
    const { ready, failures } = await prepare(eeg, [{}]);
    expect(ready).toEqual([]);
    expect(failures[0]!.message).toBe("sub-01: sampled at 16 Hz; a band up to 8 Hz needs more than 16 Hz");
    expect(eeg.closed).toBe(1);
  });

  it.each(["zero", "causal"] as const)(
    "closes the recording when its reader stops early or a step is impossible, with phase %s",
    async (phase) => {
      const trials = [madeTrial({ onsetSeconds: 100 }), madeTrial({ trial: "2" })];
      const eeg = memoryEeg(oneChannel(Math.sin));
      const study = memoryStudy(trials, { "sub-01": eeg });
      for await (const _ of prepareEeg(study, trials, { ...defaults, phase })) break;
      expect(eeg).toMatchObject({ opened: 1, closed: 1 });
      // a notch above half the rate
      const { failures } = await prepare(eeg, [{}], { phase, notchHz: [50] });
      expect(failures).toHaveLength(1);
      expect(eeg).toMatchObject({ closed: 2 });
    },
  );

  it("passes errors on that are no one's purpose", async () => {
    const eeg = memoryEeg(oneChannel(Math.sin));
    eeg.read = async () => {
      throw new TypeError("a defect of this program");
    };
    await expect(prepare(eeg, [{}])).rejects.toThrow("a defect of this program");
    expect(eeg.closed).toBe(1);
  });

  it("takes mains hum out and leaves the band", async () => {
    const hum = oneChannel((s) => Math.sin(2 * Math.PI * 50 * s) + Math.sin(2 * Math.PI * 10 * s), { rateHz: 256 });
    const at = ({ signal }: PreparedEeg, frequencyHz: number) => {
      const middle = signal.channels[0]!.slice(128, 384);
      const sum = (wave: (phase: number) => number) =>
        middle.reduce((all, value, n) => all + (value * wave((2 * Math.PI * frequencyHz * n) / 128)) / 128, 0);
      return Math.hypot(sum(Math.sin), sum(Math.cos));
    };
    const wide = { rateHz: 128, highHz: 60 };
    const trial = [{ onsetSeconds: 4 }];
    const [kept] = (await prepare(memoryEeg(hum), trial, wide)).ready as [PreparedEeg];
    const [taken] = (await prepare(memoryEeg(hum), trial, { ...wide, notchHz: [50] })).ready as [PreparedEeg];
    expect(at(kept, 50)).toBeCloseTo(1, 1);
    expect(at(taken, 50)).toBeLessThan(0.01);
    expect(at(taken, 10)).toBeCloseTo(1, 1);
    expect(taken.steps.map(({ step }) => step)).toEqual(["pick", "notch", "resample", "butterworth"]);
  });

  it("filters with a windowed sinc where asked to, the band passed and the rest not", async () => {
    const tone = (frequencyHz: number) => memoryEeg(oneChannel((s) => Math.sin(2 * Math.PI * frequencyHz * s)));
    const loudness = async (frequencyHz: number) => {
      const { ready } = await prepare(tone(frequencyHz), [{ onsetSeconds: 4 }], { filter: "fir", marginSeconds: 4 });
      const middle = ready[0]!.signal.channels[0]!;
      return Math.sqrt((2 * middle.reduce((sum, value) => sum + value * value, 0)) / middle.length);
    };
    expect(await loudness(4)).toBeCloseTo(1, 1);
    expect(await loudness(16)).toBeLessThan(0.02);
  });
});

describe("prepareEeg: channels", () => {
  const twoTrials = [{ onsetSeconds: 0.5 }, { onsetSeconds: 5 }];

  /** Twenty channels of one head, the one named replaced by noise a hundred times as loud. */
  function withNoise(name: string, extra: readonly string[] = [], level = 2000): EegSignal {
    const head = simulatedEeg([...madEegNames, ...extra], { seconds: 10, rateHz: 64 });
    const random = createRandom("noise");
    const channels = head.channels.map((channel, c) =>
      head.names[c] === name ? channel.map(() => level * random.normal()) : channel,
    );
    return { ...head, channels };
  }

  it("leaves channels out that are declared bad, and only those, where nothing else is asked", async () => {
    const eeg = memoryEeg(withNoise("C3"), [{ name: "F3", type: "eeg", bad: true }]);
    const { ready } = await prepare(eeg, twoTrials);
    expect(ready.map(({ signal }) => signal.names)).toEqual(Array(2).fill(madEegNames.filter((name) => name !== "F3")));
  });

  it("drops a channel of loud noise from every trial of the recording, with those declared", async () => {
    const eeg = memoryEeg(withNoise("C3"), [{ name: "F3", type: "eeg", bad: true }]);
    const { ready } = await prepare(eeg, twoTrials, { badChannels: "drop" });
    expect(ready).toHaveLength(2);
    for (const { signal, steps } of ready) {
      expect(signal.names).toEqual(madEegNames.filter((name) => name !== "F3" && name !== "C3"));
      expect(steps.at(-1)).toMatchObject({ step: "badChannels", outcome: { bad: ["C3"] } });
    }
  });

  it("interpolates it from its neighbours, and the average reference does not count it", async () => {
    const options = { badChannels: "interpolate", reference: "average" } as const;
    const eeg = memoryEeg(withNoise("C3"), [{ name: "F3", type: "eeg", bad: true }]);
    const { ready } = await prepare(eeg, twoTrials, options);
    expect(ready).toHaveLength(2);
    for (const { signal, steps } of ready) {
      expect(signal.names).toEqual(madEegNames);
      expect(steps.at(-2)).toMatchObject({ step: "badChannels", outcome: { bad: ["F3", "C3"] } });
      const of = (name: string) => signal.channels[signal.names.indexOf(name)]!;
      // what is left of a channel 100 times as loud as the rest
      expect(Math.max(...of("C3").map(Math.abs))).toBeLessThan(100);
      const good = madEegNames.filter((name) => name !== "F3" && name !== "C3").map(of);
      const sums = of("Cz").map((_, n) => good.reduce((sum, channel) => sum + channel[n]!, 0));
      expect(sums).toBeAllclose(new Float64Array(sums.length), { atol: 1e-9 });
    }
  });

  it("adds up to zero with the average reference", async () => {
    const { ready } = await prepare(memoryEeg(simulatedEeg(madEegNames, { rateHz: 64 })), twoTrials, {
      reference: "average",
    });
    const { channels } = ready[0]!.signal;
    const sums = channels[0]!.map((_, n) => channels.reduce((sum, channel) => sum + channel[n]!, 0));
    expect(sums).toBeAllclose(new Float64Array(sums.length), { atol: 1e-9 });
  });

  it("measures against a named channel, which is then gone, or the mean of several, which stay", async () => {
    const eeg = memoryEeg(simulatedEeg(["F3", "Cz", "Pz"], { rateHz: 64 }));
    const plain = (await prepare(eeg, twoTrials)).ready[0]!.signal;
    const one = (await prepare(eeg, twoTrials, { reference: ["Cz"] })).ready[0]!.signal;
    const two = (await prepare(eeg, twoTrials, { reference: ["Cz", "Pz"] })).ready[0]!.signal;
    const [f3, cz, pz] = plain.channels as [Float64Array, Float64Array, Float64Array];
    expect(one.names).toEqual(["F3", "Pz"]);
    expect(one.channels[0]).toBeAllclose(
      f3.map((value, n) => value - cz[n]!),
      { atol: 1e-9 },
    );
    expect(two.names).toEqual(["F3", "Cz", "Pz"]);
    expect(two.channels[0]).toBeAllclose(
      f3.map((value, n) => value - (cz[n]! + pz[n]!) / 2),
      { atol: 1e-9 },
    );
  });

  it("refuses a reference channel that is not there, and one that leaves nothing", async () => {
    const eeg = memoryEeg(oneChannel(Math.sin));
    expect((await prepare(eeg, twoTrials, { reference: ["M1"] })).failures.map(({ message }) => message)).toEqual([
      expect.stringContaining("M1"),
      expect.stringContaining("M1"),
    ]);
    const nothing = await prepare(eeg, twoTrials, { reference: ["Cz"] });
    expect(nothing.failures[0]!.message).toBe("sub-01: no EEG channel is left without Cz");
  });

  it("keeps EOG channels where they are regressed out later, unreferenced and not judged", async () => {
    const declared = [
      { name: "VEOG", type: "eog" },
      { name: "HEOG", type: "eog", bad: true },
    ] as const;
    const eeg = memoryEeg(withNoise("VEOG", ["VEOG", "HEOG"], 1e7), declared);
    const kept = await prepare(eeg, twoTrials, { ocular: "regression", badChannels: "drop", reference: "average" });
    const unreferenced = await prepare(eeg, twoTrials, { ocular: "regression" });
    expect(kept.ready).toHaveLength(2);
    for (const [t, { signal, eog }] of kept.ready.entries()) {
      expect(eog).toEqual(["VEOG"]);
      expect(signal.names).toEqual([...madEegNames, "VEOG"]);
      expect(signal.channels.at(-1)).toEqual(unreferenced.ready[t]!.signal.channels.at(-1));
    }
    const gone = await prepare(eeg, twoTrials);
    expect(gone.ready[0]).toMatchObject({ eog: [], signal: { names: madEegNames } });
  });

  it("refuses a recording whose EEG channels are all bad", async () => {
    const eeg = memoryEeg(simulatedEeg(["Cz", "EOG"], { rateHz: 64 }), [
      { name: "Cz", type: "eeg", bad: true },
      { name: "EOG", type: "eog" },
    ]);
    for (const badChannels of ["keep", "drop", "interpolate"] as const) {
      const { ready, failures } = await prepare(eeg, [{}], { badChannels, ocular: "regression" });
      expect(ready).toEqual([]);
      expect(failures.map(({ message }) => message)).toEqual([
        "sub-01: none of its 2 channels is of type EEG and not bad",
      ]);
    }
  });
});
