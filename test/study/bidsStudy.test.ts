import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it, test } from "vitest";
import { ToolkitError } from "../../src/core/error.ts";
import { readBidsStudy } from "../../src/study/bidsStudy.ts";

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

describe("readBidsStudy", () => {
  it("reads subjects, trials and the files of mixtures and sources", async () => {
    const folder = studyWith();
    const at = (name: string) => join(folder, name);
    expect(await readBidsStudy(folder)).toEqual({
      folder,
      title: "Two tunes",
      subjects: [
        {
          id: "a",
          recording: at(recording),
          trials: [
            {
              subject: "a",
              trial: "01",
              onsetSeconds: 0.5,
              durationSeconds: 10,
              mixture: "one",
              mixtureFile: at("stimuli/first.wav"),
              target: "flute",
              stems: [
                { name: "flute", file: at("stimuli/flute.wav") },
                { name: "drum", file: at("stimuli/drum.wav") },
              ],
            },
            {
              subject: "a",
              trial: "02",
              onsetSeconds: 12.25,
              durationSeconds: 9.5,
              mixture: "two",
              mixtureFile: at("stimuli/more/second.wav"),
              target: "drum",
              stems: [
                { name: "voice", file: at("stimuli/more/voice.wav") },
                { name: "drum", file: at("stimuli/drum.wav") },
                { name: "flute", file: at("stimuli/flute.wav") },
              ],
            },
          ],
        },
      ],
    });
  });

  it("passes the sentence of synthetic data on", async () => {
    const folder = studyWith({ "dataset_description.json": '{ "Name": "x", "Synthetic": "Made up." }' });
    expect((await readBidsStudy(folder)).synthetic).toBe("Made up.");
  });

  it("finds recordings below a session, in other formats, and passes over those without events", async () => {
    const folder = studyWith({
      "sub-b/ses-1/eeg/sub-b_ses-1_task-rest_eeg.edf": "",
      "sub-b/ses-2/eeg/sub-b_ses-2_task-listen_eeg.BDF": "",
      "sub-b/ses-2/eeg/sub-b_ses-2_task-listen_events.tsv": files[events]!,
      "sub-notes.txt": "not a subject",
    });
    const { subjects } = await readBidsStudy(folder);
    expect(subjects.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(subjects[1]!.recording).toBe(join(folder, "sub-b/ses-2/eeg/sub-b_ses-2_task-listen_eeg.BDF"));
    expect(subjects[1]!.trials[0]!.subject).toBe("b");
  });

  it("names the EEG channels that are not bad, where a channels table is there", async () => {
    const rows = [
      "name\ttype\tunits\tstatus",
      "Fz\tEEG\tuV\tgood",
      "Cz\tEEG\tuV\tbad",
      "HEO\tEOG\tuV\tgood",
      "Pz\teeg\tuV\tn/a",
    ];
    const folder = studyWith({ "sub-a/eeg/sub-a_task-listen_channels.tsv": rows.join("\n") });
    expect((await readBidsStudy(folder)).subjects[0]!.channels).toEqual(["Fz", "Pz"]);
  });

  it("accepts a mixture column that agrees", async () => {
    const folder = studyWith({ [events]: "onset\tduration\tstim_file\ttarget\tmixture\n1\t2\tfirst.wav\tdrum\tone\n" });
    expect((await readBidsStudy(folder)).subjects[0]!.trials).toHaveLength(1);
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
      what: "several recordings with events",
      changes: { "sub-a/eeg/sub-a_run-2_eeg.bdf": "", "sub-a/eeg/sub-a_run-2_events.tsv": files[events]! },
      code: "unsupported",
      words: ["sub-a: has 2 recordings", "sub-a_run-2_eeg.bdf"],
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
      words: ['stimuli.tsv: row 4: stem_file "more/voice.wav" is not in'],
    },
    {
      what: "a missing mixture",
      changes: { "stimuli/first.wav": undefined },
      code: "not-found",
      words: ['stimuli.tsv: row 2: stim_file "first.wav" is not in'],
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
      changes: replaced(stimuli, "\tflute.wav", "\t..\\flute.wav"),
      code: "bad-format",
      words: ["leaves the study"],
    },
  ])("refuses $what, saying where", async ({ changes, code, words }) => {
    const error = await readBidsStudy(studyWith(changes)).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ToolkitError);
    const { message } = error as ToolkitError;
    expect((error as ToolkitError).code, message).toBe(code);
    expect(message).not.toContain("\n");
    for (const word of words) expect(message).toContain(word);
  });

  it("refuses a folder that is not there", async () => {
    await expect(readBidsStudy(join(place, "nothing"))).rejects.toMatchObject({ code: "not-found" });
  });
});
