import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it, test } from "vitest";
import { simulatedStudyOrigin, simulateStudy } from "../../datasets/simulated.ts";
import { ToolkitError } from "../../src/core/error.ts";
import { encodeEdf } from "../../src/formats/encodeEdf.ts";
import { openBidsStudy } from "../../src/study/bidsStudy.ts";

const place = mkdtempSync(join(tmpdir(), "bids-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const events = "sub-a/eeg/sub-a_task-listen_events.tsv";
const stimuli = "stimuli/stimuli.tsv";
const recording = "sub-a/eeg/sub-a_task-listen_eeg.edf";

/** A small study; sounds and recording are empty files, since only their names matter here. */
const files: Readonly<Record<string, string>> = {
  "dataset_description.json": '{ "Name": "Two tunes", "BIDSVersion": "1.9.0" }',
  "participants.tsv": "participant_id\nsub-a\n",
  [recording]: "",
  [events]: [
    "onset\tduration\ttrial_type\tstim_file\ttarget",
    "0.5\t10\tlisten\tfirst.wav\tflute",
    "11\tn/a\tpause\tn/a\tn/a",
    "12.25\t9.5\tlisten\tmore/second.wav\tdrum",
    "",
  ].join("\n"),
  [stimuli]: [
    "source\tmixture\tstim_file\tstem_file",
    "flute\tone\tfirst.wav\tflute.wav",
    "drum\tone\tfirst.wav\tdrum.wav",
    "voice\ttwo\tmore/second.wav\tmore/voice.wav",
    "drum\ttwo\tmore/second.wav\tdrum.wav",
    "flute\ttwo\tmore/second.wav\tflute.wav",
    "",
  ].join("\n"),
  "stimuli/first.wav": "",
  "stimuli/flute.wav": "",
  "stimuli/drum.wav": "",
  "stimuli/more/second.wav": "",
  "stimuli/more/voice.wav": "",
};

let count = 0;
/** Writes the study with some files changed, added or (undefined) left out. */
function studyWith(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const folder = join(place, `study ${count++}`);
  mkdirSync(folder);
  for (const [name, content] of Object.entries({ ...files, ...changes })) {
    if (content === undefined) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const replaced = (name: string, from: string, to: string) => ({ [name]: files[name]!.replace(from, to) });

describe("openBidsStudy", () => {
  it("reads subjects, trials and the files of mixtures and sources", async () => {
    const folder = studyWith();
    const at = (name: string) => join(folder, name);
    const study = await openBidsStudy(folder);
    expect(study).toMatchObject({ folder, title: "Two tunes", problems: [] });
    expect(study.subjects).toEqual([
      {
        id: "a",
        trials: [
          {
            subject: "a",
            trial: "01",
            recording,
            onsetSeconds: 0.5,
            durationSeconds: 10,
            mixture: "one",
            target: "flute",
            sources: ["flute", "drum"],
            inputs: [recording, "stimuli/first.wav", "stimuli/flute.wav", "stimuli/drum.wav"].map(at),
          },
          {
            subject: "a",
            trial: "02",
            recording,
            onsetSeconds: 12.25,
            durationSeconds: 9.5,
            mixture: "two",
            target: "drum",
            sources: ["voice", "drum", "flute"],
            inputs: [
              recording,
              "stimuli/more/second.wav",
              "stimuli/more/voice.wav",
              "stimuli/drum.wav",
              "stimuli/flute.wav",
            ].map(at),
          },
        ],
      },
    ]);
  });

  it("reads several recordings of a subject one after the other, trials numbered on", async () => {
    const folder = studyWith({
      "sub-a/ses-late/eeg/sub-a_ses-late_eeg.bdf": "",
      "sub-a/ses-late/eeg/sub-a_ses-late_events.tsv": files[events]!,
    });
    const { subjects } = await openBidsStudy(folder);
    expect(subjects[0]!.trials.map(({ trial, session }) => [trial, session])).toEqual([
      ["01", undefined],
      ["02", undefined],
      ["03", "late"],
      ["04", "late"],
    ]);
  });

  it("takes names of trials and songs from the tables, and names a trial that is there twice", async () => {
    const folder = studyWith({
      [events]: [
        "onset\tduration\tstim_file\ttarget\ttrial",
        "1\t2\tfirst.wav\tdrum\tüben 1",
        "4\t2\tfirst.wav\tflute\tüben 1",
        "",
      ].join("\n"),
      [stimuli]: files[stimuli]!.split("\n")
        .map((line, i) => (line === "" ? "" : `${line}\t${i === 0 ? "song" : "waltz"}`))
        .join("\n"),
    });
    const { subjects, problems } = await openBidsStudy(folder);
    expect(subjects[0]!.trials).toMatchObject([{ trial: "üben 1", song: "waltz", target: "drum" }]);
    expect(problems).toMatchObject([{ subject: "a", trial: "üben 1", code: "bad-format" }]);
    expect(problems[0]!.message).toContain('row 3: trial "üben 1" is there twice');
  });

  it("names the subjects that cannot be used, and goes on with the others", async () => {
    const folder = studyWith({ "sub-b/eeg/notes.txt": "" });
    const { subjects, problems } = await openBidsStudy(folder);
    expect(subjects.map(({ id }) => id)).toEqual(["a"]);
    expect(problems).toMatchObject([{ subject: "b", code: "not-found" }]);
    expect(problems[0]).not.toHaveProperty("trial");
  });

  it("passes the sentence of synthetic data on", async () => {
    const folder = studyWith({ "dataset_description.json": '{ "Name": "x", "Synthetic": "Made up." }' });
    expect((await openBidsStudy(folder)).synthetic).toBe("Made up.");
  });

  it("passes licence, citation and source on, those of the simulated study too", async () => {
    const description = { Name: "x", License: "CC-BY-4.0", HowToAcknowledge: "A, 2020", DatasetDOI: "doi:10.1/x" };
    const folder = studyWith({ "dataset_description.json": JSON.stringify(description) });
    expect(await openBidsStudy(folder)).toMatchObject({
      licence: "CC-BY-4.0",
      citations: ["A, 2020"],
      source: "doi:10.1/x",
    });
    const simulated = join(place, "simulated");
    const sizes = { subjects: 1, trials: 2, seconds: 4, audioRateHz: 8000, eegRateHz: 128 };
    const { synthetic } = await simulateStudy(simulated, sizes);
    expect(await openBidsStudy(simulated)).toMatchObject({
      ...simulatedStudyOrigin,
      synthetic,
      notes: [],
      problems: [],
    });
    // the terms of the project it comes from
    const text = readFileSync(join(import.meta.dirname, "../../LICENSE"), "utf8");
    expect(text).toMatch(new RegExp(`^${simulatedStudyOrigin.licence} License`));
  });

  it("finds recordings below a session, in other formats, and passes over those without events", async () => {
    const folder = studyWith({
      "sub-b/ses-1/eeg/sub-b_ses-1_task-rest_eeg.edf": "",
      "sub-b/ses-2/eeg/sub-b_ses-2_task-listen_eeg.BDF": "",
      "sub-b/ses-2/eeg/sub-b_ses-2_task-listen_events.tsv": files[events]!,
      "sub-notes.txt": "not a subject",
    });
    const { subjects } = await openBidsStudy(folder);
    expect(subjects.map(({ id }) => id)).toEqual(["a", "b"]);
    const [trial] = subjects[1]!.trials;
    expect(trial).toMatchObject({ subject: "b", session: "2" });
    expect(trial!.recording).toBe("sub-b/ses-2/eeg/sub-b_ses-2_task-listen_eeg.BDF");
  });

  it("opens the EEG and EOG channels that the channels table declares", async () => {
    const rows = ["name\ttype\tstatus", "Fz\tEEG\tgood", "Cz\tEEG\tbad", "HEO\tHEOG\tgood", "A\tMISC\tn/a"];
    const samples = Float64Array.from({ length: 256 }, (_, i) => Math.sin(i));
    const signals = ["A", "Cz", "Fz", "HEO"].map((label, i) => {
      return { label, unit: "uV", rateHz: 128, samples: samples.map((x) => x * (i + 1)) };
    });
    const folder = studyWith({ "sub-a/eeg/sub-a_task-listen_channels.tsv": rows.join("\n") });
    writeFileSync(join(folder, recording), encodeEdf({ signals }));
    const study = await openBidsStudy(folder);
    const eeg = await study.openEeg(study.subjects[0]!.trials[0]!);
    expect(eeg.channels).toEqual([
      { name: "Fz", type: "eeg" },
      { name: "Cz", type: "eeg", bad: true },
      { name: "HEO", type: "eog" },
    ]);
    const { channels } = await eeg.read(0, 256);
    expect(channels).toHaveLength(3);
    // 16 bits over the signal's own range
    expect(channels[2]).toBeAllclose(signals[3]!.samples, { atol: 8 / 65535 });
    await eeg.close?.();
  });

  it("accepts a mixture column that agrees", async () => {
    const folder = studyWith({ [events]: "onset\tduration\tstim_file\ttarget\tmixture\n1\t2\tfirst.wav\tdrum\tone\n" });
    expect((await openBidsStudy(folder)).subjects[0]!.trials).toHaveLength(1);
  });

  test.each<{
    what: string;
    changes: Readonly<Record<string, string | undefined>>;
    code: string;
    words: readonly string[];
  }>([
    {
      what: "a folder without dataset_description.json",
      changes: { "dataset_description.json": undefined },
      code: "not-found",
      words: ["no dataset_description.json"],
    },
    {
      what: "a description that is not JSON",
      changes: { "dataset_description.json": "{" },
      code: "bad-format",
      words: ["dataset_description.json: is not JSON"],
    },
    {
      what: "a description without a name",
      changes: { "dataset_description.json": "[]" },
      code: "bad-format",
      words: ["dataset_description.json: has no Name"],
    },
    {
      what: "a folder without subjects",
      changes: { [recording]: undefined, [events]: undefined },
      code: "not-found",
      words: ["no folder sub-<id>"],
    },
    {
      what: "a subject without a recording",
      changes: { "sub-b/eeg/notes.txt": "" },
      code: "not-found",
      words: ["sub-b: has no recording"],
    },
    {
      what: "a recording without events",
      changes: { [events]: undefined },
      code: "not-found",
      words: ["sub-a_task-listen_eeg.edf: has no events table"],
    },
    {
      what: "a channels table without EEG",
      changes: { "sub-a/eeg/sub-a_task-listen_channels.tsv": "name\ttype\nHEO\tEOG\n" },
      code: "bad-format",
      words: ["channels.tsv: none of the 1 channels is of type EEG"],
    },
    {
      what: "a study without stimuli.tsv",
      changes: { [stimuli]: undefined },
      code: "not-found",
      words: ["stimuli.tsv: no such file"],
    },
    {
      what: "an events table without rows",
      changes: { [events]: "onset\tduration\tstim_file\ttarget\n" },
      code: "bad-format",
      words: ["events.tsv: has no rows"],
    },
    {
      what: "an events table that is empty",
      changes: { [events]: "" },
      code: "bad-format",
      words: ["events.tsv: is empty"],
    },
    {
      what: "a stimulus table without rows",
      changes: { [stimuli]: "mixture\tstim_file\tsource\tstem_file\n" },
      code: "bad-format",
      words: ["stimuli.tsv: has no rows"],
    },
    {
      what: "events without a trial",
      changes: { [events]: "onset\tduration\tstim_file\ttarget\n1\t1\tn/a\tn/a\n" },
      code: "bad-format",
      words: ["events.tsv: none of the 1 rows has a stim_file"],
    },
    {
      what: "a missing column in the events",
      changes: replaced(events, "\ttarget", "\tgoal"),
      code: "bad-format",
      words: ["events.tsv: has no column target", "its columns are onset, duration, trial_type, stim_file, goal"],
    },
    {
      what: "missing columns in the stimuli",
      changes: replaced(stimuli, "source\tmixture", "a\tb"),
      code: "bad-format",
      words: ["stimuli.tsv: has no column mixture, source", "its columns are a, b, stim_file, stem_file"],
    },
    {
      what: "an onset that is no number",
      changes: replaced(events, "12.25", "soon"),
      code: "bad-format",
      words: ['events.tsv: row 4: onset is "soon"'],
    },
    {
      what: "an onset that is only spelt like a number",
      changes: replaced(events, "12.25", "0x10"),
      code: "bad-format",
      words: ['row 4: onset is "0x10"'],
    },
    {
      what: "an onset before the recording",
      changes: replaced(events, "0.5\t10", "-0.5\t10"),
      code: "bad-format",
      words: ['row 2: onset is "-0.5"', "at least 0"],
    },
    {
      what: "a duration of nothing",
      changes: replaced(events, "0.5\t10", "0.5\t0"),
      code: "bad-format",
      words: ['row 2: duration is "0"', "above 0"],
    },
    {
      what: "a target that does not play",
      changes: replaced(events, "flute", "voice"),
      code: "bad-format",
      words: ['row 2: target "voice" is no source of "one"', "flute, drum"],
    },
    {
      what: "a trial without a target",
      changes: replaced(events, "flute", "n/a"),
      code: "bad-format",
      words: ['row 2: target is "n/a"'],
    },
    {
      what: "a stim_file the stimuli do not list",
      changes: replaced(events, "first.wav", "third.wav"),
      code: "not-found",
      words: ['row 2: stim_file "third.wav" is not in stimuli/stimuli.tsv', "first.wav, more/second.wav"],
    },
    {
      what: "a mixture column that disagrees",
      changes: { [events]: "onset\tduration\tstim_file\ttarget\tmixture\n1\t2\tfirst.wav\tdrum\ttwo\n" },
      code: "bad-format",
      words: ['row 2: mixture is "two"', 'belongs to "one"'],
    },
    {
      what: "a missing stem",
      changes: { "stimuli/more/voice.wav": undefined },
      code: "not-found",
      words: ['stimuli.tsv: row 4: stem_file "more/voice.wav" is not there'],
    },
    {
      what: "a missing mixture",
      changes: { "stimuli/first.wav": undefined },
      code: "not-found",
      words: ['stimuli.tsv: row 2: stim_file "first.wav" is not there'],
    },
    {
      what: "a mixture of one source",
      changes: { [stimuli]: files[stimuli]!.split("\n").slice(0, 2).join("\n") },
      code: "bad-format",
      words: ['stimuli.tsv: row 2: "one" has 1 source'],
    },
    {
      what: "a source twice in a mixture",
      changes: replaced(stimuli, "drum\tone", "flute\tone"),
      code: "bad-format",
      words: ['stimuli.tsv: row 3: source "flute" of "one" is there twice'],
    },
    {
      what: "a file that belongs to two mixtures",
      changes: replaced(stimuli, "drum\tone", "drum\tother"),
      code: "bad-format",
      words: ['row 3: stim_file "first.wav" belongs to "other", above it belongs to "one"'],
    },
    {
      what: "a mixture with two files",
      changes: replaced(stimuli, "one\tfirst.wav\tdrum.wav", "one\tflute.wav\tdrum.wav"),
      code: "bad-format",
      words: ['row 3: "one" has the stim_file "flute.wav", above it has "first.wav"'],
    },
    {
      what: "a path that leaves the study",
      changes: replaced(stimuli, "\tflute.wav", "\t../../flute.wav"),
      code: "bad-format",
      words: ['row 2: stem_file "../../flute.wav" leaves the study'],
    },
    {
      what: "a path from the root of the disk",
      changes: replaced(stimuli, "\tflute.wav", "\t/etc/hostname"),
      code: "bad-format",
      words: ['row 2: stem_file "/etc/hostname" leaves the study'],
    },
    {
      what: "a path with a backslash that leaves the study",
      changes: replaced(stimuli, "\tflute.wav", "\t..\\..\\flute.wav"),
      code: "bad-format",
      words: ['row 2: stem_file "..\\..\\flute.wav" leaves the study'],
    },
    {
      what: "a path with a drive letter",
      changes: replaced(stimuli, "\tflute.wav", "\tC:\\flute.wav"),
      code: "bad-format",
      words: ['stem_file "C:\\flute.wav" leaves the study', "drive letter", "data.roots"],
    },
    {
      what: "a trial whose name has a folder in it",
      changes: { [events]: "onset\tduration\tstim_file\ttarget\ttrial\n1\t2\tfirst.wav\tdrum\t../up\n" },
      code: "bad-format",
      words: ['row 2: trial "../up" cannot be part of a file', "anything but control characters, / and \\ is allowed"],
    },
  ])("refuses $what, saying where", async ({ changes, code, words }) => {
    const error = await openBidsStudy(studyWith(changes)).then(
      ({ problems }) => problems[0],
      (reason: unknown) => {
        expect(reason).toBeInstanceOf(ToolkitError);
        return reason as ToolkitError;
      },
    );
    const { message } = error!;
    expect(error!.code, message).toBe(code);
    expect(message).not.toContain("\n");
    for (const word of words) expect(message).toContain(word);
  });

  it("reads files outside the study from the roots it is given, and from nowhere else", async () => {
    const outside = join(place, "elsewhere");
    mkdirSync(outside, { recursive: true });
    writeFileSync(join(outside, "flute.wav"), "");
    const row = `\t${join(outside, "flute.wav")}`;
    const folder = studyWith(replaced(stimuli, "\tflute.wav", row));
    const { subjects, problems } = await openBidsStudy(folder, { roots: [outside] });
    expect(problems).toEqual([]);
    expect(subjects[0]!.trials[0]!.inputs).toContain(join(outside, "flute.wav"));
    expect((await openBidsStudy(folder)).problems).toMatchObject([{ trial: "01", code: "bad-format" }]);
  });

  it("does not follow a link of the stimuli out of the study", async () => {
    const folder = studyWith({ "stimuli/flute.wav": undefined, "kept/flute.wav": "" });
    symlinkSync(join("..", "kept", "flute.wav"), join(folder, "stimuli/flute.wav"));
    expect((await openBidsStudy(folder)).problems).toEqual([]);
    rmSync(join(folder, "stimuli/flute.wav"));
    writeFileSync(join(place, "flute.wav"), "");
    symlinkSync(join(place, "flute.wav"), join(folder, "stimuli/flute.wav"));
    // both mixtures have the source, so nothing is left
    await expect(openBidsStudy(folder)).rejects.toThrow('row 2: stem_file "flute.wav" leaves the study');
  });

  it("takes equal names for equal however their letters are composed, and slashes of either kind", async () => {
    const [composed, apart] = ["Flöte".normalize("NFC"), "Flöte".normalize("NFD")];
    const folder = studyWith({
      [events]: `onset\tduration\tstim_file\ttarget\tmixture\n1\t2\tmore\\${apart}.wav\t${apart}\t${apart}\n`,
      [stimuli]: [
        "mixture\tstim_file\tsource\tstem_file",
        `${composed}\tmore/${composed}.wav\t${composed}\tflute.wav`,
        `${apart}\tmore\\${apart}.wav\tdrum\tdrum.wav`,
        "",
      ].join("\n"),
      [`stimuli/more/${apart}.wav`]: "",
    });
    const { subjects, problems } = await openBidsStudy(folder);
    expect(problems).toEqual([]);
    expect(subjects[0]!.trials).toMatchObject([{ mixture: composed, target: composed, sources: [composed, "drum"] }]);
  });

  it("shows a control character of a name as its code", async () => {
    const folder = studyWith({
      "sub-\u001bb/eeg/x_eeg.edf": "",
      [events]: "onset\tduration\tstim_file\ttarget\ttrial\n1\t2\tfirst.wav\tdrum\tx\u0007\n3\t2\tfirst.wav\tdrum\ty\n",
    });
    const { problems, subjects } = await openBidsStudy(folder);
    expect(problems).toMatchObject([
      { subject: "\\u{1b}b", code: "bad-format" },
      { subject: "a", trial: "x\\u{7}", code: "bad-format" },
    ]);
    expect(subjects.map(({ trials }) => trials.map(({ trial }) => trial))).toEqual([["y"]]);
  });

  it("refuses a table of more than 64 MB without reading it", async () => {
    const folder = studyWith();
    truncateSync(join(folder, events), 2 ** 26 + 1);
    await expect(openBidsStudy(folder)).rejects.toThrow(/events\.tsv: has 67108865 bytes/);
  });

  describe("notes", () => {
    const notesOf = async (changes: Readonly<Record<string, string | undefined>>) =>
      (await openBidsStudy(studyWith(changes))).notes;

    it("are none for a study without slips", async () => {
      expect(await notesOf({})).toEqual([]);
    });

    it("name entities and suffixes that look misspelt, and what they may be meant for", async () => {
      const notes = await notesOf({
        "sub-a/eeg/sub-a_tsak-rest_eeg.edf": "",
        "sub-a/ses-1/eeg/sub-a_ses-1_task-rest_evnets.tsv": "",
        "sub-a/eeg/sub-a_mood-good_eeg.json": "",
        "sub-a/eeg/notes.txt": "",
      });
      expect(notes).toEqual([
        expect.stringMatching(
          /^sub-a\/eeg\/sub-a_mood-good_eeg\.json: "mood" is no entity of BIDS; there are sub, ses/,
        ),
        'sub-a/eeg/sub-a_tsak-rest_eeg.edf: "tsak" is no entity of BIDS; did you mean task?',
        'sub-a/ses-1/eeg/sub-a_ses-1_task-rest_evnets.tsv: the suffix "evnets" is unknown; did you mean events?',
      ]);
    });

    it("leave out what .bidsignore lists, and say where a recording that it lists is used", async () => {
      const notes = await notesOf({
        ".bidsignore": "# drafts\n*_tsak-*\nsub-a/eeg/*_eeg.edf\n",
        "sub-a/eeg/sub-a_tsak-rest_eeg.json": "",
      });
      expect(notes).toEqual([`${recording}: is listed in .bidsignore, and used all the same`]);
    });

    it("compare participants.tsv with the folders", async () => {
      const notes = await notesOf({
        "participants.tsv": "participant_id\nsub-a\nsub-bob\nsub-xyzw\n",
        "sub-bbo/x": "",
      });
      expect(notes).toEqual([
        "participants.tsv: sub-bob has no folder; did you mean sub-bbo?",
        "participants.tsv: sub-xyzw has no folder",
        "participants.tsv: does not list sub-bbo",
      ]);
    });

    it("say what is wrong with participants.tsv, which stops nothing", async () => {
      expect(await notesOf({ "participants.tsv": "name\nsub-a\n" })).toEqual([
        expect.stringContaining("participants.tsv: has no column participant_id"),
      ]);
      expect(await notesOf({ "participants.tsv": "" })).toEqual([
        expect.stringContaining("participants.tsv: is empty"),
      ]);
      expect(await notesOf({ "participants.tsv": undefined })).toEqual([]);
    });
  });

  it("refuses a folder that is not there", async () => {
    await expect(openBidsStudy(join(place, "nothing"))).rejects.toMatchObject({ code: "not-found" });
  });
});
