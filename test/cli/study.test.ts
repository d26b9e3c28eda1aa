import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { thisProcess } from "../../src/study/ledger/processIdentity.ts";
import { version } from "../../src/study/version.ts";
import { command, namesIn, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const at = (...names: string[]) => join(folder, ...names);
const study = at("study");
const options = `separation: { iterations: 5 }
metrics: { filterLength: 16 }
methods: [unprocessed-mixture, ideal-binary-mask]
decoder:
  { features: [activations], groupBy: trial, allowSharedStimuli: true, lambda: 1, permutations: 10, controls: false, windows: [trial] }
`;
const read = (path: string) => JSON.parse(readFileSync(path, "utf8"));
const json = async (...args: string[]) => {
  const { code, out, error } = await command([...args, "--json"]);
  return { code, error, value: out === "" ? undefined : JSON.parse(out) };
};
const run = (out: string, ...more: string[]) =>
  command(["run", study, "--out", at(out), "--progress", "none", ...more]);

/** Every file below a folder, with its content, but for times, caches and journals. */
function tree(path: string): Record<string, string> {
  const names = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .filter((name) => !/timing\.json$|hashes\.json$|journal\.jsonl$/.test(name))
    .sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(path, name), "base64")]));
}

beforeAll(async () => {
  const made = await command(["simulate", study, "--subjects", "1", "--trials", "2", "--seconds", "4"]);
  expect(made.code, made.error).toBe(0);
  writeFileSync(join(study, "study.yaml"), options);
  expect(await run("whole")).toMatchObject({ code: 0, error: "" });
  for (const part of [1, 2]) expect((await run(`part ${part}`, "--shard", `${part}/2`)).code).toBe(0);
});

/** A copy of the study with something changed in it. */
function changed(name: string, change: (path: (file: string) => string) => void): string {
  const copy = at(name);
  cpSync(study, copy, { recursive: true });
  change((file) => join(copy, file));
  return copy;
}

describe("study check", () => {
  it("finds nothing wrong with a sound study and says what would be run", async () => {
    const { code, out } = await command(["study", "check", study]);
    expect(code).toBe(0);
    expect(out).toMatch(/1 subject, 2 trials of 1 mixture, 8 s of EEG/);
    expect(out).toMatch(/would run \d+ units: prepare 1, decode 1, separate /);
    expect(out).toMatch(/no problems\n$/);
    const { value } = await json("study", "check", study);
    expect(value).toMatchObject({
      ok: true,
      problems: [],
      study: { subjects: [{ id: "01", trials: 2 }], mixtures: 1 },
    });
  });

  it.each([
    ["an unknown key", "decodr: {}\n", /did you mean decoder\?/],
    ["an unknown method", "methods: [blind-nmff]\n", /there is no method "blind-nmff"; did you mean blind-nmf\?/],
    ["a subject that is not there", "data: { subjects: ['09'] }\n", /subject "09", which is not there/],
  ])("ends with 1 for %s and says which", async (name, text, message) => {
    const copy = changed(name, (path) => writeFileSync(path("study.yaml"), text));
    const { code, out } = await command(["study", "check", copy]);
    expect(code).toBe(1);
    expect(out).toMatch(message);
    expect((await json("study", "check", copy)).value).toMatchObject({ ok: false, problems: [{}] });
  });

  it("lists trials that cannot be used", async () => {
    const copy = changed("odd target", (path) => {
      const events = path("sub-01/eeg/sub-01_task-attend_events.tsv");
      const lines = readFileSync(events, "utf8").split("\n");
      const column = lines[0]!.split("\t").indexOf("target");
      const cells = lines[1]!.split("\t");
      cells[column] = "harp";
      writeFileSync(events, [lines[0], cells.join("\t"), ...lines.slice(2)].join("\n"));
    });
    const { code, out } = await command(["study", "check", copy]);
    expect(out).toMatch(/problem: subject 01, trial \S+: .*harp/);
    expect(code).toBe(1);
  });

  it("says of a folder that is not there that it is not", async () => {
    const { code, out } = await command(["study", "check", at("nowhere")]);
    expect(code).toBe(1);
    expect(out).toMatch(/no such file or folder/);
  });
});

describe("study plan", () => {
  it("has everything new where it is compared with nothing", async () => {
    const { code, out } = await command(["study", "plan", study]);
    expect(code).toBe(0);
    expect(out).toMatch(/^\d+ units: \d+ new, 0 changed, 0 failed, 0 cached\n/);
    expect(out).toMatch(/time: unknown/);
    expect(out).toMatch(/memory: at most \d+ MB a unit, \d+ MB for \d+ workers/);
  });

  it("has everything done after a run", async () => {
    const { value } = await json("study", "plan", study, "--out", at("whole"));
    expect(value.counts).toEqual({ new: 0, changed: 0, failed: 0, cached: value.units });
    expect(value).toMatchObject({ toDo: 0, estimatedSeconds: 0 });
  });

  it("names the option that changed, what follows from it, and the time by earlier units", async () => {
    const copy = changed("other lambda", (path) =>
      writeFileSync(path("study.yaml"), options.replace("lambda: 1", "lambda: 10")),
    );
    const { out } = await command(["study", "plan", copy, "--out", at("whole")]);
    expect(out).toMatch(/decode +1 changed +options\.decoder\.lambda\[0\] changed from 1 to 10/);
    expect(out).toMatch(/separate \S+ +2 changed +needs another unit, which changed/);
    expect(out).toMatch(/prepare +1 cached +done/);
    expect(out).toMatch(/time: about \d+ s of one worker by earlier units of their kind/);
    const { out: all } = await command(["study", "plan", copy, "--out", at("whole"), "--all"]);
    expect(all).toMatch(/changed +separate\/sub-01\/trial-\S+: needs decode\/sub-01, which changed/);
  });

  it("plans a part", async () => {
    const { value: whole } = await json("study", "plan", study);
    const { value: part } = await json("study", "plan", study, "--shard", "1/2");
    expect(part.units).toBeLessThan(whole.units);
  });
});

describe("study status", () => {
  it("says that a run is complete, without its study", async () => {
    cpSync(at("whole"), at("moved"), { recursive: true });
    const { code, out } = await command(["study", "status", at("moved")]);
    expect(code).toBe(0);
    expect(out).toMatch(/finished: (\d+) of \1 units done, 0 failed, 0 cut off, 0 waiting/);
    expect(out).toMatch(/results: complete: 2 of 2 trials/);
    const { value } = await json("study", "status", at("moved"));
    expect(value).toMatchObject({ state: "finished", study: { folder: study, seed: 0, version }, results: "complete" });
  });

  it("tells a live process's lock from that of one that is no more", async () => {
    cpSync(at("whole"), at("locked"), { recursive: true });
    const lock = at("locked", "ledger", "lock");
    const mine = { ...(await thisProcess()), started: "2020-01-01T00:00:00.000Z", token: "x" };
    writeFileSync(lock, JSON.stringify(mine));
    expect((await command(["study", "status", at("locked")])).out).toMatch(/running: .*\n.*which is at work/);
    expect(await run("locked", "--resume")).toMatchObject({ code: 2 });
    expect(await run("locked", "--overwrite")).toMatchObject({ code: 2 });
    expect(existsSync(at("locked", "results.json"))).toBe(true);
    writeFileSync(lock, JSON.stringify({ ...mine, birth: "before" }));
    expect((await command(["study", "status", at("locked")])).out).toMatch(/which is no more; a run takes over/);
    writeFileSync(lock, JSON.stringify({ ...mine, machine: "another" }));
    expect((await command(["study", "status", at("locked")])).out).toMatch(
      /another machine's, which gave its last sign/,
    );
  });

  it("says how far an interrupted run is; gone on with, it tells its events as JSON", async () => {
    const interrupt = new AbortController();
    const stopped = command(["run", study, "--out", at("stopped"), "--progress", "none"], interrupt.signal);
    interrupt.abort();
    const { code, error } = await stopped;
    expect(code).toBe(130);
    expect(error).toMatch(/the same command with --resume goes on/);
    const { out } = await command(["study", "status", at("stopped")]);
    expect(out).toMatch(/results: none yet/);
    expect(out).toMatch(/(unfinished|not started): 0 of/);

    const resumed = await command(["run", study, "--out", at("stopped"), "--resume", "--progress", "json"]);
    expect(resumed.code).toBe(0);
    expect(resumed.out).toMatch(/2 of 2 trials done/);
    const lines = resumed.error.trim().split("\n");
    const events = lines.map((line) => JSON.parse(line)).filter(({ event }) => event !== "remark");
    expect(events[0]).toMatchObject({ event: "planned", cached: 0 });
    const done = events.filter(({ event }) => event === "done");
    expect(done).toHaveLength(events[0].units);
    expect(events.filter(({ event }) => event === "started")).toHaveLength(events[0].units);
    expect(done.at(-1)).toMatchObject({ share: 1, settled: events[0].units, secondsLeft: 0 });
    for (const { share } of done) expect(share).toBeGreaterThan(0);
  });

  it("refuses a folder without a run", async () => {
    expect(await command(["study", "status", study])).toMatchObject({ code: 1 });
    expect(await command(["study", "status", at("nowhere")])).toMatchObject({ code: 1 });
  });
});

describe("study merge", () => {
  const merge = (...more: string[]) => command(["study", "merge", ...more, "--progress", "none"]);

  it("of all parts gives the bytes that one run gives", async () => {
    const { code, out, error } = await merge(at("part 1"), at("part 2"), "--out", at("merged"));
    expect(code, error).toBe(0);
    expect(out).toMatch(/2 of 2 trials done/);
    expect(tree(at("merged"))).toEqual(tree(at("whole")));
  });

  it("changes nothing the second time", async () => {
    const journal = () => readFileSync(at("merged", "ledger", "journal.jsonl"), "utf8");
    const [before, journalBefore] = [tree(at("merged")), journal()];
    const { code, error } = await merge(at("part 1"), at("part 2"), "--out", at("merged"));
    expect(code).toBe(0);
    expect(error).toMatch(/0 units copied, \d+ were there/);
    expect(tree(at("merged"))).toEqual(before);
    expect(journal()).toBe(journalBefore);
    expect((await json("study", "status", at("merged"))).value).toMatchObject({ state: "finished" });
  });

  it("leaves a folder that a run with --resume has nothing to add to", async () => {
    const { value } = await json("study", "plan", study, "--out", at("merged"));
    expect(value.counts.cached).toBe(value.units);
  });

  it("of some parts says what is missing and writes no results, unless they are asked for", async () => {
    const { code, out } = await merge(at("part 1"), "--out", at("half"));
    expect(code).toBe(3);
    expect(out).toMatch(/not complete: \d+ of \d+ units are missing, 0 failed; no results were written/);
    expect(namesIn(at("half"))).toEqual(["ledger", "study.json"]);
    const partial = await json("study", "merge", at("part 1"), "--out", at("half"), "--partial", "--progress", "none");
    expect(partial.code).toBe(3);
    expect(partial.value.partial).toMatchObject({ planned: 2 });
    expect((await merge(at("part 2"), "--out", at("half"))).code).toBe(0);
    expect(tree(at("half"))).toEqual(tree(at("whole")));
  });

  it("takes failures over, as one run would have had them", async () => {
    for (const part of [1, 2]) cpSync(at(`part ${part}`), at(`failing ${part}`), { recursive: true });
    // a failure is what the journal says it is, whatever it comes from
    const { JournalWriter, readJournal } = await import("../../src/study/ledger/journal.ts");
    const ledger = at("failing 1", "ledger");
    const content = await readJournal(ledger);
    const done = content.events.findLast((event) => event.event === "done" && event.id.startsWith("separate"));
    if (done?.event !== "done") throw new Error("no unit was done");
    const writer = await JournalWriter.open(ledger, content);
    const failure = { id: done.id, key: done.key, code: "bad-value", message: "made to fail", input: "" };
    await writer.add({ event: "failed", ...failure });
    await writer.close();
    rmSync(join(ledger, "units", done.id), { recursive: true });
    const { code, error } = await merge(at("failing 1"), at("failing 2"), "--out", at("failing"));
    expect(code).toBe(3);
    expect(error).toMatch(/failed: subject 01, trial \S+: made to fail/);
    expect(read(at("failing", "results.json")).failures).toHaveLength(1);
    expect(readFileSync(at("failing", "ledger", "failures.tsv"), "utf8")).toContain("made to fail");
    const { out } = await command(["study", "status", at("failing")]);
    expect(out).toMatch(/finished: 3 of 4 units done, 1 failed/);
    expect(out).toMatch(/failed: separate\/sub-01\/trial-\S+: bad-value: made to fail/);
    expect(out).toMatch(/results: partial: 1 of 2 trials/);
    expect((await command(["study", "plan", study, "--out", at("failing")])).out).toMatch(
      /1 failed +bad-value: made to fail/,
    );
  });

  it("refuses runs of different studies and names what differs", async () => {
    cpSync(at("part 2"), at("other"), { recursive: true });
    const record = read(at("other", "study.json"));
    const content = { ...record.content, decoder: { ...record.content.decoder, lambda: 2 } };
    writeFileSync(at("other", "study.json"), JSON.stringify({ ...record, content, seed: 7 }));
    const { code, error } = await merge(at("part 1"), at("other"), "--out", at("never"));
    expect(code).toBe(2);
    expect(error).toMatch(/not of one study, they differ in seed, content\.decoder\.lambda$/m);
    expect(existsSync(at("never"))).toBe(false);
  });

  it("takes runs of a study in two places where it is told which one", async () => {
    cpSync(at("part 2"), at("elsewhere"), { recursive: true });
    const record = read(at("elsewhere", "study.json"));
    writeFileSync(at("elsewhere", "study.json"), JSON.stringify({ ...record, folder: "/data/study" }));
    const parts = [at("part 1"), at("elsewhere")];
    const refused = await merge(...parts, "--out", at("joined"));
    expect(refused.error).toMatch(/they differ in folder; if it is one study, name where it lies with --study/);
    const { code, error } = await merge(...parts, "--out", at("joined"), "--study", study);
    expect(code, error).toBe(0);
    expect(read(at("joined", "results.json")).scores).toEqual(read(at("whole", "results.json")).scores);
  });

  it("refuses folders that no run made", async () => {
    mkdirSync(at("empty"));
    expect((await merge(at("empty"), "--out", at("never"))).error).toMatch(/has no study\.json/);
    expect((await merge(at("part 1"), "--out", study)).code).toBe(2);
  });
});

describe("study diff", () => {
  it("finds a run equal to itself", async () => {
    const { code, out } = await command(["study", "diff", at("whole"), at("whole"), "--exit-code"]);
    expect(code).toBe(0);
    expect(out).toMatch(/equal: /);
  });

  it("names the options that differ, and ends with 1 only where it is asked to", async () => {
    const copy = changed("greater lambda", (path) =>
      writeFileSync(path("study.yaml"), options.replace("lambda: 1", "lambda: 1000")),
    );
    cpSync(at("whole"), at("diffed"), { recursive: true });
    await command(["run", copy, "--out", at("diffed"), "--resume", "--progress", "none"]);
    const { code, out } = await command(["study", "diff", at("whole"), at("diffed")]);
    expect(code).toBe(0);
    expect(out).toMatch(/option decoder\.lambda\.0: 1 -> 1000/);
    expect(out).toMatch(/ideal-binary-mask +2 +0 +0\.000/);
    expect((await command(["study", "diff", at("whole"), at("diffed"), "--exit-code"])).code).toBe(1);
    expect((await json("study", "diff", at("whole"), at("diffed"))).value).toMatchObject({ equal: false });
  });

  it("refuses a folder without results", async () => {
    const { code, error } = await command(["study", "diff", at("whole"), study]);
    expect(code).toBe(1);
    expect(error).toMatch(/has no results\.json/);
  });
});

describe("study schema", () => {
  it("is the text in docs", async () => {
    const { code, out } = await command(["study", "schema"]);
    expect(code).toBe(0);
    expect(out).toBe(readFileSync(join(import.meta.dirname, "../../docs/study.schema.json"), "utf8"));
  });

  it("knows the keys of a study file and quantities as texts", async () => {
    const schema = JSON.parse((await command(["study", "schema"])).out);
    expect(Object.keys(schema.properties)).toEqual(
      expect.arrayContaining(["seed", "data", "preprocessing", "decoder", "separation", "methods", "statistics"]),
    );
    expect(schema.additionalProperties).toBe(false);
    expect(schema.properties.decoder.properties.tmax).toMatchObject({ type: "string" });
  });
});

describe("--progress", () => {
  it("bar: needs a terminal", async () => {
    const { code, error } = await command(["run", study, "--out", at("bar"), "--progress", "bar"]);
    expect(code).toBe(2);
    expect(error).toMatch(/no terminal/);
    expect(existsSync(at("bar"))).toBe(false);
    expect((await command(["decode", study, "--progress", "nothing"])).code).toBe(2);
  });

  it("is an option of decode", async () => {
    const { code, error } = await command(["decode", study, "--progress", "json"]);
    expect(code).toBe(0);
    expect(JSON.parse(error.trim().split("\n").at(-1)!)).toMatchObject({ event: "progress", title: "decode" });
  });
});
