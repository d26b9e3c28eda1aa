import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lastValueFrom, toArray } from "rxjs";
import { beforeAll, describe, expect, it } from "vitest";
import { simulateStudy } from "../../datasets/simulated.ts";
import { neuroSteered } from "../../pipelines/neuroSteered.ts";
import { studyPipeline } from "../../pipelines/studyUnits.ts";
import {
  bssEvalV4,
  defineStudy,
  planUnits,
  readMuseval,
  runUnits,
  type Study,
  type StudyDefinition,
} from "../../src/index.ts";
import { temporaryFolder } from "../cli/command.ts";

const folder = temporaryFolder();
const root = join(folder, "ledger");
const path = join(folder, "study");
const pipeline = studyPipeline({});
const methods = ["unprocessed-mixture", "blind-nmf", "contrastive-nmf-sphere", "contrastive-nmf-other-trial"];
const content = {
  methods,
  separation: { iterations: 5 },
  metrics: { filterLength: 16 },
  decoder: { permutations: 10, controls: false },
};
const define = (changes: object = {}) => defineStudy({ ...content, ...changes }, { folder: path, name: "study.yaml" });

let definition: StudyDefinition;
let study: Study;

beforeAll(async () => {
  await simulateStudy(path, { subjects: 2, trials: 4, seconds: 4 });
  definition = await define();
  study = await pipeline.open(definition);
});

async function runAll(given: Study, by: StudyDefinition, inside = root) {
  const report = await runUnits(pipeline.plan(given, by), pipeline.run, { root: inside });
  const folders = new Map(report.outcomes.map(({ id, folder }) => [id, folder]));
  const { results } = await pipeline.collect({
    study: given,
    definition: by,
    folderOf: (id) => folders.get(id),
    failures: report.failures,
    provenance: { version: "test", node: "test", accelerator: "test", seed: by.options.seed },
    partial: false,
  });
  return { report, results };
}

describe("a study in units", () => {
  it("gives the decisions and scores that the stream of the whole pipeline gives", async () => {
    const { results } = await runAll(study, definition);
    const events = await lastValueFrom(neuroSteered(study, definition.options, { methods }).pipe(toArray()));
    const rows = events.flatMap((event) => (event.kind === "estimate" ? [event.row] : []));
    const decisions = events.flatMap((event) => (event.kind === "decision" ? [event.row] : []));
    expect(results.scores).toHaveLength(8 * methods.length);
    expect(results.scores).toEqual(rows);
    expect(results.decisions).toEqual(decisions);
    expect(results.partial).toBeUndefined();
    expect(results.patterns).toHaveLength(2);
    expect(results.comparisons!.comparisons).toHaveLength(results.methods.length - 1);
  });

  it("does nothing again when nothing changed", async () => {
    const { report } = await runAll(study, definition);
    expect(report.counts).toMatchObject({ done: 0, cached: report.counts.planned });
  });

  it.each([
    ["the length of the metrics' filter", { metrics: { filterLength: 17 } }, /^separate/],
    ["lambda", { decoder: { ...content.decoder, lambda: 3 } }, /^(decode|separate)/],
    ["the band", { preprocessing: { band: ["1 Hz", "7 Hz"] } }, /^(prepare|decode|separate)/],
    ["decision windows", { decoder: { ...content.decoder, windows: ["2 s"] } }, /^never$/],
    ["delta", { separation: { ...content.separation, delta: 0.3 } }, /^separate\/.*\/contrastive-nmf$/],
  ])("redoes what %s concerns, and nothing else", async (_, changes, concerned) => {
    const plans = await planUnits(pipeline.plan(study, await define(changes)), { root });
    for (const { id, state, reason } of plans) {
      expect(state, `${id}: ${reason}`).toBe(concerned.test(id) ? "changed" : "cached");
    }
  });

  it("writes framewise scores in museval's layout where they are asked for", async () => {
    const asked = await define({ methods: ["unprocessed-mixture"], outputs: { museval: true, audio: false } });
    const units = pipeline.plan(study, asked).filter(({ id }) => /sub-01($|\/trial-01)/.test(id));
    const report = await runUnits(units, pipeline.run, { root: join(folder, "museval") });
    expect(report.failures).toEqual([]);
    const separated = report.outcomes.find(({ id }) => id === "separate/sub-01/trial-01/masks")!.folder!;
    const { targets } = readMuseval(readFileSync(join(separated, "unprocessed-mixture.museval.json"), "utf8"));
    const [trial] = study.subjects[0]!.trials;
    expect(targets.map(({ name }) => name)).toEqual([trial!.target, "rest"]);
    const windows = [0, 1, 2, 3].map((time) => [time, 1]);
    for (const { frames } of targets) expect(frames.map(({ time, duration }) => [time, duration])).toEqual(windows);
    // the mixture is its own estimate of the target, which leaves silence for the rest
    const { mixture, stems, rateHz } = await study.readSound(trial!);
    const target = stems.find(({ name }) => name === trial!.target)!.samples;
    const rest = mixture.map((x, i) => x - target[i]!);
    const framing = { window: rateHz, hop: rateHz };
    const { sdr } = bssEvalV4([[target], [rest]], [[mixture], [mixture.map(() => 0)]], framing);
    expect(targets[0]!.frames.map(({ metrics }) => metrics.SDR)).toEqual([...sdr[0]!]);
    expect(targets[1]!.frames.every(({ metrics }) => Number.isNaN(metrics.SDR))).toBe(true);
  });

  it("names the trials of a recording that is lost, does the other subject, and says that results are partial", async () => {
    const lost: Study = {
      ...study,
      openEeg: (trial) => study.openEeg(trial.subject === "01" ? { ...trial, recording: "sub-01/none.edf" } : trial),
    };
    const broken = studyPipeline({});
    const units = broken.plan(lost, definition);
    const report = await runUnits(
      units,
      async (unit, context) => {
        if (unit.id === "prepare/sub-01") throw Object.assign(new Error("disk gone"), { code: "EIO" });
        return pipeline.run(unit, context);
      },
      { root: join(folder, "broken") },
    );
    const folders = new Map(report.outcomes.map(({ id, folder }) => [id, folder]));
    const { results } = await broken.collect({
      study: lost,
      definition,
      folderOf: (id) => folders.get(id),
      failures: report.failures,
      provenance: { version: "test", node: "test", accelerator: "test", seed: 0 },
      partial: false,
    });
    expect(results.failures.map(({ subject, trial }) => `${subject} ${trial}`)).toEqual([
      "01 01",
      "01 02",
      "01 03",
      "01 04",
    ]);
    expect(results.partial).toEqual({ done: 4, planned: 8 });
    expect(results.comparisons).toBeUndefined();
    expect(new Set(results.scores.map(({ subject }) => subject))).toEqual(new Set(["02"]));
  });
});
