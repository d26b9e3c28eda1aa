import { cpSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeEdf } from "../../src/formats/encodeEdf.ts";
import { encodeWav } from "../../src/formats/encodeWav.ts";
import { command, namesIn, smallStudy, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const study = at("study");
const methods = ["unprocessed-mixture", "blind-nmf", "contrastive-nmf-sphere", "ideal-binary-mask"];
const quick =
  `methods: [${methods.join(", ")}]\n` +
  "separation: { iterations: 10 }\nmetrics: { filterLength: 32 }\ndecoder: { permutations: 20 }\n";
const read = (path: string) => JSON.parse(readFileSync(path, "utf8"));

beforeAll(async () => {
  expect((await command(["simulate", study, ...smallStudy])).code).toBe(0);
  writeFileSync(join(study, "study.yaml"), quick);
});

/** A copy of the study with something broken in it. */
function broken(name: string, breakIt: (path: (file: string) => string) => void): string {
  const copy = at(name);
  rmSync(copy, { recursive: true, force: true });
  cpSync(study, copy, { recursive: true });
  breakIt((file) => join(copy, file));
  return copy;
}

const edf = "sub-01/eeg/sub-01_task-attend_eeg.edf";
const events = "sub-01/eeg/sub-01_task-attend_events.tsv";
const edit = (path: string, change: (text: string) => string) =>
  writeFileSync(path, change(readFileSync(path, "utf8")));

describe("neurosteer run", () => {
  it("leaves scores, decisions, audio and report of every trial and method", async () => {
    const { code, out } = await command(["run", study, "--out", at("results"), "--json"]);
    expect(code).toBe(0);
    const results = JSON.parse(out);
    expect(results.scores).toHaveLength(4 * methods.length);
    expect(results.decisions).toHaveLength(4 * 2);
    expect(results.failures).toEqual([]);
    expect(results.synthetic).toMatch(/synthetic/i);
    for (const name of ["dataset_description.json", "decisions.tsv", "report.html", "scores.tsv", "scores_long.tsv"]) {
      expect(namesIn(at("results"))).toContain(name);
    }
    const audio = namesIn(join(at("results"), "sub-01/audio"));
    expect(audio).toHaveLength(4 * methods.length);
    for (const method of methods) expect(audio).toContain(`sub-01_trial-03_desc-${method}.wav`);
    expect(read(join(at("results"), "results.json")).scores).toEqual(results.scores);
    expect(readFileSync(join(at("results"), "report.html"), "utf8")).toContain("Contrastive NMF");
  });

  it("gives the same bytes again", async () => {
    expect((await command(["run", study, "--out", at("again")])).code).toBe(0);
    for (const name of [
      "results.json",
      "scores.tsv",
      "report.html",
      "sub-01/audio/sub-01_trial-02_desc-blind-nmf.wav",
    ]) {
      expect(readFileSync(join(at("again"), name)).equals(readFileSync(join(at("results"), name))), name).toBe(true);
    }
  });

  it("gives the unprocessed mixture no gain and the ideal mask more than the mixture", () => {
    const { scores } = read(join(at("results"), "results.json")) as {
      scores: { method: string; sdrImprovement: number; siSdrImprovement: number }[];
    };
    const of = (id: string) => scores.filter(({ method }) => method === id);
    expect(of("unprocessed-mixture").map(({ sdrImprovement }) => sdrImprovement)).toEqual([0, 0, 0, 0]);
    for (const row of of("ideal-binary-mask")) expect(row.siSdrImprovement).toBeGreaterThan(3);
  });

  it("replaces results only when told to, and only its own", async () => {
    const refused = await command(["run", study, "--out", at("results")]);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.error).toMatch(/holds results of .*--resume.*--overwrite/);
    expect((await command(["run", study, "--out", at("study"), "--overwrite"])).error).toMatch(/holds no results/);
    expect(existsSync(join(study, edf))).toBe(true);
  });

  const failing: [string, (path: (file: string) => string) => void, RegExp][] = [
    [
      "a trial outside the recording",
      (path) => edit(path(events), (text) => text.replace(/\n[\d.]+/, "\n9000")),
      /trial 01 is from 9000 to .* the recording lasts/,
    ],
    [
      "a mixture of another length than its trial",
      (path) => edit(path(events), (text) => text.replace(/\n([\d.]+)\t[\d.]+/, "\n$1\t4.5")),
      /lasts 5\.000 s, trial 01 of 01 4\.500 s/,
    ],
  ];
  it.each(failing)("reports %s, does the others, and ends with exit code 3", async (name, breakIt, message) => {
    const out = at(`${name} results`);
    const copy = broken(name, breakIt);
    // the trial left alone with its mixture could not be decoded without it
    edit(join(copy, "study.yaml"), (text) =>
      text.replace("decoder: {", "decoder: { groupBy: trial, allowSharedStimuli: true,"),
    );
    const { code, error } = await command(["run", copy, "--out", out]);
    expect(code).toBe(3);
    expect(error).toMatch(message);
    const { scores, failures } = read(join(out, "results.json"));
    expect(failures).toHaveLength(1);
    expect(new Set(scores.map(({ trial }: { trial: string }) => trial)).size).toBe(3);
    expect(readFileSync(join(out, "failures.tsv"), "utf8")).toMatch(message);
    expect(readFileSync(join(out, "report.html"), "utf8")).toMatch(/failure/i);
  });

  const defective: [string, (path: (file: string) => string) => void, RegExp][] = [
    ["a folder that is no study", (path) => rmSync(path("dataset_description.json")), /dataset_description\.json/],
    ["a truncated recording", (path) => truncateSync(path(edf), 20_000), /\.edf.*bytes/],
    ["a foreign recording", (path) => writeFileSync(path(edf), "hello ".repeat(200)), /_eeg\.edf/],
    [
      "a silent stem",
      (path) => {
        const silent = encodeWav({ rateHz: 16000, channels: [new Float64Array(80_000)] }, { sampleFormat: "float32" });
        for (const name of namesIn(path("stimuli")))
          if (/_.*wav$/.test(name)) writeFileSync(path(`stimuli/${name}`), silent);
      },
      /all 80000 samples are 0/,
    ],
    [
      "a recording at a rate no filter can use",
      (path) => {
        const samples = Float64Array.from({ length: 10_000 }, (_, i) => Math.sin(i));
        writeFileSync(path(edf), encodeEdf({ signals: [{ label: "Cz", unit: "uV", rateHz: 10, samples }] }));
        rmSync(path("sub-01/eeg/sub-01_task-attend_channels.tsv"));
      },
      /sampled at 10 Hz; a band up to 8 Hz needs more than 16 Hz/,
    ],
    [
      "a decoder's rate no filter can use",
      (path) => edit(path("study.yaml"), (text) => `${text}preprocessing: { rate: "12 Hz" }\n`),
      /12 Hz/,
    ],
    ["an unknown option", (path) => edit(path("study.yaml"), (text) => `${text}decodr: {}\n`), /study\.yaml.*decodr/],
    [
      "a missing stem",
      (path) => rmSync(path(`stimuli/${namesIn(path("stimuli")).find((name) => /_.*wav$/.test(name))}`)),
      /stimuli.*\.wav/,
    ],
    [
      "a target that does not sound",
      (path) => edit(path(events), (text) => text.replaceAll(/drums|bass|guitar|oboe/g, "harp")),
      /harp/,
    ],
  ];
  it.each(defective)(
    "ends with exit code 1 at %s, says so in one line and leaves nothing",
    async (name, breakIt, message) => {
      const copy = broken(name, breakIt);
      const before = namesIn(folder);
      const { code, out, error } = await command(["run", copy, "--out", at("none"), "--json"]);
      expect(error).toMatch(message);
      expect(code).toBe(1);
      expect(out).toBe("");
      // Beside the lines of progress there is the one that says what is wrong
      expect(error.split("\n").filter((line) => line !== "" && !line.startsWith("run: "))).toHaveLength(1);
      expect(namesIn(folder)).toEqual(before);
    },
  );

  it("stops when interrupted, with exit code 130, and goes on from there to the same bytes", async () => {
    const interrupt = new AbortController();
    setTimeout(() => interrupt.abort(), 1500);
    const { code, error } = await command(["run", study, "--out", at("stopped")], interrupt.signal);
    expect(code).toBe(130);
    expect(error).toMatch(/stopped with \d+ of \d+ units done.*--resume/);
    expect(namesIn(at("stopped"))).not.toContain("results.json");
    expect((await command(["run", study, "--out", at("stopped")])).code).toBe(2);
    expect((await command(["run", study, "--out", at("stopped"), "--resume"])).code).toBe(0);
    for (const name of ["results.json", "scores.tsv", "report.html"]) {
      expect(readFileSync(join(at("stopped"), name)).equals(readFileSync(join(at("results"), name))), name).toBe(true);
    }
  });
});
