import { lastValueFrom, take, toArray } from "rxjs";
import { describe, expect, it } from "vitest";
import { attentionDecoding } from "../../pipelines/attentionDecoding.ts";
import { type Study, type StudyEvent, type StudyOptions, ToolkitError } from "../../src/index.ts";
import { DecodingCollector } from "../../src/study/decodingCollector.ts";
import {
  decisionsOf,
  failuresOf,
  listeningStudy,
  madeTrial,
  memoryEeg,
  noiseSound,
  optionsWith,
  quickOptions,
} from "./neuroSteered/memoryStudy.ts";

const all = (study: Study, options: StudyOptions): Promise<StudyEvent[]> =>
  lastValueFrom(attentionDecoding(study, options).pipe(toArray()));

const quickControls = optionsWith({}, { controls: true, maxLagSeconds: 0.1 });

describe("attentionDecoding", () => {
  it("emits the plan, then windows, controls and decisions of every trial, and progress that reaches the total", async () => {
    const { study, eeg } = listeningStudy({ subjects: 2, seconds: 6 });
    const events = await all(study, quickControls);
    expect(events[0]).toEqual({ kind: "plan", methods: [], trials: 12 });
    const count = (kind: StudyEvent["kind"]) => events.filter((event) => event.kind === kind).length;
    expect(count("windows")).toBe(12);
    expect(count("control")).toBe(24);
    expect(count("decision")).toBe(12);
    expect(count("decoded")).toBe(12);
    expect(count("failure")).toBe(0);
    expect(count("estimate") + count("trial")).toBe(0);
    const progress = events.filter((event) => event.kind === "progress");
    expect(progress.map(({ done }) => done)).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
    expect(progress.at(-1)).toMatchObject({ done: 24, total: 24 });
    for (const source of Object.values(eeg)) expect(source.closed).toBe(source.opened);
  });

  it("does nothing before someone subscribes, and gives two subscribers equal events", async () => {
    const { study, eeg } = listeningStudy({ seconds: 6 });
    const events = attentionDecoding(
      study,
      optionsWith({}, { controls: true, maxLagSeconds: 0.1, features: ["activations", "envelope"] }),
    );
    expect(eeg["sub-01"]!.opened).toBe(0);
    const [first, second] = await Promise.all([
      lastValueFrom(events.pipe(toArray())),
      lastValueFrom(events.pipe(toArray())),
    ]);
    expect(first.length).toBeGreaterThan(30);
    expect(second).toEqual(first);
    expect(eeg["sub-01"]).toMatchObject({ opened: 2, closed: 2 });
  });

  it.each(["zero", "causal"] as const)(
    "stops the work and closes the recording when unsubscribed, with phase %s",
    async (phase) => {
      const { study, eeg } = listeningStudy({ seconds: 6 });
      const source = eeg["sub-01"]!;
      const trials = [madeTrial({ trial: "late", onsetSeconds: 1e4, mixture: "mix-1" }), ...study.subjects[0]!.trials];
      const withLate = { ...study, subjects: [{ id: "01", trials }] };
      const seen = await lastValueFrom(attentionDecoding(withLate, optionsWith({ phase })).pipe(take(2), toArray()));
      expect(seen.map(({ kind }) => kind)).toEqual(["plan", "failure"]);
      await expect.poll(() => source.closed).toBe(1);
      const reads = source.reads.length;
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(source.reads).toHaveLength(reads);
      expect(source.opened).toBe(1);
    },
  );

  it.each(["within-subject", "leave-one-subject-out", "adapted"] as const)(
    "finds attention that is there, and none in noise, regime %s",
    async (regime) => {
      const summaryOf = async (snrDb: number) => {
        const collector = new DecodingCollector();
        const { study } = listeningStudy({ subjects: 2, seconds: 8, channels: 3, snrDb });
        for (const event of await all(study, optionsWith({}, { regime }))) collector.take(event);
        return collector.summary(optionsWith({}, { regime, windows: [4, "trial"] })).features[0]!;
      };
      const there = await summaryOf(0);
      expect(there.decisions).toMatchObject({ accuracy: 1, count: 12, chance: 0.5 });
      expect(there.decisions.pValue).toBeCloseTo(2 ** -12, 12);
      expect(there.measures.auc.value).toBeGreaterThan(0.9);
      expect(there.measures.accuracy.pValue).toBeLessThan(0.05);
      const noise = await summaryOf(-Infinity);
      expect(noise.decisions.pValue).toBeGreaterThan(0.05);
      expect(noise.measures.accuracy.pValue).toBeGreaterThan(0.05);
    },
  );

  it("gives a subject the same decisions whoever else is in the study, within a subject", async () => {
    const { study } = listeningStudy({ subjects: 2, seconds: 6 });
    const alone = await all({ ...study, subjects: study.subjects.slice(1) }, quickControls);
    const together = await all(study, quickControls);
    const of02 = (events: readonly StudyEvent[]) => decisionsOf(events).filter(({ subject }) => subject === "02");
    expect(of02(alone)).toHaveLength(6);
    expect(of02(together)).toEqual(of02(alone));
  });

  it("says first what the study says cannot be done", async () => {
    const { study } = listeningStudy({ seconds: 6 });
    const problems = [
      { subject: "01", trial: "9", code: "bad-format", message: "row 9 makes no sense" },
      { subject: "02", code: "not-found", message: "sub-02: has no recording" },
    ];
    const events = await all({ ...study, problems }, quickOptions);
    expect(events.slice(1, 3)).toEqual([
      { kind: "failure", failure: problems[0] },
      { kind: "failure", failure: { ...problems[1], trial: "" } },
    ]);
    expect(decisionsOf(events)).toHaveLength(6);
  });

  it("goes on without a trial whose sound cannot be read", async () => {
    const { study } = listeningStudy({ seconds: 6 });
    const readSound: typeof study.readSound = async (trial) => {
      if (trial.trial === "2") throw new ToolkitError("bad-value", "oboe.wav: all 6000 samples are 0");
      return study.readSound(trial);
    };
    const events = await all({ ...study, readSound }, quickOptions);
    expect(failuresOf(events)).toEqual([
      { subject: "01", trial: "2", code: "bad-value", message: "oboe.wav: all 6000 samples are 0" },
    ]);
    expect(decisionsOf(events).map(({ trial }) => trial)).toEqual(["1", "3", "4", "5", "6"]);
    expect(events.filter(({ kind }) => kind === "progress").at(-1)).toMatchObject({ done: 12, total: 12 });
  });

  it("fails the one subject left where the others that should train cannot be read", async () => {
    const { study } = listeningStudy({ subjects: 2, seconds: 6 });
    const openEeg: typeof study.openEeg = async (trial) => {
      if (trial.subject === "02") throw new ToolkitError("not-found", "sub-02: no such file");
      return study.openEeg(trial);
    };
    const events = await all({ ...study, openEeg }, optionsWith({}, { regime: "leave-one-subject-out" }));
    expect(decisionsOf(events)).toEqual([]);
    const failures = failuresOf(events);
    expect(failures).toHaveLength(12);
    for (const { subject, message } of failures) {
      expect(message).toMatch(subject === "02" ? /no such file/ : /no trial is left to train on/);
    }
  });

  it("refuses listeners with other channels where one trains for the other, naming the channels", async () => {
    const { study, eeg } = listeningStudy({ subjects: 2, seconds: 6 });
    const { reads: _, ...source } = eeg["sub-02"]!;
    const renamed = memoryEeg({
      rateHz: 64,
      names: source.names.map((name) => (name === "Cz" ? "CPz" : name)),
      channels: (await source.read.call({ ...source, reads: [] }, 0, source.samples)).channels,
    });
    const openEeg: typeof study.openEeg = async (trial) => (trial.subject === "02" ? renamed : study.openEeg(trial));
    const other = { ...study, openEeg };
    const failures = failuresOf(await all(other, optionsWith({}, { regime: "leave-one-subject-out" })));
    expect(failures).toHaveLength(12);
    expect(failures[0]!.message).toMatch(/01 trial 1 has other channels than 02 .*without CPz, with Cz/);
    // within a subject it does not matter
    expect(failuresOf(await all(other, quickOptions))).toEqual([]);
  });

  it("compares sounds by their samples: a mixture that is there under another name is refused, or a warning", async () => {
    const { study } = listeningStudy({ seconds: 6 });
    const sound = noiseSound(["flute", "oboe"], { seconds: 6, seed: "one" });
    const louder = {
      ...sound,
      stems: sound.stems.map(({ name, samples }) => ({ name, samples: samples.map((value) => 2 * value) })),
    };
    const sounds: Record<string, typeof sound> = { "mix-1": sound, "mix-2": louder };
    const readSound: typeof study.readSound = async (trial) => sounds[trial.mixture] ?? study.readSound(trial);
    const twice = { ...study, readSound };
    const refused = await all(twice, quickOptions);
    // the third mixture has nothing in common with the two and is decoded
    expect(new Set(decisionsOf(refused).map(({ mixture }) => mixture))).toEqual(new Set(["mix-3"]));
    expect(failuresOf(refused)).toHaveLength(4);
    expect(failuresOf(refused)[0]!.message).toMatch(
      /without mix-1: trial 1 of 01 \(mix-1\) has a sound that trial 3 of 01 \(mix-2\) trains with/,
    );
    const allowed = await all(twice, optionsWith({}, { allowSharedStimuli: true }));
    expect(decisionsOf(allowed)).toHaveLength(6);
    expect(allowed.flatMap((event) => (event.kind === "warning" ? [event.message] : []))).toEqual([
      "decode: subject 01, without mix-1: 2 of 2 trials are tested with a stimulus that is in training too",
      "decode: subject 01, without mix-2: 2 of 2 trials are tested with a stimulus that is in training too",
    ]);
  });

  it.each(["envelope", "onsets", "flux", "mel"] as const)("decodes %s", async (feature) => {
    const { study } = listeningStudy({ seconds: 6, channels: 3 });
    const rows = decisionsOf(await all(study, optionsWith({}, { features: [feature], maxLagSeconds: 0.1 })));
    expect(rows.map((row) => row.feature)).toEqual(Array(6).fill(feature));
    for (const { correlations } of rows) expect(correlations.every(Number.isFinite)).toBe(true);
  });
});
