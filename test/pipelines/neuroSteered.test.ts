import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { lastValueFrom, type Subscription, take, toArray } from "rxjs";
import { beforeAll, describe, expect, it } from "vitest";
import { simulateStudy } from "../../datasets/simulated.ts";
import { neuroSteered as pipeline } from "../../pipelines/neuroSteered.ts";
import {
  openBidsStudy,
  type Study,
  type StudyEvent,
  type StudyOptions,
  studyDefaults,
  ToolkitError,
} from "../../src/index.ts";
import { temporaryFolder } from "../cli/command.ts";

const folder = temporaryFolder();
const options: StudyOptions = {
  ...studyDefaults,
  decoder: { ...studyDefaults.decoder, permutations: 20, controls: false },
  separation: { ...studyDefaults.separation, iterations: 10 },
  metrics: { filterLength: 16 },
};
const rows = ["unprocessed-mixture", "blind-nmf", "blind-nmf-timbre-other-trial", "contrastive-nmf-other-trial"];
const neuroSteered = (given: Study, by: StudyOptions) => pipeline(given, by, { methods: rows });
const otherTrialRows = rows.filter((id) => id.endsWith("other-trial"));
let study: Study;

beforeAll(async () => {
  const path = join(folder, "study");
  await simulateStudy(path, { subjects: 2, trials: 4, seconds: 5 });
  study = await openBidsStudy(path);
});

const all = (events: ReturnType<typeof neuroSteered>): Promise<StudyEvent[]> => lastValueFrom(events.pipe(toArray()));

/** The numbers of a run: scores, decisions, and the energy of each estimate, which no two estimates share by chance. */
const numbers = (events: StudyEvent[]) =>
  events.flatMap((event): object[] => {
    if (event.kind === "decision") return [event.row];
    return event.kind === "estimate"
      ? [{ ...event.row, energy: event.samples.reduce((sum, x) => sum + x * x, 0) }]
      : [];
  });

/** Files below the study that this process holds open (Linux). */
function openFiles(): string[] {
  return readdirSync("/proc/self/fd")
    .map((name) => {
      try {
        return readlinkSync(join("/proc/self/fd", name));
      } catch {
        return "";
      }
    })
    .filter((path) => path.startsWith(folder));
}

describe("neuroSteered", () => {
  it("emits the plan, then every decision, estimate and trial, and progress that reaches the total", async () => {
    const events = await all(neuroSteered(study, options));
    expect(events[0]).toMatchObject({ kind: "plan", trials: 8 });
    const count = (kind: StudyEvent["kind"]) => events.filter((event) => event.kind === kind).length;
    expect(count("decision")).toBe(8 * 2);
    expect(count("decoded")).toBe(8 * 2);
    expect(count("windows")).toBe(8);
    expect(count("estimate")).toBe(8 * rows.length);
    expect(count("trial")).toBe(8);
    expect(count("failure")).toBe(0);
    const progress = events.filter((event) => event.kind === "progress");
    expect(progress.map(({ done }) => done)).toEqual(progress.map((_, i) => i + 1));
    expect(progress.at(-1)).toMatchObject({ done: progress.length, total: progress.length });
  });

  it("gives two subscribers the same events", async () => {
    const events = neuroSteered({ ...study, subjects: study.subjects.slice(0, 1) }, options);
    expect(numbers(await all(events))).toEqual(numbers(await all(events)));
  });

  it("gives a subject the same results whoever else is in the study", async () => {
    const scores = (events: StudyEvent[]) =>
      events.flatMap((event) => (event.kind === "estimate" && event.row.subject === "02" ? [event.row] : []));
    const alone = await all(neuroSteered({ ...study, subjects: study.subjects.slice(1) }, options));
    expect(scores(alone)).toHaveLength(4 * rows.length);
    expect(scores(await all(neuroSteered(study, options)))).toEqual(scores(alone));
  });

  it("decodes a trial without anything of that trial: another target changes its scores, not what was decoded", async () => {
    const [subject] = study.subjects;
    const [first, ...others] = subject!.trials;
    const relabelled = { ...first!, target: first!.sources.find((name) => name !== first!.target)! };
    const decisions = async (trials: typeof subject.trials) => {
      const events = await all(neuroSteered({ ...study, subjects: [{ ...subject!, trials }] }, options));
      return events.flatMap((event) =>
        event.kind === "decision" && event.row.trial === first!.trial ? [event.row] : [],
      );
    };
    const before = await decisions([first!, ...others]);
    const after = await decisions([relabelled, ...others]);
    expect(after.map(({ correlations }) => correlations)).toEqual(before.map(({ correlations }) => correlations));
    expect(after.map(({ target }) => target)).not.toEqual(before.map(({ target }) => target));
  });

  it("leaves the control out where a subject heard one mixture only", async () => {
    const [subject] = study.subjects;
    const { mixture } = subject!.trials[0]!;
    const trials = subject!.trials.filter((trial) => trial.mixture === mixture);
    const byTrial: StudyOptions = {
      ...options,
      decoder: { ...options.decoder, groupBy: "trial", allowSharedStimuli: true, lambda: [1] },
    };
    const events = await all(neuroSteered({ ...study, subjects: [{ ...subject!, trials }] }, byTrial));
    const methods = events.flatMap((event) => (event.kind === "estimate" ? [event.row.method] : []));
    expect(methods).toHaveLength(trials.length * (rows.length - otherTrialRows.length));
    expect(methods.filter((method) => method.endsWith("other-trial"))).toEqual([]);
    expect(events.filter(({ kind }) => kind === "failure")).toEqual([]);
  });

  it("does as well with causal filters: the same events, other numbers", async () => {
    const subjects = study.subjects.slice(0, 1);
    const causal: StudyOptions = { ...options, preprocessing: { ...options.preprocessing, phase: "causal" } };
    const events = await all(neuroSteered({ ...study, subjects }, causal));
    expect(events.filter(({ kind }) => kind === "estimate")).toHaveLength(4 * rows.length);
  });

  it("turns a recording that cannot be read into failures of its trials, and goes on with the next subject", async () => {
    const [first, second] = study.subjects;
    const openEeg: Study["openEeg"] = (trial) =>
      trial.subject === "01"
        ? Promise.reject(new ToolkitError("not-found", "lost.edf: no such file"))
        : study.openEeg(trial);
    const events = await all(neuroSteered({ ...study, openEeg, subjects: [first!, second!] }, options));
    const failures = events.flatMap((event) => (event.kind === "failure" ? [event.failure] : []));
    expect(failures).toHaveLength(4);
    for (const failure of failures) expect(failure).toMatchObject({ subject: "01", code: "not-found" });
    expect(events.filter(({ kind }) => kind === "trial")).toHaveLength(4);
  });

  it("stops working and closes its files when nobody listens any more", async () => {
    let heard = 0;
    let subscription: Subscription | undefined;
    await new Promise<void>((resolve) => {
      subscription = neuroSteered(study, options).subscribe(() => {
        heard++;
        if (heard === 5) resolve();
      });
    });
    subscription!.unsubscribe();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(heard).toBe(5);
    if (existsSync("/proc/self/fd")) expect(openFiles()).toEqual([]);
    await all(neuroSteered(study, options).pipe(take(3)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (existsSync("/proc/self/fd")) expect(openFiles()).toEqual([]);
  });
});
