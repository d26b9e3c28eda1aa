import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parseTsv } from "../../src/formats/tsv.ts";
import { command, namesIn, smallStudy, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const study = at("study");
const quick =
  "decoder: { features: [envelope], envelope: rms, lambda: 1, permutations: 20, windows: [1 s, trial], controls: false }\n";
const edf = "sub-01/eeg/sub-01_task-attend_eeg.edf";
const events = "sub-01/eeg/sub-01_task-attend_events.tsv";
const read = (path: string) => JSON.parse(readFileSync(path, "utf8"));

beforeAll(async () => {
  expect((await command(["simulate", study, ...smallStudy])).code).toBe(0);
  writeFileSync(join(study, "study.yaml"), quick);
});

/** A copy of the study with something changed in it. */
function copyOf(name: string, change: (path: (file: string) => string) => void): string {
  const copy = at(name);
  cpSync(study, copy, { recursive: true });
  change((file) => join(copy, file));
  return copy;
}

const edit = (path: string, change: (text: string) => string) =>
  writeFileSync(path, change(readFileSync(path, "utf8")));

describe("neurosteer decode", () => {
  it("says on the terminal what was decoded, with chance, nulls, controls and audit, and leaves nothing", async () => {
    const withControls = copyOf("controlled", (path) =>
      edit(path("study.yaml"), (text) => text.replace("controls: false", "controls: true")),
    );
    const before = namesIn(folder);
    const { code, out, error } = await command(["decode", withControls]);
    expect(code).toBe(0);
    expect(out).toMatch(/^synthetic: /);
    expect(out).toMatch(/^envelope: \d+ % of 4 trials \(95 % interval \d+ % to \d+ %; chance 50 %, p = [\d.e-]+\)$/m);
    expect(out).toMatch(/^ {2}window +accuracy +interval \(trials\) +chance +null/m);
    expect(out).toMatch(/^ +1 s +\d+ % +\d+ % to \d+ % +50 % .* 20$/m);
    expect(out).toMatch(/^ +trial .* 4$/m);
    for (const method of ["shift", "shuffle", "labels"]) expect(out).toContain(`  null by ${method}: `);
    expect(out).toMatch(/20 permutations/);
    for (const measure of ["d'", "AUC", "bits per minute"]) expect(out).toContain(`  ${measure} `);
    expect(out).toMatch(/^ {2}minimal expected switch duration: /m);
    expect(out).toMatch(/^positive control \(simulated EEG, must be found\): .* of 4 trials .*chance 50 %/m);
    expect(out).toMatch(/^negative control \(simulated EEG, nothing to find\): /m);
    expect(out).toMatch(/^leakage audit, subject 01: random labels of 4 trials: /m);
    expect(out).toMatch(
      /^identifiability: 2 mixtures, each attended in more than one way; .* right in 50 % of 4 trials$/m,
    );
    expect(error).toMatch(/^decode: /m);
    expect(namesIn(folder)).toEqual(before);
  });

  it("leaves decisions, tables and all numbers in a folder where one is asked for", async () => {
    const { code, out } = await command(["decode", study, "--out", at("results")]);
    expect(code).toBe(0);
    expect(out).toContain(`tables and all numbers: ${at("results")}`);
    expect(namesIn(at("results"))).toEqual(["decisions.tsv", "decoding", "decoding.json"]);
    expect(namesIn(join(at("results"), "decoding"))).toEqual(
      ["curve", "identifiability", "leakage-audit", "measures", "nulls", "subjects", "switch-duration"].map(
        (name) => `${name}.tsv`,
      ),
    );
    const { decisions, decoding, failures, options, provenance } = read(join(at("results"), "decoding.json"));
    const rows = parseTsv(readFileSync(join(at("results"), "decisions.tsv"), "utf8"), "decisions.tsv");
    expect(rows.map(({ trial, decided }) => [trial, decided])).toEqual(
      decisions.map(({ trial, decided }: Record<string, string>) => [trial, decided]),
    );
    expect(decisions).toHaveLength(4);
    expect(decoding.features[0].decisions.count).toBe(4);
    expect(failures).toEqual([]);
    expect(options.decoder).toMatchObject({ features: ["envelope"], permutations: 20 });
    expect(provenance).toMatchObject({ seed: 0, version: expect.any(String), node: process.version });
  });

  it("prints one JSON object and nothing else, the same numbers as in the folder", async () => {
    const { code, out } = await command(["decode", study, "--json", "--seed", "0"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(read(join(at("results"), "decoding.json")));
  });

  it("gives the same bytes again, and says which seed it was given", async () => {
    const { code, out } = await command(["decode", study, "--out", at("again"), "--json", "--seed", "0"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ out: at("again"), provenance: { seed: 0 } });
    for (const name of ["decoding.json", "decisions.tsv", "decoding/curve.tsv", "decoding/nulls.tsv"]) {
      expect(readFileSync(join(at("again"), name)).equals(readFileSync(join(at("results"), name))), name).toBe(true);
    }
  });

  it("replaces a decoding only when told to, and nothing else ever", async () => {
    const refused = await command(["decode", study, "--out", at("results")]);
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.error).toMatch(/is there already/);
    writeFileSync(join(at("results"), "decoding", "old.tsv"), "old\n");
    expect((await command(["decode", study, "--out", at("results"), "--overwrite", "--seed", "5"])).code).toBe(0);
    expect(read(join(at("results"), "decoding.json")).options.seed).toBe(5);
    expect(existsSync(join(at("results"), "decoding", "old.tsv"))).toBe(false);
    const foreign = await command(["decode", study, "--out", study, "--overwrite"]);
    expect(foreign.code).toBe(2);
    expect(foreign.error).toMatch(/was not written by/);
    expect(existsSync(join(study, edf))).toBe(true);
  });

  it("names a trial that cannot be done, does the others, and ends with exit code 3", async () => {
    const late = copyOf("late", (path) => edit(path(events), (text) => text.replace(/\n[\d.]+/, "\n9000")));
    const { code, out, error } = await command(["decode", late, "--out", at("partial")]);
    expect(code).toBe(3);
    expect(error).toMatch(/^failed: subject 01, trial 01: .* trial 01 is from 9000 to 9005 s; the recording lasts/m);
    expect(out).toMatch(/of 3 trials/);
    expect(namesIn(at("partial"))).toContain("failures.tsv");
    const { decisions, failures } = read(join(at("partial"), "decoding.json"));
    expect(decisions).toHaveLength(3);
    expect(failures).toMatchObject([{ subject: "01", trial: "01" }]);
  });

  const defective: [string, (path: (file: string) => string) => void, RegExp][] = [
    ["a folder that is no study", (path) => rmSync(path("dataset_description.json")), /dataset_description\.json/],
    ["a truncated recording", (path) => truncateSync(path(edf), 20_000), /no trial could be decoded.*\.edf.*bytes/],
    [
      "one mixture",
      (path) => edit(path(events), (text) => text.split("\n").slice(0, 2).join("\n")),
      /no trial could be decoded; the first reason: decode: subject 01 has one mixture/,
    ],
    ["an unknown option", (path) => edit(path("study.yaml"), (text) => `${text}decodr: {}\n`), /decodr.*decoder/],
  ];
  it.each(defective)(
    "ends with exit code 1 at %s, says so in one line and leaves nothing",
    async (name, change, message) => {
      const copy = copyOf(name, change);
      const before = namesIn(folder);
      const { code, out, error } = await command(["decode", copy, "--out", at("none"), "--json"]);
      expect(error).toMatch(message);
      expect(code).toBe(1);
      expect(out).toBe("");
      // beside the lines of progress there is the one that says what is wrong
      expect(error.split("\n").filter((line) => line !== "" && !line.startsWith("decode: "))).toHaveLength(1);
      expect(namesIn(folder)).toEqual(before);
    },
  );

  it("stops when interrupted, with exit code 130 and nothing left behind", async () => {
    const before = namesIn(folder);
    const interrupt = new AbortController();
    setTimeout(() => interrupt.abort(), 100);
    const { code, out, error } = await command(["decode", study, "--out", at("stopped")], interrupt.signal);
    expect(code).toBe(130);
    expect(out).toBe("");
    expect(error).toMatch(/interrupted/);
    expect(namesIn(folder)).toEqual(before);
  });

  it("refuses a place it cannot write to, and a seed that is none", async () => {
    writeFileSync(at("file"), "a file\n");
    const inFile = await command(["decode", study, "--out", join(at("file"), "results")]);
    expect(inFile).toMatchObject({ code: 1, out: "" });
    expect(inFile.error).toContain(at("file"));
    expect(readFileSync(at("file"), "utf8")).toBe("a file\n");
    expect(await command(["decode", study, "--seed", "-1"])).toMatchObject({ code: 2, out: "" });
  });

  // the superuser may write anywhere
  it.skipIf(process.getuid?.() === 0)(
    "refuses a folder without permission (skipped for root, who may write anywhere)",
    async () => {
      mkdirSync(at("locked"));
      chmodSync(at("locked"), 0o500);
      const { code, error } = await command(["decode", study, "--out", join(at("locked"), "results")]);
      expect(code).toBe(1);
      expect(error).toContain(at("locked"));
    },
  );
});
