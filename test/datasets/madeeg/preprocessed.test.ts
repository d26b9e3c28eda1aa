import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { madEegOrigin, openMadEeg } from "../../../datasets/madeeg.ts";
import { expectRefusal } from "../../formats/refusal.ts";
import {
  audioRateHz,
  type Corpus,
  eegNames,
  eegRateHz,
  eegValue,
  source,
  trialOf,
  writePreprocessed,
} from "./files.ts";

let place: string;
let number = 0;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "neurosteer-madeeg-"));
});
afterAll(() => rm(place, { recursive: true, force: true }));

const duoCo = "classique_morceau1_duo_CoFl_theme1_stereo_Co";
const duoFl = "classique_morceau1_duo_CoFl_theme1_stereo_Fl";
const trio = "pop_mixtape_trio_BsDrVx_theme1_stereo_Vx";

const open = (corpus: Corpus, options: { maximumResidualDb?: number } = {}) => {
  const folder = join(place, String(number++));
  writePreprocessed(folder, corpus);
  return openMadEeg(folder, { release: "preprocessed", ...options });
};

/** A corpus of one good and one edited trial. */
const edited = (edit: (trial: ReturnType<typeof trialOf>) => void): Corpus => {
  const trial = trialOf(duoCo);
  edit(trial);
  return { "0001": { [duoFl]: trialOf(duoFl), [duoCo]: trial } };
};

describe("openMadEeg, preprocessed", () => {
  test("plans every trial with its target, sources, mixture and song", async () => {
    const study = await open({
      "0001": { [duoCo]: trialOf(duoCo), [duoFl]: trialOf(duoFl) },
      "0007": { [trio]: trialOf(trio) },
    });
    expect(study.problems).toEqual([]);
    expect(study).toMatchObject({ title: "MAD-EEG (preprocessed)", ...madEegOrigin });
    expect(study.subjects.map(({ id, trials }) => [id, trials.length])).toEqual([
      ["0001", 2],
      ["0007", 1],
    ]);
    const [first, second] = study.subjects[0]!.trials;
    expect(first).toMatchObject({
      subject: "0001",
      trial: duoCo,
      recording: `0001/${duoCo}`,
      onsetSeconds: 0,
      durationSeconds: 1,
      mixture: "classique_morceau1_duo_CoFl_theme1_stereo",
      song: "morceau1",
      target: "Co",
      sources: ["Co", "Fl"],
    });
    expect(second).toMatchObject({ mixture: first!.mixture, target: "Fl" });
    expect(first!.inputs.map((path) => path.split("/").at(-1))).toEqual([
      "madeeg_preprocessed.hdf5",
      "madeeg_preprocessed.yaml",
    ]);
  });

  test("names mixtures that were attended for one instrument only", async () => {
    const study = await open({ "0001": { [duoCo]: trialOf(duoCo), [duoFl]: trialOf(duoFl), [trio]: trialOf(trio) } });
    const flagged = study.notes.filter((note) => note.includes("only"));
    expect(flagged).toEqual([expect.stringContaining("pop_mixtape_trio_BsDrVx_theme1_stereo: only Vx")]);
  });

  test("reads any stretch of a trial's EEG", async () => {
    const study = await open({ "0001": { [duoCo]: trialOf(duoCo) } });
    const eeg = await study.openEeg(study.subjects[0]!.trials[0]!);
    expect(eeg.rateHz).toBe(eegRateHz);
    expect(eeg.samples).toBe(eegRateHz + 1);
    expect(eeg.channels).toEqual(eegNames.map((name) => ({ name, type: "eeg" })));
    const { channels } = await eeg.read(100, 103);
    expect(channels.map((values) => [...values])).toEqual(
      eegNames.map((_, row) => [100, 101, 102].map((sample) => eegValue(row, sample))),
    );
    await eeg.close!();
  });

  test("reads sources that sum to the mixture, in the metadata's order", async () => {
    const study = await open({ "0001": { [trio]: trialOf(trio) } });
    const trial = study.subjects[0]!.trials[0]!;
    const sound = await study.readSound(trial);
    expect(sound.rateHz).toBe(audioRateHz);
    expect(sound.stems.map(({ name }) => name)).toEqual(["Bs", "Dr", "Vx"]);
    const gains = [0.8, 1, 0.6];
    sound.stems.forEach(({ name, samples }, s) => {
      expect(samples).toBeAllclose(
        source(name, audioRateHz).map((value) => (gains[s]! * value) / 2),
        { rtol: 1e-15 },
      );
    });
    const sum = sound.mixture.map((_, i) => sound.stems.reduce((total, { samples }) => total + samples[i]!, 0));
    expect(sum).toBeAllclose(sound.mixture, { atol: 1e-15 });
    expect(sound.channels).toEqual(trialOf(trio).arrays.stimulus);
  });

  test("finds the sound of a copy of a trial with another target", async () => {
    const study = await open({ "0001": { [duoCo]: trialOf(duoCo) } });
    const copy = { ...study.subjects[0]!.trials[0]!, target: "Fl" };
    expect((await study.readSound(copy)).stems).toHaveLength(2);
    await expectRefusal(() => study.readSound({ ...copy, trial: "other" }), "not-found", "0001", "other");
  });

  test("keeps to the shorter of EEG and audio where they differ by a sample", async () => {
    const study = await open(
      edited(({ arrays }) => {
        arrays.response.samples = eegRateHz - 1;
      }),
    );
    const trial = study.subjects[0]!.trials.find(({ trial: name }) => name === duoCo)!;
    expect(trial.durationSeconds).toBe((eegRateHz - 1) / eegRateHz);
    const { mixture, stems } = await study.readSound(trial);
    expect(mixture).toHaveLength(Math.round(((eegRateHz - 1) / eegRateHz) * audioRateHz));
    expect(stems.every(({ samples }) => samples.length === mixture.length)).toBe(true);
  });

  test("finds the files in the folder itself as well", async () => {
    const folder = join(place, String(number++));
    writePreprocessed(folder, { "0001": { [duoCo]: trialOf(duoCo) } });
    const study = await openMadEeg(join(folder, "preprocessed"), { release: "preprocessed" });
    expect(study.subjects).toHaveLength(1);
  });
});

describe("the check of a mixture", () => {
  const check = async (edit: (trial: ReturnType<typeof trialOf>) => void, options = {}) => {
    const study = await open(edited(edit), options);
    const trial = study.subjects[0]!.trials.find(({ trial: name }) => name === duoCo)!;
    return { study, trial, result: await study.checkMixture(trial) };
  };

  test("leaves nothing of a mixture that is the sum of its sources", async () => {
    const { result } = await check(() => {});
    expect(result.residualDb).toBeLessThan(-300);
    expect(result.scale).toBeCloseTo(1, 12);
  });

  test("tells a mixture at another loudness, and gives its sources in that", async () => {
    const { study, trial, result } = await check(({ arrays }) => {
      arrays.stimulus = arrays.stimulus.map((channel) => channel.map((value) => 2 * value));
    });
    // half of it is left over: an energy of a quarter
    expect(result.residualDb).toBeCloseTo(10 * Math.log10(0.25), 10);
    expect(result.scale).toBeCloseTo(2, 12);
    expect(result.scaledResidualDb).toBeLessThan(-250);
    const { mixture, stems } = await study.readSound(trial);
    expect(stems[0]!.samples.map((value, i) => value + stems[1]!.samples[i]!)).toBeAllclose(mixture, { atol: 1e-12 });
  });

  test("refuses the sound of a mixture that is not the sum, unless asked to accept it", async () => {
    const wrong = ({ arrays }: ReturnType<typeof trialOf>) => {
      arrays.stimulus = [source("Vx", audioRateHz), source("Gt", audioRateHz)];
    };
    const { study, trial, result } = await check(wrong);
    expect(result.scaledResidualDb).toBeGreaterThan(-1);
    await expectRefusal(() => study.readSound(trial), "bad-value", duoCo, "not the sum of its sources", "-20 dB");
    const lenient = await check(wrong, { maximumResidualDb: Infinity });
    expect((await lenient.study.readSound(lenient.trial)).stems).toHaveLength(2);
  });
});

describe("a problem is named and the rest of the study stands", () => {
  test.each<[string, (trial: ReturnType<typeof trialOf>) => void, string, string[]]>([
    ["a source without a row", ({ arrays }) => arrays.soli.splice(1), "bad-shape", ["soli has 1 rows", "Co, Fl"]],
    ["another target in the metadata", ({ fields }) => (fields.target = "Fl"), "bad-format", ["target Co", "Fl"]],
    ["another song", ({ fields }) => (fields.song = "morceau2"), "bad-format", ["song morceau1", "morceau2"]],
    ["another render", ({ fields }) => (fields.spatial = "mono"), "bad-format", ["stereo", "mono"]],
    ["other instruments", ({ fields }) => (fields.instruments = ["Co", "Ob"]), "bad-format", ["Co, Fl", "Co, Ob"]],
    [
      "instruments missing",
      ({ fields }) => delete (fields as never as { instruments?: [] }).instruments,
      "bad-format",
      ["instruments is missing"],
    ],
    ["gains missing", ({ fields }) => (fields.wav_info.gains = [0.5]), "bad-format", ["gains is [0.5]", "2 numbers"]],
    ["panning beyond 1", ({ fields }) => (fields.wav_info.panning = [0.2, 1.2]), "bad-value", ["1.2"]],
    [
      "fewer channels than rows",
      ({ fields }) => fields.eeg_info.ch_names.pop(),
      "bad-shape",
      ["20 rows", "19 channels"],
    ],
    ["no rate", ({ fields }) => (fields.eeg_info.sfreq = 0), "bad-value", ["sfreq is 0"]],
    ["a mixture of one channel", ({ arrays }) => arrays.stimulus.pop(), "bad-shape", ["stimulus has 1 rows"]],
    [
      "a shorter mixture",
      ({ arrays }) => (arrays.stimulus = arrays.stimulus.map((c) => c.slice(1))),
      "bad-shape",
      ["44100", "44099"],
    ],
    [
      "EEG that is shorter than the audio",
      ({ arrays }) => (arrays.response.samples = 200),
      "bad-shape",
      ["0.781 s", "1.000 s"],
    ],
  ])("%s", async (_, edit, code, words) => {
    const study = await open(edited(edit));
    expect(study.subjects.map(({ trials }) => trials.map(({ trial }) => trial))).toEqual([[duoFl]]);
    expect(study.problems).toHaveLength(1);
    expect(study.problems[0]).toMatchObject({ subject: "0001", trial: duoCo, code });
    for (const word of words) expect(study.problems[0]!.message).toContain(word);
    expect(study.problems[0]!.message).not.toContain("\n");
  });

  test.each<[string, (trial: ReturnType<typeof trialOf>) => void, string[]]>([
    ["a silent source", ({ arrays }) => arrays.soli[1]!.fill(0), ["Fl (row 1) is silent"]],
    ["a sound behind the last instrument", ({ arrays }) => arrays.soli[2]!.fill(0.1), ["row 2 is not empty"]],
    [
      "a silent mixture",
      ({ arrays }) => (arrays.stimulus = arrays.stimulus.map((channel) => new Float64Array(channel.length))),
      ["stimulus: is silent"],
    ],
    ["a sample that is no number", ({ arrays }) => arrays.soli[0]!.fill(Number.NaN, 7, 8), ["index 7"]],
  ])("%s, when it is read", async (_, edit, words) => {
    const study = await open(edited(edit));
    const trial = study.subjects[0]!.trials.find(({ trial: name }) => name === duoCo)!;
    await expectRefusal(() => study.readSound(trial), "bad-value", ...words);
  });

  test("a name of another form, a trial in one file only, a subject in one file only or without trials", async () => {
    const folder = join(place, String(number++));
    const good = { [duoCo]: trialOf(duoCo), [duoFl]: trialOf(duoFl) };
    const named = { ...trialOf(duoCo) };
    const { metadata } = writePreprocessed(folder, {
      "0001": { ...good, extra: named },
      "0002": good,
      "0003": {},
      "0004": good,
    });
    const text = readFileSync(metadata, "utf8");
    // subject 0002 loses a trial in the metadata, subject 0004 is renamed to 0005 there
    const second = text.indexOf("0002");
    const third = text.indexOf('"0003"');
    const cut = text.indexOf(duoFl, second);
    writeFileSync(metadata, (text.slice(0, cut - 2) + text.slice(third)).replace("0004", "0005"));
    const study = await openMadEeg(folder, { release: "preprocessed" });
    expect(study.subjects.map(({ id, trials }) => [id, trials.length])).toEqual([
      ["0001", 2],
      ["0002", 1],
    ]);
    expect(study.problems.map(({ subject, trial, code }) => [subject, trial, code])).toEqual([
      ["0001", "extra", "bad-format"],
      ["0002", duoFl, "not-found"],
      ["0003", undefined, "not-found"],
      ["0004", undefined, "not-found"],
      ["0005", undefined, "not-found"],
    ]);
  });
});

describe("openMadEeg refuses in one line", () => {
  test("a folder without the files, and an unknown release", async () => {
    await expectRefusal(
      () => openMadEeg(join(place, "none"), { release: "preprocessed" }),
      "not-found",
      "no such folder",
    );
    await expectRefusal(
      () => openMadEeg(place, { release: "preprocessed" }),
      "not-found",
      "has no madeeg_preprocessed.hdf5, madeeg_preprocessed.yaml",
      "zenodo",
    );
    await expectRefusal(() => openMadEeg(place, { release: "cooked" as never }), "bad-option", '"cooked"');
  });

  test("a study of which nothing is left: its first problem", async () => {
    const trial = trialOf(duoCo);
    trial.fields.target = "Fl";
    await expectRefusal(() => open({ "0001": { [duoCo]: trial } }), "bad-format", "they must agree");
  });

  test("HDF5 that is cut short or none at all, and metadata that is no YAML", async () => {
    const folder = join(place, String(number++));
    const { data, metadata } = writePreprocessed(folder, { "0001": { [duoCo]: trialOf(duoCo) } });
    const whole = readFileSync(data);
    const again = () => openMadEeg(folder, { release: "preprocessed" });
    writeFileSync(data, whole.subarray(0, whole.length / 2));
    await expectRefusal(again, "truncated", data, "cut short");
    writeFileSync(data, "<html>no such record</html>");
    await expectRefusal(again, "bad-format", data, "no HDF5 file");
    writeFileSync(data, whole);
    writeFileSync(metadata, '"0001": [1, 2\n"0002": }');
    await expectRefusal(again, "bad-format", metadata, "YAML");
    writeFileSync(metadata, "- 1\n- 2\n");
    await expectRefusal(again, "bad-format", metadata, "a list of 2; a map of fields is needed");
  });
});
