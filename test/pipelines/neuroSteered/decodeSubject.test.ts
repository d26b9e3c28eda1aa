import { describe, expect, it } from "vitest";
import { decodeSubject } from "../../../pipelines/neuroSteered/decodeSubject.ts";
import { type PreparedSubject, prepareSubject } from "../../../pipelines/neuroSteered/prepareSubject.ts";
import { pearson, type Study, type StudyEvent, type StudyOptions, summariseDecisions } from "../../../src/index.ts";
import { decisionsOf, failuresOf, gather, listeningStudy, optionsWith, quickOptions } from "./memoryStudy.ts";

async function prepared(study: Study, options: StudyOptions): Promise<PreparedSubject[]> {
  const subjects: PreparedSubject[] = [];
  for (const subject of study.subjects) {
    for (const event of await gather(prepareSubject(study, subject, options))) {
      if (event.kind === "ready") subjects.push(event.value);
      expect(event.kind).not.toBe("failure");
    }
  }
  return subjects;
}

/** The subjects decoded, all of them or the one named, each with the others at hand. */
async function decode(study: Study, options: StudyOptions, id?: string): Promise<StudyEvent[]> {
  const subjects = await prepared(study, options);
  const events: unknown[] = [];
  for (const own of subjects) {
    if (id !== undefined && own.id !== id) continue;
    const others = subjects.filter((other) => other !== own);
    events.push(...(await gather(decodeSubject({ own, others, study }, options))));
  }
  return events as StudyEvent[];
}

const decodedOf = (events: readonly StudyEvent[]) =>
  events.flatMap((event) => (event.kind === "decoded" ? [event] : []));

describe("decodeSubject", () => {
  const regimes = ["within-subject", "leave-one-subject-out", "adapted"] as const;

  it.each(regimes)("finds the attended source in EEG that follows it, regime %s", async (regime) => {
    const { study } = listeningStudy({ subjects: 2 });
    const rows = decisionsOf(await decode(study, optionsWith({}, { regime })));
    expect(rows.map(({ subject, trial }) => `${subject}/${trial}`)).toEqual(
      study.subjects.flatMap(({ trials }) => trials.map(({ subject, trial }) => `${subject}/${trial}`)),
    );
    expect(rows.filter(({ correct }) => correct)).toHaveLength(12);
    for (const { correlations, sources, target, decided, margin, leftOut, mixture, trainingTrials, lambda } of rows) {
      const attended = correlations[sources.indexOf(target)]!;
      expect(attended).toBeGreaterThan(0.3);
      expect(decided).toBe(target);
      expect(margin).toBeCloseTo(attended - Math.min(...correlations), 12);
      expect(leftOut).toBe(mixture);
      expect(trainingTrials).toBe({ "within-subject": 4, "leave-one-subject-out": 4, adapted: 8 }[regime]);
      expect(lambda).toBe(1);
    }
  });

  it.each(regimes)("finds nothing in EEG that follows nothing, regime %s", async (regime) => {
    const { study } = listeningStudy({ subjects: 2, snrDb: -Infinity, channels: 4 });
    const rows = decisionsOf(await decode(study, optionsWith({}, { regime })));
    expect(rows).toHaveLength(12);
    const outcomes = rows.map(({ correct, sources }) => ({ correct, sources: sources.length }));
    expect(summariseDecisions(outcomes).pValue).toBeGreaterThan(0.05);
    const attended = rows.map(({ correlations, sources, target }) => correlations[sources.indexOf(target)]!);
    expect(Math.abs(attended.reduce((sum, value) => sum + value, 0) / 12)).toBeLessThan(0.1);
  });

  it("tells the attended source among three", async () => {
    const trio = ["flute", "oboe", "horn"];
    const { study } = listeningStudy({ mixtures: [trio, trio] });
    const rows = decisionsOf(await decode(study, quickOptions));
    expect(rows.map(({ correct, correlations }) => [correct, correlations.length])).toEqual(Array(6).fill([true, 3]));
  });

  it.each(regimes)(
    "decodes a trial without knowing its target: another label changes the verdict and nothing else, regime %s",
    async (regime) => {
      const { study } = listeningStudy({ subjects: 2, seconds: 4, channels: 3 });
      const [first, ...others] = study.subjects;
      const relabelled: Study = {
        ...study,
        subjects: [
          { ...first!, trials: first!.trials.map((trial, t) => (t === 2 ? { ...trial, target: "oboe" } : trial)) },
          ...others,
        ],
      };
      const features = { features: ["envelope", "activations"] } as const;
      const options = optionsWith({}, { ...features, regime });
      const ofThird = (events: readonly StudyEvent[]) => ({
        rows: decisionsOf(events).filter(({ subject, trial }) => subject === "01" && trial === "3"),
        decoded: decodedOf(events).filter(({ subject, trial }) => subject === "01" && trial === "3"),
      });
      const [as, told] = [await decode(study, options, "01"), await decode(relabelled, options, "01")].map(ofThird);
      expect(told!.rows).toEqual(as!.rows.map((row) => ({ ...row, target: "oboe", correct: row.decided === "oboe" })));
      expect(as!.rows).toHaveLength(2);
      expect(as!.rows[0]!.target).toBe("flute");
      expect(told!.decoded).toEqual(as!.decoded.map((each) => ({ ...each, attended: 1 })));
    },
  );

  it("decodes a trial without its EEG in training: the model is the same whatever the EEG of the tested mixture", async () => {
    const { study } = listeningStudy();
    const [own] = await prepared(study, quickOptions);
    const backwards = {
      ...own!,
      trials: own!.trials.map((trial) => {
        if (trial.trial.mixture !== "mix-2") return trial;
        const channels = trial.signal.channels.map((channel) => channel.toReversed());
        return { ...trial, signal: { ...trial.signal, channels } };
      }),
    };
    const ownEvents = (await gather(decodeSubject({ own: own!, others: [], study }, quickOptions))) as StudyEvent[];
    // the trials of mixture 2, as they were, tested beside trials that the change could only reach through training
    const mixed = { ...backwards, trials: backwards.trials.map((trial, t) => (t === 2 ? own!.trials[2]! : trial)) };
    const events = (await gather(decodeSubject({ own: mixed, others: [], study }, quickOptions))) as StudyEvent[];
    const third = (all: readonly StudyEvent[]) => decodedOf(all).find(({ trial }) => trial === "3");
    expect(third(events)).toEqual(third(ownEvents));
    const first = (all: readonly StudyEvent[]) => decodedOf(all).find(({ trial }) => trial === "1");
    expect(first(events)).not.toEqual(first(ownEvents));
  });

  it("compares the samples whose lags are all inside the trial, by Pearson's correlation", async () => {
    const { study } = listeningStudy();
    const events = await decode(study, quickOptions);
    const decoded = decodedOf(events);
    for (const [r, { seconds, correlations }] of decisionsOf(events).entries()) {
      const { decoded: rows, candidates, valid } = decoded[r]!;
      // 10 s and the sample at its end; 250 ms of lags are 16 samples
      expect(valid!.length).toBe(641);
      expect(seconds).toBe(625 / 64);
      const kept = (values: Float64Array) => values.filter((_, n) => valid![n] === 1);
      for (const [s, [candidate]] of candidates.entries()) {
        expect(correlations[s]).toBeCloseTo(pearson(kept(rows[0]!), kept(candidate!)), 12);
      }
    }
  });

  it("leaves artefacts out of training and scores, and has numbers for all that", async () => {
    const { study, eeg } = listeningStudy();
    const source = eeg["sub-01"]!;
    const read = source.read.bind(source);
    // half a second in every trial in which an electrode is touched
    source.read = async (start, end) => {
      const { rateHz, channels } = await read(start, end);
      const touched = study.subjects[0]!.trials.map(({ onsetSeconds }) => (onsetSeconds + 4) * rateHz);
      return {
        rateHz,
        channels: channels.map((channel) =>
          channel.map((value, n) =>
            touched.some((at) => start + n >= at && start + n < at + 32) ? value + 1e4 * ((n % 2) - 0.5) : value,
          ),
        ),
      };
    };
    const wide = { lowHz: 1, highHz: 30 };
    const kept = decisionsOf(await decode(study, optionsWith(wide)));
    const events = await decode(study, optionsWith({ ...wide, artefacts: "exclude" }));
    const rows = decisionsOf(events);
    expect(rows).toHaveLength(6);
    for (const [r, row] of rows.entries()) {
      expect(row.correlations.every(Number.isFinite)).toBe(true);
      expect(row.seconds).toBeLessThan(kept[r]!.seconds - 0.5);
      expect(row.seconds).toBeGreaterThan(7);
      const { valid, decoded } = decodedOf(events)[r]!;
      expect(decoded.flatMap((values) => Array.from(values)).every(Number.isFinite)).toBe(true);
      expect(valid!.slice(4 * 64, 4.5 * 64 - 2)).toEqual(new Uint8Array(30));
    }
    const right = (all: typeof rows) => all.filter(({ correct }) => correct).length;
    expect(right(rows)).toBe(6);
    expect(right(kept)).toBeLessThanOrEqual(right(rows));
  });

  it("trains without the samples that artefacts exclude: whatever they are, models are the same to the bit", async () => {
    const { study } = listeningStudy({ seconds: 6 });
    const options = optionsWith({ artefacts: "exclude" });
    const [own] = await prepared(study, options);
    const decodedWith = async (height: number) => {
      const trials = own!.trials.map((trial, t) => {
        if (t > 0) return trial;
        const channels = trial.signal.channels.map((channel) => channel.slice().fill(height, 100, 110));
        return { ...trial, signal: { ...trial.signal, channels } };
      });
      const events = await gather(decodeSubject({ own: { id: "01", trials }, others: [], study }, options));
      return decodedOf(events as StudyEvent[]).slice(2);
    };
    expect(await decodedWith(1e5)).toEqual(await decodedWith(1e3));
    expect(await decodedWith(1e3)).toHaveLength(4);
    expect(await decodedWith(0)).not.toEqual(await decodedWith(1e3));
  });

  it("decodes activations in a dictionary of the training trials' attended sources", async () => {
    const { study } = listeningStudy({ seconds: 4 });
    const options = optionsWith({}, { features: ["activations", "envelope"] });
    const [own] = await prepared(study, options);
    const events = await gather(decodeSubject({ own: own!, others: [], study }, options));
    const decoded = decodedOf(events as StudyEvent[]);
    expect(decoded.map(({ feature }) => feature)).toEqual(
      Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? "activations" : "envelope")),
    );
    for (const { feature, decoded: rows, candidates } of decoded) {
      const components = feature === "activations" ? 2 : 1;
      expect(rows).toHaveLength(components);
      expect(candidates.map((each) => each.length)).toEqual([components, components]);
    }
    expect(events.filter(({ kind }) => kind === "ready")).toHaveLength(6);
    expect(events.filter(({ kind }) => kind === "step")).toHaveLength(6);
  });

  it("chooses lambda from the grid, and warns where the best one is at its end", async () => {
    const { study } = listeningStudy({ seconds: 5 });
    const events = await decode(study, optionsWith({}, { lambda: [1e7, 1e8] }));
    expect(new Set(decisionsOf(events).map(({ lambda }) => lambda))).toEqual(new Set([1e7]));
    const warnings = events.flatMap((event) => (event.kind === "warning" ? [event.message] : []));
    expect(warnings.length).toBeGreaterThan(0);
    for (const warning of warnings) expect(warning).toMatch(/^01, envelope, without mix-\d: /);
  });

  it("fails the trials of a fold that cannot be trained, with the reason, and tests the others", async () => {
    const { study } = listeningStudy();
    const [own] = await prepared(study, quickOptions);
    const spans = own!.trials.map((trial) => {
      // mixture 3 in EEG that stands still: without it in training all is well
      if (trial.trial.mixture === "mix-3") return trial;
      return { ...trial, signal: { ...trial.signal, channels: trial.signal.channels.map((c) => c.fill(0)) } };
    });
    const events = await gather(decodeSubject({ own: { id: "01", trials: spans }, others: [], study }, quickOptions));
    expect(failuresOf(events).map(({ trial }) => trial)).toEqual(["5", "6"]);
    expect(decisionsOf(events as StudyEvent[]).map(({ trial }) => trial)).toEqual(["1", "2", "3", "4"]);
    // nothing decoded from nothing: a constant correlates with no source, so none is decided for
    for (const row of decisionsOf(events as StudyEvent[])) {
      expect(row).toMatchObject({ decided: "none", correct: false, margin: 0 });
    }
  });

  it("fails every trial with the reason where there is no way to train", async () => {
    const { study } = listeningStudy({ mixtures: [["flute", "oboe"]] });
    const events = await decode(study, quickOptions);
    expect(failuresOf(events)).toEqual(
      ["1", "2"].map((trial) => ({
        subject: "01",
        trial,
        code: "bad-shape",
        message: "decode: subject 01 has one mixture, mix-1; regime within-subject trains on others and needs two",
      })),
    );
  });
});
