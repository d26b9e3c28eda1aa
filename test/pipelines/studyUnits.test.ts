import { join } from "node:path";
import { lastValueFrom, toArray } from "rxjs";
import { beforeAll, describe, expect, it } from "vitest";
import { simulateStudy } from "../../datasets/simulated.ts";
import { neuroSteered } from "../../pipelines/neuroSteered.ts";
import { studyPipeline } from "../../pipelines/studyUnits.ts";
import { defineStudy, planUnits, runUnits, type Study, type StudyDefinition } from "../../src/index.ts";
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
    seed: by.options.seed,
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
      seed: 0,
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
