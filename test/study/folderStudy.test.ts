import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, describe, expect, it, test } from "vitest";
import { ToolkitError } from "../../src/core/error.ts";
import { encodeEdf } from "../../src/formats/encodeEdf.ts";
import { encodeWav } from "../../src/formats/encodeWav.ts";
import { openFolderStudy } from "../../src/study/folderStudy.ts";

const place = mkdtempSync(join(tmpdir(), "folder "));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const table = (...rows: readonly string[]) => rows.map((row) => `${row.replaceAll("|", "\t")}\n`).join("");

const head = "subject|recording|onset|duration|mixture|target";
const first = "anna|eeg/anna 1.edf|0.5|10|one|flute";
const second = "anna|eeg/anna 1.edf|12.25|9.5|two|drum";
const third = "ben|eeg/ben.vhdr|1|10|one|drum";
const sources = [
  "mixture|source|file|mixture_file",
  "one|flute|sounds/flute.wav|sounds/first mix.wav",
  "one|drum|sounds/drum.wav|sounds/first mix.wav",
  "two|voice|sounds/voice.wav|sounds/second.wav",
  "two|drum|sounds/drum.wav|sounds/second.wav",
];

/** A small study; sounds and recordings are empty files, since only their names matter here. */
const files: Readonly<Record<string, string>> = {
  "trials.tsv": table(head, first, second, third),
  "sources.tsv": table(...sources),
  "eeg/anna 1.edf": "",
  "eeg/ben.vhdr": "",
  "sounds/first mix.wav": "",
  "sounds/second.wav": "",
  "sounds/flute.wav": "",
  "sounds/drum.wav": "",
  "sounds/voice.wav": "",
};

type Changes = Readonly<Record<string, string | undefined>>;

let count = 0;
/** Writes the study with some files changed, added or (undefined) left out. */
function studyWith(changes: Changes = {}): string {
  const folder = join(place, `study ${count++}`);
  mkdirSync(folder);
  for (const [name, content] of Object.entries({ ...files, ...changes })) {
    if (content === undefined) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const trialsOf = (...rows: readonly string[]): Changes => ({ "trials.tsv": table(...rows) });
const sourcesWith = (from: string, to: string): Changes => ({
  "sources.tsv": files["sources.tsv"]!.replace(from, to),
});

describe("openFolderStudy", () => {
  it("reads subjects, trials and the files of mixtures and sources", async () => {
    const folder = studyWith();
    const at = (name: string) => join(folder, name);
    const study = await openFolderStudy(folder);
    expect(study).toMatchObject({ folder, title: basename(folder), problems: [], notes: [] });
    expect(study).not.toHaveProperty("synthetic");
    expect(study.subjects).toEqual([
      {
        id: "anna",
        trials: [
          {
            subject: "anna",
            trial: "01",
            recording: "eeg/anna 1.edf",
            onsetSeconds: 0.5,
            durationSeconds: 10,
            mixture: "one",
            target: "flute",
            sources: ["flute", "drum"],
            inputs: ["eeg/anna 1.edf", "sounds/first mix.wav", "sounds/flute.wav", "sounds/drum.wav"].map(at),
          },
          {
            subject: "anna",
            trial: "02",
            recording: "eeg/anna 1.edf",
            onsetSeconds: 12.25,
            durationSeconds: 9.5,
            mixture: "two",
            target: "drum",
            sources: ["voice", "drum"],
            inputs: ["eeg/anna 1.edf", "sounds/second.wav", "sounds/voice.wav", "sounds/drum.wav"].map(at),
          },
        ],
      },
      {
        id: "ben",
        trials: [
          {
            subject: "ben",
            trial: "01",
            recording: "eeg/ben.vhdr",
            onsetSeconds: 1,
            durationSeconds: 10,
            mixture: "one",
            target: "drum",
            sources: ["flute", "drum"],
            inputs: ["eeg/ben.vhdr", "sounds/first mix.wav", "sounds/flute.wav", "sounds/drum.wav"].map(at),
          },
        ],
      },
    ]);
  });

  it("takes trial, session and song from the table, n/a for none, and lists subjects by identifier", async () => {
    const folder = studyWith(
      trialsOf(
        `song|trial|session|${head}`,
        `waltz|üben 1|late|sub-02|eeg/ben.vhdr|1|2|one|drum`,
        `n/a|n/a|n/a|02|eeg/ben.vhdr|5|2|one|flute`,
        `n/a||n/a|01|eeg/anna 1.edf|5|2|two|voice`,
      ),
    );
    const { subjects, problems } = await openFolderStudy(folder);
    expect(problems).toEqual([]);
    expect(subjects.map(({ id }) => id)).toEqual(["01", "02"]);
    expect(subjects[0]!.trials).toMatchObject([{ subject: "01", trial: "01" }]);
    expect(subjects[0]!.trials[0]).not.toHaveProperty("song");
    expect(subjects[1]!.trials).toMatchObject([
      { subject: "02", trial: "üben 1", session: "late", song: "waltz" },
      // a mixture is of one song, so that one row names it for all
      { subject: "02", trial: "01", song: "waltz" },
    ]);
    expect(subjects[1]!.trials[1]).not.toHaveProperty("session");
  });

  it("reads title, origin and the sentence of synthetic data from study.json", async () => {
    const description = {
      title: "Two tunes",
      synthetic: "Made up.",
      licence: "CC-BY-4.0",
      citations: ["A, 2020", "B, 2021"],
      source: "https://example.org",
    };
    const folder = studyWith({ "study.json": `\ufeff${JSON.stringify(description)}` });
    expect(await openFolderStudy(folder)).toMatchObject({ ...description, notes: [] });
  });

  it("notes keys and columns that look misspelt, and does not use them", async () => {
    const folder = studyWith({
      "study.json": '{ "license": "MIT", "year": 2020 }',
      ...trialsOf(`${head}|sesion|loudness`, `${first}|late|3`),
    });
    const study = await openFolderStudy(folder);
    expect(study).not.toHaveProperty("licence");
    expect(study.notes).toEqual([
      `${join(folder, "study.json")}: license is not used; did you mean licence?`,
      `${join(folder, "study.json")}: year is not used; there are title, synthetic, licence, source, citations`,
      `${join(folder, "trials.tsv")}: column sesion is not used; did you mean session?`,
    ]);
  });

  it("notes a recording that several subjects share", async () => {
    const folder = studyWith(trialsOf(head, first, third.replace("eeg/ben.vhdr", "eeg/anna 1.edf")));
    expect((await openFolderStudy(folder)).notes).toEqual([
      "eeg/anna 1.edf: is the recording of several subjects: anna, ben",
    ]);
  });

  it("takes slashes of either kind and the same file by any path for one recording", async () => {
    const folder = studyWith({
      ...trialsOf(head, first, second.replace("eeg/anna 1.edf", "eeg\\..\\eeg\\anna 1.edf")),
      "sources.tsv": files["sources.tsv"]!.replace("sounds/first mix.wav", "sounds\\first mix.wav"),
    });
    const { subjects, problems } = await openFolderStudy(folder);
    expect(problems).toEqual([]);
    expect(subjects[0]!.trials.map(({ recording }) => recording)).toEqual(["eeg/anna 1.edf", "eeg/anna 1.edf"]);
  });

  it("takes names for equal however their letters are composed, in tables and on the disk", async () => {
    const [composed, apart] = ["Zoë".normalize("NFC"), "Zoë".normalize("NFD")];
    const folder = studyWith({
      ...trialsOf(
        head,
        `${composed}|eeg/${composed}.edf|1|2|${apart}|${composed}`,
        `${apart}|eeg/${apart}.edf|4|2|${composed}|${apart}`,
      ),
      "sources.tsv": table(
        sources[0]!,
        `${composed}|${apart}|sounds/flute.wav|sounds/${composed}.wav`,
        `${apart}|drum|sounds/drum.wav|sounds/${apart}.wav`,
      ),
      [`eeg/${apart}.edf`]: "",
      [`sounds/${composed}.wav`]: "",
    });
    const { subjects, problems } = await openFolderStudy(folder);
    expect(problems).toEqual([]);
    expect(subjects).toMatchObject([
      {
        id: composed,
        trials: [
          { trial: "01", mixture: composed, target: composed, sources: [composed, "drum"] },
          { trial: "02", recording: subjects[0]!.trials[0]!.recording },
        ],
      },
    ]);
    for (const file of subjects[0]!.trials.flatMap(({ inputs }) => inputs)) expect(statSync(file).isFile()).toBe(true);
  });

  it("reads line ends of Windows and a byte-order mark", async () => {
    const windows = (name: string) => `\ufeff${files[name]!.replaceAll("\n", "\r\n")}`;
    const folder = studyWith({ "trials.tsv": windows("trials.tsv"), "sources.tsv": windows("sources.tsv") });
    expect((await openFolderStudy(folder)).problems).toEqual([]);
  });

  it("writes nothing, and needs no right to", async () => {
    const folder = studyWith();
    const before = readdirSync(folder, { recursive: true });
    chmodSync(folder, 0o555);
    const { mtimeMs } = statSync(folder);
    expect((await openFolderStudy(folder)).problems).toEqual([]);
    expect(statSync(folder).mtimeMs).toBe(mtimeMs);
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
    chmodSync(folder, 0o755);
  });

  it("reads EEG and sound: channels.tsv holds for all recordings", async () => {
    const rateHz = 128;
    const course = Float64Array.from({ length: 3 * rateHz }, (_, i) => Math.sin(i));
    const signals = ["A", "Cz", "Fz", "HEO"].map((label, i) => {
      return { label, unit: "uV", rateHz, samples: course.map((x) => x * (i + 1)) };
    });
    const tone = (hertz: number) => Float64Array.from({ length: 16000 }, (_, i) => 0.3 * Math.sin((hertz * i) / 8000));
    const [flute, drum] = [tone(440), tone(60)];
    const mix = flute.map((x, i) => x + drum[i]!);
    const folder = studyWith({
      ...trialsOf(head, "anna|eeg/anna 1.edf|0.5|2|one|flute"),
      "channels.tsv": table("name|type|status", "Fz|EEG|good", "Cz|EEG|bad", "HEO|HEOG|good", "A|MISC|n/a"),
    });
    writeFileSync(join(folder, "eeg/anna 1.edf"), encodeEdf({ signals }));
    for (const [name, samples] of [
      ["first mix", mix],
      ["flute", flute],
      ["drum", drum],
    ] as const) {
      writeFileSync(join(folder, `sounds/${name}.wav`), encodeWav({ rateHz: 8000, channels: [samples] }));
    }
    const study = await openFolderStudy(folder);
    const trial = study.subjects[0]!.trials[0]!;
    const eeg = await study.openEeg(trial);
    expect(eeg.channels).toEqual([
      { name: "Fz", type: "eeg" },
      { name: "Cz", type: "eeg", bad: true },
      { name: "HEO", type: "eog" },
    ]);
    const { channels } = await eeg.read(0, 256);
    // 16 bits over the signal's own range
    expect(channels[2]).toBeAllclose(signals[3]!.samples.subarray(0, 256), { atol: 8 / 65535 });
    await eeg.close?.();
    const sound = await study.readSound(trial);
    expect(sound.rateHz).toBe(8000);
    expect(sound.mixture).toBeAllclose(mix, { atol: 1e-7 });
    expect(sound.stems.map(({ name }) => name)).toEqual(["flute", "drum"]);
    expect(sound.stems[1]!.samples).toBeAllclose(drum, { atol: 1e-7 });
    const other = { ...trial, trial: "77", recording: "eeg/77.edf" };
    await expect(study.openEeg(other)).rejects.toMatchObject({ code: "not-found" });
    await expect(study.readSound(other)).rejects.toMatchObject({ code: "not-found" });
  });

  it("takes channels by the recording's own types without channels.tsv", async () => {
    const samples = Float64Array.from({ length: 128 }, (_, i) => Math.sin(i));
    const folder = studyWith(trialsOf(head, first));
    const signals = ["Fz", "EOG left"].map((label) => ({ label, unit: "uV", rateHz: 128, samples }));
    writeFileSync(join(folder, "eeg/anna 1.edf"), encodeEdf({ signals }));
    const study = await openFolderStudy(folder);
    const eeg = await study.openEeg(study.subjects[0]!.trials[0]!);
    await eeg.close?.();
    expect(eeg.channels).toEqual([
      { name: "Fz", type: "eeg" },
      { name: "EOG left", type: "eog" },
    ]);
  });

  it("reads files outside the study from the roots it is given, and from nowhere else", async () => {
    const outside = join(place, "elsewhere");
    for (const name of ["ben.edf", "flute.wav"]) {
      mkdirSync(outside, { recursive: true });
      writeFileSync(join(outside, name), "");
    }
    const folder = studyWith({
      ...trialsOf(head, second, third.replace("eeg/ben.vhdr", "../elsewhere/ben.edf")),
      ...sourcesWith("sounds/flute.wav", join(outside, "flute.wav")),
    });
    const allowed = await openFolderStudy(folder, { roots: [outside] });
    expect(allowed.problems).toEqual([]);
    expect(allowed.subjects[1]!.trials[0]!.inputs).toEqual(
      expect.arrayContaining([join(outside, "ben.edf"), join(outside, "flute.wav")]),
    );
    const { problems } = await openFolderStudy(folder);
    expect(problems).toMatchObject([{ subject: "ben", trial: "01", code: "bad-format" }]);
    expect(problems[0]!.message).toContain("sources.tsv: row 2: file");
    expect(problems[0]!.message).toContain("data.roots");
  });

  it("does not follow a link out of the study", async () => {
    const folder = studyWith({ "eeg/ben.vhdr": undefined });
    writeFileSync(join(place, "outside.vhdr"), "");
    symlinkSync(join(place, "outside.vhdr"), join(folder, "eeg/ben.vhdr"));
    const { problems } = await openFolderStudy(folder);
    expect(problems).toMatchObject([{ subject: "ben", trial: "01", code: "bad-format" }]);
    expect(problems[0]!.message).toContain('trials.tsv: row 4: recording "eeg/ben.vhdr" leaves the study');
    expect((await openFolderStudy(folder, { roots: [place] })).problems).toEqual([]);
  });

  test.each<{ what: string; changes: Changes; problem: readonly [string, string, string]; words: readonly string[] }>([
    {
      what: "a missing stem, in every trial of its mixture",
      changes: { "sounds/voice.wav": undefined },
      problem: ["anna", "02", "not-found"],
      words: ['sources.tsv: row 4: file "sounds/voice.wav" is not there'],
    },
    {
      what: "a missing mixture",
      changes: { "sounds/second.wav": undefined },
      problem: ["anna", "02", "not-found"],
      words: ['sources.tsv: row 4: mixture_file "sounds/second.wav" is not there'],
    },
    {
      what: "a missing recording",
      changes: { "eeg/ben.vhdr": undefined },
      problem: ["ben", "01", "not-found"],
      words: ['trials.tsv: row 4: recording "eeg/ben.vhdr" is not there'],
    },
    {
      what: "a recording that is a folder",
      changes: trialsOf(head, first, third.replace("/ben.vhdr", "")),
      problem: ["ben", "01", "not-found"],
      words: ['row 3: recording "eeg" is a folder'],
    },
    {
      what: "a recording outside",
      changes: trialsOf(head, first, third.replace("eeg/ben.vhdr", "/etc/hostname")),
      problem: ["ben", "01", "bad-format"],
      words: ['row 3: recording "/etc/hostname" leaves the study', "data.roots"],
    },
    {
      what: "a trial that is there twice",
      changes: trialsOf(`${head}|trial`, `${first}|x`, `${second}|x`),
      problem: ["anna", "x", "bad-format"],
      words: ['row 3: trial "x" of anna is there twice, first in row 2'],
    },
    {
      what: "a moment that is there twice",
      changes: trialsOf(head, first, second.replace("12.25", "0.50")),
      problem: ["anna", "02", "bad-format"],
      words: ["row 3: second 0.5 of eeg/anna 1.edf is there twice, first in row 2"],
    },
    {
      what: "a mixture that the sources do not list",
      changes: trialsOf(head, first, third.replace("one", "ona")),
      problem: ["ben", "01", "not-found"],
      words: ['row 3: mixture "ona" is not in sources.tsv; did you mean one?'],
    },
    {
      what: "a target that does not play",
      changes: trialsOf(head, first, third.replace("drum", "voice")),
      problem: ["ben", "01", "bad-format"],
      words: ['row 3: target "voice" is no source of "one"', "flute, drum"],
    },
    {
      what: "an onset that is no number",
      changes: trialsOf(head, first, third.replace("|1|", "|soon|")),
      problem: ["ben", "01", "bad-format"],
      words: ['row 3: onset is "soon"'],
    },
    {
      what: "a duration of nothing",
      changes: trialsOf(head, first, third.replace("|10|", "|0|")),
      problem: ["ben", "01", "bad-format"],
      words: ['row 3: duration is "0"'],
    },
    {
      what: "a song that is another one in another row",
      changes: trialsOf(`${head}|song`, `${first}|waltz`, `${third}|polka`),
      problem: ["ben", "01", "bad-format"],
      words: ['row 3: song is "polka", in row 2 it is "waltz"'],
    },
    {
      what: "a trial without a subject",
      changes: trialsOf(head, first, third.replace("ben", "")),
      problem: ["n/a", "row 3", "bad-format"],
      words: ['row 3: subject is ""'],
    },
    {
      what: "a subject with a folder in its name",
      changes: trialsOf(head, first, third.replace("ben", "../ben")),
      problem: ["../ben", "row 3", "bad-format"],
      words: [
        'row 3: subject "../ben" cannot be part of a file',
        "anything but control characters, / and \\ is allowed",
      ],
    },
    {
      what: "a trial with a control character in its name",
      changes: trialsOf(`${head}|trial`, `${first}|x`, `${third}|a\u001b[2J`),
      problem: ["ben", "a\\u{1b}[2J", "bad-format"],
      words: ['row 3: trial "a\\u{1b}[2J" cannot be part'],
    },
  ])("names $what, and goes on with the rest", async ({ changes, problem, words }) => {
    const { problems, subjects } = await openFolderStudy(studyWith(changes));
    expect(problems.map(({ subject, trial, code }) => [subject, trial, code])).toEqual([problem]);
    for (const word of words) expect(problems[0]!.message).toContain(word);
    expect(problems[0]!.message).not.toMatch(/\p{Cc}/u);
    expect(subjects[0]!.trials[0]).toMatchObject({ subject: "anna", mixture: "one" });
  });

  test.each<{ what: string; changes: Changes; code: string; words: readonly string[] }>([
    {
      what: "a folder without trials.tsv",
      changes: { "trials.tsv": undefined },
      code: "not-found",
      words: ["has no trials.tsv"],
    },
    {
      what: "a folder without sources.tsv",
      changes: { "sources.tsv": undefined },
      code: "not-found",
      words: ["sources.tsv: no such file"],
    },
    { what: "a table without rows", changes: trialsOf(head), code: "bad-format", words: ["trials.tsv: has no rows"] },
    {
      what: "a table without a column",
      changes: trialsOf(head.replace("target", "goal"), first),
      code: "bad-format",
      words: ["trials.tsv: has no column target"],
    },
    {
      what: "sources without a column",
      changes: sourcesWith("mixture_file", "mix"),
      code: "bad-format",
      words: ["sources.tsv: has no column mixture_file"],
    },
    {
      what: "a mixture of one source",
      changes: { "sources.tsv": table(...sources.slice(0, 4)) },
      code: "bad-format",
      words: ['sources.tsv: row 4: "two" has 1 source'],
    },
    {
      what: "a source twice in a mixture",
      changes: sourcesWith("one\tdrum", "one\tflute"),
      code: "bad-format",
      words: ['sources.tsv: row 3: source "flute" of "one" is there twice'],
    },
    {
      what: "a mixture with two files",
      changes: sourcesWith("drum.wav\tsounds/first mix.wav", "drum.wav\tsounds/second.wav"),
      code: "bad-format",
      words: ['row 3: "one" has the mixture_file "sounds/second.wav", above it has "sounds/first mix.wav"'],
    },
    {
      what: "a file that belongs to two mixtures",
      changes: sourcesWith("voice.wav\tsounds/second.wav", "voice.wav\tsounds/first mix.wav"),
      code: "bad-format",
      words: ['row 4: mixture_file "sounds/first mix.wav" belongs to "two", above it belongs to "one"'],
    },
    {
      what: "a study whose trials are all unusable, with the first reason",
      changes: trialsOf(head, first.replace("one", "1"), second.replace("two", "2")),
      code: "not-found",
      words: ['trials.tsv: row 2: mixture "1" is not in sources.tsv'],
    },
    {
      what: "a channels table without EEG",
      changes: { "channels.tsv": table("name|type", "HEO|EOG") },
      code: "bad-format",
      words: ["channels.tsv: none of the 1 channels is of type EEG"],
    },
    {
      what: "a description that is not JSON",
      changes: { "study.json": "{" },
      code: "bad-format",
      words: ["study.json: is not JSON"],
    },
    {
      what: "a description that is a list",
      changes: { "study.json": "[]" },
      code: "bad-format",
      words: ["study.json: is no object"],
    },
    {
      what: "a title that is no text",
      changes: { "study.json": '{ "title": 3 }' },
      code: "bad-format",
      words: ["study.json: title is 3; a text"],
    },
    {
      what: "citations that are no list",
      changes: { "study.json": '{ "citations": "A, 2020" }' },
      code: "bad-format",
      words: ['study.json: citations is "A, 2020"; a list of texts'],
    },
  ])("refuses $what, saying where", async ({ changes, code, words }) => {
    const error = await openFolderStudy(studyWith(changes)).then(
      () => undefined,
      (reason: unknown) => reason as ToolkitError,
    );
    expect(error).toBeInstanceOf(ToolkitError);
    expect(error!.code, error!.message).toBe(code);
    for (const word of words) expect(error!.message).toContain(word);
  });

  test.each(["trials.tsv", "sources.tsv", "study.json"])("refuses %s of more than 64 MB", async (name) => {
    const folder = studyWith({ "study.json": "{}" });
    truncateSync(join(folder, name), 2 ** 26 + 1);
    await expect(openFolderStudy(folder)).rejects.toThrow(`${join(folder, name)}: has 67108865 bytes`);
  });

  it("refuses a folder that is not there", async () => {
    await expect(openFolderStudy(join(place, "nothing"))).rejects.toMatchObject({ code: "not-found" });
  });
});
