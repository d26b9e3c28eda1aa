import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openMadEeg } from "../../../datasets/madeeg.ts";
import { encodeWav } from "../../../src/index.ts";
import { expectRefusal } from "../../formats/refusal.ts";
import {
  audioRateHz,
  eegNames,
  eegRateHz,
  eegValue,
  presentation,
  type RawSubject,
  rawSubject,
  source,
  trialOf,
  writePreprocessed,
  writeRaw,
} from "./files.ts";

let place: string;
let number = 0;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "neurosteer-madeeg-"));
});
afterAll(() => rm(place, { recursive: true, force: true }));

const solo = "classique_morceau1_solo_Co_theme2_mono";
const soloFl = "classique_morceau1_solo_Fl_theme2_mono";
const stereo = "classique_morceau1_duo_CoFl_theme1_stereo_lcr_Co";
const mono = "classique_morceau1_duo_CoFl_theme1_mono_Fl";
const donor = "classique_morceau1_duo_CoFl_theme1_stereo_Fl";
const part = audioRateHz / 4;

function write(corpus: Record<string, RawSubject>, withSources = true): string {
  const folder = join(place, String(number++));
  writeRaw(folder, corpus);
  if (withSources) writePreprocessed(folder, { "0009": { [donor]: trialOf(donor) } });
  return folder;
}

const open = (corpus: Record<string, RawSubject>, withSources = true) =>
  openMadEeg(write(corpus, withSources), { release: "raw" });

describe("openMadEeg, raw", () => {
  test("plans every repetition as a trial of the subject's recording, solos apart", async () => {
    const study = await open({ "0001": rawSubject(solo, stereo, mono, soloFl) });
    expect(study.problems).toEqual([]);
    const [subject] = study.subjects;
    expect(subject!.trials.map(({ trial }) => trial)).toEqual(
      [stereo, mono].flatMap((key) => [1, 2, 3, 4].map((r) => `${key}_${r}`)),
    );
    expect(subject!.solos!.map(({ target }) => target)).toEqual(
      [..."1234"].flatMap(() => ["Co"]).concat(Array(4).fill("Fl")),
    );
    // the second repetition of the second presentation starts half a second after its onset
    const onset = 100 + 2 * eegRateHz + eegRateHz / 2;
    expect(subject!.trials[1]).toMatchObject({
      subject: "0001",
      recording: "0001",
      onsetSeconds: onset / eegRateHz,
      durationSeconds: 0.25,
      mixture: "classique_morceau1_duo_CoFl_theme1_stereo_lcr",
      song: "morceau1",
      target: "Co",
      sources: ["Co", "Fl"],
    });
    expect(subject!.solos![0]).toMatchObject({ mixture: solo, target: "Co", sources: ["Co"] });
    expect(subject!.trials[1]!.inputs.map((path) => path.split("/").at(-1))).toEqual([
      "madeeg_raw.hdf5",
      "madeeg_raw.yaml",
      "madeeg_sequences_raw.yaml",
      "classique_morceau1_duo_CoFl_theme1_stereo_lcr_2.wav",
      "madeeg_preprocessed.hdf5",
      "madeeg_preprocessed.yaml",
    ]);
  });

  test("types channels by their kind: the one named ECG is none, AUX3 is the EOG", async () => {
    const study = await open({ "0001": rawSubject(solo, stereo) });
    const eeg = await study.openEeg(study.subjects[0]!.trials[0]!);
    expect(eeg.channels).toEqual([
      ...eegNames.map((name) => ({ name, type: "eeg", ...(name === "Fz" && { bad: true }) })),
      { name: "AUX3", type: "eog" },
    ]);
    expect(eeg).toMatchObject({ rateHz: eegRateHz, samples: 20 * eegRateHz });
    const { channels } = await eeg.read(5000, 5002);
    // rows 1 to 20 are the EEG, row 22 the EOG
    const rows = [...eegNames.map((_, i) => i + 1), 22];
    expect(channels.map((values) => [...values])).toEqual(
      rows.map((row) => [eegValue(row, 5000), eegValue(row, 5001)]),
    );
    await eeg.close!();
  });

  test("takes the sources of a mixture from the preprocessed release, the repetition's part of them", async () => {
    const study = await open({ "0001": rawSubject(solo, mono) });
    const trial = study.subjects[0]!.trials[2]!;
    const { mixture, stems, rateHz } = await study.readSound(trial);
    expect(rateHz).toBe(audioRateHz);
    expect(mixture).toHaveLength(part);
    const gains = { Co: 0.8, Fl: 1 } as Record<string, number>;
    for (const { name, samples } of stems) {
      const own = source(name, 4 * part).subarray(2 * part, 3 * part);
      // the WAV file is float32
      expect(samples).toBeAllclose(
        own.map((value) => (gains[name]! * value) / 2),
        { rtol: 1e-6, atol: 1e-12 },
      );
    }
    expect((await study.checkMixture(trial)).scaledResidualDb).toBeLessThan(-130);
    expect((await study.checkMixture(trial)).scale).toBeCloseTo(1, 6);
  });

  test("gives a solo as mixture and source at once", async () => {
    const study = await open({ "0001": rawSubject(solo, mono) });
    const trial = study.subjects[0]!.solos![1]!;
    const { mixture, stems } = await study.readSound(trial);
    expect(mixture).toBeAllclose(
      source("Co", 2 * part)
        .subarray(part)
        .map((value) => value / 2),
      { atol: 1e-7 },
    );
    expect(stems).toEqual([{ name: "Co", samples: mixture }]);
    await expectRefusal(() => study.checkMixture(trial), "bad-option", "is a solo");
  });

  test("names the subjects that heard no solo of an instrument", async () => {
    const study = await open({ "0001": rawSubject(solo, soloFl, mono), "0007": rawSubject(solo, mono) });
    expect(study.notes.filter((note) => note.includes("solo"))).toEqual(["subject 0007: there is no solo of Fl"]);
  });

  test("gives the solos alone where the preprocessed release is missing, and says so", async () => {
    const study = await open({ "0001": rawSubject(solo, mono) }, false);
    expect(study.subjects[0]!.trials).toEqual([]);
    expect(study.subjects[0]!.solos).toHaveLength(4);
    expect(study.problems).toEqual([]);
    expect(study.notes.join("\n")).toContain("madeeg_preprocessed.hdf5");
  });
});

describe("a problem is named and the rest of the study stands", () => {
  const withPresentation = (edit: (subject: RawSubject) => void) => {
    const subject = rawSubject(solo, mono);
    edit(subject);
    return open({ "0001": subject, "0002": rawSubject(solo, mono) });
  };

  test.each<[string, (subject: RawSubject) => void, string, string[]]>([
    ["onsets without files", ({ sequence }) => sequence[mono]!.wav_files.pop(), "bad-format", ["4 onsets", "3 files"]],
    [
      "onsets that are no samples",
      ({ sequence }) => sequence[mono]!.n_ech.splice(0, 1, "12:00"),
      "bad-format",
      ['"12:00"'],
    ],
    [
      "a file in another folder",
      ({ sequence }) => sequence[mono]!.wav_files.splice(0, 1, "../x.wav"),
      "bad-format",
      ['"../x.wav"'],
    ],
    [
      "a mixture whose sources are nowhere",
      ({ sequence }) => {
        sequence.pop_falldead_duo_BsDr_theme1_mono_Bs = presentation("pop_falldead_duo_BsDr_theme1_mono_Bs", 10);
      },
      "not-found",
      ["no sources of pop_falldead_duo_BsDr_theme1"],
    ],
    [
      "a name of another form",
      ({ sequence }) => {
        sequence.rest = presentation(solo, 10);
      },
      "bad-format",
      ['stimulus "rest"'],
    ],
    [
      "a repetition behind the end",
      ({ sequence }) => sequence[mono]!.n_ech.splice(3, 1, 20 * eegRateHz - 20),
      "bad-shape",
      ["20.000 s"],
    ],
  ])("%s", async (_, edit, code, words) => {
    const study = await withPresentation(edit);
    expect(study.subjects.map(({ id }) => id)).toEqual(["0001", "0002"]);
    expect(study.problems).toHaveLength(1);
    expect(study.problems[0]).toMatchObject({ subject: "0001", code });
    for (const word of words) expect(study.problems[0]!.message).toContain(word);
    expect(study.subjects[1]!.trials).toHaveLength(4);
  });

  test.each<[string, (subject: RawSubject) => void, string, string[]]>([
    [
      "a recording of fewer channels",
      (subject) => (subject.channels = subject.channels.slice(1)),
      "bad-shape",
      ["29 channels"],
    ],
    [
      "no channel of kind EEG",
      (subject) => (subject.channels = subject.channels.map((c) => ({ ...c, kind: 502 }))),
      "bad-value",
      ["kind EEG"],
    ],
    [
      "a subject without presentations",
      (subject) => (subject.sequence = {}),
      "not-found",
      ["0001 has no presentation"],
    ],
  ])("%s", async (name, edit, code, words) => {
    const folder = write({ "0001": rawSubject(solo, mono), "0002": rawSubject(solo, mono) });
    const subject = rawSubject(solo, mono);
    edit(subject);
    const aside = join(place, `${number++}-aside`);
    writeRaw(aside, { "0001": subject, "0002": rawSubject(solo, mono) });
    for (const file of ["madeeg_raw.yaml", "madeeg_sequences_raw.yaml"]) {
      writeFileSync(join(folder, "raw", file), readFileSync(join(aside, "raw", file)));
    }
    const study = await openMadEeg(folder, { release: "raw" });
    expect(
      study.subjects.map(({ id }) => id),
      name,
    ).toEqual(["0002"]);
    expect(study.problems).toMatchObject([{ subject: "0001", code }]);
    for (const word of words) expect(study.problems[0]!.message).toContain(word);
  });

  test("a stimulus that is missing, none, silent, or not as long as its sources", async () => {
    const folder = write({ "0001": rawSubject(solo, mono) });
    const stimulus = (r: number) => join(folder, "raw/stimuli", `classique_morceau1_duo_CoFl_theme1_mono_${r}.wav`);
    const wav = (samples: Float64Array) => encodeWav({ rateHz: audioRateHz, channels: [samples] });
    rmSync(stimulus(1));
    writeFileSync(stimulus(2), "no sound");
    writeFileSync(stimulus(3), wav(new Float64Array(part)));
    writeFileSync(stimulus(4), wav(source("Co", part - 0.06 * audioRateHz)));
    const study = await openMadEeg(folder, { release: "raw" });
    expect(study.problems.map(({ trial, code }) => [trial, code])).toEqual([
      [`${mono}_1`, "not-found"],
      [`${mono}_2`, "bad-format"],
      [`${mono}_4`, "bad-shape"],
    ]);
    const [silent] = study.subjects[0]!.trials;
    await expectRefusal(() => study.readSound(silent!), "bad-value", stimulus(3), "is silent");
  });
});

describe("openMadEeg refuses a raw release in one line", () => {
  test("that lacks a file, or whose HDF5 cannot be read", async () => {
    const folder = write({ "0001": rawSubject(solo, mono) });
    const data = join(folder, "raw/madeeg_raw.hdf5");
    const whole = readFileSync(data);
    writeFileSync(data, whole.subarray(0, 3000));
    await expectRefusal(() => openMadEeg(folder, { release: "raw" }), "truncated", data);
    rmSync(data);
    await expectRefusal(() => openMadEeg(folder, { release: "raw" }), "not-found", "has no madeeg_raw.hdf5;");
  });

  test("a damaged stretch of a recording, when it is read", async () => {
    const folder = write({ "0001": rawSubject(solo, mono) });
    const data = join(folder, "raw/madeeg_raw.hdf5");
    const bytes = readFileSync(data);
    bytes.fill(0x55, bytes.length >> 1, (bytes.length >> 1) + 8000);
    writeFileSync(data, bytes);
    const study = await openMadEeg(folder, { release: "raw" });
    const eeg = await study.openEeg(study.subjects[0]!.trials[0]!);
    await expectRefusal(() => eeg.read(0, eeg.samples), "bad-format", data, "the HDF5 library cannot read it");
    await eeg.close!();
  });
});
